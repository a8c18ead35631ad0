import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from maillage.core import files, jobs
from maillage.core.actions import Refused
from maillage.core.downloads import Stopped, Work
from maillage.directory import downloads
from maillage.directory.actions import downloads as actions
from maillage.directory.actions.privacy import erase_person
from maillage.directory.models import Account, Download

from .factories import PersonFactory

pytestmark = pytest.mark.django_db
HERE = f"{__name__}:"


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def account() -> Account:
    return _account()


def _account() -> Account:
    return PersonFactory().account


def lines(work: Work, *, user: Account, count: int) -> None:
    work.file.write("".join(f"{user.email} {n}\n" for n in work.counting(range(count), total=count)).encode())


def refuses(work: Work, *, user: Account) -> None:
    raise Refused("Cette période est fermée.")


def is_gone(work: Work, *, user: Account) -> None:
    raise Http404


def breaks(work: Work, *, user: Account) -> None:
    raise RuntimeError("secret detail")


def is_given_up(work: Work, *, user: Account) -> None:
    Download.objects.update(state="cancelled")
    work.expect(10)


def asked(account: Account, maker: str = "lines", **params: Any) -> Download:
    return actions.ask(
        maker=HERE + maker, params=params, title="Lignes", filename="lignes.csv", content_type="text/csv",
        now=timezone.now(), by=account, back="/chiffres/",
    )  # fmt: skip


def made(download: Download) -> Download:
    actions.make(download_id=download.pk, now=timezone.now())
    download.refresh_from_db()
    return download


def test_long_file_is_made_by_a_job_and_fetched_by_the_asker_alone(client: Client, account: Account) -> None:
    download = asked(account, count=3)
    client.force_login(account)
    page, file = (
        reverse("directory:download", args=[download.public_id]),
        reverse("directory:download_file", args=[download.public_id]),
    )
    assert "data-poll" in client.get(page).text
    assert client.get(file).status_code == 404
    made(download)
    assert (download.state, download.done, download.total) == ("ready", 3, 3)
    assert "data-poll" not in client.get(page).text
    answer = client.get(file)
    assert answer.getvalue().decode() == "".join(f"{account.email} {n}\n" for n in range(3))
    assert 'filename="lignes.csv"' in answer["Content-Disposition"]
    assert "Lignes" in client.get(reverse("directory:downloads")).text
    client.force_login(_account())
    for url in (page, file):
        assert client.get(url).status_code == 404
    assert client.post(reverse("directory:download_cancel", args=[download.public_id])).status_code == 404
    assert "Lignes" not in client.get(reverse("directory:downloads")).text


def test_the_same_file_asked_twice_is_made_once_and_nobody_floods_the_worker(account: Account) -> None:
    assert asked(account, count=1) == asked(account, count=1)
    for count in (2, 3, 4):
        asked(account, count=count)
    with pytest.raises(actions.TooMany):
        asked(account, count=5)
    asked(_account(), count=5)


@pytest.mark.parametrize(
    ("maker", "said"),
    [("refuses", "Cette période est fermée."), ("is_gone", "plus ouvert"), ("breaks", "défaut imprévu")],
)
def test_failure_is_said_in_a_sentence(client: Client, account: Account, maker: str, said: str) -> None:
    download = made(asked(account, maker))
    assert download.state == "failed"
    assert said in download.problem
    assert "secret" not in download.problem
    client.force_login(account)
    page = client.get(reverse("directory:download", args=[download.public_id])).text
    assert said.replace("'", "&#x27;") in page
    assert 'href="/chiffres/"' in page


def test_a_file_given_up_is_not_kept(client: Client, account: Account) -> None:
    waiting = asked(account, count=2)
    client.force_login(account)
    client.post(reverse("directory:download_cancel", args=[waiting.public_id]))
    assert made(waiting).state == "cancelled"
    running = made(asked(account, "is_given_up"))
    assert (running.state, running.file.name) == ("cancelled", "")


def test_a_job_run_twice_makes_one_file(account: Account) -> None:
    download = made(asked(account, count=1))
    name = download.file.name
    assert made(download).file.name == name


def test_the_job_of_a_worker_that_died_begins_again_and_no_other_does(account: Account) -> None:
    download = asked(account, count=1)
    Download.objects.update(state=Download.State.RUNNING, job=5)
    for job in (6, None):
        actions.make(download_id=download.pk, job_id=job, now=timezone.now())
        download.refresh_from_db()
        assert download.state == Download.State.RUNNING
    actions.make(download_id=download.pk, job_id=5, now=timezone.now())
    download.refresh_from_db()
    assert download.state == Download.State.READY


def test_files_go_after_a_week_and_dead_jobs_say_so(client: Client, account: Account) -> None:
    now = timezone.now()
    download, dead = made(asked(account, count=1)), asked(account, count=2)
    name = download.file.name
    Download.objects.filter(pk=dead.pk).update(state="running", touched_at=now - timedelta(hours=1))
    with_commit = pytest.MonkeyPatch()
    with_commit.setattr("django.db.transaction.on_commit", lambda f: f())
    assert actions.sweep_downloads(now=now) == 0
    dead.refresh_from_db()
    assert dead.state == "failed"
    assert actions.sweep_downloads(now=now + timedelta(days=8)) == 1
    with_commit.undo()
    assert not default_storage.exists(name)
    client.force_login(account)
    assert client.get(reverse("directory:download_file", args=[download.public_id])).status_code == 404
    assert "sept jours" in client.get(reverse("directory:download", args=[download.public_id])).text


def test_erasing_a_person_takes_their_files(account: Account, django_capture_on_commit_callbacks: Any) -> None:
    name = made(asked(account, count=1)).file.name
    with django_capture_on_commit_callbacks(execute=True):
        erase_person(person_id=account.person.pk, confirmation="EFFACER", now=timezone.now(), by=account)
    assert not Download.objects.exists()
    assert not default_storage.exists(name)


def request_of(account: Account, method: str) -> HttpRequest:
    request = getattr(RequestFactory(), method)("/export.csv", HTTP_REFERER="https://ailleurs.test/")
    request.user, request.htmx = account, False
    return request


def test_short_files_come_at_once_and_long_ones_ask_first(account: Account) -> None:
    def answer(method: str, rows: int) -> Any:
        return downloads.answer(
            request_of(account, method), lines, params={"count": rows}, title="Lignes", filename="l.csv",
            content_type="text/csv", rows=rows, short=10,
        )  # fmt: skip

    short = answer("get", 2)
    assert short.getvalue().decode().count("\n") == 2
    for close in short._resource_closers:
        close()
    page = answer("get", 11)
    assert page.status_code == 200
    assert b"ailleurs.test" not in page.content
    assert not Download.objects.exists()
    assert answer("post", 11).status_code == 302
    assert Download.objects.get().params == {"count": 11}


def test_progress_is_noted_and_stops_the_maker() -> None:
    noted: list[tuple[int, int]] = []

    def note(done: int, total: int) -> None:
        noted.append((done, total))
        if done:
            raise Stopped

    work = Work(io.BytesIO(), note)

    def row(n: int) -> int:
        work._noted = 0.0  # long ago
        return n

    with pytest.raises(Stopped):
        list(work.counting(map(row, range(5000)), total=5000))
    assert noted == [(0, 5000), (500, 5000)]


def test_a_file_that_the_server_lost_is_made_anew(
    client: Client, account: Account, tmp_path: Path, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    files.keep("downloads/x.csv", b"a;b")
    row = Download.objects.create(
        account=account, maker="x:y", title="Journal", filename="x.csv", content_type="text/csv", state="ready",
        file="downloads/x.csv", size=3, asked_at=timezone.now(), touched_at=timezone.now(), finished_at=timezone.now(),
        expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip
    client.force_login(account)
    answer = client.get(f"/moi/fichiers/{row.public_id}/fichier/")
    assert answer.getvalue() == b"a;b"
    (tmp_path / "downloads/x.csv").unlink()
    answer = client.get(f"/moi/fichiers/{row.public_id}/fichier/", follow=True)
    assert "n’est plus sur le serveur" in answer.content.decode()
    assert "Il se refait" in answer.content.decode()
    row.refresh_from_db()
    assert (row.state, row.file.name) == (Download.State.WAITING, "")
    assert jobs.under_way("directory.download", "download_id") == {row.pk}
