"""A file that a person asked for: made in the background when it is long, fetched by that person alone, then gone."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.choices import Choice
from maillage.core.models import PublicModel

from .account import Account


class Download(PublicModel):
    """`maker` is the function that writes it (`module:name`), `params` what it is called with (plain values)."""

    class State(models.TextChoices):
        WAITING = "waiting", _("en attente")
        RUNNING = "running", _("en préparation")
        READY = "ready", _("prêt")
        FAILED = "failed", _("non fait")
        CANCELLED = "cancelled", _("annulé")
        EXPIRED = "expired", _("retiré")

    account = models.ForeignKey(Account, models.CASCADE, related_name="downloads")
    maker = models.CharField(max_length=160)
    params = models.JSONField(default=dict)
    title = models.CharField(max_length=200)
    filename = models.CharField(max_length=160)
    content_type = models.CharField(max_length=120)
    language = models.CharField(max_length=8, default="fr")
    back = models.CharField(max_length=500, blank=True, help_text="The page where it was asked for.")
    state = Choice(max_length=10, choices=State, default=State.WAITING)
    job = models.BigIntegerField(null=True, blank=True, help_text="The job that makes it: run again, it begins again.")
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    file = models.FileField(upload_to="downloads/", blank=True)
    size = models.PositiveBigIntegerField(default=0)
    problem = models.TextField(blank=True)
    asked_at = models.DateTimeField()
    touched_at = models.DateTimeField(help_text="The last sign of the job that makes it.")
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-asked_at", "-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["account", "-asked_at"], name="download_account"),
            models.Index(fields=["expires_at"], name="download_expiry"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=~models.Q(state="ready") | ~models.Q(file="") & models.Q(finished_at__isnull=False),
                name="download_ready_has_file",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="failed") | ~models.Q(problem=""), name="download_failed_says_why"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def under_way(self) -> bool:
        return self.state in (self.State.WAITING, self.State.RUNNING)
