"""Spreadsheets out (XLSX) and in (XLSX, XLS, ODS, CSV)."""

import csv
import io
import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain, islice, repeat
from pathlib import Path
from typing import IO, Any

import xlsxwriter
from django.utils import timezone
from django.utils.translation import gettext as _

from . import uploads
from .actions import Refused
from .sheet_reader import TOO_MANY
from .text import unaccented
from .typed import FIRST, LAST

_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")
_SEPARATOR = re.compile(r'"?sep=([;,\t|])"?\r?\n', re.IGNORECASE)  # what Excel writes and reads, no row
_END = "\x1e\x1e"  # a line of our own after the last: a quotation mark that never closes swallows it
CELL = 32_767  # characters that a cell holds
SHEET_ROWS = 1_048_575  # what a sheet holds below its headings
MAX_ROWS = 50_000
MAX_BYTES = 20_000_000
ROW = 200_000  # characters
READER = Path(__file__).with_name("sheet_reader.py")
FORMATS = {
    "money": '# ##0.00 "$"',
    "price": '# ##0.0000 "$"',
    "number": "# ##0.###",
    "integer": "# ##0",
    "percent": "0.0 %",
    "date": "yyyy-mm-dd",
    "datetime": "yyyy-mm-dd hh:mm",
    "text": "@",
}


PLAIN = (Decimal, int, float, date)
"""What a cell holds as it is; anything else is its words."""


class Unreadable(Refused):
    """The file is not a spreadsheet that can be read, or is too long."""


@dataclass(frozen=True)
class Column:
    """A column to write: heading, one of FORMATS, width in characters."""

    heading: str
    kind: str = "text"
    width: int = 16


type Sheets = Iterable[tuple[str, Sequence[Column], Iterable[Sequence[Any]]]]


def write_xlsx(sheets: Sheets, *, title: str = "", made_on: date | None = None) -> bytes:
    """The workbook of sheets of (name, columns, rows), in memory; the same rows give the same bytes."""
    buffer = io.BytesIO()
    write_xlsx_to(buffer, sheets, title=title, made_on=made_on)
    return buffer.getvalue()


def write_xlsx_to(
    file: IO[bytes], sheets: Sheets, *, title: str = "", made_on: date | None = None, most: int = SHEET_ROWS
) -> None:
    """Write sheets of (name, columns, rows) to a file, in constant memory however many rows there are.

    Text that begins like a formula stays text. Names longer than 31 characters are cut. Rows that a sheet cannot hold
    go on to the next, under the same headings.
    """
    book = xlsxwriter.Workbook(
        file,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True},
    )
    moment = (
        datetime(made_on.year, made_on.month, made_on.day, tzinfo=UTC) if made_on else datetime(2020, 1, 1, tzinfo=UTC)
    )
    book.set_properties({"title": title, "created": moment.replace(tzinfo=None)})
    formats = {kind: book.add_format({"num_format": code}) for kind, code in FORMATS.items()}
    head = book.add_format({"bold": True, "font_color": "#1f4d3f", "bottom": 1, "text_wrap": True, "valign": "top"})
    taken: set[str] = set()
    for name, columns, rows in sheets:
        left = iter(rows)
        following: list[Sequence[Any]] = []
        while True:
            sheet = book.add_worksheet(_sheet_name(name, taken))
            sheet.freeze_panes(1, 0)
            for x, column in enumerate(columns):
                sheet.set_column(x, x, column.width)
                sheet.write_string(0, x, column.heading, head)
            for y, row in enumerate(islice(chain(following, left), most), start=1):
                for x, value in enumerate(row):
                    _write(sheet, y, x, value, formats[columns[x].kind])
            following = list(islice(left, 1))
            if not following:
                break
    book.close()


def _sheet_name(name: str, taken: set[str]) -> str:
    """A name that a spreadsheet takes: without its marks and control characters, 31 units of UTF-16, no other's."""
    plain = "".join("-" if c in "[]:*?/\\" else " " if unicodedata.category(c)[0] == "C" else c for c in name)
    bare = _cut(" ".join(plain.split()), 31) or "Feuille"
    found, number = bare, 1
    while found.lower() in taken:
        number += 1
        found = f"{_cut(bare, 27)} {number}"
    taken.add(found.lower())
    return found


def _cut(text: str, most: int) -> str:
    """Its first `most` units of UTF-16 (an emoji is two), with no apostrophe or space at its ends."""
    while len(text.strip("' ").encode("utf-16-le")) > 2 * most:
        text = text.strip("' ")[:-1]
    return text.strip("' ").removesuffix("\u200d")


def local(value: date) -> date:
    """A moment as it is told here; a day as it is."""
    aware = isinstance(value, datetime) and timezone.is_aware(value)
    return timezone.localtime(value).replace(tzinfo=None) if aware else value  # type: ignore[arg-type]


def _write(sheet: Any, y: int, x: int, value: Any, style: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_string(y, x, _("oui") if value else _("non"), style)
    elif isinstance(value, Decimal | int | float):
        sheet.write_number(y, x, value, style)
    elif isinstance(value, datetime | date):
        sheet.write_datetime(y, x, local(value), style)
    else:
        sheet.write_string(y, x, str(value)[:CELL], style)


@dataclass(frozen=True)
class Row:
    """A row that was read: its number in the file (as the person sees it) and its cells by folded heading."""

    number: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Grid:
    """A sheet that was read: its headings as they are written, and its rows (number in the file, cells)."""

    headings: list[str]
    rows: list[tuple[int, list[str]]]


def read_grid(file: IO[bytes], *, max_rows: int = MAX_ROWS) -> Grid:
    """Read the first sheet (or a CSV with `,` `;` or tab; UTF-8 or Windows-1252) whose first row holds headings.

    Cells come back as text: dates as 2026-11-22, numbers with a decimal point. Blank rows are passed over.
    Raises Unreadable.
    """
    raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise Unreadable(_("Le fichier dépasse 20 Mo."))
    read = _read_workbook if raw[:2] == b"PK" or raw[:4] == b"\xd0\xcf\x11\xe0" else _read_csv
    grid = read(raw, max_rows)
    if not grid:
        raise Unreadable(_("Le fichier est vide."))
    headings = [cell.strip() for cell in grid[0]]
    if not any(headings):
        raise Unreadable(_("La première ligne du fichier doit donner le nom des colonnes."))
    if len(grid) - 1 > max_rows:
        raise Unreadable(_("Le fichier a plus de %(max)s lignes. Séparez-le en plusieurs.") % {"max": max_rows})
    rows = []
    for number, cells in enumerate(grid[1:], start=2):
        bare = [c.strip() for c in islice(chain(cells, repeat("")), len(headings))]
        if any(bare):
            rows.append((number, bare))
    return Grid(headings, rows)


def read_table(file: IO[bytes], *, max_rows: int = MAX_ROWS) -> list[Row]:
    """The rows of `read_grid`, their cells by folded heading; columns without one are left aside. Raises Unreadable."""
    grid = read_grid(file, max_rows=max_rows)
    headings = [unaccented(heading) for heading in grid.headings]
    rows = (Row(n, {h: c for h, c in zip(headings, cells, strict=True) if h}) for n, cells in grid.rows)
    return [row for row in rows if any(row.cells.values())]


def _read_workbook(raw: bytes, max_rows: int) -> list[list[str]]:
    """Read apart (`core.sheet_reader`), with bounded memory and time: a small file may unfold into a huge sheet."""
    try:
        if raw[:2] == b"PK":
            uploads.check_archive(io.BytesIO(raw))
        with uploads.one_at_a_time():
            read = subprocess.run(  # noqa: S603 - our own program, with our own interpreter
                [sys.executable, "-I", str(READER), str(max_rows + 2)],
                input=raw,
                capture_output=True,
                timeout=60,
                check=True,
            )
    except (uploads.BadFile, uploads.Busy) as error:
        raise Unreadable(str(error)) from error
    except subprocess.CalledProcessError as error:
        if error.returncode == TOO_MANY:
            raise Unreadable(_("Ce fichier a trop de cellules. Séparez-le en plusieurs.")) from error
        raise Unreadable(_("Ce fichier ne peut pas être lu comme un tableur.")) from error
    except subprocess.SubprocessError as error:
        raise Unreadable(_("Ce fichier ne peut pas être lu comme un tableur.")) from error
    try:
        grid = [row for line in read.stdout.splitlines() for row in json.loads(line)]
    except ValueError as error:
        raise Unreadable(_("Ce fichier ne peut pas être lu comme un tableur.")) from error
    words = {True: _("oui"), False: _("non")}
    return [[words[cell] if isinstance(cell, bool) else cell for cell in row] for row in grid]


def _read_csv(raw: bytes, max_rows: int) -> list[list[str]]:
    if b"\x00" in raw:
        raise Unreadable(_("Ce fichier ne peut pas être lu comme un tableur."))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    told = _SEPARATOR.match(text)
    text = text[told.end() :] if told else text
    first = text.split("\n", 1)[0]
    return csv_rows(text, delimiter=told[1] if told else max(";,\t", key=first.count), most=max_rows + 2)


def csv_rows(text: str, *, delimiter: str, most: int) -> list[list[str]]:
    """The first `most` rows of a CSV. Raises Unreadable for a quotation mark that never closes (it would swallow all
    that follows), and for a row of more than 200,000 characters: what a person makes has none, and a row is read in one
    go, while nothing else of the process runs.
    """
    length, began = 0, 1

    def lines() -> Iterator[str]:
        nonlocal length
        for line in chain(io.StringIO(text, newline=""), [_END]):
            length += len(line)
            if length > ROW:
                raise csv.Error("row too long")
            yield line

    rows: list[list[str]] = []
    reader = csv.reader(lines(), delimiter=delimiter)
    try:
        for row in reader:
            if row == [_END]:
                break
            if row and row[-1].endswith(_END):
                raise _unclosed(began)
            rows.append(row)
            length, began = 0, reader.line_num + 1
            if len(rows) == most:
                break
    except csv.Error as error:  # a cell longer than 131,072 characters, or ours above
        if _opens(text, began):
            raise _unclosed(began) from error
        raise Unreadable(_("Une ligne de ce fichier est trop longue pour un tableur.")) from error
    return rows


def _opens(text: str, number: int) -> bool:
    """Whether a quotation mark of that line has no pair anywhere."""
    line = next(islice(text.splitlines(), number - 1, None), "")
    return line.count('"') % 2 == 1 and text.count('"') % 2 == 1


def _unclosed(number: int) -> Unreadable:
    return Unreadable(
        _("Un guillemet s'ouvre à la ligne %(n)s et ne se referme jamais : rien n'a été lu. Corrigez cette ligne.")
        % {"n": number}
    )


def write_csv_to(file: IO[bytes], headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a CSV (RFC 4180) to a file, row by row: UTF-8 with its mark, so that Excel reads the accents."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(headings)
    writer.writerows([plain_cell(local(v) if isinstance(v, date) else v) for v in row] for row in rows)
    text.detach()


def plain_cell(value: Any) -> Any:
    """For a CSV: text that a spreadsheet would run as a formula is kept as text; numbers (`-12.5`) stay numbers."""
    if not isinstance(value, str) or value[:1] not in ("=", "+", "-", "@", "\t", "\r") or _NUMBER.fullmatch(value):
        return value
    return f"'{value}"


def date_of(text: str) -> date:
    """A date as people type it: 2026-11-22, 22/11/2026, 22-11-2026. Raises ValueError with a sentence."""
    for pattern in ("%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%Y/%m/%d"):
        try:
            day = datetime.strptime(text.strip()[:10], pattern).date()  # noqa: DTZ007
        except ValueError:
            continue
        if FIRST <= day <= LAST:
            return day
    raise ValueError(_("« %(text)s » n'est pas une date (attendu : 2026-11-22).") % {"text": text[:40]})
