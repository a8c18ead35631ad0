"""A spreadsheet between its upload and its confirmation, and what was answered about its columns."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.choices import Choice
from maillage.core.events import load
from maillage.core.imports import Kind
from maillage.core.models import PublicModel

from .account import Account
from .organisation import Organisation


class FileImport(PublicModel):
    """The cells of a file as read; what they would write is computed each time that it is looked at.

    `kind` is where its Kind stands (`module:NAME`). `answers`: `{"columns": {field: column or null}, "days": "month"}`.
    Once it is over, its cells are erased; `counts` stay: `{"made": 3, "known": 12, "wrong": 1}`, in lines.
    """

    class State(models.TextChoices):
        SHOWN = "shown", _("à confirmer")
        RUNNING = "running", _("en cours")
        DONE = "done", _("terminé")
        FAILED = "failed", _("arrêté")
        DISCARDED = "discarded", _("abandonné")

    kind = models.CharField(max_length=120)
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    file_name = models.CharField(_("fichier"), max_length=160)
    headings = models.JSONField(default=list)
    rows = models.JSONField(default=list)
    answers = models.JSONField(default=dict)
    state = Choice(_("état"), max_length=10, choices=State, default=State.SHOWN)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    problem = models.TextField(blank=True)
    language = models.CharField(max_length=8, default="fr")
    job = models.BigIntegerField(null=True, blank=True)
    uploaded_by = models.ForeignKey(Account, models.SET_NULL, null=True, related_name="+")
    uploaded_at = models.DateTimeField()
    touched_at = models.DateTimeField(help_text="The last sign of the job that writes it.")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-uploaded_at", "-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "kind", "-uploaded_at"], name="file_import_recent"),
            models.Index(fields=["state", "touched_at"], name="file_import_sweep"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(state__in=["shown", "running"]) | models.Q(rows=[]), name="file_import_over_is_empty"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="failed") | ~models.Q(problem=""), name="file_import_failed_says_why"
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def of(self) -> Kind:
        kind: Kind = load(self.kind)
        return kind

    @property
    def lines(self) -> list[tuple[int, list[str]]]:
        return [(number, cells) for number, cells in self.rows]


class ColumnsKept(models.Model):
    """How an organisation's files of a kind were read the last time: the heading of each field."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=120)
    headings: Any = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organisation", "kind"], name="columns_kept_once")
        ]
