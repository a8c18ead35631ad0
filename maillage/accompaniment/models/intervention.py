"""Interventions: what was done, with whom, by whom, when. The rows that most figures are made of."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from maillage.core.changes import ChangesKept
from maillage.core.choices import Choice
from maillage.core.models import PublicModel
from maillage.directory.models import Organisation, Person
from maillage.directory.models.frozen import Frozen
from maillage.funding.models import Agreement, Stream
from maillage.programmes.models import Edition

from .mandate import Mandate


class Listed(models.Model):
    """An entry of a list that an organisation keeps; without an organisation it is common to all."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True, blank=True, related_name="+")
    stream = models.ForeignKey(Stream, models.PROTECT, null=True, blank=True, related_name="+")
    key = models.SlugField(max_length=60)
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True)
    order = models.PositiveSmallIntegerField(default=0)
    retired_on = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name_en if self.name_en and get_language() == "en" else self.name


class Topic(Listed):
    """What it was about: customs, contracts, standards…"""

    class Meta:
        ordering: ClassVar[list[str]] = ["order", "name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organisation", "key"], name="topic_key", nulls_distinct=False),
        ]


class Service(Listed):
    """What kind of help: advice, diagnostic, referral…"""

    class Meta:
        ordering: ClassVar[list[str]] = ["order", "name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organisation", "key"], name="service_key", nulls_distinct=False),
        ]


class WorkMode(models.TextChoices):
    PHONE = "phone", _("téléphone")
    VIDEO = "video", _("visioconférence")
    VISIT = "visit", _("visite chez l'entreprise")
    OFFICE = "office", _("rencontre au bureau")
    EMAIL = "email", _("courriel")
    EVENT = "event", _("événement")


class Intervention(PublicModel):
    """`nonce` names one entry on one device: sent again, it adds nothing. `import_key` does so for a row of a file.

    Cancelled rows stay, with the reason, and no figure counts them.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", db_index=False)
    adviser = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    done_on = models.DateField()
    minutes = models.PositiveIntegerField(null=True, blank=True)
    stream = models.ForeignKey(Stream, models.PROTECT, related_name="+", db_index=False)
    topic = models.ForeignKey(Topic, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    service = models.ForeignKey(Service, models.PROTECT, null=True, blank=True, related_name="+", db_index=False)
    mode = Choice(max_length=8, choices=WorkMode, blank=True)
    summary = models.CharField(max_length=300, blank=True)
    outcome = models.TextField(blank=True)
    next_step = models.CharField(max_length=200, blank=True)
    next_step_on = models.DateField(null=True, blank=True)
    next_step_done_at = models.DateTimeField(null=True, blank=True)
    edition = models.ForeignKey(Edition, models.PROTECT, null=True, blank=True, related_name="+")
    mandate = models.ForeignKey(Mandate, models.SET_NULL, null=True, blank=True, related_name="interventions")
    nonce = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    import_key = models.CharField(max_length=64, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    cancel_reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    is_demo = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["-done_on", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("accompaniment_intervention_changes"),
            models.UniqueConstraint(
                fields=["organisation", "import_key"],
                name="intervention_import_once",
                condition=~models.Q(import_key=""),
            ),
            models.CheckConstraint(
                condition=models.Q(cancelled_at=None) | ~models.Q(cancel_reason=""),
                name="intervention_cancelled_with_reason",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "done_on", "stream"], name="intervention_org_day"),
            models.Index(fields=["done_on"], name="intervention_day"),
            models.Index(
                fields=["adviser", "next_step_on"],
                name="intervention_next_step",
                condition=models.Q(next_step_on__isnull=False, next_step_done_at=None, cancelled_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.summary or str(self.public_id)


class PartyRole(models.TextChoices):
    BENEFICIARY = "beneficiary", _("bénéficiaire")
    PARTNER = "partner", _("partenaire")
    EXPERT = "expert", _("experte")
    FUNDER = "funder", _("bailleur de fonds")
    OTHER = "other", _("autre")


class InterventionParty(Frozen):
    """An enterprise or a person with a role in an intervention; MRC, region, sector and size as they were that day."""

    intervention = models.ForeignKey(Intervention, models.CASCADE, related_name="parties")
    enterprise = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    person = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    role = Choice(max_length=12, choices=PartyRole, default=PartyRole.BENEFICIARY)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("accompaniment_interventionparty_changes"),
            models.UniqueConstraint(
                fields=["intervention", "enterprise", "person", "role"], name="party_once", nulls_distinct=False
            ),
        ]


class Claim(models.Model):
    """The intervention is accounted for under the agreement."""

    intervention = models.ForeignKey(Intervention, models.CASCADE, related_name="claims")
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["intervention", "agreement"], name="claim_once"),
        ]


class ClaimRelease(PublicModel):
    """Of two agreements that exclude each other, the one that kept an intervention: who chose, when, and if undone."""

    intervention = models.ForeignKey(Intervention, models.CASCADE, related_name="releases")
    kept = models.ForeignKey(Agreement, models.PROTECT, related_name="+")
    released = models.ForeignKey(Agreement, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~models.Q(kept=models.F("released")), name="claim_release_two"),
        ]
