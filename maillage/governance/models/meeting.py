"""Meetings of a body and general assemblies: notice, presences, minutes, and the elections held there."""

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.changes import ChangesKept
from maillage.core.choices import Choice
from maillage.core.models import PublicModel
from maillage.directory.models import Organisation

from .body import Body, Seat, Term


class MeetingKind(models.TextChoices):
    MEETING = "meeting", _("réunion")
    ASSEMBLY = "assembly", _("assemblée générale annuelle")
    SPECIAL = "special", _("assemblée générale extraordinaire")


class MeetingState(models.TextChoices):
    PLANNED = "planned", _("prévue")
    HELD = "held", _("tenue")
    CANCELLED = "cancelled", _("annulée")


class Meeting(PublicModel):
    """A meeting of `body`, or an assembly of the organisation's members (no body).

    `quorum` is frozen when the meeting is held; `voters` counts the members who may vote and were at an assembly, where
    presences are not taken by name. `sequence` is the revision of the calendar invitation.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    body = models.ForeignKey(Body, models.PROTECT, null=True, blank=True, related_name="meetings")
    kind = Choice(max_length=10, choices=MeetingKind, default=MeetingKind.MEETING)
    title = models.CharField(max_length=160, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    place = models.CharField(max_length=200, blank=True)
    online_url = models.URLField(blank=True)
    agenda = models.TextField(blank=True)
    state = Choice(max_length=10, choices=MeetingState, default=MeetingState.PLANNED)
    notice_sent_at = models.DateTimeField(null=True, blank=True)
    sequence = models.PositiveSmallIntegerField(default=0)
    quorum = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    voters = models.PositiveIntegerField(null=True, blank=True)
    minutes = models.FileField(upload_to="proces-verbaux/%Y/", blank=True)
    minutes_name = models.CharField(max_length=160, blank=True)
    minutes_adopted_on = models.DateField(null=True, blank=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-starts_at", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("governance_meeting_changes"),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="meeting_ends_after_start"
            ),
            models.CheckConstraint(
                condition=models.Q(kind="meeting", body__isnull=False)
                | (~models.Q(kind="meeting") & models.Q(body=None)),
                name="meeting_of_a_body_or_assembly",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["organisation", "starts_at"])]

    def __str__(self) -> str:
        return self.title or (f"{self.body}" if self.body_id else str(self.get_kind_display()))

    @property
    def is_assembly(self) -> bool:
        return self.kind != MeetingKind.MEETING


class PresenceState(models.TextChoices):
    PRESENT = "present", _("présence")
    EXCUSED = "excused", _("absence motivée")
    ABSENT = "absent", _("absence")


class Presence(models.Model):
    """Who held a seat of the body on the day of the meeting, and whether they were there."""

    meeting = models.ForeignKey(Meeting, models.CASCADE, related_name="presences")
    term = models.ForeignKey(Term, models.PROTECT, related_name="presences")
    state = Choice(max_length=8, choices=PresenceState)
    noted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["meeting", "term"], name="presence_once"),
        ]


class Election(PublicModel):
    """A seat put to the vote at a meeting. `term`: what came of it; none when nobody was elected.

    One candidate is elected without a vote: no votes are kept.
    """

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="elections")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="elections")
    term = models.OneToOneField(Term, models.PROTECT, null=True, blank=True, related_name="election")
    candidates = models.PositiveSmallIntegerField(default=1)
    votes = models.PositiveIntegerField(null=True, blank=True)
    ballots = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["seat__order", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("governance_election_changes"),
            models.UniqueConstraint(fields=["meeting", "seat"], name="seat_elected_once_a_meeting"),
            models.CheckConstraint(
                condition=models.Q(votes=None) | models.Q(ballots=None) | models.Q(votes__lte=models.F("ballots")),
                name="election_votes_within_ballots",
            ),
        ]
