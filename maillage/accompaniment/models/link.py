"""Addresses that open one row without an account: each has an end, and can be taken back."""

from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.choices import Choice
from maillage.core.models import PublicModel

from .diagnostic import Diagnostic
from .mandate import OutcomeFollowUp
from .outreach import Referral


class Closing(models.TextChoices):
    ANSWERED = "answered", _("réponse reçue")
    WITHDRAWN = "withdrawn", _("lien retiré")
    REPLACED = "replaced", _("remplacé par un lien plus récent")


#: The field that names the row, by the kind of link.
TARGETS = ("diagnostic", "referral", "follow_up")


class SignedLink(PublicModel):
    """Opens one diagnostic, referral or outcome question until `expires_at`, unless it was closed before.

    A row has one link at a time: making another closes the one before.
    """

    diagnostic = models.ForeignKey(Diagnostic, models.CASCADE, null=True, blank=True, related_name="links")
    referral = models.ForeignKey(Referral, models.CASCADE, null=True, blank=True, related_name="links")
    follow_up = models.ForeignKey(OutcomeFollowUp, models.CASCADE, null=True, blank=True, related_name="links")
    sent_to = models.EmailField(blank=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True, help_text="The first time.")
    asked_again_at = models.DateTimeField(null=True, blank=True, help_text="Its reader asked for a new one.")
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_because = Choice(max_length=10, choices=Closing, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-made_at", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(diagnostic__isnull=False, referral=None, follow_up=None)
                | models.Q(diagnostic=None, referral__isnull=False, follow_up=None)
                | models.Q(diagnostic=None, referral=None, follow_up__isnull=False),
                name="link_opens_one_row",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at=None, closed_because="")
                | (models.Q(closed_at__isnull=False) & ~models.Q(closed_because="")),
                name="link_closed_for_a_reason",
            ),
            *(
                models.UniqueConstraint(fields=[name], name=f"link_one_{name}", condition=models.Q(closed_at=None))
                for name in TARGETS
            ),
        ]

    @property
    def row(self) -> Any:
        """What it opens."""
        return self.diagnostic or self.referral or self.follow_up

    def is_over(self, now: datetime) -> bool:
        return self.closed_at is not None or now >= self.expires_at
