"""Letters belong to whom they were written to: handed over, forgotten; account messages leave by the same door."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone

from maillage.core import letters
from maillage.core.models import JobTrouble, Letter
from maillage.directory import correspondence, privacy
from maillage.directory.actions import erase_person
from maillage.directory.actions.privacy import erasure_word
from maillage.directory.models import Account
from maillage.directory.tests.factories import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def written(cast: Cast, settings: Any) -> Cast:
    """One letter to the visitor's address written otherwise, and one to somebody else."""
    settings.LETTERS_AT_ONCE = False
    for number, to in enumerate((cast.visitor.account.email.upper(), "autre@exemple.test")):
        letters.post(EmailMessage(f"Sujet {number}", "Mots", to=[to]), key=f"x:{number}")
    return cast


def test_a_person_is_handed_the_letters_written_to_them(written: Cast) -> None:
    (row,) = correspondence.of_person(written.visitor)
    assert (row["Objet"], row["État"]) == ("Sujet 0", "en attente")
    assert "Courriels reçus de la plateforme" in privacy.export(written.visitor)


def test_letters_go_with_the_person_even_those_that_wait_and_nobody_else_s(written: Cast) -> None:
    visitor = written.visitor
    JobTrouble.objects.create(job=1, said=f"SMTP {visitor.account.email} refused", at=timezone.now())
    mine = Letter.objects.get(subject="Sujet 0")
    erase_person(
        person_id=visitor.pk, confirmation=erasure_word(), now=timezone.now(), own_request=True, by=visitor.account
    )
    assert [letter.subject for letter in Letter.objects.all()] == ["Sujet 1"]
    assert not letters.deliver(letter_id=mine.pk, job_id=1)
    assert mail.outbox == []
    assert JobTrouble.objects.get().said == ""


def test_a_message_of_the_account_is_a_letter_and_no_page_waits_for_a_mail_server(
    client: Client, settings: Any
) -> None:
    settings.LETTERS_AT_ONCE = False
    account = Account.objects.create_user(email="lise@exemple.test", password="un mot assez long")
    address = EmailAddress.objects.create(user=account, email=account.email, primary=True, verified=False)
    for confirmed, letters_then in ((False, 1), (True, 3)):  # nobody's address yet: one is enough
        EmailAddress.objects.filter(pk=address.pk).update(verified=confirmed)
        for _time in range(2):
            assert client.post("/compte/password/reset/", {"email": account.email}).status_code == 302
        assert Letter.objects.filter(recipient=account.email).count() == letters_then
    assert mail.outbox == []
    rows = list(Letter.objects.filter(recipient=account.email))
    assert letters.deliver(letter_id=rows[0].pk, job_id=1)
    assert "/compte/" in mail.outbox[0].body
