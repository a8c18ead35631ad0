"""Members in spreadsheets: read with the errors of every row, and written."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import IO, Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from maillage.core.dates import say
from maillage.core.downloads import Work
from maillage.core.imports import Field, Kind, Line
from maillage.core.sheets import Column, write_xlsx_to
from maillage.core.text import unaccented
from maillage.directory import queries as directory
from maillage.directory.models import Organisation
from maillage.directory.types import Account, clean_neq

from . import actions, queries
from .actions import year_after
from .models import FeePeriod, HeldBy, MemberClass, Membership
from .types import KEEPERS, MemberRow


def check(lines: Sequence[Line], *, organisation: Organisation, user: Any, today: date) -> None:
    """What each line would make; a member that is there already with that first day is known."""
    classes, seen = list(queries.classes_of(organisation.pk)), dict[str, int]()
    for line in lines:
        if line.errors:
            continue
        try:
            read = _read(line, classes, today)
            line.title = read.name
            line.more = [_("Organisation") if read.organisation or read.neq else "", read.email, say(read.since)]
            _once(read, seen)
        except (ValueError, ValidationError) as error:
            line.wrong("", error.messages[0] if isinstance(error, ValidationError) else str(error))
        else:
            line.entry = read
    ready = [line for line in lines if line.entry is not None]
    known = actions.members_known(organisation_id=organisation.pk, rows=[line.entry for line in ready])
    for line in ready:
        line.known = line.entry.line in known


def write(entries: Sequence[MemberRow], *, organisation_id: int, by: Account) -> int:
    return actions.import_members(organisation_id=organisation_id, rows=entries, by=by).made


MEMBERS = Kind(
    title=gettext_lazy("Importer des membres"),
    lead=gettext_lazy(
        "Rien ne s'écrit avant que vous confirmiez, rien n'est facturé, et le même fichier deux fois ne change rien."
    ),
    counted=lambda n: ngettext("%(n)s membre", "%(n)s membres", n) % {"n": n},
    fields=(
        Field("given_name", gettext_lazy("Prénom"), ("prenom", "given name", "first name")),
        Field("family_name", gettext_lazy("Nom"), ("nom", "nom de famille", "family name", "last name")),
        Field("email", gettext_lazy("Courriel"), ("courriel", "email", "e-mail", "adresse courriel")),
        Field("phone", gettext_lazy("Téléphone"), ("telephone", "phone", "tel")),
        Field(
            "organisation",
            gettext_lazy("Organisation"),
            ("organisation", "entreprise", "organisme", "nom de l'organisation", "company", "organization"),
        ),
        Field("neq", gettext_lazy("NEQ"), ("neq", "numero d'entreprise", "numero d'entreprise du quebec")),
        Field("number", gettext_lazy("Numéro"), ("numero", "no", "numero de membre", "number", "member number")),
        Field("member_class", gettext_lazy("Catégorie"), ("categorie", "classe", "class", "type")),
        Field("since", gettext_lazy("Depuis"), ("depuis", "date d'adhesion", "adhesion", "since", "debut"), kind="day"),
        Field("until", gettext_lazy("Jusqu'au"), ("jusqu'au", "echeance", "until", "fin"), kind="day"),
    ),
    check=check,
    write=write,
    writers=KEEPERS,
    back=lambda organisation: reverse("membership:members", args=[organisation.public_id]),
    batch=0,
    words=lambda organisation: {str(_("Catégorie")): queries.classes_of(organisation.pk)},
)


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


def _read(line: Line, classes: Sequence[MemberClass], today: date) -> MemberRow:
    cell = line.cells
    organisation, neq = cell["organisation"][:200], clean_neq(cell["neq"])
    if not (cell["given_name"] or cell["family_name"] or organisation or neq):
        raise ValueError(_("Le nom manque : celui de la personne, ou celui de l'organisation."))
    if not (cell["email"] or cell["number"] or organisation or neq):
        raise ValueError(_("Il faut un courriel ou un numéro de membre pour reconnaître la personne."))
    if cell["email"]:
        validate_email(cell["email"])
    kept = _class(cell["member_class"], classes, HeldBy.ORGANISATION if organisation or neq else HeldBy.PERSON)
    since = line.values["since"] or today
    return MemberRow(
        line=line.number,
        given_name=cell["given_name"][:80],
        family_name=cell["family_name"][:80],
        email=cell["email"],
        phone=cell["phone"][:24],
        member_class_id=kept.pk,
        number=_number(cell["number"]),
        since=since,
        until=_until(line.values["until"], kept, since),
        organisation=organisation,
        neq=neq,
    )


def _number(text: str) -> int:
    if not text:
        return 0
    if not text.isdigit() or not 0 < int(text) < 2_000_000_000:
        raise ValueError(_("« %(text)s » n'est pas un numéro de membre.") % {"text": text})
    return int(text)


def _until(until: date | None, kept: MemberClass, since: date) -> date | None:
    if until is not None:
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
    """The register as a spreadsheet that `MEMBERS` reads back."""
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
