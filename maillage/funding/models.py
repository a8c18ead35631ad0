"""Who pays for the work, under which agreements, and which agreements may not pay for the same work."""

from datetime import date, timedelta
from typing import ClassVar

from django.contrib.postgres.fields import DateRangeField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from maillage.core.changes import ChangesKept
from maillage.core.choices import Choice
from maillage.core.models import Money, PublicModel
from maillage.directory.models import Organisation


class Stream(models.Model):
    """A stream of work ("volet"): exportation, innovation… Without an organisation it is common to all of them,
    so that a network compares its members."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True, blank=True, related_name="+")
    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    order = models.PositiveSmallIntegerField(default=0)
    retired_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["order", "name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organisation", "key"], name="stream_key", nulls_distinct=False),
        ]

    def __str__(self) -> str:
        return self.name_en if self.name_en and get_language() == "en" else self.name


class FunderKind(models.TextChoices):
    FEDERAL = "federal", _("gouvernement fédéral")
    PROVINCIAL = "provincial", _("gouvernement du Québec")
    LOCAL = "local", _("MRC ou municipalité")
    FOUNDATION = "foundation", _("fondation")
    PRIVATE = "private", _("entreprise ou donateur")
    OTHER = "other", _("autre")


class Funder(PublicModel):
    """An organisation of the directory that funds others."""

    organisation = models.OneToOneField(Organisation, models.PROTECT, related_name="+")
    kind = Choice(max_length=12, choices=FunderKind, default=FunderKind.OTHER)

    class Meta:
        ordering: ClassVar[list[str]] = ["organisation__name"]

    def __str__(self) -> str:
        return self.organisation.name


class Agreement(PublicModel):
    """`organisation` is paid by `funder` during `during` (half-open) for work in `streams` (none: in all of them).

    `fiscal_month` is the month in which the funder's year begins. One intervention may not be claimed both here and
    under one that this agreement `excludes`.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    funder = models.ForeignKey(Funder, models.PROTECT, related_name="agreements")
    title = models.CharField(max_length=160)
    number = models.CharField(max_length=60, blank=True)
    during = DateRangeField()
    fiscal_month = models.PositiveSmallIntegerField(default=4, validators=[MinValueValidator(1), MaxValueValidator(12)])
    amount = Money(null=True, blank=True)
    streams = models.ManyToManyField(Stream, blank=True, related_name="agreements")
    excludes = models.ManyToManyField("self", blank=True, symmetrical=True)
    notes = models.TextField(blank=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-during", "title"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("funding_agreement_changes"),
            models.CheckConstraint(
                condition=models.Q(fiscal_month__gte=1, fiscal_month__lte=12), name="agreement_fiscal_month"
            ),
            models.CheckConstraint(
                condition=models.Q(amount=None) | models.Q(amount__gte=0), name="agreement_amount_positive"
            ),
            models.CheckConstraint(
                condition=models.Q(during__startswith__isnull=False) & models.Q(during__isempty=False),
                name="agreement_has_start",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["organisation", "funder"])]

    def __str__(self) -> str:
        return self.title

    @property
    def last_day(self) -> date | None:
        """The last day that it pays for; None when it has no end."""
        return self.during.upper - timedelta(days=1) if self.during.upper else None

    @property
    def is_over(self) -> bool:
        return self.last_day is not None and self.last_day < timezone.localdate()


class Instalment(PublicModel):
    """A payment of an agreement: expected on a day, received on another (none: still to come)."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="instalments")
    label = models.CharField(max_length=120, blank=True)
    amount = Money()
    expected_on = models.DateField()
    received_on = models.DateField(null=True, blank=True)
    reference = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["expected_on", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="instalment_positive"),
        ]


class AccountabilityKind(models.TextChoices):
    ACTIVITY = "activity", _("rapport d'activité")
    FINANCIAL = "financial", _("rapport financier")
    FINAL = "final", _("rapport final")
    OTHER = "other", _("autre")


class Accountability(PublicModel):
    """An account to give to the funder by a day; given on another (none: still to give).

    A reminder leaves `remind_days` before, once.
    """

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="accounts")
    kind = Choice(max_length=10, choices=AccountabilityKind, default=AccountabilityKind.ACTIVITY)
    label = models.CharField(max_length=120, blank=True)
    due_on = models.DateField()
    remind_days = models.PositiveSmallIntegerField(default=21, validators=[MaxValueValidator(120)])
    given_on = models.DateField(null=True, blank=True)
    reminded_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["due_on", "pk"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["due_on"])]

    def __str__(self) -> str:
        return self.label or str(self.get_kind_display())
