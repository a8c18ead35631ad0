"""What is copied of an enterprise on a row of work: a figure of that year must not change when the enterprise moves."""

from collections.abc import Iterable
from datetime import date
from typing import Any, ClassVar, TypedDict

from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.choices import Choice

from .organisation import Organisation, Sector
from .situation import PastSituation
from .territory import Territory, TerritoryKind, TerritoryParent


class SizeBand(models.TextChoices):
    """By number of employees; the empty value is "not known"."""

    NONE = "0", _("aucun employé")
    MICRO = "1-4", _("1 à 4 employés")
    SMALL = "5-19", _("5 à 19 employés")
    MEDIUM = "20-49", _("20 à 49 employés")
    UPPER = "50-99", _("50 à 99 employés")
    LARGE = "100-249", _("100 à 249 employés")
    GIANT = "250+", _("250 employés et plus")


_BANDS = [
    (0, SizeBand.NONE),
    (4, SizeBand.MICRO),
    (19, SizeBand.SMALL),
    (49, SizeBand.MEDIUM),
    (99, SizeBand.UPPER),
    (249, SizeBand.LARGE),
]


def size_band(employees: int | None) -> str:
    """The band of a number of employees; "" when it is not known."""
    if employees is None:
        return ""
    return next((band.value for limit, band in _BANDS if employees <= limit), SizeBand.GIANT.value)


class Snapshot(TypedDict):
    """Keys of the territory and the sector, and the size band, as they were."""

    mrc_id: int | None
    region_id: int | None
    sector_id: int | None
    size: str


class Frozen(models.Model):
    """Mixin: MRC, administrative region, sector and size as they were when the work was done."""

    mrc = models.ForeignKey(Territory, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    region = models.ForeignKey(Territory, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    sector = models.ForeignKey(Sector, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    size = Choice(max_length=8, choices=SizeBand, blank=True)

    class Meta:
        abstract = True
        indexes: ClassVar[list[models.Index]] = []


def region_of(mrc_id: int | None, on: date) -> int | None:
    """Key of the administrative region that the MRC belongs to on that day."""
    if mrc_id is None:
        return None
    links = TerritoryParent.objects.filter(
        child_id=mrc_id, kind="administrative", parent__kind=TerritoryKind.REGION, during__contains=on
    )
    return links.values_list("parent_id", flat=True).first()


def _as_on(enterprise: Organisation, past: Iterable[PastSituation], on: date) -> Organisation | PastSituation:
    """What says where the enterprise was that day. `past`: its past situations, the oldest first."""
    return next((p for p in past if on < p.until), enterprise)


def _copied(source: Organisation | PastSituation, region_id: int | None) -> Snapshot:
    return Snapshot(
        mrc_id=source.mrc_id, region_id=region_id, sector_id=source.sector_id, size=size_band(source.employees)
    )


def snapshot(enterprise: Organisation, on: date) -> Snapshot:
    """The enterprise's MRC, region, sector and size as they were on `on`, to copy on a row of that day. Two queries:
    its history, and the region."""
    past = PastSituation.objects.filter(organisation=enterprise, until__gt=on).order_by("until")
    source = _as_on(enterprise, past[:1], on)
    return _copied(source, region_of(source.mrc_id, on))


def snapshots(enterprises: Iterable[Organisation], days: Iterable[date]) -> dict[date, dict[int, Snapshot]]:
    """`snapshot` of many enterprises on several days: by day, by key of the enterprise. Two statements."""
    known, wanted = list(enterprises), set(days)
    past: dict[int, list[PastSituation]] = {}
    for row in PastSituation.objects.filter(organisation__in=[e.pk for e in known]).order_by("until"):
        past.setdefault(row.organisation_id, []).append(row)
    sources = {day: {e.pk: _as_on(e, past.get(e.pk, ()), day) for e in known} for day in wanted}
    mrcs = {s.mrc_id for of_day in sources.values() for s in of_day.values() if s.mrc_id}
    links = TerritoryParent.objects.filter(
        child_id__in=mrcs, kind="administrative", parent__kind=TerritoryKind.REGION
    ).values_list("child_id", "parent_id", "during")
    parents: dict[int, list[tuple[int, Any]]] = {}
    for child_id, parent_id, during in links:
        parents.setdefault(child_id, []).append((parent_id, during))

    def region(mrc_id: int | None, day: date) -> int | None:
        return next((parent for parent, during in parents.get(mrc_id or 0, []) if day in during), None)

    return {
        day: {key: _copied(source, region(source.mrc_id, day)) for key, source in of_day.items()}
        for day, of_day in sources.items()
    }
