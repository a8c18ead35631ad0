"""How rows are split and shown."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db import models
from django.db.models import F
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, TruncMonth, TruncYear
from django.utils.translation import gettext_lazy as _

from .measures import canonical
from .terms import BadFilter, Label, Number


@dataclass(frozen=True)
class Dimension:
    """A way to split rows: the key at `path`, its name at `display` or in `choices` (key → label).

    `organisation=True`: `path` leads to an organisation; merged duplicates are one.
    `many=True`: `path` crosses a to-many relation with unique pairs (an intervention and its agreements): a row counts
    in each of its parts, so parts do not add up, and a filter keeps the rows that have any of the values.
    """

    path: str
    label: Label
    display: str = ""
    choices: Any = None
    organisation: bool = False
    many: bool = False

    @property
    def named(self) -> bool:
        """Whether the name is another column than the key."""
        return bool(self.organisation or self.display)

    def key(self) -> Combinable:
        return canonical(self.path) if self.organisation else F(self.path)

    def name(self) -> Combinable:
        if self.organisation:
            key = self.path.removesuffix("_id")
            return Coalesce(f"{key}__merged_into__name", f"{key}__name")
        return F(self.display or self.path)

    def through(self, prefix: str) -> "Dimension":
        """The same of the row that `prefix` ("mandate__") leads to."""
        return replace(self, path=f"{prefix}{self.path}", display=self.display and f"{prefix}{self.display}")

    def label_of(self, value: Any) -> str:
        if value is None or value == "":
            return str(_("non précisé"))
        if self.choices is not None:
            known = self.choices() if callable(self.choices) and not isinstance(self.choices, type) else self.choices
            pairs = getattr(known, "choices", known)
            return str(dict(pairs).get(value, value))
        if isinstance(value, bool):
            return str(_("oui")) if value else str(_("non"))
        return str(value)


@dataclass(frozen=True)
class Month:
    """The months, or the years, of the fact's date."""

    path: str
    label: Label
    year: bool = False
    named = False
    many = False

    def key(self) -> Combinable:
        trunc = TruncYear if self.year else TruncMonth
        return trunc(self.path, output_field=models.DateField())

    name = key

    def label_of(self, value: Any) -> str:
        if value is None or value == "":
            return str(_("sans date"))
        try:
            day = date.fromisoformat(value) if isinstance(value, str) else value
        except ValueError as error:
            raise BadFilter(f"{value!r} is no date") from error
        return f"{day:%Y}" if self.year else f"{day:%Y-%m}"


@dataclass(frozen=True)
class Column:
    """A column of the drill-down and of the export. `kind`: text, date, number, money, choice (then `choices`).

    `adds`: each row holds its own quantity, so that a sum at the foot means something (not a value of its parent,
    repeated on several rows).
    """

    path: str
    label: Label
    kind: str = "text"
    choices: Any = None
    adds: bool = False


@dataclass(frozen=True)
class RowUrl:
    """Where a row opens: `reverse(name, args=[value at path])`."""

    name: str
    path: str


@dataclass(frozen=True)
class Entered:
    """When a row was entered and by which account: what a report's drift tells. Paths on the row."""

    at: str = "created_at"
    by: str = ""


@dataclass(frozen=True)
class Cell:
    """One part of a breakdown. `keys` in the order of the dimensions asked, `labels` beside."""

    keys: tuple[Any, ...]
    labels: tuple[str, ...]
    value: Number
