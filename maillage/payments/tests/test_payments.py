from datetime import date
from decimal import Decimal

import pytest

from maillage.directory.tests.factories import OrganisationFactory, PersonFactory
from maillage.ledger import queries as books
from maillage.ledger.actions import PeriodClosed, close_period
from maillage.ledger.models import Transaction
from maillage.payments import actions, methods, queries
from maillage.payments.models import ExpectedState, Payment, PaymentState
from maillage.payments.types import ToPay

from .factories import DAY, expected, paid

pytestmark = pytest.mark.django_db
D = Decimal


def book_of(payment: Payment) -> int:
    return books.book_of(payment.organisation_id).pk


@pytest.mark.parametrize(
    ("method", "account"),
    [("cash", "cash"), ("pickup", "cash"), ("terminal", "card_clearing"), ("interac", "interac_clearing")],
)
def test_payment_is_posted_where_it_came_in(method: str, account: str) -> None:
    payment = paid(amount="20.50", method=method)
    assert payment.state == PaymentState.SUCCEEDED
    assert books.balance(book_of(payment), account) == D("20.50")
    assert books.balance(book_of(payment), "member", person_id=payment.person_id) == D("-20.50")


def test_same_key_is_one_payment() -> None:
    organisation, person = OrganisationFactory(), PersonFactory()
    first = paid(organisation, person, key="desk:1")
    assert paid(organisation, person, key="desk:1") == first
    assert Transaction.objects.count() == 1
    with pytest.raises(actions.KeyReused):
        paid(organisation, person, "21", key="desk:1")
    with pytest.raises(actions.KeyReused):
        paid(organisation, PersonFactory(), key="desk:1")


@pytest.mark.parametrize("amount", ["0", "-5", "1.005"])
def test_wrong_amount_is_refused(amount: str) -> None:
    with pytest.raises(actions.AmountWrong):
        paid(amount=amount)
    assert not Payment.objects.exists()


def test_refund_gives_back_once_and_no_more_than_is_left() -> None:
    payment = paid(amount="20")

    def back(amount: str, before: str) -> Payment:
        return actions.refund(payment_id=payment.pk, amount=D(amount), refunded_before=D(before), today=DAY)

    back("5", "0")
    with pytest.raises(actions.CannotRefund, match="Rechargez"):
        back("5", "0")  # the second click
    with pytest.raises(actions.CannotRefund, match=r"15\.00"):
        back("15.01", "5")
    assert back("15", "5").refunded == 20
    assert books.balance(book_of(payment), "cash") == 0
    assert books.balance(book_of(payment), "member") == 0
    with pytest.raises(actions.CannotUndo):
        actions.undo(payment_id=payment.pk, today=DAY)


def test_undo_reverses_once() -> None:
    payment = paid(amount="20")
    actions.undo(payment_id=payment.pk, today=DAY)
    assert books.balance(book_of(payment), "cash") == 0
    with pytest.raises(actions.CannotUndo):
        actions.undo(payment_id=payment.pk, today=DAY)
    assert Transaction.objects.count() == 2


def test_closed_period_records_nothing() -> None:
    payment = paid()
    close_period(book_id=book_of(payment), through=DAY)
    with pytest.raises(PeriodClosed):
        paid(payment.organisation)
    assert Payment.objects.count() == 1


def test_deposit_moves_to_the_bank_with_its_fee_and_no_more_than_there_is() -> None:
    payment = paid(amount="100", method="terminal")
    how = {"organisation_id": payment.organisation_id, "kind": "card_clearing", "occurred_on": DAY}
    actions.deposit(**how, amount=D(60), fee=D("1.50"), key="payout:1")
    book = book_of(payment)
    assert [books.balance(book, k) for k in ("bank", "card_fees", "card_clearing")] == [D("58.50"), D("1.50"), D(40)]
    with pytest.raises(actions.NothingToMove, match=r"40\.00"):
        actions.deposit(**how, amount=D(41), key="payout:2")
    with pytest.raises(actions.AmountWrong):
        actions.deposit(**how, amount=D(10), fee=D(10), key="payout:3")
    clearing = {c.kind: c for c in queries.clearings(payment.organisation_id)}["card_clearing"]
    assert (clearing.balance, clearing.total, clearing.gap) == (40, 100, -60)


def test_announced_transfer_keeps_its_reference() -> None:
    organisation, person = OrganisationFactory(), PersonFactory()
    first = expected(organisation, "30", person, source="order:1")
    again = expected(organisation, "42.10", person, source="order:1")
    assert (again.pk, again.reference, again.amount) == (first.pk, first.reference, D("42.10"))
    assert actions.cancel_expected(organisation_id=organisation.pk, source="order:1")
    assert not actions.cancel_expected(organisation_id=organisation.pk, source="order:1")
    assert expected(organisation, "5", person, source="order:1").state == ExpectedState.EXPECTED
    assert expected(OrganisationFactory(), "5", person, source="order:1").pk != first.pk


def test_methods_start_and_confirm_behind_one_interface() -> None:
    organisation, person = OrganisationFactory(), PersonFactory()
    from django.utils import timezone

    def to_pay(source: str) -> ToPay:
        return ToPay(organisation.pk, person.pk, D("12.00"), source, reference="42")

    assert methods.get("balance").start(to_pay("a")).done
    transfer = methods.get("interac").start(to_pay("b"))
    assert transfer.reference == queries.expected_of(organisation.pk, "b").reference
    seen = methods.get("interac").confirm(to_pay("b"), now=timezone.now())
    assert seen.cleared_on is None
    assert queries.expected_of(organisation.pk, "b").state == ExpectedState.CANCELLED
    desk = methods.get("pickup").confirm(to_pay("c"), now=timezone.now())
    assert methods.get("pickup").confirm(to_pay("c"), now=timezone.now()) == desk
    assert methods.get("pickup").refund(desk, D(2), now=timezone.now()).refunded == 2
    assert [m.key for m in methods.offered(["balance", "interac", "pickup", "card"])] == [
        "balance",
        "interac",
        "pickup",
    ]
    assert "STRIPE_SECRET_KEY" in methods.get("card").unavailable()


def test_payments_are_searched_without_accents_by_amount_and_reference() -> None:
    organisation = OrganisationFactory()
    one = paid(organisation, PersonFactory(given_name="Éloïse", family_name="Bégin"), "31.25", reference="K7M2PQ4")
    paid(organisation, PersonFactory(given_name="Luc", family_name="Roy"), "8")
    for search in ("eloise", "begin ELO", "31,25", "K7M"):
        assert list(queries.payments_of(organisation.pk, search=search)) == [one]
    assert not queries.payments_of(OrganisationFactory().pk).exists()
    assert date(2026, 3, 2) == one.received_on
