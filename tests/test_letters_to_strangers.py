"""An address that nobody confirmed receives one message, however often strangers type it, until it follows the link."""

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import connection, transaction
from django.http import FileResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.accompaniment.models import OutcomeFollowUp, SignedLink
from maillage.core import events
from maillage.core.models import Letter
from maillage.directory.models import Organisation
from maillage.indicators.models import AnswerRequest, Declaration
from maillage.programmes import actions
from maillage.programmes.models import Activity, Application, Call, Registration, Session
from maillage.programmes.tests.factories import ActivityFactory
from maillage.programmes.tokens import token_of

from .test_access import (
    PAGES,
    _in_savepoint,  # noqa: F401 - each test sees the world as it was built
    address,
    close_file,
    world,  # noqa: F401
)
from .test_authority import TYPED, forms_of
from .world import World

pytestmark = pytest.mark.django_db
FORMS = sorted(name for name, page in PAGES.items() if hasattr(page.callback, "limited"))
STRANGER = TYPED["email"]


def tell() -> None:
    """Run what was deferred, as a worker does."""
    while True:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = 'core:event' RETURNING args")
            jobs = [json.loads(args) if isinstance(args, str) else args for (args,) in cursor.fetchall()]
        if not jobs:
            return
        for job in jobs:
            events.hand_over(**job)


def written() -> Counter[str]:
    tell()
    return Counter(Letter.objects.values_list("recipient", flat=True))


@pytest.fixture(autouse=True)
def _nothing_written(_in_savepoint: None) -> None:  # noqa: F811
    tell()
    Letter.objects.all().delete()


@pytest.fixture
def open_forms(world: World) -> World:  # noqa: F811
    """What strangers may fill in takes answers today."""
    now = timezone.now()
    Activity.objects.update(starts_on=now.date() + timedelta(days=9), last_on=now.date() + timedelta(days=9))
    Session.objects.update(starts_at=now + timedelta(days=9), ends_at=now + timedelta(days=9, hours=2))
    Call.objects.update(opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=9))
    return world


def send_twice(name: str, world: World) -> None:  # noqa: F811
    """Every form of the page, filled, sent by two visitors; the page itself where it has no form."""
    url = address(name, world.ours)
    forms = [f for f in forms_of(Client(), url) if f[0] == url] or [(url, {"email": STRANGER})]
    for action, values in forms:
        for _turn in range(2):
            answer = Client().post(action, values)
            if isinstance(answer, FileResponse):
                close_file(answer)


def test_all_public_forms_are_walked() -> None:
    assert len(FORMS) >= 13
    assert {"programmes:register", "programmes:call", "accompaniment:watch_link"} <= set(FORMS)


def test_each_public_form_sent_twice_writes_once_to_an_address(open_forms: World) -> None:
    wrote = set()
    for ended in (False, True):
        for name in FORMS:
            with transaction.atomic():
                if ended:
                    _end_links()
                send_twice(name, open_forms)
                count = written()
                assert max(count.values(), default=0) <= 1, (name, count)
                wrote |= {name} if count else set()
                transaction.set_rollback(True)
    assert wrote >= {
        "programmes:register", "programmes:call", "accompaniment:link_again", "indicators:declaration",
        "indicators:plan_answer",
    }  # fmt: skip


def _end_links() -> None:
    before = timezone.now() - timedelta(days=1)
    SignedLink.objects.update(expires_at=before, made_at=before - timedelta(days=60), sent_to="lien@exemple.test")
    OutcomeFollowUp.objects.update(asked_at=before)
    Organisation.objects.filter(email="").update(email="organisation@exemple.test")
    AnswerRequest.objects.update(expires_at=before)
    Declaration.objects.update(expires_at=before)


def register(activity: Activity, email: str = STRANGER) -> Any:
    url = reverse("programmes:register", args=[activity.public_id])
    answer = Client().post(url, {"name": "Rose", "email": email}, follow=True)
    tell()
    return answer


def upcoming(**values: Any) -> Activity:
    activity: Activity = ActivityFactory(starts_on=timezone.localdate() + timedelta(days=9), **values)
    return activity


def confirm(row: Registration) -> Any:
    url = reverse("programmes:ticket_change", args=[token_of(row)])
    answer = Client().post(url, {"verbe": "prendre"}, follow=True)
    tell()
    return answer


def test_all_forms_together_write_once_until_the_link_is_followed(open_forms: World) -> None:
    one, two = upcoming(), upcoming()
    register(one)
    refused = register(two).content.decode()
    assert "Un message attend déjà" in refused
    send_twice("programmes:call", open_forms)
    assert Application.objects.filter(email=STRANGER).count() == 1
    assert written()[STRANGER] == 1
    assert not Registration.objects.filter(activity=two).exists()
    confirm(Registration.objects.get(activity=one))
    assert register(two).context["messages"]
    assert Registration.objects.get(activity=two).state == "offered"
    assert written()[STRANGER] == 3  # the seat that was confirmed, and the other one to confirm


def test_what_is_refused_for_another_reason_is_not_counted() -> None:
    over = upcoming(registration_closes_at=timezone.now() - timedelta(hours=1))
    register(over)
    register(upcoming())
    assert written()[STRANGER] == 1


def test_a_link_asked_again_by_who_types_the_address_does_not_leave() -> None:
    activity = upcoming()
    register(activity)
    Registration.objects.update(mailed_at=timezone.now() - timedelta(hours=2))
    register(activity)
    assert written()[STRANGER] == 1
    confirm(Registration.objects.get(activity=activity))
    Registration.objects.update(mailed_at=timezone.now() - timedelta(hours=2))
    register(activity)
    assert written()[STRANGER] == 3


def test_a_day_later_an_address_may_be_asked_again() -> None:
    register(upcoming())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_cache SET expires = expires - interval '1 day'")
    register(upcoming())
    register(upcoming())
    assert written()[STRANGER] == 2


def test_the_list_takes_who_confirmed_and_passes_the_others() -> None:
    activity = upcoming(capacity=1)
    seated = actions.register(activity_id=activity.pk, name="Ève", email="eve@exemple.test", now=timezone.now())
    assert "attente" in register(activity).content.decode()
    register(activity, "deux@exemple.test")
    first, second = Registration.objects.get(email=STRANGER), Registration.objects.get(email="deux@exemple.test")
    assert (first.state, actions.is_to_confirm(first)) == ("waiting", True)
    assert "Entrer dans la liste" in Client().get(reverse("programmes:ticket", args=[token_of(first)])).content.decode()
    confirm(second)
    assert "Rang 1." in Client().get(reverse("programmes:ticket", args=[token_of(second)])).content.decode()
    actions.cancel_registration(registration_id=seated.pk, now=timezone.now())
    tell()
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == ("waiting", "offered")
    actions.set_activity_state(activity_id=activity.pk, state="cancelled", by=None)
    count = written()
    assert count[STRANGER] == 1  # neither the seat, nor that all is cancelled
    assert count["deux@exemple.test"] == 3


def test_a_place_in_the_list_that_nobody_confirmed_goes() -> None:
    activity = upcoming(capacity=1)
    actions.register(activity_id=activity.pk, name="Ève", email="eve@exemple.test", now=timezone.now())
    register(activity)
    row = Registration.objects.get(email=STRANGER)
    actions.offer_free_seats(activity_id=activity.pk, now=timezone.now() + actions.CONFIRM)
    row.refresh_from_db()
    assert row.state == "cancelled"
    with pytest.raises(actions.HoldOver):
        actions.take_offered_seat(token=row.hold_token or row.public_id, now=timezone.now())
    assert written()[STRANGER] == 1


def test_who_confirms_while_a_seat_is_free_is_offered_it() -> None:
    activity = upcoming(capacity=1)
    seated = actions.register(activity_id=activity.pk, name="Ève", email="eve@exemple.test", now=timezone.now())
    register(activity)
    actions.cancel_registration(registration_id=seated.pk, now=timezone.now())
    row = Registration.objects.get(email=STRANGER)
    assert row.state == "waiting"
    confirm(row)
    row.refresh_from_db()
    assert (row.state, actions.is_to_confirm(row)) == ("offered", False)


def sign_up(email: str) -> None:
    names = {"given_name": "Rose", "family_name": "Roy"}
    Client().post(reverse("account_signup"), {"email": email, "password1": "un mot de passe long", **names})


def test_accounts_write_once_to_an_address_that_nobody_confirmed() -> None:
    for _turn in range(3):
        sign_up(STRANGER)
        Client().post(reverse("account_login"), {"login": STRANGER, "password": "un mot de passe long"})
        Client().post(reverse("account_reset_password"), {"email": STRANGER})
    assert EmailAddress.objects.get(email=STRANGER).verified is False
    assert written()[STRANGER] == 1
    EmailAddress.objects.update(verified=True)
    Client().post(reverse("account_reset_password"), {"email": STRANGER})
    assert written()[STRANGER] == 2


def test_an_address_without_an_account_is_written_nothing_by_a_reset() -> None:
    answer = Client().post(reverse("account_reset_password"), {"email": "personne@exemple.test"})
    assert answer.status_code == 302
    assert not written()
