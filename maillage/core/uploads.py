"""Files that people send: known by their content, refused before they cost anything.

    file = uploads.FileField(label=_("Procès-verbal (PDF)"), kinds=uploads.PDF)

The name and the type that a browser gives say nothing. An archive (XLSX, ODS, DOCX) is judged by its directory, a
picture by its header: neither is unpacked to know how large it would be. `one_at_a_time` is held by what unpacks.
"""

import struct
import threading
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any, NamedTuple

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image

from .actions import Refused

MEGABYTE = 1_000_000
MAX_PIXELS = 50_000_000
MAX_UNPACKED = 300 * MEGABYTE
MAX_ENTRIES = 2_000
MAX_DIRECTORY = 1 * MEGABYTE
"""Bytes of an archive's directory: read before the directory is, for each entry costs."""
WAIT = 20  # seconds that a file waits for its turn
_HEAD = 65_536
_END = struct.Struct("<4s4H2LH")
_END_MARK = b"PK\x05\x06"


class BadFile(Refused):
    """Not the kind of file that is asked for, or one that would cost too much to open."""


class Busy(Refused):
    """Others are being read; nothing was kept."""


class Kinds(NamedTuple):
    """What a field takes: kinds by content, bytes at most, what a person is told of it, file names to propose."""

    takes: tuple[str, ...]
    most: int
    said: Any
    accept: str = ""


PICTURE = Kinds(
    ("picture",), 12 * MEGABYTE, gettext_lazy("une photo JPEG, PNG ou WebP"), "image/jpeg,image/png,image/webp"
)
TABLE = Kinds(
    ("archive", "old", "text"),
    20 * MEGABYTE,
    gettext_lazy("un tableur XLSX, ODS ou CSV"),
    ".xlsx,.xls,.ods,.csv,.txt",
)
BANK = Kinds(
    ("text",),
    5 * MEGABYTE,
    gettext_lazy("un CSV (dans le site de votre banque, choisissez le format CSV)"),
    ".csv,.txt",
)
PDF = Kinds(("pdf",), 20 * MEGABYTE, gettext_lazy("un PDF"), ".pdf,application/pdf")
DOCUMENT = Kinds(
    ("pdf", "picture", "archive", "old", "text"),
    20 * MEGABYTE,
    gettext_lazy("un PDF, une image, un document ou un tableur"),
)


def kind_of(head: bytes) -> str:
    """What the first bytes of a file are: picture, pdf, archive, old (an Office file of before 2007), text, or ""."""
    if head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return "picture"
    if head.startswith(b"%PDF-"):
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return "archive"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return "old"
    text = head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" not in head
    return "text" if text and not head.startswith((b"MZ", b"\x7fELF", b"PK")) else ""


def check(file: IO[bytes], size: int, kinds: Kinds) -> None:
    """Raises BadFile, with a sentence. The file is left at its beginning."""
    if size > kinds.most:
        raise BadFile(_("Ce fichier dépasse %(most)s Mo.") % {"most": kinds.most // MEGABYTE})
    file.seek(0)
    kind = kind_of(file.read(_HEAD))
    if kind not in kinds.takes:
        raise BadFile(_("Ce fichier n’est pas lisible ici : envoyez %(kinds)s.") % {"kinds": kinds.said})
    more: dict[str, Callable[[IO[bytes]], None]] = {"archive": check_archive, "picture": check_picture}
    file.seek(0)
    if kind in more:
        more[kind](file)
        file.seek(0)


def check_archive(file: IO[bytes]) -> None:
    """Raises BadFile for an archive that is broken, or that would unpack to more than 300 MB or 2,000 files."""
    broken = BadFile(_("Ce fichier est incomplet ou abîmé. Enregistrez-le de nouveau, puis renvoyez-le."))
    if _directory_size(file) > MAX_DIRECTORY:
        raise BadFile(_("Ce fichier contient trop de parties pour être ouvert ici."))
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeError, struct.error) as error:
        raise broken from error
    if len(entries) > MAX_ENTRIES or sum(e.file_size for e in entries) > MAX_UNPACKED:
        raise BadFile(_("Ce fichier se déplie en plus de données qu’il n’en est lu ici. Séparez-le en plusieurs."))


def _directory_size(file: IO[bytes]) -> int:
    """Bytes of the directory, as the end of the archive says; more than is allowed when it says nothing."""
    length = file.seek(0, 2)
    file.seek(max(0, length - 65_557))
    tail = file.read()
    at = tail.rfind(_END_MARK)
    if at < 0 or len(tail) < at + _END.size:
        raise BadFile(_("Ce fichier est incomplet ou abîmé. Enregistrez-le de nouveau, puis renvoyez-le."))
    return int(_END.unpack_from(tail, at)[5])


def check_picture(file: IO[bytes]) -> None:
    """Raises BadFile for what is no picture, or one of more than 50 million pixels: its header says so."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            width, height = Image.open(file, formats=["JPEG", "PNG", "WEBP"]).size
    except (OSError, SyntaxError, ValueError, struct.error, Image.DecompressionBombError) as error:
        raise BadFile(_("Ce fichier n’est pas une image lisible. Envoyez une photo JPEG, PNG ou WebP.")) from error
    if width * height > MAX_PIXELS:
        raise BadFile(_("L’image a trop de pixels (50 millions au plus)."))


_turn = threading.Lock()
_room = threading.BoundedSemaphore(settings.UPLOADS_AT_ONCE)


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Held while a picture is decoded or a workbook read: one in a process. Half of its threads at most read or wait
    (`settings.UPLOADS_AT_ONCE`): the others go on answering pages.

    Raises Busy: at once when there is no room to wait, else after 20 s.
    """
    busy = Busy(
        _("D’autres fichiers sont en cours de lecture. Rien n’a été changé ; renvoyez le vôtre dans un instant.")
    )
    if not _room.acquire(blocking=False):
        raise busy
    try:
        if not _turn.acquire(timeout=WAIT):
            raise busy
        try:
            yield
        finally:
            _turn.release()
    finally:
        _room.release()


def said_of(kinds: Kinds) -> str:
    """What a field says of what it takes."""
    return _("%(kinds)s, %(most)s Mo au plus.") % {"kinds": _capital(str(kinds.said)), "most": kinds.most // MEGABYTE}


_said_later = lazy(said_of, str)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


class FileField(forms.FileField):
    """A file of these kinds; every other, and every bomb, ends in a sentence at the field."""

    def __init__(self, *, kinds: Kinds, **kwargs: Any) -> None:
        self.kinds = kinds
        super().__init__(max_length=200, **{"help_text": _said_later(kinds), **kwargs})
        if kinds.accept:
            self.widget.attrs.setdefault("accept", kinds.accept)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Raises ValidationError."""
        file = super().clean(data, initial)
        if file and file is not initial:
            try:
                check(file, file.size, self.kinds)
            except BadFile as error:
                raise ValidationError(str(error), code="kind") from error
        return file
