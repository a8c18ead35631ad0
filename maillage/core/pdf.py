"""PDF documents, composed by typst from templates of the contexts (`<context>/typst/*.typ`).

A template reads its data with `#let d = json("data.json")` and may `#import "maillage.typ": *` (page, colours, money).
The same template and data give the same bytes: no dates, no fonts of the machine.
"""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder

from .typeset import compose, compose_apart


class DocumentFailed(Exception):
    """typst refused the template or its data; the message says where."""


@cache
def _template(name: str) -> bytes:
    context, file = name.split("/", 1)
    return (Path(apps.get_app_config(context).path) / "typst" / file).read_bytes()


def render(
    template: str,
    data: Any,
    *,
    files: Mapping[str, bytes] | None = None,
    tagged: bool = True,
    apart: bool = False,
) -> bytes:
    """Compose `template` ("market/order_sheet.typ") with `data` (JSON-able; decimals become strings).

    `files` are further virtual files by name: SVG charts, QR codes. `tagged`: with the structure that a screen reader
    wants; long working lists are ten times smaller without. `apart`: in a process of its own, for dozens of pages.
    Raises DocumentFailed.
    """
    sources = {
        "main.typ": _template(template),
        "maillage.typ": _template("core/maillage.typ"),
        "data.json": json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False).encode(),
        **(files or {}),
    }
    try:
        return (compose_apart if apart else compose)(sources, tagged=tagged)
    except RuntimeError as error:
        raise DocumentFailed(str(error)) from error
