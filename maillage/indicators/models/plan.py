"""Territorial plans: regions with priorities, actions with a target, and the numbers that people owe."""

import secrets
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.choices import Choice
from maillage.core.models import PublicModel
from maillage.directory.models import Organisation, Territory

from .indicator import Indicator, Operator


def new_token() -> str:
    return secrets.token_urlsafe(24)


class Periodicity(models.TextChoices):
    ONCE = "once", _("une fois")
    YEAR = "year", _("chaque année")


class Plan(PublicModel):
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    name = models.CharField(max_length=160)
    period = DateRangeField()
    adopted_on = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=240, blank=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-period", "name"]

    def __str__(self) -> str:
        return self.name


class PlanIssue(models.Model):
    plan = models.ForeignKey(Plan, models.CASCADE, related_name="issues")
    key = models.SlugField(max_length=40)
    label = models.CharField(max_length=160)
    responses = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["plan", "key"], name="plan_issue_key"),
        ]

    def __str__(self) -> str:
        return self.label


class PlanRegion(models.Model):
    """A region as the plan lists it; `territory` where the directory has it."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="regions")
    number = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=120)
    territory = models.ForeignKey(Territory, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=240, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["plan", "number"], name="plan_region_number"),
        ]

    def __str__(self) -> str:
        return self.name


class Priority(models.Model):
    region = models.ForeignKey(PlanRegion, models.CASCADE, related_name="priorities")
    number = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=200)
    issues = models.ManyToManyField(PlanIssue, related_name="priorities", blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["region__number", "number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["region", "number"], name="priority_number"),
        ]


class Precision(models.TextChoices):
    """How exact a stated figure is, as its source says it."""

    EXACT = "exact", _("exact")
    APPROX = "approx", _("environ")
    NEARLY = "nearly", _("près de")
    MORE_THAN = "more_than", _("plus de")
    AT_LEAST = "at_least", _("au moins")
    UNCERTAIN = "uncertain", _("à vérifier")


class ContextFigure(models.Model):
    """What someone states of the territory (or of one region), with its source: shown apart, never computed with.

    `upper` ends a range (0 to 5 years). `region`: none is the whole territory.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="context_figures")
    region = models.ForeignKey(PlanRegion, models.CASCADE, null=True, blank=True, related_name="context_figures")
    label = models.CharField(max_length=200)
    value = models.DecimalField(max_digits=16, decimal_places=2)
    upper = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    unit = models.CharField(max_length=40, blank=True)
    precision = Choice(max_length=10, choices=Precision, default=Precision.EXACT)
    period = models.CharField(max_length=40, blank=True, help_text="As the source says it: 2018, 2016-2018.")
    source = models.CharField(max_length=240)
    note = models.CharField(max_length=240, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~models.Q(source=""), name="context_figure_has_a_source"),
            models.CheckConstraint(
                condition=models.Q(upper=None) | models.Q(upper__gt=models.F("value")), name="context_figure_range"
            ),
        ]

    def __str__(self) -> str:
        return self.label


class PlanAction(PublicModel):
    """An action and its target. `included_in`: what it achieves is already in another action's figure, never added.

    `indicator`: observed from facts; otherwise people answer. `periodicity` YEAR starts again each year of the plan.
    `percent`: values of regions are averaged, not added.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="actions")
    number = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=200)
    measure = models.CharField(max_length=200)
    issue = models.ForeignKey(PlanIssue, models.PROTECT, null=True, blank=True, related_name="actions")
    indicator = models.ForeignKey(Indicator, models.PROTECT, null=True, blank=True, related_name="+")
    operator = Choice(max_length=2, choices=Operator, default=Operator.AT_LEAST)
    target = models.DecimalField(max_digits=16, decimal_places=2)
    unit = models.CharField(max_length=40, blank=True)
    is_level = models.BooleanField(default=False, help_text="A rate or a level: latest value, averaged over regions.")
    begins = models.DateField()
    deadline = models.DateField(null=True, blank=True, help_text="The last day that counts.")
    periodicity = Choice(max_length=8, choices=Periodicity, default=Periodicity.ONCE)
    regions = models.ManyToManyField(PlanRegion, through="ActionRegion", related_name="actions", blank=True)
    included_in = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="includes")

    class Meta:
        ordering: ClassVar[list[str]] = ["plan", "number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["plan", "number"], name="plan_action_number"),
            models.CheckConstraint(
                condition=models.Q(included_in=None) | ~models.Q(included_in=models.F("id")),
                name="plan_action_not_in_itself",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.label}"


class ActionRegion(models.Model):
    """A region that an action concerns, with its own target where one was set."""

    action = models.ForeignKey(PlanAction, models.CASCADE, related_name="region_links")
    region = models.ForeignKey(PlanRegion, models.CASCADE, related_name="action_links")
    target = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["action", "region"], name="action_region_once"),
        ]


class Answer(PublicModel):
    """A number stated for an action in a region (none: the whole), reached at `as_of` since the action began."""

    action = models.ForeignKey(PlanAction, models.CASCADE, related_name="answers")
    region = models.ForeignKey(PlanRegion, models.CASCADE, null=True, blank=True, related_name="answers")
    as_of = models.DateField()
    value = models.DecimalField(max_digits=16, decimal_places=2)
    note = models.CharField(max_length=240, blank=True)
    stated_by = models.CharField(max_length=120, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    request = models.ForeignKey(
        "indicators.AnswerRequest", models.SET_NULL, null=True, blank=True, related_name="answers"
    )
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["as_of", "pk"]


class AnswerRequest(PublicModel):
    """One number asked of one person by a link that serves only that."""

    action = models.ForeignKey(PlanAction, models.CASCADE, related_name="requests")
    region = models.ForeignKey(PlanRegion, models.CASCADE, null=True, blank=True, related_name="requests")
    as_of = models.DateField()
    name = models.CharField(max_length=120)
    email = models.EmailField()
    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]
