import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from maillage.core import sheets
from maillage.core.numbers import decimal_of
from maillage.core.sheets import Column


def test_what_is_written_reads_back() -> None:
    columns = [Column("Désignation"), Column("Prix", "price"), Column("Depuis", "date")]
    rows = [["Carottes", Decimal("3.4567"), date(2026, 11, 22)], ["=1+1", Decimal("0.5"), None]]
    data = sheets.write_xlsx([("Produits", columns, rows)])
    read = sheets.read_table(io.BytesIO(data))
    assert [r.cells for r in read] == [
        {"designation": "Carottes", "prix": "3.4567", "depuis": "2026-11-22"},
        {"designation": "=1+1", "prix": "0.5", "depuis": ""},
    ]
    assert read[0].number == 2


def test_same_rows_give_the_same_bytes() -> None:
    make = lambda: sheets.write_xlsx([("A", [Column("x", "number")], [[1], [2]])], made_on=date(2026, 1, 1))  # noqa: E731
    assert make() == make()


def test_csv_of_windows_is_read() -> None:
    rows = sheets.read_table(io.BytesIO("Nom;Prix\r\nPâté;4,50 $\r\n;\r\n".encode("cp1252")))
    assert [r.cells for r in rows] == [{"nom": "Pâté", "prix": "4,50 $"}]


@pytest.mark.parametrize(
    ("text", "value"), [("1 234,50 $", "1234.50"), ("1,234.50", "1234.50"), ("12,5 %", "12.5"), ("-3", "-3")]
)
def test_numbers_as_people_type_them(text: str, value: str) -> None:
    assert decimal_of(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "abc", "12 kg", "1.2.3x"])
def test_what_is_not_a_number_says_so(text: str) -> None:
    with pytest.raises(ValueError, match="est pas un nombre"):
        decimal_of(text)


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04 garbage", b"\x00\x01\x02"])
def test_what_is_not_a_spreadsheet_says_so(raw: bytes) -> None:
    with pytest.raises(sheets.Unreadable):
        sheets.read_table(io.BytesIO(raw))


def test_small_file_that_claims_the_far_end_of_a_sheet_is_refused() -> None:
    """Room for every cell before it would be hundreds of gigabytes."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet()
    sheet.write_string(0, 0, "nom")
    sheet.write_string(1_048_575, 16_383, "loin")
    book.close()
    assert len(buffer.getvalue()) < 20_000
    with pytest.raises(sheets.Unreadable):
        sheets.read_table(io.BytesIO(buffer.getvalue()))


def test_workbook_that_unfolds_into_gigabytes_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as folded:
        folded.writestr("[Content_Types].xml", "<Types/>")
        folded.writestr("xl/workbook.xml", b" " * 200_000_000)
    with pytest.raises(sheets.Unreadable):
        sheets.read_table(io.BytesIO(buffer.getvalue()))


def test_endless_cell_of_a_csv_is_refused() -> None:
    with pytest.raises(sheets.Unreadable):
        sheets.read_table(io.BytesIO(b"nom\n" + b"x" * 200_000))


def test_rows_that_a_sheet_cannot_hold_go_on_to_the_next() -> None:
    file = io.BytesIO()
    rows = ([n] for n in range(5))
    sheets.write_xlsx_to(file, [("Lignes", [Column("n", "integer")], rows), ("lignes", [Column("n")], [])], most=2)
    file.seek(0)
    book = CalamineWorkbook.from_filelike(file)
    assert book.sheet_names == ["Lignes", "Lignes 2", "Lignes 3", "lignes 4"]
    assert [book.get_sheet_by_name(n).to_python()[1:] for n in book.sheet_names] == [[[0], [1]], [[2], [3]], [[4]], []]


def test_a_full_sheet_opens_no_empty_one() -> None:
    file = io.BytesIO()
    sheets.write_xlsx_to(file, [("Lignes", [Column("n", "integer")], [[1], [2]])], most=2)
    file.seek(0)
    assert CalamineWorkbook.from_filelike(file).sheet_names == ["Lignes"]


@pytest.mark.parametrize("end", ["\n", ""])
def test_row_of_a_csv_is_bounded_before_it_is_read(end: str) -> None:
    """A row is read in one go, while nothing else of the process runs: not even the health check."""
    cells = sheets.csv_rows(";" * 199_990 + end, delimiter=";", most=9)
    assert len(cells[0]) == 199_991
    for long in (";" * 200_001 + end, '"a\n";' * 50_000 + end):
        with pytest.raises(sheets.Unreadable, match="trop longue"):
            sheets.csv_rows("Nom;Prix\n" + long, delimiter=";", most=9)


def test_no_more_rows_of_a_csv_are_read_than_are_kept() -> None:
    assert len(sheets.csv_rows("a;b\n" * 1_000, delimiter=";", most=7)) == 7
    with pytest.raises(sheets.Unreadable, match="plus de 20 lignes"):
        sheets.read_table(io.BytesIO(b"a;b\n" * 22), max_rows=20)
    assert len(sheets.read_table(io.BytesIO(b"a;b\n" * 21), max_rows=20)) == 20


def test_workbook_of_too_many_cells_is_refused_and_empty_ones_cost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def book(rows: int, columns: int) -> io.BytesIO:
        file = io.BytesIO()
        with xlsxwriter.Workbook(file, {"constant_memory": True}) as made:
            sheet = made.add_worksheet()
            for y in range(rows):
                sheet.write_row(y, 0, [f"c{x}" if y == 0 else 1 for x in range(columns)])
        file.seek(0)
        return file

    with pytest.raises(sheets.Unreadable, match="trop de cellules"):
        sheets.read_table(book(4_100, 500))
    read = sheets.read_table(book(2_500, 3))
    assert (len(read), read[-1].number, read[-1].cells) == (2_499, 2_500, {"c0": "1", "c1": "1", "c2": "1"})


def grid_of(text: str) -> tuple[list[str], list[list[str]]]:
    grid = sheets.read_grid(io.BytesIO(text.encode()))
    return grid.headings, [cells for _number, cells in grid.rows]


@pytest.mark.parametrize("rows", [2, 3_000])
def test_a_quotation_mark_that_never_closes_is_named_and_swallows_nothing(rows: int) -> None:
    text = "Date,Description,Montant\n2026-11-20,Un,40.00\n" + '2026-11-20,"Panier de la semai,25.00\n'
    text += "2026-11-21,Deux,41.00\n" * rows
    with pytest.raises(sheets.Unreadable, match="ligne 3"):
        grid_of(text)


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_cells_may_hold_lines_and_quotation_marks(end: str) -> None:
    assert grid_of('Nom,Mot\nA,"un\ndeux"\nB,"dit ""oui"""' + end) == (
        ["Nom", "Mot"],
        [["A", "un\ndeux"], ["B", 'dit "oui"']],
    )


@pytest.mark.parametrize(("line", "sep"), [("sep=;", ";"), ('"sep=,"', ","), ("SEP=\t", "\t")])
def test_a_line_that_names_the_separator_is_no_row(line: str, sep: str) -> None:
    assert grid_of(f"{line}\r\nProduit{sep}Prix\r\nCarottes{sep}4\r\n") == (["Produit", "Prix"], [["Carottes", "4"]])


def test_the_first_sheet_that_shows_is_read() -> None:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    for name, price in (("Liste 2024", "2"), ("Liste 2026", "4,75")):
        sheet = book.add_worksheet(name)
        sheet.write_row(0, 0, ["Produit", "Prix"])
        sheet.write_row(1, 0, ["Carottes", price])
    book.worksheets()[0].hide()
    book.worksheets()[1].activate()
    book.close()
    grid = sheets.read_grid(io.BytesIO(file.getvalue()))
    assert [cells for _n, cells in grid.rows] == [["Carottes", "4,75"]]


def test_error_cells_are_no_empty_cells() -> None:
    """`#N/A` under a tax is no « détaxé »: it is a cell to correct."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    hidden, sheet = book.add_worksheet("Cachée"), book.add_worksheet("Prix d'été")
    hidden.hide()
    sheet.activate()
    sheet.write_row(0, 0, ["Produit", "Prix", "Taxe"])
    sheet.write_row(1, 0, ["Carottes", "4,75"])
    sheet.write_formula(1, 2, "=VLOOKUP(1,A1:B2,2,FALSE)", None, "#N/A")
    sheet.write_formula(2, 1, "=Z9", None, "#REF!")
    book.close()
    grid = sheets.read_grid(io.BytesIO(file.getvalue()))
    assert [cells for _n, cells in grid.rows] == [["Carottes", "4,75", "#N/A"], ["", "#REF!", ""]]


def test_moments_are_written_in_the_time_of_the_place() -> None:
    """A meeting of 31 March, 20 h 30, is none of 1 April."""
    moment = datetime(2026, 4, 1, 0, 30, tzinfo=UTC)
    book = sheets.write_xlsx(
        [("F", [Column("Quand", "datetime"), Column("Jour", "date")], [[moment, date(2026, 4, 1)]])]
    )
    (read,) = sheets.read_table(io.BytesIO(book))
    assert read.cells == {"quand": "2026-03-31 20:30", "jour": "2026-04-01"}
    file = io.BytesIO()
    sheets.write_csv_to(file, ["Quand"], [[moment]])
    assert "2026-03-31 20:30" in file.getvalue().decode("utf-8-sig")
