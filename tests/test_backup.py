"""The drill: back up a world, restore it elsewhere, read it all again; refuse what is damaged; go back to a moment."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from io import StringIO
from pathlib import Path

import pyrage
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from maillage.core import entrusted
from maillage.core.backup import BackupRefused, files, make, manifest, parts, tools
from maillage.core.backup.make import make_backup
from maillage.core.backup.restore import restore_backup
from maillage.core.models import Change, StoredFile
from maillage.directory.models import Download, Organisation, Person
from maillage.market.models import Document, Market, Offer, SlotCapacity
from tests import world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def media(settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A key of backups, in the environment of who makes them and of who restores them."""
    path = tmp_path / "key"
    monkeypatch.setenv("BACKUP_RECIPIENT", parts.new_key(path))
    monkeypatch.setenv("BACKUP_KEY_FILE", str(path))
    return path


@pytest.fixture
def elsewhere(settings, tmp_path: Path) -> Iterator[None]:
    """Another database, empty, and another folder for files: of another machine, as far as Django knows."""
    before, name = connection.settings_dict["NAME"], connection.settings_dict["NAME"] + "_elsewhere"

    def use(database: str) -> None:
        connection.close()
        settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = database

    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}"')
    use(name)
    settings.MEDIA_ROOT = tmp_path / "elsewhere"
    yield
    use(before)
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_world_comes_back_elsewhere_with_its_files(media: Path, tmp_path: Path, key: Path, request) -> None:
    world.build()
    rows, kept = make.count_rows(), digests(media)
    told = make_backup(tmp_path / "backup")
    assert (told.rows, told.missing, told.differing) == (rows, [], [])
    assert told.files == len(entrusted.kept_files()) > 8
    assert b"SECRETNOTRE" not in b"".join(p.read_bytes() for p in (tmp_path / "backup").iterdir())

    request.getfixturevalue("elsewhere")
    restore_backup(tmp_path / "backup", replace=False)
    assert make.count_rows() == rows
    assert digests(tmp_path / "elsewhere") == {name: kept[name] for name in entrusted.kept_files()}
    out = StringIO()
    call_command("check_books", stdout=out)
    assert "all hold" in out.getvalue()
    with pytest.raises(BackupRefused, match="not empty"):
        restore_backup(tmp_path / "backup", replace=False)
    Organisation.objects.filter(slug="ours").update(name="Changé depuis")
    restore_backup(tmp_path / "backup", replace=True)
    assert Organisation.objects.get(slug="ours").name == "Coop ours"


def test_what_is_damaged_or_cut_short_is_refused_before_anything_is_touched(
    media: Path, tmp_path: Path, key: Path
) -> None:
    world.build()
    make_backup(tmp_path / "backup")
    rows, kept = make.count_rows(), digests(media)
    for n, name in enumerate(path.name for path in sorted((tmp_path / "backup").iterdir())):
        for harm in ("cut", "changed", "gone"):
            copy = tmp_path / f"copy-{n}-{harm}"
            shutil.copytree(tmp_path / "backup", copy)
            raw = bytearray((copy / name).read_bytes())
            if harm == "gone":
                (copy / name).unlink()
            elif harm == "cut":
                (copy / name).write_bytes(raw[:-20])
            else:
                raw[len(raw) // 2] ^= 1
                (copy / name).write_bytes(raw)
            with pytest.raises(BackupRefused, match=r"damaged|not whole|not a backup"):
                restore_backup(copy, replace=True)
    assert (make.count_rows(), digests(media)) == (rows, kept)


def test_a_dump_that_cannot_be_loaded_leaves_the_database_as_it_was(media: Path, tmp_path: Path) -> None:
    """Its digests are right: it was made of an unreadable dump."""
    Organisation.objects.create(name="Déjà là", slug="deja-la")
    make_backup(tmp_path / "backup")
    told = manifest.read(tmp_path / "backup")
    whole = (tmp_path / "backup" / "database.dump").read_bytes()
    for cut in (len(whole) // 2, len(whole) - 40, 5):
        bad = tmp_path / f"bad-{cut}"
        shutil.copytree(tmp_path / "backup", bad)
        (bad / "database.dump").unlink()
        (bad / "manifest.json").unlink()
        part = parts.write_part(bad / "database.dump", lambda stream, cut=cut: stream.write(whole[:cut]), to="")
        others = [p for p in told.parts if p.name != "database.dump"]
        manifest.write(bad, manifest.Manifest(**{**told.__dict__, "parts": [part, *others]}))
        with pytest.raises(BackupRefused, match="as it was"):
            restore_backup(bad, replace=True)
        assert Organisation.objects.filter(slug="deja-la").exists()


def test_an_encrypted_backup_opens_with_its_key_alone(
    media: Path, tmp_path: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_backup(tmp_path / "backup")
    assert key.stat().st_mode & 0o077 == 0
    sealed = (tmp_path / "backup" / "files.json.age").read_bytes()
    opened = pyrage.decrypt(sealed, [parts.identity()])
    assert opened == b"{}"
    with pytest.raises(BackupRefused, match="never overwritten"):
        parts.new_key(key)
    parts.new_key(tmp_path / "other")
    monkeypatch.setenv("BACKUP_KEY_FILE", str(tmp_path / "other"))
    with pytest.raises(BackupRefused, match="not the key"):
        restore_backup(tmp_path / "backup", replace=True)
    monkeypatch.delenv("BACKUP_KEY_FILE")
    with pytest.raises(BackupRefused, match="encrypted"):
        restore_backup(tmp_path / "backup", replace=True)


def test_files_deleted_while_they_are_copied_belong_to_no_later_moment(
    media: Path, tmp_path: Path, monkeypatch
) -> None:
    """Between the snapshot and the copy a download ends and another comes: the backup is of a moment after both."""
    built = world.build()
    first = built.ours.has.download
    copy = files.copy

    def late(named, copied, tar):  # the person gives up on it just then
        if Download.objects.filter(pk=first.pk).exists():
            thread = threading.Thread(target=_replace, args=(first.pk,))
            thread.start()
            thread.join()
        return copy(named, copied, tar)

    monkeypatch.setattr(files, "copy", late)
    told = make_backup(tmp_path / "backup")
    assert told.missing == []
    with parts.opened(tmp_path / "backup", told.part("files.json")) as stream:
        listed = files.read_index(stream)
    assert first.file.name not in listed
    assert any("nouveau" in name for name in listed)


def _replace(pk: int) -> None:
    gone, now = Download.objects.get(pk=pk), timezone.now()
    name, account = gone.file.name, gone.account
    gone.delete()
    default_storage.delete(name)
    Download.objects.create(
        account=account, maker="x:y", title="Nouveau", filename="nouveau.csv", content_type="text/csv",
        file=ContentFile(b"nouveau", name="nouveau.csv"), state="ready",
        asked_at=now, touched_at=now, finished_at=now, expires_at=now,
    )  # fmt: skip
    connection.close()


def test_a_file_that_was_missing_already_is_said_and_the_rest_is_kept(media: Path, tmp_path: Path) -> None:
    built = world.build()
    (media / built.ours.has.download.file.name).unlink()
    err = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("backup", str(tmp_path / "backup"), stdout=StringIO(), stderr=err)
    assert ended.value.code == 2
    assert built.ours.has.download.file.name in err.getvalue()
    assert manifest.read(tmp_path / "backup").missing == [built.ours.has.download.file.name]


def test_a_disk_too_small_is_refused_early(media: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_backup(tmp_path / "backup")
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=1_000_000))
    with pytest.raises(BackupRefused, match=r"has 0 MB left"):
        make_backup(tmp_path / "second")
    with pytest.raises(BackupRefused, match=r"has 0 MB left"):
        restore_backup(tmp_path / "backup", replace=True)
    assert [path.name for path in tmp_path.iterdir() if "second" in path.name] == []


def test_a_backup_of_a_newer_version_is_refused(media: Path, tmp_path: Path) -> None:
    """By its migrations, or by what its manifest tells; before its parts are read, and in both languages."""
    Organisation.objects.create(name="Déjà là", slug="deja-la")
    make_backup(tmp_path / "backup")
    told = json.loads((tmp_path / "backup" / manifest.NAME).read_text())
    (tmp_path / "backup" / "database.dump").unlink()
    for newer, named in (
        ({"migrations": [*told["migrations"], ["market", "9999_of_tomorrow"]]}, "9999_of_tomorrow"),
        ({"format": manifest.FORMAT + 1, "maillage": "9.0"}, "9.0"),
        ({"of_tomorrow": True, "maillage": "9.0"}, "9.0"),
    ):
        content = {k: v for k, v in told.items() if k != "seal"} | newer
        (tmp_path / "backup" / manifest.NAME).write_text(json.dumps(content | {"seal": manifest._seal(content)}))
        with pytest.raises(BackupRefused, match="version plus récente") as refused:
            restore_backup(tmp_path / "backup", replace=True)
        assert named in str(refused.value)
        assert "newer version of Maillage" in str(refused.value)
    assert Organisation.objects.filter(slug="deja-la").exists()


# --- older releases --------------------------------------------------------------------------------


@pytest.mark.parametrize("release", sorted((Path(__file__).parent / "kept").glob("*.tar.xz")), ids=lambda p: p.stem)
def test_a_backup_of_an_older_release_comes_back_into_this_one(
    release: Path, elsewhere: None, settings, tmp_path: Path, client: Client
) -> None:
    """Made by that release's own `bin/backup` (tests/kept/make.py); by `bin/restore`, then used: jobs, pages."""
    with tarfile.open(release) as tar:
        tar.extractall(tmp_path, filter="data")
    (folder,) = tmp_path.glob("market-*")
    told = manifest.read(folder)
    with parts.opened(folder, told.part("files.json")) as stream:
        wanted = {name: read.sha256 for name, read in files.read_index(stream).items()}
    with tarfile.open(folder / "files.tar") as tar:  # on the same machine, one of the files is still there
        tar.extract(tar.getnames()[0], settings.MEDIA_ROOT, filter="data")
    given = connection.settings_dict
    env = os.environ | {
        "DATABASE_URL": f"postgres://{given['USER']}@/{given['NAME']}?host={given['HOST']}",
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "EMAIL_URL": f"file:{tmp_path}/mail",
    }
    done = _said([settings.BASE_DIR / "bin" / "restore", folder], env)
    assert "all hold" in done

    newest = set(MigrationLoader(connection).graph.leaf_nodes())
    assert newest - {tuple(known) for known in told.migrations}, "it is as new as this release: keep an older one"
    assert newest <= set(MigrationRecorder(connection).applied_migrations())
    ours = ("django_", "auth_", "core_", "procrastinate_", "pghistory_")
    now = make.count_rows()
    kept = {table: many for table, many in told.rows.items() if not table.startswith(ours)}
    gone = {table: kept.pop(table) for table in set(kept) - set(now)}  # events, which are changes in the one log
    assert {table: now.get(table) for table in kept} == kept
    then = datetime.fromisoformat(told.moment)  # what a migration changed since is noted too
    noted = Counter(Change.objects.filter(at__lt=then).values_list("table", flat=True))
    assert {table: noted[table.removesuffix("event")] for table in gone} == gone
    assert sum(kept.values()) > 400
    assert digests(Path(settings.MEDIA_ROOT)) == wanted
    assert len(wanted) > 8
    assert set(StoredFile.objects.values_list("name", "sha256")) == set(wanted.items())
    assert not Document.objects.filter(temperature="frozen", state="ready").exists()  # it never had a file
    failed = Document.objects.filter(temperature="frozen", state="failed")
    assert failed.exists() is ("0018" in release.stem)  # later ones could not have it without a reason
    assert not failed.filter(problem="").exists()

    waiting = ProcrastinateJob.objects.filter(status="todo", pk__lte=1000).values_list("pk", flat=True)
    of_before = list(waiting)
    assert len(of_before) >= 6
    worker = subprocess.Popen([sys.executable, "manage.py", "work"], cwd=settings.BASE_DIR, env=env)
    try:
        left = ProcrastinateJob.objects.filter(status__in=("todo", "doing"), pk__in=of_before)
        until = time.monotonic() + 60
        while left.exists() and time.monotonic() < until:
            time.sleep(0.1)
        assert not left.exists()
    finally:
        worker.terminate()
        worker.wait(30)
    assert not ProcrastinateJob.objects.filter(status="failed").exists()
    call_command("check_books", stdout=StringIO())

    director = Person.objects.filter(roles__organisation__slug="ours", roles__kind="director").first()
    client.force_login(director.account)
    market = Market.objects.get(organisation__slug="ours")
    for page in ("/", f"/marches/{market.slug}/", f"/marches/{market.slug}/gestion/"):
        assert client.get(page, follow=True).status_code == 200, page


def _said(command: list[str | Path], env: dict[str, str]) -> str:
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_server_newer_than_the_tools_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BackupRefused, match="postgresql-client-99"):
        tools.at_least(99)
    assert tools.major(tools.at_least(16)) >= 16


def test_what_does_not_hold_is_told_in_sentences(media: Path) -> None:
    """Stock, places, crates, payments, statements and files, each broken as a bad restore could."""
    built = world.build()
    assert entrusted.row_faults() == entrusted.file_faults() == {}
    offer = Offer.objects.filter(sold__gt=0).first()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE market_offer SET sold = sold - 1 WHERE id = %s", [offer.pk])
        cursor.execute("UPDATE market_slot SET taken = taken + 1 WHERE places IS NULL OR taken < places")
        cursor.execute("UPDATE market_slotcapacity SET taken = taken + 0.1 WHERE taken + 0.1 <= crates")
        cursor.execute("UPDATE market_order SET goods = goods + 1, producers = producers + 1, total = total + 1")
        cursor.execute("UPDATE payments_payment SET amount = amount + 1")
        cursor.execute("SET session_replication_role = origin")
    Document.objects.update(sha256="0" * 64)
    (media / built.ours.has.download.file.name).unlink()
    assert SlotCapacity.objects.exists()
    with pytest.raises(CommandError) as said:
        call_command("check_books")
    for words in (
        "1 offers whose stock", "places taken", "crates taken", "sum of their lines", "what the ledger charges",
        "payments that are not", "files that are not what their rows say", built.ours.has.download.file.name,
    ):  # fmt: skip
        assert words in str(said.value)
