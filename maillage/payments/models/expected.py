"""Interac transfers that people announced: the reference that they write in the message, and the amount."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from maillage.core.choices import Choice
from maillage.core.models import Money, PublicModel
from maillage.directory.models import Organisation, Person

from .payment import Payment


class ExpectedState(models.TextChoices):
    EXPECTED = "expected", _("attendu")
    RECEIVED = "received", _("reçu")
    CANCELLED = "cancelled", _("annulé")


class ExpectedTransfer(PublicModel):
    """`source` names what it pays ("order:<uuid>"), once in an organisation."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    buyer = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+",
        help_text="The organisation whose account it goes to, when the person pays for one.",
    )  # fmt: skip
    reference = models.CharField(max_length=8, help_text="Without its hyphen (references.shown adds it).")
    amount = Money()
    source = models.CharField(max_length=120)
    state = Choice(max_length=10, choices=ExpectedState, default=ExpectedState.EXPECTED)
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, blank=True, related_name="expected")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organisation", "source"], name="expected_source"),
            models.UniqueConstraint(fields=["organisation", "reference"], name="expected_reference"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="expected_amount"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation"], name="expected_waiting", condition=Q(state="expected")),
        ]

    @property
    def payer(self) -> str:
        """Whose account it goes to: the organisation's name, or the person's. Reads both."""
        return self.buyer.name if self.buyer is not None else self.person.name

    def __str__(self) -> str:
        from ..references import shown

        return shown(self.reference)
