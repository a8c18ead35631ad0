"""French full-text search without accents, with typos forgiven, in one query.

A row is found when its vector matches every word (stemmed, the last one as a prefix, `"…"`, `or` and `-word` as
on the web). Only if nothing of the queryset matches, words are taken for misspelt: each must then match the vector
or resemble a name by trigrams. The vector needs a GIN index, and each name
`GinIndex(OpClass(Func(name, function="public.immutable_unaccent"), name="gin_trgm_ops"))`.
"""

import re
from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import (
    BooleanField,
    Exists,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    Model,
    Q,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest

CONFIG = "public.fr_unaccent"
ALIKE = 0.5
"""Least word similarity (0 to 1) of a misspelt word with a name."""
_LONGEST = 200
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


def search[M: Model](
    queryset: QuerySet[M], text: str, *, vector: str = "search", name_fields: Sequence[str] = ("name",)
) -> QuerySet[M]:
    """The rows of `queryset` that `text` finds, best first (annotation `rank`); all of them, as ordered, for no word.

    `vector` names the tsvector column (see the SQL function `catalogue_vector(name, about, description)`),
    `name_fields` the columns in which typos are forgiven. One query, whatever the text; nothing is raised.
    """
    plain = _JOINED.sub(" ", text.replace("\x00", " ")[:_LONGEST])
    words = _WORD.findall(plain)
    if not words:
        return queryset
    query = _query(plain, words)
    exact = Q(**{vector: query})
    alike = Q()
    for word in words:
        alike &= _word(word, vector, name_fields)
    none_exact = ~Exists(queryset.order_by().filter(exact))
    return queryset.filter(exact | (Q(none_exact) & alike)).order_by(
        _rank(words, query, vector, name_fields).desc(), *name_fields, "pk"
    )


def _query(plain: str, words: list[str]) -> SearchQuery:
    """Every word as written on the web, or the same with the last one as a prefix (what is being typed)."""
    whole = SearchQuery(plain, config=CONFIG, search_type="websearch")
    if plain.rstrip()[-1:] in {'"', ""} or not plain.rstrip().endswith(words[-1]):
        return whole
    head = plain.rstrip()[: -len(words[-1])]
    if head.endswith("-") or head.count('"') % 2:
        return whole
    prefix: Any = SearchQuery(f"{words[-1]}:*", config=CONFIG, search_type="raw")
    if head.strip():
        prefix = SearchQuery(head, config=CONFIG, search_type="websearch") & prefix
    return whole | prefix


def _word(word: str, vector: str, name_fields: Sequence[str]) -> Q:
    """One word, perhaps misspelt: in the vector, or close to a name. Short words must be right."""
    found = Q(**{vector: SearchQuery(f"{word}:*", config=CONFIG, search_type="raw")})
    if len(word) < 4:
        return found
    bare = _Unaccent(Value(word))
    for name in name_fields:
        column = _Unaccent(F(name))
        found |= Q(_Alike(column, bare))
        near = Q(ExpressionWrapper(Q(_above(bare, column)), output_field=BooleanField()))
        for piece in _pieces(word):
            found |= Q(_Contains(column, _Unaccent(Value(f"%{piece}%")))) & near
    return found


def _above(bare: Combinable, column: Combinable) -> Any:
    from django.db.models.lookups import GreaterThanOrEqual

    return GreaterThanOrEqual(_Similarity(bare, column), ALIKE)


def _pieces(word: str) -> list[str]:
    """The two halves of a word (3 letters at least): one slip leaves one of them whole."""
    half = max(3, len(word) // 2)
    return [word[:half], word[-half:]]


def _rank(words: list[str], query: SearchQuery, vector: str, name_fields: Sequence[str]) -> Any:
    likeness = [_Similarity(_Unaccent(Value(" ".join(words))), _Unaccent(F(name))) for name in name_fields]
    best = likeness[0] if len(likeness) == 1 else Greatest(*likeness)
    return ExpressionWrapper(SearchRank(F(vector), query) * 2 + best, output_field=FloatField())
