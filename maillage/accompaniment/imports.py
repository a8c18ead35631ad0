"""Interventions from a spreadsheet: read, checked row by row, shown before anything is written.

Columns (headings in any order, accents and case forgiven): date, entreprise, neq, personne, rôle, volet, sujet,
service, durée, mode, résumé, résultat, prochaine étape, pour quand, programme, entente, conseil. A second enterprise,
or a second person of the same one, has columns of its own (entreprise 2, neq 2, personne 2, rôle 2, up to 5). A person
who is not on the enterprise's team joins it when the file is recorded. The same row in the same place of the same file
has the same key, so a file sent twice adds nothing; the n-th copy of a row within one file is the n-th intervention.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from maillage.core.dates import say
from maillage.core.sheets import Column, Row, date_of, read_table, write_xlsx
from maillage.core.text import fold
from maillage.directory.models import Organisation

from .forms import minutes_of
from .models import PartyRole, WorkMode
from .queries import find_enterprises, import_keys, people_by_name
from .queries.interventions import Choices
from .types import Entry, ImportedRow, PartyEntry

HEADINGS = {
    "date": ("date", "jour"),
    "enterprise": ("entreprise", "client", "nom de l'entreprise", "enterprise"),
    "neq": ("neq",),
    "person": ("personne", "avec", "contact", "person"),
    "stream": ("volet", "stream"),
    "topic": ("sujet", "theme", "topic"),
    "service": ("service",),
    "minutes": ("duree", "minutes", "duration"),
    "mode": ("mode", "comment"),
    "summary": ("resume", "description", "en une phrase", "summary"),
    "outcome": ("resultat", "outcome"),
    "edition": ("programme", "edition"),
    "role": ("role",),
    "next_step": ("prochaine etape", "suite", "next step"),
    "next_step_on": ("pour quand", "pour le", "due"),
    "agreement": ("entente", "bailleur", "agreement"),
    "adviser": ("conseil", "conseiller", "conseillere", "faite par", "adviser"),
}


PARTIES = ("enterprise", "neq", "person", "role")
MOST = 5  # parties of a row
OTHERS = 300  # rows shown that need no correction
HEADINGS |= {f"{name}{n}": tuple(f"{h} {n}" for h in HEADINGS[name]) for name in PARTIES for n in range(2, MOST + 1)}


@dataclass(frozen=True)
class Reading:
    """A file that was read: all rows, and how they fall."""

    rows: list[ImportedRow]

    @property
    def ready(self) -> list[ImportedRow]:
        return [r for r in self.rows if r.entry is not None and not r.known]

    @property
    def refused(self) -> list[ImportedRow]:
        return [r for r in self.rows if r.errors]

    @property
    def known(self) -> list[ImportedRow]:
        return [r for r in self.rows if r.known]

    @property
    def listed(self) -> list[ImportedRow]:
        """Every row to correct, and the first of the others, in the order of the file."""
        others = [r for r in self.rows if not r.errors][:OTHERS]
        return sorted([*self.refused, *others], key=lambda r: r.number)

    @property
    def unlisted(self) -> int:
        return len(self.rows) - len(self.listed)


def read(
    file: IO[bytes], *, user: Any, organisation: Organisation, choices: Choices, today: date, adviser_id: int | None
) -> Reading:
    """Read and check a spreadsheet; writes nothing. Raises core.sheets.Unreadable."""
    table = [_named(row) for row in read_table(file)]
    keys = _keys(table)
    found = find_enterprises(user=user, texts={n for _n, c in table for place in PLACES if (n := _named_at(c, place))})
    teams = people_by_name(enterprise_ids={o.pk for one in found.values() for o in one}, day=today)
    known = import_keys(organisation_id=organisation.pk, keys=set(keys))
    reader = _Reader(choices, today, adviser_id, found, teams)
    rows = [reader.row(number, cells, key) for (number, cells), key in zip(table, keys, strict=True)]
    for row in rows:
        row.known = row.key in known
    return Reading(rows)


def _named(row: Row) -> tuple[int, dict[str, str]]:
    cells = {name: row.cells[h] for name, headings in HEADINGS.items() for h in headings if row.cells.get(h)}
    return row.number, cells


PLACES = ("", *map(str, range(2, MOST + 1)))


def _named_at(cells: dict[str, str], place: str) -> str:
    """The enterprise that the columns of a place name: by NEQ, else by name."""
    return cells.get(f"neq{place}") or cells.get(f"enterprise{place}", "")


def _keys(table: list[tuple[int, dict[str, str]]]) -> list[str]:
    seen: Counter[str] = Counter()
    keys = []
    for _number, cells in table:
        text = "\x1f".join(f"{k}={fold(v)}" for k, v in sorted(cells.items()))
        seen[text] += 1
        keys.append(hashlib.sha256(f"{text}\x1f{seen[text]}".encode()).hexdigest())
    return keys


class _Reader:
    def __init__(
        self,
        choices: Choices,
        today: date,
        adviser_id: int | None,
        found: dict[str, list[Organisation]],
        teams: dict[tuple[int, str], int],
    ) -> None:
        self.today, self.adviser_id, self.found, self.teams = today, adviser_id, found, teams
        self.streams = {fold(n): s.pk for s in choices.streams for n in (s.name, s.key, s.name_en) if n}
        self.topics = {fold(n): t.pk for t in choices.topics for n in (t.name, t.key, t.name_en) if n}
        self.services = {fold(n): s.pk for s in choices.services for n in (s.name, s.key, s.name_en) if n}
        self.editions = {fold(e.title): e.pk for e in choices.editions}
        self.advisers = {fold(p.name): p.pk for p in choices.advisers}
        self.agreements = {fold(n): a.pk for a in choices.agreements for n in (str(a), a.title, a.number) if n}
        self.roles = {fold(n): value for value, label in PartyRole.choices for n in (str(label), value)}
        self.modes = {fold(str(label)): value for value, label in WorkMode.choices}
        self.only_stream = choices.streams[0].pk if len(choices.streams) == 1 else None

    def row(self, number: int, cells: dict[str, str], key: str) -> ImportedRow:
        made = ImportedRow(number, cells, key)
        done_on = self._date(made)
        parties = self._parties(made)
        stream = self._one(made, "stream", self.streams, _("Volet")) or self.only_stream
        if stream is None and not made.errors and not cells.get("stream"):
            made.errors.append(_("Le volet manque."))
        topic = self._one(made, "topic", self.topics, _("Sujet"))
        service = self._one(made, "service", self.services, _("Service"))
        edition = self._one(made, "edition", self.editions, _("Programme"))
        adviser = self._one(made, "adviser", self.advisers, _("Conseil")) or self.adviser_id
        agreement = self._one(made, "agreement", self.agreements, _("Entente"))
        minutes, later = self._minutes(made), self._later(made)
        mode = self._word(made, "mode", self.modes, _("Mode"))
        made.shown |= {"done_on": done_on, "minutes": minutes}
        if not made.errors and done_on and parties and stream:
            made.entry = Entry(
                done_on=done_on,
                stream_id=stream,
                parties=parties,
                adviser_id=adviser,
                minutes=minutes,
                topic_id=topic,
                service_id=service,
                mode=mode,
                summary=cells.get("summary", "")[:300],
                outcome=cells.get("outcome", ""),
                next_step=cells.get("next_step", "")[:200],
                next_step_on=later,
                edition_id=edition,
                agreement_ids=(agreement,) if agreement else (),
                import_key=key,
            )
        return made

    def _date(self, row: ImportedRow) -> date | None:
        text = row.cells.get("date", "")
        if not text:
            row.errors.append(_("La date manque."))
            return None
        try:
            day = date_of(text)
        except ValueError as error:
            row.errors.append(str(error))
            return None
        if day > self.today:
            row.errors.append(_("Le %(day)s n'est pas encore passé.") % {"day": say(day)})
        return day

    def _parties(self, row: ImportedRow) -> tuple[PartyEntry, ...]:
        """Who the columns name; errors stand on the row. A person alone belongs to the first enterprise."""
        parties, shown = [], []
        first: Organisation | None = None
        for place in PLACES:
            name = " ".join(row.cells.get(f"person{place}", "").split())
            enterprise = self._enterprise(row, place) if _named_at(row.cells, place) or not place else None
            role = self._word(row, f"role{place}", self.roles, _("Rôle")) or PartyRole.BENEFICIARY
            first = first or enterprise
            whose = enterprise or (first if name else None)
            if whose is None:
                continue
            person = self.teams.get((whose.pk, fold(name))) if name else None
            parties.append(PartyEntry(whose.pk, person, role, "" if person else name[:160]))
            shown.append(
                {"enterprise": whose, "person": name, "joins": bool(name and not person), "role": PartyRole(role).label}
            )
        row.shown = {"parties": shown}
        return tuple(parties)

    def _enterprise(self, row: ImportedRow, place: str) -> Organisation | None:
        text = _named_at(row.cells, place)
        if not text:
            row.errors.append(_("L'entreprise manque."))
            return None
        found = self.found.get(text, [])
        if len(found) == 1:
            return found[0]
        if not found:
            row.errors.append(
                _("« %(name)s » n'est pas au répertoire : créez sa fiche, puis relisez le fichier.") % {"name": text}
            )
        else:
            row.errors.append(_("Plusieurs entreprises s'appellent « %(name)s » : ajoutez le NEQ.") % {"name": text})
        return None

    def _one(self, row: ImportedRow, name: str, known: dict[str, int], label: str) -> int | None:
        text = row.cells.get(name, "")
        if not text:
            return None
        if fold(text) in known:
            return known[fold(text)]
        row.errors.append(_("%(label)s inconnu : « %(text)s ».") % {"label": label, "text": text})
        return None

    def _word(self, row: ImportedRow, name: str, known: dict[str, str], label: str) -> str:
        text = row.cells.get(name, "")
        if text and fold(text) not in known:
            row.errors.append(_("%(label)s inconnu : « %(text)s ».") % {"label": label, "text": text})
        return known.get(fold(text), "") if text else ""

    def _later(self, row: ImportedRow) -> date | None:
        text = row.cells.get("next_step_on", "")
        try:
            return date_of(text) if text else None
        except ValueError as error:
            row.errors.append(str(error))
            return None

    def _minutes(self, row: ImportedRow) -> int | None:
        try:
            return minutes_of(row.cells.get("minutes", ""))
        except ValidationError as error:
            row.errors.extend(error.messages)
            return None


def template(choices: Choices, *, today: date) -> bytes:
    """An empty spreadsheet with the headings, and a second sheet with the words that are understood."""
    columns = [
        Column(_("Date"), "text", 12),
        Column(_("Entreprise"), "text", 32),
        Column("NEQ", "text", 14),
        Column(_("Personne"), "text", 22),
        Column(_("Rôle"), "text", 14),
        Column(_("Entreprise 2"), "text", 32),
        Column(_("Personne 2"), "text", 22),
        Column(_("Rôle 2"), "text", 14),
        Column(_("Volet"), "text", 18),
        Column(_("Sujet"), "text", 22),
        Column(_("Service"), "text", 22),
        Column(_("Durée"), "text", 10),
        Column(_("Mode"), "text", 18),
        Column(_("Résumé"), "text", 40),
        Column(_("Résultat"), "text", 30),
        Column(_("Prochaine étape"), "text", 30),
        Column(_("Pour quand"), "text", 12),
        Column(_("Programme"), "text", 24),
        Column(_("Entente"), "text", 28),
        Column(_("Conseil"), "text", 22),
    ]
    words: dict[str, list[Any]] = {
        _("Volet"): choices.streams,
        _("Sujet"): choices.topics,
        _("Service"): choices.services,
        _("Programme"): choices.editions,
        _("Entente"): choices.agreements,
        _("Conseil"): choices.advisers,
        _("Mode"): [label for _value, label in WorkMode.choices],
        _("Rôle"): [label for _value, label in PartyRole.choices],
    }
    longest = max(map(len, words.values()), default=0)
    lists = [[str(w[n]) if n < len(w) else "" for w in words.values()] for n in range(longest)]
    heads = [Column(h, "text", 26) for h in words]
    return write_xlsx([(_("Interventions"), columns, []), (_("Mots compris"), heads, lists)], made_on=today)
