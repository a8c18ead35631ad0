import xml.etree.ElementTree as ET

import pytest

from maillage.core import charts


@pytest.mark.parametrize(
    "drawing",
    [
        charts.bars([("Les Maskoutains", 11), ("Acton", 3)], previous={"Acton": 2}),
        charts.lines(
            {"Cycle 13": [(0, 0), (1, 1200)], "Cycle 12": [(0, 0), (1, 900)]}, money=True, emphasis="Cycle 13"
        ),
        charts.columns([("Lundi", 3), ("Mardi", 5)], emphasis="Mardi"),
        charts.stacked([("Acton", "intensif", 1), ("Acton", "ponctuel", 2)]),
        charts.radar(["Marché", "Finances", "Équipe <3>"], {"2025": [1, 2, 3], "2026": [2, 3, 4]}, maximum=5),
        charts.tiles([(0, 0, "Acton", 3), (1, 0, "Rouville", None)]),
    ],
)
def test_drawing_is_svg_without_style_or_script(drawing: str) -> None:
    root = ET.fromstring(drawing)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "viewBox" in root.attrib
    for element in root.iter():
        assert "style" not in element.attrib
        assert not element.tag.endswith("script")


def test_numbers_are_written_the_french_way() -> None:
    assert "17\u00a0737" in charts.bars([("Visiteurs", 17737)])


def test_picture_is_png() -> None:
    assert charts.png(charts.tiles([(0, 0, "A", 1)])).startswith(b"\x89PNG")
