"""What deploy/ gives an operator: the witness of the primary, and files that name what exists."""

import base64
import json
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.conf import settings

DEPLOY = Path(settings.BASE_DIR) / "deploy"


class Store:
    """A store of one lock and one member, spoken to as etcd is, and Patroni's page of the standby beside it."""

    witness: subprocess.Popen[bytes]

    def __init__(self) -> None:
        self.lock, self.revision, self.synchronous = "db1", 7, True
        self.primary = socket.create_server(("127.0.0.1", 0))
        place = f"127.0.0.1:{self.primary.getsockname()[1]}"
        member = json.dumps({"conn_url": f"postgres://{place}/postgres", "api_url": f"http://{place}/patroni"})
        store = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._say(200 if self.path == "/sync" and store.synchronous else 503, {})

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.path == "/v3/kv/txn":
                    same = int(body["compare"][0]["create_revision"]) == store.revision
                    if same:
                        store.lock = ""
                    return self._say(200, {"succeeded": same})
                key = base64.b64decode(body["key"]).decode()
                value = store.lock if key == "/service/maillage/leader" else member
                row = {"value": base64.b64encode(value.encode()).decode(), "create_revision": str(store.revision)}
                return self._say(200, {"kvs": [row]} if value else {})

            def _say(self, status: int, body: dict[str, object]) -> None:
                raw = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            def log_message(self, *_args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.primary.close()


@pytest.fixture
def store() -> Iterator[Store]:
    made = Store()
    made.witness = subprocess.Popen([
        sys.executable, DEPLOY / "patroni" / "witness", "--store", made.url, "--patroni", made.url, "--seconds", "1",
    ])  # fmt: skip
    yield made
    made.witness.terminate()
    made.witness.wait()
    made.close()


def _within(seconds: float, condition) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_the_lock_of_a_silent_primary_is_removed_by_the_synchronous_standby(store: Store) -> None:
    assert not _within(3, lambda: not store.lock)  # it answers
    store.primary.close()
    assert _within(6, lambda: not store.lock)


def test_a_standby_that_may_lack_commits_removes_nothing(store: Store) -> None:
    store.synchronous = False
    store.primary.close()
    assert not _within(4, lambda: not store.lock)


def test_configuration_names_variables_that_are_documented() -> None:
    known = (Path(settings.BASE_DIR) / "docs" / "operations.md").read_text()
    given = re.findall(r"^([A-Z_]+)=", (DEPLOY / "maillage.env").read_text(), re.MULTILINE)
    assert len(given) > 10
    assert [name for name in given if f"`{name}" not in known] == []


def test_units_start_commands_that_are_there() -> None:
    for unit in (DEPLOY / "systemd").glob("*.service"):
        (command,) = re.findall(r"^ExecStart=(.*)$", unit.read_text(), re.MULTILINE)
        for path in re.findall(r"/srv/maillage/([\w/-]+)", command) + re.findall(r"'(bin/\w+)", command):
            assert (Path(settings.BASE_DIR) / path).exists(), (unit.name, path)
    timers = {timer.stem for timer in (DEPLOY / "systemd").glob("*.timer")}
    assert timers <= {unit.stem for unit in (DEPLOY / "systemd").glob("*.service")}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not on this machine")
def test_systemd_reads_its_units(tmp_path: Path) -> None:
    """Each as it stands in deploy/, the checkout's address and the service's users apart."""
    for unit in (DEPLOY / "systemd").iterdir():
        text = unit.read_text().replace("/srv/maillage", str(settings.BASE_DIR))
        (tmp_path / unit.name).write_text(text)
    (tmp_path / "patroni.service").write_text("[Service]\nExecStart=/bin/true\n")
    command = ["systemd-analyze", "verify", "--man=no", *sorted(tmp_path.iterdir())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    unit = tmp_path / "maillage-web.service"
    for harm in ("Restart=allways", "Restarts=always", "ExecStart=/nowhere/bin/serve"):
        name = harm.partition("=")[0].removesuffix("s")
        unit.write_text(re.sub(rf"^{name}=.*$", harm, text_of(unit.name), flags=re.MULTILINE))
        done = subprocess.run([*command[:3], unit], capture_output=True, text=True, check=False)
        assert harm.partition("=")[2] in done.stderr or "Restarts" in done.stderr, harm


def text_of(unit: str) -> str:
    return (DEPLOY / "systemd" / unit).read_text().replace("/srv/maillage", str(settings.BASE_DIR))


def test_the_witness_asks_another_machine_of_the_store(store: Store) -> None:
    """The first one that it is given is out."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = f"http://127.0.0.1:{closed.getsockname()[1]}"
    witness = subprocess.Popen([
        sys.executable, DEPLOY / "patroni" / "witness", "--store", nobody, "--store", store.url,
        "--patroni", store.url, "--seconds", "1",
    ])  # fmt: skip
    store.witness.terminate()
    store.witness.wait()
    try:
        store.primary.close()
        assert _within(8, lambda: not store.lock)
    finally:
        witness.terminate()
        witness.wait()


@pytest.mark.skipif(shutil.which("haproxy") is None, reason="HAProxy is not on this machine")
def test_haproxy_reads_its_configuration() -> None:
    done = subprocess.run(["haproxy", "-c", "-f", DEPLOY / "haproxy" / "haproxy.cfg"], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
