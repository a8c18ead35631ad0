"""Who may sell in a market: its criteria, producers' applications, reviews, decisions and supply agreements."""

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.changes import ChangesKept
from maillage.core.choices import Choice
from maillage.core.models import PublicModel, Rate
from maillage.directory.models import Organisation, Person

from .product import in_language

TOP_SCORE = 4


class Criterion(PublicModel):
    """What a market's organisation looks for. Retired ones stay, since applications answered them."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    text = models.CharField(max_length=160)
    text_en = models.CharField(max_length=160, blank=True)
    help_text = models.TextField(blank=True, help_text="What is asked and how it can be shown.")
    weight = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(10)])
    is_required = models.BooleanField(default=False, help_text="A mean score under 2 of 4 forbids acceptance.")
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name_plural = "criteria"
        ordering: ClassVar[list[str]] = ["position", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organisation", "text"], name="selection_criterion_once"),
            models.CheckConstraint(condition=models.Q(weight__range=(1, 10)), name="selection_criterion_weight"),
        ]

    def __str__(self) -> str:
        return in_language(self.text, self.text_en)


class ApplicationState(models.TextChoices):
    DRAFT = "draft", _("brouillon")
    SUBMITTED = "submitted", _("déposée")
    IN_REVIEW = "in_review", _("à l'étude")
    ACCEPTED = "accepted", _("acceptée")
    REFUSED = "refused", _("refusée")
    WITHDRAWN = "withdrawn", _("retirée")


OPEN_STATES = (ApplicationState.DRAFT, ApplicationState.SUBMITTED, ApplicationState.IN_REVIEW)
PENDING_STATES = (ApplicationState.SUBMITTED, ApplicationState.IN_REVIEW)


class Application(PublicModel):
    """`producer` asks to sell in the market of `organisation`."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    producer = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    state = Choice(max_length=10, choices=ApplicationState, default=ApplicationState.DRAFT)
    presentation = models.TextField(blank=True, help_text="Who they are and what they would sell.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    is_demo = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["-submitted_at", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("catalogue_application_changes"),
            models.UniqueConstraint(
                fields=["organisation", "producer"],
                name="selection_application_one_open",
                condition=models.Q(state__in=OPEN_STATES),
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "withdrawn"]) | models.Q(submitted_at__isnull=False),
                name="selection_application_submitted_at",
            ),
        ]


class Answer(models.Model):
    application = models.ForeignKey(Application, models.CASCADE, related_name="answers")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="+")
    text = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["application", "criterion"], name="selection_answer_once"),
        ]


class Evidence(PublicModel):
    """A document joined to an application; read only by the applicant and the market's selection team."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="evidence")
    file = models.FileField(upload_to="candidatures/")
    name = models.CharField(max_length=160)
    content_type = models.CharField(max_length=40)
    size = models.PositiveIntegerField(help_text="Bytes.")
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "evidence"
        ordering: ClassVar[list[str]] = ["pk"]

    def __str__(self) -> str:
        return self.name


class Review(PublicModel):
    """One reviewer's reading. With a conflict of interest it holds no scores and counts for nothing."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="reviews")
    reviewer = models.ForeignKey(Person, models.PROTECT, related_name="+")
    has_conflict = models.BooleanField(default=False)
    comment = models.TextField(blank=True)
    reviewed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["reviewed_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("catalogue_review_changes"),
            models.UniqueConstraint(fields=["application", "reviewer"], name="selection_review_once"),
        ]


class Score(models.Model):
    """0 (absent) to 4 (exemplary) for one criterion."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="scores")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="+")
    value = models.PositiveSmallIntegerField(validators=[MaxValueValidator(TOP_SCORE)])

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["review", "criterion"], name="selection_score_once"),
            models.CheckConstraint(condition=models.Q(value__range=(0, TOP_SCORE)), name="selection_score_value"),
        ]


class Outcome(models.TextChoices):
    ACCEPTED = "accepted", _("acceptée")
    REFUSED = "refused", _("refusée")


class Decision(models.Model):
    """The outcome, its reason as told to the producer, and the weighted score at that moment (fraction of one)."""

    application = models.OneToOneField(Application, models.PROTECT, related_name="decision")
    outcome = Choice(max_length=8, choices=Outcome)
    reason = models.TextField()
    score = Rate(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField()
    notified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("catalogue_decision_changes"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="selection_decision_has_a_reason"),
            models.CheckConstraint(
                condition=models.Q(score=None) | models.Q(score__range=(Decimal(0), Decimal(1))),
                name="selection_decision_score",
            ),
        ]


class DateRange(models.Func):
    """`daterange(since, until)`: half-open, an empty end never ends."""

    function = "daterange"
    output_field = DateRangeField()


class SupplyAgreement(PublicModel):
    """The market of `organisation` sells what `producer` makes, from `since` until `until` (excluded; empty: open)."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    producer = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    application = models.ForeignKey(Application, models.PROTECT, null=True, blank=True, related_name="agreements")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    end_reason = models.CharField(max_length=280, blank=True)
    is_demo = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["-since", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("catalogue_supplyagreement_changes"),
            ExclusionConstraint(
                name="supply_agreement_once_at_a_time",
                expressions=[
                    ("organisation", RangeOperators.EQUAL),
                    ("producer", RangeOperators.EQUAL),
                    (DateRange("since", "until"), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(until__gte=models.F("since")),
                name="supply_agreement_ends_after",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["producer"], name="supply_agreement_of_producer")]
