"""Reads a workbook from standard input and writes its first sheet as JSON: run apart by `core.sheets`, within limits.

A few kilobytes can claim a cell at the far end of a sheet, and a reader makes room for all that lies before it.
Here that ends a process of its own, not the server.
"""

import io
import json
import resource
import sys
from datetime import date, datetime
from typing import Any

MEMORY = 1_500_000_000  # bytes
SECONDS = 30  # of processor
COLUMNS = 500


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from python_calamine import CalamineWorkbook

    sheet = CalamineWorkbook.from_filelike(io.BytesIO(sys.stdin.buffer.read())).get_sheet_by_index(0)
    most = int(sys.argv[1])
    grid = [[_text(cell) for cell in row[:COLUMNS]] for row in sheet.to_python(skip_empty_area=False, nrows=most)]
    json.dump(grid, sys.stdout)


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
