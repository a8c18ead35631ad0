"""Processes that are really killed: they begin again, and what they had begun is done."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import connection

from maillage.core import letters, postgres
from maillage.core.models import Letter

ROOT = Path(settings.BASE_DIR)
PATIENCE = 150.0  # the machine may be busy; how fast it is, bin/bench faults measures


def until(what: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s")


def script(body: str) -> str:
    return f"""
import os, sys
sys.path.insert(0, {str(ROOT)!r})
os.environ["DJANGO_SETTINGS_MODULE"] = "maillage.settings"
from maillage.site.supervise import supervise
{body}
"""


@pytest.fixture
def run() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []

    def start(*command: str, **env: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(command, env={**os.environ, **env}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=PATIENCE)


SLEEP = "[sys.executable, '-c', 'import time; time.sleep(600)']"


def child_of(process: subprocess.Popen[bytes]) -> psutil.Process | None:
    living = [c for c in psutil.Process(process.pid).children() if c.status() != psutil.STATUS_ZOMBIE]
    return living[0] if living else None


def test_a_process_that_is_killed_begins_again_within_a_second(run: Any) -> None:
    supervisor = run(sys.executable, "-c", script(f"sys.exit(supervise({{'one': {SLEEP}}}, env={{}}))"))
    first = until(lambda: child_of(supervisor))
    first.kill()
    killed = time.monotonic()
    until(lambda: (c := child_of(supervisor)) is not None and c.pid != first.pid)
    assert time.monotonic() - killed < PATIENCE
    supervisor.send_signal(signal.SIGTERM)
    assert supervisor.wait(PATIENCE) == 0


def test_one_that_never_came_to_work_is_given_up_with_its_code(run: Any) -> None:
    supervisor = run(
        sys.executable, "-c", script("sys.exit(supervise({'one': [sys.executable, '-c', '1/0']}, env={}))")
    )
    assert supervisor.wait(PATIENCE) == 1
    said = supervisor.stdout.read().decode()
    assert said.count("ended (code 1)") == 5


def test_processes_end_with_their_supervisor_even_when_it_is_killed(run: Any) -> None:
    supervisor = run(sys.executable, "-c", script(f"sys.exit(supervise({{'one': {SLEEP}}}, env={{}}))"))
    child = until(lambda: child_of(supervisor))
    time.sleep(0.3)  # until it asked to be told
    supervisor.kill()
    until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


@pytest.mark.usefixtures("no_jobs")
def test_a_letter_whose_worker_is_killed_while_sending_leaves_once_it_is_rescued(
    run: Any, settings: Any, tmp_path: Path
) -> None:
    settings.LETTERS_AT_ONCE = False
    letters.post(EmailMessage("Sujet", "Mots", to=["a@exemple.test"]), key="x:1")
    row = Letter.objects.get()
    with connection.cursor() as cursor:  # what a worker that was killed in the middle of it leaves behind
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE task_name = 'core:letter' RETURNING id")
        ((job,),) = cursor.fetchall()
    Letter.objects.update(state="sending", job=job)
    worker = run(
        sys.executable, str(ROOT / "manage.py"), "work",
        DATABASE_URL=url(), EMAIL_URL=f"file:{tmp_path}", MAILLAGE_PART="worker", MAILLAGE_DATA=str(tmp_path),
    )  # fmt: skip
    until(lambda: Letter.objects.filter(pk=row.pk, state="sent").exists())
    assert len(list(tmp_path.glob("*.log"))) == 1
    worker.terminate()
    assert worker.wait(PATIENCE) == 0


@pytest.mark.usefixtures("no_jobs")
def test_a_worker_outlives_its_connections(run: Any, settings: Any, tmp_path: Path) -> None:
    """The database restarts: connections end, jobs go on (or the worker ends, and its supervisor begins it again)."""
    settings.LETTERS_AT_ONCE = False
    body = f"""
sys.exit(supervise({{'worker': [sys.executable, {str(ROOT / "manage.py")!r}, 'work']}}, env={{}}))
"""
    supervisor = run(
        sys.executable, "-c", script(body),
        DATABASE_URL=url(), EMAIL_URL=f"file:{tmp_path}", MAILLAGE_PART="worker", MAILLAGE_DATA=str(tmp_path),
    )  # fmt: skip
    for number in range(2):
        letters.post(EmailMessage("Sujet", "Mots", to=["a@exemple.test"]), key=f"x:{number}")
        until(lambda n=number: Letter.objects.filter(key__startswith=f"x:{n}:", state="sent").exists())
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
    supervisor.terminate()
    assert supervisor.wait(PATIENCE) == 0


def test_a_worker_whose_clock_is_astray_does_not_work(run: Any) -> None:
    """Its own clock stands still; the database's is ten minutes ahead of what it is told."""
    body = f"""
os.environ["DATABASE_URL"] = {url()!r}
import time
real = time.time
import datetime
class Late(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.datetime.fromtimestamp(real() + 3 * 86400, tz)
import django
django.setup()
from maillage.core import clock
clock.datetime = Late
from django.core.management import call_command
call_command("work")
"""
    worker = run(sys.executable, "-c", script(body))
    assert worker.wait(PATIENCE) == 3
    assert "diffèrent de 3 j" in worker.stdout.read().decode()


def url() -> str:
    given = connection.settings_dict
    return f"postgres://{given['USER']}@/{given['NAME']}?host={given['HOST']}"


# --- the embedded database ------------------------------------------------------------------------


def test_the_embedded_database_that_is_killed_is_started_again_and_keeps_what_was_committed(
    run: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("pg")
    for part in (folder, *folder.parents[:2]):
        part.chmod(0o755)
    body = f"""
from pathlib import Path
from maillage.core import postgres
folder = Path({str(folder)!r})
print(postgres.embedded_url(folder, database="essai"), flush=True)
sys.exit(supervise({{'one': {SLEEP}}}, env={{}}, watch=[postgres.watch(folder)]))
"""
    supervisor = run(sys.executable, "-c", script(body))
    host = supervisor.stdout.readline().decode().strip().split("host=")[-1]

    def ask(statement: str) -> Any:
        try:
            with psycopg.connect(host=host, user="postgres", dbname="essai", autocommit=True) as asked:
                found = asked.execute(statement)
                return found.fetchall() if found.description else True
        except psycopg.OperationalError:
            return None

    until(lambda: ask("CREATE TABLE kept AS SELECT 7 AS n"))
    pid = int((folder / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
    os.kill(pid, signal.SIGKILL)
    until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    assert until(lambda: ask("SELECT n FROM kept")) == [(7,)]
    supervisor.terminate()
    assert supervisor.wait(PATIENCE) == 0
    assert not postgres._alive(folder / "postgres")  # the last one out stops it


def test_handles_of_processes_that_were_killed_are_forgotten(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    listed = tmp_path / "handles.json"
    listed.write_text(f"[{dead.pid}, {os.getpid()}]")
    postgres._mend(listed)
    assert listed.read_text() == f"[{os.getpid()}]"
    os.utime(listed, (1, 1))  # written before we began: the number came again
    postgres._mend(listed)
    assert listed.read_text() == "[]"
    listed.write_text("[1, ")
    postgres._mend(listed)
    assert not listed.exists()
