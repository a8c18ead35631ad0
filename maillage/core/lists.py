"""Lists of words that an organisation keeps (streams, topics…): ordered, renamed, retired, never deleted.

For models with `organisation`, `key` (a slug), `name`, `name_en`, `order` and `retired_on`. Call from an action.
"""

from datetime import date
from typing import Any

from django.db.models import Max, Q, QuerySet
from django.utils.text import slugify
from django.utils.translation import gettext as _

from .actions import Refused


class NameTaken(Refused):
    """The list has this word already."""


class NameMissing(Refused):
    """A word has at least a letter."""


def _key(model: Any, name: str) -> str:
    key = slugify(name)[: model._meta.get_field("key").max_length].strip("-")
    if not key:
        raise NameMissing(_("Écrivez un nom."))
    return key


def _refuse_twin(rows: QuerySet[Any], organisation_id: int | None, name: str, key: str, but: int | None) -> None:
    ours = rows.filter(Q(organisation=None) | Q(organisation=organisation_id)).exclude(pk=but)
    if ours.filter(Q(key=key) | Q(name__iexact=name.strip()), retired_on=None).exists():
        raise NameTaken(_("« %(name)s » est déjà dans la liste.") % {"name": name.strip()})


def add_word(model: Any, *, organisation_id: int | None, name: str, name_en: str = "", **values: Any) -> Any:
    """A word at the end of the list; one that was retired comes back. Raises NameTaken, NameMissing."""
    key, rows = _key(model, name), model._default_manager.all()
    _refuse_twin(rows, organisation_id, name, key, None)
    row = rows.filter(organisation=organisation_id, key=key).first() or model(organisation_id=organisation_id, key=key)
    last = rows.filter(organisation=organisation_id).aggregate(last=Max("order"))["last"] or 0
    row.name, row.name_en, row.retired_on, row.order = name.strip(), name_en.strip(), None, last + 1
    for field, value in values.items():
        setattr(row, field, value)
    row.save()
    return row


def rename_word(row: Any, *, name: str, name_en: str, **values: Any) -> Any:
    """The word changes everywhere it stands, past rows included; its key stays. Raises NameTaken, NameMissing."""
    key = _key(type(row), name)
    _refuse_twin(type(row)._default_manager.all(), row.organisation_id, name, key, row.pk)
    row.name, row.name_en = name.strip(), name_en.strip()
    for field, value in values.items():
        setattr(row, field, value)
    row.save()
    return row


def move_word(row: Any, *, step: int) -> None:
    """One place up (-1) or down (+1) among the words in use; at an end of the list nothing changes."""
    rows = list(
        type(row)
        ._default_manager.filter(organisation=row.organisation_id, retired_on=None)
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    rows.sort(key=lambda r: (r.order, r.name))
    here = next((n for n, r in enumerate(rows) if r.pk == row.pk), None)
    if here is None or not 0 <= here + step < len(rows):
        return
    rows[here], rows[here + step] = rows[here + step], rows[here]
    for order, moved in enumerate(rows, 1):
        moved.order = order
    type(row)._default_manager.bulk_update(rows, ["order"])


def retire_word(row: Any, *, today: date) -> None:
    """No longer offered; what holds it keeps it, and figures count it as before."""
    row.retired_on = row.retired_on or today
    row.save()


def restore_word(row: Any) -> None:
    """Offered again. Raises NameTaken if another took its name."""
    _refuse_twin(type(row)._default_manager.all(), row.organisation_id, row.name, row.key, row.pk)
    row.retired_on = None
    row.save()
