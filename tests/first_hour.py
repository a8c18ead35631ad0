"""`bin/first-hour`: the commands of docs/operations.md in a bare Debian that boots here, with its systemd as process 1.

A tree of debootstrap (kept in var/first-hour, copied for each run) is booted by systemd-nspawn on the network of this
machine; the blocks are run in it as root, as they stand. Nothing is put in their place but the address of the checkout,
which is a clone of this one, and, where Debian's PostgreSQL and Python are too old, what the docs say to do then.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / "var" / "first-hour"
MIRROR = "http://deb.debian.org/debian"
INCLUDED = "systemd-sysv,dbus,ca-certificates"
DOCS = (ROOT / "docs" / "operations.md").read_text()
NAME = "maillage.example.org"
TOOLS = {"debootstrap": "debootstrap", "systemd-nspawn": "systemd-container", "nsenter": "util-linux"}
OURS = Path("/usr/local/share/ca-certificates")
"""Certificates that this machine trusts besides Debian's: the tree trusts them too."""


def missing() -> str:
    """What is missing on this machine, as a sentence; empty when nothing is."""
    if os.geteuid() != 0:
        return "A Debian is booted by root: run it as root."
    absent = sorted({package for tool, package in TOOLS.items() if shutil.which(tool) is None})
    return f"Debian's packages are missing: apt-get install {' '.join(absent)}" if absent else ""


def blocks(heading: str, until: str) -> list[str]:
    """The commands of a section of the docs, a block each."""
    section = DOCS[DOCS.index(heading) : DOCS.index(until)]
    return re.findall(r"```sh\n(.*?)```", section, re.DOTALL)


HOUR = blocks("## The first hour", "## Backups and restore")
NIGHT = blocks("**Every night.**", "**Read all again:**")


class Debian:
    """A tree that boots; `run` is a root's shell in it. A context: shut down at the end."""

    def __init__(self, suite: str, echo: Callable[[str], None]) -> None:
        self.suite, self.echo = suite, echo
        self.base, self.tree = PLACE / f"{suite}.base", PLACE / suite
        self.process: subprocess.Popen[bytes] | None = None
        self.leader = 0

    def __enter__(self) -> "Debian":
        PLACE.mkdir(parents=True, exist_ok=True)
        if not self.base.exists():
            self.echo(f"debootstrap {self.suite} from {MIRROR}")
            draft = self.base.with_suffix(".part")
            shutil.rmtree(draft, ignore_errors=True)
            words = ["debootstrap", "--variant=minbase", f"--include={INCLUDED}", self.suite, str(draft), MIRROR]
            subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
            draft.rename(self.base)
        if self.tree.exists():
            shutil.rmtree(self.tree)
        subprocess.run(["cp", "-a", "--reflink=auto", str(self.base), str(self.tree)], check=True)
        for certificate in OURS.glob("*.crt"):
            shutil.copy(certificate, self.tree / "usr/local/share/ca-certificates")
        clone = ["git", "clone", "-q", "--bare", "--no-hardlinks", str(ROOT), str(self.tree / "mnt/maillage.git")]
        subprocess.run(clone, check=True)
        self._boot()
        self.run("update-ca-certificates >/dev/null 2>&1")
        return self

    def _boot(self) -> None:
        words = [
            "systemd-nspawn",
            "-q",
            "-D",
            str(self.tree),
            "--register=no",
            "--keep-unit",
            "--console=pipe",
            "--boot",
        ]
        # Debian 13's systemd knows the unified hierarchy alone, whatever this machine has.
        env = os.environ | {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
        with (PLACE / f"{self.suite}.log").open("wb") as log:
            self.process = subprocess.Popen(words, env=env, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        until = time.monotonic() + 90
        while time.monotonic() < until:
            children = subprocess.run(
                ["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False
            ).stdout.split()
            self.leader = int(children[0]) if children else 0
            if self.leader and self.ask("systemctl is-system-running") in ("running", "degraded"):
                return
            time.sleep(0.5)
        raise SystemExit(f"{self.suite} did not boot: see {PLACE / self.suite}.log")

    def __exit__(self, *_error: object) -> None:
        if self.process is not None:
            self.ask("systemctl poweroff")
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def _done(self, commands: str) -> subprocess.CompletedProcess[str]:
        env = {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/root",
            "LANG": "C.UTF-8",
        }
        env |= {"DEBIAN_FRONTEND": "noninteractive"}
        if any(OURS.glob("*.crt")):  # Python's tools do not read Debian's store by themselves
            env |= dict.fromkeys(("SSL_CERT_FILE", "PIP_CERT"), "/etc/ssl/certs/ca-certificates.crt")
        enter = ["nsenter", f"--target={self.leader}", "--all", "--root", "--wd"]
        words = [*enter, "bash", "-euo", "pipefail", "-c", f"cd /root\n{commands}"]
        return subprocess.run(words, env=env, capture_output=True, text=True, check=False)

    def ask(self, commands: str) -> str:
        """What a command says, whatever it ends with."""
        return self._done(commands).stdout.strip()

    def run(self, commands: str) -> str:
        """What commands say. Raises SystemExit with their words when one fails."""
        done = self._done(commands)
        if done.returncode:
            raise SystemExit(f"✗ {self.suite}: ended with {done.returncode}\n{commands}\n{done.stdout}\n{done.stderr}")
        return done.stdout + done.stderr

    def holds(self, what: str, commands: str, *, seconds: float = 60) -> None:
        """Commands succeed within some seconds. Raises SystemExit with what they say."""
        until = time.monotonic() + seconds
        while (done := self._done(commands)).returncode:
            if time.monotonic() > until:
                log = self.ask("journalctl -n 40 --no-pager -u 'maillage*'")
                raise SystemExit(f"✗ {self.suite}: {what}: {done.stdout}{done.stderr}\n{log}")
            time.sleep(0.5)
        self.echo(f"{what} ✓")


def first_hour(suite: str, *, keep: bool, echo: Callable[[str], None]) -> None:
    """Follow the docs, then look at what they promise."""
    old = suite == "bookworm"
    units = ["maillage"] if old else ["maillage-web", "maillage-worker"]
    with Debian(suite, echo) as debian:
        for number, block in enumerate(HOUR, 1):
            echo(f"Block {number} of {len(HOUR)}: {block.strip().splitlines()[0]}")
            said = debian.run(_as_said(block, debian, old=old))
            if "create_administrator" in block:
                link = said.strip().splitlines()[-1]
        echo(debian.ask(_VERSIONS))
        for unit in units:
            debian.holds(f"{unit} is active", f"systemctl is-active {unit}")
        curl = f"curl -ksS --resolve {NAME}:443:127.0.0.1 -o /dev/null -w '%{{http_code}}' "
        debian.holds("nginx has the home page, over TLS", f"test $({curl} https://{NAME}/) = 200")
        debian.holds("the administrator's link opens", f"test $({curl} -L {link}) = 200")
        debian.holds("a page is found by address alone", "curl -fsS http://127.0.0.1:8000/sante/")
        debian.run(f"kill -9 $(systemctl show -p MainPID --value {units[0]})")
        debian.holds("it is back after a kill", "curl -fsS http://127.0.0.1:8000/sante/pret/", seconds=90)
        _night(debian)
        files = "/srv/maillage/deploy/systemd/*.service /srv/maillage/deploy/systemd/*.timer"
        debian.holds("units are verified", f"systemd-analyze verify --recursive-errors=no {files}")
        failed = debian.ask("systemctl list-units --failed --no-legend 'maillage*' nginx 'postgresql*'")
        if failed:
            raise SystemExit(f"✗ {suite}: {failed}")
    if not keep:
        shutil.rmtree(debian.tree)
    echo(f"{suite}: the first hour is as the docs say")


_VERSIONS = (
    "for tool in python3 /usr/local/bin/python3* psql systemctl; do $tool --version 2>&1 | head -1; done || true"
)


def _as_said(block: str, debian: Debian, *, old: bool) -> str:
    """The block, with the checkout's address; on Debian 12 what the docs say of it."""
    text = block.replace("REPOSITORY", "/mnt/maillage.git")
    if not old:
        return text
    if "apt-get install -y git" in text:
        _python(debian)
        text = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("runuser -u postgres"))
    text = re.sub(r"^DATABASE_URL=.*\n", "", text, flags=re.MULTILINE)
    return text.replace("maillage-web maillage-worker", "maillage").replace(
        "/srv/maillage/deploy/systemd/maillage-web.service /srv/maillage/deploy/systemd/maillage-worker.service",
        "/srv/maillage/deploy/systemd/maillage.service",
    )


def _python(debian: Debian) -> None:
    """A Python for every user in /opt/python: this machine's own, where uv cannot fetch one."""
    prefix = Path(sys.base_prefix)
    debian.echo(f"Python {sys.version.split()[0]} of this machine, in /opt/python")
    target = debian.tree / "opt/python" / prefix.name
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(
        prefix, target, symlinks=True, ignore=shutil.ignore_patterns("__pycache__", "test", "site-packages")
    )
    (target / "lib" / f"python3.{sys.version_info[1]}" / "site-packages").mkdir(exist_ok=True)
    (debian.tree / "etc/ld.so.conf.d/python.conf").write_text(f"/opt/python/{prefix.name}/lib\n")
    debian.run(f"ldconfig; ln -s /opt/python/*/bin/python3.{sys.version_info[1]} /usr/local/bin/")


def _night(debian: Debian) -> None:
    """The nightly backup, by its unit; it opens again."""
    for block in NIGHT:
        debian.run(block)
    debian.holds("the timer of the backup waits", "systemctl is-active maillage-backup.timer")
    debian.run("systemctl start maillage-backup.service")
    debian.holds("a backup is there", "test -s /backup/maillage/20*/manifest.json", seconds=5)
    told = debian.run("/srv/maillage/bin/as-service .venv/bin/python manage.py check_books")
    debian.echo(told.strip().splitlines()[-1])


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bin/first-hour", description=__doc__)
    parser.add_argument("suite", nargs="?", default="trixie", choices=["trixie", "bookworm"])
    parser.add_argument("--keep", action="store_true", help="Leave the tree there.")
    given = parser.parse_args(argv)
    if sentence := missing():
        raise SystemExit(f"✗ {sentence}")
    with suppress(KeyboardInterrupt):
        first_hour(given.suite, keep=given.keep, echo=lambda text: print(f"▸ {text}", flush=True))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
