"""Calls for applications: a form made of rows, weighted criteria, reviewers, conflicts, sealed reviews, decisions."""

from typing import Any, ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from maillage.core.changes import ChangesKept
from maillage.core.choices import Choice
from maillage.core.models import PublicModel
from maillage.directory.models import Organisation, Person

from .programme import Edition


def no_choices() -> list[str]:
    return []


def no_answers() -> dict[str, Any]:
    return {}


class Call(PublicModel):
    """Open between `opens_at` (in) and `closes_at` (out)."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="calls")
    title = models.CharField(max_length=160)
    text = models.TextField(blank=True)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    hides_names = models.BooleanField(default=False, help_text="Reviewers do not see who applies.")
    published_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-closes_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(closes_at__gt=models.F("opens_at")), name="call_closes_after"),
        ]

    def __str__(self) -> str:
        return self.title


class FieldKind(models.TextChoices):
    TEXT = "text", _("réponse courte")
    LONG = "long", _("réponse longue")
    NUMBER = "number", _("nombre")
    CHOICE = "choice", _("un choix")
    MULTIPLE = "multiple", _("plusieurs choix")
    YES = "yes", _("case à cocher")


class CallField(models.Model):
    """One question of the form. `choices`: the options, in order, of a choice."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="fields")
    order = models.PositiveSmallIntegerField(default=0)
    kind = Choice(max_length=8, choices=FieldKind, default=FieldKind.TEXT)
    label = models.CharField(max_length=200)
    help = models.CharField(max_length=300, blank=True)
    required = models.BooleanField(default=True)
    choices = models.JSONField(default=no_choices, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["order", "pk"]


class Criterion(models.Model):
    """`weight` counts against the other criteria; a reviewer scores from 0 to `maximum`."""

    call = models.ForeignKey(Call, models.CASCADE, related_name="criteria")
    order = models.PositiveSmallIntegerField(default=0)
    label = models.CharField(max_length=160)
    weight = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    maximum = models.PositiveSmallIntegerField(default=5, validators=[MinValueValidator(1)])

    class Meta:
        ordering: ClassVar[list[str]] = ["order", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(weight__gte=1, maximum__gte=1), name="criterion_positive"),
        ]


class Reviewer(models.Model):
    call = models.ForeignKey(Call, models.CASCADE, related_name="reviewers")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["call", "person"], name="reviewer_once"),
        ]


class ApplicationState(models.TextChoices):
    SUBMITTED = "submitted", _("reçue")
    SELECTED = "selected", _("retenue")
    RESERVE = "reserve", _("en réserve")
    REFUSED = "refused", _("non retenue")
    WITHDRAWN = "withdrawn", _("retirée")


class Application(PublicModel):
    """`answers`: the key of a field (as text) → text, number, list of texts or true.

    `told`: whether its address is written to that it came (not stored).
    """

    told: bool = True

    call = models.ForeignKey(Call, models.CASCADE, related_name="applications")
    enterprise = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    enterprise_name = models.CharField(max_length=200)
    neq = models.CharField(max_length=10, blank=True)
    contact_name = models.CharField(max_length=160)
    email = models.EmailField()
    language = models.CharField(max_length=2, default="fr")
    answers = models.JSONField(default=no_answers)
    state = Choice(max_length=10, choices=ApplicationState, default=ApplicationState.SUBMITTED)
    submitted_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.TextField(blank=True, help_text="Told to the enterprise.")

    class Meta:
        ordering: ClassVar[list[str]] = ["submitted_at", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("programmes_application_changes"),
            models.UniqueConstraint(
                "call",
                Lower("email"),
                name="call_application_once",
                condition=models.Q(state="submitted") & ~models.Q(email=""),
            ),
        ]

    def __str__(self) -> str:
        return self.enterprise_name


class Conflict(models.Model):
    """The reviewer neither sees nor scores the application."""

    reviewer = models.ForeignKey(Reviewer, models.CASCADE, related_name="conflicts")
    application = models.ForeignKey(Application, models.CASCADE, related_name="conflicts")
    reason = models.CharField(max_length=200, blank=True)
    declared_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["reviewer", "application"], name="conflict_once"),
        ]


class Review(models.Model):
    """Sealed: until `submitted_at`, nobody but its reviewer reads it."""

    reviewer = models.ForeignKey(Reviewer, models.CASCADE, related_name="reviews")
    application = models.ForeignKey(Application, models.CASCADE, related_name="reviews")
    comment = models.TextField(blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["reviewer", "application"], name="review_once"),
        ]


class Score(models.Model):
    review = models.ForeignKey(Review, models.CASCADE, related_name="scores")
    criterion = models.ForeignKey(Criterion, models.CASCADE, related_name="scores")
    points = models.PositiveSmallIntegerField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["review", "criterion"], name="score_once"),
        ]
