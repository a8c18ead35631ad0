"""Changes of a report's outline, one at a time: where it leaves the reader, and how its undo calls it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from .outline import Block, Outline, OutlineRefused


@dataclass(frozen=True)
class Change:
    """An outline after a change. `said`: what was done; `at`: the place to show, as an anchor."""

    sections: Outline
    said: str
    at: str = ""


def anchor(section: int, block: int | None = None) -> str:
    return f"s{section}" if block is None else f"b{section}-{block}"


def place(at: str) -> tuple[int, int]:
    """« 1.3 » as a section and a block. Raises OutlineRefused."""
    section, _dot, block = at.partition(".")
    if not section.isdigit() or not (block or "0").isdigit() or len(at) > 9:
        raise OutlineRefused(_("Ce bloc n'existe plus."))
    return int(section), int(block or 0)


def apply(sections: Outline, do: str, posted: Mapping[str, Any], block: Block | None = None) -> Change:
    """The outline after `do` ("up:0.1", "section", …). `block`: the one to add or to put in place.

    Raises OutlineRefused when the place is gone or the verb is not known.
    """
    verb, _sep, at = do.partition(":")
    copied: Outline = [{**s, "blocks": [dict(b) for b in s.get("blocks", ())]} for s in sections]
    made = VERBS.get(verb)
    if made is None:
        raise OutlineRefused(_("Ce changement n'est pas connu."))
    if verb == "section":
        return _section_added(copied, posted)
    section, index = place(at)
    if section >= len(copied):
        raise OutlineRefused(_("Cette section n'existe plus."))
    return made(copied, section, index, posted, block)


type Verb = Callable[[Outline, int, int, Mapping[str, Any], Block | None], Change]


def _title(posted: Mapping[str, Any]) -> str:
    title = str(posted.get("section_title", "")).strip()[:120]
    if not title:
        raise OutlineRefused(_("Donnez un titre à la section."))
    return title


def _section_added(sections: Outline, posted: Mapping[str, Any]) -> Change:
    added = [*sections, {"title": _title(posted), "blocks": []}]
    return Change(added, _("section ajoutée"), anchor(len(added) - 1))


def _retitled(sections: Outline, at: int, _i: int, posted: Mapping[str, Any], _b: Block | None) -> Change:
    sections[at]["title"] = _title(posted)
    return Change(sections, _("section renommée"), anchor(at))


def _section_removed(sections: Outline, at: int, _i: int, _p: Mapping[str, Any], _b: Block | None) -> Change:
    del sections[at]
    return Change(sections, _("section retirée"), anchor(max(0, at - 1)))


def _section_moved(step: int) -> Verb:
    def moved(sections: Outline, at: int, _i: int, _p: Mapping[str, Any], _b: Block | None) -> Change:
        there = min(max(0, at + step), len(sections) - 1)
        sections.insert(there, sections.pop(at))
        return Change(sections, _("section déplacée"), anchor(there))

    return moved


def _taken(sections: Outline, at: int, index: int) -> Block:
    try:
        found: Block = sections[at]["blocks"].pop(index)
    except IndexError as error:
        raise OutlineRefused(_("Ce bloc n'existe plus.")) from error
    return found


def _removed(sections: Outline, at: int, index: int, _p: Mapping[str, Any], _b: Block | None) -> Change:
    _taken(sections, at, index)
    return Change(sections, _("bloc retiré"), anchor(at, max(0, index - 1)) if index else anchor(at))


def _moved(step: int) -> Verb:
    """One place up or down; past the end of a section, into the next one."""

    def moved(sections: Outline, at: int, index: int, _p: Mapping[str, Any], _b: Block | None) -> Change:
        block = _taken(sections, at, index)
        there, place = at, index + step
        if place < 0 and at > 0:
            there, place = at - 1, len(sections[at - 1]["blocks"])
        elif place > len(sections[at]["blocks"]) and at + 1 < len(sections):
            there, place = at + 1, 0
        place = max(0, place)
        sections[there]["blocks"].insert(place, block)
        return Change(sections, _("bloc déplacé"), anchor(there, min(place, len(sections[there]["blocks"]) - 1)))

    return moved


def _given(block: Block | None) -> Block:
    if block is None:
        raise OutlineRefused(_("Ce bloc n'existe plus."))
    return block


def _added(sections: Outline, at: int, index: int, _p: Mapping[str, Any], block: Block | None) -> Change:
    block = _given(block)
    blocks = sections[at]["blocks"]
    index = min(index, len(blocks))
    blocks.insert(index, block)
    return Change(sections, _("bloc ajouté"), anchor(at, index))


def _changed(sections: Outline, at: int, index: int, _p: Mapping[str, Any], block: Block | None) -> Change:
    block = _given(block)
    _taken(sections, at, index)
    sections[at]["blocks"].insert(index, block)
    return Change(sections, _("bloc modifié"), anchor(at, index))


VERBS: dict[str, Verb] = {
    "section": _retitled,  # at the end: no place
    "retitle": _retitled,
    "section-up": _section_moved(-1),
    "section-down": _section_moved(1),
    "section-remove": _section_removed,
    "up": _moved(-1),
    "down": _moved(1),
    "remove": _removed,
    "add": _added,
    "change": _changed,
}
