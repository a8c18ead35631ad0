"""Questions kept under a name."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from maillage.core import facts
from maillage.core.actions import Refused, action
from maillage.directory.models import Account

from .. import access
from ..models import Pivot


class PivotRefused(Refused):
    """The question cannot be asked of this fact."""


@action(access.readers)
def save_pivot(
    *,
    organisation_id: int,
    name: str,
    fact: str,
    rows: str,
    by: Account,
    columns: str = "",
    distinct: str = "",
    filters: Mapping[str, Sequence[Any]] | None = None,
    start: date | None = None,
    end: date | None = None,
    shared: bool = True,
) -> Pivot:
    """Keep a question, shared with the organisation or one's own. Raises PivotRefused."""
    if not name.strip():
        raise PivotRefused(_("Donnez un nom à cette question."))
    try:
        known = facts.get(fact)
        for dimension in (rows, columns, distinct):
            if dimension:
                known.dimension(dimension)
    except (KeyError, facts.BadFilter) as error:
        raise PivotRefused(_("Cette question ne peut pas être posée.")) from error
    return Pivot.objects.create(
        organisation_id=organisation_id,
        name=name.strip()[:120],
        fact=fact,
        rows=rows,
        columns=columns,
        distinct=distinct,
        filters={k: list(v) for k, v in (filters or {}).items()},
        start=start,
        end=end,
        shared=shared,
        owner=by,
    )


@action(access.pivot)
def delete_pivot(*, pivot_id: int, by: Account) -> None:
    """Only its owner removes a question."""
    Pivot.objects.filter(pk=pivot_id, owner=by).delete()
