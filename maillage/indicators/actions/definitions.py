"""Definitions: each change is a new version; what a published figure meant is never rewritten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.text import slugify
from django.utils.translation import gettext as _

from maillage.core import facts
from maillage.core.actions import Refused, action
from maillage.core.facts import FactContext
from maillage.directory.models import Account
from maillage.funding.models import Agreement

from .. import access, compute
from ..models import Indicator, IndicatorVersion, PeriodRule


class DefinitionRefused(Refused):
    """The definition cannot be counted as given."""


@dataclass(frozen=True)
class Definition:
    """What an indicator means. Fields as in IndicatorVersion; `key` names it in texts (made from the name if empty)."""

    name: str
    fact: str
    key: str = ""
    theme: str = ""
    name_en: str = ""
    unit: str = ""
    unit_en: str = ""
    filters: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    distinct: str = ""
    denominator_fact: str = ""
    denominator_filters: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    denominator_distinct: str = ""
    factor: Decimal = Decimal(1)
    decimals: int = 0
    period_rule: str = PeriodRule.PERIOD
    months: int | None = None
    fixed_start: date | None = None
    fixed_end: date | None = None
    breakdowns: Sequence[str] = ()
    operator: str = ""
    target: Decimal | None = None
    note: str = ""
    note_en: str = ""
    agreement_id: int | None = None


_VERSIONED = (
    "name",
    "name_en",
    "unit",
    "unit_en",
    "fact",
    "distinct",
    "denominator_fact",
    "denominator_distinct",
    "factor",
    "decimals",
    "period_rule",
    "months",
    "fixed_start",
    "fixed_end",
    "operator",
    "target",
    "note",
    "note_en",
)


def draft_version(*, organisation_id: int, definition: Definition, indicator: Indicator | None = None) -> Any:
    """An unsaved version, checked: to preview its rows, or to keep. Raises DefinitionRefused."""
    owner = indicator or Indicator(organisation_id=organisation_id, key=definition.key or slugify(definition.name))
    owner.theme = definition.theme
    owner.agreement_id = definition.agreement_id
    if definition.agreement_id is not None:
        mine = Agreement.objects.filter(pk=definition.agreement_id, organisation_id=organisation_id)
        if not mine.exists():
            raise DefinitionRefused(_("Cette entente n'est pas celle de l'organisme."))
    version = IndicatorVersion(
        indicator=owner,
        number=0,
        filters=_kept(definition.filters),
        denominator_filters=_kept(definition.denominator_filters),
        breakdowns=list(definition.breakdowns),
        **{name: getattr(definition, name) for name in _VERSIONED},
    )
    _check(version, organisation_id)
    if not version.unit:
        version.unit = str(compute.fact_of(version).unit)
    return version


def _kept(filters: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
    return {name: list(values) for name, values in filters.items() if values}


def _check(version: IndicatorVersion, organisation_id: int) -> None:
    if not version.name.strip():
        raise DefinitionRefused(_("Donnez un nom à l'indicateur."))
    if not version.indicator.key:
        raise DefinitionRefused(_("Donnez un nom court à l'indicateur : il sert à le citer dans un texte."))
    if version.period_rule == PeriodRule.MONTHS and not version.months:
        raise DefinitionRefused(_("Indiquez le nombre de mois."))
    if version.period_rule == PeriodRule.FIXED and not (
        version.fixed_start and version.fixed_end and version.fixed_start < version.fixed_end
    ):
        raise DefinitionRefused(_("Indiquez deux dates, la première avant la seconde."))
    if (version.target is None) != (version.operator == ""):
        raise DefinitionRefused(_("Une cible a un sens (au moins, au plus, exactement) et un nombre."))
    try:
        known = compute.splits(version)
        asked = FactContext(organisation_ids=(organisation_id,))
        compute.fact_of(version).rows(compute.context_of(version, asked)).query.sql_with_params()
        below = compute.denominator_of(version)
        if below is not None:
            below.rows(compute.context_of(version, asked, denominator=True)).query.sql_with_params()
    except KeyError as error:
        raise DefinitionRefused(_("Choisissez ce qui est compté.")) from error
    except facts.BadFilter as error:
        raise DefinitionRefused(_("Un des filtres ne convient pas à ce qui est compté.")) from error
    unknown = set(version.breakdowns) - set(known)
    if unknown:
        raise DefinitionRefused(
            _("Ce qui est compté ne se répartit pas par : %(dims)s.") % {"dims": ", ".join(unknown)}
        )


@action(access.an_indicator)
def define(
    *,
    organisation_id: int,
    definition: Definition,
    by: Account | None,
    now: datetime,
    indicator: Indicator | None = None,
) -> IndicatorVersion:
    """Keep a definition: the first version of a new indicator, or the next of `indicator`. One that says the same
    as the version in force adds nothing and returns it. Raises DefinitionRefused.
    """
    version: IndicatorVersion = draft_version(
        organisation_id=organisation_id, definition=definition, indicator=indicator
    )
    owner = version.indicator
    if owner.pk is None:
        if Indicator.objects.filter(organisation_id=organisation_id, key=owner.key).exists():
            raise DefinitionRefused(_("Un indicateur s'appelle déjà « %(key)s ».") % {"key": owner.key})
        owner.save()
    else:
        with connection.cursor() as cursor:  # two people who save at once get two numbers
            cursor.execute("SELECT 1 FROM indicators_indicator WHERE id = %s FOR NO KEY UPDATE", [owner.pk])
        owner.save(update_fields=["theme", "agreement"])
    last = owner.versions.order_by("-number").first()
    if last is not None and _same(last, version):
        return last
    version.indicator = owner
    version.number = last.number + 1 if last else 1
    version.created_by = by
    version.save()
    return version


def _same(one: IndicatorVersion, other: IndicatorVersion) -> bool:
    return all(
        getattr(one, name) == getattr(other, name)
        for name in (*_VERSIONED, "filters", "denominator_filters", "breakdowns")
    )


@action(access.indicator)
def archive(*, indicator_id: int, by: Account | None, now: datetime) -> None:
    """Out of the lists; reports that show it keep it."""
    Indicator.objects.filter(pk=indicator_id, archived_at=None).update(archived_at=now)
