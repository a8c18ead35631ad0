"""A cycle: draft → open → closed → packed → distributed → settled, only forward, each step dated and signed.

A trigger refuses a backward move (migrations `cycle_forward_only`, `cycle_reopens`), but for one: a close of which
nothing was made yet can be taken back (`actions.reopening`). Closing and ordering exclude each other by the lock
of the cycle's row:

- every step takes `SELECT … FOR UPDATE` on the cycle, then checks its state, then writes;
- placing, amending or cancelling takes `SELECT … FOR KEY SHARE` (or stronger) on the cycle in its transaction, reads
  the state from that locked row, and holds the lock until it commits.

Orders share their lock, so they never wait for one another here; a closing waits for the orders under way, and an order
that comes after finds the cycle closed. None slips in after the close.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.choices import Choice
from maillage.core.models import PublicModel
from maillage.directory.models import Organisation

from .market import Market


class CycleState(models.TextChoices):
    DRAFT = "draft", _("en préparation")
    OPEN = "open", _("ouvert")
    CLOSED = "closed", _("fermé")
    PACKED = "packed", _("préparé")
    DISTRIBUTED = "distributed", _("distribué")
    SETTLED = "settled", _("réglé")


ORDER_OF_STATES = list(CycleState)


class Cycle(PublicModel):
    market = models.ForeignKey(Market, models.PROTECT, related_name="cycles")
    number = models.PositiveIntegerField()
    state = Choice(max_length=12, choices=CycleState, default=CycleState.DRAFT)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    delivered_on = models.DateField()
    note = models.TextField(blank=True)
    cloned_from = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="+")
    order_count = models.PositiveIntegerField(
        default=0, help_text="Numbers given to orders that were loaded in bulk; those placed come after."
    )
    number_base = models.PositiveBigIntegerField(
        default=0,
        editable=False,
        help_text="Where the sequence of order numbers stood when the cycle was made (a trigger sets it): "
        "an order's number is order_count + nextval − number_base, so that no order waits for another's number.",
    )
    offers_version = models.PositiveIntegerField(
        default=0, help_text="Grows when offers change in a way that pages cache."
    )

    class Meta:
        ordering: ClassVar[list[str]] = ["-number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["market", "number"], name="cycle_number"),
            models.CheckConstraint(
                condition=models.Q(closes_at__gt=models.F("opens_at")), name="cycle_closes_after_opening"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "opens_at"], name="cycle_to_open"),
            models.Index(fields=["state", "closes_at"], name="cycle_to_close"),
        ]

    def __str__(self) -> str:
        return f"{self.market} · {self.number}"

    @property
    def is_live(self) -> bool:
        """Whether offers may still change."""
        return self.state in (CycleState.DRAFT, CycleState.OPEN)

    def has_reached(self, state: CycleState) -> bool:
        return ORDER_OF_STATES.index(CycleState(self.state)) >= ORDER_OF_STATES.index(state)


class CycleStep(models.Model):
    """Append-only: a state that the cycle entered, when, by whom (None: the clock), how often it had reopened."""

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="steps")
    state = Choice(max_length=12, choices=CycleState)
    turn = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["cycle", "state", "turn"], name="cycle_step_once"),
        ]


class ProducerConfirmation(models.Model):
    """A producer says that they have seen and will fill their order sheet of a closed cycle."""

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="confirmations")
    producer = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["cycle", "producer"], name="confirmation_once"),
        ]
