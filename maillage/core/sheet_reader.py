"""Reads a workbook from standard input and writes its first sheet that shows: run apart by `core.sheets`, in limits. A
line of JSON holds a thousand rows, so that whoever reads it does something else in between.

A few kilobytes can claim a cell at the far end of a sheet, and a reader makes room for all that lies before it.
Here that ends a process of its own, not the server.
"""

import io
import json
import os
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from xml.etree import ElementTree

MEMORY = 1_500_000_000  # bytes
SECONDS = 30  # of processor
COLUMNS = 500
CELLS = 2_000_000
BLOCK = 1_000
TOO_MANY = 3
"""What it ends with when there are more cells than that."""


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    os.nice(10)  # whoever waits for a page comes first
    raw = sys.stdin.buffer.read()
    book = CalamineWorkbook.from_filelike(io.BytesIO(raw))
    shown = [n for n, sheet in enumerate(book.sheets_metadata) if sheet.visible == SheetVisibleEnum.Visible]
    sheet = book.get_sheet_by_index(shown[0] if shown else 0)
    most = int(sys.argv[1])
    rows = sheet.to_python(skip_empty_area=False, nrows=most)
    for row, column, error in _errors(raw, sheet.name):  # the library reads them as empty cells
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = error
    count = 0
    for at in range(0, len(rows), BLOCK):
        block = [_bare(row[:COLUMNS]) for row in rows[at : at + BLOCK]]
        count += sum(map(len, block))
        if count > CELLS:
            sys.exit(TOO_MANY)
        sys.stdout.write(json.dumps([[_text(cell) for cell in row] for row in block]) + "\n")


def _errors(raw: bytes, name: str) -> Iterator[tuple[int, int, str]]:
    """Cells of the sheet of that name which hold an error (`#N/A`, `#REF!`): row and column from 0, and which one."""
    if not raw.startswith(b"PK"):
        return
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        try:
            path = _sheet_path(archive, name)
            text = archive.read(path).decode("utf-8", "replace") if path else ""
        except (KeyError, zipfile.BadZipFile, ElementTree.ParseError):
            return
    for cell in _WRONG.finditer(text):
        at, value = _AT.search(cell[1]), _VALUE.search(cell[2])
        if at and value:
            column = 0
            for letter in at[1]:
                column = column * 26 + ord(letter) - 64
            yield int(at[2]) - 1, column - 1, value[1]


_WRONG = re.compile(r'<c\b([^>]*\bt="e"[^>]*)>(.{0,8000}?)</c>', re.DOTALL)
_AT = re.compile(r'\br="([A-Z]{1,3})(\d{1,7})"')
_VALUE = re.compile(r"<v>(#[^<]{1,20})</v>")


def _sheet_path(archive: zipfile.ZipFile, name: str) -> str:
    """Where an XLSX holds the sheet of that name; "" for what is no XLSX."""
    if "xl/workbook.xml" not in archive.namelist():
        return ""
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 - apart, within limits
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    targets = {link.get("Id"): str(link.get("Target")) for link in links}
    for sheet in book.iter("{http://schemas.openxmlformats.org/spreadsheetml/2006/main}sheet"):
        if sheet.get("name") == name:
            key = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
            return "xl/" + targets.get(sheet.get(key), "").removeprefix("/xl/")
    return ""


def _bare(row: list[Any]) -> list[Any]:
    """Without the empty cells at its end."""
    length = len(row)
    while length and row[length - 1] == "":
        length -= 1
    return row[:length]


def _text(cell: Any) -> Any:
    """Text, and true or false as they are (the words for them depend on the language)."""
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, float):
        return f"{cell:.10f}".rstrip("0").rstrip(".")
    if isinstance(cell, datetime):
        return cell.date().isoformat() if not (cell.hour or cell.minute) else cell.isoformat(" ", "minutes")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


if __name__ == "__main__":
    main()
