"""Words compared as people compare them: without case, accents, ligatures; with or without what stands between them."""

import re
import unicodedata

_SAME = str.maketrans({"œ": "oe", "æ": "ae", "’": "'"})


def unaccented(text: str) -> str:
    """Small letters without accents, one space between words: « Prix  ($) » is « prix ($) »."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_SAME))
    return " ".join("".join(letter for letter in plain if not unicodedata.combining(letter)).split())


def fold(text: str) -> str:
    """Only its letters and digits, in words separated by one space: `L'Île-d'Orléans` is `l ile d orleans`."""
    return re.sub(r"[^a-z0-9]+", " ", unaccented(text)).strip()
