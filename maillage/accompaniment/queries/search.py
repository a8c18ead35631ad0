"""Rows found by a name as people type it: accents, hyphens and word order forgiven; typos too, when nothing else is
found."""

from typing import Any, cast

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from maillage.core.text import fold
from maillage.core.typed import search_words
from maillage.directory.models import Unaccent

CLOSE = 0.45
"""Words at least this close (0 to 1, word similarity of trigrams) are taken for the same, mistyped."""


def matching[M: Any](rows: QuerySet[M], text: str, *, name: str = "name", neq: str = "") -> QuerySet[M]:
    """The rows whose name holds every word of `text`, or whose NEQ (the field `neq`) begins with it; if there is none,
    those whose name is close to each word. In the order of the rows. One statement now, to know which."""
    words = search_words(fold(text))
    if not words:
        return rows
    named: Any = rows.alias(plain=Unaccent(Lower(name)))
    exact = named
    for word in words:
        holds = Q(plain__contains=word)
        exact = exact.filter(holds | Q(**{f"{neq}__startswith": word}) if neq and word.isdigit() else holds)
    if exact.exists():
        return cast(QuerySet[M], exact)
    for n, word in enumerate(words):
        named = named.alias(**{f"likeness_{n}": TrigramWordSimilarity(word, "plain")})
        named = named.filter(**{f"likeness_{n}__gte": CLOSE})
    return cast(QuerySet[M], named)
