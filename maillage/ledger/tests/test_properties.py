"""Whatever is posted and reversed, in any order: every transaction balances, and balances are sums of lines."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maillage.directory.tests.factories import OrganisationFactory, PersonFactory
from maillage.ledger import actions, queries
from maillage.ledger.models import AccountKind, Entry, Transaction
from maillage.ledger.types import Line, Posting

from .factories import BookFactory

pytestmark = pytest.mark.django_db

cents = st.integers(-99_999, 99_999).map(lambda n: Decimal(n) / 100)
plain = [AccountKind.CASH, AccountKind.BANK, AccountKind.MARGIN, AccountKind.TPS]


@st.composite
def steps(draw: Any) -> list[tuple[str, Any]]:
    """A sequence of postings (balanced by the last line), bulk postings, and reversals of what came before."""
    made: list[tuple[str, Any]] = []
    for _ in range(draw(st.integers(1, 8))):
        kind = draw(st.sampled_from(["post", "post", "many", "reverse"]))
        if kind == "reverse":
            made.append((kind, draw(st.integers(0, 7))))
        else:
            count = 1 if kind == "post" else draw(st.integers(1, 4))
            made.append((kind, [draw(st.lists(st.tuples(st.integers(0, 7), cents), min_size=1, max_size=6)) for _ in range(count)]))  # fmt: skip  # noqa: E501
    return made


def lines_of(parts: list[tuple[int, Decimal]], people: list[int], producers: list[int]) -> list[Line]:
    lines = []
    for where, amount in parts:
        if where < 4:
            lines.append(Line(plain[where], amount))
        elif where < 6:
            lines.append(Line(AccountKind.MEMBER, amount, person_id=people[where - 4]))
        else:
            lines.append(Line(AccountKind.PRODUCER, amount, organisation_id=producers[where - 6]))
    return [*lines, Line(AccountKind.DELIVERY, -sum(a for _w, a in parts))]


def check(book: Any, ours: dict[tuple[str, int | None, int | None], Decimal]) -> None:
    """The deferred checks pass, and every balance is the sum that was expected and the last running one."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    entries = Entry.objects.filter(account__book=book)
    assert not entries.values("transaction").annotate(total=Sum("amount")).exclude(total=0).exists()
    rows = queries.trial_balance(book.pk)
    assert sum(r.closing for r in rows) == 0
    for (kind, person, organisation), amount in ours.items():
        assert queries.balance(book.pk, kind, person, organisation) == amount
    for account in book.accounts.all():
        lines, _count = queries.statement(account.pk, limit=500)
        assert queries.balance_of(account.pk) == (lines[0].running if lines else 0) == sum(x.amount for x in lines)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps())
def test_any_sequence_keeps_the_books_true(db: None, sequence: list[tuple[str, Any]]) -> None:
    book = BookFactory()
    people, producers = [PersonFactory().pk for _ in range(2)], [OrganisationFactory().pk for _ in range(2)]
    ours: dict[tuple[str, int | None, int | None], Decimal] = defaultdict(Decimal)
    day, posted = date(2026, 1, 1), list[Transaction]()
    for number, (kind, what) in enumerate(sequence):
        day += timedelta(days=1)
        if kind == "reverse":
            if not posted:
                continue
            target = posted[what % len(posted)]
            try:
                back = actions.reverse(transaction_id=target.pk, key=f"r{number}", occurred_on=day, memo="Renversement")
            except actions.AlreadyReversed:
                continue
            posted.append(back)
            for side in back.entries.select_related("account"):
                ours[side.account.kind, side.account.person_id, side.account.organisation_id] += side.amount
            continue
        batches = [lines_of(parts, people, producers) for parts in what]
        batches = [b for b in batches if actions._summed(b)]
        postings = [Posting(f"p{number}-{i}", day, "Écriture", lines) for i, lines in enumerate(batches)]
        if kind == "post" and postings:
            p = postings[0]
            posted.append(
                actions.post(book_id=book.pk, key=p.key, occurred_on=p.occurred_on, memo=p.memo, lines=p.lines)
            )
        elif postings:
            assert actions.post_many(book_id=book.pk, postings=postings) == len(postings)
            posted.extend(Transaction.objects.filter(book=book, key__in=[p.key for p in postings]))
        for line in (line for b in batches[: 1 if kind == "post" else None] for line in b):
            ours[str(line.kind), line.person_id, line.organisation_id] += line.amount
    check(book, ours)
