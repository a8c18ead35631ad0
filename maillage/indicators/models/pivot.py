"""A question asked of a fact, kept under a name."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models

from maillage.core.models import PublicModel
from maillage.core.text import Sorting
from maillage.directory.models import Organisation


class Pivot(PublicModel):
    """`distinct`: the dimension counted, empty for the fact's own measure. Shared with the organisation, or not."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    name = models.CharField(max_length=120)
    fact = models.CharField(max_length=80)
    distinct = models.CharField(max_length=60, blank=True)
    rows = models.CharField(max_length=60)
    columns = models.CharField(max_length=60, blank=True)
    filters = models.JSONField(default=dict, blank=True)
    start = models.DateField(null=True, blank=True)
    end = models.DateField(null=True, blank=True)
    shared = models.BooleanField(default=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[Any]] = [Sorting("name")]

    def __str__(self) -> str:
        return self.name
