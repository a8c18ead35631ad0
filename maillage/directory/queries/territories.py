"""Territories as a dated tree, and finding one by its name."""

import csv
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path

from django.db import connection
from django.db.models import QuerySet

from maillage.core.text import fold

from ..models import Territory, TerritoryKind, TerritoryParent
from ..text import place_key
from ..types import Branch, Tile

DATA = Path(__file__).resolve().parent.parent / "data"
_ORDER = (
    TerritoryKind.MRC,
    TerritoryKind.REGION,
    TerritoryKind.SERVICE,
    TerritoryKind.MUNICIPALITY,
    TerritoryKind.PROVINCE,
)


def territories(*, kind: TerritoryKind | str) -> QuerySet[Territory]:
    """All territories of a kind, by name."""
    return Territory.objects.filter(kind=kind)


def parent_of(territory: Territory | int, day: date) -> Territory | None:
    """The administrative parent that day: a municipality's MRC, an MRC's region, a region's province."""
    child_id = territory if isinstance(territory, int) else territory.pk
    link = (
        TerritoryParent.objects.filter(child_id=child_id, kind="administrative", during__contains=day)
        .select_related("parent")
        .first()
    )
    return link.parent if link else None


def region_of(mrc: Territory | int, day: date) -> Territory | None:
    """The administrative region that an MRC belongs to that day (Brome-Missisquoi: Montérégie, Estrie from
    2021-07-08).
    """
    return parent_of(mrc, day)


def children_of(territory: Territory, day: date) -> QuerySet[Territory]:
    """The territories directly inside that day: MRCs of a region or service territory, municipalities of an MRC."""
    kind = "service" if territory.kind == TerritoryKind.SERVICE else "administrative"
    links = TerritoryParent.objects.filter(parent=territory, kind=kind, during__contains=day)
    return Territory.objects.filter(pk__in=links.values("child_id"))


def descendants(territory: Territory, day: date) -> QuerySet[Territory]:
    """Everything inside that day, at any depth, without `territory` itself. Two statements."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE inside(id) AS (
                SELECT child_id FROM directory_territoryparent
                WHERE parent_id = %(id)s AND kind = %(kind)s AND during @> %(day)s::date
                UNION
                SELECT link.child_id FROM directory_territoryparent link JOIN inside ON link.parent_id = inside.id
                WHERE link.kind = 'administrative' AND link.during @> %(day)s::date
            ) SELECT id FROM inside
            """,
            {
                "id": territory.pk,
                "kind": "service" if territory.kind == TerritoryKind.SERVICE else "administrative",
                "day": day,
            },
        )
        ids = [row[0] for row in cursor.fetchall()]
    return Territory.objects.filter(pk__in=ids)


def mrcs_of(territory: Territory, day: date) -> QuerySet[Territory]:
    """The MRCs inside that day; an MRC is inside itself."""
    if territory.kind == TerritoryKind.MRC:
        return Territory.objects.filter(pk=territory.pk)
    return descendants(territory, day).filter(kind=TerritoryKind.MRC)


def find_territory(name: str, *, kinds: Sequence[TerritoryKind | str] = _ORDER) -> Territory | None:
    """The territory of that name; case, accents, hyphens and articles are forgiven (`Haut-Richelieu`, `les iles de la
    madeleine`).

    `kinds`: those looked at, the preferred one first (MRC, region, service territory, municipality, province unless
    told). A name that fits with its article goes before one that fits without: `Laurentides` is the region, `Les
    Laurentides` the MRC.
    """
    exact, bare = fold(name), place_key(name)
    if not exact:
        return None
    ranked = [str(kind) for kind in kinds]
    found = Territory.objects.filter(kind__in=ranked, keys__overlap=list({exact, bare}))

    def rank(territory: Territory) -> tuple[bool, bool, int]:
        return (fold(territory.name) != exact, exact not in territory.keys, ranked.index(territory.kind))

    return min(found, key=rank, default=None)


def tree(*, day: date) -> list[Branch]:
    """The regions of Québec that day with their MRCs and, in each, the municipalities in use. Two statements."""
    links = TerritoryParent.objects.filter(kind="administrative", during__contains=day)
    inside: dict[int, list[tuple[Territory, date | None]]] = {}
    for link in links.select_related("child").order_by("child__name"):
        inside.setdefault(link.parent_id, []).append((link.child, link.during.lower))
    return [
        Branch(region, None, _branches(inside, region))
        for region in Territory.objects.filter(kind=TerritoryKind.REGION).order_by("code")
    ]


def _branches(inside: dict[int, list[tuple[Territory, date | None]]], parent: Territory) -> list[Branch]:
    return [Branch(child, since, _branches(inside, child)) for child, since in inside.get(parent.pk, [])]


@cache
def _tiles() -> dict[str, tuple[int, int]]:
    with (DATA / "mrc_tiles.csv").open(encoding="utf-8", newline="") as file:
        return {row["mrc"]: (int(row["column"]), int(row["row"])) for row in csv.DictReader(file)}


def tile_grid(*, day: date) -> list[Tile]:
    """The 104 MRCs in their places of the tile-grid map of Québec, with their region of that day. Two statements."""
    mrcs = {t.pk: t for t in Territory.objects.filter(kind=TerritoryKind.MRC)}
    links = TerritoryParent.objects.filter(child_id__in=mrcs, kind="administrative", during__contains=day).values_list(
        "child_id", "parent__code"
    )
    regions = dict(links)
    return [
        Tile(pk, mrc.code, mrc.name, regions.get(pk, ""), *_tiles()[mrc.code])
        for pk, mrc in mrcs.items()
        if mrc.code in _tiles()
    ]
