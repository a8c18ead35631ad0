"""PDF documents, composed by typst from templates of the contexts (`<context>/typst/*.typ`).

A template reads its data with `#let d = json("data.json")` and may `#import "maillage.typ": *` (page, colours, money).
The same template and data give the same bytes: no dates, no fonts of the machine.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import typst
from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder


class DocumentFailed(Exception):
    """typst refused the template or its data; the message says where."""


@cache
def _template(name: str) -> bytes:
    context, file = name.split("/", 1)
    return (Path(apps.get_app_config(context).path) / "typst" / file).read_bytes()


@cache
def _fonts() -> Any:
    return typst.Fonts(include_system_fonts=False)


def render(template: str, data: Any, *, files: Mapping[str, bytes] | None = None) -> bytes:
    """Compose `template` ("market/order_sheet.typ") with `data` (JSON-able; decimals become strings).

    `files` are further virtual files by name: SVG charts, QR codes. Raises DocumentFailed.
    """
    sources = {
        "main.typ": _template(template),
        "maillage.typ": _template("core/maillage.typ"),
        "data.json": json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False).encode(),
        **(files or {}),
    }
    try:
        made: bytes = typst.compile(sources, format="pdf", timestamp=0, font_paths=_fonts())
    except RuntimeError as error:
        raise DocumentFailed(str(error)) from error
    return made
