"""Numbers as people, files and addresses bring them. One reader: what it does not understand, it says."""

import re
import unicodedata
from decimal import Decimal

from django.utils.translation import gettext as _

LONGEST = 40
_MONEY = re.compile(r"(?:ca|cad)?\$|\$(?:ca|cad)?|cad|%")
_SIGNED = re.compile(r"-([^-]+)|([^-]+)-|\(([^()]+)\)")
_GROUPS = re.compile(r"\d{1,3}(?:[ .,']\d{3})+")
_PLAIN = re.compile(r"\d+(?:[.,]\d*)?|[.,]\d+")


def whole(text: object) -> int | None:
    """A whole number of at most 18 digits (what a bigint holds), or None. `"²".isdigit()` is true, and breaks `int`."""
    found = str(text or "").strip()
    return int(found) if found.isascii() and found.isdigit() and len(found) <= 18 else None


def decimal_of(text: str, *, places: int | None = None) -> Decimal:
    """A number as people type it: `12 000`, `1 234,50 $`, `1.234,50`, `1,234.50`, `12,5 %`, `−5`, `(5,00)`.

    `places`: how many decimals it may have (2 for dollars). With fewer than three, `1,234` could be either and is
    refused. Raises ValueError with a sentence that says how to write it.
    """
    bare = _bare(text)
    signed = _SIGNED.fullmatch(bare)
    negative = signed is not None
    digits = next(part for part in signed.groups() if part is not None) if signed else bare.removeprefix("+")
    found = _read(digits.strip(), places)
    if found is None or len(bare) > LONGEST or not bare:
        raise ValueError(
            _("« %(text)s » n'est pas un nombre : écrivez-le comme 1234,50.") % {"text": text.strip()[:40]}
        )
    if found == "either":
        raise ValueError(
            _("« %(text)s » peut se lire de deux façons : écrivez 1234 ou 1,23, sans séparer les milliers.")
            % {"text": text.strip()[:40]}
        )
    number = Decimal(found)
    exponent = number.as_tuple().exponent
    if places is not None and isinstance(exponent, int) and -exponent > places and number != round(number, places):
        raise ValueError(
            _("« %(text)s » a trop de décimales : %(places)s au plus.") % {"text": text.strip()[:40], "places": places}
        )
    return -number if negative else number


def _bare(text: str) -> str:
    """Without signs of money, invisible characters and what surrounds; one plain space where there was any."""
    plain = "".join(
        " " if unicodedata.category(c) == "Zs" else "-" if c in "\u2212\u2010\u2011\u2012\u2013" else c
        for c in text
        if unicodedata.category(c) not in ("Cf", "Cc") or c in "\t\n"
    ).replace("\u2019", "'")
    return _MONEY.sub("", " ".join(plain.split()).lower()).strip()


def _read(digits: str, places: int | None) -> str | None:
    """The digits with a point; "either" when thousands and decimals look alike; None for what is no number."""
    if not digits.isascii():
        return None
    marks = [mark for mark in ".," if mark in digits]
    whole_part, mark, rest = digits, "", ""
    if len(marks) == 2:  # the last one is the decimal one
        mark = max(marks, key=digits.rfind)
        whole_part, _mark, rest = digits.rpartition(mark)
        if mark in whole_part or not rest.isdigit():
            return None
    elif marks and digits.count(marks[0]) == 1 and not re.search(r"[ ']", digits.rpartition(marks[0])[2]):
        mark = marks[0]
        whole_part, _mark, rest = digits.partition(mark)
        alone = re.fullmatch(r"[1-9]\d{0,2}", whole_part) and len(rest) == 3
        if alone and places is not None and places < 3:
            return "either"
    if mark and rest and not rest.isdigit():
        return None
    plain = whole_part
    if _GROUPS.fullmatch(whole_part) and len(set(re.sub(r"\d", "", whole_part))) == 1:
        plain = re.sub(r"\D", "", whole_part)
    if plain and not plain.isdigit():
        return None
    joined = f"{plain or '0'}.{rest}" if rest else plain
    return joined if (plain or rest) and _PLAIN.fullmatch(joined) else None
