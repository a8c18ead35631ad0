"""Drift: how a published report would be counted today, and which rows came, went or changed since, by whom."""

from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core import changes
from maillage.core.dates import say
from maillage.core.facts import CountDistinct, Fact
from maillage.directory.models import Account

from .. import compute
from ..models import FrozenFigure, Report
from ..types import Drift, RowChange
from . import figures
from .reports import asked_of

SHOWN = 50


def drift(report: Report) -> list[Drift]:
    """One entry for each published figure that moved, in the report's order. Empty for a draft."""
    if report.published_at is None:
        return []
    kept = report.figures.select_related("version__indicator__agreement")
    order = {key: n for n, key in enumerate(_keys(report))}
    found = [drift_of(report, figure) for figure in sorted(kept, key=lambda f: order.get(f.slot, 999))]
    return [d for d in found if d.moved]


def _keys(report: Report) -> list[str]:
    from ..outline import keys

    return keys(report.outline)


def drift_of(report: Report, kept: FrozenFigure) -> Drift:
    """What became of one published figure."""
    version = kept.version
    _scope, asked = asked_of(report)
    fact = compute.fact_of(version)
    ids, packed = compute.snapshot(version, asked)
    paths, then = compute.unpack(kept.row_values)
    now_paths, now = compute.unpack(packed)
    before, after = dict(zip(kept.row_ids, then, strict=False)), dict(zip(ids, now, strict=False))
    came = [pk for pk in after if pk not in before]
    went = [pk for pk in before if pk not in after]
    changed = [pk for pk in after if pk in before and _differs(paths, before[pk], now_paths, after[pk])]
    published_at = kept.frozen_at
    value = compute.value(version, asked)
    return Drift(
        key=kept.slot,
        name=compute.name_of(version),
        unit=compute.unit_of(version),
        published=kept.value,
        now=value if value is None else value.quantize(Decimal("0.0001")),
        came=_told_came(fact, came[:SHOWN], after, published_at),
        went=_told_went(fact, went[:SHOWN], before, published_at),
        changed=_told_changed(fact, changed[:SHOWN], paths, before, after, published_at),
        decimals=version.decimals,
        counts=(len(came), len(went), len(changed)),
    )


def _differs(paths: list[str], then: list[Any], now_paths: list[str], now: list[Any]) -> bool:
    if paths == now_paths:
        return then != now
    both = set(paths) & set(now_paths)
    return any(then[paths.index(p)] != now[now_paths.index(p)] for p in both)


def _said_row(fact: Fact, values: list[Any]) -> str:
    cells = figures.cells_of(fact.row_columns, values)
    return " · ".join(c for c in cells[:4] if c)


def _told_came(fact: Fact, pks: list[int], rows: dict[int, list[Any]], published_at: datetime) -> list[RowChange]:
    entered = _entered(fact, pks)
    changes = _last_changes(fact, pks, published_at)
    found = []
    for pk in pks:
        at, who = entered.get(pk, (None, ""))
        row = _said_row(fact, rows[pk])
        if at is not None and at >= published_at:
            said = _("%(row)s : saisie le %(day)s, après la publication%(by)s") % {
                "row": row,
                "day": _day(at),
                "by": _by(who),
            }
        else:
            said = _changed_sentence(_("%(row)s : entre maintenant dans le calcul%(when)s"), row, changes.get(pk))
        found.append(RowChange(pk, said, ""))
    return found


def _told_went(fact: Fact, pks: list[int], rows: dict[int, list[Any]], published_at: datetime) -> list[RowChange]:
    changes = _last_changes(fact, pks, published_at)
    sentence = _("%(row)s : n'entre plus dans le calcul%(when)s")
    return [RowChange(pk, _changed_sentence(sentence, _said_row(fact, rows[pk]), changes.get(pk)), "") for pk in pks]


def _told_changed(
    fact: Fact,
    pks: list[int],
    paths: list[str],
    before: dict[int, list[Any]],
    after: dict[int, list[Any]],
    published_at: datetime,
) -> list[RowChange]:
    changes = _last_changes(fact, pks, published_at)
    found = []
    for pk in pks:
        parts = []
        for n, column in enumerate(fact.row_columns):
            if n < len(before[pk]) and before[pk][n] != after[pk][n]:
                parts.append(
                    _("%(column)s : %(then)s → %(now)s")
                    % {
                        "column": column.label,
                        "then": figures.cell(column, before[pk][n]) or "—",
                        "now": figures.cell(column, after[pk][n]) or "—",
                    }
                )
        if not parts and isinstance(fact.measure, CountDistinct):
            parts = [_("compte maintenant pour une autre fiche (doublon fusionné)")]
        sentence = _("%(row)s : %(parts)s%(when)s") % {"row": "%(row)s", "parts": " ; ".join(parts), "when": "%(when)s"}
        found.append(RowChange(pk, _changed_sentence(sentence, _said_row(fact, after[pk]), changes.get(pk)), ""))
    return found


def _changed_sentence(sentence: str, row: str, change: "tuple[datetime, str] | None") -> str:
    when = ""
    if change is not None:
        when = _(" (modifiée le %(day)s%(by)s)") % {"day": _day(change[0]), "by": _by(change[1])}
    return sentence.replace("%(row)s", row).replace("%(when)s", when)


def _day(at: datetime) -> str:
    return say(at, "j F Y")


def _by(who: str) -> str:
    return _(", par %(who)s") % {"who": who} if who else ""


def _entered(fact: Fact, pks: list[int]) -> dict[int, tuple[datetime | None, str]]:
    """When each row was entered, and by whom, where the fact tells."""
    if fact.entered is None or not pks:
        return {}
    model = fact.source(_everything()).model
    paths = [fact.entered.at, *([f"{fact.entered.by}_id"] if fact.entered.by else [])]
    rows = list(model._default_manager.filter(pk__in=pks).values_list("pk", *paths))
    names = _names([row[2] for row in rows if len(row) > 2])
    return {row[0]: (_moment(row[1]), names.get(row[2], "") if len(row) > 2 else "") for row in rows}


def _moment(value: Any) -> datetime | None:
    if isinstance(value, date) and not isinstance(value, datetime):
        return timezone.make_aware(datetime.combine(value, time.min))
    return value if isinstance(value, datetime) else None


def _last_changes(fact: Fact, pks: list[int], since: datetime) -> dict[int, tuple[datetime, str]]:
    """The last recorded change of each row, or of the work that it belongs to, since the publication."""
    if not pks:
        return {}
    model = fact.source(_everything()).model
    found = _events(model, {pk: pk for pk in pks}, since)
    parent = fact.entered.at.rpartition("__")[0] if fact.entered else ""
    if parent and "__" not in parent:
        owners = dict(model._default_manager.filter(pk__in=pks).values_list("pk", f"{parent}_id"))
        related = model._meta.get_field(parent).related_model
        found = _events(related, owners, since) | found
    return found


def _events(model: type[Model], owners: dict[int, Any], since: datetime) -> dict[int, tuple[datetime, str]]:
    """`owners`: row → key of `model`. The last change of each since the moment, where changes are kept."""
    last = changes.last_changes(model, owners.values(), since=since)
    names = _names(by for _at, by in last.values())
    return {row: (last[key][0], names.get(last[key][1], "")) for row, key in owners.items() if key in last}


def _names(account_ids: Iterable[Any]) -> dict[Any, str]:
    wanted = {pk for pk in account_ids if pk}
    accounts = Account.objects.filter(pk__in=wanted).select_related("person") if wanted else []
    return {a.pk: a.person.name if hasattr(a, "person") else a.email for a in accounts}


def _everything() -> Any:
    from maillage.core.facts import FactContext

    return FactContext()
