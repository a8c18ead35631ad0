"""From the close to the paid producer: weights, missing pieces, corrections, statements, sums to the cent."""

import uuid
from datetime import timedelta
from decimal import Decimal
from functools import cached_property

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.directory.actions import edit_organisation
from maillage.directory.models import Account, ContactChange
from maillage.directory.tests.factories import prove, with_role
from maillage.ledger import queries as books
from maillage.ledger.models import Entry
from maillage.ledger.types import AccountKind
from maillage.market.actions import cycles, desk, orders, settle, setup
from maillage.market.models import Cycle, CycleState, LineAdjustment, LineState, Order, OrderLine, ProducerStatement

from .factories import CycleFactory, MemberFactory, OfferFactory, SlotFactory

pytestmark = pytest.mark.django_db


class Scene:
    """A cycle with three offers (one by weight, one taxable) of two producers, and one order of all three, closed."""

    def __init__(self) -> None:
        self.cycle = CycleFactory()
        self.slot = SlotFactory(cycle=self.cycle)
        self.carrots = OfferFactory(cycle=self.cycle)
        self.chicken = OfferFactory(
            cycle=self.cycle, by_weight=True, content=Decimal("1.800"), content_unit="kg",
            member_price=Decimal("13.9000"), producer_price=Decimal("10.8420"),
        )  # fmt: skip
        self.cookies = OfferFactory(cycle=self.cycle, tax_class="taxable", deposit=Decimal("0.10"))
        self.person = MemberFactory(self.cycle.market)
        placed = orders.place_order(
            person_id=self.person.pk, cycle_id=self.cycle.pk, slot_id=self.slot.pk, payment_method="pickup",
            key=uuid.uuid4(), now=timezone.now(), by=self.person.account,
            lines={self.carrots.pk: Decimal(2), self.chicken.pk: Decimal(1), self.cookies.pk: Decimal(3)},
        )  # fmt: skip
        self.order_id = placed.order_id
        cycles.close_cycle(cycle_id=self.cycle.pk, now=timezone.now(), by=None)

    @cached_property
    def by(self) -> Account:
        """Someone of the market's direction."""
        account: Account = with_role(self.cycle.market.organisation, "director").account
        return account

    def line(self, offer: object) -> OrderLine:
        return OrderLine.objects.get(order_id=self.order_id, offer=offer)

    def order(self) -> Order:
        return Order.objects.get(pk=self.order_id)

    def owed(self) -> Decimal:
        book = books.book_of(self.cycle.market.organisation_id)
        return books.balance(book.pk, AccountKind.MEMBER, person_id=self.person.pk)

    def distribute(self) -> None:
        cycles.mark_packed(cycle_id=self.cycle.pk, now=timezone.now(), by=self.by)
        cycles.mark_distributed(cycle_id=self.cycle.pk, now=timezone.now(), by=self.by)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_missing_pieces_are_credited_at_once(scene: Scene) -> None:
    before = scene.order()
    desk.mark_short(
        line_id=scene.line(scene.carrots).pk,
        pieces=Decimal(2),
        damaged=False,
        now=timezone.now(),
        by=scene.by,
    )
    after = scene.order()
    assert after.total == before.total - Decimal("20.00") == scene.owed()
    assert scene.line(scene.carrots).state == LineState.MISSING


def test_taxes_follow_the_whole_order(scene: Scene) -> None:
    desk.mark_short(
        line_id=scene.line(scene.cookies).pk,
        pieces=Decimal(1),
        damaged=True,
        now=timezone.now(),
        by=scene.by,
    )
    order = scene.order()
    assert (order.tps, order.tvq, order.deposits) == (Decimal("1.00"), Decimal("2.00"), Decimal("0.20"))
    assert order.total == scene.owed()


def test_weight_changes_the_price(scene: Scene) -> None:
    before = scene.order().total
    desk.set_weight(line_id=scene.line(scene.chicken).pk, weight=Decimal("2.000"), now=timezone.now(), by=scene.by)
    assert scene.line(scene.chicken).goods == Decimal("27.80")
    assert scene.order().total == before + Decimal("2.78") == scene.owed()


@pytest.mark.parametrize(("weight", "certain"), [("180", True), ("0", True), ("6", False), ("0.5", False)])
def test_strange_weight_is_refused_and_changes_nothing(scene: Scene, weight: str, certain: bool) -> None:
    before = scene.order().total
    with pytest.raises(desk.StrangeWeight) as caught:
        desk.set_weight(line_id=scene.line(scene.chicken).pk, weight=Decimal(weight), now=timezone.now(), by=scene.by)
    assert caught.value.certain is certain
    assert scene.order().total == before
    assert not LineAdjustment.objects.exists()


def test_confirmed_weight_is_taken(scene: Scene) -> None:
    desk.set_weight(
        line_id=scene.line(scene.chicken).pk, weight=Decimal(6), now=timezone.now(), by=scene.by, confirmed=True
    )
    assert scene.line(scene.chicken).final_weight == Decimal(6)


def test_same_tap_twice_credits_once(scene: Scene) -> None:
    nonce = uuid.uuid4()
    for _ in range(2):
        desk.mark_short(
            line_id=scene.line(scene.carrots).pk, pieces=Decimal(1), damaged=False, now=timezone.now(), by=scene.by,
            nonce=nonce,
        )  # fmt: skip
    assert LineAdjustment.objects.count() == 1


def test_undo_takes_back_the_last_change_only(scene: Scene) -> None:
    total, line = scene.order().total, scene.line(scene.chicken)
    first = desk.set_weight(line_id=line.pk, weight=Decimal("2.1"), now=timezone.now(), by=scene.by)
    second = desk.mark_short(line_id=line.pk, pieces=Decimal(1), damaged=False, now=timezone.now(), by=scene.by)
    assert first is not None
    with pytest.raises(desk.CannotUndo):
        desk.undo_adjustment(adjustment_id=first.pk, now=timezone.now(), by=scene.by)
    desk.undo_adjustment(adjustment_id=second.pk, now=timezone.now(), by=scene.by)
    assert scene.line(scene.chicken).final_weight == Decimal("2.100")
    desk.undo_adjustment(adjustment_id=first.pk, now=timezone.now(), by=scene.by)
    assert scene.order().total == total == scene.owed()
    line = scene.line(scene.chicken)
    assert (line.final_weight, line.final_quantity, line.state) == (None, None, LineState.ORDERED)


def test_open_cycle_is_not_adjusted() -> None:
    scene = Scene.__new__(Scene)
    scene.cycle = CycleFactory()
    slot, offer = SlotFactory(cycle=scene.cycle), OfferFactory(cycle=scene.cycle)
    person = MemberFactory(scene.cycle.market)
    placed = orders.place_order(
        person_id=person.pk, cycle_id=scene.cycle.pk, slot_id=slot.pk, payment_method="pickup", key=uuid.uuid4(),
        now=timezone.now(), by=person.account, lines={offer.pk: Decimal(1)},
    )  # fmt: skip
    with pytest.raises(desk.TooEarly):
        desk.mark_short(
            line_id=OrderLine.objects.get(order_id=placed.order_id).pk, pieces=Decimal(1), damaged=False,
            now=timezone.now(), by=None,
        )  # fmt: skip


def test_settling_shares_out_what_was_charged(scene: Scene) -> None:
    desk.set_weight(line_id=scene.line(scene.chicken).pk, weight=Decimal("1.65"), now=timezone.now(), by=scene.by)
    scene.distribute()
    settle.settle_cycle(cycle_id=scene.cycle.pk, now=timezone.now(), by=scene.by)
    cycle = Cycle.objects.get(pk=scene.cycle.pk)
    sums = cycle.settlement
    assert cycle.state == CycleState.SETTLED
    assert sums.charged == scene.order().total
    statements = ProducerStatement.objects.filter(cycle=cycle)
    assert sum(s.net for s in statements) == sums.producers
    book = books.book_of(cycle.market.organisation_id)
    for statement in statements:
        assert statement.net == -books.balance(book.pk, AccountKind.PRODUCER, organisation_id=statement.producer_id)


def test_orders_that_the_books_do_not_know_are_not_settled(scene: Scene) -> None:
    scene.distribute()
    Order.objects.filter(pk=scene.order_id).update(total=scene.order().total + 1, delivery=1)
    with pytest.raises(settle.SumsDiffer):
        settle.settle_cycle(cycle_id=scene.cycle.pk, now=timezone.now(), by=scene.by)
    assert not ProducerStatement.objects.exists()
    assert Cycle.objects.get(pk=scene.cycle.pk).state == CycleState.DISTRIBUTED


def test_late_correction_waits_for_the_next_statement(scene: Scene) -> None:
    scene.distribute()
    settle.settle_cycle(cycle_id=scene.cycle.pk, now=timezone.now(), by=scene.by)
    frozen = {s.pk: s.net for s in ProducerStatement.objects.all()}
    desk.set_weight(line_id=scene.line(scene.chicken).pk, weight=Decimal("2.0"), now=timezone.now(), by=scene.by)
    assert {s.pk: s.net for s in ProducerStatement.objects.all()} == frozen
    later = CycleFactory(market=scene.cycle.market, state=CycleState.DISTRIBUTED)
    settle.settle_cycle(cycle_id=later.pk, now=timezone.now(), by=scene.by)
    statement = ProducerStatement.objects.get(cycle=later)
    assert statement.producer_id == scene.chicken.producer_id
    assert statement.net == statement.late == Decimal("2.16")
    assert LineAdjustment.objects.get().statement == statement


def test_paid_statement_empties_the_producers_account_and_comes_back(scene: Scene) -> None:
    scene.distribute()
    settle.settle_cycle(cycle_id=scene.cycle.pk, now=timezone.now(), by=scene.by)
    ids = list(ProducerStatement.objects.values_list("pk", flat=True))
    settle.pay_statements(
        statement_ids=ids, paid_on=timezone.localdate(), now=timezone.now(), reference="VIR-1", by=scene.by
    )
    book = books.book_of(scene.cycle.market.organisation_id)
    assert set(books.balances(book.pk, AccountKind.PRODUCER).values()) <= {Decimal("0.00")}
    with pytest.raises(settle.AlreadyPaid):
        settle.pay_statements(
            statement_ids=ids, paid_on=timezone.localdate(), now=timezone.now(), reference="VIR-2", by=scene.by
        )
    settle.undo_payment(statement_id=ids[0], now=timezone.now(), by=scene.by)
    settle.pay_statements(
        statement_ids=ids[:1], paid_on=timezone.localdate(), now=timezone.now(), reference="VIR-3", by=scene.by
    )
    assert ProducerStatement.objects.get(pk=ids[0]).paid_reference == "VIR-3"
    assert sum(Entry.objects.filter(account__book=book).values_list("amount", flat=True)) == 0


def keeper(scene: Scene, kind: str) -> Client:
    return prove(Client(), with_role(scene.cycle.market.organisation, kind).account)


def test_payouts_to_a_new_email_wait_and_the_treasurer_sees_why(scene: Scene) -> None:
    scene.distribute()
    settle.settle_cycle(cycle_id=scene.cycle.pk, now=timezone.now(), by=scene.by)
    held, free = ProducerStatement.objects.filter(net__gt=0).order_by("pk")[:2]
    farmer = with_role(held.producer, "producer", given_name="Paule", family_name="Produit")
    edit_organisation(organisation_id=held.producer_id, values={"email": "new@exemple.test"}, by=farmer.account)
    treasurer, slug, number = keeper(scene, "treasurer"), scene.cycle.market.slug, scene.cycle.number
    where = [slug, number]
    page = treasurer.get(reverse("market:settlement", args=where)).content.decode()
    assert "Paule Produit" in page
    assert "new@exemple.test" in page
    assert f'value="{held.public_id}"' not in page
    assert f'value="{free.public_id}"' in page
    bank = treasurer.get(reverse("market:payouts", args=where)).content.decode()
    assert held.producer.name not in bank
    assert free.producer.name in bank
    pay = {"statement": [str(held.public_id)], "paid_on": timezone.localdate().isoformat(), "reference": "VIR-1"}
    refused = treasurer.post(reverse("market:payout", args=where), pay)
    assert refused.status_code == 409
    assert "a changé" in refused.content.decode()
    check = reverse("market:payout_check", args=[held.public_id])
    assert keeper(scene, "coordinator").post(check, {"how": "Parlé à Paule au téléphone"}).status_code == 404
    assert "comment vous avez vérifié" in treasurer.post(check, {"how": "ok"}, follow=True).content.decode()
    page = treasurer.post(check, {"how": "Parlé à Paule au 450 555-0100"}, follow=True).content.decode()
    assert "Parlé à Paule au 450 555-0100" in page
    assert held.producer.name in treasurer.get(reverse("market:payouts", args=where)).content.decode()
    assert treasurer.post(reverse("market:payout", args=where), pay).status_code == 302
    held.refresh_from_db()
    assert held.paid_reference == "VIR-1"


def test_payouts_are_free_again_after_three_days(scene: Scene) -> None:
    scene.distribute()
    settle.settle_cycle(cycle_id=scene.cycle.pk, now=timezone.now(), by=scene.by)
    row = ProducerStatement.objects.filter(net__gt=0).first()
    assert row is not None
    edit_organisation(organisation_id=row.producer_id, values={"email": "new@exemple.test"}, by=None)

    def pay(days: int) -> None:
        settle.pay_statements(
            statement_ids=[row.pk], paid_on=timezone.localdate(), reference="V",
            now=timezone.now() + timedelta(days=days), by=scene.by,
        )  # fmt: skip

    with pytest.raises(settle.OnHold):
        pay(2)
    pay(3)


def test_a_new_interac_address_is_kept_and_told(scene: Scene) -> None:
    market = scene.cycle.market
    setup.update_market(market_id=market.pk, values={"interac_email": "depots@exemple.test"}, by=scene.by)
    setup.update_market(market_id=market.pk, values={"summary": "Le mardi."}, by=scene.by)
    change = ContactChange.objects.get()
    assert (change.organisation, change.field, change.after) == (market.organisation, "interac", "depots@exemple.test")
    assert change.by == scene.by
