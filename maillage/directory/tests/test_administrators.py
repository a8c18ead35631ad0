"""Who holds the server makes the first administrator."""

from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from maillage.directory.models import Account, Organisation, Person, SecurityEvent
from maillage.directory.tests.factories import FAR

pytestmark = pytest.mark.django_db
EMAIL = "ana.roy@exemple.test"


def created(*words: str) -> str:
    out = StringIO()
    call_command("create_administrator", *words, stdout=out)
    return out.getvalue()


def test_the_first_administrator_sets_a_password_and_enters_an_empty_platform(client: Client, settings) -> None:
    said = created(EMAIL, "--name", "Ana Roy")
    path = said.strip().splitlines()[-1].removeprefix(settings.SITE_URL)
    form = client.get(path, follow=True)
    form_path = form.redirect_chain[-1][0]
    word = "un-long-mot-de-passe-7"
    assert client.post(form_path, {"password1": word, "password2": word}).status_code == 302
    account = Account.objects.get()
    assert account.is_platform_admin
    assert (Person.objects.get().given_name, Person.objects.get().family_name) == ("Ana", "Roy")
    entering = Client()
    answer = entering.post(reverse("account_login"), {"login": EMAIL, "password": word})
    assert answer.status_code == 302
    Account.objects.update(second_factor_due=FAR)
    assert not Organisation.objects.exists()
    page = entering.get("/").content.decode()
    assert "Créez la première organisation" in page
    assert entering.get(reverse("administration")).status_code == 200
    assert client.get(path, follow=True).context["token_fail"]  # the link works once


def test_made_again_it_changes_nothing_and_one_event_says_it() -> None:
    assert "is now" in created(EMAIL)
    password = Account.objects.get().password
    assert "was already" in created(EMAIL.upper())
    assert Account.objects.get().password == password
    event = SecurityEvent.objects.get()
    assert (event.kind, event.account, event.by) == ("administrator", Account.objects.get(), Account.objects.get())


def test_who_took_the_address_before_without_proving_it_does_not_enter() -> None:
    squatter = Account.objects.create_user(EMAIL, "mot-du-squatteur-1")
    EmailAddress.objects.create(user=squatter, email=EMAIL, verified=False, primary=True)
    created(EMAIL)
    squatter.refresh_from_db()
    assert squatter.is_platform_admin
    assert not squatter.check_password("mot-du-squatteur-1")


def test_who_proved_the_address_keeps_the_password() -> None:
    known = Account.objects.create_user(EMAIL, "un-long-mot-de-passe-7")
    EmailAddress.objects.create(user=known, email=EMAIL, verified=True, primary=True)
    created(EMAIL)
    known.refresh_from_db()
    assert known.check_password("un-long-mot-de-passe-7")


def test_what_is_not_an_address_is_refused() -> None:
    with pytest.raises(CommandError, match="not an e-mail"):
        created("ana")
