"""Strategic watch: topics that an organisation follows, signals that it finds, enterprises that receive them."""

from typing import Any, ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.changes import ChangesKept
from maillage.core.choices import Choice
from maillage.core.models import PublicModel
from maillage.core.text import Sorting
from maillage.directory.models import Organisation, Person
from maillage.directory.models.frozen import Frozen
from maillage.funding.models import Stream


class WatchTopic(PublicModel):
    """What is watched, and the question that it answers."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    stream = models.ForeignKey(Stream, models.PROTECT, null=True, blank=True, related_name="+")
    title = models.CharField(max_length=160)
    question = models.TextField(blank=True)
    sources = models.TextField(blank=True)
    retired_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField()
    is_demo = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar[list[Any]] = [Sorting("title")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organisation", "title"], name="watch_topic_once"),
        ]

    def __str__(self) -> str:
        return self.title


class Weight(models.TextChoices):
    INFO = "info", _("à savoir")
    IMPORTANT = "important", _("important")
    URGENT = "urgent", _("à traiter vite")


class WatchSignal(PublicModel):
    """Something new: what it is, where it was read, what it changes. `sent_at`: when the subscribers got it."""

    topic = models.ForeignKey(WatchTopic, models.PROTECT, related_name="signals")
    noted_on = models.DateField()
    title = models.CharField(max_length=200)
    source = models.URLField(blank=True, max_length=400)
    summary = models.TextField(blank=True)
    meaning = models.TextField(blank=True, help_text="What it changes for the enterprises.")
    weight = Choice(max_length=10, choices=Weight, default=Weight.INFO)
    adviser = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    sent_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    is_demo = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["-noted_on", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [ChangesKept("accompaniment_watchsignal_changes")]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["topic", "-noted_on"], name="watch_signal_day")]

    def __str__(self) -> str:
        return self.title


def _not_over() -> Any:
    return models.Q(stopped_at=None)


class WatchSubscription(Frozen, PublicModel):
    """The enterprise receives a topic's signals during `during` (half-open; twelve months unless told), once at a time.
    `stopped_at`: it asked to stop before. `confirmed_at`: when the holder of `email` said yes; no signal goes before.
    """

    topic = models.ForeignKey(WatchTopic, models.PROTECT, related_name="subscriptions")
    enterprise = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    email = models.EmailField()
    during = DateRangeField()
    adviser = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    stopped_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    is_demo = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["-during", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("accompaniment_watchsubscription_changes"),
            models.CheckConstraint(
                condition=models.Q(
                    during__startswith__isnull=False, during__endswith__isnull=False, during__isempty=False
                ),
                name="watch_subscription_has_ends",
            ),
            ExclusionConstraint(
                name="watch_subscription_once",
                expressions=[
                    ("topic", RangeOperators.EQUAL),
                    ("enterprise", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
                condition=_not_over(),
            ),
        ]


class WatchDelivery(models.Model):
    """The signal went to the subscription: once."""

    signal = models.ForeignKey(WatchSignal, models.CASCADE, related_name="deliveries")
    subscription = models.ForeignKey(WatchSubscription, models.CASCADE, related_name="deliveries")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["signal", "subscription"], name="watch_delivery_once"),
        ]
