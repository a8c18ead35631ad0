"""Strategic watch: topics, signals sent to the enterprises that subscribe for twelve months."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core import limits
from maillage.core.actions import Refused, action, check_ours, locked
from maillage.core.events import publish
from maillage.core.period import after
from maillage.directory.models import Organisation
from maillage.directory.models.frozen import snapshot
from maillage.directory.queries import address_is_confirmed, canonical_ids
from maillage.directory.types import Account
from maillage.funding.models import Stream

from .. import access
from ..models import ClientFile, WatchDelivery, WatchSignal, WatchSubscription, WatchTopic
from ..types import SignalDelivered, WatchOffered
from .interventions import FutureWork

WATCH_MONTHS = 12
"""How long a subscription lasts, unless told."""


class TopicTaken(Refused):
    """The organisation watches a topic of that title."""


class AlreadySubscribed(Refused):
    """The enterprise receives the topic during part of these months."""


class AlreadySent(Refused):
    """The signal went to its readers."""


class NoReader(Refused):
    """Nobody receives the topic."""


class SignalRemoved(Refused):
    """A signal that was taken out is not sent."""


@action(access.team)
def create_topic(
    *,
    organisation_id: int,
    title: str,
    question: str,
    sources: str,
    stream_id: int | None,
    now: datetime,
    by: Account | None,
    is_demo: bool = False,
) -> WatchTopic:
    """A topic to watch. Raises TopicTaken, NotOurs."""
    check_ours(organisation_id, stream=(Stream, stream_id))
    if WatchTopic.objects.filter(organisation=organisation_id, title__iexact=title.strip()).exists():
        raise TopicTaken(_("Un sujet de veille porte déjà ce titre."))
    return WatchTopic.objects.create(
        organisation_id=organisation_id,
        title=title.strip(),
        question=question,
        sources=sources,
        stream_id=stream_id,
        created_at=now,
        is_demo=is_demo,
    )


@action(access.topic)
def amend_topic(*, topic_id: int, values: dict[str, Any], by: Account | None) -> WatchTopic:
    """Correct the title, the question, the sources, the stream. Raises TopicTaken, NotOurs."""
    topic = locked(WatchTopic, topic_id)
    check_ours(topic.organisation_id, stream=(Stream, values["stream_id"]))
    others = WatchTopic.objects.filter(organisation=topic.organisation_id).exclude(pk=topic.pk)
    if others.filter(title__iexact=values["title"].strip()).exists():
        raise TopicTaken(_("Un sujet de veille porte déjà ce titre."))
    for name in ("title", "question", "sources", "stream_id"):
        setattr(topic, name, values[name])
    topic.save()
    return topic


@action(access.topic)
def retire_topic(*, topic_id: int, today: date | None, by: Account | None) -> None:
    """No longer watched from `today`; None: watched again."""
    WatchTopic.objects.filter(pk=topic_id).update(retired_on=today)


@action(access.topic)
def note_signal(
    *,
    topic_id: int,
    noted_on: date,
    title: str,
    source: str,
    summary: str,
    meaning: str,
    weight: str,
    adviser_id: int | None,
    now: datetime,
    by: Account | None,
    is_demo: bool = False,
) -> WatchSignal:
    """Something new on the topic; it goes to the readers by `send_signal`. Raises FutureWork."""
    if noted_on > timezone.localdate(now):
        raise FutureWork(_("Choisissez aujourd'hui ou un jour passé."))
    return WatchSignal.objects.create(
        topic_id=topic_id,
        noted_on=noted_on,
        title=title,
        source=source,
        summary=summary,
        meaning=meaning,
        weight=weight,
        adviser_id=adviser_id,
        is_demo=is_demo,
    )


@action(access.signal)
def remove_signal(*, signal_id: int, now: datetime | None, by: Account | None) -> None:
    """A signal noted by mistake is taken out; `now` None puts it back."""
    WatchSignal.objects.filter(pk=signal_id).update(removed_at=now)


@action(access.signal)
def send_signal(*, signal_id: int, now: datetime, by: Account | None) -> int:
    """Send the signal to every enterprise that receives the topic today, once. How many.

    Raises AlreadySent, SignalRemoved, NoReader.
    """
    signal = locked(WatchSignal, signal_id)
    if signal.removed_at is not None:
        raise SignalRemoved(_("Ce signal est retiré. Remettez-le avant de l'envoyer."))
    if signal.sent_at is not None:
        raise AlreadySent(_("Ce signal est déjà envoyé."))
    readers = WatchSubscription.objects.filter(
        topic=signal.topic_id, stopped_at=None, confirmed_at__isnull=False, during__contains=timezone.localdate(now)
    )
    made = WatchDelivery.objects.bulk_create(
        [WatchDelivery(signal=signal, subscription=s, at=now) for s in readers], ignore_conflicts=True
    )
    if not made:
        raise NoReader(
            _("Personne ne reçoit ce sujet : abonnez d'abord une entreprise, puis attendez qu'elle confirme.")
        )
    signal.sent_at = now
    signal.save()
    for delivery in WatchDelivery.objects.filter(signal=signal):
        publish(SignalDelivered(delivery_id=delivery.pk))
    return len(made)


@action(access.topic)
def subscribe_enterprise(
    *,
    topic_id: int,
    enterprise_id: int,
    email: str,
    starts_on: date,
    now: datetime,
    by: Account | None,
    adviser_id: int | None = None,
    months: int = WATCH_MONTHS,
    is_demo: bool = False,
) -> WatchSubscription:
    """The enterprise receives the topic's signals for `months`; its MRC, sector and size are copied, its file opens.
    Until the holder of the address confirmed it, for this topic or for an account, or its file gives it, one message
    asks them to.

    Raises AlreadySubscribed.
    """
    topic = WatchTopic.objects.get(pk=topic_id)
    enterprise = Organisation.objects.get(pk=canonical_ids([enterprise_id])[enterprise_id])
    try:
        with transaction.atomic():
            row = WatchSubscription.objects.create(
                topic=topic,
                enterprise=enterprise,
                email=email,
                during=(starts_on, after(starts_on, months=months)),
                adviser_id=adviser_id,
                created_at=now,
                confirmed_at=now if is_demo or _said_yes(topic, enterprise, email) else None,
                is_demo=is_demo,
                **snapshot(enterprise, starts_on),
            )
    except IntegrityError as error:
        if "watch_subscription_once" not in str(error):
            raise
        raise AlreadySubscribed(_("Cette entreprise reçoit déjà ce sujet à ces dates.")) from error
    ClientFile.objects.get_or_create(
        organisation_id=topic.organisation_id,
        enterprise=enterprise,
        defaults={"adviser_id": adviser_id, "opened_on": starts_on},
    )
    row.refresh_from_db(fields=["during"])
    if row.confirmed_at is None and limits.may_write_to(email, "watch", confirmed=False):
        publish(WatchOffered(subscription_id=row.pk))
    return row


def _said_yes(topic: WatchTopic, enterprise: Organisation, email: str) -> bool:
    if enterprise.email.lower() == email.strip().lower() or address_is_confirmed(email=email):
        return True
    rows = topic.subscriptions.filter(email__iexact=email.strip(), confirmed_at__isnull=False)
    return bool(rows.exists())


@action(access.subscription)
def confirm_subscription(*, subscription_id: int, now: datetime, by: Account | None) -> None:
    """The holder of the address wants the topic's signals: those that are sent from now on. Idempotent."""
    row = WatchSubscription.objects.get(pk=subscription_id)
    rows = WatchSubscription.objects.filter(topic=row.topic_id, email__iexact=row.email, confirmed_at=None)
    rows.update(confirmed_at=now)


@action(access.subscription)
def renew_subscription(*, subscription_id: int, now: datetime, by: Account | None) -> WatchSubscription:
    """Twelve months more, from the end of the present ones (from today if they are over). Raises AlreadySubscribed."""
    row = locked(WatchSubscription, subscription_id)
    today = timezone.localdate(now)
    over = row.stopped_at is not None or row.during.upper <= today
    return subscribe_enterprise(
        topic_id=row.topic_id,
        enterprise_id=row.enterprise_id,
        email=row.email,
        starts_on=today if over else row.during.upper,
        adviser_id=row.adviser_id,
        now=now,
        by=by,
    )


@action(access.subscription)
def stop_subscription(*, subscription_id: int, now: datetime | None, by: Account | None) -> None:
    """The enterprise receives nothing more; `now` None: it was a mistake. Raises AlreadySubscribed if another runs."""
    row = locked(WatchSubscription, subscription_id)
    row.stopped_at = now
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if "watch_subscription_once" not in str(error):
            raise
        raise AlreadySubscribed(_("Cette entreprise reçoit déjà ce sujet à ces dates.")) from error
