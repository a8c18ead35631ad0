"""Interventions from a spreadsheet: each line checked, shown before anything is written (`directory.imports`).

A second enterprise, or a second person of the same one, has columns of its own (entreprise 2, neq 2, personne 2,
rôle 2, up to 5). A person who is not on the enterprise's team joins it when the file is recorded. The same row in the
same place of the same file has the same key, so a file sent twice adds nothing; the n-th copy of a row within one file
is the n-th intervention.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from maillage.core.dates import say
from maillage.core.imports import Field, Kind, Line
from maillage.core.text import fold
from maillage.directory.models import Organisation
from maillage.directory.queries import person_of
from maillage.directory.types import Account

from . import actions
from .forms import minutes_of
from .models import PartyRole, WorkMode
from .queries import choices_for, find_enterprises, import_keys, people_by_name
from .queries.interventions import Choices
from .types import WORKERS, Entry, PartyEntry

_FIELDS = (
    Field("date", gettext_lazy("Date"), ("date", "jour"), kind="day", needed=True),
    Field("enterprise", gettext_lazy("Entreprise"), ("entreprise", "client", "nom de l'entreprise", "enterprise")),
    Field("neq", gettext_lazy("NEQ"), ("neq",)),
    Field("person", gettext_lazy("Personne"), ("personne", "avec", "contact", "person")),
    Field("role", gettext_lazy("Rôle"), ("role",)),
    Field("stream", gettext_lazy("Volet"), ("volet", "stream")),
    Field("topic", gettext_lazy("Sujet"), ("sujet", "theme", "topic")),
    Field("service", gettext_lazy("Service"), ("service",)),
    Field("minutes", gettext_lazy("Durée"), ("duree", "minutes", "duration")),
    Field("mode", gettext_lazy("Mode"), ("mode", "comment")),
    Field("summary", gettext_lazy("Résumé"), ("resume", "description", "en une phrase", "summary")),
    Field("outcome", gettext_lazy("Résultat"), ("resultat", "outcome")),
    Field("next_step", gettext_lazy("Prochaine étape"), ("prochaine etape", "suite", "next step")),
    Field("next_step_on", gettext_lazy("Pour quand"), ("pour quand", "pour le", "due"), kind="day"),
    Field("edition", gettext_lazy("Programme"), ("programme", "edition")),
    Field("agreement", gettext_lazy("Entente"), ("entente", "bailleur", "agreement")),
    Field("adviser", gettext_lazy("Conseil"), ("conseil", "conseiller", "conseillere", "faite par", "adviser")),
)
PARTIES = ("enterprise", "neq", "person", "role")
MOST = 5  # parties of a row
PLACES = ("", *map(str, range(2, MOST + 1)))


def _fields() -> tuple[Field, ...]:
    of_parties = tuple(f for f in _FIELDS if f.name in PARTIES)
    more = (
        Field(f"{f.name}{n}", format_lazy("{} {}", f.label, n), tuple(f"{h} {n}" for h in f.headings))
        for n in range(2, MOST + 1)
        for f in of_parties
    )
    return (*_FIELDS, *more)


def check(lines: Sequence[Line], *, organisation: Organisation, user: Any, today: date) -> None:
    """What each line would record; a row that is there already is known by its key."""
    keys = _keys(lines)
    found = find_enterprises(
        user=user, texts={n for line in lines for place in PLACES if (n := _named_at(line.cells, place))}
    )
    teams = people_by_name(enterprise_ids={o.pk for one in found.values() for o in one}, day=today)
    known = import_keys(organisation_id=organisation.pk, keys=set(keys))
    person = person_of(user=user) if user is not None else None
    choices = choices_for(organisation=organisation, today=today)
    reader = _Reader(choices, today, person.pk if person else None, found, teams)
    for line, key in zip(lines, keys, strict=True):
        reader.read(line, key)
        line.known = key in known


def write(entries: Sequence[Entry], *, organisation_id: int, by: Account) -> int:
    made = actions.import_interventions(organisation_id=organisation_id, entries=entries, now=timezone.now(), by=by)
    return len(made)


def _named_at(cells: Mapping[str, str], place: str) -> str:
    """The enterprise that the columns of a place name: by NEQ, else by name."""
    return cells[f"neq{place}"] or cells[f"enterprise{place}"]


def _keys(lines: Iterable[Line]) -> list[str]:
    seen: Counter[str] = Counter()
    keys = []
    for line in lines:
        text = "\x1f".join(f"{k}={fold(v)}" for k, v in sorted(line.cells.items()) if v)
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

    def read(self, line: Line, key: str) -> None:
        """Its entry, or what is wrong with it; and what the preview says."""
        cells, done_on = line.cells, self._date(line)
        parties = self._parties(line)
        stream = self._one(line, "stream", self.streams, _("Volet")) or self.only_stream
        if stream is None and not line.errors and not cells["stream"]:
            line.wrong("stream", _("Le volet manque."))
        topic = self._one(line, "topic", self.topics, _("Sujet"))
        service = self._one(line, "service", self.services, _("Service"))
        edition = self._one(line, "edition", self.editions, _("Programme"))
        adviser = self._one(line, "adviser", self.advisers, _("Conseil")) or self.adviser_id
        agreement = self._one(line, "agreement", self.agreements, _("Entente"))
        minutes, later = self._minutes(line), line.values.get("next_step_on")
        mode = self._word(line, "mode", self.modes, _("Mode"))
        line.title = f"{say(done_on)} — {line.title}" if done_on else line.title
        line.more.append(cells["summary"])
        if not line.errors and done_on and parties and stream:
            line.entry = Entry(
                done_on=done_on,
                stream_id=stream,
                parties=parties,
                adviser_id=adviser,
                minutes=minutes,
                topic_id=topic,
                service_id=service,
                mode=mode,
                summary=cells["summary"][:300],
                outcome=cells["outcome"],
                next_step=cells["next_step"][:200],
                next_step_on=later,
                edition_id=edition,
                agreement_ids=(agreement,) if agreement else (),
                import_key=key,
            )

    def _date(self, line: Line) -> date | None:
        day: date | None = line.values.get("date")
        if day is not None and day > self.today:
            line.wrong("date", _("Le %(day)s n'est pas encore passé.") % {"day": say(day)})
        return day

    def _parties(self, line: Line) -> tuple[PartyEntry, ...]:
        """Who the columns name; errors stand on the row. A person alone belongs to the first enterprise."""
        parties, said, joining = [], [], []
        first: Organisation | None = None
        for place in PLACES:
            name = " ".join(line.cells[f"person{place}"].split())
            enterprise = self._enterprise(line, place) if _named_at(line.cells, place) or not place else None
            role = self._word(line, f"role{place}", self.roles, _("Rôle")) or PartyRole.BENEFICIARY
            first = first or enterprise
            whose = enterprise or (first if name else None)
            if whose is None:
                continue
            person = self.teams.get((whose.pk, fold(name))) if name else None
            parties.append(PartyEntry(whose.pk, person, role, "" if person else name[:160]))
            said.append(" · ".join(filter(None, [whose.name, name, str(PartyRole(role).label)])))
            joining += [name] if name and not person else []
        line.title = said[0] if said else line.cells["enterprise"] or line.cells["neq"]
        line.more = said[1:]
        if joining:
            line.more.append(_("Se joindra à l'équipe : %(names)s.") % {"names": ", ".join(joining)})
        return tuple(parties)

    def _enterprise(self, line: Line, place: str) -> Organisation | None:
        text = _named_at(line.cells, place)
        if not text:
            line.wrong("enterprise", _("L'entreprise manque."))
            return None
        found = self.found.get(text, [])
        if len(found) == 1:
            return found[0]
        if not found:
            line.wrong(
                "enterprise",
                _("« %(name)s » n'est pas au répertoire : créez sa fiche, puis relisez le fichier.") % {"name": text},
            )
        else:
            line.wrong(
                "enterprise", _("Plusieurs entreprises s'appellent « %(name)s » : ajoutez le NEQ.") % {"name": text}
            )
        return None

    def _one(self, line: Line, name: str, known: dict[str, int], label: str) -> int | None:
        text = line.cells.get(name, "")
        if not text:
            return None
        if fold(text) in known:
            return known[fold(text)]
        line.wrong(name, _("%(label)s inconnu : « %(text)s ».") % {"label": label, "text": text})
        return None

    def _word(self, line: Line, name: str, known: dict[str, str], label: str) -> str:
        text = line.cells.get(name, "")
        if text and fold(text) not in known:
            line.wrong(name, _("%(label)s inconnu : « %(text)s ».") % {"label": label, "text": text})
        return known.get(fold(text), "") if text else ""

    def _minutes(self, line: Line) -> int | None:
        try:
            return minutes_of(line.cells.get("minutes", ""))
        except ValidationError as error:
            line.wrong("minutes", " ".join(error.messages))
            return None


def words(organisation: Organisation) -> dict[str, list[Any]]:
    """The words that cells may hold."""
    choices = choices_for(organisation=organisation, today=timezone.localdate())
    return {
        _("Volet"): choices.streams,
        _("Sujet"): choices.topics,
        _("Service"): choices.services,
        _("Programme"): choices.editions,
        _("Entente"): choices.agreements,
        _("Conseil"): choices.advisers,
        _("Mode"): [label for _value, label in WorkMode.choices],
        _("Rôle"): [label for _value, label in PartyRole.choices],
    }


INTERVENTIONS = Kind(
    title=gettext_lazy("Importer des interventions"),
    counted=lambda n: ngettext("%(n)s intervention", "%(n)s interventions", n) % {"n": n},
    fields=_fields(),
    check=check,
    write=write,
    writers=WORKERS,
    back=lambda organisation: reverse("accompaniment:interventions"),
    words=words,
)
