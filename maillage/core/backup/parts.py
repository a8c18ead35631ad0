"""Parts of a backup: written through a pipe, encrypted when there is a key, their sizes and digests noted on the way.

Encryption is age's (https://age-encryption.org/v1), by a public key: who makes backups cannot read them.
"""

import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import pyrage

from . import BackupRefused

BLOCK = 1 << 20


@dataclass(frozen=True)
class Part:
    """A file of the backup (`name`, bytes, SHA-256), and what it holds once decrypted (`plain_…`)."""

    name: str
    size: int
    sha256: str
    plain_size: int
    plain_sha256: str


class _Counting:
    """A stream whose bytes are counted and digested as they pass."""

    def __init__(self, stream: IO[bytes]) -> None:
        self.stream, self.size, self.digest = stream, 0, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        return self._seen(self.stream.read(size))

    def write(self, block: bytes) -> int:
        self._seen(bytes(block))
        self.stream.write(block)
        return len(block)

    def flush(self) -> None:
        self.stream.flush()

    def _seen(self, block: bytes) -> bytes:
        self.size += len(block)
        self.digest.update(block)
        return block


def recipient() -> str:
    """The public key for which backups are encrypted (`BACKUP_RECIPIENT`); empty for none. Raises BackupRefused."""
    given = os.environ.get("BACKUP_RECIPIENT", "").strip()
    if given:
        try:
            pyrage.x25519.Recipient.from_str(given)
        except pyrage.RecipientError as error:
            raise BackupRefused("BACKUP_RECIPIENT is not a public key of age (age1…).") from error
    return given


def identity() -> Any:
    """The private key that opens backups, read from the file that `BACKUP_KEY_FILE` names; None without one."""
    name = os.environ.get("BACKUP_KEY_FILE", "")
    if not name:
        return None
    try:
        lines = Path(name).read_text(encoding="ascii").splitlines()
        return pyrage.x25519.Identity.from_str(next(n.strip() for n in lines if n.strip().startswith("AGE-SECRET-KEY")))
    except (OSError, ValueError, StopIteration, pyrage.IdentityError) as error:
        raise BackupRefused(f"BACKUP_KEY_FILE ({name}) holds no private key of age that can be read.") from error


def new_key(path: Path) -> str:
    """Write a new private key to a file that only its owner reads; its public key. Raises BackupRefused."""
    made = pyrage.x25519.Identity.generate()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise BackupRefused(
            f"{path} could not be made ({error.strerror}); an existing key is never overwritten."
        ) from error
    with os.fdopen(handle, "w") as file:
        file.write(f"# public key: {made.to_public()}\n{made}\n")
        file.flush()
        os.fsync(file.fileno())
    return str(made.to_public())


def write_part(path: Path, produce: Callable[[IO[bytes]], None], *, to: str) -> Part:
    """Keep what `produce` writes in a new file, encrypted for `to` if given, flushed to the disk.

    `produce` runs in the thread of the caller. Raises what it raises, OSError.
    """
    reading, writing = os.pipe()
    made: list[Part] = []
    failure: list[BaseException] = []

    def keep() -> None:
        try:
            with os.fdopen(reading, "rb") as end:
                made.append(_keep(path, end, to))
        except BaseException as error:
            failure.append(error)

    keeper = threading.Thread(target=keep, daemon=True)
    keeper.start()
    try:
        with suppress(BrokenPipeError), os.fdopen(writing, "wb") as end:
            produce(end)
    finally:
        keeper.join()
    if failure:
        raise failure[0]
    return made[0]


def _keep(path: Path, stream: IO[bytes], to: str) -> Part:
    with path.open("xb") as file:
        plain, kept = _Counting(stream), _Counting(file)
        if to:
            pyrage.encrypt_io(cast("Any", plain), cast("Any", kept), [pyrage.x25519.Recipient.from_str(to)])
        else:
            while block := plain.read(BLOCK):
                kept.write(block)
        file.flush()
        os.fsync(file.fileno())
    return Part(path.name, kept.size, kept.digest.hexdigest(), plain.size, plain.digest.hexdigest())


def check(folder: Path, part: Part, *, key: Any = None) -> None:
    """Read a part again, and with the key what it holds. Raises BackupRefused when it is missing or differs."""
    path = folder / part.name
    try:
        with path.open("rb") as file:
            whole = _Counting(file)
            while whole.read(BLOCK):
                pass
    except OSError as error:
        raise BackupRefused(f"The backup is not whole: {part.name} cannot be read ({error.strerror}).") from error
    if (whole.size, whole.digest.hexdigest()) != (part.size, part.sha256):
        raise BackupRefused(
            f"The backup is damaged: {part.name} is not what was written (it has {whole.size} of {part.size} bytes)."
        )
    if key is not None:
        with opened(folder, part, key=key) as plain:
            inside = _Counting(plain)
            while inside.read(BLOCK):
                pass
        if inside.digest.hexdigest() != part.plain_sha256:
            raise BackupRefused(f"The backup is damaged: {part.name} does not hold what was put into it.")


@contextmanager
def opened(folder: Path, part: Part, *, key: Any = None) -> Iterator[IO[bytes]]:
    """What a part holds, as a stream. Raises BackupRefused when the key does not open it."""
    with (folder / part.name).open("rb") as file:
        if key is None:
            yield file
            return
        reading, writing = os.pipe()
        failure: list[BaseException] = []

        def work() -> None:
            try:
                with os.fdopen(writing, "wb") as end:
                    pyrage.decrypt_io(cast("Any", file), cast("Any", end), [key])
            except BrokenPipeError:
                pass
            except Exception as error:
                failure.append(error)

        opener = threading.Thread(target=work, daemon=True)
        with os.fdopen(reading, "rb") as end:
            opener.start()
            yield end
        opener.join()
        if failure and "pipe" not in str(failure[0]).lower():
            raise BackupRefused(f"The key does not open {part.name}: {failure[0]}") from failure[0]
