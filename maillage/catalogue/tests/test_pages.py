"""Pages of products: who sees what, saving, the grid, pictures."""

import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from maillage.catalogue import actions, queries
from maillage.catalogue.actions.grid import FIELDS, Row, row_texts, row_values, stamps_of
from maillage.catalogue.models import Product, ProductFormat, SupplyAgreement
from maillage.catalogue.sheet_cells import Known
from maillage.directory.models import Organisation, Person, RoleKind
from maillage.directory.tests.factories import OrganisationFactory, TerritoryFactory, with_role

from .factories import CategoryFactory, LabelFactory, ProductFactory, ProductFormatFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def farm() -> Organisation:
    farm: Organisation = OrganisationFactory(name="Ferme du Lac")
    return farm


@pytest.fixture
def farmer(farm: Organisation) -> Person:
    return with_role(farm, RoleKind.PRODUCER, given_name="Fatou", family_name="Fermière")


@pytest.fixture(autouse=True)
def _media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def signed_in(person: Person) -> Client:
    client = Client()
    assert person.account
    client.force_login(person.account)
    return client


def product_form(category: Any, **more: Any) -> dict[str, Any]:
    return {
        "name": "Carottes nantaises",
        "category": category.pk,
        "temperature": "chilled",
        "tax_class": "grocery",
        "is_active": "on",
        "formats-TOTAL_FORMS": "1",
        "formats-INITIAL_FORMS": "0",
        "formats-0-name": "sac de 1 kg",
        "formats-0-content": "1",
        "formats-0-content_unit": "kg",
        "formats-0-price": "4,2575",
        "formats-0-price_basis": "producer",
        "formats-0-deposit": "0",
        "formats-0-crates": "0,05",
        "formats-0-is_active": "on",
        **more,
    }


def test_a_producer_adds_a_product_with_its_format(farm: Organisation, farmer: Person) -> None:
    client, category = signed_in(farmer), CategoryFactory()
    assert client.get(reverse("catalogue:product_new")).status_code == 200
    answer = client.post(reverse("catalogue:product_new"), product_form(category))
    product = Product.objects.get()
    assert answer.url == reverse("catalogue:product", args=[product.public_id])  # type: ignore[attr-defined]
    assert (product.producer, product.reference, product.temperature) == (farm, "carottes-nantaises", "chilled")
    fmt = product.formats.get()
    assert (fmt.price, fmt.price_basis, fmt.crates) == (Decimal("4.2575"), "producer", Decimal("0.05"))
    assert client.get(answer.url).status_code == 200  # type: ignore[attr-defined]


def test_a_label_that_needs_a_certifier_refuses_without(farmer: Person, farm: Organisation) -> None:
    client, category = signed_in(farmer), CategoryFactory()
    LabelFactory(code="bio", name="Biologique", needs_certifier=True)
    refused = client.post(reverse("catalogue:product_new"), product_form(category, label_bio="on"))
    assert refused.status_code == 422
    assert "demande le nom de son certificateur" in refused.content.decode()
    assert not Product.objects.exists()
    client.post(reverse("catalogue:product_new"), product_form(category, label_bio="on", certifier_bio="Ecocert"))
    assert [str(held) for held in Product.objects.get().product_labels.all()] == ["Biologique (Ecocert)"]
    from maillage.catalogue.types import FormatData, ProductData

    with pytest.raises(actions.CertifierMissing):
        actions.save_product(
            producer_id=farm.pk,
            data=ProductData("X", "X", category.pk, labels={"bio": " "}),
            formats=[FormatData("un", Decimal(1), "kg", Decimal(1))],
            by=None,
        )


def test_a_product_needs_a_format(farmer: Person) -> None:
    form = product_form(CategoryFactory()) | {"formats-TOTAL_FORMS": "0"}
    refused = signed_in(farmer).post(reverse("catalogue:product_new"), form)
    assert refused.status_code == 422
    assert "au moins un format" in refused.content.decode()


def test_outsiders_find_no_product_and_coordinators_only_those_they_chose(farm: Organisation, farmer: Person) -> None:
    fmt = ProductFormatFactory(product__producer=farm, product__name="Panais")
    address = reverse("catalogue:product", args=[fmt.product.public_id])
    market = OrganisationFactory()
    coordinator = with_role(market, RoleKind.COORDINATOR)
    for person in (coordinator, with_role(OrganisationFactory(), RoleKind.PRODUCER)):
        assert signed_in(person).get(address).status_code == 404
        assert "Panais" not in signed_in(person).get(reverse("catalogue:products")).content.decode()
    SupplyAgreement.objects.create(organisation=market, producer=farm, since="2020-01-01")
    page = signed_in(coordinator).get(address)
    assert page.status_code == 200
    assert b'<form method="post" enctype' not in page.content
    assert signed_in(coordinator).post(address, {}).status_code == 404
    for name in ("grid", "import", "export", "product_new"):
        assert signed_in(coordinator).get(reverse(f"catalogue:{name}")).status_code == 404
        other = f"{reverse(f'catalogue:{name}')}?producteur={market.public_id}"
        assert signed_in(farmer).get(other).status_code == 404


def test_what_a_market_offers_comes_from_standing_agreements(farm: Organisation) -> None:
    from datetime import date

    kept = ProductFormatFactory(product__producer=farm)
    ProductFormatFactory(product__producer=farm, is_active=False)
    ProductFormatFactory(product__producer=farm, product__is_active=False)
    ProductFormatFactory()
    market = OrganisationFactory()
    agreement = actions.agree(organisation_id=market.pk, producer_id=farm.pk, since=date(2026, 1, 1), by=None)
    assert actions.agree(organisation_id=market.pk, producer_id=farm.pk, since=date(2026, 2, 1), by=None) == agreement
    assert list(queries.offerable_formats(market.pk, today=date(2026, 3, 1))) == [kept]
    assert list(queries.offerable_formats(market.pk, producer_id=market.pk, today=date(2026, 3, 1))) == []
    assert list(queries.producers_of(market.pk, today=date(2025, 12, 31))) == []
    actions.end_agreement(agreement_id=agreement.pk, until=date(2026, 3, 1), reason="Retraite", by=None)
    assert list(queries.producers_of(market.pk, today=date(2026, 2, 28))) == [farm]
    assert list(queries.producers_of(market.pk, today=date(2026, 3, 1))) == []


def test_the_list_costs_the_same_for_one_and_for_forty(
    farm: Organisation, farmer: Person, django_assert_max_num_queries: Any
) -> None:
    category = CategoryFactory()
    for _n in range(40):
        ProductFormatFactory(product__producer=farm, product__category=category)
    client = signed_in(farmer)
    with django_assert_max_num_queries(13):
        page = client.get(reverse("catalogue:products"), {"q": "produit"})
    assert page.content.decode().count("product-row") == 40
    part = client.get(reverse("catalogue:products"), {"q": "produit"}, headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()


@pytest.mark.parametrize("query", ["categorie=rien", "temperature=tiede", "producteur=x", "page=zut", "etat=?"])
def test_unknown_filters_are_passed_over(farm: Organisation, farmer: Person, query: str) -> None:
    ProductFormatFactory(product__producer=farm)
    assert signed_in(farmer).get(f"{reverse('catalogue:products')}?{query}").status_code == 200


def test_history_tells_who_changed_the_price(farm: Organisation, farmer: Person) -> None:
    fmt = ProductFormatFactory(product__producer=farm, product__name="Panais", name="sac", price=Decimal("4"))
    typed = typed_row(fmt) | {"price": "4,75"}
    rows = {fmt.public_id: Row(seen(fmt), typed)}
    actions.save_grid(producer_id=farm.pk, rows=rows, now=timezone.now(), by=farmer.account)
    [change] = queries.history_of(fmt.product)
    assert (change.who, change.of, change.before, change.after) == ("Fatou Fermière", "sac", 4, Decimal("4.75"))
    page = signed_in(farmer).get(reverse("catalogue:product", args=[fmt.product.public_id])).content.decode()
    assert "Fatou Fermière" in page


def typed_row(fmt: ProductFormat) -> dict[str, str]:
    texts = row_texts(ProductFormat.objects.select_related("product").get(pk=fmt.pk), Known.load())
    return {key: str(value) for key, value in texts.items()}


def seen(fmt: ProductFormat) -> dict[str, str]:
    return stamps_of(ProductFormat.objects.select_related("product").get(pk=fmt.pk))


def grid_post(*rows: tuple[ProductFormat, dict[str, str]]) -> dict[str, Any]:
    """The whole grid (`?colonnes=tout`) as a browser sends it."""
    data: dict[str, Any] = {"row": [str(fmt.public_id) for fmt, _more in rows]}
    for fmt, more in rows:
        cells = typed_row(fmt) | more
        data |= {f"{fmt.public_id}-{field}": cells[field] for field in FIELDS}
        data[f"{fmt.public_id}-stamps"] = ",".join(seen(fmt)[field] for field in FIELDS)
    return data


GRID = "/produits/grille/?colonnes=tout"


def test_the_grid_saves_all_or_shows_each_bad_cell(farm: Organisation, farmer: Person) -> None:
    one, two = (ProductFormatFactory(product__producer=farm) for _n in range(2))
    client = signed_in(farmer)
    bad = client.post(GRID, grid_post((one, {"price": "5"}), (two, {"price": "cher", "deposit": "-1"})))
    assert bad.status_code == 422
    assert "pas un nombre" in bad.content.decode()
    assert "est négatif" in bad.content.decode()
    one.refresh_from_db()
    assert one.price == 4
    good = client.post(
        GRID, grid_post((one, {"price": "5,1234"}), (two, {"temperature": "frozen", "is_active": "non"}))
    )
    assert good.status_code == 302
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.price, two.is_active, two.product.temperature) == (Decimal("5.1234"), False, "frozen")


def test_every_field_is_edited_in_the_grid(farm: Organisation, farmer: Person) -> None:
    fmt = ProductFormatFactory(product__producer=farm)
    category = CategoryFactory(name="Fines herbes")
    place = TerritoryFactory(name="Lieu-dit-du-Rang", kind="municipality")
    LabelFactory(code="bio", name="Biologique", needs_certifier=True)
    wanted = {
        "name": "Basilic pourpre", "description": "Frais coupé.", "category_id": "fines herbes",
        "temperature": "chilled", "tax_class": "taxable", "origin_id": "lieu-dit-du-rang",
        "season_from": "6", "season_to": "9",
        "allergens": "moutarde, sésame", "labels": "Biologique (Ecocert)", "product_active": "non", "format": "botte",
        "content": "0,05", "content_unit": "kg", "by_weight": "oui", "price": "12,3456", "price_basis": "producer",
        "deposit": "0,10", "crates": "0,02", "is_active": "non",
    }  # fmt: skip
    assert set(wanted) == set(FIELDS)
    assert signed_in(farmer).post(GRID, grid_post((fmt, wanted))).status_code == 302
    fmt = ProductFormat.objects.select_related("product").get(pk=fmt.pk)
    held = row_values(fmt)
    assert held == {
        **wanted, "category_id": category.pk, "origin_id": place.pk, "season_from": 6, "season_to": 9,
        "allergens": ("mustard", "sesame"), "labels": {"bio": "Ecocert"}, "product_active": False,
        "content": Decimal("0.050"), "by_weight": True, "price": Decimal("12.3456"), "deposit": Decimal("0.10"),
        "crates": Decimal("0.020"), "is_active": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"season_from": "6", "season_to": ""}, "le début et la fin"),
        ({"by_weight": "oui", "content_unit": "l"}, "se mesure en kg"),
        ({"category_id": "Rien de tel"}, "n’existe pas"),
        ({"labels": "Bio de fantaisie"}, "pas reconnu"),
        ({"name": ""}, "doit être remplie"),
    ],
)
def test_the_grid_says_what_is_wrong_in_a_cell(
    farm: Organisation, farmer: Person, typed: dict[str, str], says: str
) -> None:
    fmt = ProductFormatFactory(product__producer=farm)
    before = row_values(fmt)
    answer = signed_in(farmer).post(GRID, grid_post((fmt, typed)))
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert row_values(ProductFormat.objects.select_related("product").get(pk=fmt.pk)) == before


def test_products_have_one_row_in_their_grid(farm: Organisation, farmer: Person) -> None:
    fmt = ProductFormatFactory(product__producer=farm)
    ProductFormatFactory(product=fmt.product)
    page = signed_in(farmer).get(f"{reverse('catalogue:grid')}?colonnes=produits")
    assert [row["format"] for row in page.context["rows"]] == [fmt]
    formats = signed_in(farmer).get(reverse("catalogue:grid"))
    assert len(formats.context["rows"]) == 2
    assert "-price" in formats.content.decode()


def test_a_cell_changed_meanwhile_is_said_and_what_was_typed_is_kept(farm: Organisation, farmer: Person) -> None:
    mine, quiet = (ProductFormatFactory(product__producer=farm) for _n in range(2))
    form = grid_post((mine, {"price": "5", "deposit": "0,25"}), (quiet, {"deposit": "0,10"}))
    ProductFormat.objects.update(price=Decimal("7"))
    client = signed_in(farmer)
    answer = client.post(GRID, form)
    assert answer.status_code == 422
    text = answer.content.decode()
    assert text.count("entretemps") == 1  # the quiet row changed another cell
    assert "«\u00a07,0000\u00a0»" in text or "«\u00a07\u00a0»" in text or "«\u00a07.0000\u00a0»" in text
    assert f'name="{mine.public_id}-price" value="5"' in text
    mine.refresh_from_db()
    assert (mine.price, mine.deposit) == (7, 0)
    again = {**form, **{f"{row['format'].public_id}-stamps": row["stamps"] for row in answer.context["rows"]}}
    assert client.post(GRID, again).status_code == 302
    mine.refresh_from_db()
    quiet.refresh_from_db()
    assert (mine.price, mine.deposit) == (5, Decimal("0.25"))
    assert (quiet.price, quiet.deposit) == (7, Decimal("0.10"))


def test_two_formats_that_disagree_on_their_product_are_refused(farm: Organisation, farmer: Person) -> None:
    one = ProductFormatFactory(product__producer=farm)
    two = ProductFormatFactory(product=one.product)
    answer = signed_in(farmer).post(GRID, grid_post((one, {"name": "Un"}), (two, {"name": "Deux"})))
    assert "se contredisent" in answer.content.decode()


def test_the_grid_touches_no_other_producer(farmer: Person, farm: Organisation) -> None:
    ProductFormatFactory(product__producer=farm)
    theirs = ProductFormatFactory()
    signed_in(farmer).post(GRID, grid_post((theirs, {"price": "1"})))
    theirs.refresh_from_db()
    assert theirs.price == 4


def test_the_grid_costs_the_same_for_one_and_for_eighty(
    farm: Organisation, farmer: Person, django_assert_max_num_queries: Any
) -> None:
    for _n in range(80):
        ProductFormatFactory(product__producer=farm)
    client = signed_in(farmer)
    with django_assert_max_num_queries(14):
        shown = client.get(GRID).context["rows"]
    assert len(shown) == 40
    posted = grid_post(*[(row["format"], {"price": "9", "description": "Neuf."}) for row in shown])
    with django_assert_max_num_queries(21):
        saved = client.post(GRID, posted)
    assert saved.status_code == 302
    assert ProductFormat.objects.filter(price=9).count() == 40
    for columns, most in (("formats", 80), ("produits", 69)):
        assert len(client.get(reverse("catalogue:grid"), {"colonnes": columns}).context["rows"]) == most


def photo(kind: str = "JPEG", size: tuple[int, int] = (2400, 1600)) -> bytes:
    buffer = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "chez moi"
    Image.new("RGB", size, (180, 90, 30)).save(buffer, kind, exif=exif)
    return buffer.getvalue()


def test_a_picture_is_bounded_stripped_and_kept_by_browsers(farm: Organisation, farmer: Person) -> None:
    fmt = ProductFormatFactory(product__producer=farm)
    name = actions.set_picture(product_id=fmt.product_id, file=io.BytesIO(photo()), by=None)
    assert actions.set_picture(product_id=fmt.product_id, file=io.BytesIO(photo()), by=None) == name
    small, large = (Client().get(queries.picture_url(name, small=small)) for small in (True, False))
    for answer, longest in ((small, 400), (large, 1200)):
        assert "immutable" in answer["Cache-Control"]
        raw = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        image = Image.open(io.BytesIO(raw))
        assert (image.format, max(image.size)) == ("WEBP", longest)
        assert b"chez moi" not in raw
    page = signed_in(farmer).get(reverse("catalogue:products")).content.decode()
    assert queries.picture_url(name) in page


def test_a_picture_that_was_lost_is_written_again(farm: Organisation, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    fmt = ProductFormatFactory(product__producer=farm)
    name = actions.set_picture(product_id=fmt.product_id, file=io.BytesIO(photo()), by=None)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[:100])
    assert actions.set_picture(product_id=fmt.product_id, file=io.BytesIO(photo()), by=None) == name
    assert (tmp_path / name).read_bytes() == whole


@pytest.mark.parametrize("raw", [b"", b"<svg onload='x'/>", b"GIF89a", photo()[:3000], photo("PNG", (8, 8))[:20]])
def test_what_is_no_picture_is_refused(farm: Organisation, farmer: Person, raw: bytes) -> None:
    from maillage.catalogue.pictures import BadPicture

    product = ProductFactory(producer=farm)
    with pytest.raises(BadPicture):
        actions.set_picture(product_id=product.pk, file=io.BytesIO(raw), by=None)
    form = product_form(product.category, picture=SimpleUploadedFile("p.jpg", raw or b"x"))
    answer = signed_in(farmer).post(reverse("catalogue:product", args=[product.public_id]), form)
    assert answer.status_code == 422
    assert not product.formats.exists()


@pytest.mark.parametrize("name", ["..%2Fsecret", "x.webp", "0" * 32 + ".webp"])
def test_no_other_file_is_served(name: str) -> None:
    assert Client().get(f"/produits/images/{name}").status_code == 404


def test_the_spreadsheet_journey(farm: Organisation, farmer: Person) -> None:
    CategoryFactory(name="Miels", slug="miels")
    client = signed_in(farmer)
    assert client.get(reverse("catalogue:import")).status_code == 200
    assert client.get(reverse("catalogue:import_template")).status_code == 200
    bad = SimpleUploadedFile(
        "l.csv", "Produit;Catégorie;Format;Contenu;Unité;Prix\nMiel;Miels;pot;0,5;kg;cher".encode()
    )
    page = client.post(reverse("catalogue:import"), {"file": bad}, follow=True).content.decode()
    assert "pas un nombre" in page
    good = SimpleUploadedFile("l.csv", "Produit;Catégorie;Format;Contenu;Unité;Prix\nMiel;Miels;pot;0,5;kg;9".encode())
    answer = client.post(reverse("catalogue:import"), {"file": good}, follow=True)
    assert not Product.objects.exists()
    plan = answer.context["plan"]
    preview = answer.redirect_chain[-1][0]
    outsider = signed_in(with_role(OrganisationFactory(), RoleKind.PRODUCER))
    assert outsider.get(preview).status_code == outsider.post(preview).status_code == 404
    assert "Import terminé" in client.post(preview, {"fingerprint": plan.fingerprint}, follow=True).content.decode()
    assert Product.objects.get().name == "Miel"
    assert client.get(preview).status_code == 200
    export = client.get(reverse("catalogue:export"))
    assert export["Content-Disposition"].startswith("attachment")
    assert export.getvalue()[:2] == b"PK"
    junk = SimpleUploadedFile("l.xlsx", b"PK\x03\x04 rien")
    assert client.post(reverse("catalogue:import"), {"file": junk}).status_code == 422


def test_loading_categories_twice_changes_nothing() -> None:
    first = actions.load_categories()
    actions.load_labels()
    assert first["legumes-racines"].parent == first["legumes"]
    assert all(c.name_en and c.icon for c in first.values())
    before = sorted(first)
    assert sorted(actions.load_categories()) == before
    assert actions.load_labels()["bio"].needs_certifier
