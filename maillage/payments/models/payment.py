"""A payment: money that came from a person to an organisation, by one method."""

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from maillage.core.changes import ChangesKept
from maillage.core.choices import Choice
from maillage.core.models import Money, PublicModel
from maillage.directory.models import Organisation, Person
from maillage.ledger.models import Transaction
from maillage.ledger.types import AccountKind, Line


class Method(models.TextChoices):
    BALANCE = "balance", _("solde du compte")
    INTERAC = "interac", _("virement Interac")
    PICKUP = "pickup", _("sur place")
    CASH = "cash", _("comptant")
    TERMINAL = "terminal", _("terminal de cartes")
    CARD = "card", _("carte en ligne")


class PaymentState(models.TextChoices):
    PENDING = "pending", _("en attente")
    SUCCEEDED = "succeeded", _("reçu")
    FAILED = "failed", _("échoué")
    REVERSED = "reversed", _("annulé")


class Payment(PublicModel):
    """`amount` came in (dollars), `refunded` went back. Once received, `transaction` holds it in the ledger."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+", db_index=False)
    buyer = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+",
        help_text="The organisation whose account it goes to, when the person pays for one.",
    )  # fmt: skip
    method = Choice(max_length=10, choices=Method)
    amount = Money()
    refunded = Money(default=0)
    reference = models.CharField(max_length=40, blank=True, help_text="What it pays, as people write it.")
    key = models.CharField(max_length=120, help_text="Names the fact; the same key is one payment.")
    state = Choice(max_length=10, choices=PaymentState)
    received_on = models.DateField(null=True, blank=True)
    cleared_on = models.DateField(null=True, blank=True, help_text="Seen in the bank.")
    transaction = models.OneToOneField(Transaction, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    session = models.CharField(max_length=255, blank=True, help_text="The gateway's checkout page.")
    intent = models.CharField(max_length=255, blank=True, help_text="The gateway's payment.")
    failure = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("payments_payment_changes"),
            models.UniqueConstraint(fields=["organisation", "key"], name="payment_key"),
            models.UniqueConstraint(fields=["intent"], name="payment_intent", condition=~Q(intent="")),
            models.UniqueConstraint(fields=["session"], name="payment_session", condition=~Q(session="")),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount"),
            models.CheckConstraint(condition=Q(refunded__gte=0, refunded__lte=F("amount")), name="payment_refunded"),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "failed"], transaction=None)
                | Q(state__in=["succeeded", "reversed"], transaction__isnull=False),
                name="payment_received_is_posted",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "-created_at"], name="payment_latest"),
            models.Index(fields=["person"], name="payment_person"),
            models.Index(
                fields=["organisation", "key"], opclasses=["int8_ops", "varchar_pattern_ops"], name="payment_key_prefix"
            ),
            models.Index(fields=["created_at"], name="payment_pending", condition=Q(state="pending")),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.reference}"

    @property
    def payer(self) -> str:
        """Whose account it went to: the organisation's name, or the person's. Reads both."""
        return self.buyer.name if self.buyer is not None else self.person.name

    def account_line(self, amount: Decimal) -> Line:
        """`amount` on the account of whoever pays."""
        if self.buyer_id is not None:
            return Line(AccountKind.MEMBER, amount, organisation_id=self.buyer_id)
        return Line(AccountKind.MEMBER, amount, person_id=self.person_id)

    @property
    def left(self) -> Decimal:
        """Dollars that were received and can still be refunded."""
        received = self.state == PaymentState.SUCCEEDED
        return self.amount - self.refunded if received else Decimal("0.00")
