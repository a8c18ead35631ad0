"""Annual reports: an outline that binds figures, and, once published, the figures with the rows that made them."""

from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.choices import Choice
from maillage.core.models import PublicModel
from maillage.core.text import Sorting
from maillage.directory.models import Organisation

from .indicator import IndicatorVersion


class ReportState(models.TextChoices):
    DRAFT = "draft", _("brouillon")
    PUBLISHED = "published", _("publié")


class ReportTemplate(PublicModel):
    """An outline to begin a year's report with. `outline`: see `indicators.outline`."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    outline = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar[list[Any]] = [Sorting("name")]

    def __str__(self) -> str:
        return self.name


class Report(PublicModel):
    """`period` is half-open. A published report and its outline never change again: a new edition takes its place."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    title = models.CharField(max_length=160)
    lead = models.TextField(blank=True)
    period = DateRangeField()
    outline = models.JSONField(default=list)
    state = Choice(max_length=12, choices=ReportState, default=ReportState.DRAFT)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    edition = models.PositiveSmallIntegerField(default=1)
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="replaced_by", help_text="The edition before."
    )
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-period", "title"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(state="draft", published_at=None)
                | models.Q(state="published", published_at__isnull=False),
                name="report_published_at",
            ),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Protect(
                name="report_published_immutable",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.state = 'published' AND (NEW.state, NEW.outline, NEW.period, NEW.title, NEW.lead) "
                    "IS DISTINCT FROM (OLD.state, OLD.outline, OLD.period, OLD.title, OLD.lead)"
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class FrozenFigure(PublicModel):
    """A figure as published: its value, the one before, its parts, and its rows.

    `row_ids` are keys of the fact's rows; `row_values` the shown columns of each, in the same order (zlib of JSON);
    `parts`: {dimension: [[key, label, value], …]}. Denominator rows are kept for ratios.
    """

    report = models.ForeignKey(Report, models.CASCADE, related_name="figures")
    slot = models.CharField(max_length=60)
    version = models.ForeignKey(IndicatorVersion, models.PROTECT, related_name="+")
    value = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    previous = models.DecimalField(max_digits=20, decimal_places=4, null=True)
    parts = models.JSONField(default=dict)
    row_ids = ArrayField(models.BigIntegerField(), default=list)
    row_values = models.BinaryField(default=bytes)
    denominator_ids = ArrayField(models.BigIntegerField(), default=list)
    frozen_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["report", "slot"], name="frozen_figure_slot"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Protect(name="frozen_figure_immutable", operation=pgtrigger.Update),
        ]


class ReportLink(PublicModel):
    """A way to read one published report without an account: expires, can be revoked.

    `shows_rows`: the reader may open the names behind a figure. `funder`: its people also find the report signed in.
    """

    report = models.ForeignKey(Report, models.CASCADE, related_name="links")
    label = models.CharField(max_length=120)
    funder = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    shows_rows = models.BooleanField(default=False)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]


class LinkFile(PublicModel):
    """A long file of a shared report, made once by a job for all who hold the link; a published report never changes.

    `made_at` once it is there, `failed_at` if the job could not make it.
    """

    link = models.ForeignKey(ReportLink, models.CASCADE, related_name="files")
    kind = models.CharField(max_length=8)
    language = models.CharField(max_length=8)
    file = models.FileField(upload_to="rapports/", blank=True)
    asked_at = models.DateTimeField()
    made_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["link", "kind", "language"], name="link_file_once"),
            models.CheckConstraint(condition=models.Q(made_at=None) | ~models.Q(file=""), name="link_file_made"),
        ]
