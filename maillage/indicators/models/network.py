"""Networks: their members, and what members outside the platform declare, with its proof and its path to approval."""

import secrets
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.choices import Choice
from maillage.core.models import PublicModel
from maillage.directory.models import Organisation

from .indicator import Indicator


def new_token() -> str:
    return secrets.token_urlsafe(24)


class NetworkMember(PublicModel):
    """`member` belongs to `network` during `during`. `observed`: it works on the platform, its rows are counted.

    `asked_at`: the network asked to count what the member notes here; its direction has not answered yet.
    """

    network = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    member = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    during = DateRangeField()
    observed = models.BooleanField(default=False)
    contact_email = models.EmailField(blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ExclusionConstraint(
                name="network_member_once",
                expressions=[
                    ("network", RangeOperators.EQUAL),
                    ("member", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
            ),
        ]


class DeclarationState(models.TextChoices):
    DRAFT = "draft", _("à remplir")
    SUBMITTED = "submitted", _("transmise")
    RETURNED = "returned", _("retournée")
    APPROVED = "approved", _("approuvée")


class Declaration(PublicModel):
    """What one member states for one period. Counted once approved; never mixed with what is observed."""

    network = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    member = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    period = DateRangeField()
    state = Choice(max_length=12, choices=DeclarationState, default=DeclarationState.DRAFT)
    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    expires_at = models.DateTimeField()
    declared_by = models.CharField(max_length=120, blank=True, help_text="Name and post of who signed the form.")
    evidence = models.FileField(upload_to="declarations/%Y/", blank=True)
    evidence_name = models.CharField(max_length=160, blank=True)
    note = models.TextField(blank=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    reminded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ExclusionConstraint(
                name="declaration_once_a_period",
                expressions=[
                    ("network", RangeOperators.EQUAL),
                    ("member", RangeOperators.EQUAL),
                    ("period", RangeOperators.OVERLAPS),
                ],
            ),
        ]


class DeclaredValue(models.Model):
    """One number of a declaration, for one of the network's indicators."""

    declaration = models.ForeignKey(Declaration, models.CASCADE, related_name="values")
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="+")
    value = models.DecimalField(max_digits=16, decimal_places=2)
    note = models.CharField(max_length=240, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["declaration", "indicator"], name="declared_value_once"),
            models.CheckConstraint(condition=models.Q(value__gte=0), name="declared_value_positive"),
        ]


class DeclarationStep(models.Model):
    """The path of a declaration; append-only. A return says why."""

    declaration = models.ForeignKey(Declaration, models.CASCADE, related_name="steps")
    state = Choice(max_length=12, choices=DeclarationState)
    reason = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["at", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=~models.Q(state="returned") | ~models.Q(reason=""), name="declaration_return_says_why"
            ),
        ]
