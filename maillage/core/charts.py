"""Charts as SVG made on the server (Vega-Lite through vl-convert): the same in a page and in a PDF.

Colours are of the palette below; pages map them to the tokens of the theme by attribute selectors (`charts.css`), so a
chart follows light and dark. Every function returns an SVG string; put a title or a text beside it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import vl_convert
from django.utils.translation import get_language

SERIES = ["#1f4d3f", "#a3234e", "#c98a1b", "#2b5fa8", "#6b8f3c", "#7a4f8f"]
MUTED = "#8a978f"
INK = "#20302a"
GRID = "#e3dccb"
NUMBERS = {
    "fr": {"decimal": ",", "thousands": "\u00a0", "grouping": [3], "currency": ["", "\u00a0$"]},
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["$", ""]},
}
CONFIG: dict[str, Any] = {
    "background": None,
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK,
        "titleColor": INK,
        "labelFontSize": 12,
        "gridColor": GRID,
        "domain": False,
        "ticks": False,
        "labelPadding": 6,
        "labelLimit": 220,
        "titleFontWeight": "normal",
    },
    "legend": {"labelColor": INK, "titleColor": INK, "labelFontSize": 12, "orient": "top", "title": None},
    "range": {"category": SERIES},
}
WIDE = 440  # past that, a phone scrolls along the drawing rather than shrinking its words
# What Vega would have a screen reader say of each mark, in English; the page's own sentence says it instead.
SPOKEN = re.compile(r' (?:aria-[a-z]+|role)="[^"]*"')
type Row = tuple[str, float]


def svg(spec: Mapping[str, Any]) -> str:
    """Any Vega-Lite specification, drawn with the house's configuration. Equal specifications are drawn once."""
    numbers = NUMBERS["en" if (get_language() or "fr").startswith("en") else "fr"]
    merged = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        **spec,
        "config": {**CONFIG, "locale": {"number": numbers}, **spec.get("config", {})},
    }
    return _draw(json.dumps(merged, sort_keys=True, default=float))


@lru_cache(maxsize=256)
def _draw(spec: str) -> str:
    drawn = SPOKEN.sub("", vl_convert.vegalite_to_svg(spec))
    # Scales with its box; the width and height attributes would fix it.
    head, rest = drawn.split(">", 1)
    box = head[head.index("viewBox") :].split('"')[1]
    wide = " chart-wide" if float(box.split()[2]) > WIDE else ""
    return f'<svg xmlns="http://www.w3.org/2000/svg" class="chart-svg{wide}" viewBox="{box}" role="presentation">{rest}'


def bars(
    rows: Sequence[Row],
    *,
    width: int = 480,
    unit: str = "",
    previous: Mapping[str, float] | None = None,
    money: bool = False,
) -> str:
    """Horizontal bars in the order given, each with its number; `previous` draws last period's behind, pale."""
    before = previous or {}
    values = [
        {"label": label, "value": value, "before": before.get(label), "end": max(value, before.get(label) or 0)}
        for label, value in rows
    ]
    form = "$,.0f" if money else ",~r"
    order = list(dict.fromkeys(label for label, _value in rows))
    y = {"field": "label", "type": "nominal", "sort": order, "title": None}
    axis = {"format": form, "grid": False, "labels": False}

    def x(field: str) -> dict[str, Any]:
        return {"field": field, "type": "quantitative", "title": unit or None, "axis": axis}

    layers: list[dict[str, Any]] = []
    if before:
        layers.append({"mark": {"type": "bar", "color": GRID, "cornerRadiusEnd": 3}, "encoding": {"x": x("before")}})
    bar = {"type": "bar", "color": SERIES[0], "cornerRadiusEnd": 3, **({"height": 13} if before else {})}
    layers += [
        {"mark": bar, "encoding": {"x": x("value")}},
        {
            "mark": {"type": "text", "align": "left", "dx": 5, "color": INK, "fontSize": 12},
            "encoding": {"x": x("end"), "text": {"field": "value", "format": form}},
        },
    ]
    return svg(
        {"width": width, "height": {"step": 28}, "data": {"values": values}, "encoding": {"y": y}, "layer": layers}
    )


def lines(
    series: Mapping[str, Sequence[tuple[Any, float]]],
    *,
    width: int = 560,
    height: int = 220,
    x_title: str = "",
    y_title: str = "",
    x_kind: str = "quantitative",
    money: bool = False,
    emphasis: str = "",
) -> str:
    """Lines by series over x (`quantitative`, `temporal` with ISO strings, `ordinal`); `emphasis` stands out."""
    values = [{"x": x, "y": y, "series": name} for name, points in series.items() for x, y in points]
    names = list(series)
    colours = [SERIES[1] if n == emphasis else MUTED for n in names] if emphasis else SERIES[: max(len(names), 1)]
    colour = {
        "field": "series",
        "type": "nominal",
        "scale": {"domain": names, "range": colours},
        "legend": {} if len(names) > 1 else None,
    }
    wide = {"condition": {"test": f"datum.series === {json.dumps(emphasis)}", "value": 3.5}, "value": 1.75}
    return svg(
        {
            "width": width,
            "height": height,
            "data": {"values": values},
            "mark": {"type": "line", "strokeWidth": 2.5, "interpolate": "monotone", "point": len(values) < 40},
            "encoding": {
                "x": {"field": "x", "type": x_kind, "title": x_title or None, "axis": {"grid": False}},
                "y": {
                    "field": "y",
                    "type": "quantitative",
                    "title": y_title or None,
                    "axis": {"format": "$,.0f" if money else ",~r"},
                },
                "color": colour,
            }
            | ({"strokeWidth": wide} if emphasis else {}),
        }
    )


def columns(
    rows: Sequence[Row], *, width: int = 560, height: int = 200, money: bool = False, emphasis: str = ""
) -> str:
    """Vertical columns in the order given; `emphasis` names the one in the accent colour."""
    values = [{"label": label, "value": value, "on": label == emphasis} for label, value in rows]
    return svg(
        {
            "width": width,
            "height": height,
            "data": {"values": values},
            "mark": {"type": "bar", "cornerRadiusEnd": 3},
            "encoding": {
                "x": {"field": "label", "type": "nominal", "sort": None, "title": None, "axis": {"labelAngle": 0}},
                "y": {
                    "field": "value",
                    "type": "quantitative",
                    "title": None,
                    "axis": {"format": "$,.0f" if money else ",~r"},
                },
                "color": {"condition": {"test": "datum.on", "value": SERIES[1]}, "value": SERIES[0]},
            },
        }
    )


def stacked(
    rows: Sequence[tuple[str, str, float]], *, width: int = 480, unit: str = "", order: Sequence[str] = ()
) -> str:
    """Horizontal stacked bars of (label, part, value)."""
    values = [{"label": label, "part": part, "value": value} for label, part, value in rows]
    parts = list(order) or list(dict.fromkeys(part for _, part, _ in rows))
    return svg(
        {
            "width": width,
            "height": {"step": 28},
            "data": {"values": values},
            "mark": {"type": "bar"},
            "encoding": {
                "y": {"field": "label", "type": "nominal", "sort": None, "title": None},
                "x": {"field": "value", "type": "quantitative", "title": unit or None, "axis": {"format": ",~r"}},
                "color": {
                    "field": "part",
                    "type": "nominal",
                    "scale": {"domain": parts, "range": SERIES[: len(parts)]},
                },
            },
        }
    )


def radar(axes: Sequence[str], series: Mapping[str, Sequence[float]], *, maximum: float, size: int = 320) -> str:
    """A radar of scores: one polygon a series (at most six), every axis from 0 to `maximum`.

    Drawn by hand: Vega-Lite has no polar axes.
    """
    from math import cos, pi, sin

    if len(axes) < 3:
        raise ValueError("a radar needs three axes")
    radius, margin = size / 2, 90
    middle = radius + margin

    def point(i: int, share: float) -> tuple[float, float]:
        angle = 2 * pi * i / len(axes) - pi / 2
        return round(middle + radius * share * cos(angle), 1), round(middle + radius * share * sin(angle), 1)

    def polygon(shares: Sequence[float], attributes: str) -> str:
        corners = " ".join("{},{}".format(*point(i, share)) for i, share in enumerate(shares))
        return f'<polygon points="{corners}" {attributes}/>'

    parts = [polygon([ring / 4] * len(axes), f'fill="none" stroke="{GRID}"') for ring in range(1, 5)]
    for i, name in enumerate(axes):
        x, y = point(i, 1)
        parts.append(f'<line x1="{middle}" y1="{middle}" x2="{x}" y2="{y}" stroke="{GRID}"/>')
        x, y = point(i, 1.1)
        anchor = "middle" if abs(x - middle) < 8 else "start" if x > middle else "end"
        parts.append(
            f'<text x="{x}" y="{y + 4}" text-anchor="{anchor}" font-size="12" fill="{INK}">{escape(name)}</text>'
        )
    for (_name, scores), colour in zip(series.items(), SERIES, strict=False):
        shares = [max(0.0, min(1.0, score / maximum)) for score in scores]
        parts.append(polygon(shares, f'fill="{colour}" fill-opacity="0.18" stroke="{colour}" stroke-width="2"'))
    for n, (name, colour) in enumerate(zip(series, SERIES, strict=False)):
        parts.append(f'<rect x="4" y="{4 + n * 20}" width="12" height="12" rx="2" fill="{colour}"/>')
        parts.append(f'<text x="22" y="{14 + n * 20}" font-size="12" fill="{INK}">{escape(name)}</text>')
    box = size + 2 * margin
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart-svg" viewBox="0 0 {box} {box}" role="presentation" '
        f'font-family="sans-serif">{"".join(parts)}</svg>'
    )


def tiles(cells: Sequence[tuple[int, int, str, float | None]], *, size: int = 46) -> str:
    """A tile-grid map of (column, row, short label, value or None): darker is more; a tile without value stays pale.

    Drawn by hand, in five steps of one hue; a long label takes two lines.
    """
    values = [value for *_, value in cells if value is not None]
    top = max(values, default=0) or 1
    shades = ["#dcebe2", "#a9cdb9", "#6fa88a", "#3c7a5f", "#1f4d3f"]
    width = (max((c for c, *_ in cells), default=0) + 1) * size
    height = (max((r for _, r, *_ in cells), default=0) + 1) * size
    parts = []
    for column, row, label, value in cells:
        x, y = column * size, row * size
        step = None if value is None else min(4, int(value / top * 4.999))
        fill = GRID if step is None else shades[step]
        ink = "#ffffff" if step is not None and step >= 3 else INK
        text = f'text-anchor="middle" fill="{ink}"'
        middle = x + size / 2
        lines = _two_lines(label, int(size / 5.2))
        first = y + size / 2 - 2 - 10 * (len(lines) - 1) + (5 * len(lines) if value is None else 0)
        said = "".join(
            f'<text x="{middle}" y="{first + 10 * n}" font-size="9" {text}>{escape(line)}</text>'
            for n, line in enumerate(lines)
        )
        if value is not None:
            said += (
                f'<text x="{middle}" y="{y + size / 2 + 15}" font-size="14" font-weight="bold" {text}>'
                f"{escape(_number(value))}</text>"
            )
        parts.append(
            f'<g><rect x="{x + 2}" y="{y + 2}" width="{size - 4}" height="{size - 4}" rx="6" fill="{fill}"/>{said}</g>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart-svg chart-tiles" viewBox="0 0 {width} {height}" '
        f'role="presentation" font-family="sans-serif">{"".join(parts)}</svg>'
    )


def _two_lines(label: str, letters: int) -> list[str]:
    """The label, cut after a space or a hyphen into two lines at most, each of so many letters."""
    if len(label) <= letters:
        return [label]
    cuts = [n + 1 for n, c in enumerate(label) if c in " -" and 0 < n < len(label) - 1]
    cut = min(cuts, key=lambda n: abs(n - len(label) / 2), default=None)
    lines = [label] if cut is None else [label[:cut].rstrip(), label[cut:]]
    return [line if len(line) <= letters else f"{line[: letters - 1]}…" for line in lines]


def _number(value: float) -> str:
    """At most one decimal, the thousands apart, as the language has it."""
    marks = NUMBERS["en" if (get_language() or "fr").startswith("en") else "fr"]
    said = f"{value:,.1f}".removesuffix(".0")
    return said.translate({ord(","): str(marks["thousands"]), ord("."): str(marks["decimal"])})


def png(drawing: str, *, scale: float = 2.0) -> bytes:
    """A picture of a chart, for slides."""
    made: bytes = vl_convert.svg_to_png(drawing, scale=scale)
    return made


def escape(text: str) -> str:
    """Text inside a drawing made by hand."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
