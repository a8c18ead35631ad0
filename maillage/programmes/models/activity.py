"""Activities of one or several sessions, registrations with a fair waiting list, attendance, talks, feedback."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from maillage.core.changes import ChangesKept
from maillage.core.choices import Choice
from maillage.core.models import PublicModel
from maillage.directory.models import Organisation, Person, Territory
from maillage.directory.models.frozen import Frozen
from maillage.funding.models import Agreement, Stream

from .programme import Edition


class ActivityKind(models.TextChoices):
    TRAINING = "formation", _("formation")
    INFORMATION = "information", _("séance d'information")
    AWARD = "prix", _("remise de prix")
    EVENT = "evenement", _("événement")
    PROGRAMME = "programme", _("programme de visites")
    CIRCUITS = "circuits", _("circuits")
    SALE = "vente", _("vente")
    CHALLENGE = "defi", _("défi")
    WORKSHOP = "atelier", _("atelier")
    SUPPER = "souper", _("souper")
    REPRESENTATION = "representation", _("représentation")
    COMMITTEE = "comite", _("comité")
    PEERS = "pairs", _("formation entre pairs")


class Mode(models.TextChoices):
    IN_PERSON = "in_person", _("en personne")
    ONLINE = "online", _("en ligne")
    HYBRID = "hybrid", _("en personne et en ligne")
    UNSPECIFIED = "unspecified", _("non précisé")


class OrganiserRole(models.TextChoices):
    ORGANISER = "organiser", _("organise")
    CO_ORGANISER = "co_organiser", _("organise avec d'autres")
    PARTNER = "partner", _("partenaire régional")
    PARTICIPANT = "participant", _("participe")


class ActivityState(models.TextChoices):
    DRAFT = "draft", _("brouillon")
    PUBLISHED = "published", _("publiée")
    CANCELLED = "cancelled", _("annulée")


class Activity(PublicModel):
    """`starts_on` and `last_on` are the days of the first and the last session, both in; none for a
    committee without dates.

    `capacity` None: no limit. `head_count` is a count made by eye, told apart from the attendances noted by name.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    edition = models.ForeignKey(Edition, models.PROTECT, null=True, blank=True, related_name="activities")
    stream = models.ForeignKey(Stream, models.PROTECT, null=True, blank=True, related_name="+")
    agreement = models.ForeignKey(Agreement, models.PROTECT, null=True, blank=True, related_name="+")
    kind = Choice(max_length=16, choices=ActivityKind)
    role = Choice(max_length=12, choices=OrganiserRole, default=OrganiserRole.ORGANISER)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    mode = Choice(max_length=12, choices=Mode, default=Mode.UNSPECIFIED)
    place = models.CharField(max_length=200, blank=True)
    mrc = models.ForeignKey(Territory, models.PROTECT, null=True, blank=True, related_name="+")
    region = models.ForeignKey(Territory, models.PROTECT, null=True, blank=True, related_name="+")
    online_url = models.URLField(blank=True)
    starts_on = models.DateField(null=True, blank=True)
    last_on = models.DateField(null=True, blank=True)
    state = Choice(max_length=10, choices=ActivityState, default=ActivityState.DRAFT)
    capacity = models.PositiveIntegerField(null=True, blank=True)
    registration_opens_at = models.DateTimeField(null=True, blank=True)
    registration_closes_at = models.DateTimeField(null=True, blank=True)
    hold_hours = models.PositiveSmallIntegerField(default=48, validators=[MinValueValidator(1), MaxValueValidator(240)])
    certificate_sessions = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Sessions to attend to earn the certificate; none: no certificate."
    )
    head_count = models.PositiveIntegerField(null=True, blank=True)
    host = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The enterprise that teaches its peers, or receives them.",
    )
    reminder_hours = models.PositiveSmallIntegerField(
        null=True, blank=True, default=24, help_text="Hours before a session; none: no reminder."
    )
    feedback_asked_at = models.DateTimeField(null=True, blank=True)
    represented_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    outcome = models.TextField(blank=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-starts_on", "title"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("programmes_activity_changes"),
            models.CheckConstraint(
                condition=models.Q(starts_on=None, last_on=None) | models.Q(last_on__gte=models.F("starts_on")),
                name="activity_ends_after_start",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["organisation", "starts_on"])]

    def __str__(self) -> str:
        return self.title


class Session(PublicModel):
    activity = models.ForeignKey(Activity, models.CASCADE, related_name="sessions")
    number = models.PositiveSmallIntegerField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    place = models.CharField(max_length=200, blank=True)
    sequence = models.PositiveSmallIntegerField(default=0, help_text="Revision of the calendar invitation.")
    reminded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["starts_at", "number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["activity", "number"], name="session_number"),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="session_ends_after_start"
            ),
        ]


class RegistrationState(models.TextChoices):
    CONFIRMED = "confirmed", _("inscrit")
    WAITING = "waiting", _("en attente")
    OFFERED = "offered", _("place offerte")
    CANCELLED = "cancelled", _("annulée")


#: The states that take a seat: a seat offered to someone waiting is held for them until the hold ends.
SEATED = (RegistrationState.CONFIRMED, RegistrationState.OFFERED)


class Registration(Frozen, PublicModel):
    """A seat, a place in the waiting list, or a seat offered until `hold_until`. Its ticket opens by a signed link
    (`programmes.tokens`).

    `fresh`: made by the call that returned it (not stored). `mailed_at`: the last time that its link was asked for.
    """

    fresh: bool = False

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="registrations")
    person = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=160)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=24, blank=True)
    enterprise = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    enterprise_name = models.CharField(max_length=200, blank=True)
    needs = models.CharField(max_length=200, blank=True, help_text="Food, access.")
    language = models.CharField(max_length=2, default="fr")
    state = Choice(max_length=10, choices=RegistrationState)
    hold_token = models.UUIDField(null=True, blank=True, unique=True)
    hold_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    is_demo = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["created_at", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("programmes_registration_changes"),
            models.UniqueConstraint(
                "activity",
                Lower("email"),
                Lower("name"),
                name="registration_person_once",
                condition=~models.Q(state="cancelled") & ~models.Q(email=""),
            ),
            models.CheckConstraint(
                condition=models.Q(state="offered", hold_token__isnull=False, hold_until__isnull=False)
                | ~models.Q(state="offered"),
                name="registration_offer_has_hold",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["activity", "state", "created_at"])]

    def __str__(self) -> str:
        return self.name


class Attendance(models.Model):
    """`registration` was at `session`. A check-in sent twice (same nonce, or same pair) is one row."""

    registration = models.ForeignKey(Registration, models.CASCADE, related_name="attendances")
    session = models.ForeignKey(Session, models.CASCADE, related_name="attendances")
    nonce = models.UUIDField(default=uuid.uuid4, unique=True)
    noted_at = models.DateTimeField()
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["registration", "session"], name="attendance_once"),
        ]


class TalkKind(models.TextChoices):
    KEYNOTE = "keynote", _("conférence d'ouverture")
    TALK = "talk", _("conférence")
    PANEL = "panel", _("panel")
    BOOTH = "booth", _("kiosque")


class Talk(PublicModel):
    """A talk, panel or booth of a conference."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="talks")
    kind = Choice(max_length=8, choices=TalkKind, default=TalkKind.TALK)
    title = models.CharField(max_length=200)
    speakers = models.CharField(max_length=300, blank=True)
    exhibitor = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    room = models.CharField(max_length=80, blank=True)
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    capacity = models.PositiveIntegerField(null=True, blank=True)
    description = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["starts_at", "kind", "title"]

    def __str__(self) -> str:
        return self.title


class TalkPlace(models.Model):
    """A registered person keeps a seat at a talk."""

    talk = models.ForeignKey(Talk, models.CASCADE, related_name="seats")
    registration = models.ForeignKey(Registration, models.CASCADE, related_name="talks")
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["talk", "registration"], name="talk_seat_once"),
        ]


class Feedback(models.Model):
    """One answer for each registration, by signed link."""

    registration = models.OneToOneField(Registration, models.CASCADE, related_name="feedback")
    rating = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    useful = models.TextField(blank=True)
    improve = models.TextField(blank=True)
    given_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(rating__gte=1, rating__lte=5), name="feedback_rating_1_to_5"),
        ]
