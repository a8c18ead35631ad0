"""`bin/restore --at MOMENT ARCHIVE --to PGDATA`: a server's folder as it was at a moment, writable, read all again."""

import argparse
import os
import pwd
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg

from ..postgres_archive import CONFIGURATION
from . import BackupRefused, archive, parts, tools

ROOT = Path(__file__).resolve().parents[3]
UNARCHIVE = ROOT / "bin" / "unarchive-wal"
HOURS = 12
OF_THE_LIVING = (".s.PGSQL.*", ".handle_pids.json", "log")
"""What an embedded server keeps in its folder of its running self."""
_RENAMED = {"max_prepared_xacts": "max_prepared_transactions", "max_locks_per_xact": "max_locks_per_transaction"}
HERE = ZoneInfo("America/Toronto")


def restore_to(
    source: Path, to: Path, *, at: datetime, user: str | None = None, echo: Callable[[str], None] = lambda text: None
) -> bool:
    """Make the folder `to` from the newest base before `at` and the log up to it; promoted, stopped, ready to start.

    Returns whether its books hold. `user` is whom the server runs as, when root calls. Raises BackupRefused, and leaves
    nothing behind then.
    """
    base = _base(source, at)
    if to.exists() and (not to.is_dir() or any(to.iterdir())):
        raise BackupRefused(f"{to} is not empty: move it away first, it is never overwritten.")
    told = archive.sealed(base)
    key = _key(source, base, told)
    version = told.postgresql if told else int((base / "PG_VERSION").read_text())
    bin_folder = tools.at_least(version)
    if tools.major(bin_folder) != version:
        raise BackupRefused(
            f"The archive is of PostgreSQL {version}: install its server, or name its folder in PG_BIN."
        )
    _room(told.part.plain_size if told else archive.size(base), to)
    if told is None:
        tools.run([bin_folder / "pg_verifybackup", "--quiet", base])
    echo(f"From the base of {base.name}")
    try:
        with tempfile.TemporaryDirectory(prefix="maillage-restore-") as private:
            _lay(base, told, to, bin_folder)
            _recovery(source, to, at, Path(private), key)
            if user:
                _give(to, user)
                _give(Path(private), user)
            return _recover(bin_folder, to, at, user, private, echo)
    except BaseException:
        shutil.rmtree(to, ignore_errors=True)
        raise


def _key(source: Path, base: Path, told: archive.Sealed | None) -> str:
    """The private key of an archive that is encrypted, or of which a part is; empty for one that is not at all."""
    if told is None and not any((source / "wal").glob("*.gz.age")):
        return ""
    key = parts.identity()
    if key is None:
        raise BackupRefused(f"{source} is encrypted: name the file of its private key in BACKUP_KEY_FILE.")
    if told is not None and str(key.to_public()) != told.recipient:
        raise BackupRefused(f"BACKUP_KEY_FILE is not the key of {base}, which was made for {told.recipient}.")
    return str(key)


def _lay(base: Path, told: archive.Sealed | None, to: Path, bin_folder: Path) -> None:
    """The server's folder as the base has it, whole."""
    if told is None:
        shutil.copytree(base, to, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns(*OF_THE_LIVING))
    else:
        key = parts.identity()
        parts.check(base, told.part, key=key)
        to.mkdir(parents=True, exist_ok=True)
        with parts.opened(base, told.part, key=key) as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
            tar.extractall(to, filter="tar")
            while stream.read(parts.BLOCK):  # the padding after the last file
                pass
        tools.run([bin_folder / "pg_verifybackup", "--quiet", to])
        for pattern in OF_THE_LIVING:
            for path in to.rglob(pattern):
                path.unlink() if path.is_file() else shutil.rmtree(path)
    to.chmod(0o700)


def _base(source: Path, at: datetime) -> Path:
    known = [folder for moment, folder in archive.bases(source) if moment <= at]
    if not known:
        first = [moment for moment, _folder in archive.bases(source)]
        since = f"begins at {first[0].astimezone(HERE):%Y-%m-%d %H:%M}" if first else "holds no base backup"
        raise BackupRefused(f"{source} cannot go back to {at:%Y-%m-%d %H:%M}: it {since}.")
    return known[-1]


def _room(size: int, to: Path) -> None:
    place = to
    while not place.exists():
        place = place.parent
    needed = size + 512 * 2**20
    free = shutil.disk_usage(place).free
    if free < needed:
        raise BackupRefused(f"The disk of {to} has {free // 2**20} MB left, and {needed // 2**20} MB are needed.")


def _recovery(source: Path, to: Path, at: datetime, private: Path, key: str) -> None:
    """How to read the log again, in a file of its own that goes afterwards, as the key of the server's user does."""
    (to / CONFIGURATION).write_text("")  # nothing is archived while it recovers
    (to / "recovery.signal").write_text("")
    words = [str(UNARCHIVE), str(source / "wal"), "%f", "%p"]
    if key:
        with os.fdopen(os.open(private / "key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"{key}\n")
        words.append(str(private / "key"))
    command = " ".join(f'"{word}"' for word in words)
    with (to / "postgresql.auto.conf").open("a") as file:
        file.write(
            f"# recovery\nrestore_command = '{command}'\n"
            f"recovery_target_time = '{at.isoformat()}'\nrecovery_target_action = 'promote'\n"
        )


def _give(folder: Path, user: str) -> None:
    found = pwd.getpwnam(user)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, found.pw_uid, found.pw_gid, follow_symlinks=False)


def _recover(
    bin_folder: Path, to: Path, at: datetime, user: str | None, sockets: str, echo: Callable[[str], None]
) -> bool:
    """Start it on a socket of its own until it is promoted, have the books read, stop it; whether they hold."""
    log = to / "restore.log"
    options = _options(bin_folder, to, sockets)
    control = [str(bin_folder / "pg_ctl"), "-D", str(to), "-s"]
    try:
        _start([*control, "-l", str(log), "-o", options, "-W", "start"], user)
        _wait(sockets, to, log)
        _forget_recovery(to)
        echo(f"Writable again, as of {at.astimezone(HERE):%Y-%m-%d %H:%M:%S}")
        whole = _check(sockets, echo)
    finally:
        with suppress(subprocess.CalledProcessError):
            _start([*control, "-m", "fast", "-w", "stop"], user)
    log.unlink(missing_ok=True)
    return whole


def _options(bin_folder: Path, to: Path, sockets: str) -> str:
    """A private server that trusts whoever reaches its socket, with no smaller limits than the one that was kept.

    Debian keeps a server's configuration elsewhere: an empty one stands in until it is put back.
    """
    hba = Path(sockets) / "pg_hba.conf"
    hba.write_text("local all all trust\n")
    hba.chmod(0o644)
    if not (to / "postgresql.conf").exists():
        (to / "postgresql.conf").write_text("")
        (to / "postgresql.conf").chmod(0o644)
    told = tools.run([bin_folder / "pg_controldata", to])
    limits: list[tuple[str, str]] = re.findall(r"^(max_\w+) setting: +(\d+)$", told, re.MULTILINE)
    given = {"archive_mode": "off", "log_min_messages": "log", "hot_standby": "on", "hba_file": str(hba)}
    given |= {_RENAMED.get(name, name): value for name, value in limits}
    return f"-k {sockets} -h '' " + " ".join(f"-c {name}={value}" for name, value in given.items())


def _start(command: list[str], user: str | None) -> None:
    subprocess.run(command, check=True, user=user, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603


def _wait(sockets: str, to: Path, log: Path) -> None:
    until = time.monotonic() + HOURS * 3600
    while time.monotonic() < until:
        said = log.read_text(errors="replace") if log.exists() else ""
        if "recovery ended before configured recovery target" in said:
            raise BackupRefused(
                "The archive ends before that moment: name an earlier one (the last minute may not be there yet)."
            )
        if said and not (to / "postmaster.pid").exists():
            raise BackupRefused(f"The server did not recover: {tools.last_words(said)}")
        with suppress(psycopg.OperationalError), _connect(sockets) as server:
            row = server.execute("SELECT pg_is_in_recovery()").fetchone()
            if row == (False,):
                return
        time.sleep(0.2)
    raise BackupRefused(f"Nothing came of it in {HOURS} hours.")


def _connect(sockets: str, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(host=sockets, user="postgres", dbname=database, autocommit=True, connect_timeout=5)


def _forget_recovery(to: Path) -> None:
    conf = to / "postgresql.auto.conf"
    conf.write_text(conf.read_text().partition("# recovery\n")[0])


def _check(sockets: str, echo: Callable[[str], None]) -> bool:
    """`check_books` on each database of the server that is ours; whether all hold."""
    whole = True
    with _connect(sockets) as server:
        names = [
            str(n)
            for (n,) in server.execute("SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate")
        ]
    for name in names:
        with _connect(sockets, name) as server:
            ours = server.execute("SELECT to_regclass('public.django_migrations') IS NOT NULL").fetchone()
        if ours != (True,):
            continue
        env = os.environ | {"DATABASE_URL": f"postgres://postgres@/{name}?host={sockets}"}
        if _manage(["migrate", "--check"], env).returncode:
            echo(f"{name}: as an older version left it; start it, then bin/serve prepare and check_books")
            continue
        done = _manage(["check_books"], env)
        echo(f"{name}: {(done.stdout + done.stderr).strip()}")
        whole = whole and done.returncode == 0
    return whole


def _manage(words: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "manage.py"), *words]
    return subprocess.run(command, capture_output=True, text=True, env=env, check=False)  # noqa: S603


def main() -> int:
    parser = argparse.ArgumentParser(prog="bin/restore", description=__doc__)
    parser.add_argument(
        "--at", required=True, type=datetime.fromisoformat, help="Local time of Québec, unless it says."
    )
    parser.add_argument("source", type=Path, metavar="ARCHIVE")
    parser.add_argument("--to", required=True, type=Path, metavar="PGDATA")
    parser.add_argument("--user", default="", help="When root calls: whom the server runs as.")
    options = parser.parse_args()
    at = options.at if options.at.tzinfo else options.at.replace(tzinfo=HERE)
    user = options.user or ("embedded_postgres" if os.geteuid() == 0 else None)
    try:
        whole = restore_to(
            options.source.resolve(),
            options.to.resolve(),
            at=at,
            user=user,
            echo=lambda text: print(f"▸ {text}"),  # noqa: T201
        )
    except BackupRefused as refused:
        sys.stderr.write(f"{refused}\n")
        return 1
    sys.stdout.write(f"{options.to} is ready to be started.\n")
    return 0 if whole else 1


if __name__ == "__main__":
    sys.exit(main())
