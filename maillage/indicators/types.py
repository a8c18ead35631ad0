"""Values of indicators that pages, documents and other contexts use."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from maillage.core.events import Event
from maillage.core.period import Period
from maillage.directory.types import Organisation

__all__ = ["BlockView", "Drift", "FigureData", "Part", "ReportView", "RowChange", "SectionView", "period_of"]


def period_of(stored: Any) -> Period:
    """A date range of the base (or the pair that it was made with) as a Period."""
    return Period(*stored) if isinstance(stored, tuple) else Period(stored.lower, stored.upper)


@dataclass(frozen=True)
class Part:
    """One bar, one tile: the key and the label of a value of a dimension, and the figure there."""

    key: Any
    label: str
    value: Decimal | None


@dataclass(frozen=True)
class FigureData:
    """A figure ready to be shown. `parts` by dimension; `previous` None when there is nothing to compare with."""

    key: str
    name: str
    unit: str
    value: Decimal | None
    previous: Decimal | None
    sentence: str
    decimals: int = 0
    target: Decimal | None = None
    operator: str = ""
    note: str = ""
    parts: dict[str, list[Part]] = field(default_factory=dict)
    previous_parts: dict[str, list[Part]] = field(default_factory=dict)
    unrecorded: bool = False  # the period before has no row at all: nothing to compare with, rather than zero
    columns: tuple[str, ...] = ()  # headings of the rows, where the report shows them
    rows: list[tuple[str, ...]] = field(default_factory=list)
    url: str = ""

    @property
    def change(self) -> Decimal | None:
        """Growth on the previous period, as a fraction."""
        if self.value is None or not self.previous:
            return None
        return (self.value - self.previous) / self.previous

    @property
    def on_target(self) -> bool | None:
        if self.target is None or self.value is None:
            return None
        return {">=": self.value >= self.target, "<=": self.value <= self.target, "=": self.value == self.target}[
            self.operator
        ]


@dataclass(frozen=True)
class BlockView:
    """One block of a report: its kind and what that kind shows."""

    kind: str
    title: str = ""
    text: str = ""
    figures: list[FigureData] = field(default_factory=list)
    svg: str = ""
    alt: str = ""
    parts: list[Part] = field(default_factory=list)
    table: tuple[tuple[str, ...], list[tuple[str, ...]]] = ((), [])
    name: str = ""  # of the picture's file
    at: int = 0  # its place in the section's outline


@dataclass(frozen=True)
class SectionView:
    title: str
    slug: str
    blocks: list[BlockView]


@dataclass(frozen=True)
class ReportView:
    title: str
    lead: str
    organisation: Organisation
    period: Period
    sections: list[SectionView]
    published_on: date | None
    is_demo: bool

    @property
    def figures(self) -> dict[str, FigureData]:
        return {f.key: f for s in self.sections for b in s.blocks for f in b.figures}


@dataclass(frozen=True)
class RowChange:
    """A row that came, went or changed since publication, told in one sentence."""

    pk: int
    sentence: str
    url: str = ""


@dataclass(frozen=True)
class Drift:
    """How a published figure would be counted today."""

    key: str
    name: str
    unit: str
    published: Decimal | None
    now: Decimal | None
    came: list[RowChange]
    went: list[RowChange]
    changed: list[RowChange]
    decimals: int = 0
    counts: tuple[int, int, int] = (0, 0, 0)  # of rows that came, went and changed, those that are not told included

    @property
    def moved(self) -> bool:
        return self.published != self.now or bool(self.came or self.went or self.changed)


@dataclass(frozen=True)
class DeclarationAsked(Event):
    """A declaration moved: its member, or the network that it was sent to, is to be told."""

    declaration_id: int
    why: str  # to the member: asked, returned, reminder, renewed, approved; to the network: submitted


@dataclass(frozen=True)
class NumberAsked(Event):
    """A person is to receive the link to the one number that they owe; or who asked is told that it came."""

    request_id: int
    why: str  # asked, reminder, renewed; answered


@dataclass(frozen=True)
class CountingSaid(Event):
    """A network asks a member to let its work be counted, or the member's direction said what it wants."""

    link_id: int
    why: str  # to the member: asked; to the network: counted, declined, stopped
