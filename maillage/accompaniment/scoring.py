"""Scores of a diagnostic, from its answers alone: nothing is stored but the answers."""

from collections.abc import Iterable, Mapping
from typing import Any

from .models import Question, QuestionKind, Section
from .types import Priority, Result, SectionScore

SCALE = 5
LOW = 75
"""Sections under this score (0 to 100) are listed as priorities."""


def shown(question: Question, answers: Mapping[int, Any], by_id: Mapping[int, Question]) -> bool:
    """Whether the question is asked: it has no condition, or its condition is shown too and has one of the values."""
    if question.show_if_id is None:
        return True
    parent = by_id.get(question.show_if_id)
    if parent is None or not shown(parent, answers, by_id):
        return False
    return answers.get(parent.pk) in question.show_values


def score_of(question: Question, value: Any) -> float | None:
    """0 to 100; None for what does not score."""
    if value is None:
        return None
    if question.kind == QuestionKind.SCALE:
        return max(0.0, min(100.0, float(value) * 100 / SCALE))
    if question.kind == QuestionKind.CHOICE:
        options = question.options
        known = isinstance(value, int) and 0 <= value < len(options)
        score = options[value].get("score") if known else None
        return None if score is None else float(score)
    return None


def _mean(scored: Iterable[tuple[Question, float | None]]) -> float | None:
    kept = [(q.weight, s) for q, s in scored if s is not None and q.weight]
    weight = sum(w for w, _s in kept)
    return round(sum(w * s for w, s in kept) / weight, 1) if weight else None


def result(
    sections: Iterable[Section], answers: Mapping[int, Any], before: Mapping[str, float | None] | None = None
) -> Result:
    """Scores by section, their mean, and the sections under LOW, the weakest first.

    `before`: the previous diagnostic's scores by the section's title.
    """
    rows = list(sections)
    by_id = {q.pk: q for s in rows for q in s.questions.all()}
    scores = []
    for section in rows:
        asked = [q for q in section.questions.all() if shown(q, answers, by_id)]
        score = _mean((q, score_of(q, answers.get(q.pk))) for q in asked)
        scores.append(SectionScore(section.title, score, section.advice, (before or {}).get(section.title)))
    known = [s.score for s in scores if s.score is not None]
    weak = sorted((s for s in scores if s.score is not None and s.score < LOW), key=lambda s: s.score or 0)
    return Result(
        tuple(scores),
        round(sum(known) / len(known), 1) if known else None,
        tuple(Priority(s.title, s.advice, round(100 - (s.score or 0), 1)) for s in weak),
    )
