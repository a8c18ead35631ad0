"""Invoices: who sells under which numbers, who buys, what is taxed, what was paid; the same order, the same bytes."""

import io
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from maillage.directory.models import Organisation, Person
from maillage.directory.tests.factories import PersonFactory, prove, with_role
from maillage.market.models import Cycle, Market, Order, Slot
from maillage.payments.actions import record

from .factories import MemberFactory, OfferFactory, SlotFactory
from .test_buyers import buyers_of
from .test_orders import place

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def slot() -> Slot:
    slot: Slot = SlotFactory()
    Market.objects.update(tps_number="123456789RT0001", tvq_number="1234567890TQ0001")
    Organisation.objects.filter(pk=slot.cycle.market.organisation_id).update(
        name="Coop du Lac", address="4, rang du Lac", neq="1140000001"
    )
    return slot


@pytest.fixture
def member(slot: Slot) -> Person:
    return MemberFactory(slot.cycle.market, given_name="Élodie", family_name="Côté", address="8, rue Eddy")


def pdf(order: Order | str, person: Person, lang: str = "fr") -> bytes:
    client = Client(headers={"accept-language": lang})
    client.force_login(person.account)
    answer = client.get(reverse("market:order_invoice", args=[order]))
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/pdf"
    return bytes(answer.content)


def text(file: bytes) -> str:
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(file)).pages).replace("\xa0", " ")


def test_invoice_names_both_sides_each_tax_and_its_number(slot: Slot, member: Person) -> None:
    bread = OfferFactory(cycle=slot.cycle, product_name="Bière de table", tax_class="taxable")
    milk = OfferFactory(cycle=slot.cycle, product_name="Lait")
    placed = place(member, slot, {bread: 2, milk: 1})
    said = text(pdf(placed.public_id, member))
    for words in (
        "Coop du Lac", "4, rang du Lac", "1140000001", "123456789RT0001", "1234567890TQ0001", "Élodie Côté",
        "8, rue Eddy", "Bière de table", "Lait", "1,00 $", "2,00 $", "33,00 $", "Provisoire",
    ):  # fmt: skip
        assert words in said, words
    assert "Payée" not in said


def test_invoice_of_an_organisation_is_to_its_name(slot: Slot) -> None:
    buyer, (person,) = buyers_of(slot.cycle.market, 1)
    Organisation.objects.filter(pk=buyer.pk).update(address="1, quai Neuf", neq="1140000002")
    placed = place(person, slot, {OfferFactory(cycle=slot.cycle): 1}, buyer_id=buyer.pk)
    said = text(pdf(placed.public_id, person))
    for words in ("Restaurant du Quai", "1, quai Neuf", "1140000002", f"commandé par {person.name}"):
        assert words in said, words


def test_once_paid_it_is_a_receipt_and_the_same_order_gives_the_same_bytes(slot: Slot, member: Person) -> None:
    placed = place(member, slot, {OfferFactory(cycle=slot.cycle): 1}, payment_method="pickup")
    Cycle.objects.filter(pk=slot.cycle_id).update(state="distributed")
    record(
        organisation_id=slot.cycle.market.organisation_id, person_id=member.pk, method="cash", amount=D("10.00"),
        key=f"desk:{placed.public_id}:1", occurred_on=timezone.localdate(), by=None,
    )  # fmt: skip
    first = pdf(placed.public_id, member)
    assert first == pdf(placed.public_id, member)
    assert "Payée" in text(first)
    assert "Comptant" in text(first)
    assert "Provisoire" not in text(first)


def test_invoice_speaks_the_reader_s_language(slot: Slot, member: Person) -> None:
    placed = place(member, slot, {OfferFactory(cycle=slot.cycle, tax_class="taxable"): 1})
    Person.objects.filter(pk=member.pk).update(language="en")
    said = text(pdf(placed.public_id, member, "en"))
    assert "Invoice" in said
    assert "GST" in said
    assert "$10.00" in said


def test_only_the_member_and_the_office_open_it(slot: Slot, member: Person, client: Client, settings: Any) -> None:
    placed = place(member, slot, {OfferFactory(cycle=slot.cycle): 1})
    address = reverse("market:order_invoice", args=[placed.public_id])
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if "RequireMfa" not in m]
    for kind, status in (("coordinator", 200), ("treasurer", 200), ("packer", 404)):
        client.force_login(with_role(slot.cycle.market.organisation, kind).account)
        assert client.get(address).status_code == status
    client.force_login(PersonFactory().account)
    assert client.get(address).status_code == 404
    page = reverse("market:order", args=[placed.public_id])
    client.force_login(member.account)
    assert address in client.get(page).content.decode()


@pytest.mark.parametrize(
    ("tps", "tvq", "kept"),
    [
        ("123456789 RT 0001", "1234567890tq0001", ("123456789RT0001", "1234567890TQ0001")),
        ("", "", ("", "")),
        ("12345678RT0001", "1234567890TQ0001", None),
        ("123456789RT0001", "123456789TQ0001", None),
        ("123456789TQ0001", "", None),
    ],
)
def test_coordinator_writes_the_numbers_in_their_form(
    slot: Slot, client: Client, tps: str, tvq: str, kept: tuple[str, str] | None
) -> None:
    market = slot.cycle.market
    Market.objects.update(tps_number="", tvq_number="")
    prove(client, with_role(market.organisation, "coordinator").account)
    data = {
        "name": market.name, "summary": "", "margin_mode": "retained", "margin_percent": "22", "credit_limit": "0",
        "payment_methods": ["pickup"], "order_minimum": "0", "language": "fr", "tps_number": tps, "tvq_number": tvq,
    }  # fmt: skip
    page = client.post(reverse("market:manage_terms", args=[market.slug]), data)
    market.refresh_from_db()
    if kept is None:
        assert "chiffres, les lettres" in page.content.decode()
        assert (market.tps_number, market.tvq_number) == ("", "")
    else:
        assert (market.tps_number, market.tvq_number) == kept
