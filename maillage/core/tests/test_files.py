"""Files are kept whole or not at all; what is read back is what was written."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, transaction
from django.test import RequestFactory

from maillage.core import failures, files
from maillage.core.models import StoredFile

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def names(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_a_saved_file_is_noted_with_its_size_and_digest(folder: Path) -> None:
    name = default_storage.save("a/b.txt", ContentFile(b"bonjour"))
    row = StoredFile.objects.get()
    assert (row.name, row.size) == (name, 7)
    assert row.sha256 == "2cb4b1431b84ec15d35ed83bb927e27e8967d75f4bcd9cc4b25c8d879ae23e18"
    assert names(folder) == ["a/b.txt"]
    assert files.read(name) == b"bonjour"


def test_a_name_that_is_taken_is_not_overwritten() -> None:
    first = default_storage.save("a.txt", ContentFile(b"un"))
    second = default_storage.save("a.txt", ContentFile(b"deux"))
    assert first != second
    assert (files.read(first), files.read(second)) == (b"un", b"deux")


def test_keep_writes_that_very_name_and_mends_what_was_broken(folder: Path) -> None:
    files.keep("documents/x.pdf", b"contenu")
    before = (folder / "documents/x.pdf").stat().st_ino
    files.keep("documents/x.pdf", b"contenu")
    assert (folder / "documents/x.pdf").stat().st_ino == before  # it was whole: not written again
    (folder / "documents/x.pdf").write_bytes(b"")
    files.keep("documents/x.pdf", b"contenu")
    assert files.read("documents/x.pdf") == b"contenu"
    files.keep("documents/x.pdf", b"autre")
    assert files.read("documents/x.pdf") == b"autre"
    assert names(folder) == ["documents/x.pdf"]


@pytest.mark.parametrize("broken", [b"", b"contenX", None])
def test_what_is_missing_or_differs_is_said_and_not_answered(folder: Path, broken: bytes | None) -> None:
    files.keep("x.pdf", b"contenu")
    path = folder / "x.pdf"
    if broken is None:
        path.unlink()
    else:
        path.write_bytes(broken)
    with pytest.raises(files.NotWhole):
        files.read("x.pdf")
    with pytest.raises(files.NotWhole):
        files.answer("x.pdf", filename="x.pdf", content_type="application/pdf")
    assert list(files.problems(deep=True)) == [("x.pdf", "missing" if broken is None else "differs")]


def test_a_look_at_sizes_reads_nothing_and_a_deep_one_does(folder: Path) -> None:
    files.keep("x.pdf", b"contenu")
    (folder / "x.pdf").write_bytes(b"contenX")
    assert list(files.problems(deep=False)) == []
    assert list(files.problems(deep=True)) == [("x.pdf", "differs")]


def test_an_answer_is_private_and_whole() -> None:
    files.keep("x.pdf", b"contenu")
    answer = files.answer("x.pdf", filename="bon.pdf", content_type="application/pdf", as_attachment=False)
    assert b"".join(answer.streaming_content) == b"contenu"
    assert answer["Cache-Control"] == "private, no-cache"
    answer.close()


def test_a_disk_with_hardly_any_room_is_refused_before_writing(settings: Any, folder: Path) -> None:
    settings.MEDIA_MIN_FREE = 1 << 60
    with pytest.raises(files.DiskFull):
        default_storage.save("a.txt", ContentFile(b"un"))
    assert names(folder) == []
    assert not StoredFile.objects.exists()
    assert files.nearly_full()


def test_a_deleted_file_goes_when_its_transaction_stands(folder: Path) -> None:
    files.keep("x.pdf", b"contenu")
    with transaction.atomic():
        default_storage.delete("x.pdf")
        transaction.set_rollback(True)
    assert files.read("x.pdf") == b"contenu"


@pytest.mark.django_db(transaction=True)
def test_a_deleted_file_goes(folder: Path) -> None:
    files.keep("x.pdf", b"contenu")
    default_storage.delete("x.pdf")
    assert names(folder) == []
    assert not StoredFile.objects.exists()


def test_files_of_before_are_adopted_once(folder: Path) -> None:
    (folder / "vieux.txt").write_bytes(b"ancien")
    assert files.adopt(["vieux.txt", "vieux.txt", "absent.txt", ""]) == 1
    assert files.adopt(["vieux.txt"]) == 0
    (folder / "vieux.txt").write_bytes(b"")
    assert list(files.problems(deep=False)) == [("vieux.txt", "differs")]


def test_the_database_refuses_a_row_without_a_digest() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        StoredFile.objects.create(name="x", size=1, sha256="", stored_at="2026-01-01T00:00Z")


def test_failures_with_a_name_have_a_page_that_asks_nothing_of_the_database() -> None:
    request = RequestFactory().get("/x/?a=1")
    failure = failures.failure_of(files.DiskFull("plein"))
    assert failure is not None
    with connection.execute_wrapper(_nothing):
        page = failures.page(request, failure)
    assert page.status_code == 507
    assert "/x/?a=1" in page.content.decode()
    assert page["Retry-After"] == "5"
    assert failures.failure_of(ValueError()) is None


def _nothing(*_args: Any) -> None:
    raise AssertionError("a query")


# --- a disk that is really full ------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """A real file system of two megabytes."""
    place = tmp_path / "petit"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("a file system can be mounted by root alone")
    settings.MEDIA_ROOT, settings.MEDIA_MIN_FREE = place, 0
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_on_a_full_disk_nothing_is_half_written_and_what_was_there_stays(small_disk: Path) -> None:
    files.keep("avant.pdf", b"x" * 100_000)
    with pytest.raises(files.DiskFull):
        files.keep("gros.pdf", os.urandom(3_000_000))
    with pytest.raises(files.DiskFull):
        default_storage.save("avant.pdf", ContentFile(os.urandom(3_000_000)))
    assert names(small_disk) == ["avant.pdf"]
    assert [row.name for row in StoredFile.objects.all()] == ["avant.pdf"]
    assert files.read("avant.pdf") == b"x" * 100_000


def test_room_is_counted_with_what_comes(small_disk: Path, settings: Any) -> None:
    settings.MEDIA_MIN_FREE = 1_500_000
    files.keep("a.pdf", b"x" * 200_000)
    with pytest.raises(files.DiskFull) as refused:
        files.keep("b.pdf", os.urandom(600_000))
    assert not isinstance(refused.value.__cause__, OSError)  # told before the disk had to
