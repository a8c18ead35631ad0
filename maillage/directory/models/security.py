"""Where an account is signed in, and what was done to how it signs in."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.choices import Choice
from maillage.core.models import PublicModel


class SignIn(PublicModel):
    """A session of an account on a device (`device`: a number that its browser keeps). Its session may be over since.

    Kept 90 days after it was last seen (`tasks.sweep_sign_ins`): that is how a device is known.
    """

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sign_ins")
    session_key = models.CharField(max_length=40, unique=True)
    device = models.UUIDField()
    user_agent = models.CharField(max_length=300, blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)
    at = models.DateTimeField()
    seen_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True, help_text="When the account was told of a new device.")

    class Meta:
        ordering: ClassVar[list[str]] = ["-seen_at", "-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["account", "device"], name="sign_in_device"),
        ]


class SecurityEvent(PublicModel):
    """What the administration did to how an account signs in. Append-only."""

    class Kind(models.TextChoices):
        FACTOR_RESET = "factor_reset", _("second facteur retiré par l'administration")
        ADMINISTRATOR = "administrator", _("administration donnée depuis le serveur")

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="security_events")
    kind = Choice(max_length=16, choices=Kind)
    why = models.CharField(max_length=300)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~models.Q(why=""), name="security_event_why"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Protect(name="security_event_stays", operation=pgtrigger.Update | pgtrigger.Delete),
        ]
