"""What happened to an order after it was placed, or who placed it for the member: the trail that its member reads."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.choices import Choice
from maillage.core.models import Money

from .order import Order


class OrderChange(models.Model):
    """Append-only: one row a revision that someone made of an order (none for a member's own first placing).

    `lines` holds `[name, pieces before, pieces after]` as text, for the lines that changed.
    """

    class Kind(models.TextChoices):
        PLACED = "placed", _("passée")
        ADDED = "added", _("ajout")
        AMENDED = "amended", _("modifiée")
        CANCELLED = "cancelled", _("annulée")

    order = models.ForeignKey(Order, models.PROTECT, related_name="changes", db_index=False)
    revision = models.PositiveIntegerField()
    kind = Choice(max_length=9, choices=Kind)
    by_staff = models.BooleanField(default=False, help_text="By the market, for the member.")
    lines = models.JSONField(default=list)
    slot_before = models.CharField(max_length=120, blank=True)
    slot_after = models.CharField(max_length=120, blank=True, help_text="Both empty when the order did not move.")
    total = Money(help_text="Of the order, once changed.")
    difference = Money()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["revision"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["order", "revision"], name="order_change_once"),
        ]
