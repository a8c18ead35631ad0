"""A definition said in a sentence that a funder understands, from the definition itself."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from maillage.core import facts, typed
from maillage.core.facts import CountDistinct, Dimension, Fact, Month
from maillage.core.period import Period
from maillage.core.templatetags.maillage import day as in_words
from maillage.core.templatetags.maillage import number

from . import compute
from .models import ContextFigure, IndicatorVersion, Operator, PeriodRule, Precision


def sentence(version: IndicatorVersion) -> str:
    """« Nombre d'entreprises différentes parmi : … ; volet : … ; pendant la période. »"""
    try:
        fact = compute.fact_of(version)
        below = compute.denominator_of(version)
    except (KeyError, facts.BadFilter):
        return _("Cette définition s'appuie sur des données qui n'existent plus.")
    said = counted(fact, version.filters, distinct=version.distinct)
    if below is not None:
        under = counted(below, version.denominator_filters, distinct=version.denominator_distinct)
        said = _("%(top)s, divisé par : %(bottom)s") % {"top": said, "bottom": _lower(under)}
        if version.factor == 100:
            said = _("Part, en pourcentage : %(ratio)s") % {"ratio": _lower(said)}
    clauses = [said, when(version)]
    if version.indicator.agreement_id is not None:
        clauses.append(_("déclaré dans l'entente « %(agreement)s »") % {"agreement": version.indicator.agreement})
    if version.target is not None:
        clauses.append(
            _("cible : %(operator)s %(target)s")
            % {"operator": Operator(version.operator).label, "target": number(version.target, 2)}
        )
    return _("%(clauses)s.") % {"clauses": " ; ".join(str(c) for c in clauses)}


def counted(fact: Fact, filters: Mapping[str, Any], *, distinct: str = "") -> str:
    """What is counted, on which rows, with which filters."""
    what = str(fact.help or fact.label).rstrip(".")
    if distinct:
        dimension = fact.dims[distinct]
        said = _("Nombre de valeurs différentes de « %(dimension)s » parmi : %(rows)s") % {
            "dimension": _lower(str(dimension.label)),
            "rows": _lower(what),
        }
    else:
        said = what
    if isinstance(fact.measure, CountDistinct) and fact.measure.canonical:
        said = _("%(said)s (les fiches en double comptent une fois)") % {"said": said}
    kept = [
        _("%(dimension)s : %(values)s")
        % {"dimension": _lower(str(fact.dims[name].label)), "values": values_of(fact, name, values)}
        for name, values in filters.items()
        if name in fact.dims
    ]
    return " ; ".join([said, *kept])


def values_of(fact: Fact, name: str, values: Any) -> str:
    """The names of kept values, joined by « ou »."""
    dimension = fact.dims[name]
    return _(" ou ").join(dict.fromkeys(label_of(fact, dimension, value) for value in values))


def label_of(fact: Fact, dimension: Dimension | Month, value: Any) -> str:
    """The name of one value of a dimension, read from the related row when it is a key."""
    if value in ("", None) or isinstance(dimension, Month) or not dimension.named:
        return dimension.label_of(value)
    related = related_model(fact, dimension)
    try:
        row = related.objects.filter(pk=value).first() if related is not None else None
    except ValueError as error:
        raise facts.BadFilter(f"{value!r} is no key") from error
    return str(row) if row is not None else str(value)


def related_model(fact: Fact, dimension: Dimension) -> Any:
    """The model that the keys of a dimension belong to, None for plain columns."""
    model: Any = fact.source(facts.FactContext()).model
    for step in dimension.path.removesuffix("_id").split("__"):
        try:
            field = model._meta.get_field(step)
        except Exception:
            return None
        model = field.related_model
        if model is None:
            return None
    return model


def when(version: IndicatorVersion) -> str:
    """The period rule, in words."""
    if version.period_rule == PeriodRule.MONTHS:
        return _("pendant les %(months)s mois qui précèdent la fin de la période") % {"months": version.months}
    if version.period_rule == PeriodRule.FIXED and version.fixed_start:
        return between(Period(version.fixed_start, version.fixed_end))
    return str(PeriodRule(version.period_rule).label)


def between(period: Period) -> str:
    """« du 1 avril 2022 au 31 mars 2023 »."""
    start = in_words(period.start)
    if period.end is None:
        return _("depuis le %(start)s") % {"start": start}
    return _("du %(start)s au %(end)s") % {"start": start, "end": in_words(period.end - timedelta(days=1))}


def year_name(period: Period) -> str:
    """« 2022-2023 » for a year that begins in April, « 2022 » for a calendar one, else the dates."""
    end = period.end
    if end and (period.start.day, period.start.month) == (1, 1) and end == period.start.replace(year=end.year):
        years = end.year - period.start.year
        return f"{period.start.year}" if years == 1 else f"{period.start.year}-{end.year - 1}"
    if end and (period.start.month, period.start.day) == (end.month, end.day) and end.year == period.start.year + 1:
        return f"{period.start.year}-{end.year}"
    return between(period)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


PUBLIC_DIMS = ("organisation", "territory", "region", "month", "year")


def dims_for(fact: Fact, *, shows_rows: bool, among: Iterable[str] | None = None) -> list[str]:
    """Dimensions to choose among. Whoever sees totals alone splits by member, place or time: the rest names people."""
    names = shown_dims(fact, fact.dims if among is None else among)
    return names if shows_rows else [n for n in names if n in PUBLIC_DIMS]


def day_of(text: str | None) -> date | None:
    """A date of an address; None when there is none or it is not one."""
    return typed.day_of(text)


def stated(figure: ContextFigure) -> str:
    """« environ 80 % », « plus de 50 entreprises », « 0 à 5 ans », « 2012 »."""
    plain = figure.unit.startswith("année")  # 2012, not 2 012 années
    value = f"{figure.value.normalize():f}" if plain else number(figure.value, 2)
    if figure.upper is not None:
        value = _("%(low)s à %(high)s") % {"low": value, "high": number(figure.upper, 2)}
    said = value if plain else f"{value} {figure.unit}".strip()
    if figure.precision == Precision.EXACT:
        return said
    if figure.precision == Precision.UNCERTAIN:
        return _("%(said)s (à vérifier)") % {"said": said}
    return f"{Precision(figure.precision).label} {said}"


def veiled(email: str) -> str:
    """An address that its owner recognises and that tells nobody else: « m…@exemple.org »."""
    name, at, domain = email.partition("@")
    return f"{name[:1]}…{at}{domain}" if at else ""


def shown_dims(fact: Fact, names: Iterable[str]) -> list[str]:
    """Dimensions that people choose among: codes stand for names elsewhere, and the MRC is offered once."""
    return [n for n in names if not n.endswith("_key") and not (n == "mrc" and "territory" in fact.dims)]
