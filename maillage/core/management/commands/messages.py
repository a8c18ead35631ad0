"""Translations: extract the French sentences of each context, compile the English ones, check that none is missing.

Works with Babel and Django's own template lexer: no GNU gettext is needed.
"""

import argparse
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po
from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation.template import templatize

from maillage.core.compiled import compiled

KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
type Found = tuple[str, int, Any, str | None]


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("contexts", nargs="*", help="Contexts (default: all).")
        parser.add_argument(
            "--check", action="store_true", help="Change nothing; fail if a catalogue is stale or incomplete."
        )
        parser.add_argument(
            "--fill", help='JSON file of {"phrase": "sentence"}; a plural is {"phrase": ["one", "many"]}.'
        )
        parser.add_argument("--missing", action="store_true", help="Print what has no English yet, as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        names = options["contexts"] or [c.removeprefix("maillage.") for c in settings.CONTEXTS]
        fill: dict[str, Any] = json.loads(Path(options["fill"]).read_text()) if options["fill"] else {}
        missing: dict[str, list[Any]] = {}
        problems: list[str] = []
        for name in names:
            folder = Path(apps.get_app_config(name).path)
            catalog, changed = updated_catalog(folder, fill)
            todo = [m.id for m in catalog if m.id and not complete(m)]
            if todo:
                missing[name] = [list(i) if isinstance(i, tuple) else i for i in todo]
            if options["check"]:
                problems += [f"{name}: no English for {i!r}" for i in todo]
                if changed or not french_is_current(folder, catalog):
                    problems.append(f"{name}: stale; run manage.py messages {name}")
            else:
                save(folder, catalog)
                self.stdout.write(f"{name}: {len(catalog)} sentences, {len(todo)} without English")
        if options["missing"]:
            self.stdout.write(json.dumps(missing, ensure_ascii=False, indent=1))
        if problems:
            raise CommandError("\n".join(problems[:40]))


def complete(message: Any) -> bool:
    strings = message.string if isinstance(message.string, tuple | list) else [message.string]
    return all(strings) and not message.fuzzy


def po_path(folder: Path, language: str = "en") -> Path:
    return folder / "locale" / language / "LC_MESSAGES" / "django.po"


def french_of(catalog: Catalog) -> Catalog:
    """What French shows otherwise than it is written in the code: its plurals, so that it counts its own way
    (0 commande, 1 commande, 2 commandes), and the sentences whose typography is to be set."""
    french = Catalog(locale="fr", project="Maillage", fuzzy=False, header_comment="# French plurals and typography.")
    for message in catalog:
        if isinstance(message.id, tuple):
            french.add(message.id, string=tuple(map(typeset, message.id)), context=message.context)
        elif message.id and (set_in_type := typeset(str(message.id))) != message.id:
            french.add(message.id, string=set_in_type, context=message.context)
    return french


def typeset(sentence: str) -> str:
    """A French sentence with its no-break spaces (before « : ; ? ! » and inside guillemets, before % and $) and its
    apostrophes. Source: Office québécois de la langue française, « Espacement »."""
    text = re.sub(r" (?=[:;?!»](?!/))", "\u00a0", sentence).replace("« ", "«\u00a0")
    text = re.sub(r"(?<=[\d)s]) (?=(?:%%?|\$)(?:[\s.,;)»]|$))", "\u00a0", text)
    return re.sub(r"(?<=[^\W\d_])'(?=[^\W\d_])", "’", text)


def found_in(folder: Path) -> Iterator[tuple[str, Found]]:
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder)
        if path.suffix not in {".py", ".html", ".txt"} or "tests" in inner.parts or "migrations" in inner.parts:
            continue
        if path.suffix != ".py" and "templates" not in inner.parts:
            continue
        source = path.read_text()
        if path.suffix != ".py":
            source = "\n".join(line.lstrip() for line in templatize(source).splitlines())  # indents are no Python
        elif not re.search(r"gettext|\b_\(", source):
            continue
        for line, message, _comments, context in extract(
            "python", io.BytesIO(source.encode()), KEYWORDS, options={"encoding": "utf-8"}
        ):
            yield inner.as_posix(), (inner.as_posix(), line, message, context if isinstance(context, str) else None)


def updated_catalog(folder: Path, fill: dict[str, Any]) -> tuple[Catalog, bool]:
    """The catalogue as the sources want it, with known and filled-in English; and whether it differs from the file."""
    path = po_path(folder)
    old = read_po(io.BytesIO(path.read_bytes()), locale="en") if path.exists() else Catalog(locale="en")
    new = Catalog(locale="en", project="Maillage", fuzzy=False, header_comment="# English of the French sentences.")
    for place, (_, _line, message, context) in found_in(folder):
        if not message or (isinstance(message, tuple) and not message[0]):
            continue
        new.add(message, locations=[(place, 0)], context=context)
    for message in new:
        if not message.id:
            continue
        key = str(message.id[0] if isinstance(message.id, tuple) else message.id)
        known = old.get(key, context=message.context)
        message.flags.discard("fuzzy")
        message.flags.discard("python-brace-format")
        english: Any = fill.get(key) or (known.string if known else None)
        if isinstance(message.id, tuple):
            pair = (english, english) if isinstance(english, str) else tuple(english or ("", ""))
            message.string = pair
        else:
            message.string = (english[0] if isinstance(english, tuple | list) else english) or ""
    return new, keys_of(new) != keys_of(old)


def keys_of(catalog: Catalog) -> dict[Any, Any]:
    return {(m.context, m.id): tuple(m.string) if isinstance(m.string, list) else m.string for m in catalog if m.id}


def french_is_current(folder: Path, catalog: Catalog) -> bool:
    path = po_path(folder, "fr")
    known = read_po(io.BytesIO(path.read_bytes()), locale="fr") if path.exists() else Catalog(locale="fr")
    return keys_of(french_of(catalog)) == keys_of(known)


def save(folder: Path, catalog: Catalog) -> None:
    write_catalog(po_path(folder), catalog)
    french = french_of(catalog)
    if len(french):
        write_catalog(po_path(folder, "fr"), french)


def write_catalog(path: Path, catalog: Catalog) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    write_po(buffer, catalog, sort_output=True, include_lineno=False, width=120)
    path.write_bytes(buffer.getvalue())
    compiled(path)
