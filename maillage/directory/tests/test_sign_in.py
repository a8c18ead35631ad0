import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.test import Client
from django.urls import reverse

from maillage.directory.models import Account, Person

from .factories import Cast, PersonFactory, give_role, with_role

pytestmark = pytest.mark.django_db
PASSWORD = "une phrase assez longue"


def treasurer(cast: Cast) -> Person:
    person = with_role(cast.ours, "treasurer")
    assert person.account is not None
    person.account.set_password(PASSWORD)
    person.account.save()
    EmailAddress.objects.create(user=person.account, email=person.account.email, verified=True, primary=True)
    return person


def sign_in(client: Client, email: str, password: str = PASSWORD):  # type: ignore[no-untyped-def]
    return client.post(reverse("account_login"), {"login": email, "password": password})


def sign_up(client: Client, email: str) -> None:
    values = {"email": email, "password1": PASSWORD, "given_name": "Sophie", "family_name": "Signe"}
    assert client.post(reverse("account_signup"), values).status_code == 302


def confirm(client: Client) -> None:
    link = re.search(r"https?://[^/\s]+(/\S+)", str(mail.outbox[-1].body))
    assert link is not None
    client.post(link.group(1))


# --- accounts have people --------------------------------------------------------------------
def test_signing_up_makes_a_person_with_a_name() -> None:
    client = Client()
    sign_up(client, "sophie@exemple.test")
    person = Person.objects.get()
    assert (person.name, person.email) == ("Sophie Signe", "sophie@exemple.test")
    assert sign_in(Client(), "sophie@exemple.test").status_code == 302
    assert Client().get(reverse("directory:me")).status_code == 302


def test_a_proved_address_finds_who_was_noted_there(cast: Cast) -> None:
    noted = PersonFactory(account=None, email="Sophie@exemple.test", given_name="", family_name="")
    give_role(noted, cast.ours, "packer")
    client = Client()
    sign_up(client, "sophie@exemple.test")
    noted.refresh_from_db()
    assert noted.account is None
    confirm(client)
    noted.refresh_from_db()
    account = Account.objects.get(email="sophie@exemple.test")
    assert noted.account == account
    assert noted.name == "Sophie Signe"
    assert Person.objects.filter(email__iexact="sophie@exemple.test").count() == 1


def test_two_people_of_one_address_are_left_alone() -> None:
    for _ in range(2):
        PersonFactory(account=None, email="sophie@exemple.test")
    client = Client()
    sign_up(client, "sophie@exemple.test")
    confirm(client)
    assert Person.objects.filter(email="sophie@exemple.test", account=None).count() == 2


# --- rate limits -----------------------------------------------------------------------------
def test_after_five_wrong_passwords_the_right_one_waits(cast: Cast) -> None:
    person = treasurer(cast)
    client = Client()
    for _ in range(5):
        assert sign_in(client, person.email, "pas le bon du tout").status_code == 200
    page = sign_in(client, person.email)
    assert page.status_code == 200
    assert "trop de tentatives" in page.content.decode().lower() or "trop" in page.content.decode().lower()
    assert "_auth_user_id" not in client.session


# --- second factor ---------------------------------------------------------------------------
def test_a_treasurer_sets_up_a_second_factor_before_anything(cast: Cast) -> None:
    client = Client()
    person = treasurer(cast)
    sign_in(client, person.email)
    page = client.get(reverse("directory:me"))
    assert (page.status_code, page["Location"]) == (302, reverse("mfa_index"))
    assert client.get(reverse("mfa_index")).status_code == 200
    partial = client.get(reverse("directory:organisations"), headers={"HX-Request": "true"})
    assert partial["HX-Redirect"] == reverse("mfa_index")
    assert client.post(reverse("account_logout")).status_code == 302


def test_with_a_second_factor_signing_in_asks_for_it(cast: Cast) -> None:
    person, client = treasurer(cast), Client()
    assert person.account is not None
    secret = generate_totp_secret()
    TOTP.activate(person.account, secret)
    page = sign_in(client, person.email)
    assert page["Location"] == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session
    assert client.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    assert "_auth_user_id" not in client.session
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    assert client.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302
    assert client.get(reverse("directory:me")).status_code == 200


def test_others_need_no_second_factor(cast: Cast) -> None:
    client = Client()
    assert cast.coordinator.account is not None
    client.force_login(cast.coordinator.account)
    assert client.get(reverse("directory:me")).status_code == 200


@pytest.mark.parametrize(("demo", "status"), [(True, 200), (False, 302)])
def test_one_click_sign_in_is_exempt_in_demonstration_only(cast: Cast, settings, demo: bool, status: int) -> None:  # type: ignore[no-untyped-def]
    settings.DEMO = demo
    client, person = Client(), treasurer(cast)
    assert person.account is not None
    client.force_login(person.account)
    session = client.session
    session["demo_sign_in"] = True
    session.save()
    assert client.get(reverse("directory:me")).status_code == status


def test_the_sign_in_page_offers_a_passkey() -> None:
    page = Client().get(reverse("account_login")).content.decode()
    assert 'id="passkey_login"' in page
