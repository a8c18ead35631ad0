"""A producer's spreadsheet between its upload and its confirmation."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.choices import Choice
from maillage.core.models import PublicModel
from maillage.directory.models import Organisation


class ImportState(models.TextChoices):
    PREVIEWED = "previewed", _("à confirmer")
    APPLIED = "applied", _("appliqué")
    DISCARDED = "discarded", _("abandonné")


class SheetImport(PublicModel):
    """The cells of a file as read (`rows`: lists of texts, the header first); what they change is computed on reading.

    `counts` keeps what was applied: `{"created": 3, "changed": 12, "unchanged": 40}`, in formats.
    """

    producer = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    file_name = models.CharField(max_length=160)
    rows = models.JSONField(default=list)
    state = Choice(max_length=10, choices=ImportState, default=ImportState.PREVIEWED)
    counts = models.JSONField(default=dict)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)
    applied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-uploaded_at"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["producer", "-uploaded_at"], name="catalogue_import_recent")
        ]

    def __str__(self) -> str:
        return self.file_name
