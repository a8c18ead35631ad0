"""Words compared as people compare them."""

import pytest
from django.db import connection

from maillage.core.text import fold, sorting, unaccented


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


NAMES = ["Ail", "Échalotes", "Élevages", "epices", "Œufs", "Oignon", "Pain", "Pâté", "Yogourt", "Zeste"]


def test_names_are_sorted_as_in_french() -> None:
    assert sorted(set(NAMES), key=sorting) == NAMES


@pytest.mark.django_db
def test_the_database_sorts_the_same_whatever_its_locale() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT x FROM unnest(%s::text[]) x ORDER BY immutable_unaccent(lower(x)), x", [list(reversed(NAMES))]
        )
        assert [name for (name,) in cursor.fetchall()] == NAMES


@pytest.mark.parametrize(
    ("one", "other"),
    [("Bœuf", "boeuf"), ("N'Da", "Nʼda"), ("L’Écuyer", "l'ecuyer"), ("Øystein", "oystein"), ("Marie‑Ève", "marie-eve")],
)
def test_what_people_write_in_several_ways_is_one(one: str, other: str) -> None:
    assert unaccented(one) == unaccented(other)
    assert fold(one) == fold(other)
