"""The outline of a report: sections of blocks, kept as JSON, checked here; and texts with figures bound in them.

[{"title": "International", "blocks": [
    {"kind": "figures", "keys": ["interventions", "enterprises"], "notes": {"interventions": "…"}},
    {"kind": "chart", "key": "enterprises", "dimension": "territory", "title": "…"},
    {"kind": "map", "key": "enterprises", "title": "…"},
    {"kind": "table", "key": "activities", "title": "…"},
    {"kind": "text", "text": "{{ interventions }} interventions auprès de {{ enterprises }} entreprises."},
    {"kind": "note", "title": "…", "text": "…"}]}]
"""

import json
import re
from collections.abc import Callable, Collection, Iterator
from hashlib import sha256
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from maillage.core.actions import Refused

KINDS = ("figures", "chart", "map", "table", "text", "note")
BOUND = re.compile(r"\{\{\s*([a-z0-9_-]+)(?::(previous|change|name))?\s*\}\}")
FIELDS = {
    "figures": {"keys", "notes", "title"},
    "chart": {"key", "dimension", "title"},
    "map": {"key", "title"},
    "table": {"key", "title"},
    "text": {"text", "title"},
    "note": {"text", "title"},
}

type Block = dict[str, Any]
type Outline = list[dict[str, Any]]


class OutlineRefused(Refused):
    """The outline names something that does not exist, or is not an outline."""


def print_of(outline: Outline) -> str:
    """A short mark of an outline: another once anything in it changes."""
    return sha256(json.dumps(outline, sort_keys=True).encode()).hexdigest()[:16]


def keys_of_block(block: Block) -> list[str]:
    """The indicators that a block shows or binds, in order, once each."""
    found = [*block.get("keys", ()), *([block["key"]] if block.get("key") else [])]
    found += [match[1] for match in BOUND.finditer(block.get("text", ""))]
    return list(dict.fromkeys(found))


def blocks(outline: Outline) -> Iterator[Block]:
    for section in outline:
        yield from section.get("blocks", ())


def keys(outline: Outline) -> list[str]:
    """Every indicator of the outline, once each, in order of appearance."""
    return list(dict.fromkeys(key for block in blocks(outline) for key in keys_of_block(block)))


def dimensions(outline: Outline, key: str) -> list[str]:
    """The dimensions by which a figure of the outline is drawn."""
    found = []
    for block in blocks(outline):
        if block.get("key") == key and block["kind"] == "chart":
            found.append(block["dimension"])
        if block.get("key") == key and block["kind"] == "map":
            found.append("territory")
    return list(dict.fromkeys(found))


def check(outline: Any, *, known: Collection[str], dims: Callable[[str], Collection[str]]) -> None:
    """Raises OutlineRefused, with a sentence. `dims(key)`: what a figure can be split by."""
    if not isinstance(outline, list) or not all(isinstance(s, dict) and s.get("title") for s in outline):
        raise OutlineRefused(_("Chaque section du rapport doit avoir un titre."))
    for section in outline:
        for block in section.get("blocks", ()):
            _check_block(block, known, dims)


def _check_block(block: Any, known: Collection[str], dims: Callable[[str], Collection[str]]) -> None:
    kind = block.get("kind") if isinstance(block, dict) else None
    if kind not in KINDS or set(block) - FIELDS[kind] - {"kind"}:
        raise OutlineRefused(_("Un bloc du rapport n'est pas d'une sorte connue."))
    for key in keys_of_block(block):
        if key not in known:
            raise OutlineRefused(
                _("Aucun indicateur ne s'appelle « %(key)s ». Vérifiez l'orthographe ou créez-le d'abord.")
                % {"key": key}
            )
    drawn = block.get("dimension") if kind == "chart" else "territory" if kind == "map" else None
    if drawn and drawn not in dims(block["key"]):
        raise OutlineRefused(_("« %(key)s » ne peut pas être réparti de cette façon.") % {"key": block["key"]})


def bind(text: str, say: Callable[[str, str], str]) -> str:
    """The text with each `{{ key }}` said by `say(key, what)`; `what` is "", "previous", "change" or "name"."""
    return BOUND.sub(lambda match: say(match[1], match[2] or ""), text)


def bind_runs(text: str, say: Callable[[str, str], str]) -> list[list[tuple[str, bool]]]:
    """The text as paragraphs of runs, each with whether it is a bound figure."""
    paragraphs = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        runs: list[tuple[str, bool]] = []
        at = 0
        for match in BOUND.finditer(paragraph):
            runs += [(paragraph[at : match.start()], False), (say(match[1], match[2] or ""), True)]
            at = match.end()
        paragraphs.append([*runs, (paragraph[at:], False)])
    return paragraphs if text.strip() else []


def bind_html(text: str, say: Callable[[str, str], str], url: Callable[[str], str]) -> SafeString:
    """The same as paragraphs of HTML, each bound figure a link to its rows where `url(key)` gives one."""
    paragraphs = []
    for paragraph in re.split(r"\n\s*\n", text.strip()):
        parts: list[str] = []
        at = 0
        for match in BOUND.finditer(paragraph):
            parts.append(escape(paragraph[at : match.start()]))
            said, link = escape(say(match[1], match[2] or "")), url(match[1])
            parts.append(f'<a class="bound" href="{escape(link)}">{said}</a>' if link else f"<strong>{said}</strong>")
            at = match.end()
        parts.append(escape(paragraph[at:]))
        paragraphs.append("<p>" + "".join(parts).replace("\n", "<br>") + "</p>")
    return mark_safe("".join(paragraphs))  # noqa: S308 - every part is escaped above
