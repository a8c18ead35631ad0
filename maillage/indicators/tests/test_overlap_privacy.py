"""Small numbers of the matrix are not told, nor can be found by subtraction from a single silence."""

import pytest

from maillage.indicators.queries import Overlap, hushed


def matrix(**pairs: int) -> Overlap:
    """Members 1, 2, 3…; `p12=3`: three enterprises of both."""
    members = sorted({int(m) for name in pairs for m in name[1:]})
    found = {a: dict.fromkeys(members, 0) for a in members}
    for name, count in pairs.items():
        a, b = int(name[1]), int(name[2])
        found[a][b] = found[b][a] = count
    return Overlap(members, 0, 0, found, {})


@pytest.mark.parametrize(
    ("pairs", "silent"),
    [
        ({"p12": 9, "p13": 12, "p23": 0}, []),
        ({"p12": 3, "p13": 4, "p23": 20}, [(1, 2), (1, 3)]),
        ({"p12": 3, "p13": 12, "p23": 20}, [(1, 2), (1, 3)]),  # alone, it would be the difference
        ({"p12": 2}, [(1, 2)]),
    ],
)
def test_pairs_of_one_to_four_are_silent(pairs, silent) -> None:
    assert hushed(matrix(**pairs)) == {frozenset(pair) for pair in silent}
