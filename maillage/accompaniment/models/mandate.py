"""Mandates (engagements): a relation of an organisation with an enterprise, its stages, deliverables and outcomes."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import DateRangeField
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.changes import ChangesKept
from maillage.core.choices import Choice
from maillage.core.models import PublicModel
from maillage.directory.models import Organisation, Person
from maillage.directory.models.frozen import Frozen
from maillage.funding.models import Agreement, Stream
from maillage.programmes.models import Edition


class Intensity(models.TextChoices):
    SHORT = "short", _("aide ponctuelle")
    INTENSIVE = "intensive", _("accompagnement soutenu")


class Stage(models.TextChoices):
    WELCOME = "welcome", _("accueil")
    DIAGNOSTIC = "diagnostic", _("diagnostic")
    PLAN = "plan", _("plan")
    ACTION = "action", _("mise en œuvre")
    FOLLOW_UP = "follow_up", _("suivi")
    CLOSED = "closed", _("terminé")
    ABANDONED = "abandoned", _("abandonné")


#: A mandate in one of these is over.
FINAL_STAGES = (Stage.CLOSED, Stage.ABANDONED)


class Mandate(Frozen, PublicModel):
    """`organisation` accompanies `enterprise` during `during` (half-open; no end while it lasts)."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    enterprise = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    stream = models.ForeignKey(Stream, models.PROTECT, related_name="+", db_index=False)
    edition = models.ForeignKey(Edition, models.PROTECT, null=True, blank=True, related_name="+")
    agreement = models.ForeignKey(Agreement, models.PROTECT, null=True, blank=True, related_name="+")
    adviser = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    intensity = Choice(max_length=10, choices=Intensity)
    title = models.CharField(max_length=160, blank=True)
    goal = models.TextField(blank=True)
    stage = Choice(max_length=12, choices=Stage, default=Stage.WELCOME)
    during = DateRangeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=200, blank=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-during", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("accompaniment_mandate_changes"),
            models.CheckConstraint(
                condition=models.Q(during__startswith__isnull=False) & models.Q(during__isempty=False),
                name="mandate_has_start",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            GistIndex(fields=["organisation", "during"], name="mandate_org_during"),
            models.Index(fields=["organisation", "stage"], name="mandate_org_stage"),
        ]

    def __str__(self) -> str:
        return self.title or str(self.get_intensity_display())

    @property
    def is_over(self) -> bool:
        return self.stage in FINAL_STAGES


class StageChange(models.Model):
    """Append-only: from which stage to which, on which day, why, by whom."""

    mandate = models.ForeignKey(Mandate, models.CASCADE, related_name="changes")
    from_stage = Choice(max_length=12, choices=Stage, blank=True)
    to_stage = Choice(max_length=12, choices=Stage)
    changed_on = models.DateField()
    reason = models.CharField(max_length=300, blank=True)
    noted_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["changed_on", "pk"]


class DeliverableKind(models.TextChoices):
    PREDIAGNOSTIC = "prediagnostic", _("prédiagnostic")
    DIAGNOSTIC = "diagnostic", _("diagnostic")
    MARKET_STUDY = "market_study", _("étude de marché")
    STRATEGY = "strategy", _("stratégie")
    EXPORT_PLAN = "export_plan", _("plan d'exportation")
    PLAN = "plan", _("plan d'affaires")
    OTHER = "other", _("autre")


class Deliverable(Frozen, PublicModel):
    """What the mandate produces; it counts once delivered. The frozen values are those of the day of delivery."""

    mandate = models.ForeignKey(Mandate, models.CASCADE, related_name="deliverables")
    kind = Choice(max_length=16, choices=DeliverableKind)
    title = models.CharField(max_length=160, blank=True)
    due_on = models.DateField(null=True, blank=True)
    delivered_on = models.DateField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["due_on", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [ChangesKept("accompaniment_deliverable_changes")]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["kind", "delivered_on"],
                name="deliverable_delivered",
                condition=models.Q(delivered_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title or str(self.get_kind_display())

    @property
    def may_be_written(self) -> bool:
        """Whether it is a text that the application helps to write."""
        return self.kind in (DeliverableKind.EXPORT_PLAN, DeliverableKind.STRATEGY)


class Document(PublicModel):
    """A file of a deliverable, read through a page that checks who asks."""

    deliverable = models.ForeignKey(Deliverable, models.CASCADE, related_name="documents")
    file = models.FileField(upload_to="accompagnement/%Y/%m/")
    name = models.CharField(max_length=200)
    removed_at = models.DateTimeField(null=True, blank=True)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-added_at"]


class Trend(models.TextChoices):
    UP = "up", _("en hausse")
    SAME = "same", _("stable")
    DOWN = "down", _("en baisse")


class OutcomeFollowUp(PublicModel):
    """The question asked to the enterprise `months` after the mandate ended, by signed link."""

    mandate = models.ForeignKey(Mandate, models.CASCADE, related_name="follow_ups")
    months = models.PositiveSmallIntegerField()
    due_on = models.DateField()
    asked_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    sales = Choice(max_length=8, choices=Trend, blank=True)
    jobs_change = models.IntegerField(null=True, blank=True)
    helped = models.PositiveSmallIntegerField(null=True, blank=True)
    comment = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["due_on", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["mandate", "months"], name="follow_up_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["due_on"], name="follow_up_due", condition=models.Q(asked_at=None)),
        ]
