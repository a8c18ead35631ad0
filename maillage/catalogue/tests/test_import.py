"""A producer's spreadsheet: previewed, confirmed, applied at once; the same file twice changes nothing."""

import csv
import io
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from maillage.catalogue import actions
from maillage.catalogue.models import ImportState, Product, ProductFormat, ProductLabel, SheetImport
from maillage.catalogue.sheet_files import export, template
from maillage.core.downloads import Work
from maillage.core.quantity import Temperature, Unit
from maillage.core.sheets import Column, Unreadable, write_xlsx
from maillage.directory.models import Organisation
from maillage.directory.tests.factories import OrganisationFactory, TerritoryFactory, with_role

from .factories import CategoryFactory, LabelFactory, ProductFactory, ProductFormatFactory, ProductLabelFactory

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
HEAD = ["Référence", "Produit", "Catégorie", "Format", "Contenu", "Unité", "Prix"]
CARROTS = ["CAR", "Carottes", "Légumes racines", "sac de 1 kg", "1", "kg", "4,25"]


def exported(farm: Organisation) -> bytes:
    """What its producer takes away."""
    file = io.BytesIO()
    producer = with_role(farm, "producer").account
    export(Work(file), user=producer, producer=str(farm.public_id), made_on="2026-05-01")
    return file.getvalue()


@pytest.fixture
def farm(db: None) -> Organisation:
    CategoryFactory(name="Légumes racines", name_en="Root vegetables", slug="legumes-racines")
    CategoryFactory(name="Volailles", slug="volailles")
    LabelFactory(code="bio", name="Biologique", needs_certifier=True)
    LabelFactory(code="equitable", name="Équitable")
    farm: Organisation = OrganisationFactory()
    return farm


def as_csv(rows: Iterable[Iterable[Any]], *, delimiter: str = ";", encoding: str = "utf-8") -> io.BytesIO:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return io.BytesIO(text.getvalue().encode(encoding))


def as_xlsx(rows: list[list[Any]]) -> io.BytesIO:
    return io.BytesIO(write_xlsx([("Produits", [Column(h) for h in rows[0]], rows[1:])]))


def upload(farm: Organisation, file: io.BytesIO, name: str = "produits.csv") -> SheetImport:
    return actions.upload_sheet(producer_id=farm.pk, file=file, name=name, by=None)


def confirm(sheet: SheetImport) -> SheetImport:
    return actions.apply_import(import_id=sheet.pk, fingerprint=actions.preview(sheet).fingerprint, now=NOW, by=None)


def complaints(farm: Organisation, *rows: list[Any], head: list[str] = HEAD) -> list[tuple[int, str, str]]:
    plan = actions.preview(upload(farm, as_csv([head, *rows])))
    return [(e.row, e.column, e.message) for e in plan.errors]


def test_nothing_is_written_before_the_confirmation(farm: Organisation) -> None:
    sheet = upload(farm, as_csv([HEAD, CARROTS]))
    assert actions.preview(sheet).counts == {"created": 1, "changed": 0, "unchanged": 0}
    assert not Product.objects.exists()
    confirm(sheet)
    product = Product.objects.get()
    fmt = product.formats.get()
    assert (product.name, product.category.slug, product.temperature) == ("Carottes", "legumes-racines", "ambient")
    assert (fmt.name, fmt.content, fmt.content_unit, fmt.price) == ("sac de 1 kg", 1, "kg", Decimal("4.2500"))


def test_the_same_file_twice_changes_nothing(farm: Organisation) -> None:
    rows = [
        HEAD,
        CARROTS,
        ["CAR", "", "", "sac de 5 kg", "5", "kg", "18"],
        ["", "Panais", "root vegetables", "botte", "1", "unité", "3,5"],
    ]
    confirm(upload(farm, as_csv(rows)))
    before = list(ProductFormat.objects.order_by("pk").values())
    stamps = list(Product.objects.order_by("pk").values())
    again = upload(farm, as_csv(rows))
    assert actions.preview(again).counts == {"created": 0, "changed": 0, "unchanged": 3}
    confirm(again)
    assert list(ProductFormat.objects.order_by("pk").values()) == before
    assert list(Product.objects.order_by("pk").values()) == stamps


@pytest.mark.parametrize(
    ("delimiter", "encoding"), [(";", "utf-8"), (",", "utf-8-sig"), (";", "cp1252"), ("\t", "cp1252")]
)
def test_csv_is_read_whatever_its_dialect(farm: Organisation, delimiter: str, encoding: str) -> None:
    confirm(
        upload(
            farm,
            as_csv([HEAD, [*CARROTS[:1], "Œillets et céleris", *CARROTS[2:]]], delimiter=delimiter, encoding=encoding),
        )
    )
    assert Product.objects.get().name == "Œillets et céleris"


def test_headings_are_forgiven_and_unknown_ones_said(farm: Organisation) -> None:
    head = ["CODE", "  nom ", "categorie", "FORMAT", "contenu", "unite", "PRIX ($)", "Humeur"]
    plan = actions.preview(upload(farm, as_csv([head, [*CARROTS, "belle"]])))
    assert not plan.errors
    assert plan.ignored == ["humeur"]


def test_a_changed_cell_shows_before_and_after(farm: Organisation) -> None:
    confirm(upload(farm, as_csv([HEAD, CARROTS])))
    sheet = upload(farm, as_xlsx([["Référence", "Prix"], ["CAR", Decimal("4.75")]]))
    line = actions.preview(sheet).lines[0]
    assert line.kind == "changed"
    assert line.changes == [("Prix", Decimal("4.2500"), Decimal("4.7500"))]
    confirm(sheet)
    assert ProductFormat.objects.get().price == Decimal("4.75")
    assert Product.objects.get().name == "Carottes"


@pytest.mark.parametrize(
    ("column", "cell", "words"),
    [
        ("Prix", "gratuit", "pas un nombre"),
        ("Prix", "0", "plus grand que zéro"),
        ("Prix", "-2", "plus grand que zéro"),
        ("Prix", "4,12345", "décimales"),
        ("Prix", "", "doit être remplie"),
        ("Prix", "99999999999", "trop grand"),
        ("Catégorie", "Legumes racine", "Vouliez-vous dire «\u00a0Légumes racines\u00a0»"),
        ("Unité", "livre", "Accepté\u00a0: unité, kg, l, portion"),
        ("Format", "", "doit être remplie"),
        ("Produit", "x" * 161, "160 au plus"),
    ],
)
def test_each_bad_cell_says_what_is_wrong_and_what_is_accepted(
    farm: Organisation, column: str, cell: str, words: str
) -> None:
    row = [cell if h == column else c for h, c in zip(HEAD, CARROTS, strict=True)]
    [(number, at, message)] = complaints(
        farm, [*CARROTS[:3], "sac de 2 kg", *CARROTS[4:]], ["PAN", "Panais", *CARROTS[2:]], ["X", *row[1:]]
    )
    assert (number, at) == (4, column)
    assert words in message


@pytest.mark.parametrize(
    ("heading", "cell", "words"),
    [
        ("Température", "tiède", "ambiant, réfrigéré, congelé"),
        ("Taxe", "peut-être", "détaxé, taxable"),
        ("Étiquettes", "Biologique", "certificateur"),
        ("Étiquettes", "Cosmique", "Biologique, Équitable"),
        ("Allergènes", "lait, poussière", "poussière"),
        ("Début de saison", "brumaire", "pas un mois"),
        ("Vendu au poids", "bof", "oui, non"),
        ("Origine", "Atlantide", "pas connu"),
        ("Consigne", "0,105", "décimales"),
    ],
)
def test_optional_columns_are_checked_as_well(farm: Organisation, heading: str, cell: str, words: str) -> None:
    [(number, at, message)] = complaints(farm, [*CARROTS, cell], head=[*HEAD, heading])
    assert (number, at) == (2, heading)
    assert words in message


def test_rows_of_one_product_agree_and_a_format_comes_once(farm: Organisation) -> None:
    rows = [CARROTS, ["CAR", "Navets", *CARROTS[2:3], "sac de 5 kg", *CARROTS[4:]], CARROTS]
    assert [(r, c) for r, c, _m in complaints(farm, *rows)] == [(3, "Produit"), (4, "Format")]


def test_a_sale_by_weight_is_in_kilograms_and_grams_are_converted(farm: Organisation) -> None:
    head = [*HEAD, "Vendu au poids"]
    assert complaints(farm, [*CARROTS[:5], "l", "4", "oui"], head=head)[0][1] == "Unité"
    confirm(upload(farm, as_csv([head, [*CARROTS[:4], "454", "g", "4", "non"]])))
    fmt = ProductFormat.objects.get()
    assert (fmt.content, fmt.content_unit) == (Decimal("0.454"), "kg")


def test_a_file_with_an_error_writes_nothing(farm: Organisation) -> None:
    sheet = upload(farm, as_csv([HEAD, CARROTS, ["PAN", *CARROTS[1:6], "gratuit"]]))
    with pytest.raises(actions.ImportHasErrors):
        confirm(sheet)
    assert not Product.objects.exists()
    sheet.refresh_from_db()
    assert sheet.state == ImportState.PREVIEWED


def test_a_confirmation_is_for_what_was_seen(farm: Organisation) -> None:
    confirm(upload(farm, as_csv([HEAD, CARROTS])))
    sheet = upload(farm, as_csv([HEAD, [*CARROTS[:6], "5"]]))
    seen = actions.preview(sheet).fingerprint
    ProductFormat.objects.update(price=Decimal("6"))
    with pytest.raises(actions.CatalogueChanged):
        actions.apply_import(import_id=sheet.pk, fingerprint=seen, now=NOW, by=None)
    assert ProductFormat.objects.get().price == 6
    confirm(sheet)
    with pytest.raises(actions.AlreadyDone):
        actions.apply_import(import_id=sheet.pk, fingerprint=seen, now=NOW, by=None)


def test_labels_are_written_with_their_certifier_and_can_be_emptied(farm: Organisation) -> None:
    head = [*HEAD, "Étiquettes"]
    confirm(upload(farm, as_csv([head, [*CARROTS, "bio (Ecocert, Canada); équitable"]])))
    assert set(ProductLabel.objects.values_list("label__code", "certifier")) == {
        ("bio", "Ecocert, Canada"),
        ("equitable", ""),
    }
    confirm(upload(farm, as_csv([head, ["CAR", "", "", "sac de 9 kg", "9", "kg", "30", ""]])))
    assert not ProductLabel.objects.exists()


def test_two_files_of_a_producer_do_not_touch_another(farm: Organisation) -> None:
    other = ProductFormatFactory(product__reference="CAR", product__name="Les carottes du voisin", price=9)
    confirm(upload(farm, as_csv([HEAD, CARROTS])))
    other.refresh_from_db()
    assert other.price == 9
    assert Product.objects.count() == 2


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04junk", b"\x00\x01\x02", b"\n\n"])
def test_a_file_that_is_no_table_is_refused(farm: Organisation, raw: bytes) -> None:
    with pytest.raises(Unreadable):
        upload(farm, io.BytesIO(raw))


def test_a_header_alone_and_a_file_without_product_say_so(farm: Organisation) -> None:
    assert "aucune ligne" in complaints(farm)[0][2]
    assert "Il manque la colonne" in complaints(farm, ["4"], head=["Prix"])[0][2]


def test_the_template_imports_as_it_is(farm: Organisation) -> None:
    sheet = upload(farm, io.BytesIO(template(today=date(2026, 5, 1))), "modele.xlsx")
    plan = actions.preview(sheet)
    assert plan.errors == []
    assert plan.counts["created"] == 2
    confirm(sheet)
    assert ProductFormat.objects.get(by_weight=True).content == Decimal("1.8")


def test_three_thousand_rows_take_few_queries(farm: Organisation, django_assert_max_num_queries: Any) -> None:
    rows = [[f"P{n}", f"Produit {n}", "Légumes racines", "sac", "1", "kg", f"{n % 90 + 1},25"] for n in range(3000)]
    with django_assert_max_num_queries(60):
        confirm(upload(farm, as_csv([HEAD, *rows])))
    dearer = [[*row[:6], f"{n % 90 + 2},25"] for n, row in enumerate(rows)]
    with django_assert_max_num_queries(60):
        confirm(upload(farm, as_csv([HEAD, *dearer])))
    assert ProductFormat.objects.filter(price=Decimal("2.25")).count() == 34


printable = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")) | st.just(" "), max_size=30).map(
    str.strip
)
names = printable.filter(bool)
amounts = st.decimals(min_value="0.0001", max_value=9999, places=4)


class RoundTrip(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(
        products=st.lists(
            st.tuples(
                printable,
                names,
                st.sampled_from(Temperature.values),
                st.sets(st.sampled_from(["milk", "eggs", "tree_nuts"])),
                st.none() | st.tuples(st.integers(1, 12), st.integers(1, 12)),
                st.booleans(),
                st.lists(
                    st.tuples(printable, names, amounts, st.booleans()),
                    min_size=1,
                    max_size=3,
                    unique_by=lambda f: f[0],
                ),
            ),
            max_size=5,
        )
    )
    def test_an_export_imported_again_changes_nothing(self, products: list[Any]) -> None:
        farm = OrganisationFactory()
        categories = [
            CategoryFactory(name="Fruits"),
            CategoryFactory(name="Fruits", parent=CategoryFactory(name="Autre")),
        ]
        places = [TerritoryFactory(kind=k, name="Gatineau") for k in ("mrc", "municipality")]
        label = LabelFactory(code="bio", name="Biologique", needs_certifier=True)
        for n, (text, name, temperature, allergens, season, active, formats) in enumerate(products):
            product = ProductFactory(
                producer=farm, reference=f"R{n}", name=name, description=text, category=categories[n % 2],
                temperature=temperature, allergens=sorted(allergens), origin=places[n % 2], is_active=active,
                season_from=season[0] if season else None, season_to=season[1] if season else None,
            )  # fmt: skip
            if active:
                ProductLabelFactory(product=product, label=label, certifier="Ecocert (Canada)")
            for reference, title, price, by_weight in formats:
                ProductFormatFactory(
                    product=product, reference=reference, name=title, price=price, by_weight=by_weight,
                    content_unit=Unit.KG, content=Decimal("1.234"),
                )  # fmt: skip
        total = ProductFormat.objects.filter(product__producer=farm).count()
        sheet = upload(farm, io.BytesIO(exported(farm)), "produits.xlsx")
        plan = actions.preview(sheet)
        if total:
            assert plan.errors == []
        assert [line.changes for line in plan.lines if line.kind != "unchanged"] == []
        assert plan.counts["unchanged"] == total


@pytest.mark.django_db
@pytest.mark.parametrize(("written", "read"), [("en", "fr"), ("fr", "en"), ("en", "en")])
def test_a_sheet_written_in_one_language_is_read_in_the_other(farm: Organisation, written: str, read: str) -> None:
    fmt = ProductFormatFactory(
        product__producer=farm, product__season_from=6, product__season_to=9, product__allergens=["tree_nuts", "milk"],
        product__temperature="frozen", product__category__name="Noix", product__category__name_en="Nuts",
        price_basis="producer", weighed=True,
    )  # fmt: skip
    ProductLabelFactory(product=fmt.product, label__name="Équitable neuf", label__name_en="Fair trade", certifier="FLO")
    with translation.override(written):
        raw = exported(farm)
    with translation.override(read):
        plan = actions.preview(upload(farm, io.BytesIO(raw), "produits.xlsx"))
    assert (plan.errors, plan.ignored, plan.counts) == ([], [], {"created": 0, "changed": 0, "unchanged": 1})


@pytest.mark.django_db
def test_the_english_template_is_read_back(farm: Organisation) -> None:
    with translation.override("en"):
        plan = actions.preview(upload(farm, io.BytesIO(template(today=NOW.date())), "template.xlsx"))
    assert (plan.errors, plan.ignored, plan.counts["created"]) == ([], [], 2)
    assert plan.lines[0].values["name"] == "Nantes carrots"
