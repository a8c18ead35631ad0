"""Lists of rows: what a page shows, how it sorts, what its file holds."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone
from django.utils.translation import override
from django_cotton.compiler_regex import CottonCompiler

from maillage.core.models import Letter
from maillage.core.tables import Badge, Chip, Choice, Column, Empty, Listing, Table


@dataclass
class Row:
    name: str
    amount: Decimal | None
    on: date | None
    state: str = "sent"

    def get_state_display(self) -> str:
        return {"sent": "envoyée", "done": "faite"}[self.state]


ROWS = [
    Row("Érablière", Decimal("10.5"), date(2026, 3, 1)),
    Row("abattoir", None, None, "done"),
    Row("=Zoo <b>", Decimal(2), date(2025, 1, 2)),
]
TABLE = Table(
    "Lignes",
    Column("name", "Nom", order="name", href=lambda row: f"/x/{row.name[0]}/", head=True),
    Column("amount", "Montant", "money", order="amount"),
    Column("on", "Date", "day", order="on", wide=True),
    Column("state", "État", tones={"done": "good"}),
    Column("badge", "Pastille", value=lambda row: Badge(f"{len(row.name)} <", "warn")),
    Column("secret", "Pour le fichier", value=lambda row: row.name.upper(), on="file"),
    per_page=2,
)


def listing(rows: Any = ROWS, table: Table = TABLE, **asked: str) -> Listing:
    return Listing(table, rows, Empty("Rien encore", "Ajoutez."), search=asked.get("q", ""), file="lignes", asked=asked)


def names(found: Listing) -> list[str]:
    return [row.name for row in found.page.object_list]


def shown(found: Listing, address: str = "/x/") -> str:
    context = Context({"table": found, "request": RequestFactory().get(address)})
    return Template(CottonCompiler().process('<c-listing :table="table" />')).render(context)


def counted(rows: Iterable[Any], *, total: int) -> Iterable[Any]:
    assert total == 3
    return rows


def test_a_page_shows_its_rows_in_words() -> None:
    html = shown(listing())
    assert '<a href="/x/É/">Érablière</a>' in html
    assert '<td data-label="Montant" class="num">10,50\xa0$</td>' in html
    assert '<td data-label="Date" class="wide-only">1er mars 2026</td>' in html
    assert '<span class="badge badge-good">faite</span>' in html
    assert '<span class="badge badge-info">envoyée</span>' in html
    assert '<span class="badge badge-warn">9 &lt;</span>' in html
    assert '<td data-label="Montant" class="num"></td>' in html  # empty to the browser too: a dash stands there
    assert "Pour le fichier" not in html
    assert "Page 1 de 2" in html
    assert "3 lignes" in html
    with override("en"):
        assert "Mar 1, 2026" in shown(listing())


def test_what_a_row_says_is_never_markup() -> None:
    assert "=Zoo &lt;b&gt;" in shown(listing(page="2"))


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("", ["Érablière", "abattoir"]),
        ("name", ["=Zoo <b>", "abattoir"]),
        ("-name", ["Érablière", "abattoir"]),
        ("amount", ["=Zoo <b>", "Érablière"]),
        ("-amount", ["Érablière", "=Zoo <b>"]),  # what holds nothing comes last, both ways
        ("state", ["Érablière", "abattoir"]),  # does not sort
        ("password", ["Érablière", "abattoir"]),
        ("secret", ["Érablière", "abattoir"]),
    ],
)
def test_only_declared_columns_sort(asked: str, wanted: list[str]) -> None:
    assert names(listing(tri=asked)) == wanted


def test_a_heading_sorts_one_way_then_the_other_and_keeps_what_is_asked() -> None:
    first = listing(q="x", page="2", etat="sent").headings[0]
    assert (first.href, first.sorted) == ("?q=x&etat=sent&tri=name", "")
    up = listing(tri="name").headings[0]
    assert (up.href, up.sorted) == ("?tri=-name", "ascending")
    down = listing(tri="-name").headings[0]
    assert (down.href, down.sorted) == ("?tri=name", "descending")
    assert 'aria-sort="descending"' in shown(listing(tri="-name"))
    assert listing().headings[3].href == ""


def test_chips_keep_the_search_and_the_sort_and_a_search_keeps_the_chip() -> None:
    found = listing(q="é", tri="name", page="2", etat="sent")
    found.chips = [Chip("Toutes", {}, False), Chip("envoyées", {"etat": "sent"}, True)]
    assert [href for _chip, href in found.links] == ["?q=%C3%A9&tri=name", "?q=%C3%A9&tri=name&etat=sent"]
    html = shown(found)
    assert '<input type="hidden" name="etat" value="sent">' in html
    assert '<input type="hidden" name="tri" value="name">' in html
    assert 'name="page"' not in html
    assert 'aria-current="true">Envoyées' in html


def test_an_empty_list_says_what_to_do_and_a_narrow_one_how_to_widen_it() -> None:
    assert "Rien encore" in shown(listing([]))
    assert "Rien ne correspond" in shown(listing([], q="x"))
    filtered = listing([])
    filtered.filtered = True
    assert "Rien ne correspond" in shown(filtered)
    chipped = listing([])
    chipped.chips = [Chip("Toutes", {}, True)]
    assert "Rien encore" in shown(chipped)


def test_a_choice_narrows_and_stays_with_the_search_the_sort_and_the_chips() -> None:
    found = listing(tri="name", lieu="b", etat="sent")
    found.choices = [Choice("lieu", "Lieu", [("a", "Alma"), ("b", "Berthier <")], "b")]
    found.chips = [Chip("Toutes", {}, True)]
    html = shown(found)
    assert '<option value="">Tous</option><option value="a">Alma</option>' in html
    assert '<option value="b" selected>Berthier &lt;</option>' in html
    assert '<input type="hidden" name="lieu"' not in html
    assert '<input type="hidden" name="tri" value="name">' in html
    assert 'href="?tri=name&amp;lieu=b"' in html
    found.rows = []
    del found.page
    assert "Rien ne correspond" in shown(found)
    found.nothing = Empty("Aucun de ce nom")
    assert "Aucun de ce nom" in shown(found)
    found.choices = [Choice("lieu", "Lieu", [("a", "Alma")], "")]
    assert "Rien encore" in shown(found)


def test_a_live_list_is_searched_as_one_types() -> None:
    leaf = CottonCompiler().process('<c-listing :table="table" live="yes" />')
    context = Context({"table": listing(), "request": RequestFactory().get("/x/")})
    html = Template(leaf).render(context)
    assert 'hx-get="/x/" hx-target="#liste" hx-select="#liste"' in html
    assert html.count('id="liste"') == 1
    assert "hx-get" not in shown(listing())


def test_a_csv_holds_every_row_sorted_as_asked_and_no_formula() -> None:
    file = io.BytesIO()
    listing(tri="name", page="2").write(file, "csv", counting=counted, made_on=date(2026, 1, 1))
    text = file.getvalue().decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text))) == [
        ["Nom", "Montant", "Date", "État", "Pastille", "Pour le fichier"],
        ["'=Zoo <b>", "2", "2025-01-02", "envoyée", "8 <", "'=ZOO <B>"],
        ["abattoir", "", "", "faite", "8 <", "ABATTOIR"],
        ["Érablière", "10.5", "2026-03-01", "envoyée", "9 <", "ÉRABLIÈRE"],
    ]


def test_a_workbook_holds_numbers_and_days() -> None:
    from maillage.core.sheets import read_table

    file = io.BytesIO()
    listing().write(file, "xlsx", counting=counted, made_on=date(2026, 1, 1))
    file.seek(0)
    first, second, _third = read_table(file)
    assert first.cells["montant"] == "10.5"
    assert first.cells["date"] == "2026-03-01"
    assert second.cells["etat"] == "faite"


def test_the_last_line_sums() -> None:
    found = listing()
    found.total = {"name": "Total", "amount": Decimal("12.5")}
    foot = shown(found).partition("<tfoot>")[2]
    assert '<th scope="row">Total</th>' in foot
    assert "12,50\xa0$" in foot


@pytest.mark.django_db
def test_a_queryset_is_sorted_by_the_database_and_read_page_by_page(django_assert_num_queries: Any) -> None:
    for number, recipient in enumerate(("b@x.test", "a@x.test", "c@x.test")):
        Letter.objects.create(
            key=str(number), recipient=recipient, subject="Sujet", content={"body": ""}, created_at=timezone.now()
        )
    table = Table("Lettres", Column("recipient", "À", order="recipient"), per_page=2)
    with django_assert_num_queries(2):
        found = listing(Letter.objects.order_by("pk"), table, tri="-recipient")
        shown(found)
    assert [row.recipient for row in found.page.object_list] == ["c@x.test", "b@x.test"]
    assert found.count() == 3
    assert timezone.now() >= found.page.object_list[0].created_at
