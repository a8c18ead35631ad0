"""The network of 16: one member counted on the platform and 15 that declare, as published; this year, six and ten."""

from datetime import date, timedelta
from decimal import Decimal

from django.core.files.base import ContentFile

from maillage.accompaniment.models import Deliverable, Mandate
from maillage.core.period import Period
from maillage.directory.models import Organisation, RoleKind
from maillage.indicators import actions
from maillage.indicators.models import Declaration, DeclarationStep, DeclaredValue, Indicator, NetworkMember
from maillage.programmes.models import Activity

from ..cast import Character
from . import NETWORK_SLUG
from .base import DEMO, Base, frozen, noon, published, spread, workdays
from .people import cast
from .work import new_batch

OBSERVED = {"enterprises": 210, "trainings": 41, "plans": 9, "diagnostics": 13}  # of 2018-2019, on the platform
OBSERVED_BEFORE = 182
PREVIOUS = 3135  # deduced by the publisher's reader: 3,605 is nearly 15 % more
PUBLISHED = {
    "enterprises": "Entreprises appuyées",
    "trainings": "Formations en développement des affaires",
    "plans": "Plans d'affaires à l'international",
    "diagnostics": "Diagnostics export",
}
DEFINITIONS = {
    "enterprises": ("Entreprises appuyées", "Enterprises supported", "enterprises_served"),
    "trainings": ("Formations en développement des affaires", "Business training sessions", "trainings"),
    "plans": ("Plans d'affaires à l'international", "International business plans", "plans_delivered"),
    "diagnostics": ("Diagnostics export", "Export diagnostics", "diagnostics_delivered"),
}
MOVED, NEIGHBOURS = 5, 45  # members on the platform since 2024, and how many enterprises each may serve
_PLACES = (
    "Abitibi,Bas-Saint-Laurent,Capitale,Centre,Chaudière,Côte-Nord,Estrie,Gaspésie,Lanaudière,Laurentides,Laval,Longueuil,"
    "Mauricie,Outaouais,Saguenay"
)
PLACES = _PLACES.split(",")


def _gala(network: Organisation) -> None:
    """The provincial gala of 2018, with its trade show: more than 600 people, counted at the door."""
    day = date(2018, 11, 7)
    Activity.objects.create(
        organisation=network, kind="evenement", role="organiser", title="Gala MercadOr Québec et salon",
        mode="in_person", starts_on=day, last_on=day, state="published", head_count=620, is_demo=True,
    )  # fmt: skip


def load_network(base: Base) -> None:
    """Members, indicators of the network, observed work of 2017 to 2019 and declarations."""
    network = Organisation.objects.create(
        name=f"Réseau d'appui à l'exportation {DEMO}", slug=NETWORK_SLUG, legal_form="non_profit", is_demo=True
    )
    cast(Character("reseau", "Renaude"), network, RoleKind.DIRECTOR)
    _gala(network)
    indicators = _indicators(base, network)
    members = Organisation.objects.bulk_create(
        [
            Organisation(
                name=f"Appui export {place} {DEMO}",
                slug=f"demo-membre-{n}",
                legal_form="non_profit",
                is_demo=True,
            )
            for n, place in enumerate(PLACES, start=1)
        ]
    )
    _memberships(base, network, members)
    _observed_years(base)
    _declared(base, network, members, indicators)
    _this_year(base, network, members, indicators)


def _indicators(base: Base, network: Organisation) -> dict[str, Indicator]:
    found = {}
    for key, (name, english, fact) in DEFINITIONS.items():
        version = actions.define(
            organisation_id=network.pk,
            definition=actions.Definition(key=key, name=name, name_en=english, fact=fact, theme="Réseau"),
            by=None,
            now=base.now,
        )
        found[key] = version.indicator
    return found


def _memberships(base: Base, network: Organisation, members: list[Organisation]) -> None:
    """Everyone since 2015; five of those who declared are counted since April 2024, another one is asked."""
    moved = date(2024, 4, 1)
    rows = [NetworkMember(network=network, member=base.organisation, during=(date(2015, 4, 1), None), observed=True)]
    for n, member in enumerate(members):
        contact = f"membre-{n + 1}@demo.maillage.example"
        if n < MOVED:
            rows.append(NetworkMember(network=network, member=member, during=(date(2015, 4, 1), moved)))
            rows.append(NetworkMember(network=network, member=member, during=(moved, None), observed=True))
        else:
            during = (date(2015, 4, 1), None)
            asked = base.now - timedelta(days=3) if n == MOVED else None
            rows.append(
                NetworkMember(network=network, member=member, during=during, contact_email=contact, asked_at=asked)
            )
    NetworkMember.objects.bulk_create(rows)
    cast(Character("direction-3", "Mélanie"), members[0], RoleKind.DIRECTOR)
    cast(Character("direction-4", "Normand"), members[MOVED], RoleKind.DIRECTOR)


def _observed_years(base: Base) -> None:
    """What the observed member did in 2017-2018 and 2018-2019."""
    batch = new_batch(base)
    everyone = [*base.pool, *base.others]
    for year, count in ((2017, OBSERVED_BEFORE), (2018, OBSERVED["enterprises"])):
        days = workdays(date(year, 4, 1), date(year + 1, 4, 1))
        for enterprise in everyone[:count]:
            for _ in range(base.random.randint(1, 2)):
                batch.add("international", base.random.choice(days), [enterprise])
    batch.write()
    _delivered(base, base.organisation, everyone, date(2018, 4, 3), OBSERVED)


def _delivered(
    base: Base, member: Organisation, enterprises: list[Organisation], start: date, counts: dict[str, int]
) -> None:
    """The training sessions, diagnostics and plans of a member in the year that begins then."""
    stream = base.streams["international"]
    days = [start + timedelta(days=7 + 8 * n) for n in range(counts["trainings"])]
    Activity.objects.bulk_create(
        [
            Activity(
                organisation=member,
                stream=stream,
                kind="formation",
                title=f"Formation {n} {DEMO}",
                starts_on=day,
                last_on=day,
                state="published",
                is_demo=True,
            )
            for n, day in enumerate(days, start=1)
        ]
    )
    delivered = start + timedelta(days=216)
    mandates = Mandate.objects.bulk_create(
        [
            Mandate(
                organisation=member,
                enterprise=enterprise,
                stream=stream,
                intensity="intensive",
                stage="closed",
                during=(start, start + timedelta(days=332)),
                is_demo=True,
                **frozen(enterprise, start),
            )
            for enterprise in enterprises[: counts["diagnostics"]]
        ]
    )
    Deliverable.objects.bulk_create(
        [
            Deliverable(mandate=m, kind=kind, delivered_on=delivered, **frozen(m.enterprise, delivered))
            for kind, count in (("diagnostic", counts["diagnostics"]), ("plan", counts["plans"]))
            for m in mandates[:count]
        ]
    )


def _declared(base: Base, network: Organisation, members: list[Organisation], indicators: dict[str, Indicator]) -> None:
    """Approved declarations that, with what is observed, make the published totals."""
    totals = {row["indicator"]: int(row["value"]) for row in published("network_results")}
    this = {key: totals[PUBLISHED[key]] - OBSERVED[key] for key in PUBLISHED}
    before = {"enterprises": PREVIOUS - OBSERVED_BEFORE}
    for year, numbers in ((2018, this), (2017, before)):
        split = {key: spread(base.random, total, len(members)) for key, total in numbers.items()}
        declarations = Declaration.objects.bulk_create(
            [_declaration(base, network, member, year, "approved") for member in members]
        )
        DeclaredValue.objects.bulk_create(
            [
                DeclaredValue(declaration=d, indicator=indicators[key], value=Decimal(shares[n]))
                for key, shares in split.items()
                for n, d in enumerate(declarations)
            ]
        )
        DeclarationStep.objects.bulk_create(
            [
                DeclarationStep(declaration=d, state=state, at=noon(date(year + 1, 5, day)), by_name=d.declared_by)
                for d in declarations
                for state, day in (("submitted", 6), ("approved", 20))
            ]
        )


def _declaration(base: Base, network: Organisation, member: Organisation, year: int, state: str) -> Declaration:
    return Declaration(
        network=network,
        member=member,
        period=(date(year, 4, 1), date(year + 1, 4, 1)),
        state=state,
        expires_at=base.now + timedelta(days=90),
        declared_by=f"Direction de {member.name}" if state != "draft" else "",
        evidence_name="bilan.pdf" if state != "draft" else "",
        is_demo=True,
    )


def _this_year(
    base: Base, network: Organisation, members: list[Organisation], indicators: dict[str, Indicator]
) -> None:
    """Five more members on the platform, each serving some of the enterprises of the next; ten forms on their way."""
    batch = new_batch(base)
    first = date(2024, 4, 1)
    days = workdays(first, max(base.today, first + timedelta(days=30)))
    everyone = [*base.pool, *base.others]
    for n, member in enumerate(members[:MOVED]):
        near = [everyone[(30 * n + k) % len(everyone)] for k in range(NEIGHBOURS + 4 * n)]
        counts = {"trainings": 9 + 3 * n, "diagnostics": 5 + n, "plans": 2 + n}
        _delivered(base, member, near, date(base.today.year - 1, 4, 3), counts)
        for _ in range(140):
            batch.add("international", base.random.choice(days), [base.random.choice(near)], organisation=member)
    batch.write()
    year = base.today.year - (1 if base.today.month < 4 else 0) - 1
    actions.ask_declarations(network_id=network.pk, period=Period.fiscal_year(year), by=None, now=base.now, days=120)
    Declaration.objects.filter(network=network, period__startswith=date(year, 4, 1)).update(is_demo=True)
    forms = list(Declaration.objects.filter(network=network, period__startswith=date(year, 4, 1)).order_by("pk"))
    for n, form in enumerate(forms[:8]):
        _fill(base, form, indicators, n)


def _fill(base: Base, form: Declaration, indicators: dict[str, Indicator], n: int) -> None:
    """The first forms are sent; some approved, one returned with its reason."""
    random = base.random
    ranges = (("enterprises", 150, 320), ("trainings", 20, 60), ("plans", 4, 16), ("diagnostics", 6, 20))
    values = {indicators[key].pk: Decimal(random.randint(low, high)) for key, low, high in ranges}
    actions.save_declaration(
        declaration_id=form.pk,
        values=values,
        declared_by=f"Direction de {form.member.name}",
        evidence=ContentFile(_pdf(), name="bilan-demo.pdf"),
    )
    actions.submit_declaration(declaration_id=form.pk, now=base.now - timedelta(days=20 - n))
    if n < 5:
        actions.approve(declaration_id=form.pk, by=None, now=base.now - timedelta(days=10 - n))
    elif n == 5:
        actions.return_declaration(
            declaration_id=form.pk,
            reason="Les diagnostics dépassent les entreprises appuyées : vérifiez les deux nombres.",
            by=None,
            now=base.now - timedelta(days=2),
        )


def _pdf() -> bytes:
    """A one-page proof, so that the link opens something."""
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    )
