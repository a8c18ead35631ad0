"""List pages ask the base as many questions for thirty rows as for two."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from maillage.accompaniment.tests import factories as acc_make
from maillage.catalogue.tests import factories as cat_make
from maillage.directory.tests.factories import OrganisationFactory, with_role
from maillage.funding.tests.factories import AgreementFactory
from maillage.market.models import Cycle
from maillage.market.tests import factories as mar_make
from maillage.payments.models import BankLine
from maillage.payments.tests.factories import DAY, expected, paid
from maillage.programmes.tests import factories as pro_make

from .test_access import address, everything
from .world import Side, make_side, place

pytestmark = pytest.mark.django_db


def products(side: Side) -> None:
    cat_make.ProductFormatFactory(product=cat_make.ProductFactory(producer=side.has.farm))


def offers(side: Side) -> None:
    made = cat_make.ProductFormatFactory(product=cat_make.ProductFactory(producer=side.has.farm))
    mar_make.OfferFactory(cycle=side.has.cycle, format=made)


def orders(side: Side) -> None:
    """Of new members, in a cycle of its own, which is at the desk."""
    name, has = uuid4().hex, side.has
    if has.desk_cycle.number == 2:
        has.desk_cycle = mar_make.CycleFactory(market=has.market, number=3)
        has.desk_slot = mar_make.SlotFactory(cycle=has.desk_cycle, point=has.point)
        has.desk_offer = mar_make.OfferFactory(cycle=has.desk_cycle, format=has.format)
    side.people[name] = mar_make.MemberFactory(has.market)
    place(side, has.desk_cycle, has.desk_slot, has.desk_offer, by=name)


def members(side: Side) -> None:
    mar_make.MembershipFactory(organisation=side.organisation, member_class=side.has.member_class)


def payments(side: Side) -> None:
    paid(side.organisation, amount="12")


def deposits(side: Side) -> None:
    expected(side.organisation, "31")
    BankLine.objects.create(
        organisation=side.organisation, file=side.has.bank_file, fingerprint=uuid4().hex, occurred_on=DAY,
        description="Virement", amount=31,
    )  # fmt: skip


def interventions(side: Side) -> None:
    acc_make.intervene(side.organisation, OrganisationFactory(), OrganisationFactory())


def clients(side: Side) -> None:
    acc_make.MandateFactory(organisation=side.organisation)
    acc_make.ReferralFactory(organisation=side.organisation)
    acc_make.FinancingFactory(organisation=side.organisation)
    acc_make.MeetingFactory(organisation=side.organisation)
    acc_make.DiagnosticFactory(version=side.has.version)


def activities(side: Side) -> None:
    activity = pro_make.ActivityFactory(organisation=side.organisation)
    pro_make.RegistrationFactory(activity=activity)
    pro_make.EditionFactory(programme=pro_make.ProgrammeFactory(organisation=side.organisation))
    AgreementFactory(organisation=side.organisation)


def registrations(side: Side) -> None:
    pro_make.AttendanceFactory(
        registration=pro_make.RegistrationFactory(activity=side.has.activity), session=side.has.session
    )


def people(side: Side) -> None:
    with_role(side.organisation, "staff")


PAGES: list[tuple[str, Callable[[Side], None]]] = [
    ("catalogue:products", products),
    ("catalogue:grid", products),
    ("market:shop", offers),
    ("market:cycle_offers", offers),
    ("market:cycle_overview", offers),
    ("market:producer_offers", offers),
    ("market:cycle", orders),
    ("market:desk", orders),
    ("market:weights", orders),
    ("market:settlement", orders),
    ("membership:members", members),
    ("payments:payments", payments),
    ("payments:interac", deposits),
    ("payments:reconciliation", deposits),
    ("ledger:book", payments),
    ("ledger:journal", payments),
    ("ledger:kind", payments),
    ("accompaniment:interventions", interventions),
    ("accompaniment:week", interventions),
    ("accompaniment:enterprises", interventions),
    ("accompaniment:mandates", clients),
    ("accompaniment:referrals", clients),
    ("accompaniment:financings", clients),
    ("accompaniment:meetings", clients),
    ("accompaniment:diagnostics", clients),
    ("programmes:programmes", activities),
    ("programmes:activities", activities),
    ("programmes:activity", registrations),
    ("programmes:checkin", registrations),
    ("funding:agreements", activities),
    ("directory:organisations", interventions),
    ("directory:people", people),
]


def asked(side: Side, name: str, add: Callable[[Side], None], rows: int) -> list[str]:
    for _n in range(rows):
        add(side)
    Cycle.objects.filter(pk=side.has.desk_cycle.pk).update(state="closed")
    client, url = Client(), address(name, side)
    client.force_login(everything(side).account)  # type: ignore[arg-type]
    client.get(url)  # what is kept between requests is kept
    with CaptureQueriesContext(connection) as found:
        assert client.get(url).status_code == 200
    return [q["sql"] for q in found.captured_queries]


@pytest.mark.parametrize(("name", "add"), PAGES, ids=[name for name, _add in PAGES])
def test_thirty_rows_ask_no_more_than_two(name: str, add: Callable[[Side], None], settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    few = asked(make_side("ours", "SECRETNOTRE"), name, add, 2)
    many = asked(make_side("theirs", "SECRETLEUR"), name, add, 30)
    assert len(many) <= len(few), "\n".join(sorted(many)[:60])
