"""Files that a person asked for: what makes one writes here, and says how far it is.

A maker is a plain function `make(work, *, user, **params)` that writes to `work.file`. It runs in the request when
the file is short, and in a background job when it is long (`directory.downloads`); it does not know which.

    def journal(work: Work, *, user: Account, ledger: str, start: date) -> None:
        rows = queries.entries(user=user, ledger=ledger)       # scoped again: roles may have ended since
        write_xlsx([(_("Journal"), COLUMNS, work.counting(rows.iterator(), total=rows.count()))], to=work.file)
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from time import monotonic
from typing import IO, Protocol

BEAT = 0.7  # seconds between two notes of the progress
ROWS = 500


class Stopped(Exception):
    """The person gave up on the file: the maker ends where it is."""


@dataclass
class Work:
    """The file to write, and its progress. `note(done, total)` keeps it; it raises Stopped when nobody waits."""

    file: IO[bytes]
    note: Callable[[int, int], None] = lambda done, total: None
    total: int = 0
    done: int = 0
    _noted: float = 0.0

    def expect(self, total: int) -> None:
        """How many steps there will be. Raises Stopped."""
        self.total = total
        self._tell()

    def step(self, count: int = 1) -> None:
        """That many more are done. Raises Stopped."""
        self.done += count
        if monotonic() - self._noted >= BEAT:
            self._tell()

    def counting[T](self, rows: Iterable[T], *, total: int | None = None) -> Iterator[T]:
        """The same rows, each a step. Raises Stopped."""
        if total is not None:
            self.expect(self.total + total)
        pending = 0
        for row in rows:
            yield row
            pending += 1
            if pending == ROWS:
                self.step(pending)
                pending = 0
        self.step(pending)

    def _tell(self) -> None:
        self._noted = monotonic()
        self.note(self.done, self.total)


class Maker(Protocol):
    """What writes a file. Called with the account that asked, as `user`, and the parameters that were kept."""

    def __call__(self, work: Work, /, *, user: "object", **params: "object") -> None: ...
