"""Organisations: made, corrected, united with their duplicates, separated again."""

from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action, locked

from .. import access
from ..models import (
    Account,
    ContactChange,
    DistinctPair,
    Organisation,
    OrganisationMerge,
    Role,
    RoleKind,
    TerritoryKind,
    TerritoryParent,
)
from .authority import note_change, require_contact, require_file
from .people import person_for_account

FILLED = (
    "neq",
    "sector_id",
    "email",
    "phone",
    "website",
    "address",
    "postal_code",
    "municipality_id",
    "mrc_id",
    "latitude",
    "longitude",
    "description",
    "employees",
)
"""Fields that the canonical organisation takes from a duplicate where its own are empty."""


class NeqTaken(Refused):
    """Another organisation has this NEQ."""


class SameOrganisation(Refused):
    """An organisation cannot be united with itself."""


class AlreadyMerged(Refused):
    """One of the two is a duplicate of a third, or of the other."""


class NotMerged(Refused):
    """The organisation is not a duplicate."""


@action(access.newcomer)
def create_organisation(
    *, name: str, by: Account | None, today: date | None = None, coordinate: bool = False, **values: Any
) -> Organisation:
    """A new organisation; `values` are fields of `Organisation`. The MRC follows from the municipality unless given.

    `coordinate`: `by` becomes its coordinator from `today`. Raises NeqTaken.
    """
    organisation = Organisation(name=name, slug=values.pop("slug", "") or _free_slug(name), created_by=by, **values)
    _follow_municipality(organisation, today or timezone.localdate())
    _save(organisation)
    if coordinate and by is not None:
        Role.objects.create(
            person=person_for_account(account=by, by=by),
            organisation=organisation,
            kind=RoleKind.COORDINATOR,
            during=(today or timezone.localdate(), None),
        )
    return organisation


@action(access.its_body)
def edit_organisation(*, organisation_id: int, values: dict[str, Any], by: Account | None) -> Organisation:
    """Change the fields of `values`; the log keeps what they were. A new e-mail is told to the old one too.

    Raises NotYourFile, NotYourContact, NeqTaken.
    """
    organisation = locked(Organisation, organisation_id)
    require_file(organisation, by)
    before = organisation.email
    if values.get("email", before) != before:
        require_contact(organisation, by)
    moved = "municipality" in values and values["municipality"] != organisation.municipality
    for field, value in values.items():
        setattr(organisation, field, value)
    if moved and "mrc" not in values:
        organisation.mrc = None
    _follow_municipality(organisation, timezone.localdate())
    _save(organisation)
    _note_email(organisation.pk, before, organisation.email, by)
    return organisation


def _note_email(organisation_id: int, before: str, after: str, by: Account | None) -> None:
    note_change(
        organisation_id=organisation_id,
        field=ContactChange.Field.EMAIL,
        before=before,
        after=after,
        now=timezone.now(),
        by=by,
    )


def _save(organisation: Organisation) -> None:
    try:
        with transaction.atomic():
            organisation.save()
    except IntegrityError as error:
        if "organisation_neq" not in str(error):
            raise
        other = Organisation.objects.filter(neq=organisation.neq, merged_into=None).first()
        raise NeqTaken(
            _("Ce NEQ est déjà celui de « %(name)s ».") % {"name": other.name if other else organisation.neq}
        ) from error


def _follow_municipality(organisation: Organisation, day: date) -> None:
    if organisation.municipality_id is None or organisation.mrc_id is not None:
        return
    link = TerritoryParent.objects.filter(
        child_id=organisation.municipality_id,
        kind="administrative",
        parent__kind=TerritoryKind.MRC,
        during__contains=day,
    ).first()
    organisation.mrc_id = link.parent_id if link else None


def _free_slug(name: str) -> str:
    base = slugify(name)[:70].strip("-") or "organisation"
    taken = set(Organisation.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    if base not in taken:
        return base
    return next(slug for n in range(2, len(taken) + 3) if (slug := f"{base}-{n}") not in taken)


@action(access.its_body)
def merge(*, canonical_id: int, duplicate_id: int, by: Account | None) -> OrganisationMerge:
    """Say that `duplicate` is `canonical`: no row is lost, every row of the duplicate counts for the canonical one.

    The duplicate keeps its rows and points to the canonical one (`merged_into`); those that pointed to it are
    repointed, so that a duplicate is always one step away. Its roles move, unless the person holds the same one there
    at the same time: then that one is widened. Empty fields are filled from the duplicate. Everything can be undone
    (`unmerge`).

    Both rows are locked in the order of their keys: two merges in opposite directions cannot make a cycle, the second
    raises AlreadyMerged. Raises SameOrganisation for twice the same, NotYourContact: the people of each come to keep
    the other.
    """
    if canonical_id == duplicate_id:
        raise SameOrganisation(_("Ce sont deux fois la même organisation : choisissez-en deux différentes."))
    locked = _locked(canonical_id, duplicate_id)
    canonical, duplicate = locked[canonical_id], locked[duplicate_id]
    for organisation in (canonical, duplicate):
        if organisation.merged_into_id is not None:
            raise AlreadyMerged(
                _("« %(name)s » a déjà été réunie à une autre fiche. Rouvrez la liste des doublons.")
                % {"name": organisation.name}
            )
    for organisation in (canonical, duplicate):
        require_contact(organisation, by)
    children = list(Organisation.objects.filter(merged_into=duplicate).order_by("pk").values_list("pk", flat=True))
    Organisation.objects.filter(pk__in=children).update(merged_into=canonical)
    Organisation.objects.filter(pk=duplicate.pk).update(merged_into=canonical)
    moved, widened = _move_roles(duplicate, canonical)
    filled = _fill(canonical, duplicate)
    _note_email(canonical.pk, canonical.email, filled.get("email", canonical.email), by)
    undo = {"children": children, "filled": filled, "moved": moved, "widened": widened}
    DistinctPair.objects.filter(
        low_id=min(canonical_id, duplicate_id), high_id=max(canonical_id, duplicate_id)
    ).delete()
    return OrganisationMerge.objects.create(
        canonical=canonical, duplicate=duplicate, by=by, at=timezone.now(), undo=undo
    )


def _locked(*ids: int) -> dict[int, Organisation]:
    rows = Organisation.objects.order_by("pk").select_for_update(of=("self",), no_key=True)
    return {o.pk: o for o in rows.filter(pk__in=ids)}


def _fill(canonical: Organisation, duplicate: Organisation) -> dict[str, Any]:
    """Copy into the canonical organisation what only the duplicate knows."""
    filled = {f: getattr(duplicate, f) for f in FILLED if getattr(canonical, f) in ("", None)}
    filled = {f: value for f, value in filled.items() if value not in ("", None)}
    if filled:
        Organisation.objects.filter(pk=canonical.pk).update(**filled)
    return {f: value if isinstance(value, int | str) else str(value) for f, value in filled.items()}


def _bounds(role: Role) -> tuple[date | None, date | None]:
    return role.during.lower, role.during.upper


def _move_roles(duplicate: Organisation, canonical: Organisation) -> tuple[list[int], dict[str, list[str | None]]]:
    """Move the duplicate's roles; where the canonical one has an overlapping twin, widen it instead."""
    moved: list[int] = []
    widened: dict[str, list[str | None]] = {}
    for role in Role.objects.filter(organisation=duplicate).order_by("pk"):
        twins = list(
            Role.objects.filter(
                organisation=canonical, person_id=role.person_id, kind=role.kind, during__overlap=role.during
            ).order_by("pk")
        )
        if not twins:
            Role.objects.filter(pk=role.pk).update(organisation=canonical)
            moved.append(role.pk)
        elif len(twins) == 1:
            _widen(twins[0], role, widened)
    return moved, widened


def _widen(twin: Role, role: Role, widened: dict[str, list[str | None]]) -> None:
    (start, end), (other_start, other_end) = _bounds(twin), _bounds(role)
    union = (
        None if start is None or other_start is None else min(start, other_start),
        None if end is None or other_end is None else max(end, other_end),
    )
    if union == (start, end):
        return
    touching = Role.objects.filter(
        organisation_id=twin.organisation_id, person_id=twin.person_id, kind=twin.kind, during__overlap=union
    ).exclude(pk=twin.pk)
    if touching.exists():
        return
    widened.setdefault(str(twin.pk), [d.isoformat() if d else None for d in (start, end)])
    Role.objects.filter(pk=twin.pk).update(during=union)


@action(access.its_body)
def unmerge(*, organisation_id: int, by: Account | None) -> Organisation:
    """Undo the merge of a duplicate: it stands alone again, with the duplicates, roles and fields that it brought.

    A field that was changed since stays as it is. Raises NotMerged, NotYourContact.
    """
    canonical_id = Organisation.objects.filter(pk=organisation_id).values_list("merged_into_id", flat=True).get()
    if canonical_id is None:
        raise NotMerged(_("Cette fiche n'est pas un doublon."))
    record = OrganisationMerge.objects.filter(duplicate_id=organisation_id, undone_at=None).first()
    locked = _locked(canonical_id, organisation_id, *([record.canonical_id] if record else []))
    canonical, duplicate = locked[canonical_id], locked[organisation_id]
    if duplicate.merged_into_id != canonical.pk:
        raise NotMerged(_("Cette fiche vient d'être modifiée. Rouvrez-la."))
    require_contact(canonical, by)
    undo = record.undo if record else {}
    for holder in locked.values():
        if holder.pk != duplicate.pk:
            _unfill(holder, undo.get("filled", {}), by)
    duplicate.merged_into = None
    _save(duplicate)
    Organisation.objects.filter(pk__in=undo.get("children", []), merged_into=canonical).update(merged_into=duplicate)
    Role.objects.filter(pk__in=undo.get("moved", []), organisation=canonical).update(organisation=duplicate)
    for role_id, (start, end) in undo.get("widened", {}).items():
        before = tuple(date.fromisoformat(d) if d else None for d in (start, end))
        Role.objects.filter(pk=role_id, organisation=canonical).update(during=before)
    if record:
        OrganisationMerge.objects.filter(pk=record.pk).update(undone_at=timezone.now(), undone_by=by)
    duplicate.refresh_from_db()
    return duplicate


def _unfill(canonical: Organisation, filled: dict[str, Any], by: Account | None) -> None:
    empty = {
        field: None if Organisation._meta.get_field(field).null else ""
        for field, value in filled.items()
        if str(getattr(canonical, field)) == str(value)
    }
    if empty:
        Organisation.objects.filter(pk=canonical.pk).update(**empty)
        _note_email(canonical.pk, canonical.email, empty.get("email", canonical.email) or "", by)


@action(access.both)
def mark_distinct(*, first_id: int, second_id: int, by: Account | None) -> None:
    """Say that two organisations that look alike are not the same: they leave the list of likely duplicates."""
    if first_id == second_id:
        raise SameOrganisation(_("Ce sont deux fois la même organisation : choisissez-en deux différentes."))
    DistinctPair.objects.get_or_create(
        low_id=min(first_id, second_id), high_id=max(first_id, second_id), defaults={"by": by}
    )
