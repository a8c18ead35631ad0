"""Files kept whole: written under another name, flushed to the disk, read back, renamed; their size and digest noted.

`WholeFiles` is the default storage, so every field and `default_storage.save` does it. What reads a file that was kept
asks `read` or `answer`, which raise NotWhole when it is missing or is not what was written.
"""

import errno
import hashlib
import logging
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Any, cast
from uuid import uuid4

from django.conf import settings
from django.core.cache import cache
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import transaction
from django.db.models.functions import Now
from django.http import FileResponse
from django.utils.translation import gettext as _

from maillage.core.text import Sorting

from .actions import Refused
from .models import StoredFile

log = logging.getLogger(__name__)
PART = ".part-"
CHUNK = 1 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT)


class DiskFull(Refused):
    """There is no room (or hardly any) left where files are kept. Nothing was written."""


class NotWhole(Refused):
    """A file that was kept is missing, or is not what was written."""


class WholeFiles(FileSystemStorage):
    """Django's storage on a disk; a name exists only once its bytes do."""

    def _save(self, name: str, content: File[Any]) -> str:
        return self._keep(name, content, replace=False)

    def replace(self, name: str, content: bytes) -> None:
        """The bytes under that very name, in place of what it held."""
        self._keep(name, ContentFile(content), replace=True)

    def delete(self, name: str) -> None:
        """The row now, the file once the transaction stands."""
        StoredFile.objects.filter(name=name).delete()
        transaction.on_commit(lambda: super(WholeFiles, self).delete(name))

    def free(self) -> int:
        """Bytes left for files."""
        folder = Path(self.location)
        while not folder.exists():
            folder = folder.parent
        return shutil.disk_usage(folder).free

    def _keep(self, name: str, content: File[Any], *, replace: bool) -> str:
        self._room_for(content)
        target = Path(self.path(name))
        part = target.with_name(f"{PART}{uuid4().hex}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            size, digest = _write(part, content)
            if _digest_of(part) != (size, digest):
                raise DiskFull(_("Le fichier n’a pas pu être écrit en entier. Rien n’a été gardé."))
            name = self._name_it(part, name, replace=replace)
        except OSError as failure:
            if failure.errno in _FULL:
                raise no_room() from failure
            raise
        finally:
            part.unlink(missing_ok=True)
        _sync_folder(Path(self.path(name)).parent)
        noted(name, size, digest)
        return name

    def _name_it(self, part: Path, name: str, *, replace: bool) -> str:
        if self.file_permissions_mode is not None:
            part.chmod(self.file_permissions_mode)
        if replace:
            part.replace(self.path(name))
            return name
        while True:
            try:
                os.link(part, self.path(name))
            except FileExistsError:
                name = self.get_available_name(name)
            else:
                return str(name).replace("\\", "/")

    def _room_for(self, content: File[Any]) -> None:
        size = content.size if hasattr(content, "size") else 0
        if self.free() - (size or 0) < settings.MEDIA_MIN_FREE:
            raise no_room()


def no_room() -> DiskFull:
    """The refusal, with what to do."""
    return DiskFull(_("Il n’y a plus assez de place sur le serveur. Rien n’a été gardé ; réessayez plus tard."))


def _write(part: Path, content: File[Any]) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    with part.open("xb") as file:
        for chunk in content.chunks():
            raw = chunk if isinstance(chunk, bytes) else chunk.encode()
            file.write(raw)
            digest.update(raw)
            size += len(raw)
        file.flush()
        os.fsync(file.fileno())
    return size, digest.hexdigest()


def _digest_of(path: Path) -> tuple[int, str]:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
        return file.tell(), digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def noted(name: str, size: int, digest: str) -> None:
    """Note what a name holds; the row is written once the file is there."""
    StoredFile.objects.update_or_create(name=name, defaults={"size": size, "sha256": digest, "stored_at": Now()})


# --- keeping and reading ------------------------------------------------------------------------


def keep(name: str, content: bytes) -> tuple[int, str]:
    """These bytes under that very name, whatever it held before; size and SHA-256. Raises DiskFull.

    A file that is there already and whole is not written again.
    """
    size, digest = len(content), hashlib.sha256(content).hexdigest()
    known = StoredFile.objects.filter(name=name, size=size, sha256=digest).exists()
    if known and not _problem(name, size, digest):
        return size, digest
    storage = cast("Any", default_storage)
    if hasattr(storage, "replace"):
        storage.replace(name, content)
    else:
        storage.save(name, ContentFile(content))
    return size, digest


def is_whole(name: str) -> bool:
    """Whether a file was kept under that name and still has its size."""
    size = StoredFile.objects.filter(name=name).values_list("size", flat=True).first()
    return size is not None and not _problem(name, size, "")


def read(name: str) -> bytes:
    """The bytes that were kept. Raises NotWhole."""
    try:
        with default_storage.open(name) as file:
            content: bytes = file.read()
    except FileNotFoundError:
        raise _not_whole(name, "missing") from None
    kept = StoredFile.objects.filter(name=name).first()
    if kept is not None and (len(content), hashlib.sha256(content).hexdigest()) != (kept.size, kept.sha256):
        raise _not_whole(name, "differs")
    return content


def answer(name: str, *, filename: str, content_type: str, as_attachment: bool = True) -> FileResponse:
    """The file as a private answer, read back and compared first. Raises NotWhole."""
    kept = StoredFile.objects.filter(name=name).first()
    if not name or (problem := _problem(name, kept.size if kept else None, kept.sha256 if kept else "")):
        raise _not_whole(name, problem if name else "missing")
    response = FileResponse(
        default_storage.open(name), as_attachment=as_attachment, filename=filename, content_type=content_type
    )
    response["Cache-Control"] = "private, no-cache"
    return response


def _not_whole(name: str, problem: str) -> NotWhole:
    log.error("file %s: %s", name, problem)
    return NotWhole(_("Ce fichier n’est plus sur le serveur, ou n’y est plus entier."))


def _problem(name: str, size: int | None, digest: str) -> str:
    """ "missing", "differs", or "" for a file that is what was written. Without a size, that it is there is enough."""
    try:
        if size is None:
            return "" if default_storage.exists(name) else "missing"
        if default_storage.size(name) != size:
            return "differs"
        if digest:
            with default_storage.open(name) as file:
                return "" if _digest_in(file) == digest else "differs"
    except FileNotFoundError:
        return "missing"
    return ""


def _digest_in(file: IO[Any]) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


# --- looking after them --------------------------------------------------------------------------


def problems(*, deep: bool) -> Iterator[tuple[str, str]]:
    """Kept files that are not what was written, as (name, "missing" or "differs"). `deep` reads each one."""
    rows = StoredFile.objects.order_by(Sorting("name")).values_list("name", "size", "sha256")
    for name, size, digest in rows.iterator():
        if problem := _problem(name, size, digest if deep else ""):
            yield name, problem


_LOOKED = "files:looked"
_SHOWN = 50


def look(*, now: datetime) -> int:
    """Look at the size of every kept file, and keep what was found for administrators; how many are wrong."""
    found = list(problems(deep=False))
    for name, problem in found:
        log.error("file %s: %s", name, problem)
    cache.set(_LOOKED, (now, len(found), found[:_SHOWN]), timeout=None)
    return len(found)


def looked() -> tuple[datetime | None, int, list[tuple[str, str]]]:
    """When files were last looked at (None: not since the database started), how many were wrong, the first of them."""
    found: tuple[datetime | None, int, list[tuple[str, str]]] = cache.get(_LOOKED) or (None, 0, [])
    return found


def free_space() -> int | None:
    """Bytes left where files are kept; None for a storage that has no disk."""
    free = getattr(default_storage, "free", None)
    return int(free()) if free is not None else None


def nearly_full() -> bool:
    """Whether administrators should make room: less than four times what is kept free is left."""
    free = free_space()
    return free is not None and free < 4 * settings.MEDIA_MIN_FREE


def adopt(names: Iterable[str]) -> int:
    """Note size and digest of files that were kept before this was done, each once; how many."""
    known = set(StoredFile.objects.values_list("name", flat=True))
    count = 0
    for name in names:
        if name and name not in known and default_storage.exists(name):
            with default_storage.open(name) as file:
                digest = _digest_in(file)
            noted(name, default_storage.size(name), digest)
            known.add(name)
            count += 1
    return count


def names_in_rows() -> Iterator[str]:
    """The file that each row of every table of ours names."""
    from django.apps import apps
    from django.db.models import FileField

    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, FileField):
                rows = model._default_manager.exclude(**{field.name: ""}).values_list(field.name, flat=True)
                yield from (str(name) for name in rows.order_by().iterator() if name)
