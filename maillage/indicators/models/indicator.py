"""An indicator is a definition that people share; its versions never change, so a figure keeps its meaning."""

from decimal import Decimal
from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.choices import Choice
from maillage.core.models import PublicModel
from maillage.directory.models import Organisation


class Operator(models.TextChoices):
    AT_LEAST = ">=", _("au moins")
    AT_MOST = "<=", _("au plus")
    EXACTLY = "=", _("exactement")


class PeriodRule(models.TextChoices):
    PERIOD = "period", _("pendant la période")
    SINCE_START = "since_start", _("depuis le début, jusqu'à la fin de la période")
    CALENDAR_YEAR = "calendar_year", _("pendant l'année civile où la période commence")
    MONTHS = "months", _("pendant les mois qui précèdent la fin de la période")
    FIXED = "fixed", _("entre deux dates fixes")


class Indicator(PublicModel):
    """Belongs to an organisation (a network too). `key` binds it in texts: `{{ interventions }}`.

    `agreement`: this is the definition of one funder, counted on what was claimed under that agreement.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    key = models.SlugField(max_length=60)
    theme = models.CharField(max_length=80, blank=True)
    agreement = models.ForeignKey("funding.Agreement", models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["theme", "key"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organisation", "key"], name="indicator_key"),
        ]

    def __str__(self) -> str:
        return self.key


class IndicatorVersion(models.Model):
    """What an indicator means from `number` on. A ratio has a denominator; otherwise `denominator_fact` is empty.

    `filters`: {dimension: [values]}. `distinct`: the dimension whose different values are counted; empty: the fact's
    own measure. `factor` 100 shows a percentage. `months` is read by MONTHS, `fixed` by FIXED.
    """

    indicator = models.ForeignKey(Indicator, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True)
    unit = models.CharField(max_length=60, blank=True)
    unit_en = models.CharField(max_length=60, blank=True)
    fact = models.CharField(max_length=80)
    filters = models.JSONField(default=dict, blank=True)
    distinct = models.CharField(max_length=60, blank=True)
    denominator_fact = models.CharField(max_length=80, blank=True)
    denominator_filters = models.JSONField(default=dict, blank=True)
    denominator_distinct = models.CharField(max_length=60, blank=True)
    factor = models.DecimalField(max_digits=14, decimal_places=8, default=Decimal(1))
    decimals = models.PositiveSmallIntegerField(default=0)
    period_rule = Choice(max_length=16, choices=PeriodRule, default=PeriodRule.PERIOD)
    months = models.PositiveSmallIntegerField(null=True, blank=True)
    fixed_start = models.DateField(null=True, blank=True)
    fixed_end = models.DateField(null=True, blank=True)
    breakdowns = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    operator = Choice(max_length=2, choices=Operator, blank=True)
    target = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    note = models.TextField(blank=True)
    note_en = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["indicator", "-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["indicator", "number"], name="indicator_version_number"),
            models.CheckConstraint(
                condition=~models.Q(period_rule="months") | models.Q(months__gte=1), name="indicator_version_months"
            ),
            models.CheckConstraint(
                condition=~models.Q(period_rule="fixed") | models.Q(fixed_start__lt=models.F("fixed_end")),
                name="indicator_version_fixed",
            ),
            models.CheckConstraint(
                condition=models.Q(target=None, operator="") | models.Q(target__isnull=False) & ~models.Q(operator=""),
                name="indicator_version_target",
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.ReadOnly(name="indicator_version_immutable", exclude=["created_by"]),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"
