"""Words compared as people compare them: without case, accents, ligatures; with or without what stands between them."""

import re
import unicodedata

from django.db.models import Func, TextField

_LETTERS = {"œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "þ": "th"}
_SAME = str.maketrans(_LETTERS | dict.fromkeys("’‘ʼʹ´`′", "'") | dict.fromkeys("‐‑‒–—", "-"))


def unaccented(text: str) -> str:
    """Small letters without accents, one space between words: « Prix  ($) » is « prix ($) »."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_SAME))
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).split())


def fold(text: str) -> str:
    """Only its letters and digits, in words separated by one space: `L'Île-d'Orléans` is `l ile d orleans`."""
    return re.sub(r"[^a-z0-9]+", " ", unaccented(text)).strip()


def sorting(text: str) -> tuple[str, str]:
    """The key by which names are sorted: É with E, Œ with OE, whatever the case; a tie by what is written."""
    return unaccented(text), text


class Sorting(Func):
    """`sorting` in the database, whatever its locale: PostgreSQL sorts by code point where it was made with C."""

    template = "immutable_unaccent(lower(%(expressions)s))"
    output_field = TextField()
