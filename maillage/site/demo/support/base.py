"""What the makers of demonstration records share."""

import csv
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from django.apps import apps
from django.utils import timezone

from maillage.directory.models import Account, Organisation, Person, Sector, Territory, TerritoryParent
from maillage.directory.queries import find_territory
from maillage.funding.models import Agreement, Stream

DEMO = "(démonstration)"


@dataclass
class Base:
    """The cast of the demonstration and its randomness (one seed, the same records each time)."""

    now: datetime
    organisation: Organisation
    people: dict[str, Person]
    streams: dict[str, Stream]
    random: Random
    agreements: dict[str, Agreement] = field(default_factory=dict)
    pool: list[Organisation] = field(default_factory=list)  # the export enterprises of 2022-2023, in MRC order
    innovation: list[Organisation] = field(default_factory=list)
    others: list[Organisation] = field(default_factory=list)

    @property
    def today(self) -> date:
        return timezone.localdate(self.now)

    @property
    def adviser(self) -> Person:
        return self.people["conseil"]

    @property
    def account(self) -> Account | None:
        return self.adviser.account


def published(name: str) -> list[dict[str, str]]:
    """The rows of a file of published figures."""
    folder = Path(apps.get_app_config("indicators").path) / "data"
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def mrc_named(name: str) -> Territory:
    found = find_territory(name, kinds=("mrc",))
    if found is None:
        raise LookupError(name)
    return found


@cache
def _parents() -> list[tuple[int, int, Any]]:
    links = TerritoryParent.objects.filter(kind="administrative", parent__kind="region", child__kind="mrc")
    return [(link.child_id, link.parent_id, link.during) for link in links]


def region_on(mrc_id: int | None, day: date) -> int | None:
    """Key of the region that the MRC belonged to that day."""
    return next((p for c, p, during in _parents() if c == mrc_id and _inside(day, during)), None)


def _inside(day: date, during: Any) -> bool:
    return (during.lower is None or during.lower <= day) and (during.upper is None or day < during.upper)


def frozen(enterprise: Organisation, day: date) -> dict[str, Any]:
    """The columns frozen on a row of work dated `day`."""
    from maillage.directory.models.frozen import size_band

    return {
        "mrc_id": enterprise.mrc_id,
        "region_id": region_on(enterprise.mrc_id, day),
        "sector_id": enterprise.sector_id,
        "size": size_band(enterprise.employees),
    }


def forget() -> None:
    """Keys read once belong to this load."""
    _parents.cache_clear()
    sectors.cache_clear()


@cache
def sectors() -> list[int]:
    detailed = list(Sector.objects.filter(code__regex=r"^\d{3}$").values_list("pk", flat=True))
    return detailed or list(Sector.objects.values_list("pk", flat=True))


_WORDS = (
    "Rivelaine Boréalis Kaméo Tremplune Vertmont Solvane Orignac Fleurimax Nordelle Brumagne Céladon Harfange Mirabois "
    "Ondavent Pierrebise Quenouille Rochevert Sapinel Tournesol Ursane Vallombre Yamasko Zéphirine Argentelle Bleuvent "
    "Chantepluie Doréval Escarbille Framboisine Glaisine"
)
_TRADES = (
    "Atelier Fabrique Industries Technologies Laboratoires Fromagerie Distillerie Meubles Plastiques Équipements "
    "Aliments Emballages Métaux Textiles Logiciels Cosmétiques Brasserie Instruments"
)
WORDS, TRADES = _WORDS.split(), _TRADES.split()


def make_enterprises(base: Base, count: int, mrcs: list[Territory], *, slug: str) -> list[Organisation]:
    """`count` enterprises that do not exist, one after the other in `mrcs`, repeated."""
    random, known = base.random, sectors()
    made = []
    for n in range(count):
        trade, word = TRADES[(n * 7 + len(slug)) % len(TRADES)], WORDS[(n * 11 + len(slug) * 3) % len(WORDS)]
        made.append(
            Organisation(
                name=f"{trade} {word} {n + 1} {DEMO}",
                slug=f"demo-{slug}-{n + 1}",
                legal_form=random.choice(["corporation", "corporation", "coop_worker", "non_profit"]),
                sector_id=random.choice(known) if known else None,
                mrc=mrcs[n % len(mrcs)],
                employees=random.choice([0, 3, 4, 8, 12, 19, 26, 45, 70, 130]),
                is_demo=True,
            )
        )
    return Organisation.objects.bulk_create(made)


def workdays(start: date, end: date) -> list[date]:
    """Mondays to Fridays of `[start, end)`."""
    days = [start + timedelta(days=n) for n in range((end - start).days)]
    return [d for d in days if d.weekday() < 5]


def noon(day: date, *, hour: int = 17) -> datetime:
    """A moment of that day (UTC; 17:00 is noon or one o'clock in Montréal)."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def spread(random: Random, total: int, parts: int) -> list[int]:
    """`total` split in `parts` of one or more, unevenly."""
    shares = [1] * parts
    for _ in range(total - parts):
        shares[random.randrange(parts)] += 1
    return shares
