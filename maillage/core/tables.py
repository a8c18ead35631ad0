"""Lists of rows: columns declared once, for the page, for its sort, and for the file that it gives.

    REFERRALS = Table(
        gettext_lazy("Références faites"),
        Column("referred_on", gettext_lazy("Date"), kind="day", href=address("accompaniment:referral"), head=True),
        Column("enterprise", gettext_lazy("Entreprise"), order="enterprise__name"),
        Column("state", gettext_lazy("État"), tones={"done": "good"}),
    )

    def referrals_listed(*, user, asked) -> Listing:      # what the page shows and the file holds, scoped to `user`
        state, text = asked.get("etat", ""), asked.get("q", "")
        return Listing(
            REFERRALS,
            queries.referrals_for(user=user, state=state, text=text),
            search=text,
            chips=(Chip(gettext("Toutes"), {}, not state), …),
            empty=Empty(gettext("Aucune référence"), …),
        )

A view answers with `directory.downloads.listed`; its template says `<c-listing :table="table" />`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import CharField, F, QuerySet, TextField
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext

from . import sheets
from .templatetags import maillage as say
from .text import Sorting, unaccented

SORT, PAGE, SEARCH, FILE = "tri", "page", "q", "fichier"
KINDS = {"text": "text", "day": "date", "moment": "datetime", "money": "money", "count": "integer", "number": "number"}
"""What a column holds, and how a spreadsheet shows it."""
SAID: Mapping[str, Callable[[Any], str]] = {
    "day": say.short_day,
    "moment": lambda value: say.moment(value, "SHORT_DATETIME_FORMAT"),
    "money": say.money,
    "count": say.number,
    "number": say.quantity,
}
NUMERIC = ("money", "count", "number")


@dataclass(frozen=True)
class Badge:
    """Words in a badge of that tone: good, warn, bad, info or neutral."""

    words: Any
    tone: str

    def __str__(self) -> str:
        return str(self.words)

    @property
    def html(self) -> str:
        return format_html('<span class="badge badge-{}">{}</span>', self.tone, self.words)


@dataclass(frozen=True)
class Column:
    """A column: `name` is the row's attribute (its label, where it has choices) and the word by which one sorts.

    `value`: what it holds, where that is no attribute: a day, an amount, a number, words, a Badge. `href`: where its
    words lead. `tones`: it is a badge, of the tone of the attribute's value ("info" for one that is not named). `cell`:
    a template for what plain words cannot show; it has `row` and `value`. `order`: the fields that it sorts by; none,
    and it does not sort. `head`: it names the row. `wide`: a phone leaves it out. `on`: "both", the "page" or the
    "file" alone.
    """

    name: str
    label: Any
    kind: str = "text"
    value: Callable[[Any], Any] | None = None
    href: Callable[[Any], str] | None = None
    tones: Mapping[str, str] | None = None
    cell: str = ""
    order: str | Sequence[str] = ()
    head: bool = False
    wide: bool = False
    on: str = "both"
    width: int = 20

    def of(self, row: Any) -> Any:
        """What the column holds of a row: a day, an amount, a number; else a text."""
        if self.value is not None:
            return self.value(row)
        said = getattr(row, f"get_{self.name}_display", None)
        return said() if said else getattr(row, self.name)

    def said(self, value: Any) -> str:
        if value is None or value == "":
            return ""
        return SAID[self.kind](value) if self.kind in SAID else str(value)

    @property
    def shape(self) -> str:
        """The classes of its cells."""
        return " ".join(c for c, on in (("num", self.kind in NUMERIC), ("wide-only", self.wide)) if on)

    def ordering(self) -> tuple[str, ...]:
        return (self.order,) if isinstance(self.order, str) else tuple(self.order)


class Table:
    """Columns under a caption, so many rows a page."""

    def __init__(self, caption: Any, *columns: Column, per_page: int = 40, dense: bool = False) -> None:
        self.caption, self.columns, self.per_page, self.dense = caption, columns, per_page, dense


def address(name: str, *attributes: str) -> Callable[[Any], str]:
    """For `href`: the page of that name for a row, by these attributes of it ("enterprise.public_id")."""
    wanted = attributes or ("public_id",)

    def of(row: Any) -> str:
        return reverse(name, args=[_reach(row, path) for path in wanted])

    return of


def _reach(row: Any, path: str) -> Any:
    for part in path.split("."):
        row = getattr(row, part)
    return row


def label(model: Any, field: str) -> Any:
    """A column's heading: what the model calls its field."""
    return capfirst(model._meta.get_field(field).verbose_name)


@dataclass(frozen=True)
class Chip:
    """One press that filters: its words, what it asks ({"etat": "done"}), whether it is what the page shows."""

    label: Any
    asks: Mapping[str, str]
    current: bool


@dataclass(frozen=True)
class Choice:
    """A choice beside the search, for more than chips hold: its word in the address, its label, what is offered, what
    the page shows ("" for all), and what all of them are called."""

    name: str
    label: Any
    options: Iterable[tuple[Any, Any]]
    value: str
    every: Any = ""

    @property
    def offered(self) -> list[tuple[Any, Any]]:
        return [("", self.every or gettext("Tous")), *self.options]


@dataclass(frozen=True)
class Empty:
    """What a list says that has no rows at all, and the way on."""

    title: Any
    text: Any = ""
    icon: str = "sprout"
    href: str = ""
    action: Any = ""


@dataclass(frozen=True)
class Cell:
    """What a page shows of a column, for a row; for the last line, without one."""

    column: Column
    row: Any
    value: Any

    @property
    def opening(self) -> str:
        if self.column.head:
            return SafeString('<th scope="row">')
        return format_html('<td data-label="{}" class="{}">', self.column.label, self.column.shape)

    @property
    def closing(self) -> str:
        return SafeString("</th>" if self.column.head else "</td>")

    @property
    def html(self) -> str:
        """Its words, as a link or a badge where the column says so."""
        column, words = self.column, self.column.said(self.value)
        if not words or self.row is None:
            return words
        if column.href:
            return format_html('<a href="{}">{}</a>', column.href(self.row), words)
        if column.tones is not None:
            return Badge(words, column.tones.get(getattr(self.row, column.name), "info")).html
        return self.value.html if isinstance(self.value, Badge) else words


@dataclass(frozen=True)
class Heading:
    """`href` sorts by the column, or the other way round; "" when it does not sort. `sorted`: an `aria-sort`, or ""."""

    column: Column
    href: str
    sorted: str

    @property
    def shape(self) -> str:
        return self.column.shape

    @property
    def html(self) -> str:
        if not self.href:
            return str(self.column.label)
        arrow = {"ascending": "arrow-up", "descending": "arrow-down"}.get(self.sorted, "chevrons-up-down")
        return format_html(
            '<a class="listing-sort" href="{}">{}{}</a>', self.href, self.column.label, say.icon(arrow, 14)
        )


@dataclass
class Listing:
    """The rows of a page and of its file. `rows`: a queryset, scoped; or a sequence, all of it read.

    `search`: what was typed, None when the page has no box of this list. `filtered`: whether something narrows it.
    `nothing`: what it says when nothing is left of a narrowed list, where there is more to say than to widen it.
    `total`: what the last line says, by column. `file`: its name without an ending, "" when it gives none.
    """

    table: Table
    rows: Any
    empty: Empty
    search: str | None = None
    placeholder: Any = ""
    choices: Sequence[Choice] = ()
    chips: Sequence[Chip] = ()
    filtered: bool = False
    nothing: Empty | None = None
    total: Mapping[str, Any] = field(default_factory=dict)
    file: str = ""
    asked: Mapping[str, str] = field(default_factory=dict)

    # --- the page

    @cached_property
    def columns(self) -> list[Column]:
        return [column for column in self.table.columns if column.on != "file"]

    @cached_property
    def page(self) -> Page[Any]:
        return Paginator(self._sorted(), self.table.per_page).get_page(self.asked.get(PAGE))

    @property
    def headings(self) -> list[Heading]:
        by, down = self._sort()
        found = []
        for column in self.columns:
            now = ("descending" if down else "ascending") if column is by else ""
            other = column.name if now != "ascending" else f"-{column.name}"
            href = self._href({SORT: other}) if column.order else ""
            found.append(Heading(column, href, now))
        return found

    @property
    def sorts(self) -> list[Heading]:
        return [heading for heading in self.headings if heading.href]

    @property
    def body(self) -> Iterator[list[Cell]]:
        columns = self.columns
        return ([Cell(column, row, column.of(row)) for column in columns] for row in self.page.object_list)

    @property
    def foot(self) -> list[Cell]:
        return [Cell(c, None, self.total.get(c.name, "")) for c in self.columns] if self.total else []

    @property
    def links(self) -> list[tuple[Chip, str]]:
        """The chips, each with its address: what is searched and how it is sorted stay."""
        names = (SEARCH, SORT, *(choice.name for choice in self.choices))
        kept = {name: self.asked[name] for name in names if self.asked.get(name)}
        return [(chip, f"?{urlencode({**kept, **chip.asks})}") for chip in self.chips]

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """What a search keeps of the address: the chip that is pressed, the sort."""
        shown = (SEARCH, PAGE, FILE, *(choice.name for choice in self.choices))
        return [(name, value) for name, value in self.asked.items() if name not in shown]

    @property
    def narrowed(self) -> bool:
        pressed = any(chip.current and chip.asks for chip in self.chips)
        return bool(self.filtered or self.search or pressed or any(choice.value for choice in self.choices))

    @property
    def silence(self) -> Empty:
        """What stands in the place of rows when there are none."""
        if not self.narrowed:
            return self.empty
        hint = gettext("Essayez un autre mot, ou enlevez les filtres.")
        return self.nothing or Empty(gettext("Rien ne correspond"), hint, "search-x", "?", gettext("Tout voir"))

    @property
    def files(self) -> list[tuple[str, str]]:
        return [(word, self._href({FILE: word.lower()})) for word in ("XLSX", "CSV")] if self.file else []

    def _href(self, changed: Mapping[str, str]) -> str:
        kept = {name: value for name, value in self.asked.items() if name not in (PAGE, FILE)}
        return f"?{urlencode({**kept, **changed})}"

    # --- the sort

    def _sort(self) -> tuple[Column | None, bool]:
        word = self.asked.get(SORT, "")
        by = next((c for c in self.columns if c.order and c.name == word.removeprefix("-")), None)
        return by, word.startswith("-")

    def _sorted(self) -> Any:
        """By what was asked: what holds nothing comes last; then as the rows come otherwise."""
        by, down = self._sort()
        if by is None:
            return self.rows
        if isinstance(self.rows, QuerySet):
            keys = [Sorting(F(f)) if _is_text(self.rows, f) else F(f) for f in by.ordering()]
            asked = [key.desc(nulls_last=True) if down else key.asc(nulls_last=True) for key in keys]
            return self.rows.order_by(*asked, *(self.rows.query.order_by or self.rows.model._meta.ordering), "pk")
        held = [(by.of(row), row) for row in self.rows]
        some = sorted(((v, r) for v, r in held if v not in (None, "")), key=lambda p: _key(p[0]), reverse=down)
        return [row for _value, row in some] + [row for value, row in held if value in (None, "")]

    # --- the file

    def write(self, file: Any, form: str, *, counting: Callable[..., Iterable[Any]], made_on: Any) -> None:
        """All rows, sorted as asked, as `xlsx` or `csv`."""
        columns = [column for column in self.table.columns if column.on != "page"]
        rows = self._sorted()
        read = rows.iterator(2_000) if isinstance(rows, QuerySet) else iter(rows)
        lines = ([_plain(column.of(row)) for column in columns] for row in counting(read, total=self.count()))
        heads = [sheets.Column(str(column.label), KINDS[column.kind], column.width) for column in columns]
        if form == "csv":
            sheets.write_csv_to(file, [column.heading for column in heads], lines)
        else:
            caption = str(self.table.caption)
            sheets.write_xlsx_to(file, [(caption, heads, lines)], title=caption, made_on=made_on)

    def count(self) -> int:
        return int(self.rows.order_by().count()) if isinstance(self.rows, QuerySet) else len(self.rows)


def _is_text(rows: QuerySet[Any], path: str) -> bool:
    """Whether that field (or annotation) holds words."""
    if path in rows.query.annotations:
        return isinstance(rows.query.annotations[path].output_field, CharField | TextField)
    field: Any = None
    model = rows.model
    for part in path.split("__"):
        field = model._meta.get_field(part)
        model = field.related_model or model
    return isinstance(field, CharField | TextField)


def _key(value: Any) -> Any:
    return value if isinstance(value, sheets.PLAIN) else unaccented(str(value))


def _plain(value: Any) -> Any:
    """What a spreadsheet holds: numbers and days as they are, everything else as its words."""
    return value if value is None or isinstance(value, (*sheets.PLAIN, bool)) else str(value)
