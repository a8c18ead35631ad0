"""What failed is seen by those who keep the platform, and by nobody else; they run it again or take it away."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.core import clock, files, jobs, letters, workload
from maillage.core.models import JobTrouble, Letter
from maillage.directory.tests.factories import Cast
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
