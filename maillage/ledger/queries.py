"""Public reads of the ledger. Balances are sums of entries: positive is a debit."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import CharField, Count, F, Min, Model, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Abs, Cast, Coalesce, TruncMonth
from django.shortcuts import get_object_or_404

from maillage.core import sql
from maillage.core.money import ZERO
from maillage.core.period import Period
from maillage.core.text import Sorting
from maillage.core.typed import search_words
from maillage.directory import queries as directory
from maillage.directory.models import Organisation
from maillage.directory.types import BUYERS

from .models import AccountKind, Book, Entry, LedgerAccount, Transaction

READERS = ("treasurer", "coordinator", "director", "board")


def book_of(organisation_id: int) -> Book:
    """The book of an organisation. Raises Book.DoesNotExist before `actions.open_book`."""
    return Book.objects.get(organisation_id=organisation_id)


def balance(
    book_id: int, kind: AccountKind | str, person_id: int | None = None, organisation_id: int | None = None
) -> Decimal:
    """The balance of an account in dollars; without a party, of all the accounts of that kind. 0 if none."""
    statement, party = _BALANCE, {"person": person_id, "organisation": organisation_id}
    for name, key in party.items():
        if key is not None:
            statement += f" AND account.{name}_id = %({name})s"
    total: Decimal = sql.rows(statement, {"book": book_id, "kind": str(kind)} | party)[0][0]
    return total


_BALANCE = """
SELECT coalesce(sum(entry.amount), 0.00) FROM ledger_entry entry
JOIN ledger_ledgeraccount account ON account.id = entry.account_id
WHERE account.book_id = %(book)s AND account.kind = %(kind)s"""


def balance_of(account_id: int) -> Decimal:
    """The balance of an account, in dollars. Read it after `lock_account` when the decision depends on it."""
    return Entry.objects.filter(account_id=account_id).aggregate(total=Sum("amount"))["total"] or ZERO


def balances(book_id: int, kind: AccountKind | str, *, of: str = "") -> dict[int, Decimal]:
    """Balances that are not zero, by party: a person for MEMBER, else an organisation, unless `of` says."""
    party = f"account__{of or ('person' if kind == AccountKind.MEMBER else 'organisation')}_id"
    rows = (
        Entry.objects.filter(account__book_id=book_id, account__kind=kind, **{f"{party}__isnull": False})
        .values_list(party)
        .annotate(total=Sum("amount"))
    )
    return {key: total for key, total in rows if total}


def lock_account(
    book_id: int, kind: AccountKind | str, person_id: int | None = None, organisation_id: int | None = None
) -> LedgerAccount:
    """The account, made if missing, its row locked until the transaction ends (call inside one).

    Whoever spends from a balance locks its account, reads `balance_of`, decides, then posts: two sessions wait
    for each other, and none overspends.
    """
    party = {"book_id": book_id, "kind": str(kind), "person_id": person_id, "organisation_id": organisation_id}
    locked = LedgerAccount.objects.select_for_update(of=("self",), no_key=True)
    known = locked.filter(**party).first()
    if known is None:
        LedgerAccount.objects.bulk_create([LedgerAccount(**party)], ignore_conflicts=True)
        known = locked.get(**party)
    return known


# --- pages -----------------------------------------------------------------------------------------------------------


def organisation_read_by(*, user: Any, public_id: UUID) -> Organisation:
    """The organisation whose books `user` may read (treasurer, coordinator, direction, board); Http404 otherwise."""
    return directory.organisation_for(user=user, public_id=public_id, kinds=READERS)


def account_for(*, user: Any, public_id: UUID) -> LedgerAccount:
    """An account of a book that `user` may read, their own, or that of an organisation they buy for; else Http404."""
    rows = LedgerAccount.objects.select_related("book__organisation", "person", "organisation")
    return get_object_or_404(_readable(rows, user, "book__", _own(user)), public_id=public_id)


def _own(user: Any) -> Q:
    bought_for = directory.organisations_where(user=user, kinds=BUYERS)
    return Q(person__account=user) | Q(kind=AccountKind.MEMBER, organisation__in=bought_for)


def transaction_for(*, user: Any, public_id: UUID) -> Transaction:
    """A transaction of a book that `user` may read; Http404 otherwise."""
    rows = Transaction.objects.select_related("book__organisation", "by__person", "reverses", "reversed_by")
    return get_object_or_404(_readable(rows, user, "book__", Q(pk=None)), public_id=public_id)


def _readable[M: Model](rows: QuerySet[M], user: Any, book: str, own: Q) -> QuerySet[M]:
    if getattr(user, "is_platform_admin", False):
        return rows
    kept = directory.organisations_where(user=user, kinds=READERS)
    return rows.filter(Q(**{f"{book}organisation_id__in": kept}) | own)


@dataclass(frozen=True)
class KindRow:
    """A line of the trial balance, in dollars: `opening` and `closing` signed, `debit` and `credit` of the period."""

    kind: AccountKind
    opening: Decimal
    debit: Decimal
    credit: Decimal
    accounts: int
    account: UUID | None  # the account itself when it is the only one

    @property
    def closing(self) -> Decimal:
        return self.opening + self.debit - self.credit


def trial_balance(book_id: int, period: Period | None = None) -> list[KindRow]:
    """One row a kind of account that has entries, in the order of the chart. One query.

    Openings, and closings, always sum to zero; debits equal credits.
    """
    inside, before = Q(), Q(pk=None)
    if period is not None:
        inside = Q(transaction__occurred_on__gte=period.start)
        before = Q(transaction__occurred_on__lt=period.start)
        if period.end is not None:
            inside &= Q(transaction__occurred_on__lt=period.end)
    rows = (
        Entry.objects.filter(account__book_id=book_id)
        .values("account__kind")
        .annotate(
            opening=Coalesce(Sum("amount", filter=before), ZERO),
            debits=Coalesce(Sum("amount", filter=inside & Q(amount__gt=0)), ZERO),
            credits=Coalesce(Sum("amount", filter=inside & Q(amount__lt=0)), ZERO),
            accounts=Count("account", distinct=True),
            account=Min(Cast("account__public_id", CharField())),
        )
        .order_by()
    )
    order = list(AccountKind)
    made = [
        KindRow(
            AccountKind(r["account__kind"]),
            r["opening"],
            r["debits"],
            -r["credits"],
            r["accounts"],
            UUID(r["account"]) if r["accounts"] == 1 else None,
        )
        for r in rows
    ]
    return sorted(made, key=lambda row: order.index(row.kind))


def accounts_of(book_id: int, kind: AccountKind | str, *, search: str = "") -> QuerySet[LedgerAccount, Any]:
    """Accounts of a kind with `total` and party, the largest balance first. `search` reads without accents."""
    rows = LedgerAccount.objects.filter(book_id=book_id, kind=kind)
    for word in search_words(search):
        rows = rows.filter(
            Q(person__given_name__unaccent__icontains=word)
            | Q(person__family_name__unaccent__icontains=word)
            | Q(organisation__name__unaccent__icontains=word)
        )
    return (
        rows.select_related("person", "organisation")
        .annotate(total=Coalesce(Sum("entries__amount"), ZERO))
        .order_by(Abs("total").desc(), "pk")
    )


@dataclass(frozen=True)
class StatementLine:
    """A line of an account: `amount` signed, `running` the balance after it."""

    transaction: UUID
    occurred_on: date
    memo: str
    amount: Decimal
    running: Decimal

    @property
    def change(self) -> Decimal:
        """As a member reads it: a plus is what they paid, a minus what they bought."""
        return -self.amount

    @property
    def left(self) -> Decimal:
        """As a member reads it: above zero is paid in advance, below is owed."""
        return -self.running

    @property
    def debit(self) -> Decimal | None:
        return self.amount if self.amount > 0 else None

    @property
    def credit(self) -> Decimal | None:
        return -self.amount if self.amount < 0 else None


STATEMENT = """
    SELECT public_id, occurred_on, memo, amount, running, count(*) OVER () FROM (
        SELECT t.public_id, t.occurred_on, t.memo, t.id, e.id AS entry, e.amount,
               sum(e.amount) OVER (ORDER BY t.occurred_on, t.id, e.id) AS running
          FROM ledger_entry e JOIN ledger_transaction t ON t.id = e.transaction_id
         WHERE e.account_id = %(account)s) line
    WHERE (%(start)s::date IS NULL OR occurred_on >= %(start)s)
      AND (%(end)s::date IS NULL OR occurred_on < %(end)s)
      AND immutable_unaccent(lower(memo)) LIKE immutable_unaccent(lower(%(search)s))
    ORDER BY occurred_on DESC, id DESC, entry DESC LIMIT %(limit)s OFFSET %(offset)s"""


def statement(
    account_id: int, period: Period | None = None, *, search: str = "", limit: int = 50, offset: int = 0
) -> tuple[list[StatementLine], int]:
    """Lines of an account, the latest first, each with the balance after it; and how many there are. One query."""
    escaped = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    with connection.cursor() as cursor:
        cursor.execute(
            STATEMENT,
            {
                "account": account_id,
                "start": period.start if period else None,
                "end": period.end if period else None,
                "search": f"%{escaped}%",
                "limit": limit,
                "offset": offset,
            },
        )
        rows = cursor.fetchall()
    return [StatementLine(*row[:5]) for row in rows], rows[0][5] if rows else 0


def sides_of(transaction: Transaction) -> list[Entry]:
    """Its entries with accounts and parties, debits first."""
    return list(
        transaction.entries.select_related("account__person", "account__organisation").order_by("-amount", "pk")
    )


def journal(book_id: int, period: Period | None = None, *, search: str = "") -> QuerySet[Transaction, Any]:
    """Transactions with their `moved` sum (of debits), the latest first."""
    rows = Transaction.objects.filter(book_id=book_id)
    if period is not None:
        rows = rows.filter(occurred_on__gte=period.start)
        if period.end is not None:
            rows = rows.filter(occurred_on__lt=period.end)
    for word in search_words(search):
        rows = rows.filter(memo__unaccent__icontains=word)
    moved = (
        Entry.objects.filter(transaction=OuterRef("pk"), amount__gt=0)
        .order_by()
        .values("transaction")
        .annotate(total=Sum("amount"))
        .values("total")
    )
    return rows.annotate(moved=Subquery(moved)).order_by("-occurred_on", "-pk")


def _entries_in(book_id: int, period: Period | None) -> QuerySet[Entry]:
    rows = Entry.objects.filter(account__book_id=book_id)
    if period is not None:
        rows = rows.filter(transaction__occurred_on__gte=period.start)
        if period.end is not None:
            rows = rows.filter(transaction__occurred_on__lt=period.end)
    return rows


def count_journal_entries(book_id: int, period: Period | None = None) -> int:
    """How many `journal_entries` there are."""
    return _entries_in(book_id, period).count()


def journal_entries(book_id: int, period: Period | None = None) -> Iterator[Any]:
    """Every entry of the journal in order of date, read in pieces of 2,000: memory does not grow with the book.

    Dictionaries: amount, account_id, transaction_id, kind, given_name, family_name, organisation, day,
    key, memo, posted_at."""
    return iter(
        _entries_in(book_id, period)
        .order_by("transaction__occurred_on", "transaction_id", "-amount", "pk")
        .values(
            "amount",
            "account_id",
            "transaction_id",
            kind=F("account__kind"),
            given_name=F("account__person__given_name"),
            family_name=F("account__person__family_name"),
            organisation=F("account__organisation__name"),
            day=F("transaction__occurred_on"),
            key=F("transaction__key"),
            memo=F("transaction__memo"),
            posted_at=F("transaction__posted_at"),
        )
        .iterator(chunk_size=2000)
    )


@dataclass(frozen=True)
class TaxRow:
    """Taxes of a month, in dollars: what was collected, what corrections gave back, what is to be remitted."""

    month: date
    tps_collected: Decimal
    tps_returned: Decimal
    tvq_collected: Decimal
    tvq_returned: Decimal

    @property
    def tps(self) -> Decimal:
        return self.tps_collected - self.tps_returned

    @property
    def tvq(self) -> Decimal:
        return self.tvq_collected - self.tvq_returned


def taxes(book_id: int, period: Period) -> list[TaxRow]:
    """TPS and TVQ collected by month of the period. One query."""
    rows = Entry.objects.filter(
        account__book_id=book_id,
        account__kind__in=(AccountKind.TPS, AccountKind.TVQ),
        transaction__occurred_on__gte=period.start,
    )
    if period.end is not None:
        rows = rows.filter(transaction__occurred_on__lt=period.end)

    def total(kind: AccountKind, **sign: int) -> Coalesce:
        return Coalesce(Sum("amount", filter=Q(account__kind=kind, **sign)), ZERO)

    by_month = (
        rows.annotate(month=TruncMonth("transaction__occurred_on"))
        .values("month")
        .annotate(
            tps=total(AccountKind.TPS, amount__lt=0),
            tps_back=total(AccountKind.TPS, amount__gt=0),
            tvq=total(AccountKind.TVQ, amount__lt=0),
            tvq_back=total(AccountKind.TVQ, amount__gt=0),
        )
        .order_by("month")
    )
    return [TaxRow(r["month"], -r["tps"], r["tps_back"], -r["tvq"], r["tvq_back"]) for r in by_month]


def accounts_of_member(*, user: Any) -> QuerySet[LedgerAccount, Any]:
    """The member accounts of `user`, one a market, and of the organisations for which they buy, with their `total`."""
    return _with_total(LedgerAccount.objects.filter(_own(user), kind=AccountKind.MEMBER))


def accounts_of_person(person_id: int) -> QuerySet[LedgerAccount, Any]:
    """The member accounts of a person, one a market, with their `total`."""
    return _with_total(LedgerAccount.objects.filter(person_id=person_id, kind=AccountKind.MEMBER))


def _with_total(accounts: QuerySet[LedgerAccount]) -> QuerySet[LedgerAccount, Any]:
    return (
        accounts.select_related("book__organisation", "organisation")
        .annotate(total=Coalesce(Sum("entries__amount"), ZERO))
        .order_by(Sorting("organisation__name"), "book__organisation__name")
    )
