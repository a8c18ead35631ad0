"""Territories as a dated tree: a territory's parent has dates (Brome-Missisquoi moved to Estrie in 2021)."""

from typing import Any, ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.choices import Choice
from maillage.core.models import PublicModel
from maillage.core.text import Sorting, fold

from ..text import place_key


class TerritoryKind(models.TextChoices):
    PROVINCE = "province", _("province")
    REGION = "region", _("région administrative")
    SERVICE = "service", _("territoire de service")
    MRC = "mrc", _("MRC ou territoire équivalent")
    MUNICIPALITY = "municipality", _("municipalité")


class Territory(PublicModel):
    """`keys`: its names folded (`directory.text`), with and without their article; `find_territory` compares them."""

    kind = Choice(max_length=16, choices=TerritoryKind)
    code = models.CharField(max_length=16, help_text="Official code, unique within a kind.")
    name = models.CharField(max_length=120)
    other_names = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    keys = ArrayField(models.CharField(max_length=120), default=list, blank=True, editable=False)
    population = models.PositiveIntegerField(null=True, blank=True)
    latitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    longitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[Any]] = [Sorting("name")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "code"], name="territory_kind_code"),
        ]
        indexes: ClassVar[list[models.Index]] = [GinIndex(name="territory_keys", fields=["keys"])]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.keys = self.keys_of_names()
        super().save(*args, **kwargs)

    def keys_of_names(self) -> list[str]:
        names = [self.name, *self.other_names]
        return sorted({key for name in names for key in (fold(name), place_key(name))})


class TerritoryParent(models.Model):
    """`child` belongs to `parent` during `during` (half-open). One administrative parent at a time."""

    child = models.ForeignKey(Territory, models.CASCADE, related_name="parent_links")
    parent = models.ForeignKey(Territory, models.CASCADE, related_name="child_links")
    kind = Choice(max_length=16, choices=[("administrative", _("administratif")), ("service", _("de service"))])
    during = DateRangeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ExclusionConstraint(
                name="territory_one_administrative_parent",
                expressions=[("child", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
                condition=models.Q(kind="administrative"),
            ),
        ]
