"""The register from a spreadsheet: every line is read by the form that people fill."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import IO, Any

from django.utils.translation import gettext as _

from maillage.core.sheets import date_of, read_table
from maillage.core.text import unaccented
from maillage.directory.models import Organisation
from maillage.funding.queries import streams_of

from .forms import MentionForm

type Line = tuple[date, str, str, str, int | None]
NAMES = {
    "on": ("date", "jour", "day"),
    "medium": ("media", "journal", "outlet"),
    "title": ("titre", "title", "article"),
    "link": ("lien", "link", "url", "adresse"),
    "stream": ("volet", "stream"),
}


@dataclass
class Preview:
    """What a file holds: lines that can be written, and what is wrong in the others, by number."""

    rows: list[Line] = field(default_factory=list)
    errors: list[tuple[int, str]] = field(default_factory=list)


def read(file: IO[bytes], *, name: str, organisation: Organisation, user: Any) -> Preview:
    """Raises core.sheets.Unreadable for what is no spreadsheet."""
    streams = {unaccented(s.name): s.pk for s in streams_of(organisation_id=organisation.pk)}
    preview = Preview()
    for row in read_table(file, name=name):
        cells = {key: next((row.cells[n] for n in names if row.cells.get(n)), "") for key, names in NAMES.items()}
        if cells["stream"] and unaccented(cells["stream"]) not in streams:
            preview.errors.append((row.number, _("Le volet « %(name)s » n'existe pas.") % {"name": cells["stream"]}))
            continue
        stream = streams.get(unaccented(cells["stream"])) if cells["stream"] else None
        form = MentionForm({**cells, "on": _day(cells["on"]), "stream": stream}, organisation=organisation, user=user)
        if form.is_valid():
            kept = form.cleaned_data
            preview.rows.append((kept["on"], kept["medium"], kept["title"], kept["link"], stream))
        else:
            preview.errors.append((row.number, " ".join(_sentences(form))))
    return preview


def _day(text: str) -> str:
    try:
        return date_of(text).isoformat()
    except ValueError:
        return text


def _sentences(form: MentionForm) -> Iterable[str]:
    for name, errors in form.errors.items():
        yield f"{form.fields[name].label} : {' '.join(map(str, errors))}"
