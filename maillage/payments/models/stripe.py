"""What Stripe told, each event once, whatever the number of times and the order in which it comes."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class StripeEvent(models.Model):
    """`handled_at` stays empty while the payment is unknown here; the reconciliation tries again."""

    event_id = models.CharField(max_length=255, unique=True)
    kind = models.CharField(max_length=80)
    payload = models.JSONField()
    received_at = models.DateTimeField(auto_now_add=True)
    handled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["received_at"], name="stripe_event_waiting", condition=Q(handled_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"
