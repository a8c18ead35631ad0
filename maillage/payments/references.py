"""Short codes that people copy by hand: Crockford's base 32 with a check character (Luhn modulo 32).

Read forgivingly: case, spaces and hyphens do not matter; O is 0, I and L are 1, U is V. The check character catches
every single mistyped character and nearly every swap of neighbours. Source of the alphabet: crockford.com/base32.html.
"""

import re
import secrets
from collections.abc import Iterable

from rapidfuzz import process
from rapidfuzz.distance import OSA

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 7
_READ = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
_WORD = re.compile(r"[0-9A-Z]+")


def new_reference() -> str:
    """Six characters at random and one of check: a thousand million codes. Always with a digit and a letter."""
    while True:
        body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
        code = body + check_character(body)
        if not code.isdigit() and not code.isalpha():
            return code


def check_character(body: str) -> str:
    total = 0
    for i, character in enumerate(reversed(body)):
        value = ALPHABET.index(character) * (2 if i % 2 == 0 else 1)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]


def shown(code: str) -> str:
    """As it is printed: `K7M-2PQ4`."""
    return f"{code[:3]}-{code[3:]}" if len(code) == LENGTH else code


def read(text: str) -> str:
    """The code that was typed, or "" when it is not one (length, character or check)."""
    code = re.sub(r"[\s\-–—_.]", "", text).upper().translate(_READ)
    if len(code) != LENGTH or any(c not in ALPHABET for c in code):
        return ""
    return code if check_character(code[:-1]) == code[-1] else ""


def found_in(text: str) -> list[str]:
    """Every code that stands in a text, whole or cut in two or three by spaces or hyphens."""
    words = _WORD.findall(text.upper())
    found: dict[str, None] = {}
    for span in (1, 2, 3):
        for i in range(len(words) - span + 1):
            code = read("".join(words[i : i + span]))
            if code:
                found[code] = None
    return list(found)


def near_in(text: str, known: Iterable[str]) -> str | None:
    """The one code of `known` that stands in a text with a single slip; None when there is none, or more than one."""
    codes, found = list(known), set()
    words = [word.translate(_READ) for word in _WORD.findall(text.upper())]
    for span in (1, 2, 3):
        for i in range(len(words) - span + 1):
            typed = "".join(words[i : i + span])
            if abs(len(typed) - LENGTH) <= 1:
                near = process.extract(typed, codes, scorer=OSA.distance, score_cutoff=1, limit=2)
                found |= {code for code, _distance, _index in near}
    return found.pop() if len(found) == 1 else None
