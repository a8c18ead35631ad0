"""Members in spreadsheets: read with the errors of every row, and written."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import IO, Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from maillage.core.downloads import Work
from maillage.core.sheets import Column, Row, date_of, read_table, write_xlsx_to
from maillage.core.text import unaccented
from maillage.directory import queries as directory
from maillage.directory.types import clean_neq

from . import queries
from .actions import year_after
from .models import FeePeriod, HeldBy, MemberClass, Membership
from .types import KEEPERS, MemberRow

NAMES = {
    "given_name": ("prenom", "given name", "first name"),
    "family_name": ("nom", "nom de famille", "family name", "last name"),
    "email": ("courriel", "email", "e-mail", "adresse courriel"),
    "phone": ("telephone", "phone", "tel"),
    "organisation": ("organisation", "entreprise", "organisme", "nom de l'organisation", "company", "organization"),
    "neq": ("neq", "numero d'entreprise", "numero d'entreprise du quebec"),
    "number": ("numero", "no", "numero de membre", "number", "member number"),
    "member_class": ("categorie", "classe", "class", "type"),
    "since": ("depuis", "date d'adhesion", "adhesion", "since", "debut"),
    "until": ("jusqu'au", "echeance", "until", "fin"),
}


@dataclass
class Preview:
    """Rows that can be taken, and what is wrong with the others as (row, sentence)."""

    rows: list[MemberRow] = field(default_factory=list)
    errors: list[tuple[int, str]] = field(default_factory=list)

    @property
    def organisations(self) -> int:
        """How many of the rows are organisations."""
        return sum(bool(r.organisation or r.neq) for r in self.rows)


def read_members(file: IO[bytes], *, name: str, classes: Sequence[MemberClass], today: date) -> Preview:
    """Read a spreadsheet of members; nothing is written. Raises core.sheets.Unreadable."""
    preview = Preview()
    seen: dict[str, int] = {}
    for row in read_table(file, name=name):
        try:
            read = _read(row, classes, today)
            _once(read, seen)
        except (ValueError, ValidationError) as error:
            preview.errors.append((row.number, error.messages[0] if isinstance(error, ValidationError) else str(error)))
        else:
            preview.rows.append(read)
    return preview


def _once(row: MemberRow, seen: dict[str, int]) -> None:
    """A member is on one line: an organisation by its NEQ or name, a person by e-mail."""
    if row.organisation or row.neq:
        key, sentence = row.neq or unaccented(row.organisation), _("Cette organisation est déjà à la ligne %(line)s.")
    elif row.email:
        key, sentence = row.email.lower(), _("Ce courriel est déjà à la ligne %(line)s.")
    else:
        return
    first = seen.setdefault(key, row.line)
    if first != row.line:
        raise ValueError(sentence % {"line": first})


def _read(row: Row, classes: Sequence[MemberClass], today: date) -> MemberRow:
    cell = {key: next((row.cells[n] for n in names if row.cells.get(n)), "") for key, names in NAMES.items()}
    organisation, neq = cell["organisation"][:200], clean_neq(cell["neq"])
    if not (cell["given_name"] or cell["family_name"] or organisation or neq):
        raise ValueError(_("Le nom manque : celui de la personne, ou celui de l'organisation."))
    if not (cell["email"] or cell["number"] or organisation or neq):
        raise ValueError(_("Il faut un courriel ou un numéro de membre pour reconnaître la personne."))
    if cell["email"]:
        validate_email(cell["email"])
    kept = _class(cell["member_class"], classes, HeldBy.ORGANISATION if organisation or neq else HeldBy.PERSON)
    since = date_of(cell["since"]) if cell["since"] else today
    return MemberRow(
        line=row.number,
        given_name=cell["given_name"][:80],
        family_name=cell["family_name"][:80],
        email=cell["email"],
        phone=cell["phone"][:24],
        member_class_id=kept.pk,
        number=_number(cell["number"]),
        since=since,
        until=_until(cell["until"], kept, since),
        organisation=organisation,
        neq=neq,
    )


def _number(text: str) -> int:
    if not text:
        return 0
    if not text.isdigit() or not 0 < int(text) < 2_000_000_000:
        raise ValueError(_("« %(text)s » n'est pas un numéro de membre.") % {"text": text})
    return int(text)


def _until(text: str, kept: MemberClass, since: date) -> date | None:
    if text:
        until = date_of(text)
        if until <= since:
            raise ValueError(_("L'échéance précède l'adhésion."))
        return until
    return None if kept.period == FeePeriod.LIFE else year_after(since)


def _class(text: str, classes: Sequence[MemberClass], held_by: str) -> MemberClass:
    fitting = [c for c in classes if c.held_by in (held_by, HeldBy.ANYONE)]
    if not text and len(fitting) == 1:
        return fitting[0]
    known = {unaccented(c.name): c for c in classes}
    if unaccented(text) not in known:
        names = ", ".join(c.name for c in fitting)
        raise ValueError(
            _("La catégorie « %(text)s » n'existe pas. Choisissez : %(names)s.") % {"text": text, "names": names}
        )
    kept = known[unaccented(text)]
    if kept not in fitting:
        sentence = (
            _("La catégorie « %(name)s » est pour les personnes, et la ligne nomme une organisation.")
            if held_by == HeldBy.ORGANISATION
            else _("La catégorie « %(name)s » est pour les organisations : nommez-la dans la colonne Organisation.")
        )
        raise ValueError(sentence % {"name": kept.name})
    return kept


def members_file(
    work: Work, *, user: Any, organisation: str, search: str, status: str, held_by: str, today: str
) -> None:
    """The register as it was filtered, on that day. Raises Http404."""
    whose = directory.organisation_for(user=user, public_id=UUID(organisation), kinds=KEEPERS)
    day = date.fromisoformat(today)
    rows = queries.register(whose.pk, today=day, search=search, status=status, held_by=held_by)
    write_members(work.file, work.counting(rows.iterator(2000), total=rows.count()), today=day)


def write_members(file: IO[bytes], rows: Iterable[Membership], *, today: date) -> None:
    """The register as a spreadsheet that `read_members` reads back."""
    columns = [
        Column(_("Numéro"), "integer", 10),
        Column(_("Organisation"), width=28),
        Column(_("NEQ"), width=12),
        Column(_("Prénom"), width=18),
        Column(_("Nom"), width=20),
        Column(_("Courriel"), width=30),
        Column(_("Téléphone"), width=16),
        Column(_("Catégorie"), width=22),
        Column(_("Depuis"), "date", 12),
        Column(_("Jusqu'au"), "date", 12),
        Column(_("En règle"), width=10),
    ]
    lines: Iterable[list[Any]] = (
        [m.number, *_who(m), m.member_class.name, m.during.lower, m.during.upper, today in m.during] for m in rows
    )
    write_xlsx_to(file, [(_("Membres"), columns, lines)], title=_("Membres"), made_on=today)


def _who(membership: Membership) -> list[str]:
    organisation, person = membership.member_organisation, membership.person
    if organisation is not None:
        return [organisation.name, organisation.neq, "", "", organisation.email, organisation.phone]
    assert person is not None  # a constraint
    return ["", "", person.given_name, person.family_name, person.email, person.phone]
