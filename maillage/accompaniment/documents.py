"""Documents of accompaniment: a diagnostic's result, an export plan."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from maillage.core import charts, pdf
from maillage.core.dates import say
from maillage.core.templatetags.maillage import money

from . import queries
from .models import Diagnostic, ExportPlan, Question, QuestionKind
from .scoring import SCALE
from .types import Result


def radar_of(result: Result, day: date | None = None, before: date | None = None) -> str:
    """The scores as a radar, with those of the day before in it; "" under three sections that score."""
    scored = [s for s in result.sections if s.score is not None]
    if len(scored) < 3:
        return ""
    series = {day.isoformat() if day else "": [s.score or 0 for s in scored]}
    if before is not None:
        series[before.isoformat()] = [s.before or 0 for s in scored]
    return charts.radar([s.title for s in scored], series, maximum=100)


def said(question: Question, value: Any) -> str:
    """An answer as people read it."""
    if question.kind == QuestionKind.CHOICE and isinstance(value, int) and value < len(question.options):
        return str(question.options[value]["label"])
    return f"{value} / {SCALE}" if question.kind == QuestionKind.SCALE else str(value)


def _number(value: float | None, *, signed: bool = False) -> str:
    return "—" if value is None else f"{value:+.0f}" if signed else f"{value:.0f}"


def diagnostic_pdf(row: Diagnostic) -> bytes:
    """The result of a finished diagnostic: scores, radar, priorities, answers, beside the one before."""
    earlier = queries.diagnostics_before(row)
    previous = earlier[0] if earlier else None
    result = queries.result_of(row, previous)
    drawing = radar_of(result, row.delivered_on, previous.delivered_on if previous else None)
    answers = queries.answers_of(row)
    data = {
        "lang": (get_language() or "fr")[:2],
        "title": row.version.questionnaire.title,
        "kicker": row.enterprise.name,
        "subtitle": say(row.delivered_on, "DATE_FORMAT") if row.delivered_on else "",
        "footer": row.organisation.name,
        "total": _number(result.total),
        "drawing": bool(drawing),
        "compared": str(previous.delivered_on.year) if previous and previous.delivered_on else "",
        "scores": [
            [s.title, _number(s.score), *([_number(s.before), _number(s.change, signed=True)] if previous else [])]
            for s in result.sections
        ],
        "priorities": [[p.title, p.advice] for p in result.priorities],
        "answers": [
            [s.title, [[q.label, said(q, answers[q.pk])] for q in s.questions.all() if q.pk in answers]]
            for s in row.version.sections.all()
        ],
        "words": {
            "total": _("Ensemble, sur 100"),
            "scores": _("Notes par section, sur 100"),
            "section": _("Section"),
            "score": _("Note"),
            "change": _("Écart"),
            "priorities": _("Priorités"),
            "none": _("Aucune section sous 75 : rien ne presse."),
            "answers": _("Réponses"),
        },
    }
    return pdf.render("accompaniment/diagnostic.typ", data, files={"radar.svg": drawing.encode()} if drawing else None)


def plan_pdf(plan: ExportPlan) -> bytes:
    """An export plan as it stands: the markets kept, its sections, its steps."""
    mandate = plan.deliverable.mandate
    study = queries.study_of(mandate)
    ranked = [r for r in queries.ranking(study) if r.score is not None] if study else []
    steps = list(plan.steps.all())
    given = plan.deliverable.delivered_on
    data = {
        "lang": (get_language() or "fr")[:2],
        "title": str(plan.deliverable).capitalize(),
        "kicker": mandate.enterprise.name,
        "subtitle": say(given, "DATE_FORMAT") if given else _("projet"),
        "footer": mandate.organisation.name,
        "markets": [
            [r.market.name, f"{r.score:.0f}", _("retenu") if r.market.chosen else "", r.market.note] for r in ranked
        ],
        "criteria": ", ".join(f"{c.name} ({c.weight})" for c in study.criteria.all()) if study else "",
        "sections": [[s.title, s.body.split("\n\n")] for s in plan.sections.all() if s.body.strip()],
        "steps": [
            [
                s.what,
                s.who,
                say(s.due_on, "SHORT_DATE_FORMAT") if s.due_on else "",
                money(s.cost) if s.cost is not None else "",
            ]
            for s in steps
        ],
        "total": money(sum((s.cost or Decimal(0) for s in steps), Decimal(0))),
        "words": {
            "markets": _("Marchés comparés"),
            "market": _("Marché"),
            "score": _("Note sur 100"),
            "kept": _("Choix"),
            "why": _("Pourquoi"),
            "criteria": _("Critères et poids :"),
            "steps": _("Actions"),
            "what": _("Quoi"),
            "who": _("Qui"),
            "when": _("Quand"),
            "cost": _("Coût"),
            "total": _("Total"),
        },
    }
    return pdf.render("accompaniment/plan.typ", data)
