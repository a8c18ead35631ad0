"""Organisations: enterprises, co-operatives, non-profits, public bodies. Duplicates merge without losing rows."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Func, TextField
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from maillage.core.changes import ChangesKept
from maillage.core.choices import Choice
from maillage.core.models import PublicModel
from maillage.core.text import Sorting

from .territory import Territory


class LegalForm(models.TextChoices):
    COOP_CONSUMER = "coop_consumer", _("coopérative de consommateurs")
    COOP_PRODUCER = "coop_producer", _("coopérative de producteurs")
    COOP_WORKER = "coop_worker", _("coopérative de travail")
    COOP_WORKER_SHAREHOLDER = "coop_worker_shareholder", _("coopérative de travailleurs actionnaire")
    COOP_SOLIDARITY = "coop_solidarity", _("coopérative de solidarité")
    NON_PROFIT = "non_profit", _("organisme à but non lucratif")
    MUTUAL = "mutual", _("mutuelle")
    BUSINESS_CORPORATION = "corporation", _("société par actions")
    SOLE_PROPRIETOR = "sole_proprietor", _("entreprise individuelle")
    PARTNERSHIP = "partnership", _("société de personnes")
    PUBLIC = "public", _("organisme public")
    OTHER = "other", _("autre")


class Sector(models.Model):
    """An economic sector by its SCIAN (NAICS) code: `11`, `31-33`, `311`."""

    code = models.CharField(max_length=6, unique=True)
    name = models.CharField(max_length=160)
    name_en = models.CharField(max_length=160, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Unaccent(Func):
    """Lower-cased text without accents, as the index holds it."""

    function = "immutable_unaccent"
    output_field = TextField()


class Organisation(PublicModel):
    """`merged_into` names the canonical row of a duplicate, which stays; its rows count for the canonical one."""

    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=80, unique=True)
    legal_form = Choice(max_length=32, choices=LegalForm, default=LegalForm.OTHER)
    neq = models.CharField(max_length=10, blank=True, help_text="Numéro d'entreprise du Québec, 10 digits.")
    sector = models.ForeignKey(Sector, models.PROTECT, null=True, blank=True, related_name="organisations")
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=24, blank=True)
    website = models.URLField(blank=True)
    address = models.CharField(max_length=200, blank=True)
    postal_code = models.CharField(max_length=7, blank=True)
    municipality = models.ForeignKey(Territory, models.PROTECT, null=True, blank=True, related_name="+")
    mrc = models.ForeignKey(Territory, models.PROTECT, null=True, blank=True, related_name="+")
    latitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    longitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True)
    description = models.TextField(blank=True)
    employees = models.PositiveIntegerField(null=True, blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="duplicates")
    is_demo = models.BooleanField(default=False, help_text="Synthetic, shown as demonstration data.")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[Any]] = [Sorting("name")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("directory_organisation_changes"),
            models.UniqueConstraint(
                fields=["neq"], name="organisation_neq", condition=~models.Q(neq="") & models.Q(merged_into=None)
            ),
            models.CheckConstraint(
                condition=models.Q(neq="") | models.Q(neq__regex=r"^\d{10}$"), name="organisation_neq_10"
            ),
            models.CheckConstraint(
                condition=models.Q(merged_into=None) | ~models.Q(merged_into=models.F("id")),
                name="organisation_not_into_itself",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            GinIndex(OpClass(Unaccent(Lower("name")), name="gin_trgm_ops"), name="organisation_name_search"),
        ]

    def __str__(self) -> str:
        return self.name


class OrganisationMerge(PublicModel):
    """That `duplicate` was united with `canonical`, and what it takes to undo it.

    `undo`: `{"children": [organisation ids repointed], "filled": {field: value copied},
    "moved": [role ids], "widened": {role id: [start, end] before}}`.
    """

    canonical = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    duplicate = models.ForeignKey(Organisation, models.PROTECT, related_name="merges")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    undo = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["duplicate"], name="organisation_merged_once", condition=models.Q(undone_at=None)
            ),
        ]


class DistinctPair(models.Model):
    """Two organisations that look alike and that someone said are not the same (`low.pk < high.pk`)."""

    low = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    high = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["low", "high"], name="distinct_pair_once"),
            models.CheckConstraint(condition=models.Q(low__lt=models.F("high")), name="distinct_pair_ordered"),
        ]
