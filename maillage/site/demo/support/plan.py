"""The territorial plan as published (18 regions, 37 priorities, 6 actions), with a year of invented progress."""

import re
from datetime import date, timedelta
from decimal import Decimal

from maillage.accompaniment.models import CanvassMeeting, FinancingIntervention
from maillage.core.money import allocate
from maillage.directory.models import Organisation, RoleKind, Territory, TerritoryParent
from maillage.directory.queries import find_territory
from maillage.indicators import actions
from maillage.indicators.models import ActionRegion, Indicator, Plan, PlanAction, PlanIssue, PlanRegion, Priority
from maillage.indicators.published import published as published_figures
from maillage.programmes.models import Edition, Programme, Visit

from ..cast import Character
from . import PLAN_SLUG
from .base import DEMO, Base, frozen, make_enterprises, published, workdays
from .people import cast

TAGS = {
    "tag_releve": "releve",
    "tag_innovation": "innovation",
    "tag_growth": "croissance",
    "tag_social_economy": "economie_sociale",
}
YEAR = (date(2018, 4, 1), date(2019, 4, 1))
MILLION = Decimal("0.000001")
OBSERVED = {  # action → name, fact, unit, factor
    1: ("Valeur des interventions financières autorisées", "financing_amount", "M$", MILLION),
    2: ("Part autorisée par le réseau régional", "financing_by_network_share", "%", Decimal(100)),
    3: ("Rencontres d'entreprises non clientes", "canvass_meetings_non_clients", "rencontres", Decimal(1)),
    4: ("Projets manufacturiers innovants", "financing_manufacturing_innovative_amount", "M$", MILLION),
    5: ("Financements en économie sociale", "financing_social_economy_count", "interventions", Decimal(1)),
}
REACHED = {"amount": Decimal("1204.6"), "innovative": Decimal("136.2")}
MEETINGS, SOCIAL = 1285, 47


def load_plan(base: Base) -> None:
    """The plan, its indicators, and financing, meetings and visits of 2018-2019 made up for it."""
    owner = Organisation.objects.create(
        name=f"Société d'investissement régional {DEMO}", slug=PLAN_SLUG, legal_form="public", is_demo=True
    )
    cast(Character("direction-2", "Denise"), owner, RoleKind.DIRECTOR)
    plan = Plan.objects.create(
        organisation=owner,
        name=f"Plan d'action pour l'occupation du territoire 2018-2020 {DEMO}",
        period=(date(2018, 4, 1), date(2020, 4, 1)),
        adopted_on=date(2018, 2, 28),
        source="Régions, priorités, actions et cibles : plan publié le 28 février 2018. Progrès : imaginaires.",
        is_demo=True,
    )
    issues = {
        row["issue_key"]: PlanIssue.objects.create(
            plan=plan, key=row["issue_key"], label=row["label"], responses=row["responses_short"]
        )
        for row in published("plan_issues")
    }
    regions = {int(row["region_no"]): _region(plan, row) for row in published("regions")}
    _priorities(regions, issues)
    _statements(plan, regions)
    found = _actions(base, plan, owner, regions, issues)
    _progress(base, owner, regions)
    _answers(base, found[6])
    _tours(base, owner, regions)


def _statements(plan: Plan, regions: dict[int, PlanRegion]) -> None:
    """What the published plan says of the territory and of its regions, without counting it."""
    stated = {entry.label for entry in published_figures() if entry.status == "stated"}
    for row in published("plan_figures"):
        if row["indicator"] in stated:
            low, _sep, high = row["value"].partition("-")
            found = re.search(r"région (\d+)", row["note"])
            actions.write_context_figure(
                plan_id=plan.pk,
                region_id=regions[int(found[1])].pk if found else None,
                label=row["indicator"],
                value=Decimal(low),
                upper=Decimal(high) if high else None,
                unit=row["unit"],
                precision=row["precision"],
                period=row["period"],
                source="Plan publié le 28 février 2018",
                note="" if found else row["note"],
                by=None,
            )


def _region(plan: Plan, row: dict[str, str]) -> PlanRegion:
    """Linked to the region of its name; islands that are an MRC of their own, to that one."""
    territory = find_territory(row["name"], kinds=("region",)) or find_territory(row["name"], kinds=("mrc",))
    return PlanRegion.objects.create(
        plan=plan, number=int(row["region_no"]), name=row["name"], territory=territory, note=row["note"]
    )


def _priorities(regions: dict[int, PlanRegion], issues: dict[str, PlanIssue]) -> None:
    for row in published("plan_priorities"):
        priority = Priority.objects.create(
            region=regions[int(row["region_no"])], number=int(row["priority_no"]), label=row["label_short"]
        )
        priority.issues.set([issues[key] for tag, key in TAGS.items() if row[tag] == "1"])


def _actions(
    base: Base,
    plan: Plan,
    owner: Organisation,
    regions: dict[int, PlanRegion],
    issues: dict[str, PlanIssue],
) -> dict[int, PlanAction]:
    made: dict[int, PlanAction] = {}
    for row in published("plan_actions"):
        number = int(row["action_no"])
        made[number] = PlanAction.objects.create(
            plan=plan,
            number=number,
            label=row["label_short"],
            measure=row["indicator"],
            issue=issues[row["issue"]],
            indicator=_indicator(base, owner, number),
            operator=row["operator"],
            target=Decimal(row["target"]),
            unit=row["unit"],
            is_level=row["unit"] == "%",
            begins=YEAR[0],
            deadline=date.fromisoformat(row["deadline"]) if row["deadline"] else None,
            periodicity=row["periodicity"],
            included_in=made.get(int(row["included_in_action"] or 0)),
        )
        concerned = [regions[int(n)] for n in row["regions"].split(";")]
        _concern(base, made[number], concerned)
    return made


def _concern(base: Base, action: PlanAction, concerned: list[PlanRegion]) -> None:
    """The regions, each with a share of the target made up by us, that sums to the published target."""
    targets: list[Decimal | None] = [None] * len(concerned)
    if action.number == 6:
        targets = [Decimal(1)] * len(concerned)
    elif not action.is_level:
        targets = list(allocate(action.target, [base.random.randint(2, 9) for _ in concerned]))
    ActionRegion.objects.bulk_create(
        [ActionRegion(action=action, region=r, target=t) for r, t in zip(concerned, targets, strict=True)]
    )


def _indicator(base: Base, owner: Organisation, number: int) -> Indicator | None:
    if number not in OBSERVED:
        return None
    name, fact, unit, factor = OBSERVED[number]
    definition = actions.Definition(
        key=f"action-{number}", name=name, fact=fact, unit=unit, factor=factor, decimals=1, theme="Plan"
    )
    return actions.define(organisation_id=owner.pk, definition=definition, by=None, now=base.now).indicator


def _mrcs(regions: dict[int, PlanRegion]) -> dict[int, list[Territory]]:
    """The MRCs of each region that the directory has."""
    links = TerritoryParent.objects.filter(
        parent__in=[r.territory_id for r in regions.values() if r.territory_id],
        kind="administrative",
        child__kind="mrc",
        during__contains=YEAR[0],
    ).select_related("child")
    found: dict[int, list[Territory]] = {}
    for link in links:
        found.setdefault(link.parent_id, []).append(link.child)
    return found


def _progress(base: Base, owner: Organisation, regions: dict[int, PlanRegion]) -> None:
    """A year of financing and canvassing whose sums stand near the targets."""
    random, days = base.random, workdays(*YEAR)
    places = [mrc for mrcs in _mrcs(regions).values() for mrc in mrcs]
    enterprises = make_enterprises(base, 260, random.sample(places, len(places)), slug="finance")
    innovative = 52
    ordinary = allocate(
        (REACHED["amount"] - REACHED["innovative"]) * 1_000_000,
        [random.randint(1, 40) for _ in range(260 - innovative)],
    )
    special = allocate(REACHED["innovative"] * 1_000_000, [random.randint(1, 20) for _ in range(innovative)])
    rows = []
    for n, (enterprise, amount) in enumerate(zip(enterprises, [*special, *ordinary], strict=True)):
        day = random.choice(days)
        rows.append(
            FinancingIntervention(
                organisation=owner,
                enterprise=enterprise,
                kind=random.choice(["loan", "loan", "guarantee", "equity"]),
                amount=amount,
                authorised_on=day,
                authorised_by_network=n % 8 != 0,
                is_innovative=n < innovative,
                is_manufacturing=n < innovative or n % 3 == 0,
                is_social_economy=innovative <= n < innovative + SOCIAL,
                is_demo=True,
                **frozen(enterprise, day),
            )
        )
    FinancingIntervention.objects.bulk_create(rows)
    CanvassMeeting.objects.bulk_create(_meetings(base, owner, enterprises, days))


def _meetings(
    base: Base, owner: Organisation, enterprises: list[Organisation], days: list[date]
) -> list[CanvassMeeting]:
    rows = []
    for n in range(MEETINGS + 160):
        enterprise, day = enterprises[(n * 17) % len(enterprises)], base.random.choice(days)
        rows.append(
            CanvassMeeting(
                organisation=owner,
                enterprise=enterprise,
                company_name=enterprise.name,
                met_on=day,
                was_client=n >= MEETINGS,
                is_demo=True,
                **frozen(enterprise, day),
            )
        )
    return rows


def _answers(base: Base, tour: PlanAction) -> None:
    """Regions tell that the tour came; two have not answered, one of them was asked by a link."""
    links = list(tour.region_links.select_related("region").order_by("region__number"))
    for n, link in enumerate(links[:-2]):
        actions.state_number(
            action_id=tour.pk,
            region_id=link.region_id,
            as_of=date(2018, 9, 12) + timedelta(days=11 * n),
            value=Decimal(1),
            stated_by=f"Bureau régional {link.region.number} {DEMO}",
            by=None,
            is_demo=True,
        )
    for link, asked_at in ((links[-2], base.now - timedelta(days=62)), (links[-1], base.now)):
        actions.ask_number(
            action_id=tour.pk,
            region_id=link.region_id,
            as_of=date(2019, 3, 31),
            name=f"Bureau régional {link.region.number} {DEMO}",
            email="bureau@demo.maillage.example",
            by=None,
            now=asked_at,
            days=60,
        )


def _tours(base: Base, owner: Organisation, regions: dict[int, PlanRegion]) -> None:
    """The tours of the manufacturing initiative: two were over when the plan was adopted, the third was planned; its
    visits are made up, a stop in each region that said that it came."""
    programme = Programme.objects.create(
        organisation=owner,
        title=f"Tournée de l'Initiative manufacturière {DEMO}",
        description="Une équipe va de région en région rencontrer les manufacturiers.",
        is_demo=True,
    )
    for number, (start, end) in enumerate(
        (
            (date(2016, 9, 1), date(2017, 6, 1)),
            (date(2017, 9, 1), date(2018, 2, 1)),
            (date(2018, 9, 1), date(2019, 6, 1)),
        ),
        start=1,
    ):
        tour = Edition.objects.create(
            programme=programme,
            organisation=owner,
            kind="tour",
            title=f"Tournée {number}",
            number=number,
            during=(start, end),
            is_demo=True,
        )
        places = [r.territory_id for n, r in sorted(regions.items()) if r.territory_id][: 17 if number == 3 else 15]
        Visit.objects.bulk_create(
            Visit(
                edition=tour,
                region_id=place,
                visited_on=start + timedelta(days=9 + n * (end - start).days // 18),
                summary="Arrêt de la tournée.",
                is_demo=True,
            )
            for n, place in enumerate(places)
        )
