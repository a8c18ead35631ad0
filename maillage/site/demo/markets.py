"""The three markets of the demonstration: people, catalogue, twelve settled cycles, one to pack, one open."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from django.utils import timezone
from psycopg.types.range import DateRange

from maillage.core.events import publish
from maillage.core.quantity import Temperature
from maillage.directory.models import LegalForm, Organisation, Person, Role, RoleKind, Territory
from maillage.ledger import actions as ledger
from maillage.ledger.types import AccountKind, Line, Posting
from maillage.market.models import (
    CycleState,
    CycleTemplate,
    DeliveryZone,
    Market,
    PaymentMethod,
    PickupPoint,
    PickupWindow,
    PointCapacity,
)
from maillage.market.types import CycleClosed
from maillage.membership.models import MemberClass, MemberSequence, Membership

from . import names
from .bulk import copy, reserve
from .buyers import load_buyers
from .cast import CAST, Character, account_of
from .catalogue import load_producers
from .market_shapes import MARKETS, PAST_CYCLES, Shape
from .present import write_present
from .sales import write_cycle
from .season import Member, Place, Season
from .settling import post_season

CRATES = {Temperature.AMBIENT: 34, Temperature.CHILLED: 30, Temperature.FROZEN: 13}  # for each point of weight


def load_markets(*, now: datetime, echo: Callable[[str], None]) -> None:
    for n, shape in enumerate(MARKETS):
        echo(f"{shape.name}: {shape.producers} producers, {shape.products} products, {shape.members} members")
        _load(shape, Random(2008 + n), now)


def _load(shape: Shape, random: Random, now: datetime) -> None:
    organisation, market = _market(shape, now)
    book = ledger.open_book(organisation_id=organisation.pk)
    made = load_producers(shape, organisation, random, now)
    places = _places(shape, market, random)
    cast = [c for c in CAST if c.market == shape.slug]
    coordinator = next(account_of(c) for c in cast if c.role == RoleKind.COORDINATOR)
    season = Season(
        market=market,
        book_id=book.pk,
        made=made,
        members=_members(shape, organisation, cast, places, book.pk, random, now),
        places=places,
        coordinator=coordinator,
        random=random,
        now=now,
        uuids=Random(random.random()),
    )
    _give_roles(organisation, made[0].producer_id, cast, now)
    if any(c.key == "membre" for c in cast):
        season.organisations += [
            Member(b.person_id, n % len(places), 2.5, PaymentMethod.INTERAC.value, b.organisation_id, b.since)
            for n, b in enumerate(load_buyers(organisation, now=now))
        ]
    closed_at = now - timedelta(hours=2)
    for back in range(PAST_CYCLES, 0, -1):
        count = int(shape.orders * (1 - back * 0.012) * random.uniform(0.93, 1.07))
        write_cycle(
            season,
            number=PAST_CYCLES + 1 - back,
            state=CycleState.SETTLED,
            closes_at=_evening(closed_at - timedelta(weeks=back)),
            orders=count,
        )
    closed = write_cycle(
        season, number=PAST_CYCLES + 1, state=CycleState.CLOSED, closes_at=closed_at, orders=shape.orders
    )
    opened = write_cycle(
        season,
        number=PAST_CYCLES + 2,
        state=CycleState.OPEN,
        closes_at=_evening(now + timedelta(days=2)),
        orders=int(shape.orders * 0.34),
    )
    post_season(season)
    write_present(season, closed=closed, opened=opened)
    if shape is MARKETS[0]:
        publish(CycleClosed(cycle_id=closed.pk))  # the worker makes its documents while the first visitor looks around


def _evening(moment: datetime) -> datetime:
    return timezone.make_aware(datetime.combine(timezone.localdate(moment), time(20)))


def _market(shape: Shape, now: datetime) -> tuple[Organisation, Market]:
    mrc = Territory.objects.get(kind="mrc", name=shape.mrc)
    organisation = Organisation.objects.create(
        name=shape.name.replace("Marché", "Coopérative du marché", 1),
        slug=f"marche-{shape.slug}-demo",
        legal_form=LegalForm.COOP_SOLIDARITY if shape.slug != "quebec" else LegalForm.NON_PROFIT,
        mrc=mrc,
        description=shape.summary,
        email=f"{shape.slug}@demo.maillage.example",
        address="1, place du Marché",
        postal_code=f"{shape.prefix} 1A1",
        is_demo=True,
    )
    market = Market.objects.create(
        organisation=organisation,
        name=shape.name,
        slug=shape.slug,
        summary=shape.summary,
        margin_mode=shape.mode,
        margin_rate=shape.rate,
        membership_required=True,
        payment_methods=[PaymentMethod.BALANCE, PaymentMethod.INTERAC, PaymentMethod.PICKUP],
        credit_limit=Decimal("0.00"),
        order_minimum=Decimal("0.00"),
        interac_email=f"paiements-{shape.slug}@demo.maillage.example",
        tps_number="123456789RT0001",
        tvq_number="1234567890TQ0001",
        territory=mrc,
        is_demo=True,
    )
    CycleTemplate.objects.create(
        market=market, opens_time=time(12), closes_time=time(20), opens_weekday=3, closes_weekday=6, delivered_weekday=2
    )
    return organisation, market


def _places(shape: Shape, market: Market, random: Random) -> list[Place]:
    places = []
    for point in shape.points:
        row = PickupPoint.objects.create(
            market=market,
            name=point.name,
            address=f"{names.address(random)}, {point.municipality}",
            postal_code=names.postal_code(random, point.postal),
            latitude=Decimal(str(point.latitude)),
            longitude=Decimal(str(point.longitude)),
        )
        PickupWindow.objects.create(point=row, opens=time(15), closes=time(19))
        scale = Decimal(point.weight) * shape.orders / 450
        crates = {str(t): (scale * share / 10).quantize(Decimal(1)) + 4 for t, share in CRATES.items()}
        PointCapacity.objects.bulk_create(
            PointCapacity(point=row, temperature=t, crates=amount) for t, amount in crates.items()
        )
        places.append(Place(row.name, row.pk, None, Decimal("0.00"), crates))
    for zone in shape.zones:
        row_of_zone = DeliveryZone.objects.create(
            market=market,
            name=zone.name,
            postal_prefixes=list(zone.prefixes),
            fee=zone.fee,
            minimum=zone.minimum,
            opens=time(15),
            closes=time(20),
        )
        places.append(Place(zone.name, None, row_of_zone.pk, zone.fee, None))
    return places


def _members(
    shape: Shape,
    organisation: Organisation,
    cast: list[Character],
    places: list[Place],
    book_id: int,
    random: Random,
    now: datetime,
) -> list[Member]:
    """People, their memberships and fees. The cast comes first; the active ones are those who order."""
    known = [account_of(c).person.pk for c in cast if c.is_member]
    people = reserve(Person, shape.members - len(known))
    someone = names.people(random)
    copy(Person, (_person(pk, next(someone), shape, random) for pk in people), now=now)
    persons = [*known, *people]
    today = timezone.localdate(now)
    member_class = MemberClass.objects.create(
        organisation=organisation,
        name="Membre",
        description="Une voix à l'assemblée, un panier à chaque cycle.",
        fee=shape.fee,
        period="year",
    )
    MemberSequence.objects.create(organisation=organisation, last=len(persons))
    postings: list[Posting] = []
    rows = []
    for number, person_id in enumerate(persons, start=1):
        since = today - timedelta(days=random.randint(5, 350))
        rows.append(
            {
                "organisation_id": organisation.pk,
                "person_id": person_id,
                "member_class_id": member_class.pk,
                "number": number,
                "during": DateRange(since, since + timedelta(days=365)),
                "fee": shape.fee,
            }
        )
        postings += _fee(shape, number, person_id, since)
    copy(Membership, rows, now=now)
    ledger.post_many(book_id=book_id, postings=postings)
    weights = [p.weight for p in shape.points] + [15] * len(shape.zones)
    return [
        Member(
            person_id=person_id,
            slot_index=random.choices(range(len(places)), weights)[0],
            appetite=max(0.3, random.gauss(1, 0.35)),
            method=random.choices([PaymentMethod.INTERAC.value, PaymentMethod.PICKUP.value], [70, 30])[0],
        )
        for person_id in persons[: shape.active]
    ]


def _person(pk: int, name: tuple[str, str], shape: Shape, random: Random) -> dict[str, object]:
    given, family = name
    return {
        "id": pk,
        "given_name": given,
        "family_name": family,
        "email": f"membre{pk}@demo.maillage.example",
        "postal_code": names.postal_code(random, shape.prefix),
        "is_demo": True,
    }


def _fee(shape: Shape, number: int, person_id: int, since: date) -> list[Posting]:
    owed = Line(AccountKind.MEMBER, shape.fee, person_id=person_id)
    paid = Line(AccountKind.MEMBER, -shape.fee, person_id=person_id)
    return [
        Posting(
            f"fee:demo:{number}", since, f"Cotisation du membre {number}", [owed, Line(AccountKind.FEES, -shape.fee)]
        ),
        Posting(
            f"fee-paid:demo:{number}",
            since,
            f"Paiement de la cotisation {number}",
            [Line(AccountKind.BANK, shape.fee), paid],
        ),
    ]


def _give_roles(organisation: Organisation, producer_id: int, cast: list[Character], now: datetime) -> None:
    since = DateRange(timezone.localdate(now) - timedelta(days=900), None)
    for character in cast:
        if character.role is None:
            continue
        place = producer_id if character.role == RoleKind.PRODUCER else organisation.pk
        person: Person = account_of(character).person
        Role.objects.create(person=person, organisation_id=place, kind=character.role, during=since)
