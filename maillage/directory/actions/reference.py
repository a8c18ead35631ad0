"""Reference data: territories, sectors, consent texts. Loading again changes nothing that has not changed."""

import csv
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

from maillage.core.actions import action

from .. import access
from ..models import Account, ConsentText, Sector, Territory, TerritoryParent

DATA = Path(__file__).resolve().parent.parent / "data"


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@action(access.house)
def load_reference(*, by: Account | None = None) -> dict[str, int]:
    """Everything below, in one transaction. Returns the number of rows of each kind."""
    return {
        "territories": load_territories(by=by),
        "sectors": load_sectors(by=by),
        "consent_texts": load_consent_texts(by=by),
    }


@action(access.house)
def load_territories(*, by: Account | None = None) -> int:
    """Québec, its regions, MRCs, municipalities and service territories, with their dated parents (`data/`).

    Idempotent: rows are found by kind and code; the links of a child of the file become those of the file.
    """
    territories = []
    for row in _rows("territories.csv"):
        territory = Territory(
            kind=row["kind"],
            code=row["code"],
            name=row["name"],
            other_names=[n for n in row["other_names"].split("|") if n],
            population=int(row["population"]) if row["population"] else None,
            latitude=Decimal(row["latitude"]) if row["latitude"] else None,
            longitude=Decimal(row["longitude"]) if row["longitude"] else None,
        )
        territory.keys = territory.keys_of_names()
        territories.append(territory)
    Territory.objects.bulk_create(
        territories,
        update_conflicts=True,
        unique_fields=["kind", "code"],
        update_fields=["name", "other_names", "keys", "population", "latitude", "longitude"],
    )
    _load_parents()
    return len(territories)


def _load_parents() -> None:
    ids = {(kind, code): pk for kind, code, pk in Territory.objects.values_list("kind", "code", "pk")}
    wanted = {
        (
            ids[row["child_kind"], row["child_code"]],
            ids[row["parent_kind"], row["parent_code"]],
            row["kind"],
            _day(row["from"]),
            _day(row["until"]),
        )
        for row in _rows("territory_parents.csv")
    }
    known = {
        (link.child_id, link.parent_id, link.kind, link.during.lower, link.during.upper): link.pk
        for link in TerritoryParent.objects.filter(child__in={child for child, *_ in wanted})
    }
    TerritoryParent.objects.filter(pk__in=[pk for link, pk in known.items() if link not in wanted]).delete()
    TerritoryParent.objects.bulk_create(
        TerritoryParent(child_id=child, parent_id=parent, kind=kind, during=(start, end))
        for child, parent, kind, start, end in sorted(wanted - known.keys(), key=str)
    )


@action(access.house)
def load_sectors(*, by: Account | None = None) -> int:
    """SCIAN sectors (2 digits) and subsectors (3 digits), in French and in English. Idempotent by code."""
    sectors = [Sector(**row) for row in _rows("sectors.csv")]
    Sector.objects.bulk_create(
        sectors, update_conflicts=True, unique_fields=["code"], update_fields=["name", "name_en"]
    )
    return len(sectors)


@action(access.house)
def load_consent_texts(*, by: Account | None = None) -> int:
    """The platform's consent texts. A version that is in the base is never rewritten: people agreed to its words."""
    texts = list(_rows("consents.csv"))
    for row in texts:
        ConsentText.objects.get_or_create(
            purpose=row["purpose"],
            version=int(row["version"]),
            organisation=None,
            defaults={
                "text_fr": row["text_fr"],
                "text_en": row["text_en"],
                "in_force_from": date.fromisoformat(row["in_force_from"]),
            },
        )
    return len(texts)
