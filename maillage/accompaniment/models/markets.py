"""Target markets compared on weighted criteria, and the written export plan that follows."""

from typing import ClassVar

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from maillage.core.changes import ChangesKept
from maillage.core.models import Money, PublicModel

from .mandate import Deliverable, Mandate

POINTS = 5
"""The best that a market scores on a criterion."""
WEIGHTS = 10


class MarketStudy(PublicModel):
    """One comparison of markets in a mandate."""

    mandate = models.OneToOneField(Mandate, models.CASCADE, related_name="market_study")
    created_at = models.DateTimeField()


class MarketCriterion(models.Model):
    study = models.ForeignKey(MarketStudy, models.CASCADE, related_name="criteria")
    name = models.CharField(max_length=120)
    weight = models.PositiveSmallIntegerField(default=3, validators=[MinValueValidator(1), MaxValueValidator(WEIGHTS)])
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["order", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(weight__gte=1, weight__lte=WEIGHTS), name="market_criterion_weight"
            ),
            models.UniqueConstraint(fields=["study", "name"], name="market_criterion_once"),
        ]

    def __str__(self) -> str:
        return self.name


class TargetMarket(models.Model):
    """`chosen`: kept for the strategy, with the reason in `note`."""

    study = models.ForeignKey(MarketStudy, models.CASCADE, related_name="markets")
    name = models.CharField(max_length=80)
    note = models.CharField(max_length=300, blank=True)
    chosen = models.BooleanField(default=False)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["order", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["study", "name"], name="target_market_once"),
        ]

    def __str__(self) -> str:
        return self.name


class MarketScore(models.Model):
    criterion = models.ForeignKey(MarketCriterion, models.CASCADE, related_name="scores")
    market = models.ForeignKey(TargetMarket, models.CASCADE, related_name="scores")
    points = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("accompaniment_marketscore_changes"),
            models.UniqueConstraint(fields=["criterion", "market"], name="market_score_once"),
            models.CheckConstraint(condition=models.Q(points__lte=POINTS), name="market_score_points"),
        ]


class ExportPlan(PublicModel):
    """The text of a deliverable, written in the application; its PDF is kept with the deliverable when it is given."""

    deliverable = models.OneToOneField(Deliverable, models.CASCADE, related_name="plan")
    created_at = models.DateTimeField()


class PlanSection(models.Model):
    plan = models.ForeignKey(ExportPlan, models.CASCADE, related_name="sections")
    title = models.CharField(max_length=120)
    hint = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["order", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [ChangesKept("accompaniment_plansection_changes")]

    def __str__(self) -> str:
        return self.title


class PlanStep(models.Model):
    """Something to do: what, who, for when, for how much (dollars)."""

    plan = models.ForeignKey(ExportPlan, models.CASCADE, related_name="steps")
    what = models.CharField(max_length=200)
    who = models.CharField(max_length=120, blank=True)
    due_on = models.DateField(null=True, blank=True)
    cost = Money(null=True, blank=True)
    done_on = models.DateField(null=True, blank=True)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["order", "pk"]
