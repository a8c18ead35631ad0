from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from maillage.core.sheets import Unreadable
from maillage.directory.tests.factories import OrganisationFactory, PersonFactory
from maillage.ledger import queries as books
from maillage.ledger.models import Transaction
from maillage.payments import actions, bankfiles, queries
from maillage.payments.bankfiles import Columns
from maillage.payments.forms import ColumnsForm
from maillage.payments.models import BankFile, BankLine, ExpectedState, Payment
from maillage.payments.references import shown

from .factories import expected, paid

pytestmark = pytest.mark.django_db
D = Decimal
NOW = timezone.now()


def accesd(*rows: tuple[str, str, str, str]) -> bytes:
    """A file as AccèsD gives it: (date, number, description, deposit); Windows-1252."""
    lines = [
        f'"815-30000","012345","EOP","{day}",{number},"{text}",,"","{amount}",,,,,"1000.00"'
        for day, number, text, amount in rows
    ]
    lines.append('"815-30000","012345","EOP","2026/03/03",00099,"Achat - épicerie","","45.10","",,,,,"955.90"')
    return "\r\n".join(lines).encode("cp1252")


def take(organisation: Any, raw: bytes, name: str = "releve.csv") -> Any:
    """Send a file and confirm its preview."""
    file = actions.take_file(organisation_id=organisation.pk, name=name, raw=raw)
    return actions.keep_file(file_id=file.pk)


def test_accesd_file_is_read_and_its_withdrawals_left_out() -> None:
    organisation = OrganisationFactory()
    file = take(organisation, accesd(("2026/03/02", "00012", "Virement Interac de /Noémie Côté", "25.00")))
    line = BankLine.objects.get()
    assert (file.lines, file.new_lines) == (1, 1)
    assert (str(line.occurred_on), line.description, line.amount) == (
        "2026-03-02",
        "Virement Interac de /Noémie Côté",
        25,
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize(
    "text",
    [
        "Date;Libellé;Débit;Crédit\n2026-03-02;Dépôt de Zoé;;1 234,50 $\n2026-03-03;Loyer;800,00;\n",
        'Date,Description,Montant\n02/03/2026,Dépôt de Zoé,"1,234.50"\n23/03/2026,Loyer,-800.00\n',
        "Transaction Date\tDescription 1\tDeposits\tWithdrawals\n20260302\tDépôt de Zoé\t1234.50\t\n"
        "20260303\tLoyer\t\t800\n",
    ],
)
def test_generic_files_are_recognised(text: str, encoding: str) -> None:
    take(OrganisationFactory(), text.encode(encoding))
    line = BankLine.objects.get()
    assert (str(line.occurred_on), line.description, line.amount) == ("2026-03-02", "Dépôt de Zoé", D("1234.50"))


def test_unknown_columns_are_asked_then_remembered() -> None:
    organisation = OrganisationFactory()
    raw = b"Jour;Qui;Entre\n2026-03-02;Ana Roy;10,00\n"
    file = actions.take_file(organisation_id=organisation.pk, name="b.csv", raw=raw)
    assert queries.preview_of(file) is None
    with pytest.raises(Unreadable, match="colonnes"):
        actions.keep_file(file_id=file.pk)
    actions.map_file(file_id=file.pk, columns=Columns(date=0, description=(1,), credit=2))
    assert not BankLine.objects.exists()
    kept = actions.keep_file(file_id=file.pk)
    assert (kept.new_lines, kept.content) == (1, "")
    assert take(organisation, raw.replace(b"10,00", b"11,00")).new_lines == 1
    with pytest.raises(actions.AlreadyHandled):
        actions.map_file(file_id=file.pk, columns=Columns(date=0, description=(1,), credit=2))


def test_preview_tells_what_is_new_known_and_wrong_and_keeps_nothing() -> None:
    organisation = OrganisationFactory()
    waiting = expected(organisation, "25.00", PersonFactory(given_name="Noémie", family_name="Côté"))
    take(organisation, b"Date;Description;Montant\n2026-03-01;Virement de Bo;7\n")
    text = (
        "Date;Description;Montant\n2026-03-01;Virement de Bo;7\n"
        f"2026-03-02;Virement {waiting.reference};25\nhier;Ana;10\n2026-03-03;Loyer;-800\n2026-03-04;X;3\n"
    )
    lines = BankLine.objects.count()
    file = actions.take_file(organisation_id=organisation.pk, name="b.csv", raw=text.encode())
    preview = queries.preview_of(file)
    assert preview is not None
    assert [(p.line.amount, p.certainty) for p in preview.fresh] == [(25, "certain"), (3, "none")]
    assert [d.description for d in preview.known] == ["Virement de Bo"]
    assert [row.number for row in preview.wrong] == [4]
    assert (preview.left_out, preview.total) == (1, 28)
    assert BankLine.objects.count() == lines
    assert actions.keep_file(file_id=file.pk).new_lines == 2
    with pytest.raises(actions.AlreadyHandled):
        actions.keep_file(file_id=file.pk)


def test_file_given_up_or_replaced_leaves_nothing() -> None:
    organisation, raw = OrganisationFactory(), b"Date;Description;Montant\n2026-03-01;Virement de Bo;7\n"
    first = actions.take_file(organisation_id=organisation.pk, name="a.csv", raw=raw)
    second = actions.take_file(organisation_id=organisation.pk, name="b.csv", raw=raw)
    assert list(BankFile.objects.all()) == [second]
    assert first.pk != second.pk
    actions.discard_file(file_id=second.pk)
    assert not BankFile.objects.exists()
    kept = take(organisation, raw)
    with pytest.raises(actions.AlreadyHandled):
        actions.discard_file(file_id=kept.pk)


def test_file_that_nobody_confirms_is_forgotten_after_a_week() -> None:
    raw = b"Date;Description;Montant\n2026-03-01;Virement de Bo;7\n"
    kept = take(OrganisationFactory(), raw)
    actions.take_file(organisation_id=OrganisationFactory().pk, name="b.csv", raw=raw)
    assert actions.forget_files(now=timezone.now() + timedelta(days=6)) == 0
    assert actions.forget_files(now=timezone.now() + timedelta(days=8)) == 1
    assert list(BankFile.objects.all()) == [kept]


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "vide"),
        (b"PK\x03\x04xlsx", "CSV"),
        (b"Date;Description;Montant\nhier;Ana;10\n", "Ligne 2"),
        (b"Date;Description;Montant\n2026-03-02;Ana;dix\n", "n’est pas un nombre"),
    ],
)
def test_unreadable_file_is_told_in_a_sentence_and_keeps_nothing(raw: bytes, message: str) -> None:
    with pytest.raises(Unreadable, match=message):
        take(OrganisationFactory(), raw)
    assert not BankLine.objects.exists()


def test_same_file_and_same_lines_change_nothing() -> None:
    organisation = OrganisationFactory()
    rows = [("2026/03/02", "00012", "Virement de Ana", "25.00"), ("2026/03/02", "00013", "Virement de Ana", "25.00")]
    assert take(organisation, accesd(*rows)).new_lines == 2
    assert take(organisation, accesd(*rows), "autre nom.csv").new_lines == 0
    assert take(organisation, accesd(*rows, ("2026/03/04", "00014", "Virement de Bo", "5.00"))).new_lines == 1
    assert take(OrganisationFactory(), accesd(*rows)).new_lines == 2  # another organisation's bank


def test_two_identical_lines_of_one_file_are_two_deposits() -> None:
    organisation = OrganisationFactory()
    raw = b"Date;Description;Montant\n2026-03-02;Virement de Ana;25\n2026-03-02;Virement de Ana;25\n"
    assert take(organisation, raw).new_lines == 2
    assert take(organisation, raw).new_lines == 0


def certainty(organisation: Any) -> list[tuple[str, Any]]:
    return [(p.certainty.value, p.expected.pk if p.expected else None) for p in queries.proposals(organisation.pk)]


def test_matching_says_certain_probable_or_unknown() -> None:
    organisation = OrganisationFactory()
    ana, bo = PersonFactory(given_name="Anaïs", family_name="Roy"), PersonFactory(given_name="Bo", family_name="Li")
    sure, other = expected(organisation, "25.00", ana), expected(organisation, "40.00", ana)
    named, alone = expected(organisation, "25.00", bo), expected(organisation, "77.77")
    expected(OrganisationFactory(), "5.55")  # another organisation's: never proposed
    take(
        organisation,
        accesd(
            ("2026/03/01", "1", f"Virement Interac {shown(sure.reference).lower()}", "25.00"),
            ("2026/03/02", "2", f"Virement {other.reference}", "39.00"),
            ("2026/03/03", "3", "Virement Interac de /Bo Li", "25.00"),
            ("2026/03/04", "4", "Virement Interac de /X", "77.77"),
            ("2026/03/05", "5", "Virement Interac de /Inconnue", "5.55"),
            ("2026/03/06", "6", f"Virement {shown(sure.reference)}", "25.00"),
        ),
    )
    assert certainty(organisation) == [
        ("certain", sure.pk),
        ("probable", other.pk),
        ("probable", named.pk),
        ("probable", alone.pk),
        ("none", None),
        ("probable", sure.pk),  # the same reference twice: a person looks
    ]
    with CaptureQueriesContext(connection) as captured:
        queries.proposals(organisation.pk)
    assert len(captured) == 3


def one(amount: str = "25.00") -> tuple[Any, Any, BankLine]:
    organisation = OrganisationFactory()
    waiting = expected(organisation, amount)
    take(organisation, accesd(("2026/03/02", "1", f"Virement {waiting.reference}", amount)))
    return organisation, waiting, BankLine.objects.get()


def test_certain_lines_are_confirmed_together_and_once() -> None:
    organisation, waiting, line = one()
    for confirmed in (1, 0):
        assert actions.confirm_certain(organisation_id=organisation.pk, line_ids=[line.pk], now=NOW) == confirmed
    waiting.refresh_from_db()
    book = books.book_of(organisation.pk).pk
    assert waiting.state == ExpectedState.RECEIVED
    assert waiting.payment.cleared_on == line.occurred_on
    assert books.balance(book, "bank") == 25
    assert books.balance(book, "member", person_id=waiting.person_id) == -25
    with pytest.raises(actions.AlreadyHandled):
        actions.confirm_line(line_id=line.pk, expected_id=waiting.pk, now=NOW)
    assert Payment.objects.count() == Transaction.objects.count() == 1


def test_undo_reverses_and_the_line_can_be_handled_again() -> None:
    organisation, waiting, line = one()
    actions.confirm_line(line_id=line.pk, expected_id=waiting.pk, now=NOW)
    actions.undo_line(line_id=line.pk, now=NOW)
    waiting.refresh_from_db()
    book = books.book_of(organisation.pk).pk
    assert waiting.state == ExpectedState.EXPECTED
    assert books.balance(book, "bank") == books.balance(book, "member") == 0
    with pytest.raises(actions.AlreadyHandled):
        actions.undo_line(line_id=line.pk, now=NOW)
    other = PersonFactory()
    actions.assign_line(line_id=line.pk, person_id=other.pk, now=NOW)
    assert books.balance(book, "member", person_id=other.pk) == -25
    assert books.balance(book, "bank") == 25


def test_transfer_recorded_by_hand_is_cleared_by_its_line_not_paid_twice() -> None:
    organisation, person = OrganisationFactory(), PersonFactory(given_name="Ana", family_name="Roy")
    payment = paid(organisation, person, "25", method="interac")
    take(organisation, accesd(("2026/03/02", "1", "Virement Interac de /Ana Roy", "25.00")))
    proposal = queries.proposals(organisation.pk)[0]
    assert (proposal.certainty, proposal.payment) == ("probable", payment)
    actions.confirm_line(line_id=proposal.line.pk, payment_id=payment.pk, now=NOW)
    book = books.book_of(organisation.pk).pk
    assert [books.balance(book, k) for k in ("bank", "interac_clearing", "member")] == [25, 0, -25]
    actions.undo_line(line_id=proposal.line.pk, now=NOW)
    assert [books.balance(book, k) for k in ("bank", "interac_clearing", "member")] == [0, 25, -25]
    assert queries.proposals(organisation.pk)[0].payment == payment


def test_line_set_aside_posts_nothing_and_comes_back() -> None:
    organisation, _waiting, line = one()
    actions.ignore_line(line_id=line.pk, now=NOW)
    assert queries.proposals(organisation.pk) == []
    assert not Transaction.objects.exists()
    actions.restore_line(line_id=line.pk)
    assert len(queries.proposals(organisation.pk)) == 1


def test_columns_are_stored_and_read_back() -> None:
    columns = Columns(date=1, description=(2, 3), credit=5, debit=4)
    assert Columns.read(columns.stored()) == columns
    assert bankfiles.recognise([["a", "b"], ["1", "2"]]) is None


def test_reference_typed_wrong_by_one_character_is_suggested_before_any_other() -> None:
    organisation = OrganisationFactory()
    right, _same_amount = expected(organisation, "20"), expected(organisation, "20")
    slip = "7" if right.reference[0] != "7" else "8"
    take(organisation, accesd(("2026/03/02", "1", f"Virement {slip}{right.reference[1:]}", str(right.amount))))
    (proposal,) = queries.proposals(organisation.pk)
    assert (proposal.certainty, proposal.expected) == ("probable", right)
    assert shown(right.reference) in proposal.reason


@pytest.mark.parametrize(("amount", "words"), [("5.00", "il manque"), ("500.00", "de plus que")])
def test_part_or_too_much_is_said_and_counts_as_it_came(amount: str, words: str) -> None:
    organisation = OrganisationFactory()
    one = expected(organisation, "20")
    take(organisation, accesd(("2026/03/02", "1", f"Virement {one.reference}", amount)))
    (proposal,) = queries.proposals(organisation.pk)
    assert words in proposal.reason
    actions.confirm_line(line_id=proposal.line.pk, expected_id=one.pk, now=NOW)
    book = books.book_of(organisation.pk)
    assert books.balance(book.pk, "member", person_id=one.person_id) == -D(amount)


MONTH_FIRST = "Transaction Date,Description 1,CAD$\n11/4/2025,Ana,41.10\n11/12/2025,Bo,42.20\n"


def test_which_number_is_the_day_follows_from_the_file_or_is_asked() -> None:
    told = take(OrganisationFactory(), (MONTH_FIRST + "11/13/2025,Cy,43.30\n").encode())
    days = BankLine.objects.filter(organisation=told.organisation_id).order_by("occurred_on")
    assert [str(line.occurred_on) for line in days] == ["2025-11-04", "2025-11-12", "2025-11-13"]
    organisation = OrganisationFactory()
    file = actions.take_file(organisation_id=organisation.pk, name="b.csv", raw=MONTH_FIRST.encode())
    assert queries.preview_of(file) is None
    rows = bankfiles.rows_of(file.content)
    form = ColumnsForm(rows, {"headings": "on", "date": 0, "description": [1], "credit": 2})
    assert "de deux façons" in str(form.errors["days"])
    form = ColumnsForm(rows, {"headings": "on", "date": 0, "description": [1], "credit": 2, "days": "month"})
    assert form.is_valid(), form.errors
    actions.map_file(file_id=file.pk, columns=form.columns())
    preview = queries.preview_of(file)
    assert preview is not None
    assert [str(p.line.occurred_on) for p in preview.fresh] == ["2025-11-04", "2025-11-12"]


def test_a_deposit_to_come_or_with_three_decimals_does_not_read() -> None:
    rows = [["Date", "Description", "Amount"], ["2025-11-20", "A", "1,234"], ["2199-01-01", "B", "5"]]
    rows += [["2025-11-21", "C", "1,234.00"], ["2025-11-22", "D", "3.000"]]
    found = bankfiles.check(rows, Columns(date=0, description=(1,), credit=2))
    assert [(d.description, d.amount) for d in found.deposits] == [("C", D("1234.00"))]
    assert [w.number for w in found.wrong] == [2, 3, 5]
