"""Who changed what in an organisation's file, in sentences."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from maillage.core.templatetags.maillage import day as day_name

from ..models import Account, Organisation, OrganisationMerge, Role, RoleKind, Sector, Stewardship, Territory
from ..models.events import event_model
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


def _by(event: Any) -> int | None:
    metadata = event.pgh_context.metadata if event.pgh_context else {}
    by = metadata.get("by")
    return by if isinstance(by, int) else None


def _field_changes(organisation: Organisation) -> Iterator[_Line]:
    """An event holds the row as it was before its update; what followed is the next event, or the row of today."""
    model = event_model("Organisation")
    events = list(model.objects.filter(pgh_obj_id=organisation.pk).select_related("pgh_context").order_by("pgh_id"))
    show = _Shown([*events, organisation])
    for before, after in pairwise([*events, organisation]):
        for field in _FIELDS:
            old, new = getattr(before, field), getattr(after, field)
            if old != new:
                yield _line(_sentence(field, show(field, old), show(field, new)), _by(before), before.pgh_created_at)


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
    """Given (the row as it was made), changed (the row before; what followed is the next event or today's), removed."""
    model = event_model("Role")
    here = model.objects.filter(organisation_id=organisation.pk)
    events = list(
        model.objects.filter(pgh_obj_id__in=here.values("pgh_obj_id"))
        .select_related("pgh_context", "person")
        .order_by("pgh_id")
    )
    after: dict[int, Any] = Role.objects.in_bulk({e.pgh_obj_id for e in events})
    for event in reversed(events):
        following = after.get(event.pgh_obj_id)
        after[event.pgh_obj_id] = event if event.pgh_label == "update" else None
        if event.organisation_id == organisation.pk:
            yield _line(_role_sentence(event, following), _by(event), event.pgh_created_at)


def _role_sentence(event: Any, following: Any) -> str:
    values = {"name": event.person.name, "role": RoleKind(event.kind).label}
    if event.pgh_label == "insert":
        return _("%(name)s a reçu un rôle : %(role)s.") % values
    if event.pgh_label == "delete":
        return _("Un rôle de %(name)s a été retiré : %(role)s.") % values
    if following is not None and following.organisation_id != event.organisation_id:
        return _("Le rôle de %(name)s est passé à la fiche qui reste : %(role)s.") % values
    if following is not None and following.during.upper and following.during.upper != event.during.upper:
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
