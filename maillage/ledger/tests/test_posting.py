"""What the books guarantee, whoever writes."""

from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from maillage.directory.tests.factories import AccountFactory, OrganisationFactory, PersonFactory
from maillage.ledger import actions, proof, queries
from maillage.ledger.models import AccountKind, Entry, LedgerAccount, Transaction
from maillage.ledger.types import Line, Posting

from .factories import BookFactory, charge, prepay

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 2)
D = Decimal


def commit() -> None:
    """Run the deferred checks, as a commit does."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def order_lines(person_id: int, producers: list[int]) -> list[Line]:
    lines = [Line(AccountKind.PRODUCER, D("-7.80"), organisation_id=o) for o in producers]
    lines.append(Line(AccountKind.MARGIN, D("-2.20") * len(producers)))
    return [Line(AccountKind.MEMBER, D("10.00") * len(producers), person_id=person_id), *lines]


def test_open_book_is_made_once() -> None:
    organisation = OrganisationFactory()
    book = actions.open_book(organisation_id=organisation.pk)
    assert actions.open_book(organisation_id=organisation.pk) == book == queries.book_of(organisation.pk)


def test_post_takes_one_statement_whatever_the_number_of_lines() -> None:
    book, person, by = BookFactory(), PersonFactory(), AccountFactory()
    producers = [OrganisationFactory().pk for _ in range(30)]
    for count in (1, 30):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            made = actions.post(
                book_id=book.pk,
                key=f"order:{count}",
                occurred_on=DAY,
                memo="Commande",
                lines=order_lines(person.pk, producers[:count]),
                by=by,
            )
        assert len(captured) == 1
        stored = Transaction.objects.get(pk=made.pk)
        assert (stored.public_id, stored.by_id, stored.posted_at) == (made.public_id, by.pk, made.posted_at)
        assert stored.entries.count() == count + 2
    commit()
    assert queries.balance(book.pk, AccountKind.MEMBER, person_id=person.pk) == D("310.00")
    assert queries.balance(book.pk, AccountKind.MARGIN) == D("-68.20")
    assert queries.balances(book.pk, AccountKind.PRODUCER)[producers[0]] == D("-15.60")
    assert queries.balances(book.pk, AccountKind.MEMBER) == {person.pk: D("310.00")}


def test_lines_of_one_account_are_summed_and_zeros_dropped() -> None:
    book = BookFactory()
    made = actions.post(
        book_id=book.pk,
        key="k",
        occurred_on=DAY,
        memo="Dépôt",
        lines=[Line("cash", D(5)), Line("cash", D("2.50")), Line("bank", D("-7.50")), Line("tps", D(0))],
    )
    assert sorted(made.entries.values_list("account__kind", "amount")) == [("bank", D("-7.50")), ("cash", D("7.50"))]


def test_same_key_is_refused_and_named() -> None:
    book, person = BookFactory(), PersonFactory()
    first = charge(book, person, 10, key="once")
    with pytest.raises(actions.AlreadyPosted) as refused:
        charge(book, person, 99, key="once")
    assert refused.value.transaction_id == first.pk
    assert queries.balance(book.pk, "member", person_id=person.pk) == 10
    charge(BookFactory(), person, 10, key="once")  # another book has keys of its own


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ([Line("cash", D(5)), Line("bank", D("-4.99"))], actions.Unbalanced),
        ([Line("cash", D(5)), Line("cash", D(-5))], actions.NothingToPost),
        ([], actions.NothingToPost),
        ([Line("cash", D("0.005")), Line("bank", D("-0.005"))], ValueError),
    ],
)
def test_wrong_lines_write_nothing(lines: list[Line], error: type[Exception]) -> None:
    book = BookFactory()
    with pytest.raises(error):
        actions.post(book_id=book.pk, key="k", occurred_on=DAY, memo="Essai", lines=lines)
    assert not Transaction.objects.exists()
    assert not LedgerAccount.objects.exists()


def test_reversal_cancels_once() -> None:
    book, person = BookFactory(), PersonFactory()
    made = charge(book, person, "12.34")
    with CaptureQueriesContext(connection) as captured:
        back = actions.reverse(transaction_id=made.pk, key="back", occurred_on=DAY, memo="Annulation")
    assert len(captured) <= 3
    assert back.reverses_id == made.pk
    assert queries.balance(book.pk, "member", person_id=person.pk) == 0
    with pytest.raises(actions.AlreadyReversed):
        actions.reverse(transaction_id=made.pk, key="again", occurred_on=DAY, memo="Annulation")
    with pytest.raises(actions.AlreadyPosted):
        actions.reverse(transaction_id=made.pk, key="back", occurred_on=DAY, memo="Annulation")
    actions.reverse(transaction_id=back.pk, key="forth", occurred_on=DAY, memo="Rétablissement")
    commit()
    assert queries.balance(book.pk, "member", person_id=person.pk) == D("12.34")


def test_post_many_is_idempotent_and_in_few_statements() -> None:
    book, people = BookFactory(), [PersonFactory() for _ in range(3)]
    producers = [OrganisationFactory().pk for _ in range(4)]
    postings = [Posting(f"o{i}", DAY, "Commande", order_lines(people[i % 3].pk, producers)) for i in range(50)]
    with CaptureQueriesContext(connection) as captured:
        assert actions.post_many(book_id=book.pk, postings=postings[:20]) == 20
    assert len(captured) <= 6
    assert actions.post_many(book_id=book.pk, postings=postings, batch=7) == 30
    assert actions.post_many(book_id=book.pk, postings=postings) == 0
    commit()
    assert Transaction.objects.filter(book=book).count() == 50
    assert sum(queries.balances(book.pk, "member").values()) == 50 * 40
    assert sum(Entry.objects.values_list("amount", flat=True)) == 0


def test_post_many_is_all_or_nothing() -> None:
    book = BookFactory()
    good = Posting("a", DAY, "Bon", [Line("cash", D(1)), Line("bank", D(-1))])
    bad = Posting("b", DAY, "Mauvais", [Line("cash", D(1))])
    with pytest.raises(actions.Unbalanced, match="Mauvais"):
        actions.post_many(book_id=book.pk, postings=[good, bad])
    with pytest.raises(ValueError, match="twice"):
        actions.post_many(book_id=book.pk, postings=[good, good])
    assert not Transaction.objects.exists()


def test_closed_period_refuses_what_is_dated_in_it() -> None:
    book, person = BookFactory(), PersonFactory()
    charge(book, person, 5, on=date(2026, 1, 31))
    actions.close_period(book_id=book.pk, through=date(2026, 1, 31))
    with pytest.raises(actions.PeriodClosed, match="31 janvier 2026"):
        charge(book, person, 5, on=date(2026, 1, 31))
    with pytest.raises(actions.PeriodClosed):
        actions.post_many(
            book_id=book.pk,
            postings=[Posting("x", date(2026, 1, 2), "Tard", [Line("cash", D(1)), Line("bank", D(-1))])],
        )
    with pytest.raises(actions.PeriodClosed):
        actions.close_period(book_id=book.pk, through=date(2026, 1, 15))
    charge(book, person, 5, on=date(2026, 2, 1))
    commit()
    assert queries.balance(book.pk, "member", person_id=person.pk) == 10


# --- the database refuses by itself ----------------------------------------------------------------------------------


def raw_transaction(book_id: int, key: str = "raw") -> Transaction:
    return Transaction.objects.create(book_id=book_id, key=key, occurred_on=DAY, memo="À la main")


def test_unbalanced_transaction_is_refused_at_commit_not_before() -> None:
    book = BookFactory()
    account = LedgerAccount.objects.create(book=book, kind="cash")
    made = raw_transaction(book.pk)
    Entry.objects.create(transaction=made, account=account, amount=5)  # unbalanced for now: allowed until the commit
    with pytest.raises(IntegrityError, match="does not balance"), transaction.atomic():
        commit()
    Entry.objects.create(transaction=made, account=LedgerAccount.objects.create(book=book, kind="bank"), amount=-5)
    commit()


def test_transaction_without_entries_is_refused_at_commit() -> None:
    raw_transaction(BookFactory().pk)
    with pytest.raises(IntegrityError, match="no entries"), transaction.atomic():
        commit()
    transaction.set_rollback(True)


def test_entry_in_an_account_of_another_book_is_refused() -> None:
    ours, theirs = BookFactory(), BookFactory()
    account = LedgerAccount.objects.create(book=theirs, kind="cash")
    made = raw_transaction(ours.pk)
    with pytest.raises(IntegrityError, match="another book"), transaction.atomic():
        Entry.objects.create(transaction=made, account=account, amount=5)
    transaction.set_rollback(True)


def test_checked_transaction_takes_no_more_entries() -> None:
    book, person = BookFactory(), PersonFactory()
    made = charge(book, person, 5)
    commit()
    account = made.entries.first().account
    with pytest.raises(IntegrityError, match="takes no more entries"), transaction.atomic():
        Entry.objects.bulk_create(
            [Entry(transaction=made, account=account, amount=1), Entry(transaction=made, account=account, amount=-1)]
        )


def test_entries_name_a_transaction_and_an_account_that_exist() -> None:
    book, person = BookFactory(), PersonFactory()
    made = charge(book, person, 5)
    account = made.entries.first().account
    for transaction_id, account_id in ((made.pk, account.pk + 10_000), (made.pk + 10_000, account.pk)):
        with pytest.raises(IntegrityError, match="account of another book"), transaction.atomic():
            Entry.objects.bulk_create([Entry(transaction_id=transaction_id, account_id=account_id, amount=1)])


@pytest.mark.django_db(transaction=True)
def test_transaction_of_an_earlier_commit_takes_no_more_entries() -> None:
    book, person = BookFactory(), PersonFactory()
    made = charge(book, person, 5)
    account = made.entries.first().account
    with pytest.raises(IntegrityError, match="takes no more entries"):
        Entry.objects.bulk_create(
            [Entry(transaction=made, account=account, amount=1), Entry(transaction=made, account=account, amount=-1)]
        )
    assert made.entries.count() == 2


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE ledger_entry SET amount = amount * 2",
        "DELETE FROM ledger_entry",
        "UPDATE ledger_transaction SET memo = 'autre'",
        "DELETE FROM ledger_transaction",
        "DELETE FROM ledger_ledgeraccount",
        "UPDATE ledger_ledgeraccount SET kind = 'cash'",
        "UPDATE ledger_ledgeraccount SET id = id + 100000",
        "UPDATE ledger_ledgeraccount SET person_id = NULL WHERE person_id IS NOT NULL",
        "UPDATE ledger_entry SET account_id = account_id + 100000",
        "UPDATE ledger_transaction SET id = id + 100000",
        "MERGE INTO ledger_entry e USING ledger_transaction t ON e.transaction_id = t.id WHEN MATCHED THEN DELETE",
    ],
)
def test_nothing_posted_is_changed_nor_removed(sql: str) -> None:
    book, person = BookFactory(), PersonFactory()
    prepay(book, person, 20)
    with pytest.raises(DatabaseError, match="refused"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert queries.balance(book.pk, "member", person_id=person.pk) == -20


@pytest.mark.parametrize(
    "statement", ["DELETE FROM ledger_book", "UPDATE ledger_book SET id = id + 100000", "DELETE FROM directory_person"]
)
def test_what_accounts_stand_on_stays(statement: str) -> None:
    book, person = BookFactory(), PersonFactory()
    prepay(book, person, 20)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError), transaction.atomic():
            cursor.execute(statement)
    assert queries.balance(book.pk, "member", person_id=person.pk) == -20


@pytest.mark.parametrize("wrong", ["account", "transaction"])
def test_bulk_copy_is_refused_like_any_other_writing(wrong: str) -> None:
    book, person = BookFactory(), PersonFactory()
    made = prepay(book, person, 20)
    account = made.entries.first().account_id
    row = (made.pk + 10_000, account, 1) if wrong == "transaction" else (made.pk, account + 10_000, 1)
    copy = "COPY ledger_entry (transaction_id, account_id, amount) FROM STDIN"
    with (
        pytest.raises(psycopg.errors.CheckViolation),
        transaction.atomic(),
        connection.cursor() as cursor,
        cursor.cursor.copy(copy) as pipe,
    ):
        pipe.write_row(row)
    assert Entry.objects.count() == 2


def test_no_table_of_the_books_can_be_emptied_outside_of_tests() -> None:
    """TRUNCATE fires no row trigger and, without foreign keys, no other table would hold it back."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'ledger_not_emptied'"
        )
        found = dict(cursor.fetchall())
        cursor.execute("CREATE TEMP TABLE emptied () ON COMMIT DROP")
        cursor.execute(
            "CREATE TRIGGER kept BEFORE TRUNCATE ON emptied FOR EACH STATEMENT "
            "WHEN (left('maillage'::text, 5) <> 'test_') EXECUTE FUNCTION ledger_append_only()"
        )
    assert sorted(found) == ["ledger_entry", "ledger_ledgeraccount", "ledger_transaction"]
    assert all("BEFORE TRUNCATE" in text and "test_" in text for text in found.values())
    with pytest.raises(DatabaseError, match="refused"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE emptied")


@pytest.mark.django_db(transaction=True)
def test_an_account_cannot_leave_while_entries_come_to_it() -> None:
    """Another session deletes the account between the making of it and the entry: it is refused, not raced."""
    book, person = BookFactory(), PersonFactory()
    prepay(book, person, 20)
    with transaction.atomic():
        charge(book, person, 5)
        with _second_session() as other, pytest.raises(psycopg.errors.RestrictViolation):
            other.execute("DELETE FROM ledger_ledgeraccount")
    assert proof.faults() == {}


def test_books_are_read_again_from_the_tables_alone() -> None:
    book, person = BookFactory(), PersonFactory()
    made = prepay(book, person, 20)
    assert proof.faults() == {}
    out = StringIO()
    call_command("check_books", stdout=out)
    assert "all hold" in out.getvalue()
    account = made.entries.first().account_id
    with connection.cursor() as cursor:  # what a restore could bring: no trigger sees it
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(
            "INSERT INTO ledger_entry (transaction_id, account_id, amount) VALUES (%s, %s, 3)", [made.pk, -1]
        )
        cursor.execute("INSERT INTO ledger_entry (transaction_id, account_id, amount) VALUES (-1, %s, 3)", [account])
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert list(proof.faults().values()) == [1, 1, 1]
    with pytest.raises(CommandError, match="1 entries without their transaction"):
        call_command("check_books")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM ledger_entry WHERE amount = 3")
        cursor.execute("SET LOCAL session_replication_role = origin")


def _second_session() -> psycopg.Connection[Any]:
    params = connection.get_connection_params()
    wanted = {k: params[k] for k in ("dbname", "user", "password", "host", "port") if params.get(k)}
    return psycopg.connect(**wanted)
