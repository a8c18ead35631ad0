"""Documents of a closed cycle: which, what they say, the same bytes twice, sent once, read by those who may."""

import io
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from maillage.directory.tests.factories import PersonFactory, with_role
from maillage.market import documents, notices
from maillage.market.documents import labels
from maillage.market.models import Cycle, Document, Offer, Order, OrderLine, Slot
from maillage.market.types import CycleClosed

from .factories import CycleFactory, OfferFactory, SlotFactory

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def order(slot: Slot, number: int, *lines: tuple[Offer, int], **person: Any) -> Order:
    """An order of whole pieces, at the offers' prices."""
    goods = sum((offer.member_price * n for offer, n in lines), Decimal(0))
    producers = sum((offer.producer_price * n for offer, n in lines), Decimal(0))
    made = Order.objects.create(
        cycle=slot.cycle,
        slot=slot,
        number=number,
        person=PersonFactory(**person),
        payment_method="pickup",
        goods=goods,
        producers=producers,
        margin=goods - producers,
        total=goods,
        placed_at=NOW,
        updated_at=NOW,
    )
    for offer, n in lines:
        OrderLine.objects.create(
            order=made,
            offer=offer,
            producer=offer.producer,
            quantity=n,
            member_price=offer.member_price,
            producer_price=offer.producer_price,
            tax_class="grocery",
            goods=offer.member_price * n,
            producers=offer.producer_price * n,
            margin=(offer.member_price - offer.producer_price) * n,
        )
    return made


@pytest.fixture
def closed() -> Cycle:
    """Two producers, a chilled and a frozen product, two members at one point; one order was cancelled."""
    cycle: Cycle = CycleFactory(state="closed")
    slot = SlotFactory(cycle=cycle, name="Église Sainte-Anne")
    cheese = OfferFactory(cycle=cycle, product_name="Fromage bleu", producer_name="Fromagerie du Lac")
    peas = OfferFactory(
        cycle=cycle, product_name="Petits pois", producer_name="Ferme des Pins", temperature="frozen", crates=Decimal(1)
    )
    order(slot, 1, (cheese, 2), (peas, 3), given_name="Élodie", family_name="Côté")
    order(slot, 2, (cheese, 1), given_name="Jean", family_name="Roy")
    gone = order(slot, 3, (cheese, 50), given_name="Paul", family_name="Annulé")
    Order.objects.filter(pk=gone.pk).update(state="cancelled")
    documents.prepare(CycleClosed(cycle.pk))
    return cycle


def make_all(cycle: Cycle) -> None:
    for key in Document.objects.filter(cycle=cycle).values_list("pk", flat=True):
        documents.make(document_id=key, now=NOW)


def text_of(document: Document) -> str:
    with default_storage.open(document.file.name) as file:
        return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(file.read())).pages).replace("\xa0", " ")


def test_each_producer_point_and_temperature_has_its_documents_once(closed: Cycle) -> None:
    kinds = list(Document.objects.filter(cycle=closed).values_list("kind", flat=True))
    assert sorted(kinds) == sorted(
        ["order_sheet_pdf", "order_sheet_xlsx"] * 2
        + ["harvest", "member_slips", "point_list"]
        + ["pick_list", "labels"] * 2
    )
    documents.prepare(CycleClosed(closed.pk))
    assert Document.objects.filter(cycle=closed).count() == len(kinds)


def test_documents_say_what_was_ordered_and_nothing_of_cancelled_orders(closed: Cycle) -> None:
    make_all(closed)
    cheese = Offer.objects.get(cycle=closed, product_name="Fromage bleu")
    by_kind = {(d.kind, d.temperature, d.producer_id): text_of(d) for d in documents_pdf(closed)}
    sheet = by_kind["order_sheet_pdf", "", cheese.producer_id]
    assert "Fromage bleu" in sheet
    assert "23,40" in sheet
    assert "Petits pois" not in sheet
    frozen = by_kind["pick_list", "frozen", None]
    assert "CONGELÉ" in frozen
    assert "Petits pois" in frozen
    assert "Fromage" not in frozen
    slips = by_kind["member_slips", "", None]
    assert "Élodie" in slips
    assert "Annulé" not in slips
    assert "3 / 3" in by_kind["labels", "frozen", None]
    point = by_kind["point_list", "", None]
    assert "Côté, Élodie" in point
    assert "10,00" in point
    harvest = by_kind["harvest", "", None]
    assert "Fromagerie du Lac" in harvest
    assert "Ferme des Pins" in harvest


def documents_pdf(cycle: Cycle) -> list[Document]:
    return list(Document.objects.filter(cycle=cycle).exclude(kind="order_sheet_xlsx"))


def test_a_spreadsheet_holds_quantities_as_numbers(closed: Cycle) -> None:
    cheese = Offer.objects.get(cycle=closed, product_name="Fromage bleu")
    sheet = Document.objects.get(cycle=closed, kind="order_sheet_xlsx", producer=cheese.producer)
    documents.make(document_id=sheet.pk, now=NOW)
    sheet.refresh_from_db()
    with default_storage.open(sheet.file.name) as file:
        book = CalamineWorkbook.from_filelike(io.BytesIO(file.read()))
    row = book.get_sheet_by_index(0).to_python()[1]
    assert (row[1], row[4], row[7]) == ("Fromage bleu", 3.0, 23.4)


def test_the_same_rows_give_the_same_bytes(closed: Cycle) -> None:
    make_all(closed)
    before = dict(Document.objects.filter(cycle=closed).values_list("pk", "sha256"))
    make_all(closed)
    assert dict(Document.objects.filter(cycle=closed).values_list("pk", "sha256")) == before
    assert all(before.values())


def test_an_order_sheet_is_sent_once_with_both_files(closed: Cycle) -> None:
    make_all(closed)
    producer = Offer.objects.get(cycle=closed, product_name="Petits pois").producer
    person = with_role(producer, "producer")
    for sent in (True, False):
        assert notices.send_order_sheet(cycle_id=closed.pk, producer_id=producer.pk) is sent
    (message,) = mail.outbox
    assert message.to == [person.email]
    assert sorted(a.filename.rsplit(".", 1)[1] for a in message.attachments) == ["pdf", "xlsx"]
    assert f"/producteurs/{producer.public_id}/cycles/{closed.number}/" in message.body


def test_a_producer_who_did_not_confirm_is_reminded_once_a_day_later(closed: Cycle) -> None:
    make_all(closed)
    Document.objects.filter(cycle=closed, kind="order_sheet_pdf").update(sent_at=NOW - notices.REMIND_AFTER)
    first, second = Document.objects.filter(cycle=closed, kind="order_sheet_pdf")
    closed.confirmations.create(producer=first.producer, at=NOW)
    assert notices.remind_late_confirmations(now=NOW) == 1
    assert notices.remind_late_confirmations(now=NOW) == 0
    with_role(second.producer, "producer")
    assert notices.send_reminder(cycle_id=closed.pk, producer_id=second.producer_id)
    assert not notices.send_reminder(cycle_id=closed.pk, producer_id=first.producer_id)
    assert len(mail.outbox) == 1


def test_a_document_that_failed_says_why_and_can_be_made_again(
    closed: Cycle, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    harvest = Document.objects.get(cycle=closed, kind="harvest")
    maker = documents.MAKERS["harvest"]

    def broken(document: Document) -> bytes:
        raise OSError("disque plein")

    monkeypatch.setitem(documents.MAKERS, "harvest", documents.Maker(broken, "pdf", "application/pdf"))
    with pytest.raises(OSError, match="disque plein"):
        documents.make(document_id=harvest.pk, now=NOW)
    harvest.refresh_from_db()
    assert (harvest.state, harvest.problem) == ("failed", "OSError: disque plein")
    client.force_login(with_role(closed.market.organisation, "coordinator").account)
    page = f"/marches/{closed.market.slug}/gestion/cycles/{closed.number}/documents/"
    assert "disque plein" in client.get(page).content.decode()
    monkeypatch.setitem(documents.MAKERS, "harvest", maker)
    assert client.post(f"{page}reprise/", {"document": str(harvest.public_id)}).status_code == 302
    harvest.refresh_from_db()
    assert (harvest.state, harvest.problem) == ("waiting", "")
    documents.make(document_id=harvest.pk, now=NOW)
    harvest.refresh_from_db()
    assert harvest.state == "ready"


def status_of(client: Client, document: Document) -> int:
    answer = client.get(f"/documents/{document.public_id}/")
    if answer.streaming:
        assert b"".join(answer.streaming_content).startswith(b"%PDF")
    return answer.status_code


def test_a_file_is_read_by_the_market_and_by_its_own_producer_only(closed: Cycle, client: Client) -> None:
    make_all(closed)
    mine = Offer.objects.get(cycle=closed, product_name="Petits pois").producer
    theirs = Offer.objects.get(cycle=closed, product_name="Fromage bleu").producer
    sheet = Document.objects.get(cycle=closed, kind="order_sheet_pdf", producer=mine)
    slips = Document.objects.get(cycle=closed, kind="member_slips")
    readers = {
        "coordinator": (with_role(closed.market.organisation, "coordinator"), 200, 200),
        "packer": (with_role(closed.market.organisation, "packer"), 200, 200),
        "its producer": (with_role(mine, "producer"), 200, 404),
        "another producer": (with_role(theirs, "producer"), 404, 404),
        "a member": (PersonFactory(), 404, 404),
    }
    for name, (person, own, members) in readers.items():
        client.force_login(person.account)
        assert status_of(client, sheet) == own, name
        assert status_of(client, slips) == members, name


def test_a_label_opens_the_order(closed: Cycle) -> None:
    first = Order.objects.get(cycle=closed, number=1)
    assert labels.order_address(first.public_id).endswith(f"/c/{first.public_id}/")
    assert labels.qr(first.public_id).startswith(b"\x89PNG")


def test_the_progress_page_asks_again_only_while_documents_wait(closed: Cycle, client: Client) -> None:
    client.force_login(with_role(closed.market.organisation, "packer").account)
    page = f"/marches/{closed.market.slug}/gestion/cycles/{closed.number}/documents/"
    assert "every 2s" in client.get(page).content.decode()
    make_all(closed)
    partial = client.get(page, headers={"HX-Request": "true"}).content.decode()
    assert "every 2s" not in partial
    assert "<html" not in partial


def test_papers_are_in_the_language_of_who_receives_them() -> None:
    cycle = CycleFactory()
    slot, offer = SlotFactory(cycle=cycle), OfferFactory(cycle=cycle)
    order(slot, 1, (offer, 2), given_name="Ann", language="en")
    order(slot, 2, (offer, 1), given_name="Élodie")
    speaker = with_role(offer.producer, "producer")
    type(speaker).objects.filter(pk=speaker.pk).update(language="en")
    texts = _made(cycle)
    assert "Order sheet" in texts["order_sheet_pdf"]
    assert "$15.60" not in texts["order_sheet_pdf"]
    assert "$23.40" in texts["order_sheet_pdf"]
    assert "Totaux de récolte" in texts["harvest"]
    assert "Payment: at pickup" in texts["member_slips"]
    assert "$20.00" in texts["member_slips"]
    assert "Paiement : à la cueillette" in texts["member_slips"].replace("\xa0", " ")
    assert "10,00 $" in texts["member_slips"].replace("\xa0", " ")
    sheet = Document.objects.get(kind="order_sheet_xlsx")
    with default_storage.open(str(sheet.file.name)) as file:
        assert CalamineWorkbook.from_filelike(io.BytesIO(file.read())).sheet_names[0] == "To deliver"


def test_internal_lists_are_in_the_market_s_language() -> None:
    cycle = CycleFactory(market__language="en")
    order(SlotFactory(cycle=cycle), 1, (OfferFactory(cycle=cycle), 2))
    texts = _made(cycle)
    assert "Pick list" in texts["pick_list"]
    assert "Crate" in texts["labels"]
    assert "chilled" in texts["labels"].lower()


def test_each_reader_of_a_producer_gets_the_sheet_in_their_language() -> None:
    cycle = CycleFactory()
    offer = OfferFactory(cycle=cycle, producer__email="")
    order(SlotFactory(cycle=cycle), 1, (offer, 2))
    people = [with_role(offer.producer, "producer") for _n in range(2)]
    type(people[1]).objects.filter(pk=people[1].pk).update(language="en")
    _made(cycle)
    notices.send_order_sheet(cycle_id=cycle.pk, producer_id=offer.producer_id)
    assert [message.to for message in mail.outbox] == [[people[0].email], [people[1].email]]
    french, english = (
        PdfReader(io.BytesIO(next(a[1] for a in m.attachments if a[0].endswith("pdf")))).pages[0].extract_text()
        for m in mail.outbox
    )
    assert "Bon de commande" in french
    assert "Order sheet" in english
    assert [len(m.attachments) for m in mail.outbox] == [2, 2]


def _made(cycle: Cycle) -> dict[str, str]:
    """The documents of a cycle that closes now: the text of each PDF by kind."""
    Cycle.objects.filter(pk=cycle.pk).update(state="closed")
    documents.list_documents(Cycle.objects.get(pk=cycle.pk))
    texts = {}
    for key in Document.objects.filter(cycle=cycle).order_by("pk").values_list("pk", flat=True):
        made = documents.make(document_id=key, now=NOW)
        assert made.state == Document.State.READY, made.problem
        if str(made.file.name).endswith(".pdf"):
            with default_storage.open(str(made.file.name)) as file:
                pages = PdfReader(io.BytesIO(file.read())).pages
                texts[str(made.kind)] = " ".join(page.extract_text() for page in pages)
    return texts
