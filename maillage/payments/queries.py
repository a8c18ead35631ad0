"""Public reads of payments."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q, QuerySet, Sum
from django.http import Http404
from django.shortcuts import get_object_or_404

from maillage.core.money import ZERO
from maillage.core.text import Sorting
from maillage.core.typed import search_words
from maillage.directory import queries as directory
from maillage.directory.models import Organisation, Person, Role
from maillage.directory.types import BUYERS
from maillage.ledger import queries as books
from maillage.ledger.models import AccountKind, Book, LedgerAccount

from . import bankfiles, references
from .bankfiles import Columns, Deposit, Wrong
from .matching import Candidates, Certainty, Proposal, propose
from .models import (
    BankFile,
    BankFormat,
    BankLine,
    ExpectedState,
    ExpectedTransfer,
    LineState,
    Method,
    Payment,
    PaymentState,
)

KEEPERS = ("treasurer", "coordinator")
READERS = (*KEEPERS, "director", "board")


def card_is_offered() -> bool:
    """Whether the keys of the card gateway are set."""
    return bool(settings.STRIPE_SECRET_KEY and settings.STRIPE_WEBHOOK_SECRET)


def organisation_kept_by(*, user: Any, public_id: UUID) -> Organisation:
    """The organisation whose payments `user` keeps; Http404 otherwise."""
    return directory.organisation_for(user=user, public_id=public_id, kinds=KEEPERS)


def payments_of(organisation_id: int, *, method: str = "", state: str = "", search: str = "") -> QuerySet[Payment]:
    """Payments of an organisation, the latest first; `search` reads names without accents, reference and amount."""
    rows = Payment.objects.filter(organisation_id=organisation_id)
    if method:
        rows = rows.filter(method=method)
    if state:
        rows = rows.filter(state=state)
    for word in search_words(search):
        amount = word.replace(",", ".").rstrip("$")
        about = (
            Q(person__given_name__unaccent__icontains=word)
            | Q(person__family_name__unaccent__icontains=word)
            | Q(buyer__name__unaccent__icontains=word)
            | Q(reference__icontains=references.read(word) or word)
        )
        if amount.isascii() and amount.replace(".", "", 1).isdigit() and len(amount) < 13:
            about |= Q(amount=Decimal(amount))
        rows = rows.filter(about)
    return rows.select_related("person", "buyer", "recorded_by", "transaction__book__organisation").order_by(
        "-created_at", "-pk"
    )


def payment_for(*, user: Any, public_id: UUID) -> Payment:
    """A payment of an organisation whose payments `user` keeps; Http404 otherwise."""
    kept = directory.organisations_where(user=user, kinds=KEEPERS)
    rows = Payment.objects.select_related("person", "buyer", "organisation")
    if not getattr(user, "is_platform_admin", False):
        rows = rows.filter(organisation_id__in=kept)
    return get_object_or_404(rows, public_id=public_id)


def payments_by(person_id: int, organisation_id: int | None = None) -> QuerySet[Payment]:
    """What a person paid, the latest first."""
    rows = Payment.objects.filter(person_id=person_id).select_related("organisation")
    return rows if organisation_id is None else rows.filter(organisation_id=organisation_id)


def payment_of(organisation_id: int, source: str) -> Payment | None:
    """The last card payment started for a source."""
    return (
        Payment.objects.filter(organisation_id=organisation_id, key__startswith=f"card:{source}:")
        .order_by("-pk")
        .first()
    )


def card_payments_of(organisation_id: int, source: str) -> list[Payment]:
    """Every card payment that was started for a source, in order."""
    rows = Payment.objects.filter(organisation_id=organisation_id, key__startswith=f"card:{source}:")
    return list(rows.order_by("pk"))


def expected_of(organisation_id: int, source: str) -> ExpectedTransfer | None:
    """The transfer announced for a source."""
    return ExpectedTransfer.objects.filter(organisation_id=organisation_id, source=source).first()


def proposals(organisation_id: int) -> list[Proposal]:
    """What each deposit to handle seems to be. Three queries."""
    return propose(_waiting(organisation_id), _candidates(organisation_id))


def _waiting(organisation_id: int) -> list[BankLine]:
    lines = BankLine.objects.filter(organisation_id=organisation_id, state=LineState.NEW)
    return list(lines.order_by("occurred_on", "pk"))


def _candidates(organisation_id: int) -> Candidates:
    """What a deposit may be: transfers announced, and those recorded by hand that the bank has not shown."""
    expected = ExpectedTransfer.objects.filter(organisation_id=organisation_id, state=ExpectedState.EXPECTED)
    recorded = Payment.objects.filter(
        organisation_id=organisation_id, method=Method.INTERAC, state=PaymentState.SUCCEEDED, cleared_on=None
    )
    return Candidates(expected.select_related("person", "buyer"), recorded.select_related("person", "buyer"))


def columns_of(file: BankFile, rows: Sequence[Sequence[str]]) -> Columns | None:
    """Where the columns of a file are: as the organisation said last, else as they are recognised. None asks: nothing
    is known of this bank, or its days could be months."""
    found = _columns_known(file, rows)
    return None if found is None or bankfiles.order_of_days(rows, found) == "ask" else found


def _columns_known(file: BankFile, rows: Sequence[Sequence[str]]) -> Columns | None:
    stored = BankFormat.objects.filter(organisation_id=file.organisation_id).first()
    if stored is not None:
        columns = Columns.read(stored.columns)
        if bankfiles.read(rows, columns).deposits:
            return columns
    return bankfiles.recognise(rows)


@dataclass(frozen=True)
class Preview:
    """What keeping a file would do: new deposits with what each seems to be, those kept already, rows left out."""

    fresh: list[Proposal]
    known: list[Deposit]
    wrong: list[Wrong]
    left_out: int

    @property
    def total(self) -> Decimal:
        return sum((p.line.amount for p in self.fresh), ZERO)

    def count(self, certainty: Certainty) -> int:
        return sum(p.certainty == certainty for p in self.fresh)


def preview_of(file: BankFile) -> Preview | None:
    """What the held file would bring; None when its columns have to be told first. Five queries; nothing is written."""
    rows = bankfiles.rows_of(file.content)
    columns = columns_of(file, rows)
    if columns is None:
        return None
    found = bankfiles.read(rows, columns)
    kept = set(
        BankLine.objects.filter(
            organisation_id=file.organisation_id, fingerprint__in=[d.fingerprint for d in found.deposits]
        ).values_list("fingerprint", flat=True)
    )
    waiting = _waiting(file.organisation_id)
    fresh = [
        BankLine(occurred_on=d.occurred_on, description=d.description, number=d.number, amount=d.amount)
        for d in found.deposits
        if d.fingerprint not in kept
    ]
    seen = propose([*waiting, *fresh], _candidates(file.organisation_id))[len(waiting) :]
    return Preview(seen, [d for d in found.deposits if d.fingerprint in kept], found.wrong, found.left_out)


def handled_lines(organisation_id: int, *, limit: int = 50) -> list[BankLine]:
    """The lines that were handled last."""
    rows = BankLine.objects.filter(organisation_id=organisation_id).exclude(state=LineState.NEW)
    return list(
        rows.select_related(
            "payment__person", "payment__buyer", "payment__transaction__book__organisation", "expected", "handled_by"
        ).order_by("-handled_at", "-pk")[:limit]
    )


def line_for(*, user: Any, public_id: UUID) -> BankLine:
    """A line of an organisation whose payments `user` keeps; Http404 otherwise."""
    rows = BankLine.objects.select_related("organisation")
    if not getattr(user, "is_platform_admin", False):
        rows = rows.filter(organisation_id__in=directory.organisations_where(user=user, kinds=KEEPERS))
    return get_object_or_404(rows, public_id=public_id)


def file_for(*, user: Any, public_id: UUID) -> BankFile:
    """A bank's file of an organisation whose payments `user` keeps; Http404 otherwise."""
    rows = BankFile.objects.select_related("organisation")
    if not getattr(user, "is_platform_admin", False):
        rows = rows.filter(organisation_id__in=directory.organisations_where(user=user, kinds=KEEPERS))
    return get_object_or_404(rows, public_id=public_id)


@dataclass(frozen=True)
class Clearing:
    """An account where money waits before the bank: its balance, and the payments that make it up."""

    kind: AccountKind
    balance: Decimal
    payments: int
    total: Decimal

    @property
    def gap(self) -> Decimal:
        """What the account holds that its payments do not explain (deposits already made count in the account)."""
        return self.balance - self.total


def clearings(organisation_id: int) -> list[Clearing]:
    """Cash, Interac and cards: what the books hold, and the payments not seen in the bank. Five queries."""
    book = Book.objects.filter(organisation_id=organisation_id).first()
    kinds = (AccountKind.CASH, AccountKind.INTERAC_CLEARING, AccountKind.CARD_CLEARING)
    methods = {
        AccountKind.CASH: (Method.CASH, Method.PICKUP),
        AccountKind.INTERAC_CLEARING: (Method.INTERAC,),
        AccountKind.CARD_CLEARING: (Method.CARD, Method.TERMINAL),
    }
    sums = {
        row["method"]: (row["n"], row["total"] - row["back"])
        for row in Payment.objects.filter(
            organisation_id=organisation_id, state=PaymentState.SUCCEEDED, cleared_on=None
        )
        .values("method")
        .annotate(n=Count("pk"), total=Sum("amount"), back=Sum("refunded"))
        .order_by()
    }
    return [
        Clearing(
            kind,
            books.balance(book.pk, kind) if book else ZERO,
            sum(sums.get(m, (0, ZERO))[0] for m in methods[kind]),
            sum((sums.get(m, (0, ZERO))[1] for m in methods[kind]), ZERO),
        )
        for kind in kinds
    ]


def payers_of(organisation_id: int, *, search: str = "") -> QuerySet[Person]:
    """People who have an account with the organisation, or announced a transfer; `search` without accents, or e-mail.

    Someone who never bought nor joined is not found: nobody can look through the whole directory from here.
    """
    with_account = LedgerAccount.objects.filter(
        book__organisation_id=organisation_id, kind=AccountKind.MEMBER, person__isnull=False
    )
    announced = ExpectedTransfer.objects.filter(organisation_id=organisation_id)
    rows = Person.objects.filter(Q(pk__in=with_account.values("person")) | Q(pk__in=announced.values("person")))
    for word in search_words(search):
        rows = rows.filter(
            Q(given_name__unaccent__icontains=word)
            | Q(family_name__unaccent__icontains=word)
            | Q(email__icontains=word)
        )
    return rows.order_by(Sorting("family_name"), Sorting("given_name"), "pk")


@dataclass(frozen=True)
class Payer:
    """Whose account a payment goes to: a person's, or that of an organisation (`person` is one of its people)."""

    person: Person
    buyer: Organisation | None = None

    @property
    def name(self) -> str:
        return self.buyer.name if self.buyer else self.person.name

    @property
    def detail(self) -> str:
        return self.person.name if self.buyer else self.person.email


def found_payers(organisation_id: int, search: str) -> list[Payer]:
    """At most 20 people, and as many organisations, that have an account here, by name or e-mail. Four queries."""
    if not search.strip():
        return []
    organisations = _buyers(organisation_id)
    for word in search_words(search):
        organisations = organisations.filter(name__unaccent__icontains=word)
    people = [Payer(person) for person in payers_of(organisation_id, search=search)[:20]]
    return people + _with_someone(list(organisations.order_by(Sorting("name"))[:20]))


def payer_for(organisation_id: int, *, person: UUID, buyer: UUID | None) -> Payer:
    """One of them; Http404 for anyone else. Without `buyer`, the person for themself."""
    if buyer is None:
        return Payer(get_object_or_404(payers_of(organisation_id), public_id=person))
    organisation = get_object_or_404(_buyers(organisation_id), public_id=buyer)
    for payer in _with_someone([organisation]):
        return payer
    raise Http404


def _buyers(organisation_id: int) -> QuerySet[Organisation]:
    accounts = LedgerAccount.objects.filter(book__organisation_id=organisation_id, kind=AccountKind.MEMBER)
    return Organisation.objects.filter(pk__in=accounts.filter(organisation__isnull=False).values("organisation"))


def _with_someone(organisations: list[Organisation]) -> list[Payer]:
    """Each with one of its people: who buys for it, else the last who did anything there. Nobody: it is left out."""
    roles = Role.objects.filter(organisation__in=organisations, person__erased_at=None).select_related("person")
    best: dict[int, Role] = {}
    for role in sorted(roles, key=lambda r: (r.during.upper is None, r.kind in BUYERS, -r.pk)):
        best[role.organisation_id] = role
    return [Payer(best[o.pk].person, o) for o in organisations if o.pk in best]


def match_for(line: BankLine, *, expected: UUID, payment: UUID) -> tuple[int | None, int | None]:
    """Keys of the announced transfer or of the payment, both of the line's organisation; Http404 for neither."""
    rows = ExpectedTransfer.objects.filter(organisation_id=line.organisation_id, public_id=expected)
    known = rows.values_list("pk", flat=True).first()
    if known is not None:
        return known, None
    return None, get_object_or_404(Payment, organisation_id=line.organisation_id, public_id=payment).pk
