"""The first hour of an operator: the commands of docs/operations.md, as they stand there, in a clean folder.

What a test cannot do to the machine that it runs on is answered by stand-ins: packages, users, `systemctl`.
The database is a copy of the migrated one (that migrations make an empty one is what made it), so that this is short.
"""

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from psycopg import sql

from .database import copy

ROOT = Path(settings.BASE_DIR)
DOCS = (ROOT / "docs" / "operations.md").read_text()
HOUR = DOCS[DOCS.index("## The first hour") : DOCS.index("## Backups and restore")]
BLOCKS = re.findall(r"```sh\n(.*?)```", HOUR, re.DOTALL)
NAME = "maillage.example.org"
STANDINS = ("apt-get", "useradd", "runuser", "systemctl", "chown", "nginx")
PATIENCE = 120.0


class Machine:
    """A folder where the machine's folders are, and a PATH whose first commands are stand-ins that note their words."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder, self.port, self.database = folder, free_port(), database
        self.said = folder / "said"
        bin_ = folder / "bin"
        for name in ("bin", "etc/systemd/system", "etc/nginx/sites-available", "etc/nginx/sites-enabled", "srv"):
            (folder / name).mkdir(parents=True)
        for name in STANDINS:
            (bin_ / name).write_text(f'#!/bin/sh\necho "{name} $*" >> {self.said}\n')
            (bin_ / name).chmod(0o755)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("MAILLAGE_", "DJANGO_", "DATABASE_"))}
        # The user of a service has no home, and no group of that name is on this machine.
        self.env = kept | {"PATH": f"{bin_}:{kept['PATH']}", "HOME": "/nonexistent", "GIT_CONFIG_COUNT": "1"}
        self.env |= {"GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
        self.env |= {"MAILLAGE_ENV": f"{folder}/etc/maillage.env", "PORT": str(self.port), "MEDIA_MIN_FREE_MB": "0"}

    def here(self, text: str) -> str:
        """The words of the docs, with this machine's folders, port and database."""
        for name in ("/srv/maillage", "/etc/maillage.env", "/etc/systemd/system", "/etc/nginx/"):
            text = text.replace(name, f"{self.folder}{name}")
        text = text.replace("-g maillage ", "").replace("REPOSITORY", str(ROOT)).replace(":8000", f":{self.port}")
        text = re.sub(r"^DATABASE_URL=.*$", f"DATABASE_URL='{self.database}'", text, flags=re.MULTILINE)
        return text.replace(f"self-signed {NAME}", f"self-signed {NAME} {self.folder}/etc/ssl/maillage")

    def run(self, commands: str) -> str:
        words = ["bash", "-euo", "pipefail", "-c", self.here(commands)]
        done = subprocess.run(words, env=self.env, cwd=self.folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{commands}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def unit(self, name: str) -> subprocess.Popen[bytes]:
        """Start what a unit starts, with its environment, as systemd does."""
        text = (self.folder / "etc/systemd/system" / f"{name}.service").read_text()
        (command,) = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
        words = [f"{self.folder}/srv/maillage/bin/as-service", *self.here(command).split()]
        with (self.folder / f"{name}.log").open("wb") as log:
            return subprocess.Popen(words, env=self.env, stdout=log, stderr=log)

    def get(self, path: str, **headers: str) -> tuple[int, bytes]:
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        asked.request("GET", path, headers=headers)
        answer = asked.getresponse()
        said = answer.status, answer.read()
        asked.close()
        return said


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def machine(django_db_setup: None, tmp_path: Path) -> Iterator[Machine]:
    """A database of its own, as it is once migrated: nothing of other tests, nobody else in it."""
    given = connection.settings_dict
    name, place = f"first_hour_{os.getpid()}", {"host": given["HOST"], "user": given["USER"]}
    with psycopg.connect(dbname="postgres", autocommit=True, **place) as server:
        copy(server, name)
        yield Machine(tmp_path, f"postgres://{given['USER']}@/{name}?host={given['HOST']}")
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def prepared(machine: Machine) -> None:
    """The blocks up to the checkout; its installed packages and what is not committed yet are this checkout's."""
    machine.run(BLOCKS[0])
    machine.run(BLOCKS[1])
    checkout = machine.folder / "srv/maillage"
    for folder in ("bin", "deploy", "maillage"):
        shutil.rmtree(checkout / folder)
        shutil.copytree(ROOT / folder, checkout / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("uv.lock", "pyproject.toml", ".python-version", "manage.py"):
        shutil.copy(ROOT / name, checkout / name)
    (checkout / ".venv").symlink_to(ROOT / ".venv")


def test_the_first_hour_as_it_is_written(machine: Machine) -> None:
    assert len(BLOCKS) == 7
    prepared(machine)
    env = (machine.folder / "etc/maillage.env").read_text()
    assert (machine.folder / "etc/maillage.env").stat().st_mode & 0o007 == 0
    token = re.findall(r"METRICS_TOKEN='(.*)'", env)[0]
    assert "up to date" in machine.run(BLOCKS[2])
    machine.run(BLOCKS[3])
    assert "systemctl enable --now maillage-web maillage-worker" in machine.said.read_text()
    machine.run(BLOCKS[4])
    assert (machine.folder / "etc/nginx/sites-enabled/maillage").exists()
    assert (machine.folder / "etc/ssl/maillage/privkey.pem").stat().st_mode & 0o077 == 0
    link = machine.run(BLOCKS[5]).strip().splitlines()[-1]
    assert link.startswith(f"https://{NAME}/compte/")
    running = [machine.unit("maillage-web"), machine.unit("maillage-worker")]
    try:
        assert re.findall(r"\{.*\}", machine.run(BLOCKS[6]))[-1] == '{"ready": true, "failing": []}'
        _works(machine)
        _seen_from_outside(machine, link.removeprefix(f"https://{NAME}"), token)
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(PATIENCE)
    _logged(machine)


def _works(machine: Machine) -> None:
    """A job leaves a line with its number (one runs every quarter of a minute)."""
    log, until = machine.folder / "maillage-worker.log", time.monotonic() + PATIENCE
    while '"logger": "maillage.jobs"' not in log.read_text():
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.2)
    lines = [json.loads(line) for line in log.read_text().splitlines() if '"maillage.jobs"' in line]
    failed = [line for line in lines if line["status"] != "done"]
    assert not failed, log.read_text()
    assert all(int(line["job"]) > 0 and line["task"] and line["ms"] >= 0 for line in lines)


def _seen_from_outside(machine: Machine, link: str, token: str) -> None:
    """As nginx asks: by its name, over TLS; the page where the password is set is there, and both processes count."""
    proxied = {"Host": NAME, "X-Forwarded-Proto": "https", "X-Request-Id": "first-hour-0001"}
    assert machine.get("/", **proxied)[0] == 200
    assert machine.get(link, **proxied)[0] == 302
    assert machine.get("/", Host=NAME)[0] == 301
    for _i in range(20):
        assert machine.get("/nulle-part/", **proxied)[0] == 404
    status, text = machine.get("/mesures/", Authorization=f"Bearer {token}")
    assert status == 200
    assert b'maillage_requests_total{method="GET",status="404",view="?"} 20.0' in text
    assert b"maillage_workers 1.0" in text
    assert machine.get("/mesures/", **proxied)[0] == 404


def _logged(machine: Machine) -> None:
    lines = [
        json.loads(line) for line in (machine.folder / "maillage-web.log").read_text().splitlines() if line[:1] == "{"
    ]
    assert {line["request_id"] for line in lines if line.get("route") == "?"} >= {"first-hour-0001"}
    assert any(line.get("view") == "home" and line["status"] == 200 for line in lines)
    assert not re.search(r"ana@|[0-9a-z]{6}-[0-9a-f]{32}", json.dumps(lines))


def test_an_hour_that_is_half_done_is_told_what_is_missing(machine: Machine) -> None:
    prepared(machine)
    file = machine.folder / "etc/maillage.env"
    file.write_text(file.read_text().replace("TRUSTED_PROXY_COUNT=1", "").replace(f"='{NAME}'", "='autre.example.org'"))
    words = ["bash", "-c", machine.here(BLOCKS[2])]
    done = subprocess.run(words, env=machine.env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert [line[0] for line in done.stderr.splitlines()] == ["✗", "✗"]


def test_nginx_reads_its_site(tmp_path: Path) -> None:
    if shutil.which("nginx") is None:
        pytest.skip("nginx is not on this machine (apt-get install nginx-light)")
    conf = (ROOT / "deploy/nginx/maillage.conf").read_text().replace("/etc/ssl/maillage", f"{tmp_path}/ssl")
    subprocess.run([ROOT / "deploy/nginx/self-signed", NAME, tmp_path / "ssl"], check=True, capture_output=True)
    for port in ("80", "443"):
        conf = re.sub(rf"listen (\[::\]:)?{port}\b", lambda m: f"listen {m[1] or ''}{free_port()}", conf)
    whole = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; {conf} }}"
    (tmp_path / "nginx.conf").write_text(whole)
    for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"):
        whole = whole.replace("access_log off;", f"access_log off; {kind}_temp_path {tmp_path}/{kind};")
    (tmp_path / "nginx.conf").write_text(whole)
    done = subprocess.run(["nginx", "-t", "-c", tmp_path / "nginx.conf"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr


def _by_systemd(text: str) -> dict[str, str]:
    """`EnvironmentFile=` as systemd.exec(5) reads it: comments, and values in quotes or not."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        if line.strip() and line[0] not in "#;":
            name, _equals, value = line.partition("=")
            found[name] = value[1:-1] if value[:1] in "'\"" and value[-1:] == value[:1] else value
    return found


def test_the_environment_file_is_read_alike_by_systemd_and_by_the_shell(tmp_path: Path) -> None:
    text = (ROOT / "deploy/maillage.env").read_text()
    env = {"PATH": os.environ["PATH"], "MAILLAGE_ENV": str(ROOT / "deploy/maillage.env")}
    done = subprocess.run([ROOT / "bin/as-service", "env", "-0"], env=env, capture_output=True, text=True, check=True)
    read: dict[str, Any] = dict(entry.split("=", 1) for entry in done.stdout.split("\0") if "=" in entry)
    given = _by_systemd(text)
    assert len(given) > 15
    assert {name: read.get(name) for name in given} == given


def test_settings_start_with_the_environment_file_and_only_its_blanks_are_to_fill(tmp_path: Path) -> None:
    given = _by_systemd((ROOT / "deploy/maillage.env").read_text())
    given |= {"MAILLAGE_DATA": str(tmp_path), "PATH": os.environ["PATH"], "DATABASE_POOLER": ""}
    given["DATABASE_URL"] = "postgres://maillage@/maillage?host=/nowhere"
    words = [str(ROOT / ".venv/bin/python"), str(ROOT / "manage.py"), "serve", "prepare"]
    done = subprocess.run(words, env=given, capture_output=True, text=True, check=False)
    assert re.findall(r"^✗ (\S+)", done.stderr, re.MULTILINE) == ["SECRET_KEY", "The"], done.stderr
    assert "database of DATABASE_URL" in done.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
def test_systemd_reads_the_units(tmp_path: Path) -> None:
    units = []
    for unit in sorted((ROOT / "deploy/systemd").iterdir()):
        text = unit.read_text().replace("/srv/maillage", str(ROOT))
        (tmp_path / unit.name).write_text(re.sub(r"^User=.*\n", "", text, flags=re.MULTILINE))
        units.append(tmp_path / unit.name)
    done = subprocess.run(["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False)
    ours = [line for line in done.stderr.splitlines() if "maillage" in line]
    assert ours == []
    assert done.returncode == 0, done.stderr


def test_alerts_speak_of_figures_that_are_there(db: None) -> None:
    from maillage.core.watching import counts, metrics

    counts.note(view="x", method="GET", status=200, seconds=0.1)
    metrics.backup_done(now=datetime(2026, 12, 1, tzinfo=UTC))
    text = metrics.text().decode()
    rules = (ROOT / "deploy/prometheus/maillage.rules.yml").read_text()
    named = set(re.findall(r"\bmaillage_[a-z_]+", rules))
    assert len(named) > 10
    assert [name for name in named if not re.search(rf"^{name}[ {{]", text, re.MULTILINE)] == []
    for alert in re.findall(r"alert: (\w+)", rules):
        assert f"`{alert}`" in DOCS
