"""A person's data in one file: to read (XLSX), and to give to another service (JSON)."""

import io
import json
import zipfile
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from maillage.core.sheets import Column, write_xlsx


def archive(data: dict[str, list[dict[str, Any]]], *, today: date) -> bytes:
    """A ZIP of `donnees.json`, `donnees.xlsx` (a sheet a section) and a note. The same data give the same bytes."""
    note = _(
        "Ce dossier contient tout ce que Maillage sait de vous, le %(day)s.\n"
        "donnees.xlsx s'ouvre dans un tableur ; donnees.json se lit par une machine.\n"
    ) % {"day": today.isoformat()}
    buffer = io.BytesIO()
    moment = (today.year, today.month, today.day, 0, 0, 0)
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as folder:
        for name, content in (
            ("LISEZ-MOI.txt", note.encode()),
            ("donnees.json", as_json(data)),
            ("donnees.xlsx", as_xlsx(data, today=today)),
        ):
            folder.writestr(zipfile.ZipInfo(name, moment), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def as_json(data: dict[str, list[dict[str, Any]]]) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=2, default=_plain).encode()


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def as_xlsx(data: dict[str, list[dict[str, Any]]], *, today: date) -> bytes:
    """A sheet per section that has rows; columns in the order of their first appearance."""
    sheets = []
    for name, rows in data.items():
        if not rows:
            continue
        headings = list(dict.fromkeys(heading for row in rows for heading in row))
        columns = [Column(heading, _kind(rows, heading), 24) for heading in headings]
        sheets.append((name, columns, [[row.get(heading) for heading in headings] for row in rows]))
    return write_xlsx(sheets, title=_("Mes données"), made_on=today)


def _kind(rows: list[dict[str, Any]], heading: str) -> str:
    value = next((row[heading] for row in rows if row.get(heading) not in (None, "")), None)
    if isinstance(value, datetime):
        return "datetime"
    if isinstance(value, date):
        return "date"
    return "number" if isinstance(value, int | Decimal) and not isinstance(value, bool) else "text"
