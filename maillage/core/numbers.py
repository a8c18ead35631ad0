"""Numbers as addresses and forms bring them."""


def whole(text: object) -> int | None:
    """A whole number of at most 18 digits (what a bigint holds), or None. `"²".isdigit()` is true, and breaks `int`."""
    found = str(text or "").strip()
    return int(found) if found.isascii() and found.isdigit() and len(found) <= 18 else None
