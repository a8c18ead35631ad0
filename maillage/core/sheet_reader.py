"""Reads a workbook from standard input and writes its first sheet that shows: run apart by `core.sheets`, in limits. A
line of JSON holds a thousand rows, so that whoever reads it does something else in between.

A few kilobytes can claim a cell at the far end of a sheet, and a reader makes room for all that lies before it.
Here that ends a process of its own, not the server.
"""

import io
import json
import os
import resource
import sys
from datetime import date, datetime
from typing import Any

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
    book = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read()))
    shown = [n for n, sheet in enumerate(book.sheets_metadata) if sheet.visible == SheetVisibleEnum.Visible]
    sheet = book.get_sheet_by_index(shown[0] if shown else 0)
    most = int(sys.argv[1])
    rows = sheet.to_python(skip_empty_area=False, nrows=most)
    count = 0
    for at in range(0, len(rows), BLOCK):
        block = [_bare(row[:COLUMNS]) for row in rows[at : at + BLOCK]]
        count += sum(map(len, block))
        if count > CELLS:
            sys.exit(TOO_MANY)
        sys.stdout.write(json.dumps([[_text(cell) for cell in row] for row in block]) + "\n")


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
