"""Deposits read in the files of a bank. A line is known by its fingerprint: the same file twice adds nothing."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from maillage.core.choices import Choice
from maillage.core.models import Money, PublicModel
from maillage.directory.models import Organisation

from .expected import ExpectedTransfer
from .payment import Payment


class BankFormat(models.Model):
    """Where an organisation's bank puts its columns, as the treasurer last said: positions from 0."""

    organisation = models.OneToOneField(Organisation, models.CASCADE, related_name="+")
    columns = models.JSONField()


class BankFile(PublicModel):
    """A file that was sent. `content` stays only until its columns are known."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    content = models.TextField(blank=True)
    lines = models.PositiveIntegerField(default=0)
    new_lines = models.PositiveIntegerField(default=0)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    sent_at = models.DateTimeField(auto_now_add=True)


class LineState(models.TextChoices):
    NEW = "new", _("à traiter")
    MATCHED = "matched", _("rapprochée")
    IGNORED = "ignored", _("mise de côté")


class BankLine(PublicModel):
    """A deposit (dollars). `attempt` grows when a match is undone, so that the next one has a key of its own."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    file = models.ForeignKey(BankFile, models.PROTECT, related_name="+")
    fingerprint = models.CharField(max_length=64)
    occurred_on = models.DateField()
    description = models.CharField(max_length=300)
    number = models.CharField(max_length=40, blank=True)
    amount = Money()
    state = Choice(max_length=8, choices=LineState, default=LineState.NEW)
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, blank=True, related_name="+")
    expected = models.ForeignKey(ExpectedTransfer, models.PROTECT, null=True, blank=True, related_name="+")
    attempt = models.PositiveSmallIntegerField(default=0)
    handled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-occurred_on", "id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organisation", "fingerprint"], name="bank_line_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="bank_line_deposit"),
            models.CheckConstraint(
                condition=Q(state="matched", payment__isnull=False) | (~Q(state="matched") & Q(payment=None)),
                name="bank_line_matched_has_payment",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "state", "-occurred_on"], name="bank_line_inbox"),
        ]

    def __str__(self) -> str:
        return f"{self.occurred_on} {self.description} {self.amount}"
