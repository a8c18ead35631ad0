"""The watch: topics, signals and subscriptions that a person may read; what a subscriber's link opens."""

from datetime import date
from typing import Any
from uuid import UUID

from django.core import signing
from django.db.models import Count, Max, Q, QuerySet
from django.http import Http404

from maillage.core.text import Sorting
from maillage.directory.models import Organisation
from maillage.directory.queries import clusters

from ..models import WatchSignal, WatchSubscription, WatchTopic
from .work import one, within

_signer = signing.Signer(salt="accompaniment.watch", sep=".")


def topics_for(*, user: Any, today: date, retired: bool = False) -> QuerySet[WatchTopic]:
    """Topics of the user's organisations; `readers`: enterprises that receive it today; `found`: its signals;
    `last_on`: the latest one's day. One statement."""
    active = Q(subscriptions__stopped_at=None, subscriptions__during__contains=today)
    rows = within(WatchTopic.objects.filter(retired_on__isnull=not retired), user).select_related(
        "organisation", "stream"
    )
    counted: QuerySet[WatchTopic] = rows.annotate(
        readers=Count("subscriptions", filter=active, distinct=True),
        found=Count("signals", filter=Q(signals__removed_at=None), distinct=True),
        last_on=Max("signals__noted_on", filter=Q(signals__removed_at=None)),
    ).order_by(Sorting("title"))
    return counted


def topic_for(*, user: Any, public_id: UUID | str, to_change: bool = False) -> WatchTopic:
    """Http404 for who may not read (change) it."""
    rows = within(WatchTopic.objects.select_related("organisation", "stream"), user, to_change=to_change)
    found: WatchTopic = one(rows, public_id)
    return found


def signals_of(topic: WatchTopic, *, removed: bool = False) -> QuerySet[WatchSignal]:
    """The topic's signals; `sent_count`: how many received it."""
    rows = topic.signals.filter(removed_at__isnull=not removed).select_related("adviser")
    return rows.annotate(sent_count=Count("deliveries")).order_by("-noted_on", "-pk")


def signal_for(*, user: Any, public_id: UUID | str) -> WatchSignal:
    """A signal that the user may send or take out; Http404 otherwise."""
    rows = WatchSignal.objects.select_related("topic")
    found: WatchSignal = one(within(rows, user, to_change=True, path="topic__organisation"), public_id)
    return found


def subscriptions_of(topic: WatchTopic) -> QuerySet[WatchSubscription]:
    """Who receives the topic, or did; `received`: how many signals."""
    rows = topic.subscriptions.select_related("enterprise", "mrc", "adviser")
    return rows.annotate(received=Count("deliveries")).order_by("-during", "enterprise__name", "pk")


def subscription_for(*, user: Any, public_id: UUID | str) -> WatchSubscription:
    """A subscription that the user may renew or stop; Http404 otherwise."""
    rows = WatchSubscription.objects.select_related("topic", "enterprise")
    found: WatchSubscription = one(within(rows, user, to_change=True, path="topic__organisation"), public_id)
    return found


def subscriptions_for(*, user: Any, enterprise: Organisation | None = None) -> QuerySet[WatchSubscription]:
    """Subscriptions in the user's organisations."""
    rows = within(WatchSubscription.objects.select_related("topic", "enterprise"), user, path="topic__organisation")
    if enterprise is not None:
        rows = rows.filter(enterprise__in=clusters([enterprise.pk])[enterprise.pk])
    return rows.order_by("-during", "pk")


def token_of_subscription(row: WatchSubscription) -> str:
    """The end of the address where the enterprise reads what it received, and stops it."""
    return _signer.sign(row.public_id.hex)


def subscription_by_token(token: str) -> WatchSubscription:
    """Http404 for an address that was not made here."""
    try:
        key = _signer.unsign(token)
    except signing.BadSignature as error:
        raise Http404 from error
    found: WatchSubscription = one(WatchSubscription.objects.select_related("topic__organisation", "enterprise"), key)
    return found


def signals_received(row: WatchSubscription) -> QuerySet[WatchSignal]:
    """What went to the subscription, and was not taken out since."""
    rows = WatchSignal.objects.filter(deliveries__subscription=row, removed_at=None)
    return rows.order_by("-noted_on", "-pk")
