"""Target markets scored on weighted criteria; the export plan written from them, and given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action, locked
from maillage.directory.types import Account

from .. import access
from ..models import (
    POINTS,
    WEIGHTS,
    Deliverable,
    ExportPlan,
    Mandate,
    MarketCriterion,
    MarketScore,
    MarketStudy,
    PlanSection,
    PlanStep,
    TargetMarket,
)


class NameTaken(Refused):
    """The study has a criterion or a market of that name."""


class NameMissing(Refused):
    """A criterion or a market has a name."""


class OutOfScale(Refused):
    """Points are 0 to 5, weights 1 to 10."""


class PlanGiven(Refused):
    """The plan was given to the enterprise: take the delivery back before writing in it."""


class EmptyPlan(Refused):
    """A plan says something before it is given."""


def suggested_criteria() -> list[tuple[str, int]]:
    """The criteria of a new study, with their weights; the adviser changes them."""
    return [
        (_("Taille et croissance de la demande"), 5),
        (_("Accès : droits, normes, homologations"), 4),
        (_("Intensité de la concurrence"), 3),
        (_("Marge attendue une fois livré"), 4),
        (_("Distance, transport et délais"), 3),
        (_("Langue et habitudes d'achat"), 2),
        (_("Clients ou distributeurs déjà en vue"), 4),
        (_("Risques : paiement, change, politique"), 2),
    ]


def suggested_sections() -> list[tuple[str, str]]:
    """The sections of a new export plan, each with what to write in it."""
    return [
        (_("Sommaire"), _("En dix lignes : où, quoi, avec qui, combien, quand.")),
        (
            _("L'entreprise et sa capacité"),
            _("Produits, production disponible, équipe, finances, ce que le diagnostic a dit."),
        ),
        (_("Marchés cibles"), _("Les marchés retenus et pourquoi, d'après la grille.")),
        (_("Clientèle et positionnement"), _("À qui on vend, ce qui nous distingue, qui sont les concurrents.")),
        (_("Prix et marge"), _("Structure de prix jusqu'au client, incoterm, devise, marge.")),
        (_("Distribution et partenaires"), _("Circuit choisi, distributeurs visés, ententes à signer.")),
        (
            _("Normes, douanes et transport"),
            _("Étiquetage, homologations, classement tarifaire, transporteur, assurance."),
        ),
        (_("Promotion"), _("Foires, missions, site, échantillons, visites.")),
        (_("Budget et financement"), _("Dépenses de deux ans, subventions et prêts demandés.")),
        (_("Risques et suivi"), _("Ce qui peut mal tourner, ce qu'on mesure, quand on révise.")),
    ]


@action(access.mandate)
def start_study(*, mandate_id: int, now: datetime, by: Account | None) -> MarketStudy:
    """The mandate's comparison of markets, with suggested criteria. Idempotent."""
    locked(Mandate, mandate_id)
    study, made = MarketStudy.objects.get_or_create(mandate_id=mandate_id, defaults={"created_at": now})
    if made:
        MarketCriterion.objects.bulk_create(
            [
                MarketCriterion(study=study, name=name, weight=weight, order=order)
                for order, (name, weight) in enumerate(suggested_criteria())
            ]
        )
    return study


@action(access.study)
def add_market(*, study_id: int, name: str, by: Account | None) -> TargetMarket:
    """One more market to compare. Raises NameMissing, NameTaken."""
    study, name = locked(MarketStudy, study_id), name.strip()[:80]
    if not name:
        raise NameMissing(_("Écrivez le nom du marché."))
    if study.markets.filter(name__iexact=name).exists():
        raise NameTaken(_("« %(name)s » est déjà dans la grille.") % {"name": name})
    last = study.markets.aggregate(last=Max("order"))["last"] or 0
    return TargetMarket.objects.create(study=study, name=name, order=last + 1)


@action(access.study)
def add_criterion(*, study_id: int, name: str, weight: int, by: Account | None) -> MarketCriterion:
    """One more criterion. Raises NameMissing, NameTaken, OutOfScale."""
    study, name = locked(MarketStudy, study_id), name.strip()[:120]
    if not name:
        raise NameMissing(_("Écrivez le critère."))
    if study.criteria.filter(name__iexact=name).exists():
        raise NameTaken(_("« %(name)s » est déjà dans la grille.") % {"name": name})
    _check_weight(weight)
    last = study.criteria.aggregate(last=Max("order"))["last"] or 0
    return MarketCriterion.objects.create(study=study, name=name, weight=weight, order=last + 1)


def _check_weight(weight: int) -> None:
    if not 1 <= weight <= WEIGHTS:
        raise OutOfScale(_("Un poids va de 1 à %(most)s.") % {"most": WEIGHTS})


@action(access.study)
def remove_market(*, study_id: int, market_id: int, by: Account | None) -> None:
    """The market and its scores leave the grid; the log keeps the scores."""
    locked(MarketStudy, study_id).markets.filter(pk=market_id).delete()


@action(access.study)
def remove_criterion(*, study_id: int, criterion_id: int, by: Account | None) -> None:
    """The criterion and its scores leave the grid."""
    locked(MarketStudy, study_id).criteria.filter(pk=criterion_id).delete()


@dataclass(frozen=True)
class Grid:
    """What was typed: weights by criterion, points by (criterion, market) (None: not scored), and for each market
    whether it is kept and why."""

    weights: Mapping[int, int]
    points: Mapping[tuple[int, int], int | None]
    chosen: Mapping[int, bool]
    notes: Mapping[int, str]


@action(access.study)
def save_grid(*, study_id: int, grid: Grid, by: Account | None) -> None:
    """Keep the whole grid. Raises OutOfScale; what is not of this study is passed over."""
    study = locked(MarketStudy, study_id)
    criteria = {c.pk: c for c in study.criteria.all()}
    markets = {m.pk: m for m in study.markets.all()}
    for key, criterion in criteria.items():
        weight = grid.weights.get(key, criterion.weight)
        _check_weight(weight)
        if weight != criterion.weight:
            criterion.weight = weight
            criterion.save()
    for key, market in markets.items():
        chosen, note = grid.chosen.get(key, market.chosen), grid.notes.get(key, market.note)[:300]
        if (chosen, note) != (market.chosen, market.note):
            market.chosen, market.note = chosen, note
            market.save()
    known = {(s.criterion_id, s.market_id): s for s in MarketScore.objects.filter(criterion__study=study)}
    for (criterion_id, market_id), points in grid.points.items():
        if criterion_id in criteria and market_id in markets:
            _score(known.get((criterion_id, market_id)), criterion_id, market_id, points)


def _score(row: MarketScore | None, criterion_id: int, market_id: int, points: int | None) -> None:
    if points is not None and not 0 <= points <= POINTS:
        raise OutOfScale(_("Une note va de 0 à %(most)s.") % {"most": POINTS})
    if row is None and points is not None:
        MarketScore.objects.create(criterion_id=criterion_id, market_id=market_id, points=points)
    elif row is not None and points is None:
        row.delete()
    elif row is not None and points is not None and row.points != points:
        row.points = points
        row.save()


# --- the export plan -------------------------------------------------------------------------


@action(access.deliverable)
def start_plan(*, deliverable_id: int, now: datetime, by: Account | None) -> ExportPlan:
    """The deliverable is written here, from suggested sections. Idempotent."""
    locked(Deliverable, deliverable_id)
    plan, made = ExportPlan.objects.get_or_create(deliverable_id=deliverable_id, defaults={"created_at": now})
    if made:
        PlanSection.objects.bulk_create(
            [
                PlanSection(plan=plan, title=title, hint=hint, order=order)
                for order, (title, hint) in enumerate(suggested_sections())
            ]
        )
    return plan


@dataclass(frozen=True)
class Step:
    what: str
    who: str = ""
    due_on: date | None = None
    cost: Decimal | None = None
    done: bool = False


@action(access.plan)
def save_plan(
    *,
    plan_id: int,
    bodies: Mapping[int, str],
    steps: Sequence[Step],
    now: datetime,
    by: Account | None,
    new_section: str = "",
) -> ExportPlan:
    """Keep the text of the sections and the steps. Raises PlanGiven, once it was given."""
    plan = locked(ExportPlan, plan_id)
    if Deliverable.objects.filter(pk=plan.deliverable_id, delivered_on__isnull=False).exists():
        raise PlanGiven(_("Ce plan est remis. Annulez la remise pour y écrire de nouveau."))
    for section in plan.sections.all():
        body = bodies.get(section.pk, section.body)
        if body != section.body:
            section.body = body
            section.save()
    if new_section.strip():
        last = plan.sections.aggregate(last=Max("order"))["last"] or 0
        PlanSection.objects.create(plan=plan, title=new_section.strip()[:120], order=last + 1)
    done_before = {s.what: s.done_on for s in plan.steps.all() if s.done_on}
    plan.steps.all().delete()
    today = timezone.localdate(now)
    PlanStep.objects.bulk_create(
        [
            PlanStep(
                plan=plan,
                what=s.what[:200],
                who=s.who[:120],
                due_on=s.due_on,
                cost=s.cost,
                done_on=done_before.get(s.what, today) if s.done else None,
                order=order,
            )
            for order, s in enumerate(steps)
            if s.what.strip()
        ]
    )
    return plan


@action(access.plan)
def remove_plan_section(*, plan_id: int, section_id: int, by: Account | None) -> None:
    """A section leaves the plan; the log keeps its text."""
    PlanSection.objects.filter(plan=plan_id, pk=section_id).delete()


def check_plan(plan: ExportPlan) -> None:
    """Raises EmptyPlan for a plan without a word."""
    if not any(s.body.strip() for s in plan.sections.all()):
        raise EmptyPlan(_("Écrivez au moins une section avant de remettre ce plan."))
