"""Programmes, their editions (cohort, path, event, tour), the enterprises enrolled and the visits made."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.changes import ChangesKept
from maillage.core.choices import Choice
from maillage.core.models import PublicModel
from maillage.core.text import Sorting
from maillage.directory.models import Organisation, Person
from maillage.directory.models.frozen import Frozen
from maillage.funding.models import Agreement, Stream


class Programme(PublicModel):
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    title = models.CharField(max_length=160)
    description = models.TextField(blank=True)
    stream = models.ForeignKey(Stream, models.PROTECT, null=True, blank=True, related_name="+")
    closed_on = models.DateField(null=True, blank=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[Any]] = [Sorting("title")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organisation", "title"], name="programme_title_once"),
        ]

    def __str__(self) -> str:
        return self.title


class EditionKind(models.TextChoices):
    COHORT = "cohort", _("cohorte")
    PATH = "path", _("parcours")
    EVENT = "event", _("événement")
    TOUR = "tour", _("tournée de visites")
    WATCH = "watch", _("veille")


class Edition(PublicModel):
    """One run of a programme. `organisation` is the one that runs it (an edition may be handed to another region)."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="editions")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    kind = Choice(max_length=8, choices=EditionKind)
    title = models.CharField(max_length=160)
    number = models.PositiveSmallIntegerField(null=True, blank=True)
    during = DateRangeField()
    places = models.PositiveIntegerField(null=True, blank=True, help_text="Enterprises it can take; none: no limit.")
    place = models.CharField(max_length=160, blank=True)
    description = models.TextField(blank=True)
    agreement = models.ForeignKey(Agreement, models.PROTECT, null=True, blank=True, related_name="+")
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-during", "title"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(during__startswith__isnull=False) & models.Q(during__isempty=False),
                name="edition_has_start",
            ),
            models.UniqueConstraint(
                fields=["programme", "number"],
                name="edition_number_once",
                condition=models.Q(number__isnull=False),
                violation_error_message=_("Ce programme a déjà une édition de ce numéro."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def ordinal(self) -> str:
        """`9e édition`; nothing for an edition without a number."""
        if self.number is None:
            return ""
        if self.number == 1:
            return str(_("1re édition"))
        return str(_("%(n)se édition") % {"n": self.number})


class Partner(models.Model):
    """An organisation that takes part in an edition, or in an activity."""

    edition = models.ForeignKey(Edition, models.CASCADE, null=True, blank=True, related_name="partners")
    activity = models.ForeignKey("programmes.Activity", models.CASCADE, null=True, blank=True, related_name="partners")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    role = Choice(
        max_length=12,
        choices=[
            ("organiser", _("organise avec nous")),
            ("expert", _("prête des experts")),
            ("sponsor", _("commandite")),
            ("partner", _("partenaire")),
            ("met", _("rencontrée")),
        ],
        default="partner",
    )

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(edition=None, activity__isnull=False)
                | models.Q(edition__isnull=False, activity=None),
                name="partner_of_one_thing",
            ),
            models.UniqueConstraint(
                fields=["edition", "activity", "organisation", "role"], name="partner_once", nulls_distinct=False
            ),
        ]


class EnrolmentState(models.TextChoices):
    SELECTED = "selected", _("retenue")
    CONFIRMED = "confirmed", _("confirmée")
    COMPLETED = "completed", _("a terminé")
    WITHDRAWN = "withdrawn", _("s'est retirée")


class Enrolment(Frozen, PublicModel):
    """An enterprise takes part in an edition; MRC, region, sector and size as they were on `joined_on`."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="enrolments")
    enterprise = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    state = Choice(max_length=10, choices=EnrolmentState, default=EnrolmentState.CONFIRMED)
    joined_on = models.DateField()
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["joined_on", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("programmes_enrolment_changes"),
            models.UniqueConstraint(fields=["edition", "enterprise"], name="enrolment_once"),
        ]


class Visit(Frozen, PublicModel):
    """A visit of a tour: to an enterprise, or a stop in a region without one."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="visits")
    enterprise = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    visited_on = models.DateField()
    summary = models.TextField(blank=True)
    next_step = models.CharField(max_length=200, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=200, blank=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["visited_on", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("programmes_visit_changes"),
            models.CheckConstraint(
                condition=models.Q(enterprise__isnull=False) | models.Q(region__isnull=False),
                name="visit_somewhere",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["edition", "visited_on"])]


class VisitExpert(models.Model):
    """The organisation whose experts came, and who."""

    visit = models.ForeignKey(Visit, models.CASCADE, related_name="experts")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    names = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["visit", "organisation"], name="visit_expert_once"),
        ]
