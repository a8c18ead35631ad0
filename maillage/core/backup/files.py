"""The files of a backup: those that the rows of one moment name, copied to a tar stream, and brought back."""

import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import IO, Any, cast

from django.core.files.base import File
from django.core.files.storage import default_storage

from ..entrusted import BLOCK, KeptFile, Read, blocks_of
from . import BackupRefused

IN_MEMORY = 8_000_000


@dataclass
class Copied:
    """What was copied so far, by name, and which could not be: `missing`, or `differing` from what their row says."""

    files: dict[str, Read] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    differing: set[str] = field(default_factory=set)

    def lacks(self, kept: KeptFile) -> bool:
        found = self.files.get(kept.name)
        return found is None or not found.is_as(kept)


def copy(named: dict[str, KeptFile], copied: Copied, tar: tarfile.TarFile) -> bool:
    """Copy the files that are named and not copied yet; whether all that can ever be copied is.

    Called again with the names of a later moment until it is: a file that was deleted while it was to be copied is
    either named no more then, or truly missing.
    """
    before = copied.missing | copied.differing
    copied.missing, copied.differing = set(), set()
    for kept in named.values():
        if not copied.lacks(kept):
            continue
        try:
            copied.files[kept.name] = _add(tar, kept.name)
        except FileNotFoundError:
            copied.missing.add(kept.name)
        else:
            if copied.lacks(kept):
                copied.differing.add(kept.name)
    return copied.missing | copied.differing <= before


def _add(tar: tarfile.TarFile, name: str) -> Read:
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as whole:
        digest = hashlib.sha256()
        for block in blocks_of(name):
            whole.write(block)
            digest.update(block)
        entry = tarfile.TarInfo(name)
        entry.size = whole.tell()
        whole.seek(0)
        tar.addfile(entry, cast("IO[bytes]", whole))
    return Read(entry.size, digest.hexdigest())


def index(named: dict[str, KeptFile], copied: Copied) -> bytes:
    """The list of the files of the moment: JSON of name → size and digest, as they were read."""
    chosen = {name: asdict(copied.files[name]) for name in sorted(named) if name in copied.files}
    return json.dumps(chosen, ensure_ascii=False, indent=0).encode()


def read_index(stream: IO[bytes]) -> dict[str, Read]:
    """The same list, read again."""
    return {name: Read(**what) for name, what in json.loads(stream.read()).items()}


def bring_back(stream: IO[bytes], wanted: dict[str, Read]) -> int:
    """Keep the files of the list that the storage does not hold yet; how many were written.

    Raises BackupRefused when one is lacking.
    """
    left, count = dict(wanted), 0
    for name, content in _members(stream):
        said = left.get(name)
        if said is None or Read(len(content), hashlib.sha256(content).hexdigest()) != said:
            continue  # not of the moment: copied before a later one was taken
        del left[name]
        if not _holds(name, said):
            _keep(name, content)
            count += 1
    if left:
        raise BackupRefused(f"The backup lacks {len(left)} of its files, the first of them {min(left)}.")
    return count


def _members(stream: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=stream, mode="r|") as tar:
        for entry in tar:
            file = tar.extractfile(entry)
            if file is not None:
                yield entry.name, file.read()
    while stream.read(BLOCK):  # the padding after the last file
        pass


def _holds(name: str, said: Read) -> bool:
    """Whether the storage has that file already, whole."""
    digest = hashlib.sha256()
    try:
        if default_storage.size(name) != said.size:
            return False
        for block in blocks_of(name):
            digest.update(block)
    except FileNotFoundError:
        return False
    return digest.hexdigest() == said.sha256


def _keep(name: str, content: bytes) -> None:
    storage = cast("Any", default_storage)
    if hasattr(storage, "replace"):
        storage.replace(name, content)
        return
    if storage.exists(name):
        storage.delete(name)
    kept = storage.save(name, File(io.BytesIO(content), name))
    if kept != name:
        raise BackupRefused(f"The storage kept {name} as {kept}: restore into a storage that nobody else writes to.")
