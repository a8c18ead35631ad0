"""A spreadsheet that becomes rows: read, shown, then written. What a context imports is a `Kind`:

    MENTIONS = Kind(
        title=_("Importer une revue de presse"),
        counted=lambda n: ngettext("%(n)s mention", "%(n)s mentions", n) % {"n": n},
        fields=(Field("on", _("Date"), ("date", "jour"), kind="day", needed=True), …),
        check=check,          # check(lines, *, organisation, user, today): fills errors, known, title, entry
        write=write,          # write(entries, *, organisation_id, by) -> how many were made
        writers=WRITERS,
        back=lambda organisation: reverse("press:mentions"),
    )

`directory.imports` gives it its pages: the file, questions about what it leaves open, what would be written, what is
wrong by reason, the confirmation (a job with its progress when it is long). The same file twice changes nothing:
`check` says what is known.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from . import sheets
from .numbers import decimal_of
from .text import fold
from .typed import FIRST, LAST

_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")


@dataclass(frozen=True)
class Field:
    """A column that is understood: its name, its label, headings that name it (folded), what its cells hold."""

    name: str
    label: Any
    headings: tuple[str, ...] = ()
    kind: str = "text"  # text, day or number
    needed: bool = False

    def names(self, heading: str) -> bool:
        folded = fold(heading)
        return bool(folded) and folded in {fold(str(self.label)), *map(fold, self.headings)}


@dataclass
class Line:
    """A row of a file: its cells by field, what they say (`values`), what is wrong (`errors`: field, sentence).

    `known`: it is there already. `title`, `more`: what the preview says of it. `entry`: what `write` is given.
    """

    number: int
    cells: dict[str, str]
    values: dict[str, Any]
    errors: list[tuple[str, str]] = field(default_factory=list)
    known: bool = False
    title: str = ""
    more: list[str] = field(default_factory=list)
    entry: Any = None

    def wrong(self, name: str, sentence: str) -> None:
        self.errors.append((name, sentence))

    @property
    def ready(self) -> bool:
        return not self.errors and not self.known

    @property
    def state(self) -> str:
        return "wrong" if self.errors else "known" if self.known else "ready"


@dataclass(frozen=True)
class Kind:
    """What is imported. `counted(n)`: « 3 mentions ». `batch`: how many entries `write` is given at once, each time in
    an action of its own; 0, all of them together. `words(organisation)`: what cells may say, for the model file."""

    title: Any
    counted: Callable[[int], str]
    fields: Sequence[Field]
    check: Callable[..., None]
    write: Callable[..., int]
    writers: tuple[str, ...]
    back: Callable[[Any], str]
    lead: Any = ""
    batch: int = 2_000
    words: Callable[[Any], Mapping[str, Iterable[Any]]] | None = None

    @property
    def told(self) -> list[Field]:
        """The columns that a page names: not those that repeat another with a number."""
        return [f for f in self.fields if not f.name[-1].isdigit()]


# --- which column is which

type Columns = dict[str, int | None]


def candidates(kind: Kind, headings: Sequence[str]) -> dict[str, list[int]]:
    """For each field, the columns that its headings name."""
    return {f.name: [n for n, heading in enumerate(headings) if f.names(heading)] for f in kind.fields}


def settled(kind: Kind, headings: Sequence[str], given: Mapping[str, int | None], kept: Mapping[str, str]) -> Columns:
    """The column of each field that leaves no doubt: as answered, else as last time, else the only one so named."""
    found: Columns = {}
    for name, columns in candidates(kind, headings).items():
        last = [n for n, heading in enumerate(headings) if kept.get(name) and fold(heading) == fold(kept[name])]
        if name in given:
            column = given[name]
            found[name] = column if column is not None and 0 <= column < len(headings) else None
        elif len(last) == 1:
            found[name] = last[0]
        elif len(columns) <= 1:
            found[name] = columns[0] if columns else None
    return found


def open_columns(kind: Kind, columns: Columns) -> list[Field]:
    """Fields that several columns name, and needed ones that none does: a person says which."""
    return [f for f in kind.fields if f.name not in columns or (f.needed and columns[f.name] is None)]


# --- days and numbers


def day_order(texts: Iterable[str]) -> str:
    """Whether the day or the month comes first in days such as 03/04/2026: "day", "month", "" (none is so written, or
    both are the same), "ask" (nothing tells)."""
    firsts: set[str] = set()
    for text in texts:
        found = _DAY.match(text.strip())
        if found:
            one, two = int(found[1]), int(found[2])
            firsts.add("day" if one > 12 else "month" if two > 12 else "ask" if one != two else "")
    sure = firsts & {"day", "month"}
    return "day" if "day" in sure else "month" if sure else "ask" if "ask" in firsts else ""


def day_of(text: str, order: str = "day") -> date:
    """A day as files write it. Raises ValueError with a sentence."""
    found = _DAY.match(text.strip())
    if found is None or order != "month":
        return sheets.date_of(text)
    try:
        day = date(int(found[3]), int(found[1]), int(found[2]))
    except ValueError:
        day = date.min
    if FIRST <= day <= LAST:
        return day
    raise ValueError(_("« %(text)s » n'est pas une date (attendu : mois, jour, année).") % {"text": text[:40]})


def order_asked(kind: Kind, columns: Columns, rows: Iterable[tuple[int, Sequence[str]]]) -> str:
    """`day_order` of all the columns of days."""
    at = [columns[f.name] for f in kind.fields if f.kind == "day" and columns.get(f.name) is not None]
    return day_order(cells[n] for _number, cells in rows for n in at if n is not None)


def lines_of(kind: Kind, columns: Columns, rows: Iterable[tuple[int, Sequence[str]]], order: str) -> list[Line]:
    """The rows, their days and numbers read; what cannot be read is an error of its line."""
    readers: dict[str, Callable[[str], Any]] = {"day": lambda text: day_of(text, order), "number": decimal_of}
    lines = []
    for number, cells in rows:
        held = {f.name: cells[n] if (n := columns.get(f.name)) is not None else "" for f in kind.fields}
        line = Line(number, held, {})
        for one in kind.fields:
            text = held[one.name]
            if not text and one.needed:
                line.wrong(one.name, _("%(label)s : la cellule est vide.") % {"label": one.label})
            elif one.kind in readers:
                try:
                    line.values[one.name] = readers[one.kind](text) if text else None
                except ValueError as error:
                    line.wrong(one.name, f"{one.label} : {error}")
            else:
                line.values[one.name] = text
        lines.append(line)
    return lines


# --- what a person reads


@dataclass(frozen=True)
class Reason:
    """Why lines cannot be written: a sentence, and their numbers."""

    sentence: str
    numbers: list[int]

    @property
    def listed(self) -> str:
        """`4, 7, 12…`: the first twenty."""
        shown = ", ".join(map(str, self.numbers[:20]))
        return shown + ("…" if len(self.numbers) > 20 else "")


def reasons(lines: Iterable[Line]) -> list[Reason]:
    """What is wrong, each reason once, the most frequent first."""
    found: dict[str, list[int]] = {}
    for line in lines:
        for _name, sentence in line.errors:
            numbers = found.setdefault(sentence, [])
            if not numbers or numbers[-1] != line.number:
                numbers.append(line.number)
    return sorted((Reason(s, n) for s, n in found.items()), key=lambda r: (-len(r.numbers), r.numbers[0]))
