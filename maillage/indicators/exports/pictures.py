"""Pictures for slides: every chart, map and row of key figures of a report, 16:9, with its title and its source."""

import re
import zipfile
from collections.abc import Sequence

from django.utils.translation import gettext as _

from maillage.core import charts
from maillage.core.charts import GRID, INK, MUTED, SERIES, escape
from maillage.core.downloads import Work

from .. import wording
from ..queries import figures
from ..types import BlockView, FigureData, ReportView

WIDTH, HEIGHT = 1600, 900
SIDE, TOP, BOTTOM = 90, 190, 810
PAPER = "#fffdf8"
FONT = "sans-serif"
ACROSS = 3
TILES = 6
LETTERS = 46  # of a title, on a line


def write(work: Work, view: ReportView) -> None:
    """A ZIP of each slide as SVG and PNG; the same report gives the same bytes."""
    slides = list(slides_of(view))
    work.expect(len(slides))
    with zipfile.ZipFile(work.file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, drawing in slides:
            _keep(archive, f"{name}.svg", drawing.encode())
            _keep(archive, f"{name}.png", charts.png(drawing, scale=1.2))
            work.step()


def _keep(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def slides_of(view: ReportView) -> Sequence[tuple[str, str]]:
    """The name and the drawing of each slide, in the order of the report."""
    found: list[tuple[str, str]] = []
    year = wording.year_name(view.period)
    source = " · ".join([view.organisation.name, view.title, *([] if year in view.title else [year])])
    for section in view.sections:
        for n, block in enumerate(section.blocks, start=1):
            name = f"{len(found) + 1:02}-{section.slug}-{n}"
            if block.svg:
                found.append((name, slide(block.title, section.title, source, _placed(block.svg))))
            elif block.kind == "figures" and block.figures:
                found += _tiles(name, block, section.title, source)
    return found


def slide(title: str, kicker: str, source: str, inside: str) -> str:
    """A slide: its section above, its title, what it shows, its source below."""
    lines = _wrapped(title, LETTERS)[:2]
    size = 50 if len(lines) == 1 else 42
    said = "".join(
        f'<text x="{SIDE}" y="{118 + n * 48}" font-size="{size}" font-weight="bold" fill="{SERIES[0]}">'
        f"{escape(line)}</text>"
        for n, line in enumerate(lines)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'font-family="{FONT}"><rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>'
        f'<rect width="18" height="{HEIGHT}" fill="{SERIES[0]}"/>'
        f'<text x="{SIDE}" y="64" font-size="24" fill="{SERIES[1]}" font-weight="bold">{escape(kicker)}</text>{said}'
        f'{inside}<line x1="{SIDE}" y1="836" x2="{WIDTH - SIDE}" y2="836" stroke="{GRID}" stroke-width="2"/>'
        f'<text x="{SIDE}" y="872" font-size="20" fill="{MUTED}">{escape(source)}</text></svg>'
    )


def _wrapped(text: str, letters: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + len(word) >= letters:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _placed(drawing: str) -> str:
    """A chart inside the slide, as large as its box allows."""
    box = f'x="{SIDE}" y="{TOP}" width="{WIDTH - 2 * SIDE}" height="{BOTTOM - TOP}"'
    return re.sub(r"<svg ", f'<svg {box} preserveAspectRatio="xMidYMid meet" ', drawing, count=1)


def _tiles(name: str, block: BlockView, section: str, source: str) -> list[tuple[str, str]]:
    title = block.title or _("Chiffres clés")
    groups = [block.figures[n : n + TILES] for n in range(0, len(block.figures), TILES)]
    return [
        (name if len(groups) == 1 else f"{name}{chr(96 + n)}", slide(title, section, source, _grid(group)))
        for n, group in enumerate(groups, start=1)
    ]


def _grid(shown: Sequence[FigureData]) -> str:
    across = min(ACROSS, len(shown))
    down = -(-len(shown) // across)
    gap = 36
    width = (WIDTH - 2 * SIDE - gap * (across - 1)) / across
    height = (BOTTOM - TOP - gap * (down - 1)) / down
    return "".join(
        _tile(f, SIDE + (n % across) * (width + gap), TOP + (n // across) * (height + gap), width, height)
        for n, f in enumerate(shown)
    )


def _tile(figure: FigureData, x: float, y: float, width: float, height: float) -> str:
    """A figure, its name and the period before, as one block in the middle of its tile."""
    value = figures.said(figure.value, figure.decimals) + (f" {figure.unit}" if figure.unit in ("%", "$") else "")
    size = 96 if len(value) <= 7 else 68
    lines = _wrapped(figure.name, int((width - 60) / 14))[:3]
    tall = size * 0.75 + 20 + 34 * len(lines) + (40 if figure.previous is not None else 0)
    top = y + (height - tall) / 2 + size * 0.75
    parts = [
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="20" fill="#f4efe2"/>',
        f'<text x="{x + 32}" y="{top}" font-size="{size}" font-weight="bold" fill="{SERIES[0]}">{escape(value)}</text>',
    ]
    for n, line in enumerate(lines):
        place = f'x="{x + 34}" y="{top + 46 + n * 34}"'
        parts.append(f'<text {place} font-size="27" fill="{INK}">{escape(line)}</text>')
    if figure.previous is not None:
        before = _("Période précédente : %(value)s") % {"value": figures.said(figure.previous, figure.decimals)}
        place = f'x="{x + 34}" y="{top + 52 + len(lines) * 34}"'
        parts.append(f'<text {place} font-size="22" fill="{MUTED}">{escape(before)}</text>')
    return "".join(parts)
