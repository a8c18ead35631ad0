"""The history of an organisation's MRC, sector and size."""

from dataclasses import dataclass
from datetime import date

from ..models import Organisation, PastSituation, Sector, Territory
from ..models.frozen import SizeBand, size_band


@dataclass(frozen=True)
class Situation:
    """What was true from `since` (None: from the beginning) until `until` (None: still). `past`: the row that keeps it;
    `began`: the row whose end is its beginning."""

    since: date | None
    until: date | None
    mrc: Territory | None
    sector: Sector | None
    employees: int | None
    began: PastSituation | None = None

    @property
    def size(self) -> str:
        """The band, as people read it."""
        band = size_band(self.employees)
        return str(SizeBand(band).label) if band else ""


def situations_of(organisation: Organisation) -> list[Situation]:
    """The situations of the organisation, today's first. One statement, besides its own MRC and sector."""
    past = list(organisation.past_situations.select_related("mrc", "sector").order_by("until"))
    rows: list[Situation] = []
    began: PastSituation | None = None
    for row in past:
        rows.append(Situation(began.until if began else None, row.until, row.mrc, row.sector, row.employees, began))
        began = row
    now = organisation
    rows.append(Situation(began.until if began else None, None, now.mrc, now.sector, now.employees, began))
    return rows[::-1]
