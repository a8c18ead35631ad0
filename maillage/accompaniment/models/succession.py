"""Business succession: an enterprise looks for who will take over; buyers, stages, the transfer."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.changes import ChangesKept
from maillage.core.choices import Choice
from maillage.core.models import PublicModel
from maillage.directory.models import Organisation, Person
from maillage.directory.models.frozen import Frozen
from maillage.funding.models import Agreement, Stream


class SuccessionKind(models.TextChoices):
    UNKNOWN = "unknown", _("à déterminer")
    FAMILY = "family", _("relève familiale")
    EMPLOYEES = "employees", _("par des employés")
    COOP = "coop", _("en coopérative")
    EXTERNAL = "external", _("repreneur externe")
    MERGER = "merger", _("regroupement d'entreprises")


class SuccessionStage(models.TextChoices):
    AWARE = "aware", _("prise de conscience")
    PREPARED = "prepared", _("préparation")
    VALUED = "valued", _("évaluation")
    SEARCH = "search", _("recherche de relève")
    TALKS = "talks", _("négociation")
    FINANCING = "financing", _("montage financier")
    TRANSFERRED = "transferred", _("transférée")
    STOPPED = "stopped", _("arrêtée")


SUCCESSION_ENDS = (SuccessionStage.TRANSFERRED, SuccessionStage.STOPPED)


class SuccessionCase(Frozen, PublicModel):
    """`enterprise` is to be handed over. It is known to the organisation alone, whatever the enterprise shares."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    enterprise = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    seller = models.CharField(max_length=160, blank=True, help_text="Who hands over.")
    kind = Choice(max_length=10, choices=SuccessionKind, default=SuccessionKind.UNKNOWN)
    stage = Choice(max_length=12, choices=SuccessionStage, default=SuccessionStage.AWARE)
    opened_on = models.DateField()
    wanted_by = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    jobs = models.PositiveIntegerField(null=True, blank=True, help_text="Jobs at stake.")
    summary = models.TextField(blank=True)
    stream = models.ForeignKey(Stream, models.PROTECT, null=True, blank=True, related_name="+")
    agreement = models.ForeignKey(Agreement, models.PROTECT, null=True, blank=True, related_name="+")
    adviser = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    is_demo = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["-opened_on", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("accompaniment_successioncase_changes"),
            models.CheckConstraint(
                condition=models.Q(ended_on=None) | models.Q(ended_on__gte=models.F("opened_on")),
                name="succession_ends_after_start",
            ),
            models.CheckConstraint(
                condition=models.Q(stage__in=["transferred", "stopped"], ended_on__isnull=False)
                | (~models.Q(stage__in=["transferred", "stopped"]) & models.Q(ended_on=None)),
                name="succession_end_has_a_day",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "opened_on"], name="succession_org_day")
        ]

    def __str__(self) -> str:
        return self.enterprise.name

    @property
    def is_over(self) -> bool:
        return self.stage in SUCCESSION_ENDS


class SuccessionChange(models.Model):
    """Append-only: from which stage to which, on which day, why, by whom."""

    case = models.ForeignKey(SuccessionCase, models.CASCADE, related_name="changes")
    from_stage = Choice(max_length=12, choices=SuccessionStage, blank=True)
    to_stage = Choice(max_length=12, choices=SuccessionStage)
    changed_on = models.DateField()
    reason = models.CharField(max_length=300, blank=True)
    noted_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["changed_on", "pk"]


class BuyerState(models.TextChoices):
    INTERESTED = "interested", _("intéressé")
    MET = "met", _("rencontré")
    OFFER = "offer", _("offre déposée")
    CHOSEN = "chosen", _("retenu")
    GONE = "gone", _("désisté")


class SuccessionBuyer(PublicModel):
    """Someone who may take over: a person, an enterprise or both."""

    case = models.ForeignKey(SuccessionCase, models.CASCADE, related_name="buyers")
    name = models.CharField(max_length=160)
    enterprise = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    email = models.EmailField(blank=True)
    state = Choice(max_length=10, choices=BuyerState, default=BuyerState.INTERESTED)
    note = models.TextField(blank=True)
    added_on = models.DateField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["added_on", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [ChangesKept("accompaniment_successionbuyer_changes")]

    def __str__(self) -> str:
        return self.name
