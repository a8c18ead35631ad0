"""An organisation's bodies, their seats, and the dated terms of those who hold them."""

from typing import Any, ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.changes import ChangesKept
from maillage.core.choices import Choice
from maillage.core.models import PublicModel
from maillage.core.text import Sorting
from maillage.directory.models import Organisation, Person, Territory


class BodyKind(models.TextChoices):
    BOARD = "board", _("conseil d'administration")
    EXECUTIVE = "executive", _("comité exécutif")
    COMMITTEE = "committee", _("comité")
    REGIONAL = "regional", _("comité régional")
    ADVISORY = "advisory", _("comité consultatif")
    STAFF = "staff", _("permanence")


STAFF_KINDS = (BodyKind.STAFF.value,)
"""Bodies whose seats are posts: people who work there, none of whom votes."""


class Body(PublicModel):
    """`quorum` counts the voting members who must be there; none: the majority of the voting seats held that day.

    `is_public`: its page opens without an account; names are there for those who agreed.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    kind = Choice(max_length=12, choices=BodyKind)
    name = models.CharField(max_length=160)
    purpose = models.TextField(blank=True)
    territory = models.ForeignKey(Territory, models.PROTECT, null=True, blank=True, related_name="+")
    quorum = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    notice_days = models.PositiveSmallIntegerField(default=7)
    is_public = models.BooleanField(default=False)
    dissolved_on = models.DateField(null=True, blank=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[Any]] = [Sorting("name")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organisation", "name"], name="body_name_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def of_posts(self) -> bool:
        return self.kind in STAFF_KINDS


class SeatRole(models.TextChoices):
    PRESIDENCE = "presidence", _("présidence")
    VICE = "vice_presidence", _("vice-présidence")
    SECRETARY = "secretariat", _("secrétariat")
    TREASURER = "tresorerie", _("trésorerie")
    DIRECTOR = "administration", _("administration")
    MEMBER = "membre", _("membre")
    OBSERVER = "observation", _("observation")
    POST = "poste", _("poste")


class Seat(PublicModel):
    """A place in a body, whoever holds it. `college`: the group of members that fills it ("producteurs",
    "travailleuses"); `represents`: an organisation that the seat is kept for."""

    body = models.ForeignKey(Body, models.CASCADE, related_name="seats")
    order = models.PositiveSmallIntegerField(default=0)
    role = Choice(max_length=16, choices=SeatRole)
    title = models.CharField(max_length=120, blank=True)
    voting = models.BooleanField(default=True)
    college = models.CharField(max_length=80, blank=True)
    represents = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    term_months = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    abolished_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["order", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(voting=False) | ~models.Q(role__in=["poste", "observation"]),
                name="seat_observers_and_posts_do_not_vote",
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.get_role_display()


class TermOrigin(models.TextChoices):
    ELECTED = "elected", _("élection")
    APPOINTED = "appointed", _("nomination")
    CO_OPTED = "co_opted", _("cooptation")
    HIRED = "hired", _("embauche")


class Term(PublicModel):
    """`seat` is held during `during` (half-open dates) by `person`, for `organisation`, or by an organisation whose
    person is not known.

    `due_on` is the day that the term was to end (out) when it began; `end_reason` says why it ended before.
    """

    seat = models.ForeignKey(Seat, models.PROTECT, related_name="terms")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    on_behalf = models.CharField(max_length=200, blank=True, help_text="Organisation as published, when not known.")
    during = DateRangeField()
    due_on = models.DateField(null=True, blank=True)
    origin = Choice(max_length=10, choices=TermOrigin, default=TermOrigin.ELECTED)
    meeting = models.ForeignKey("governance.Meeting", models.SET_NULL, null=True, blank=True, related_name="terms")
    end_reason = models.CharField(max_length=200, blank=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-during", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("governance_term_changes"),
            ExclusionConstraint(
                name="seat_held_once_at_a_time",
                expressions=[("seat", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(
                condition=models.Q(during__startswith__isnull=False) & models.Q(during__isempty=False),
                name="term_has_start",
            ),
            models.CheckConstraint(
                condition=models.Q(person__isnull=False) | models.Q(organisation__isnull=False),
                name="term_held_by_someone",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["person"])]
