"""People apart from accounts, their dated roles in organisations, and invitations to a role."""

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from maillage.core.changes import ChangesKept
from maillage.core.choices import Choice
from maillage.core.models import PublicModel
from maillage.core.text import Sorting

from .organisation import Organisation
from .territory import Territory


class RoleKind(models.TextChoices):
    DIRECTOR = "director", _("direction")
    COORDINATOR = "coordinator", _("coordination")
    TREASURER = "treasurer", _("trésorerie")
    PACKER = "packer", _("préparation et accueil")
    DRIVER = "driver", _("livraison")
    PRODUCER = "producer", _("production")
    ADVISER = "adviser", _("conseil")
    MANAGER = "manager", _("gestion de programme")
    BOARD = "board", _("conseil d'administration")
    FUNDER = "funder", _("bailleur de fonds")
    JUROR = "juror", _("jury")
    BUYER = "buyer", _("achats")
    STAFF = "staff", _("équipe")


class Person(PublicModel):
    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="person"
    )
    given_name = models.CharField(max_length=80, blank=True)
    family_name = models.CharField(max_length=80, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=24, blank=True)
    language = models.CharField(max_length=2, default="fr")
    address = models.CharField(max_length=200, blank=True)
    postal_code = models.CharField(max_length=7, blank=True)
    municipality = models.ForeignKey(Territory, models.PROTECT, null=True, blank=True, related_name="+")
    is_demo = models.BooleanField(default=False)
    erased_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[Any]] = [Sorting("family_name"), Sorting("given_name")]
        constraints: ClassVar[list[models.BaseConstraint]] = [ChangesKept("directory_person_changes")]
        indexes: ClassVar[list[models.Index]] = [models.Index(Lower("email"), name="person_email")]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        if self.erased_at:
            return str(_("Personne effacée"))
        return f"{self.given_name} {self.family_name}".strip() or str(_("Personne sans nom"))


class Role(PublicModel):
    """`person` holds `kind` in `organisation` during `during` (half-open dates)."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="roles")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="roles")
    kind = Choice(max_length=16, choices=RoleKind)
    title = models.CharField(max_length=120, blank=True)
    during = DateRangeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("directory_role_changes", made=True),
            ExclusionConstraint(
                name="role_once_at_a_time",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    ("organisation", RangeOperators.EQUAL),
                    ("kind", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
            ),
        ]


class Invitation(PublicModel):
    """An invitation by e-mail to hold a role. Its link is signed, never stored (`directory.tokens`).

    `sending` counts the times it was sent: a link holds its number, so that only the last one opens.
    `mailed` is the last sending whose message left. The role is held from `since` (empty: the day of the acceptance)
    until `until` (the first day without it; empty: no end).
    """

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="invitations")
    person = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    email = models.EmailField()
    kind = Choice(max_length=16, choices=RoleKind)
    title = models.CharField(max_length=120, blank=True)
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    language = models.CharField(max_length=2, default="fr")
    sending = models.PositiveIntegerField(default=1)
    mailed = models.PositiveIntegerField(default=0)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                "organisation",
                "kind",
                Lower("email"),
                name="invitation_open_once",
                condition=models.Q(accepted_at=None, withdrawn_at=None),
            ),
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(since=None) | models.Q(until__gt=models.F("since")),
                name="invitation_dates",
            ),
        ]

    def is_open(self, now: datetime) -> bool:
        return self.accepted_at is None and self.withdrawn_at is None and now < self.expires_at
