"""Who changed what in an organisation's file, in sentences."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from maillage.core.changes import Done, past_of, with_after
from maillage.core.templatetags.maillage import day as day_name

from ..models import Account, Organisation, OrganisationMerge, Person, Role, RoleKind, Sector, Stewardship, Territory
from ..types import Change

_FIELDS = {
    "name": gettext_lazy("Le nom"),
    "legal_form": gettext_lazy("La forme juridique"),
    "neq": gettext_lazy("Le NEQ"),
    "sector_id": gettext_lazy("Le secteur"),
    "email": gettext_lazy("Le courriel"),
    "phone": gettext_lazy("Le téléphone"),
    "website": gettext_lazy("Le site"),
    "address": gettext_lazy("L'adresse"),
    "postal_code": gettext_lazy("Le code postal"),
    "municipality_id": gettext_lazy("La municipalité"),
    "mrc_id": gettext_lazy("La MRC"),
    "description": gettext_lazy("La présentation"),
    "employees": gettext_lazy("Le nombre d'employés"),
}
_FEMININE = {"legal_form", "address", "municipality_id", "mrc_id", "description"}


def history_of(organisation: Organisation, *, limit: int = 100) -> list[Change]:
    """The changes of the organisation, of its roles and its merges, the latest first. A constant number of
    statements.
    """
    changes = [
        *_field_changes(organisation),
        *_role_changes(organisation),
        *_merges(organisation),
        *_stewards(organisation),
        _line(_("La fiche a été créée."), organisation.created_by_id, organisation.created_at),
    ]
    changes.sort(key=lambda c: c[2], reverse=True)
    names = _names({by for _sentence, by, _at in changes[:limit]})
    return [
        Change(sentence, names.get(by, "") if by else "", at, timezone.localdate(at))
        for sentence, by, at in changes[:limit]
    ]


_Line = tuple[str, int | None, datetime]


def _line(sentence: str, by: int | None, at: datetime) -> _Line:
    return sentence, by, at


def _names(accounts: Iterable[int | None]) -> dict[int, str]:
    rows = Account.objects.filter(pk__in=[a for a in accounts if a]).select_related("person")
    return {a.pk: a.person.name if hasattr(a, "person") else a.email for a in rows}


def _field_changes(organisation: Organisation) -> Iterator[_Line]:
    told = with_after(past_of(Organisation, [organisation.pk]), {organisation.pk: organisation})
    pairs = [(was, was.row, after) for was, after in told if was.row is not None and after is not None]
    show = _Shown([organisation, *(before for _was, before, _after in pairs)])
    for was, before, after in pairs:
        for field in _FIELDS:
            old, new = getattr(before, field), getattr(after, field)
            if old != new:
                yield _line(_sentence(field, show(field, old), show(field, new)), was.account_id, was.at)


def _sentence(field: str, old: str, new: str) -> str:
    values = {"label": _FIELDS[field], "old": old, "new": new}
    if not old:
        return _("%(label)s : ajout de « %(new)s ».") % values
    if not new:
        return _("%(label)s : retrait de « %(old)s ».") % values
    if field in _FEMININE:
        return _("%(label)s est passée de « %(old)s » à « %(new)s ».") % values
    return _("%(label)s est passé de « %(old)s » à « %(new)s ».") % values


class _Shown:
    """Values as people read them: names of territories and sectors fetched once for all rows."""

    def __init__(self, rows: list[Any]) -> None:
        places = {getattr(row, f) for row in rows for f in ("municipality_id", "mrc_id")}
        self.places = dict(Territory.objects.filter(pk__in=places - {None}).values_list("pk", "name"))
        sectors = {row.sector_id for row in rows}
        self.sectors = dict(Sector.objects.filter(pk__in=sectors - {None}).values_list("pk", "name"))

    def __call__(self, field: str, value: Any) -> str:
        if value in (None, ""):
            return ""
        if field in ("municipality_id", "mrc_id"):
            return self.places.get(value, "")
        if field == "sector_id":
            return self.sectors.get(value, "")
        if field == "legal_form":
            return str(dict(Organisation._meta.get_field("legal_form").flatchoices).get(value, value))
        text = str(value)
        return text if len(text) <= 80 else text[:79].rstrip() + "…"


def _role_changes(organisation: Organisation) -> Iterator[_Line]:
    """Given, changed or removed here."""
    roles = Role.objects.select_related("person")
    today = {role.pk: role for role in roles.filter(organisation=organisation)}
    past = past_of(Role, today, ever={"organisation_id": organisation.pk})
    today |= roles.in_bulk({was.key for was in past} - set(today))
    told = with_after(past, today)
    people = {role.person_id: role.person for role in today.values()}
    people |= Person.objects.in_bulk({was.row.person_id for was in past if was.row} - set(people))
    for was, after in told:
        row = was.row or after
        if row is not None and row.organisation_id == organisation.pk and row.person_id in people:
            yield _line(_role_sentence(was.done, row, after, people[row.person_id]), was.account_id, was.at)


def _role_sentence(done: str, told: Role, following: Role | None, person: Person) -> str:
    values = {"name": person.name, "role": RoleKind(told.kind).label}
    if done == Done.MADE:
        return _("%(name)s a reçu un rôle : %(role)s.") % values
    if done == Done.REMOVED:
        return _("Un rôle de %(name)s a été retiré : %(role)s.") % values
    if following is not None and following.organisation_id != told.organisation_id:
        return _("Le rôle de %(name)s est passé à la fiche qui reste : %(role)s.") % values
    if following is not None and following.during.upper and following.during.upper != told.during.upper:
        return _("Le rôle de %(name)s prend fin le %(day)s : %(role)s.") % {
            **values,
            "day": day_name(following.during.upper),
        }
    return _("Le rôle de %(name)s a changé : %(role)s.") % values


def _merges(organisation: Organisation) -> Iterator[_Line]:
    rows = OrganisationMerge.objects.filter(Q(canonical=organisation) | Q(duplicate=organisation))
    for row in rows.select_related("canonical", "duplicate"):
        other = row.duplicate if row.canonical_id == organisation.pk else row.canonical
        yield _line(_("Réunie avec « %(other)s ».") % {"other": other.name}, row.by_id, row.at)
        if row.undone_at:
            when = {"other": other.name, "day": day_name(timezone.localdate(row.at))}
            yield _line(_("Séparée de « %(other)s » (réunies le %(day)s).") % when, row.undone_by_id, row.undone_at)


def _stewards(organisation: Organisation) -> Iterator[_Line]:
    for row in Stewardship.objects.filter(organisation=organisation).select_related("steward"):
        name = {"name": row.steward.name}
        yield _line(_("La fiche a été confiée à « %(name)s ».") % name, row.given_by_id, row.given_at)
        if row.ended_at:
            yield _line(_("La fiche a été reprise à « %(name)s ».") % name, row.ended_by_id, row.ended_at)
