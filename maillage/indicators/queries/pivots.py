"""A question asked of a fact: rows by columns, every total recomputed, within two seconds or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.db.models import Q
from django.http import Http404
from django.utils.translation import gettext as _

from maillage.core.actions import Refused
from maillage.core.facts import Fact, FactContext, Number

from ..access import READERS, may
from ..models import Pivot
from ..types import Part
from .figures import dimension_values

BUDGET = 2.0  # seconds, for the table and for the list of its filter together
LIST_BUDGET = 0.6
MAX_ROWS, MAX_COLUMNS = 200, 60


class TooWide(Refused):
    """The question makes too large a table, or takes too long."""


class TooSlow(TooWide):
    """The question takes longer than a page may: a file of it can be prepared (`exports.pivot`)."""


@dataclass(frozen=True)
class PivotTable:
    """`cells[row key][column key]`. Totals are counted again: distinct things never add up."""

    rows: list[tuple[Any, str]]
    columns: list[tuple[Any, str]]
    cells: dict[Any, dict[Any, Number]]
    row_totals: dict[Any, Number]
    column_totals: dict[Any, Number]
    total: Number


def pivot(fact: Fact, ctx: FactContext, *, rows: str, columns: str = "", budget: float = BUDGET) -> PivotTable:
    """Four statements at most, together within `budget` seconds. Raises TooWide, BadFilter."""
    with _within(budget) as step:
        step()
        down = fact.breakdown(ctx, [rows], limit=MAX_ROWS + 1)
        if len(down) > MAX_ROWS:
            raise TooWide(_("Cette question donne plus de 200 lignes. Choisissez une autre ligne, ou filtrez."))
        step()
        total = fact.value(ctx)
        row_keys = [(c.keys[0], c.labels[0]) for c in down]
        row_totals = {c.keys[0]: c.value for c in down}
        if not columns:
            return PivotTable(row_keys, [], {}, row_totals, {}, total)
        step()
        across = fact.breakdown(ctx, [columns], limit=MAX_COLUMNS + 1)
        if len(across) > MAX_COLUMNS:
            raise TooWide(_("Cette question donne plus de 60 colonnes. Échangez lignes et colonnes, ou filtrez."))
        step()
        cells: dict[Any, dict[Any, Number]] = {}
        for c in fact.breakdown(ctx, [rows, columns]):
            cells.setdefault(c.keys[0], {})[c.keys[1]] = c.value
    return PivotTable(
        rows=row_keys,
        columns=[(c.keys[0], c.labels[0]) for c in across],
        cells=cells,
        row_totals=row_totals,
        column_totals={c.keys[0]: c.value for c in across},
        total=total,
    )


def filter_values(
    fact: Fact, ctx: FactContext, name: str, *, limit: int = 300, budget: float = LIST_BUDGET
) -> list[Part]:
    """The values of a dimension, for a filter's list; none when reading them takes too long. BadFilter."""
    try:
        with _within(budget) as step:
            step()
            return dimension_values(fact, ctx, name, limit=limit)
    except TooWide:
        return []


@contextmanager
def _within(budget: float) -> Iterator[Any]:
    """Each statement may take what is left of the budget; past it PostgreSQL stops, and we say so."""
    end = monotonic() + budget

    def step() -> None:
        left = max(1, int((end - monotonic()) * 1000))
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(left)])

    try:
        with transaction.atomic():
            yield step
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('statement_timeout', '0', true)")
    except OperationalError as error:
        if "statement timeout" not in str(error):
            raise
        raise TooSlow(
            _("Cette question demande plus de deux secondes. Choisissez une période plus courte ou un filtre.")
        ) from error


def pivots_of(*, user: Any, organisation_id: int) -> list[Pivot]:
    """Questions shared in the organisation, and the user's own."""
    if not may(user=user, organisation_id=organisation_id, kinds=READERS):
        return []
    return list(Pivot.objects.filter(Q(shared=True) | Q(owner=user), organisation_id=organisation_id))


def pivot_for(*, user: Any, public_id: UUID) -> Pivot:
    """Http404."""
    found = Pivot.objects.filter(public_id=public_id).select_related("organisation").first()
    if found is None or not may(user=user, organisation_id=found.organisation_id, kinds=READERS):
        raise Http404
    if not found.shared and found.owner_id != user.pk:
        raise Http404
    return found
