"""List pages ask the base as many questions for thirty rows as for two."""

import io
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from maillage.accompaniment.models import OutcomeFollowUp
from maillage.accompaniment.tests import factories as acc_make
from maillage.catalogue.tests import factories as cat_make
from maillage.core.sheets import read_table
from maillage.directory.tests.factories import OrganisationFactory, with_role
from maillage.funding.tests.factories import AgreementFactory
from maillage.market.models import Cycle
from maillage.market.tests import factories as mar_make
from maillage.payments.models import BankLine
from maillage.payments.tests.factories import DAY, expected, paid
from maillage.press.tests.factories import MentionFactory
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


def mentions(side: Side) -> None:
    MentionFactory(organisation=side.organisation, about=OrganisationFactory())


def clients(side: Side) -> None:
    acc_make.MandateFactory(organisation=side.organisation)
    acc_make.ReferralFactory(organisation=side.organisation)
    acc_make.FinancingFactory(organisation=side.organisation)
    acc_make.MeetingFactory(organisation=side.organisation)
    acc_make.DiagnosticFactory(version=side.has.version)
    acc_make.SuccessionCaseFactory(organisation=side.organisation)
    OutcomeFollowUp.objects.create(
        mandate=acc_make.MandateFactory(organisation=side.organisation), months=6, due_on=DAY
    )


def activities(side: Side) -> None:
    activity = pro_make.ActivityFactory(organisation=side.organisation)
    pro_make.RegistrationFactory(activity=activity)
    pro_make.EditionFactory(programme=pro_make.ProgrammeFactory(organisation=side.organisation))
    AgreementFactory(organisation=side.organisation)


def registrations(side: Side) -> None:
    pro_make.AttendanceFactory(
        registration=pro_make.RegistrationFactory(activity=side.has.activity), session=side.has.session
    )


def applications(side: Side) -> None:
    pro_make.ApplicationFactory(call=side.has.call)


def representations(side: Side) -> None:
    pro_make.ActivityFactory(organisation=side.organisation, kind="representation")


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
    ("accompaniment:follow_ups", clients),
    ("accompaniment:successions", clients),
    ("press:mentions", mentions),
    ("programmes:programmes", activities),
    ("programmes:activities", activities),
    ("programmes:activity", registrations),
    ("programmes:checkin", registrations),
    ("funding:agreements", activities),
    ("directory:organisations", interventions),
    ("directory:people", people),
]


def told(client: Client, url: str) -> bytes:
    """What a page or a file says; a file that is read to its end is closed."""
    answer = client.get(url)
    assert answer.status_code == 200
    return b"".join(answer) if answer.streaming else answer.content  # type: ignore[arg-type]


def asked(side: Side, name: str, add: Callable[[Side], None], rows: int, query: str = "") -> list[str]:
    for _n in range(rows):
        add(side)
    Cycle.objects.filter(pk=side.has.desk_cycle.pk).update(state="closed")
    client, url = Client(), address(name, side) + query
    client.force_login(everything(side).account)  # type: ignore[arg-type]
    told(client, url)  # what is kept between requests is kept
    with CaptureQueriesContext(connection) as found:
        told(client, url)
    return [q["sql"] for q in found.captured_queries]


@pytest.mark.parametrize(("name", "add"), PAGES, ids=[name for name, _add in PAGES])
def test_thirty_rows_ask_no_more_than_two(name: str, add: Callable[[Side], None], settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    few = asked(make_side("ours", "SECRETNOTRE"), name, add, 2)
    many = asked(make_side("theirs", "SECRETLEUR"), name, add, 30)
    assert len(many) <= len(few), "\n".join(sorted(many)[:60])


LISTED = [
    ("accompaniment:diagnostics", clients),
    ("accompaniment:enterprises", interventions),
    ("accompaniment:financings", clients),
    ("accompaniment:follow_ups", clients),
    ("accompaniment:mandates", clients),
    ("accompaniment:meetings", clients),
    ("accompaniment:referrals", clients),
    ("accompaniment:successions", clients),
    ("directory:organisations", interventions),
    ("funding:agreements", activities),
    ("ledger:kind", payments),
    ("payments:payments", payments),
    ("press:mentions", mentions),
    ("programmes:activities", activities),
    ("programmes:activity", registrations),
    ("programmes:call_manage", applications),
    ("programmes:representations", representations),
]
"""The lists of core.tables that give a file."""


@pytest.mark.parametrize(("name", "add"), LISTED, ids=[name for name, _add in LISTED])
def test_a_list_gives_the_rows_that_it_shows_sorted_as_asked_in_as_many_questions(
    name: str, add: Callable[[Side], None], settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    side, other = make_side("ours", "SECRETNOTRE"), make_side("theirs", "SECRETLEUR")
    few = asked(side, name, add, 2, "?fichier=csv")
    many = asked(other, name, add, 30, "?fichier=csv")
    assert len(many) <= len(few), "\n".join(sorted(many)[:60])
    client = Client()
    client.force_login(everything(other).account)  # type: ignore[arg-type]
    page = client.get(address(name, other), {"liste": ""})
    listing = page.context["table"]
    assert listing.count() >= 30 or name in ("ledger:kind", "accompaniment:enterprises")
    assert page.content.count(b"<tr>") == min(listing.count(), listing.table.per_page) + 1 + len(listing.foot[:1])
    for column in (column for column in listing.columns if column.order):
        up, down = (
            [str(row) for row in client.get(address(name, other), {"liste": "", "tri": word}).context["table"].page]
            for word in (column.name, f"-{column.name}")
        )
        assert len(up) == len(down) == len(page.context["table"].page), column.name
    for form in ("csv", "xlsx"):
        content = told(client, f"{address(name, other)}?liste&fichier={form}")
        rows = read_table(io.BytesIO(content))
        assert len(rows) == listing.count()
