"""What was entrusted to this installation, read again from its tables and its storage alone.

Each context says what must hold of its own rows, and which files they name; `site/wiring.py` registers both:

    entrusted.register(faults=market.books_faults, files=market.kept_files)

`manage.py check_books` reads all of it; a backup copies the files, and a restore ends with the check.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from django.apps import apps
from django.core.files.storage import default_storage
from django.db import models

from .models import StoredFile

type Faults = dict[str, int]
"""How many rows break each rule, by what is wrong with them; rules that hold are not there."""

BLOCK = 1 << 20
SHOWN = 10


@dataclass(frozen=True)
class KeptFile:
    """A file that a row names, with its size (bytes) and SHA-256 (hexadecimal) where the row knows them."""

    name: str
    size: int | None = None
    sha256: str = ""


@dataclass(frozen=True)
class Read:
    """What was read of a file: its size in bytes, its SHA-256 in hexadecimal."""

    size: int
    sha256: str

    def is_as(self, said: KeptFile) -> bool:
        """Whether it is the file that a row tells of."""
        return said.size in (None, self.size) and said.sha256 in ("", self.sha256)


_faults: list[Callable[[], Faults]] = []
_files: list[Callable[[], Iterable[KeptFile]]] = []


def register(
    *, faults: Callable[[], Faults] | None = None, files: Callable[[], Iterable[KeptFile]] | None = None
) -> None:
    """A context's check of its rows, and the files that its rows name elsewhere than in a FileField."""
    if faults and faults not in _faults:
        _faults.append(faults)
    if files and files not in _files:
        _files.append(files)


def row_faults() -> Faults:
    """What is wrong in the rows of every context; empty when all hold."""
    return {said: many for check in _faults for said, many in check().items() if many}


def kept_files() -> dict[str, KeptFile]:
    """Every file that a row names, by its name: all FileFields, what contexts registered, what `core.files` kept.

    The log of changes may name files that are gone: it is not read.
    """
    found: dict[str, KeptFile] = {}
    for source in (_of_fields, *_files, _noted):
        for kept in source():
            known = found.setdefault(kept.name, kept)
            if known.size is None and kept.size is not None:
                known = replace(known, size=kept.size)
            found[kept.name] = replace(known, sha256=known.sha256 or kept.sha256)
    return found


def file_faults(*, contents: bool = True) -> Faults:
    """Files that rows name and that are missing, or not what their rows say. `contents` also reads each of them."""
    missing, differing = [], []
    for kept in kept_files().values():
        try:
            read = read_file(kept.name) if contents else Read(default_storage.size(kept.name), kept.sha256)
        except FileNotFoundError:
            missing.append(kept.name)
        else:
            if not read.is_as(kept):
                differing.append(kept.name)
    found = {
        f"files that rows name and that are not there: {_named(missing)}": len(missing),
        f"files that are not what their rows say (size, digest): {_named(differing)}": len(differing),
    }
    return {said: many for said, many in found.items() if many}


def blocks_of(name: str) -> Iterator[bytes]:
    """The bytes of a stored file, a megabyte at a time. Raises FileNotFoundError."""
    with default_storage.open(name) as file:
        while block := file.read(BLOCK):
            yield block


def read_file(name: str) -> Read:
    """The size and the digest of a stored file. Raises FileNotFoundError."""
    size, digest = 0, hashlib.sha256()
    for block in blocks_of(name):
        size += len(block)
        digest.update(block)
    return Read(size, digest.hexdigest())


def _noted() -> Iterator[KeptFile]:
    rows = StoredFile.objects.order_by("pk").values_list("name", "size", "sha256")
    return (KeptFile(*row) for row in rows.iterator(chunk_size=2000))


def _of_fields() -> Iterator[KeptFile]:
    for model in apps.get_models():
        if model._meta.proxy or not model._meta.managed:
            continue
        names = {field.name for field in model._meta.local_concrete_fields}
        for field in model._meta.local_concrete_fields:
            if isinstance(field, models.FileField):
                yield from _of_field(model, field.name, names)


def _of_field(model: type[models.Model], field: str, names: set[str]) -> Iterator[KeptFile]:
    """Sizes and digests stand beside the field: `<field>_size` and `<field>_sha256`, or `size` and `sha256`."""
    size, sha256 = (next((n for n in (f"{field}_{w}", w) if n in names), None) for w in ("size", "sha256"))
    columns = [field, *(name for name in (size, sha256) if name)]
    for row in model._base_manager.exclude(**{field: ""}).order_by("pk").values(*columns).iterator(chunk_size=2000):
        if row[field]:
            yield KeptFile(row[field], (row[size] or None) if size else None, (row[sha256] or "") if sha256 else "")


def _named(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(sorted(names)[:SHOWN]) + more
