"""Words compared as people compare them."""

import pytest

from maillage.core.text import fold, unaccented


@pytest.mark.parametrize(
    ("written", "plain", "words"),
    [
        ("Prix  (\u00a0$)", "prix ( $)", "prix"),
        ("L’Île-d'Orléans", "l'ile-d'orleans", "l ile d orleans"),
        ("CŒUR de bœuf", "coeur de boeuf", "coeur de boeuf"),
        (" Ex æquo\t n° 2 ", "ex aequo n° 2", "ex aequo n 2"),
        ("", "", ""),
    ],
)
def test_case_accents_ligatures_and_spaces_do_not_count(written: str, plain: str, words: str) -> None:
    assert unaccented(written) == plain
    assert fold(written) == words
