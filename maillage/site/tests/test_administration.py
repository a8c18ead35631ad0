"""What failed is seen by those who keep the platform, and by nobody else; they run it again or take it away."""

import html
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.http import Http404
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.core import clock, files, jobs, letters, workload
from maillage.core.models import JobTrouble, Letter
from maillage.directory import queries
from maillage.directory.emails import tell_factor_reset
from maillage.directory.models import Account, Person, SecurityEvent
from maillage.directory.tests.factories import Cast, PersonFactory, give_role, prove
from maillage.directory.types import FactorReset
from maillage.site import administration, needs

pytestmark = pytest.mark.django_db
PAGE = "administration"


@pytest.fixture
def admin(cast: Cast, client: Client) -> Client:
    client.force_login(cast.admin.account)
    return client


def failed_job() -> int:
    jobs.defer("core:letter", letter_id=1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' RETURNING id")
        ((key,),) = cursor.fetchall()
    JobTrouble.objects.create(job=key, said="ValueError (market/x.py:3): non", at=timezone.now())
    return int(key)


def failed_letter(settings: Any) -> Letter:
    settings.LETTERS_AT_ONCE = False
    letters.post(EmailMessage("Bon de commande", "Mots", to=["ferme@exemple.test"]), key="x:1")
    Letter.objects.update(state=Letter.State.FAILED, problem="550 inconnu")
    return Letter.objects.get()


def alive() -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")


def test_it_is_for_those_who_keep_the_platform_alone(cast: Cast, client: Client) -> None:
    for person in (cast.coordinator, cast.teammate, cast.outsider, cast.visitor):
        client.force_login(person.account)
        assert client.get(reverse(PAGE)).status_code == 404
        for name in ("administration_jobs", "administration_letters"):
            assert client.post(reverse(name)).status_code == 404
    client.logout()
    assert client.get(reverse(PAGE)).status_code == 302


def test_a_failed_job_is_seen_with_its_reason_and_runs_again(admin: Client) -> None:
    key = failed_job()
    said = admin.get(reverse(PAGE)).content.decode()
    assert "core:letter" in said
    assert "ValueError (market/x.py:3)" in said
    admin.post(reverse("administration_jobs"), {"ligne": [str(key)], "verbe": "relancer"})
    assert workload.work().failed == 0
    assert workload.work().waiting == 1


def test_a_failed_job_is_taken_away_and_a_line_that_is_not_one_changes_nothing(admin: Client) -> None:
    key = failed_job()
    admin.post(reverse("administration_jobs"), {"ligne": ["x", "-1", ""], "verbe": "ecarter"})
    assert workload.work().failed == 1
    admin.post(reverse("administration_jobs"), {"ligne": [str(key)], "verbe": "ecarter"})
    assert workload.work() == workload.Work(waiting=0, oldest=None, under_way=0, failed=0, workers=0)
    assert workload.forget_troubles() == 1


def test_a_letter_that_was_not_delivered_is_seen_sent_again_or_given_up(admin: Client, settings: Any) -> None:
    letter = failed_letter(settings)
    said = admin.get(reverse(PAGE)).content.decode()
    assert "ferme@exemple.test" in said
    assert "550 inconnu" in said
    admin.post(reverse("administration_letters"), {"ligne": [str(letter.pk)], "verbe": "renvoyer"})
    letter.refresh_from_db()
    assert letter.state == Letter.State.WAITING
    Letter.objects.update(state=Letter.State.FAILED)
    admin.post(reverse("administration_letters"), {"ligne": [str(letter.pk)], "verbe": "abandonner"})
    letter.refresh_from_db()
    assert letter.state == Letter.State.DROPPED


def titles() -> list[str]:
    return [t.title for t in administration.troubles(workload.work())]


def test_a_service_that_runs_has_no_trouble_and_one_without_a_worker_says_so(admin: Client) -> None:
    assert titles() == ["Aucun processus ne fait le travail de fond"]
    alive()
    assert titles() == []
    assert "Tout tourne" in admin.get(reverse(PAGE)).content.decode()


def test_a_disk_nearly_full_and_a_wrong_clock_are_said(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    alive()
    free = files.free_space()
    assert free is not None
    settings.MEDIA_MIN_FREE = free // 3
    assert titles() == ["Le disque est presque plein"]
    settings.MEDIA_MIN_FREE = 0
    monkeypatch.setattr(clock, "_started", clock._started - 600)
    assert titles() == ["L’horloge est fausse"]


def test_work_that_waits_for_long_is_said() -> None:
    alive()
    jobs.defer("core:letter", letter_id=1)
    assert titles() == []
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_events SET at = now() - interval '11 minutes'")
    assert titles() == ["Le travail de fond prend du retard"]


def test_it_awaits_the_administrator_at_home_and_nobody_else(cast: Cast, settings: Any) -> None:
    alive()
    failed_job()
    failed_letter(settings)
    now = datetime.now(UTC)
    mine = needs.needs(user=cast.admin.account, now=now)
    assert [n.title for n in mine if n.href == reverse(PAGE)] == ["2 travaux ont échoué"]
    assert not [n for n in needs.needs(user=cast.coordinator.account, now=now) if n.href == reverse(PAGE)]


def test_files_that_are_lost_are_shown(admin: Client, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    files.keep("accompagnement/plan.pdf", b"contenu")
    files.keep("documents/bon.pdf", b"contenu")
    (tmp_path / "accompagnement/plan.pdf").unlink()
    assert files.look(now=datetime.now(UTC) - timedelta(hours=1)) == 1
    said = admin.get(reverse(PAGE)).content.decode()
    assert "accompagnement/plan.pdf" in said
    assert "documents/bon.pdf" not in said


# --- a second factor that is lost -------------------------------------------------------------
FACTOR = "administration_factor"
WHY = "Rappelée au numéro de la coop, parlé à Ana"


@pytest.fixture
def proved(cast: Cast, client: Client) -> Client:
    return prove(client, cast.admin.account)


@pytest.fixture
def lost(cast: Cast) -> Person:
    """A treasurer who signed in with a factor that is lost since."""
    person = PersonFactory(given_name="Éloïse", family_name="D’Amours", account__email="tresor@coop.test")
    give_role(person, cast.ours, "treasurer")
    person.client = prove(Client(), person.account)
    return person


def address_of(person: Person, q: str = "eloise") -> str:
    return f"{reverse(FACTOR)}?{urlencode({'q': q, 'personne': person.public_id})}"


def test_a_lost_factor_is_for_the_administration_alone(cast: Cast, lost: Person) -> None:
    for person in (cast.coordinator, cast.teammate, cast.outsider, cast.visitor):
        client = prove(Client(), person.account)
        assert client.get(reverse(FACTOR)).status_code == 404
        assert client.post(address_of(lost), {"why": WHY}).status_code == 404
        with pytest.raises(Http404):
            queries.people_with_accounts(user=person.account, text="eloise")
    assert lost.account.authenticator_set.exists()


@pytest.mark.parametrize("q", ["eloise", "ÉLOÏSE d’amours", "Amours eloise", "tresor@coop", "TRESOR"])
def test_people_are_found_by_name_or_address_accents_forgiven(proved: Client, lost: Person, q: str) -> None:
    page = proved.get(reverse(FACTOR), {"q": q}).content.decode()
    assert str(lost.public_id) in page
    assert str(lost.public_id) not in proved.get(reverse(FACTOR), {"q": f"{q} zut"}).content.decode()


def test_nobody_is_listed_before_a_word(proved: Client, lost: Person) -> None:
    assert lost.name not in proved.get(reverse(FACTOR)).content.decode()
    Account.objects.filter(pk=lost.account_id).update(is_active=False)
    assert lost.name not in proved.get(reverse(FACTOR), {"q": "eloise"}).content.decode()


def test_a_factor_is_taken_away_told_and_recorded(cast: Cast, proved: Client, lost: Person) -> None:
    assert "Retirer son second facteur" in proved.get(address_of(lost)).content.decode()
    answer = proved.post(address_of(lost), {"why": WHY}, follow=True)
    assert "n’a plus de second facteur" in answer.content.decode()
    assert not lost.account.authenticator_set.exists()
    event = SecurityEvent.objects.get()
    assert (event.account, event.by, event.why) == (lost.account, cast.admin.account, WHY)
    assert WHY in answer.content.decode()
    tell_factor_reset(FactorReset(event_id=event.pk))
    assert [m.to for m in mail.outbox] == [[lost.account.email]]
    assert WHY in mail.outbox[0].body


def test_why_is_said_and_the_own_factor_stays(cast: Cast, proved: Client, lost: Person) -> None:
    for why in ("", "perdu"):
        assert proved.post(address_of(lost), {"why": why}).status_code == 422
    assert proved.post(address_of(lost), {"why": "   a          b"}).status_code == 422
    own = address_of(cast.admin, cast.admin.account.email)
    assert "C’est votre compte" in proved.get(own).content.decode()
    assert proved.post(own, {"why": WHY}).status_code == 422
    assert cast.admin.account.authenticator_set.exists()
    assert proved.post(f"{reverse(FACTOR)}?q=eloise", {"why": WHY}).status_code == 404
    assert lost.account.authenticator_set.exists()
    with pytest.raises(CommandError, match="propre"):
        call_command("reset_second_factor", cast.admin.account.email, by=cast.admin.account.email, why=WHY)


def test_taking_a_factor_away_asks_again_who_one_is(cast: Cast, proved: Client, lost: Person) -> None:
    session = proved.session
    session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time() - 601}]
    session.save()
    assert proved.post(address_of(lost), {"why": WHY})["Location"].startswith(reverse("mfa_reauthenticate"))
    assert lost.account.authenticator_set.exists()
    cast.admin.account.authenticator_set.all().delete()
    asked = proved.post(address_of(lost), {"why": WHY})
    assert asked["Location"].startswith(reverse("directory:second_factor"))
    page = proved.get(asked["Location"]).content.decode()
    assert "sécurité d’un compte" in page
    assert "Plus tard" not in page
    assert lost.account.authenticator_set.exists()
    prove(proved, cast.admin.account)
    assert html.escape(WHY) in proved.get(reverse("directory:second_factor_held")).content.decode()
