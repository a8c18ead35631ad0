"""A producer brings less than ordered: shared by the rule, credited at once, told once, taken back."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob

from maillage.directory.tests.factories import with_role
from maillage.ledger import queries as ledger
from maillage.market import corrections, documents
from maillage.market.actions import desk, receiving
from maillage.market.documents import pick_list
from maillage.market.models import Cycle, Document, LineAdjustment, Offer, Order, OrderLine, Reception, Slot
from maillage.market.sharing import share
from maillage.market.types import CycleClosed, ShortageShared

from .factories import CycleFactory, MemberFactory, OfferFactory, SlotFactory
from .test_documents import make_all as make_documents
from .test_documents import text_of
from .test_orders import place

NOW = timezone.now

pieces = st.integers(0, 30).map(Decimal)


@given(wanted=st.lists(pieces, max_size=12), available=st.integers(0, 200).map(Decimal))
def test_what_came_is_shared_fairly_and_wholly(wanted: list[Decimal], available: Decimal) -> None:
    shares = share(available, wanted, step=Decimal(1))
    assert sum(shares) == min(available, sum(wanted))
    assert all(part <= want for part, want in zip(shares, wanted, strict=True))
    waiting = [(part, index) for index, (part, want) in enumerate(zip(shares, wanted, strict=True)) if part < want]
    for part, index in waiting:  # whoever still waits has at most one less than anybody, and only than an earlier one
        for other, more in enumerate(shares):
            assert more <= part + 1
            assert more <= part or other < index or available >= sum(wanted)


@given(
    wanted=st.lists(st.integers(1, 8).map(lambda n: n * Decimal("0.250")), max_size=8),
    available=st.decimals(0, 10, places=3),
)
def test_no_part_is_less_than_a_step(wanted: list[Decimal], available: Decimal) -> None:
    step = Decimal("0.250")
    shares = share(available, wanted, step=step)
    assert all(part % step == 0 for part in shares)
    assert sum(shares) <= available


def test_the_first_orders_are_served_first_when_one_piece_is_left() -> None:
    assert share(Decimal(4), [Decimal(3), Decimal(1), Decimal(2)], step=Decimal(1)) == [2, 1, 1]


@pytest.fixture
def slot(db: None) -> Slot:
    return SlotFactory(cycle=CycleFactory())


@pytest.fixture
def offer(slot: Slot) -> Offer:
    """Ordered by three: 3, 1 and 2 pieces; the cycle is closed."""
    made = OfferFactory(cycle=slot.cycle, product_name="Courge")
    for quantity in (3, 1, 2):
        place(MemberFactory(slot.cycle.market), slot, {made: quantity}, now=NOW() - timedelta(hours=5 - quantity))
    Order.objects.filter(number=Order.objects.latest("pk").number).update(placed_at=NOW())
    Cycle.objects.filter(pk=slot.cycle_id).update(state="closed")
    return made


def charged(offer: Offer) -> list[Decimal]:
    return [
        line.quantity if line.final_quantity is None else line.final_quantity
        for line in OrderLine.objects.filter(offer=offer).order_by("order__placed_at")
    ]


def owed(offer: Offer) -> Decimal:
    book = ledger.book_of(offer.cycle.market.organisation_id)
    return -ledger.balance(book.pk, "producer", organisation_id=offer.producer_id)


def test_less_than_ordered_is_shared_credited_and_taken_off_the_producer(offer: Offer) -> None:
    made = receiving.receive(offer_id=offer.pk, pieces=Decimal(4), now=NOW(), by=None)
    assert sorted(charged(offer)) == [1, 1, 2]
    assert made.short == 2
    assert (made.reception.expected, made.reception.received) == (6, 4)
    assert sum(Order.objects.values_list("total", flat=True)) == Decimal("40.00")
    assert owed(offer) == Decimal("31.20")


def test_all_that_came_changes_nothing(offer: Offer) -> None:
    made = receiving.receive(offer_id=offer.pk, pieces=Decimal(6), now=NOW(), by=None)
    assert made.short == 0
    assert not LineAdjustment.objects.exists()


def test_nothing_came_and_every_member_is_told_once(offer: Offer) -> None:
    receiving.receive(offer_id=offer.pk, pieces=Decimal(0), now=NOW() - timedelta(minutes=20), by=None)
    for _time in range(2):
        for order in Order.objects.all():
            corrections.send(order_id=order.pk, now=NOW())
    assert len(mail.outbox) == 3
    assert "Courge, manquants" in mail.outbox[0].body


def test_a_reception_is_taken_back_whole(offer: Offer) -> None:
    made = receiving.receive(offer_id=offer.pk, pieces=Decimal(1), now=NOW(), by=None)
    receiving.undo_reception(reception_id=made.reception.pk, now=NOW(), by=None)
    assert sorted(charged(offer)) == [1, 2, 3]
    assert sum(Order.objects.values_list("total", flat=True)) == Decimal("60.00")
    assert not Reception.objects.exists()
    receiving.receive(offer_id=offer.pk, pieces=Decimal(5), now=NOW(), by=None)
    assert sorted(charged(offer)) == [1, 2, 2]


def test_a_line_that_changed_since_comes_off_first(offer: Offer) -> None:
    made = receiving.receive(offer_id=offer.pk, pieces=Decimal(4), now=NOW(), by=None)
    line = OrderLine.objects.filter(offer=offer, final_quantity__isnull=False).latest("pk")
    desk.mark_short(line_id=line.pk, pieces=Decimal(1), damaged=True, now=NOW(), by=None)
    with pytest.raises(desk.CannotUndo, match=str(line.order.number)):
        receiving.undo_reception(reception_id=made.reception.pk, now=NOW(), by=None)
    assert Reception.objects.exists()
    assert LineAdjustment.objects.filter(reason="undone").count() == 0


def test_an_order_handed_over_keeps_what_it_has(offer: Offer) -> None:
    first = Order.objects.order_by("placed_at").first()
    assert first is not None
    desk.hand_over(order_id=first.pk, now=NOW(), by=None)
    kept = first.lines.get().quantity
    receiving.receive(offer_id=offer.pk, pieces=Decimal(0), now=NOW(), by=None)
    assert sorted(charged(offer)) == sorted([kept, Decimal(0), Decimal(0)])


def test_the_same_product_is_not_received_twice(offer: Offer) -> None:
    receiving.receive(offer_id=offer.pk, pieces=Decimal(4), now=NOW(), by=None)
    with pytest.raises(receiving.ReceivedAlready):
        receiving.receive(offer_id=offer.pk, pieces=Decimal(2), now=NOW(), by=None)


@pytest.mark.parametrize("state", ["open", "distributed"])
def test_only_between_close_and_distribution(offer: Offer, state: str) -> None:
    if state == "open":
        offer = OfferFactory(cycle=CycleFactory())
    else:
        for step in ("packed", "distributed"):
            Cycle.objects.filter(pk=offer.cycle_id).update(state=step)
    with pytest.raises(receiving.NotReceiving):
        receiving.receive(offer_id=offer.pk, pieces=Decimal(0), now=NOW(), by=None)


def page(offer: Offer) -> str:
    cycle = offer.cycle
    return (
        f"/marches/{cycle.market.slug}/gestion/cycles/{cycle.number}/reception/?producteur={offer.producer.public_id}"
    )


def test_the_door_s_page_writes_what_is_missing_and_shows_who_gets_what(offer: Offer, client: Client) -> None:
    client.force_login(with_role(offer.cycle.market.organisation, "packer").account)
    assert "6 attendus" in client.get(page(offer)).content.decode()
    assert client.post(page(offer), {f"r-{offer.public_id}": "beaucoup"}).status_code == 409
    answer = client.post(page(offer), {f"r-{offer.public_id}": "4"}, follow=True).content.decode()
    assert "2 lignes de commande réduites et créditées" in answer
    assert "4 sur 6" in answer
    reception = Reception.objects.get()
    base = page(offer).split("?")[0]
    client.post(f"{base}{reception.public_id}/annulation/")
    assert sum(charged(offer)) == 6


def test_one_tap_says_that_all_came(offer: Offer, client: Client) -> None:
    client.force_login(with_role(offer.cycle.market.organisation, "packer").account)
    client.post(page(offer), {"all": "1"})
    assert Reception.objects.get().received == 6


def rows_of(pick: Document) -> list[Any]:
    """The rows of a pick list, before they are drawn."""
    with pytest.MonkeyPatch.context() as patch:
        told: list[Any] = []
        patch.setattr("maillage.core.pdf.render", lambda _name, data, **_more: told.append(data) or b"")
        pick_list.as_pdf(pick)
    rows: list[Any] = told[0]["rows"]
    return rows


def test_pick_lists_and_slips_are_made_again_with_what_was_shared(offer: Offer) -> None:
    Document.objects.all().delete()
    documents.prepare(CycleClosed(offer.cycle_id))
    make_documents(offer.cycle)
    pick = Document.objects.get(kind="pick_list")
    assert "Courge" in text_of(pick)
    before = pick.sha256
    made = receiving.receive(offer_id=offer.pk, pieces=Decimal(3), now=NOW(), by=None)
    assert documents.follow_shortage(ShortageShared(offer_id=offer.pk)) == 2  # the pick list and the slips
    assert documents.follow_shortage(ShortageShared(offer_id=offer.pk)) == 2  # waits already: not deferred twice
    jobs = ProcrastinateJob.objects.filter(task_name="market.document", queueing_lock__isnull=False)
    assert jobs.count() == 2
    make_documents(offer.cycle)
    pick.refresh_from_db()
    assert pick.sha256 != before
    total, parts = rows_of(pick)[0][3:]
    assert (total, [pieces for _number, pieces in parts]) == ("3", ["1", "1", "1"])
    receiving.undo_reception(reception_id=made.reception.pk, now=NOW(), by=None)
    make_documents(offer.cycle)
    pick.refresh_from_db()
    assert pick.sha256 == before


def test_a_shortage_tells_the_worker_to_make_papers_again(offer: Offer) -> None:
    receiving.receive(offer_id=offer.pk, pieces=Decimal(6), now=NOW(), by=None)
    Reception.objects.all().delete()
    heard = ProcrastinateJob.objects.filter(args__contains={"payload": {"offer_id": offer.pk}})
    assert not heard.exists()
    receiving.receive(offer_id=offer.pk, pieces=Decimal(3), now=NOW(), by=None)
    assert heard.exists()


def test_an_order_that_gets_nothing_leaves_the_pick_list(offer: Offer) -> None:
    documents.prepare(CycleClosed(offer.cycle_id))
    receiving.receive(offer_id=offer.pk, pieces=Decimal(0), now=NOW(), by=None)
    make_documents(offer.cycle)
    assert "Courge" not in text_of(Document.objects.get(kind="pick_list"))
