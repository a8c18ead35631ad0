from datetime import UTC, date, datetime, timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.accompaniment import actions, emails, queries
from maillage.accompaniment.models import WatchDelivery, WatchSignal, WatchSubscription, WatchTopic
from maillage.accompaniment.types import SignalDelivered, WatchOffered
from maillage.core.period import after
from maillage.directory.models import Organisation
from maillage.directory.tests.factories import OrganisationFactory, with_role

from .factories import WatchSignalFactory, WatchSubscriptionFactory, WatchTopicFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2023, 6, 10, 15, tzinfo=UTC)


@pytest.fixture
def ours(client: Client) -> Organisation:
    person = with_role(OrganisationFactory(), "adviser")
    client.force_login(person.account)
    return person.roles.get().organisation


def test_a_watch_from_its_topic_to_its_reader(client: Client, ours: Organisation) -> None:
    client.post(reverse("accompaniment:watch_topic_new"), {"title": "Étiquetage aux États-Unis"})
    topic = WatchTopic.objects.get()
    page = reverse("accompaniment:watch_topic", args=[topic.public_id])
    today = timezone.localdate().isoformat()
    enterprise = OrganisationFactory(name="Cidrerie Émile")
    client.post(
        page, {"verbe": "abonner", "enterprise": "cidrerie emile", "email": "e@exemple.test", "starts_on": today}
    )
    subscription = WatchSubscription.objects.get(enterprise=enterprise)
    actions.confirm_subscription(subscription_id=subscription.pk, now=timezone.now(), by=None)
    assert subscription.during.upper == after(timezone.localdate(), months=12)
    client.post(
        page, {"verbe": "signal", "title": "Nouvelle norme", "noted_on": today, "weight": "urgent", "envoyer": "1"}
    )
    signal = WatchSignal.objects.get()
    assert signal.sent_at is not None
    emails.send_signal(SignalDelivered(WatchDelivery.objects.get().pk))
    link = reverse("accompaniment:watch_link", args=[queries.token_of_subscription(subscription)])
    assert link in mail.outbox[0].body
    visitor = Client()
    assert "Nouvelle norme" in visitor.get(link).content.decode()
    visitor.post(link)
    subscription.refresh_from_db()
    assert subscription.stopped_at is not None
    emails.send_signal(SignalDelivered(WatchDelivery.objects.get().pk))
    assert len(mail.outbox) == 1


def test_a_signal_goes_once_and_not_without_a_reader() -> None:
    signal = WatchSignalFactory()
    with pytest.raises(actions.NoReader):
        actions.send_signal(signal_id=signal.pk, now=NOW, by=None)
    WatchSubscriptionFactory(topic=signal.topic, during=(date(2023, 1, 1), date(2024, 1, 1)))
    WatchSubscriptionFactory(topic=signal.topic, during=(date(2022, 1, 1), date(2023, 1, 1)))  # over
    WatchSubscriptionFactory(topic=signal.topic, during=(date(2023, 1, 1), date(2024, 1, 1)), stopped_at=NOW)
    assert actions.send_signal(signal_id=signal.pk, now=NOW, by=None) == 1
    with pytest.raises(actions.AlreadySent):
        actions.send_signal(signal_id=signal.pk, now=NOW, by=None)


def test_twelve_months_once_at_a_time_then_renewed() -> None:
    topic, enterprise = WatchTopicFactory(), OrganisationFactory()

    def subscribe(on: date) -> WatchSubscription:
        return actions.subscribe_enterprise(
            topic_id=topic.pk, enterprise_id=enterprise.pk, email="e@exemple.test", starts_on=on, now=NOW, by=None
        )

    row = subscribe(date(2023, 1, 15))
    assert row.during.upper == date(2024, 1, 15)
    with pytest.raises(actions.AlreadySubscribed):
        subscribe(date(2023, 12, 1))
    following = actions.renew_subscription(subscription_id=row.pk, now=NOW, by=None)
    assert (following.during.lower, following.during.upper) == (date(2024, 1, 15), date(2025, 1, 15))


def test_the_readers_link_ends_with_the_subscription() -> None:
    today = timezone.localdate()
    row = WatchSubscriptionFactory(during=(today - timedelta(days=420), today - timedelta(days=55)))
    link = reverse("accompaniment:watch_link", args=[queries.token_of_subscription(row)])
    assert Client().get(link).status_code == 410
    assert Client().get(link + "x").status_code == 404


def test_another_organisation_reads_nothing_of_it(client: Client, ours: Organisation) -> None:
    signal = WatchSignalFactory(title="Secret industriel")
    subscription = WatchSubscriptionFactory(topic=signal.topic)
    assert "Secret" not in client.get(reverse("accompaniment:watch")).content.decode()
    for name, row in (
        ("watch_topic", signal.topic),
        ("watch_signal_change", signal),
        ("watch_subscription_change", subscription),
    ):
        assert (
            client.post(reverse(f"accompaniment:{name}", args=[row.public_id]), {"verbe": "retirer"}).status_code == 404
        )


def test_a_signal_taken_out_comes_back(client: Client, ours: Organisation) -> None:
    signal = WatchSignalFactory(topic__organisation=ours)
    verb = reverse("accompaniment:watch_signal_change", args=[signal.public_id])
    client.post(verb, {"verbe": "retirer"})
    signal.refresh_from_db()
    assert signal.removed_at is not None
    client.post(verb, {"verbe": "envoyer"})
    client.post(verb, {"verbe": "remettre"})
    signal.refresh_from_db()
    assert (signal.removed_at, signal.sent_at) == (None, None)


def test_an_address_receives_one_message_until_it_says_yes(client: Client, ours: Organisation) -> None:
    topic = WatchTopicFactory(organisation=ours)
    page = reverse("accompaniment:watch_topic", args=[topic.public_id])
    enterprise = OrganisationFactory(name="Cidrerie Émile", email="")
    client.post(page, {
        "verbe": "abonner", "enterprise": enterprise.name, "email": "e@exemple.test",
        "starts_on": timezone.localdate().isoformat(),
    })  # fmt: skip
    row = WatchSubscription.objects.get()
    assert row.confirmed_at is None
    emails.send_watch_offer(WatchOffered(row.pk))
    assert "à confirmer" in client.get(page).content.decode()
    with pytest.raises(actions.NoReader):
        actions.send_signal(signal_id=WatchSignalFactory(topic=topic).pk, now=timezone.now(), by=None)
    link = reverse("accompaniment:watch_link", args=[queries.token_of_subscription(row)])
    assert [link in message.body for message in mail.outbox] == [True]
    assert "Recevoir ces signaux" in Client().get(link).content.decode()
    Client().post(link, {"verbe": "confirmer"})
    signal = WatchSignalFactory(topic=topic)
    assert actions.send_signal(signal_id=signal.pk, now=timezone.now(), by=None) == 1
    emails.send_signal(SignalDelivered(WatchDelivery.objects.get().pk))
    assert len(mail.outbox) == 2
    following = actions.renew_subscription(subscription_id=row.pk, now=timezone.now(), by=None)
    assert following.confirmed_at is not None


def test_the_enterprises_own_address_needs_no_asking() -> None:
    enterprise = OrganisationFactory(email="Cidre@exemple.test")
    row = actions.subscribe_enterprise(
        topic_id=WatchTopicFactory().pk, enterprise_id=enterprise.pk, email="cidre@exemple.test",
        starts_on=timezone.localdate(), now=timezone.now(), by=None,
    )  # fmt: skip
    assert row.confirmed_at is not None
    emails.send_watch_offer(WatchOffered(row.pk))
    assert mail.outbox == []
