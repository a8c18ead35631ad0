"""A close of which nothing was made is taken back; one of which something was made is not."""

import threading
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, connections, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.core import letters
from maillage.core.models import Letter, StoredFile
from maillage.core.tests.threads import together
from maillage.directory.tests.factories import with_role
from maillage.market import documents, notices
from maillage.market.actions import cycles, desk, receiving, reopening
from maillage.market.models import Cycle, CycleState, CycleStep, Document, Offer, Order, ProducerConfirmation
from maillage.market.types import CycleReopened

from .factories import CycleFactory, OfferFactory, SlotFactory
from .test_documents import make_all as make_listed
from .test_documents import order

pytestmark = pytest.mark.django_db


def now() -> datetime:
    return timezone.now()


def later() -> datetime:
    return timezone.now() + timedelta(hours=5)


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def closed() -> Cycle:
    """One farm, one order of two jars."""
    made: Cycle = CycleFactory(opens_at=now() - timedelta(days=3))
    offer = OfferFactory(cycle=made, product_name="Confiture", producer__email="")
    order(SlotFactory(cycle=made), 1, (offer, 2))
    with_role(offer.producer, "producer", email="ferme@exemple.test")
    Cycle.objects.filter(pk=made.pk).update(state=CycleState.OPEN, closes_at=now() - timedelta(minutes=1))
    cycles.close_cycle(cycle_id=made.pk, now=now(), by=None)
    return Cycle.objects.get(pk=made.pk)


def make_all(cycle: Cycle) -> None:
    """What the worker does after a close."""
    documents.prepare(documents.CycleClosed(cycle.pk))
    make_listed(cycle)


def reopen(cycle: Cycle, **more: Any) -> Cycle:
    values = {"closes_at": later(), "now": now(), "by": None, **more}
    return reopening.reopen_cycle(cycle_id=cycle.pk, **values)


def test_a_closed_cycle_takes_orders_again_and_both_closes_are_signed(closed: Cycle) -> None:
    make_all(closed)
    kept = [d.file.name for d in Document.objects.filter(cycle=closed)]
    assert reopen(closed).state == CycleState.OPEN
    closed.refresh_from_db()
    assert (closed.state, closed.closes_at > now()) == (CycleState.OPEN, True)
    assert not Document.objects.filter(cycle=closed).exists()
    assert not StoredFile.objects.filter(name__in=kept).exists()
    cycles.close_cycle(cycle_id=closed.pk, now=now() + timedelta(minutes=1), by=None)
    assert list(CycleStep.objects.filter(cycle=closed).values_list("state", "turn")) == [
        ("closed", 0), ("open", 1), ("closed", 1),
    ]  # fmt: skip
    make_all(closed)
    assert Document.objects.filter(cycle=closed, state="ready").count() == len(kept)


def test_the_producer_whose_sheet_left_is_told_and_gets_another(closed: Cycle) -> None:
    make_all(closed)
    producer = Offer.objects.get(cycle=closed).producer_id
    assert notices.send_order_sheet(cycle_id=closed.pk, producer_id=producer)
    reopen(closed)
    told = CycleReopened(cycle_id=closed.pk, turn=1, producers=str(producer))
    assert [notices.tell_reopened(told) for _time in range(2)] == [1, 0]
    assert "ne compte plus" in mail.outbox[-1].subject
    assert mail.outbox[-1].to == ["ferme@exemple.test"]
    cycles.close_cycle(cycle_id=closed.pk, now=now() + timedelta(minutes=1), by=None)
    make_all(closed)
    assert notices.send_order_sheet(cycle_id=closed.pk, producer_id=producer)
    assert [len(m.attachments) for m in mail.outbox] == [2, 0, 2]


def test_the_event_names_those_whose_sheet_left_and_a_waiting_letter_never_leaves(
    closed: Cycle, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.LETTERS_AT_ONCE = False
    published: list[Any] = []
    monkeypatch.setattr(reopening, "publish", published.append)
    make_all(closed)
    producer = Offer.objects.get(cycle=closed).producer_id
    notices.send_order_sheet(cycle_id=closed.pk, producer_id=producer)
    letter = Letter.objects.get()
    with transaction.atomic():
        reopen(closed)
        assert published[-1].producers == ""
        transaction.set_rollback(True)
    assert letters.deliver(letter_id=letter.pk, job_id=1)
    reopen(closed)
    assert published[-1].producers == str(producer)


def test_a_letter_that_waits_is_withdrawn(closed: Cycle, settings: Any) -> None:
    settings.LETTERS_AT_ONCE = False
    make_all(closed)
    notices.send_order_sheet(cycle_id=closed.pk, producer_id=Offer.objects.get(cycle=closed).producer_id)
    reopen(closed)
    letter = Letter.objects.get()
    assert letter.state == Letter.State.DROPPED
    assert not letters.deliver(letter_id=letter.pk, job_id=1)


def confirm(cycle: Cycle) -> Any:
    producer = Offer.objects.get(cycle=cycle).producer_id
    return cycles.confirm_order_sheet(cycle_id=cycle.pk, producer_id=producer, now=now(), by=None)


def receive(cycle: Cycle) -> Any:
    return receiving.receive(offer_id=Offer.objects.get(cycle=cycle).pk, pieces=Decimal(2), now=now(), by=None)


def miss(cycle: Cycle) -> Any:
    line = Order.objects.get(cycle=cycle).lines.get()
    return desk.mark_short(line_id=line.pk, pieces=Decimal(1), damaged=False, now=now(), by=None)


@pytest.mark.parametrize("make", [confirm, receive, miss])
def test_a_close_of_which_something_was_made_stays(closed: Cycle, make: Any) -> None:
    make(closed)
    assert reopening.made_of(closed)
    with pytest.raises(reopening.TooLate):
        reopen(closed)
    closed.refresh_from_db()
    assert closed.state == CycleState.CLOSED
    with pytest.raises(IntegrityError, match="never goes back"), transaction.atomic():
        Cycle.objects.filter(pk=closed.pk).update(state=CycleState.OPEN)


def test_an_order_handed_over_keeps_it_closed(closed: Cycle) -> None:
    Order.objects.filter(cycle=closed).update(state="handed_over", handed_over_at=now())
    with pytest.raises(reopening.TooLate, match="remises"):
        reopen(closed)


@pytest.mark.parametrize("state", sorted(set(CycleState.values) - {"closed"}))
def test_only_a_closed_cycle_reopens(state: str) -> None:
    cycle = CycleFactory(state=state)
    with pytest.raises(reopening.TooLate):
        reopen(cycle)
    cycle.refresh_from_db()
    assert cycle.state == state


def test_the_new_closing_is_to_come_and_before_the_delivery(closed: Cycle) -> None:
    for closes_at in (now() - timedelta(seconds=1), now() + timedelta(days=400)):
        with pytest.raises(reopening.WrongClosing):
            reopen(closed, closes_at=closes_at)
    assert not CycleStep.objects.filter(cycle=closed, turn=1).exists()


def test_the_page_offers_it_and_says_why_not(closed: Cycle, client: Client) -> None:
    client.force_login(with_role(closed.market.organisation, "coordinator").account)
    page = reverse("market:cycle", args=[closed.market.slug, closed.number])
    link = reverse("market:cycle_reopen", args=[closed.market.slug, closed.number])
    assert link in client.get(page).content.decode()
    assert "Nouvelle fermeture" in client.get(link).content.decode()
    assert client.post(link, {"closes_at": "2001-01-01 10:00"}).status_code == 422
    confirm(closed)
    assert link not in client.get(page).content.decode()
    assert "ne peut plus rouvrir" in client.get(link).content.decode()
    ProducerConfirmation.objects.all().delete()
    assert client.post(link, {"closes_at": f"{timezone.localtime(later()):%Y-%m-%d %H:%M}"}).status_code == 302
    closed.refresh_from_db()
    assert closed.state == CycleState.OPEN


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("safe", [True, False], ids=["with the lock", "without the lock"])
def test_a_confirmation_under_way_keeps_the_cycle_closed(
    closed: Cycle, monkeypatch: pytest.MonkeyPatch, safe: bool
) -> None:
    """Whoever looked at a closed cycle holds it until what they write is committed."""
    looked, go = threading.Event(), threading.Event()
    original = cycles.hold_state

    def hold(**what: Any) -> Any:
        found = original(**what) if safe else CycleState.CLOSED
        looked.set()
        go.wait(1.5 if safe else 8)
        return found

    monkeypatch.setattr(cycles, "hold_state", hold)

    def back() -> Any:
        looked.wait(8)
        try:
            return reopen(closed)
        finally:
            go.set()

    if not safe:  # what it read before is what it goes by
        monkeypatch.setattr(Cycle, "has_reached", lambda self, state: True)
    results = [type(r).__name__ for r in together([lambda: confirm(closed), back])]
    connections.close_all()
    assert (results == ["ProducerConfirmation", "TooLate"]) is safe


# --- documents and letters that were lost --------------------------------------------------------


def jobs_of(task: str) -> int:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s AND status = 'todo'", [task])
        ((count,),) = cursor.fetchall()
    return int(count)


def forget_jobs() -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


@pytest.mark.parametrize("broken", [b"", None])
def test_a_document_whose_file_is_lost_says_so_and_is_made_again(
    closed: Cycle, client: Client, tmp_path: Any, broken: bytes | None
) -> None:
    make_all(closed)
    client.force_login(with_role(closed.market.organisation, "coordinator").account)
    document = Document.objects.get(cycle=closed, kind="harvest")
    path = tmp_path / document.file.name
    path.unlink() if broken is None else path.write_bytes(broken)
    url = reverse("market:document", args=[document.public_id])
    answer = client.get(url)
    assert answer.status_code == 503
    assert "se refait" in answer.content.decode()
    document.refresh_from_db()
    assert document.state == Document.State.WAITING
    documents.make(document_id=document.pk, now=now())
    again = client.get(url)
    assert (again.status_code, again.getvalue()[:5]) == (200, b"%PDF-")


def test_a_sheet_that_is_lost_does_not_leave_empty(closed: Cycle, tmp_path: Any) -> None:
    make_all(closed)
    sheet = Document.objects.get(cycle=closed, kind="order_sheet_pdf")
    (tmp_path / sheet.file.name).write_bytes(b"")
    with pytest.raises(Exception, match="plus entier"):
        notices.send_order_sheet(cycle_id=closed.pk, producer_id=sheet.producer_id)
    assert mail.outbox == []
    sheet.refresh_from_db()
    assert sheet.sent_at is None


def test_a_full_disk_leaves_no_document_ready_and_the_next_try_makes_it(closed: Cycle, settings: Any) -> None:
    documents.prepare(documents.CycleClosed(closed.pk))
    document = Document.objects.filter(cycle=closed).first()
    assert document is not None
    settings.MEDIA_MIN_FREE = 1 << 60
    with pytest.raises(Exception, match="place"):
        documents.make(document_id=document.pk, now=now())
    document.refresh_from_db()
    assert (document.state, document.file.name) == (Document.State.FAILED, "")
    assert "place" in document.problem
    settings.MEDIA_MIN_FREE = 0
    documents.make(document_id=document.pk, now=now())
    document.refresh_from_db()
    assert (document.state, document.problem) == (Document.State.READY, "")


def test_the_base_refuses_a_ready_document_without_its_file(closed: Cycle) -> None:
    documents.prepare(documents.CycleClosed(closed.pk))
    with pytest.raises(IntegrityError, match="document_ready_has_file"), transaction.atomic():
        Document.objects.filter(cycle=closed).update(state=Document.State.READY, made_at=now(), file="x", sha256="y")


def test_a_document_that_no_job_makes_is_found_and_can_be_taken_up(closed: Cycle, client: Client) -> None:
    documents.prepare(documents.CycleClosed(closed.pk))
    client.force_login(with_role(closed.market.organisation, "coordinator").account)
    page = reverse("market:cycle_documents", args=[closed.market.slug, closed.number])
    assert "s’est arrêtée" not in client.get(page).content.decode()
    forget_jobs()
    assert "s’est arrêtée" in client.get(page).content.decode()
    count = Document.objects.filter(cycle=closed).count()
    client.post(reverse("market:cycle_documents_again", args=[closed.market.slug, closed.number]))
    assert jobs_of("market.document") == count
    forget_jobs()
    assert documents.rescue(now=now()) == count
    assert documents.rescue(now=now()) == 0


def test_a_sheet_that_was_forgotten_leaves(closed: Cycle) -> None:
    make_all(closed)
    forget_jobs()
    assert documents.rescue(now=now()) == 0  # just made
    assert documents.rescue(now=now() + timedelta(minutes=11)) == 1
    assert jobs_of("market.order_sheet") == 1
    notices.send_order_sheet(cycle_id=closed.pk, producer_id=Offer.objects.get(cycle=closed).producer_id)
    forget_jobs()
    assert documents.rescue(now=now() + timedelta(minutes=11)) == 0


def test_a_sheet_is_sent_when_its_letter_left_and_one_that_failed_can_leave_again(
    closed: Cycle, settings: Any, client: Client
) -> None:
    settings.LETTERS_AT_ONCE = False
    make_all(closed)
    sheet = Document.objects.get(cycle=closed, kind="order_sheet_pdf")
    notices.send_order_sheet(cycle_id=closed.pk, producer_id=sheet.producer_id)
    sheet.refresh_from_db()
    assert sheet.sent_at is None
    client.force_login(with_role(closed.market.organisation, "coordinator").account)
    page = reverse("market:cycle_documents", args=[closed.market.slug, closed.number])
    assert "envoi en cours" in client.get(page).content.decode()
    Letter.objects.update(state=Letter.State.FAILED)
    said = client.get(page).content.decode()
    assert "non remis" in said
    assert "ferme@exemple.test" in said
    again = reverse("market:cycle_documents_again", args=[closed.market.slug, closed.number])
    client.post(again, {"envoi": str(sheet.public_id)})
    assert letters.deliver(letter_id=Letter.objects.get().pk, job_id=1)
    sheet.refresh_from_db()
    assert sheet.sent_at is not None
    assert "envoyé" in client.get(page).content.decode()


def test_a_sheet_whose_letter_waits_is_not_forgotten(closed: Cycle, settings: Any) -> None:
    settings.LETTERS_AT_ONCE = False
    make_all(closed)
    notices.send_order_sheet(cycle_id=closed.pk, producer_id=Offer.objects.get(cycle=closed).producer_id)
    forget_jobs()
    assert documents.rescue(now=now() + timedelta(minutes=11)) == 0


def test_a_sheet_leaves_with_both_its_files_or_not_at_all(closed: Cycle) -> None:
    make_all(closed)
    producer = Offer.objects.get(cycle=closed).producer_id
    table = Document.objects.get(cycle=closed, kind="order_sheet_xlsx")
    Document.objects.filter(pk=table.pk).update(state=Document.State.WAITING)
    assert not notices.send_order_sheet(cycle_id=closed.pk, producer_id=producer)
    assert mail.outbox == []
    Document.objects.filter(pk=table.pk).update(state=Document.State.READY)
    assert notices.send_order_sheet(cycle_id=closed.pk, producer_id=producer)
    Letter.objects.all().delete()  # long after: their rows are gone
    assert not notices.send_order_sheet(cycle_id=closed.pk, producer_id=producer)
    assert len(mail.outbox) == 1
