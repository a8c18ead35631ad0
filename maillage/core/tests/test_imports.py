"""What a file leaves open is asked; what it says is read; what is wrong is told once for all its lines."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from maillage.core.imports import (
    Field,
    Kind,
    Line,
    candidates,
    day_order,
    lines_of,
    open_columns,
    order_asked,
    reasons,
    settled,
)

KIND = Kind(
    title="Essai",
    counted=str,
    fields=(
        Field("on", "Date", ("jour",), kind="day", needed=True),
        Field("amount", "Montant", ("total",), kind="number"),
        Field("note", "Mot", ("remarque",)),
    ),
    check=lambda lines, **more: None,
    write=lambda entries, **more: len(entries),
    writers=(),
    back=lambda organisation: "/",
)


def test_a_heading_is_known_without_accents_or_case() -> None:
    assert candidates(KIND, ["JOUR", "Rémarque", "", "autre"]) == {"on": [0], "amount": [], "note": [1]}


@pytest.mark.parametrize(
    ("headings", "given", "kept", "open_"),
    [
        (["Date", "Montant"], {}, {}, []),
        (["Date", "Jour"], {}, {}, ["on"]),  # two for one field
        (["Quand", "Montant"], {}, {}, ["on"]),  # none for what is needed
        (["Date", "Jour"], {"on": 1}, {}, []),  # answered
        (["Quand", "Montant"], {}, {"on": "quand"}, []),  # as last time
        (["Quand", "Quand"], {}, {"on": "Quand"}, ["on"]),
        (["Date", "Montant"], {"on": 7}, {}, ["on"]),  # no such column
        (["Date", "Montant"], {"on": None}, {}, ["on"]),
    ],
)
def test_what_names_leave_open_is_asked(
    headings: list[str], given: dict[str, int | None], kept: dict[str, str], open_: list[str]
) -> None:
    columns = settled(KIND, headings, given, kept)
    assert [f.name for f in open_columns(KIND, columns)] == open_


def test_an_answer_counts_more_than_what_was_kept_and_than_the_name() -> None:
    assert settled(KIND, ["Date", "Jour", "Total"], {"on": 1}, {"on": "Date"})["on"] == 1
    assert settled(KIND, ["Date", "Jour", "Total"], {}, {"on": "Jour"}) == {"on": 1, "amount": 2, "note": None}


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["2026-11-04"], ""),
        (["04/11/2026", "13/11/2026"], "day"),
        (["11/04/2026", "11/13/2026"], "month"),
        (["11/04/2026", "11/12/2026"], "ask"),
        (["04/04/2026", "11/11/2026"], ""),
        (["13/11/2026", "11/13/2026"], "day"),  # one of them is wrong: its line says so
        (["4-11-2026", "4.11.2026"], "ask"),
        (["", "hier"], ""),
    ],
)
def test_days_that_could_be_months_are_seen(texts: list[str], order: str) -> None:
    assert day_order(texts) == order


def lines(rows: Sequence[list[str]], order: str = "day") -> list[Line]:
    columns = settled(KIND, ["Date", "Montant", "Mot"], {}, {})
    return lines_of(KIND, columns, list(enumerate(rows, start=2)), order)


@pytest.mark.parametrize(("order", "day"), [("day", date(2026, 4, 11)), ("month", date(2026, 11, 4))])
def test_a_day_is_read_as_answered(order: str, day: date) -> None:
    (line,) = lines([["11/04/2026", "12,50", "oui"]], order)
    assert line.values == {"on": day, "amount": Decimal("12.50"), "note": "oui"}
    assert line.ready


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (["", "1", ""], "la cellule est vide"),
        (["31/31/2026", "1", ""], "date"),
        (["2026-11-04", "douze", ""], "Montant"),
    ],
)
@pytest.mark.parametrize("order", ["day", "month"])
def test_what_cannot_be_read_is_an_error_of_its_line(row: list[str], said: str, order: str) -> None:
    (line,) = lines([row], order)
    assert line.state == "wrong"
    assert said in line.errors[0][1]


def test_days_of_all_columns_count_together() -> None:
    kind: Any = Kind(**{**vars(KIND), "fields": (Field("a", "A", kind="day"), Field("b", "B", kind="day"))})
    rows = [(2, ["11/04/2026", "11/13/2026"])]
    assert order_asked(kind, {"a": 0, "b": 1}, rows) == "month"
    assert order_asked(kind, {"a": 0, "b": None}, rows) == "ask"


def test_a_reason_is_told_once_with_its_lines() -> None:
    found = reasons(lines([["", "1", ""]] * 30 + [["2026-11-04", "douze", ""]]))
    assert [len(r.numbers) for r in found] == [30, 1]
    assert found[0].listed.startswith("2, 3, 4")
    assert found[0].listed.endswith("21…")
