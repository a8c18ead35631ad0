"""Referrals to partners, financing interventions, canvassing of enterprises that are not clients."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.changes import ChangesKept
from maillage.core.choices import Choice
from maillage.core.models import Money, PublicModel
from maillage.directory.models import Organisation, Person
from maillage.directory.models.frozen import Frozen
from maillage.funding.models import Agreement, Stream
from maillage.programmes.models import Edition


class ReferralState(models.TextChoices):
    SENT = "sent", _("en attente de réponse")
    ACCEPTED = "accepted", _("acceptée")
    DECLINED = "declined", _("refusée")
    DONE = "done", _("menée à terme")


class Referral(Frozen, PublicModel):
    """`organisation` sends `enterprise`, who consents, to `partner`, who answers and later tells the outcome."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    enterprise = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    partner = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    partner_email = models.EmailField(blank=True)
    stream = models.ForeignKey(Stream, models.PROTECT, null=True, blank=True, related_name="+")
    adviser = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    need = models.TextField()
    referred_on = models.DateField()
    consented_on = models.DateField()
    consented_by = models.CharField(max_length=160)
    state = Choice(max_length=10, choices=ReferralState, default=ReferralState.SENT)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)
    outcome = models.TextField(blank=True)
    outcome_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-referred_on", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [ChangesKept("accompaniment_referral_changes")]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "referred_on"], name="referral_org_day")
        ]


class FinancingKind(models.TextChoices):
    LOAN = "loan", _("prêt")
    GUARANTEE = "guarantee", _("garantie de prêt")
    GRANT = "grant", _("subvention")
    EQUITY = "equity", _("participation au capital")
    TAX = "tax", _("mesure fiscale")
    OTHER = "other", _("autre")


class FinancingIntervention(Frozen, PublicModel):
    """A financing authorised for an enterprise: dollars, its region that day, and what it is for."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    enterprise = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    kind = Choice(max_length=10, choices=FinancingKind)
    amount = Money()
    authorised_on = models.DateField()
    authorised_by_network = models.BooleanField(help_text="By the regional network, rather than by the head office.")
    is_innovative = models.BooleanField(default=False)
    is_manufacturing = models.BooleanField(default=False)
    is_social_economy = models.BooleanField(default=False)
    stream = models.ForeignKey(Stream, models.PROTECT, null=True, blank=True, related_name="+")
    edition = models.ForeignKey(Edition, models.PROTECT, null=True, blank=True, related_name="+")
    agreement = models.ForeignKey(Agreement, models.PROTECT, null=True, blank=True, related_name="+")
    adviser = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    project = models.CharField(max_length=200, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=200, blank=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-authorised_on", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("accompaniment_financingintervention_changes"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="financing_amount_positive"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "authorised_on"], name="financing_org_day")
        ]


class CanvassMeeting(Frozen, PublicModel):
    """A meeting sought with an enterprise. `was_client`: whether it was already followed that day (frozen)."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    enterprise = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    company_name = models.CharField(max_length=200, blank=True)
    met_on = models.DateField()
    adviser = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    was_client = models.BooleanField()
    result = models.TextField(blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-met_on", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("accompaniment_canvassmeeting_changes"),
            models.CheckConstraint(
                condition=models.Q(enterprise__isnull=False) | ~models.Q(company_name=""),
                name="canvass_meeting_of_someone",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "met_on"], name="canvass_org_day")
        ]
