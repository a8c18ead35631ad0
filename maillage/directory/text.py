"""Names compared as people compare them: without case, accents, hyphens or articles."""

from maillage.core.text import fold

_ARTICLES = {"le", "la", "les", "l", "d", "de", "du", "des", "mrc"}
_LEGAL = {"inc", "ltee", "ltd", "enr", "senc", "coop", "cooperative", "cie", "quebec", "co"}


def place_key(text: str) -> str:
    """`fold`, without the articles in front: `Le Haut-Richelieu` and `MRC du Haut-Richelieu` are `haut richelieu`."""
    words = _without_articles(fold(text).split())
    return " ".join(words)


def _without_articles(words: list[str]) -> list[str]:
    while len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    return words


def name_key(text: str) -> str:
    """`place_key` of an organisation's name without its legal suffixes; the whole name if nothing else is left."""
    words = fold(text).split()
    return " ".join(_without_articles([w for w in words if w not in _LEGAL]) or words)
