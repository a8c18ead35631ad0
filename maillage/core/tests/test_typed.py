"""What is typed is read within bounds; files are judged before they cost."""

import io
import struct
import threading
import time
import zipfile
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms import CharField, Form
from django.test import RequestFactory

from maillage.core import fields, uploads
from maillage.core.sheets import Unreadable, read_table
from maillage.core.typed import day_of, next_path, search_text, search_words


def test_a_search_is_eight_words_of_bounded_length() -> None:
    assert search_words("0.0.0." * 600) == ["0.0.0." * 16 + "0.0."]
    assert len(search_words("a " * 2000)) == 8
    assert search_words("ail\x00 \x1b des  bois\ud800") == ["ail", "des", "bois"]
    assert search_text("  Ferme   du\nlac ") == "Ferme du lac"
    assert search_words(None) == []


@pytest.mark.parametrize("text", ["0001-01-01", "9999-12-31", "2026-02-30", "20260101", "2026-W01-1", "x", "", None])
def test_a_day_that_nothing_can_be_added_to_is_none(text: str | None) -> None:
    assert day_of(text) is None


def test_a_day_is_read() -> None:
    assert day_of(" 2026-11-30 ") == date(2026, 11, 30)


@pytest.mark.parametrize("asked", ["abc", "#", "//ailleurs.test", "http://ailleurs.test/", "/\\ailleurs.test", "?a=1"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_next_is_a_page_of_ours_or_the_default(asked: str, method: str) -> None:
    request = getattr(RequestFactory(), method)("/", {"next": asked})
    assert next_path(request, "/ici/") == "/ici/"


@pytest.mark.parametrize("asked", ["/marches/?q=a", "http://testserver/panier/"])
def test_next_within_the_site_is_followed(asked: str) -> None:
    assert next_path(RequestFactory().post("/", {"next": asked}), "/ici/") == asked


@pytest.mark.parametrize("text", ["sNaN", "nan", "inf", "1e400", "9" * 41, "1" + "0" * 30])
def test_number_that_no_column_holds_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        fields.DecimalField().clean(text)
    assert fields.DecimalField().clean("12.5") == Decimal("12.5")


def test_whole_numbers_and_days_of_forms_are_bounded() -> None:
    for field, text in (
        (fields.IntegerField(), "30001"),
        (fields.DateField(), "9999-12-31"),
        (fields.DateTimeField(), "0001-01-01 00:00"),
        (fields.LongText(), "é" * 8001),
    ):
        with pytest.raises(ValidationError):
            field.clean(text)
    assert fields.DateField().clean("2026-11-30") == date(2026, 11, 30)


class Row(Form):
    name = CharField(max_length=10)


def test_a_set_of_forms_has_no_more_rows_than_it_may() -> None:
    rows = fields.formset(Row, most=5)({"form-TOTAL_FORMS": "1000", "form-INITIAL_FORMS": "0"})
    assert len(rows.forms) == 5
    assert not rows.is_valid()


# --- files ------------------------------------------------------------------------------------------------------------


def archive(parts: int, size: int) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
        for n in range(parts):
            made.writestr(f"{n}.xml", b" " * size)
    return held.getvalue()


def png(width: int, height: int) -> bytes:
    head = b"IHDR" + struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head)) + b"\0\0\0\1IDAT"


def clean(kinds: uploads.Kinds, raw: bytes, name: str = "x") -> object:
    return uploads.FileField(kinds=kinds).clean(SimpleUploadedFile(name, raw))


@pytest.mark.parametrize(
    ("kinds", "raw", "said"),
    [
        (uploads.PDF, b"PK\x03\x04", "un PDF"),
        (uploads.PDF, b"pas un document", "un PDF"),
        (uploads.PICTURE, b"%PDF-1.7", "une photo"),
        (uploads.PICTURE, png(10_000, 10_000), "trop de pixels"),
        (uploads.PICTURE, b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "pas une image lisible"),
        (uploads.TABLE, b"PK\x03\x04" + b"\0" * 100, "abîmé"),
        (uploads.TABLE, archive(2_001, 1), "se déplie"),
        (uploads.TABLE, b"MZ\x90", "un tableur"),
        (uploads.BANK, archive(1, 1), "format CSV"),
        (uploads.DOCUMENT, b"\x7fELF\2", "un PDF, une image"),
    ],
    ids=range(10),
)
def test_a_file_that_is_not_what_is_asked_ends_in_a_sentence(kinds: uploads.Kinds, raw: bytes, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        clean(kinds, raw)


def test_a_bomb_is_refused_by_its_directory() -> None:
    bomb = archive(1, uploads.MAX_UNPACKED + 1)
    assert len(bomb) < uploads.MEGABYTE
    with pytest.raises(ValidationError, match="se déplie"):
        clean(uploads.TABLE, bomb)
    with pytest.raises(Unreadable, match="se déplie"):
        read_table(io.BytesIO(bomb))


def test_a_directory_too_large_to_read_is_not_read() -> None:
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65_535, 65_535, uploads.MAX_DIRECTORY + 1, 0, 0)
    with pytest.raises(uploads.BadFile, match="trop de parties"):
        uploads.check_archive(io.BytesIO(b"PK\x03\x04" + b"\0" * 50 + end))


def test_good_files_pass_and_are_left_at_their_beginning() -> None:
    for kinds, raw in (
        (uploads.PDF, b"%PDF-1.7 a"), (uploads.PICTURE, png(10, 10)), (uploads.TABLE, archive(3, 10)),
        (uploads.TABLE, "a;é".encode("latin-1")), (uploads.BANK, "a,b".encode("utf-16")),
    ):  # fmt: skip
        assert clean(kinds, raw).read() == raw  # type: ignore[attr-defined]


def test_size_is_said_before_anything_is_read() -> None:
    with pytest.raises(uploads.BadFile, match="5 Mo"):
        uploads.check(io.BytesIO(b"a"), 5_000_001, uploads.BANK)


@pytest.mark.race
def test_half_of_the_threads_at_most_wait_for_a_file(settings: Any) -> None:
    """The others are told at once, so that a process always has threads to answer pages with."""
    held, over = threading.Event(), threading.Event()

    def first() -> None:
        with uploads.one_at_a_time():
            held.set()
            over.wait(10)

    def other() -> float:
        begun = time.monotonic()
        try:
            with uploads.one_at_a_time():
                return -1.0
        except uploads.Busy:
            over.set()
            return time.monotonic() - begun

    with ThreadPoolExecutor(6) as pool:
        reading = pool.submit(first)
        assert held.wait(10)
        told = [f.result() for f in [pool.submit(other) for _n in range(5)]]
        reading.result()
    assert settings.UPLOADS_AT_ONCE == 2
    refused = [wait for wait in told if wait >= 0]
    assert len(told) - len(refused) >= 1  # one waited for its turn, and had it
    assert refused
    assert max(refused) < 5  # not after the twenty seconds of a turn


def test_one_file_is_decoded_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "WAIT", 0.05)
    with uploads.one_at_a_time(), pytest.raises(uploads.Busy), uploads.one_at_a_time():
        pass
    with uploads.one_at_a_time():
        pass
