"""What awaits a person on the home page, by role."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from maillage.directory.tests.factories import OrganisationFactory, PersonFactory, with_role
from maillage.governance.tests.factories import BodyFactory, SeatFactory, TermFactory
from maillage.market.models import ProducerStatement
from maillage.market.tests.factories import CycleFactory, MarketFactory, MembershipFactory
from maillage.programmes.models import Conflict, Review, Reviewer
from maillage.programmes.tests.factories import ApplicationFactory, CallFactory
from maillage.site.needs import needs
from maillage.site.welcome import open_markets

pytestmark = pytest.mark.django_db


def cycle_of(market, state, **values):
    now = timezone.now()
    times = {"opens_at": now - timedelta(days=2), "closes_at": now + timedelta(days=2)}
    return CycleFactory(market=market, state=state, **times, **values)


def test_open_market_shows_to_visitors_and_leads_to_its_shop(client):
    cycle = cycle_of(MarketFactory(), "open")
    cycle_of(MarketFactory(), "draft")
    assert [m.name for m in open_markets(now=timezone.now())] == [cycle.market.name]
    page = client.get("/").content.decode()
    assert f"/marches/{cycle.market.slug}/boutique/" in page


def test_closed_hour_hides_a_market_whose_clock_is_late():
    cycle = cycle_of(MarketFactory(), "open")
    assert open_markets(now=cycle.closes_at) == []


def test_member_without_an_order_is_led_to_the_shop():
    cycle = cycle_of(MarketFactory(), "open")
    person = PersonFactory()
    assert needs(user=person.account, now=timezone.now()) == []
    MembershipFactory(organisation=cycle.market.organisation, person=person)
    (need,) = needs(user=person.account, now=timezone.now())
    assert need.href == f"/marches/{cycle.market.slug}/boutique/"


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("draft", "À ouvrir"),
        ("open", "Ouvert"),
        ("closed", "À préparer"),
        ("packed", "À distribuer"),
        ("distributed", "À régler"),
    ],
)
def test_coordinator_is_told_the_next_step_of_a_cycle(state, said):
    cycle = cycle_of(MarketFactory(), state)
    person = with_role(cycle.market.organisation, "coordinator")
    (need,) = needs(user=person.account, now=timezone.now())
    assert said in need.text
    assert need.href == f"/marches/{cycle.market.slug}/gestion/cycles/{cycle.number}/"


def test_settled_cycle_awaits_nobody():
    cycle = cycle_of(MarketFactory(), "settled")
    assert needs(user=with_role(cycle.market.organisation, "coordinator").account, now=timezone.now()) == []


def test_coordinator_of_another_market_sees_nothing():
    cycle_of(MarketFactory(), "closed")
    assert needs(user=with_role(MarketFactory().organisation, "coordinator").account, now=timezone.now()) == []


def test_navigation_names_each_market_that_one_runs(client):
    market = MarketFactory(name="Marché du Ruisseau")
    client.force_login(with_role(market.organisation, "coordinator").account)
    page = client.get("/").content.decode()
    assert f"/marches/{market.slug}/gestion/" in page
    assert "Marché du Ruisseau" in page


def test_needs_ask_as_many_queries_with_many_markets(django_assert_max_num_queries):
    person = with_role(MarketFactory().organisation, "coordinator")
    for _i in range(4):
        cycle = cycle_of(MarketFactory(), "open")
        MembershipFactory(organisation=cycle.market.organisation, person=person)
        person.roles.create(organisation=cycle.market.organisation, kind="coordinator", during=("2020-01-01", None))
        person.roles.create(organisation=cycle.market.organisation, kind="producer", during=("2020-01-01", None))
        person.roles.create(organisation=cycle.market.organisation, kind="adviser", during=("2020-01-01", None))
    with django_assert_max_num_queries(16):
        assert len(needs(user=person.account, now=timezone.now())) >= 4


def test_treasurer_is_led_to_the_statements_that_wait_for_their_payment():
    cycle = cycle_of(MarketFactory(), "settled")
    now = timezone.now()
    for net, paid in (("120.50", None), ("80.00", None), ("0", None), ("9.00", timezone.localdate())):
        zeros = dict.fromkeys(("adjusted", "margin", "tps", "tvq", "deposits"), 0)
        ProducerStatement.objects.create(
            cycle=cycle,
            producer=OrganisationFactory(),
            sold=Decimal(net),
            net=Decimal(net),
            settled_at=now,
            paid_on=paid,
            paid_reference="V-1" if paid else "",
            **zeros,
        )
    treasurer = with_role(cycle.market.organisation, "treasurer")
    (need,) = needs(user=treasurer.account, now=now)
    assert need.title == "2 relevés à payer"
    assert "200,50" in need.text
    assert need.href == f"/marches/{cycle.market.slug}/gestion/cycles/{cycle.number}/reglement/"
    assert needs(user=with_role(MarketFactory().organisation, "treasurer").account, now=timezone.now()) == []


def test_one_place_of_the_navigation_is_current(client):
    market = MarketFactory()
    client.force_login(with_role(market.organisation, "coordinator").account)
    desks, manage = reverse("market:desks", args=[market.slug]), reverse("market:manage", args=[market.slug])
    for address, link in ((desks, reverse("market:pickup")), (manage, manage), ("/marches/", "/marches/")):
        bar = client.get(address).content.decode().split('class="tabbar')[1].split("<details")[0]
        current = re.findall(r'<a href="([^"]*)" aria-current="page"', bar)
        assert current == [link]


def test_terms_that_end_soon_are_told_to_those_who_sit_and_those_who_keep_the_bodies(client):
    today = timezone.localdate()
    ours = OrganisationFactory()
    board = BodyFactory(organisation=ours, name="Conseil")
    sits, director = with_role(ours, "board"), with_role(ours, "director")
    until = today + timedelta(days=40)
    TermFactory(seat=SeatFactory(body=board), person=sits, during=(today - timedelta(days=600), until))
    TermFactory(seat=SeatFactory(body=board), during=(today - timedelta(days=600), today + timedelta(days=200)))
    (mine,) = needs(user=sits.account, now=timezone.now())
    assert mine.title == "Votre mandat se termine bientôt"
    assert mine.href == reverse("governance:body", args=[board.public_id])
    (kept,) = needs(user=director.account, now=timezone.now())
    assert kept.title == "1 mandat se termine bientôt"
    assert needs(user=with_role(OrganisationFactory(), "director").account, now=timezone.now()) == []
    client.force_login(sits.account)
    assert client.get(mine.href).status_code == 200


def test_juror_is_led_to_the_applications_that_await_an_opinion(client):
    juror = with_role(OrganisationFactory(), "juror")
    call = CallFactory()
    reviewer = Reviewer.objects.create(call=call, person=juror)
    rows = [ApplicationFactory(call=call) for _ in range(4)]
    ApplicationFactory(call=call, state="withdrawn")
    Conflict.objects.create(reviewer=reviewer, application=rows[0], declared_at=timezone.now())
    Review.objects.create(reviewer=reviewer, application=rows[1], submitted_at=timezone.now())
    Review.objects.create(reviewer=reviewer, application=rows[2])  # begun, not given
    (need,) = needs(user=juror.account, now=timezone.now())
    assert need.title == "2 candidatures à évaluer"
    client.force_login(juror.account)
    assert client.get(need.href).status_code == 200
    call.decided_at = timezone.now()
    call.save()
    assert needs(user=juror.account, now=timezone.now()) == []


def test_one_tab_alone_is_the_page_at_hand(client):
    client.force_login(with_role(OrganisationFactory(), "director").account)
    for name, label in (("governance:meetings", "Rencontres"), ("governance:governance", "Instances")):
        tabs = re.findall(r'<a[^>]*aria-current="page"[^>]*>([^<]+)', client.get(reverse(name)).text)
        assert [t.strip() for t in tabs if t.strip() in ("Rencontres", "Instances")] == [label]
