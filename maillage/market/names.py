"""People found by what one hears or types: accents and a typo forgiven, order and member numbers exact."""

from collections.abc import Callable, Sequence

from rapidfuzz import fuzz

from maillage.core.numbers import whole
from maillage.core.text import unaccented
from maillage.core.typed import search_text, search_words

ALIKE = 78  # of 100: one or two letters off in a name
MOST = 12


def matching[T](
    rows: Sequence[T], text: str, *, name: Callable[[T], str], numbers: Callable[[T], Sequence[int | None]]
) -> list[T]:
    """The rows that `text` names; without one that fits, the nearest twelve. All of them for an empty text."""
    wanted = unaccented(search_text(text)).replace("#", "").replace("-", " ").strip()
    if not wanted:
        return list(rows)
    number = whole(wanted)
    if number is not None:
        return [row for row in rows if number in numbers(row)]
    words = search_words(wanted)
    exact = [row for row in rows if all(any(w.startswith(word) for w in _words(name(row))) for word in words)]
    if exact:
        return exact
    scored = [(min(_likeness(word, name(row)) for word in words), row) for row in rows]
    near = sorted((pair for pair in scored if pair[0] >= ALIKE), key=lambda pair: -pair[0])
    return [row for _score, row in near[:MOST]]


def _words(name: str) -> list[str]:
    return [*unaccented(name).replace("-", " ").replace("'", " ").split(), unaccented(name)]


def _likeness(word: str, name: str) -> float:
    """How close a word is to the nearest word of a name, of 100; a beginning counts as the word."""
    return max(max(fuzz.ratio(word, w), fuzz.ratio(word, w[: len(word)]) - 4) for w in _words(name))
