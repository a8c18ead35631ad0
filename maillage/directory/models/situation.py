"""Where an organisation was, in which sector and of what size, before it changed: its history, with dates."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from maillage.core.changes import ChangesKept
from maillage.core.models import PublicModel

from .organisation import Organisation, Sector
from .territory import Territory


class PastSituation(PublicModel):
    """What was true of the organisation until the day `until` (excluded); what is true since stands on the next row,
    or on the organisation itself."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="past_situations")
    until = models.DateField()
    mrc = models.ForeignKey(Territory, models.PROTECT, null=True, blank=True, related_name="+")
    sector = models.ForeignKey(Sector, models.PROTECT, null=True, blank=True, related_name="+")
    employees = models.PositiveIntegerField(null=True, blank=True)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    noted_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["until"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("directory_pastsituation_changes"),
            models.UniqueConstraint(fields=["organisation", "until"], name="past_situation_once"),
        ]
