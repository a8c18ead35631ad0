"""What producers brought of what was ordered, product by product, at the door."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from maillage.core.changes import ChangesKept
from maillage.core.models import PublicModel, Quantity

from .offer import Offer


class Reception(PublicModel):
    """Pieces that came of an offer. Less than expected was shared among the orders by adjustments of their lines.

    Taken back, the row goes (its history stays) and the adjustments are undone by opposite rows.
    """

    offer = models.OneToOneField(Offer, models.PROTECT, related_name="reception")
    expected = Quantity(help_text="Pieces that the orders charged before.")
    received = Quantity()
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("market_reception_changes", made=True, updated=False),
            models.CheckConstraint(condition=models.Q(received__gte=0), name="reception_received"),
        ]
