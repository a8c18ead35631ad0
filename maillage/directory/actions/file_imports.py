"""Files that become rows (`core.imports`): read, answered, confirmed, written by the request or by a job."""

import hashlib
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import IO, Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _

from maillage.core import imports, jobs
from maillage.core.actions import Refused, action, locked
from maillage.core.imports import Line
from maillage.core.sheets import read_grid

from .. import access
from ..models import Account, ColumnsKept, FileImport

log = logging.getLogger(__name__)
State = FileImport.State
AT_ONCE = 500
"""Lines that a request writes; more is a job."""
KEPT = timedelta(days=7)
SILENT = timedelta(minutes=15)


class Asked(Refused):
    """A question of the page has no answer yet."""


class NothingToWrite(Refused):
    """No line can be written."""


class Moved(Refused):
    """What the file would write changed since it was shown."""


class Over(Refused):
    """The import was confirmed or given up before."""


@action(access.imports)
def upload_file(
    *, kind: str, organisation_id: int, file: IO[bytes], name: str, language: str, now: datetime, by: Account
) -> FileImport:
    """Keep the cells of a spreadsheet; nothing else is written. Raises core.sheets.Unreadable."""
    grid = read_grid(file)
    return FileImport.objects.create(
        kind=kind,
        organisation_id=organisation_id,
        file_name=name[-160:],
        headings=[_bare(h) for h in grid.headings],
        rows=[[number, [_bare(c) for c in cells]] for number, cells in grid.rows],
        language=language,
        uploaded_by=by,
        uploaded_at=now,
        touched_at=now,
    )


def _bare(text: str) -> str:
    """PostgreSQL's JSON holds no NUL."""
    return text.replace("\x00", "\ufffd")


@action(access.imports)
def answer_questions(*, import_id: int, columns: Mapping[str, int | None], days: str, by: Account) -> None:
    """Which column is which, and whether days come first. Raises Over."""
    row = _shown(import_id)
    row.answers = {"columns": dict(columns), "days": "month" if days == "month" else "day" if days else ""}
    row.save(update_fields=["answers"])


class Reading:
    """A file as it stands: its columns, what is still asked, its lines once nothing is."""

    def __init__(self, row: FileImport, *, user: Any) -> None:
        kept = ColumnsKept.objects.filter(organisation=row.organisation_id, kind=row.kind).first()
        given: dict[str, int | None] = row.answers.get("columns", {})
        self.row, self.kind, rows = row, row.of, row.lines
        self.columns = imports.settled(self.kind, row.headings, given, kept.headings if kept else {})
        self.open = imports.open_columns(self.kind, self.columns)
        found = imports.order_asked(self.kind, self.columns, rows)
        self.asks_days = found == "ask"
        self.order = (row.answers.get("days") or ("" if self.asks_days else found)) or ("" if self.asks_days else "day")
        self.lines: list[Line] = []
        if not self.asked:
            self.lines = imports.lines_of(self.kind, self.columns, rows, self.order)
            day = timezone.localdate()
            self.kind.check(self.lines, organisation=row.organisation, user=user, today=day)

    @property
    def asked(self) -> bool:
        return bool(self.open) or (self.asks_days and not self.order)

    def of(self, state: str) -> list[Line]:
        return [line for line in self.lines if line.state == state]

    @property
    def counts(self) -> dict[str, int]:
        return {state: len(self.of(state)) for state in ("ready", "known", "wrong")}

    @property
    def reasons(self) -> list[imports.Reason]:
        return imports.reasons(self.lines)

    @property
    def left_aside(self) -> list[str]:
        """Headings that no field takes."""
        taken = set(self.columns.values())
        return [h for n, h in enumerate(self.row.headings) if h and n not in taken]

    @property
    def fingerprint(self) -> str:
        """The same while the same lines would be written, saying the same."""
        said = [(line.number, line.state, line.title, *line.more) for line in self.lines]
        return hashlib.sha256(repr(said).encode()).hexdigest()[:32]


@action(access.imports)
def confirm(*, import_id: int, fingerprint: str, now: datetime, by: Account) -> FileImport:
    """Write what was shown: at once up to 500 lines, by a job beyond. The answers are kept for the next file.

    Raises Asked, Moved, NothingToWrite, Over, and what writing the kind refuses.
    """
    row = _shown(import_id)
    reading = Reading(row, user=by)
    if reading.asked:
        raise Asked(_("Dites d'abord quelle colonne est laquelle."))
    if reading.fingerprint != fingerprint:
        raise Moved(
            _("Ce que le fichier écrirait a changé depuis l'aperçu. Le voici à jour ; rien n'est encore écrit.")
        )
    ready = reading.of("ready")
    if not ready:
        raise NothingToWrite(_("Aucune ligne de ce fichier ne peut être gardée."))
    ColumnsKept.objects.update_or_create(
        organisation_id=row.organisation_id,
        kind=row.kind,
        defaults={
            "headings": {n: row.headings[at] for n, at in reading.columns.items() if at is not None},
        },
    )
    row.state, row.total, row.touched_at, row.uploaded_by = State.RUNNING, len(ready), now, by
    if len(ready) > AT_ONCE:
        row.save()
        jobs.defer("directory.import_file", import_id=row.pk)
        return row
    made = _batches(row, reading, by, lambda done: None)
    _end(row, reading.counts, made, now)
    return row


@action(access.imports)
def discard(*, import_id: int, now: datetime, by: Account) -> None:
    """Forget a file that waits for its confirmation; its cells are erased. Raises Over."""
    row = _shown(import_id)
    row.state, row.rows, row.finished_at = State.DISCARDED, [], now
    row.save()


def write(*, import_id: int, job_id: int | None, now: datetime) -> None:
    """What the job does. Batches that are written stay; run again, it goes on with the lines that are not there yet."""
    row = FileImport.objects.select_related("organisation", "uploaded_by").filter(pk=import_id).first()
    if row is None or row.state != State.RUNNING or (row.job and row.job != job_id):
        return
    FileImport.objects.filter(pk=row.pk).update(job=job_id, touched_at=now)

    def note(done: int) -> None:
        FileImport.objects.filter(pk=row.pk).update(done=done, touched_at=timezone.now())

    with translation.override(row.language):
        try:
            reading = Reading(row, user=row.uploaded_by)
            made = _batches(row, reading, row.uploaded_by, note)
        except Refused as refused:
            _fail(row, str(refused), now)
        except Exception:
            log.exception("import %s failed", row.pk)
            _fail(row, _("Un défaut imprévu a arrêté l'import. Il est noté ; envoyez le fichier de nouveau."), now)
        else:
            _end(row, reading.counts, made, timezone.now())


def _batches(row: FileImport, reading: Reading, by: Account | None, note: Any) -> int:
    entries, kind, made = [line.entry for line in reading.of("ready")], reading.kind, 0
    size = kind.batch or len(entries) or 1
    for start in range(0, len(entries), size):
        made += kind.write(entries[start : start + size], organisation_id=row.organisation_id, by=by)
        note(min(start + size, len(entries)))
    return made


def _end(row: FileImport, counts: Mapping[str, int], made: int, now: datetime) -> None:
    row.state, row.rows, row.done, row.finished_at = State.DONE, [], row.total, now
    row.counts = {"made": made, "known": counts["known"], "wrong": counts["wrong"]}
    row.save()


def _fail(row: FileImport, problem: str, now: datetime) -> None:
    FileImport.objects.filter(pk=row.pk).update(state=State.FAILED, problem=problem, rows=[], finished_at=now)


def _shown(import_id: int) -> FileImport:
    row = locked(FileImport, import_id, "organisation")
    if row.state != State.SHOWN:
        raise Over(_("Cet import est déjà terminé. Envoyez le fichier de nouveau pour recommencer."))
    return row


def sweep(*, now: datetime) -> int:
    """Files that nobody confirmed for a week go with their cells; a job that died says so. How many files went."""
    silent = FileImport.objects.filter(state=State.RUNNING, touched_at__lt=now - SILENT)
    for row in silent:
        with translation.override(row.language):
            _fail(
                row, _("L'import s'est interrompu. Envoyez le fichier de nouveau : ce qui est là ne revient pas."), now
            )
    old = FileImport.objects.filter(state=State.SHOWN, uploaded_at__lt=now - KEPT)
    return old.update(state=State.DISCARDED, rows=[], finished_at=now)
