"""Double entry, append-only. A book belongs to an organisation; balances are derived from entries, never stored.

Signs: an entry's `amount` is positive for a debit, negative for a credit; a transaction's entries sum to zero
(deferred constraint trigger). What a member owes is a positive balance of their account (an asset of the market);
a member's prepaid credit is a negative one. What the market owes a producer is a negative balance (a liability).
"""

from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.choices import Choice
from maillage.core.models import Money, PublicModel
from maillage.directory.models import Organisation, Person


class AccountKind(models.TextChoices):
    """The closed chart of accounts. One account per book, kind and party."""

    MEMBER = "member", _("Compte de membre")  # asset, party: a person (or an organisation that buys)
    PRODUCER = "producer", _("À payer au producteur")  # liability, party: an organisation
    MARGIN = "margin", _("Marge du marché")  # income
    FEES = "fees", _("Cotisations")  # income
    DELIVERY = "delivery", _("Frais de livraison")  # income
    ADJUSTMENTS = "adjustments", _("Ajustements et gestes commerciaux")  # expense
    TPS = "tps", _("TPS à remettre")  # liability
    TVQ = "tvq", _("TVQ à remettre")  # liability
    DEPOSITS = "deposits", _("Consignes")  # liability
    CASH = "cash", _("Caisse")  # asset
    BANK = "bank", _("Banque")  # asset
    INTERAC_CLEARING = "interac_clearing", _("Virements Interac à rapprocher")  # asset
    CARD_CLEARING = "card_clearing", _("Cartes à recevoir")  # asset
    CARD_FEES = "card_fees", _("Frais de cartes")  # expense
    SOLIDARITY = "solidarity", _("Fonds de solidarité")  # liability
    SHARES = "shares", _("Parts sociales")  # equity


class Book(PublicModel):
    """The books of one organisation, in CAD. Nothing is posted on or before `locked_through` (a closed period)."""

    organisation = models.OneToOneField(Organisation, models.PROTECT, related_name="+")
    locked_through = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.organisation}"


class LedgerAccount(PublicModel):
    book = models.ForeignKey(Book, models.PROTECT, related_name="accounts")
    kind = Choice(max_length=20, choices=AccountKind)
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["book", "kind", "person", "organisation"], name="ledger_account_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=models.Q(person=None) | models.Q(organisation=None), name="ledger_account_one_party"
            ),
        ]

    def __str__(self) -> str:
        return str(self.party or self.get_kind_display())

    @property
    def party(self) -> Person | Organisation | None:
        """Whose account it is, if anybody's."""
        return self.person or self.organisation


class CurrentXact(models.Func):
    """The database transaction in progress (a 64-bit number that never comes back)."""

    template = "(pg_current_xact_id()::text)::bigint"
    output_field: ClassVar[models.Field[Any, Any]] = models.BigIntegerField()


class Transaction(PublicModel):
    """`key` names the fact that it records ("order:<uuid>:1"); the same key is never posted twice in a book.

    `xact` is the database transaction that wrote it: entries written by any other are refused (a trigger), so that
    what is posted stays as it was posted. Corrections are reversals.
    """

    book = models.ForeignKey(Book, models.PROTECT, related_name="transactions")
    key = models.CharField(max_length=120)
    occurred_on = models.DateField()
    posted_at = models.DateTimeField(auto_now_add=True)
    memo = models.CharField(max_length=200)
    by = models.ForeignKey("directory.Account", models.PROTECT, null=True, blank=True, related_name="+")
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversed_by")
    xact = models.BigIntegerField(db_default=CurrentXact(), editable=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["book", "key"], name="ledger_transaction_key"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["book", "occurred_on", "id"], name="ledger_transaction_day"),
        ]

    def __str__(self) -> str:
        return f"{self.occurred_on} {self.memo}"


class Entry(models.Model):
    # A trigger checks both for all entries of a statement together; what they name never leaves.
    transaction = models.ForeignKey(Transaction, models.PROTECT, related_name="entries", db_constraint=False)
    account = models.ForeignKey(
        LedgerAccount, models.PROTECT, related_name="entries", db_index=False, db_constraint=False
    )
    amount = Money()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~models.Q(amount=0), name="ledger_entry_not_zero"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["account"], include=["amount"], name="ledger_entry_account"),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount}"

    @property
    def debit(self) -> Decimal | None:
        return self.amount if self.amount > 0 else None

    @property
    def credit(self) -> Decimal | None:
        return -self.amount if self.amount < 0 else None
