"""French full-text search without accents, with typos forgiven, in one query.

A row is found when its vector matches every word (stemmed; `"…"`, `or` and `-word` as on the web). Only if nothing of
the queryset matches, words are taken for unfinished or misspelt: each must then begin a word of the vector, or
resemble a name by trigrams. The vector needs a GIN index, and each name
`GinIndex(OpClass(Func(name, function="public.immutable_unaccent"), name="gin_trgm_ops"))`.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import (
    BooleanField,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    IntegerField,
    Model,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import Greatest
from django.db.models.lookups import Exact, GreaterThanOrEqual
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from maillage.core.text import unaccented
from maillage.core.typed import WORDS, search_text, search_words

CONFIG = "public.fr_unaccent"
ALIKE = 0.44
"""Least word similarity (0 to 1) of a misspelt word with a name."""
_WORD = re.compile(r"\w+")
_JOINED = re.compile(r"(?<=\w)[-–’'/](?=\w)")


class _Unaccent(Func):
    function = "public.immutable_unaccent"
    output_field = TextField()


class _Alike(Func):
    """`name %> word`: the operator that a trigram index serves."""

    template = "%(expressions)s"
    arg_joiner = " OPERATOR(public.%%>) "
    arity = 2
    output_field = BooleanField()


class _Contains(Func):
    template = "%(expressions)s"
    arg_joiner = " ILIKE "
    arity = 2
    output_field = BooleanField()


class _Similarity(Func):
    function = "public.word_similarity"
    arity = 2
    output_field = FloatField()


class _Count(Subquery):
    """How many rows; an `EXISTS` would tempt the planner to read the table until the first one."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) found)"
    output_field = IntegerField()


def search[M: Model](
    queryset: QuerySet[M], text: str, *, vector: str = "search", name_fields: Sequence[str] = ("name",)
) -> QuerySet[M]:
    """The rows of `queryset` that `text` finds, best first (annotation `rank`); all of them, as ordered, for no word.

    `vector` names the tsvector column (see the SQL function `catalogue_vector(name, about, description)`),
    `name_fields` the columns in which typos are forgiven. One query, whatever the text; nothing is raised.
    """
    plain = _JOINED.sub(" ", " ".join(search_words(text)))
    words = _WORD.findall(plain)[:WORDS]
    if not words:
        return queryset
    query = SearchQuery(plain, config=CONFIG, search_type="websearch")
    exact = Q(**{vector: query})
    alike = Q()
    for word in words:
        alike &= _word(word, vector, name_fields)
    none = Exact(_Count(queryset.order_by().filter(exact).values("pk")), Value(0))
    return queryset.filter(exact | (Q(none) & alike)).order_by(
        _rank(words, query, vector, name_fields).desc(), *name_fields, "pk"
    )


def known_words(names: Iterable[str]) -> list[str]:
    """The words of 4 letters or more of some names, folded, each once and no number: what `near` corrects by."""
    return sorted(
        {word for name in names for word in _WORD.findall(unaccented(name)) if len(word) > 3 and not word.isdecimal()}
    )


def near(text: str, known: Sequence[str]) -> str:
    """A text query (`to_tsquery`) that forgives slips: each word begins a word, or is close to one of `known`.

    One slip is forgiven from 4 letters on, two from 7 on. "" for a text without any word.
    """
    return " & ".join(
        _near(word, known) for word in _WORD.findall(unaccented(_JOINED.sub(" ", search_text(text))))[:WORDS]
    )


def _near(word: str, known: Sequence[str]) -> str:
    if len(word) < 4:
        return f"{word}:*"
    slips = 2 if len(word) > 6 else 1
    close = process.extract(word, known, scorer=DamerauLevenshtein.distance, score_cutoff=slips, limit=8)
    return f"({' | '.join([f'{word}:*', *(found for found, _slips, _at in close)])})"


def _word(word: str, vector: str, name_fields: Sequence[str]) -> Q:
    """One word, perhaps misspelt: in the vector, or close to a name. Short words must be right."""
    found = Q(**{vector: SearchQuery(f"{word}:*", config=CONFIG, search_type="raw")})
    if len(word) < 4:
        return found
    bare = _Unaccent(Value(word))
    for name in name_fields:
        column = _Unaccent(F(name))
        found |= Q(_Alike(column, bare))
        near = Q(GreaterThanOrEqual(_Similarity(bare, column), ALIKE))
        for piece in _pieces(word):
            found |= Q(_Contains(column, _Unaccent(Value(f"%{piece}%")))) & near
    return found


def _pieces(word: str) -> list[str]:
    """The two halves of a word (3 letters at least): one slip leaves one of them whole."""
    half = max(3, len(word) // 2)
    return [word[:half], word[-half:]]


def _rank(words: list[str], query: SearchQuery, vector: str, name_fields: Sequence[str]) -> Any:
    likeness = [_Similarity(_Unaccent(Value(" ".join(words))), _Unaccent(F(name))) for name in name_fields]
    best = likeness[0] if len(likeness) == 1 else Greatest(*likeness)
    return ExpressionWrapper(SearchRank(F(vector), query) * 2 + best, output_field=FloatField())
