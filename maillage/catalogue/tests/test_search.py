"""Searching products as people type."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from maillage.catalogue.models import Product
from maillage.catalogue.search import search
from maillage.directory.tests.factories import OrganisationFactory

from .factories import CategoryFactory, LabelFactory, ProductFactory, ProductLabelFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def shelf() -> dict[str, Product]:
    roots = CategoryFactory(name="Légumes racines", name_en="Root vegetables", parent=CategoryFactory(name="Légumes"))
    fruit = CategoryFactory(name="Petits fruits")
    farm = OrganisationFactory(name="Ferme de l'Érablière rouge")
    bio = LabelFactory(code="bio", name="Biologique")
    shelf = {
        "celeriac": ProductFactory(name="Céleri-rave", category=roots, producer=farm),
        "celery": ProductFactory(name="Céleri en branches", category=roots),
        "carrots": ProductFactory(name="Carottes nantaises", category=roots),
        "strawberries": ProductFactory(name="Fraises d'été", category=fruit),
        "organic strawberries": ProductFactory(name="Fraises d'automne", category=fruit),
        "raspberries": ProductFactory(name="Framboises", category=fruit),
        "eggs": ProductFactory(name="Œufs de poules en liberté", description="Calibre gros, douzaine."),
        "leeks": ProductFactory(name="Poireaux"),
        "pears": ProductFactory(name="Poires Beurré d'Anjou"),
    }
    ProductLabelFactory(product=shelf["organic strawberries"], label=bio)
    return shelf


def found(text: str) -> list[str]:
    return [p.name for p in search(Product.objects.all(), text)]


@pytest.mark.parametrize("text", ["celeri", "céléri", "CÈLERI", "cele", "celleri", "celri", "cèlerie"])
def test_accents_case_and_slips_do_not_hide_celery(shelf: dict[str, Product], text: str) -> None:
    assert set(found(text)) == {"Céleri-rave", "Céleri en branches"}


@pytest.mark.parametrize("text", ["cèleri-rave", "celeri rave", "céleri-raves", "celleri rave"])
def test_celeriac_is_found_with_or_without_its_hyphen(shelf: dict[str, Product], text: str) -> None:
    assert found(text) == ["Céleri-rave"]


@pytest.mark.parametrize(
    "text", ["carote", "carotte", "carrote", "karotte", "carottes nantaise", "root vegetables car"]
)
def test_carrots_are_found(shelf: dict[str, Product], text: str) -> None:
    assert found(text)[0] == "Carottes nantaises"


@pytest.mark.parametrize("text", ["fraise bio", "bio fraise", "fraises biologiques", "fraize bio"])
def test_a_label_is_part_of_the_search(shelf: dict[str, Product], text: str) -> None:
    assert found(text) == ["Fraises d'automne"]


@pytest.mark.parametrize("text", ["oeufs", "œuf", "oeuf poule", "calibre gros"])
def test_ligatures_and_descriptions_are_found(shelf: dict[str, Product], text: str) -> None:
    assert found(text) == ["Œufs de poules en liberté"]


def test_right_words_bring_no_lookalikes(shelf: dict[str, Product]) -> None:
    assert found("poires") == ["Poires Beurré d'Anjou"]
    assert found("framboise") == ["Framboises"]
    assert found("erabliere") == ["Céleri-rave"]


def test_words_can_be_excluded_and_quoted(shelf: dict[str, Product]) -> None:
    assert found("fraise -automne") == ["Fraises d'été"]
    assert found('"céleri en branches"') == ["Céleri en branches"]


@pytest.mark.parametrize("text", ["", "   ", "!!!", "-", "''"])
def test_no_word_filters_nothing(shelf: dict[str, Product], text: str) -> None:
    assert len(found(text)) == len(shelf)


@pytest.mark.parametrize("text", ["zzzzqqq", "de", "'; drop table", "a & | ! :*", "\x00x", "%_%", "(" * 300, "é" * 500])
def test_odd_texts_are_searched_without_an_error(shelf: dict[str, Product], text: str) -> None:
    assert len(found(text)) <= len(shelf)


def test_renaming_a_producer_a_category_or_a_label_is_followed(shelf: dict[str, Product]) -> None:
    farm = shelf["celeriac"].producer
    farm.name = "Coopérative des Grands Jardins"
    farm.save()
    label = shelf["organic strawberries"].product_labels.get().label
    label.code, label.name = "paysan", "Paysan"
    label.save()
    parent = shelf["carrots"].category.parent
    assert parent is not None
    parent.name = "Potager"
    parent.save()
    assert found("grands jardins") == ["Céleri-rave"]
    assert found("erabliere") == []
    assert found("fraise paysan") == ["Fraises d'automne"]
    assert "Carottes nantaises" in found("potager")
    shelf["organic strawberries"].product_labels.all().delete()
    assert found("fraise paysan") == []


def test_a_search_is_one_query_on_indexes_with_nine_thousand_products(django_assert_num_queries: Any) -> None:
    category, farm = CategoryFactory(name="Divers"), OrganisationFactory()
    nouns = ["Panais", "Betteraves", "Fromage", "Miel", "Confiture", "Pain", "Saucisse", "Tisane", "Sirop", "Haricots"]
    kinds = ["rouge", "blanc", "fumé", "sauvage", "doux", "corsé", "nouveau", "rustique", "ancien"]
    Product.objects.bulk_create(
        Product(producer=farm, reference=str(n), category=category, name=f"{nouns[n % 10]} {kinds[n % 9]} numéro {n}")
        for n in range(8990)
    )
    Product.objects.bulk_create(
        Product(producer=farm, reference=f"c{n}", category=category, name=f"Topinambour {n}") for n in range(10)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalogue_product")
    for text in ("topinambour", "topinanbour", "topinam"):
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert len(list(search(Product.objects.all(), text))) == 10
        assert len(queries) == 1
        plan = search(Product.objects.all(), text).explain(analyze=True, buffers=False)
        assert "Seq Scan on catalogue_product" not in plan, plan
        assert "product_search" in plan
        assert "product_name_trgm" in plan
