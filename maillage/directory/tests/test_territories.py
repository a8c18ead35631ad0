from datetime import date
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from maillage.directory import actions, queries
from maillage.directory.models import Sector, Territory, TerritoryKind, TerritoryParent

from .factories import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("reference")]

TODAY = date(2026, 11, 22)
BEFORE, AFTER = date(2021, 7, 7), date(2021, 7, 8)


def found(name: str, *kinds: str) -> Territory:
    territory = queries.find_territory(name, kinds=kinds) if kinds else queries.find_territory(name)
    assert territory is not None, name
    return territory


def test_quebec_has_17_regions_and_104_mrcs() -> None:
    quebec = Territory.objects.get(kind=TerritoryKind.PROVINCE)
    assert queries.children_of(quebec, TODAY).count() == 17
    assert queries.mrcs_of(quebec, TODAY).count() == 104
    assert not [m for m in queries.territories(kind="mrc") if queries.region_of(m, TODAY) is None]


@pytest.mark.parametrize(
    ("code", "mrcs"),
    [
        ("01", 8),
        ("02", 5),
        ("03", 7),
        ("04", 6),
        ("05", 9),
        ("06", 1),
        ("07", 5),
        ("08", 5),
        ("09", 6),
        ("10", 3),
        ("11", 6),
        ("12", 10),
        ("13", 1),
        ("14", 6),
        ("15", 8),
        ("16", 13),
        ("17", 5),
    ],
)
def test_each_region_has_its_mrcs(code: str, mrcs: int) -> None:
    region = Territory.objects.get(kind=TerritoryKind.REGION, code=code)
    assert queries.children_of(region, TODAY).count() == mrcs


@pytest.mark.parametrize("name", ["Brome-Missisquoi", "La Haute-Yamaska"])
def test_two_mrcs_moved_to_estrie(name: str) -> None:
    mrc = found(name, "mrc")
    before, after = queries.region_of(mrc, BEFORE), queries.region_of(mrc, AFTER)
    assert before is not None
    assert after is not None
    assert (before.name, after.name) == ("Montérégie", "Estrie")
    monteregie = found("Montérégie", "region")
    assert mrc in queries.children_of(monteregie, BEFORE)
    assert mrc not in queries.descendants(monteregie, AFTER)


def test_a_municipality_has_the_code_of_its_mrc() -> None:
    links = TerritoryParent.objects.filter(child__kind="municipality", kind="administrative")
    pairs = list(links.values_list("child__code", "parent__code"))
    assert len(pairs) == Territory.objects.filter(kind="municipality").count() >= 110
    assert not [p for p in pairs if p[0][:2] != p[1][:2]]


def test_service_territory_crosses_regions() -> None:
    east = found("montérégie est")
    assert east.kind == TerritoryKind.SERVICE
    names = {t.name for t in queries.children_of(east, TODAY)}
    assert names == {
        "Acton",
        "Brome-Missisquoi",
        "Rouville",
        "Le Haut-Richelieu",
        "La Haute-Yamaska",
        "Marguerite-D'Youville",
        "La Vallée-du-Richelieu",
        "Les Maskoutains",
        "Pierre-De Saurel",
    }
    regions = {r.name for m in queries.mrcs_of(east, TODAY) if (r := queries.region_of(m, TODAY))}
    assert regions == {"Montérégie", "Estrie"}
    assert "Granby" in {t.name for t in queries.descendants(east, TODAY)}


@pytest.mark.parametrize(
    ("typed", "kind", "name"),
    [
        ("Haut-Richelieu", "mrc", "Le Haut-Richelieu"),
        ("haut richelieu", "mrc", "Le Haut-Richelieu"),
        ("MRC du Haut-Richelieu", "mrc", "Le Haut-Richelieu"),
        ("LES MASKOUTAINS", "mrc", "Les Maskoutains"),
        ("Maskoutains", "mrc", "Les Maskoutains"),
        ("vallee du richelieu", "mrc", "La Vallée-du-Richelieu"),
        ("Marguerite d’Youville", "mrc", "Marguerite-D'Youville"),
        ("Ile d'Orleans", "mrc", "L'Île-d'Orléans"),
        ("Autray", "mrc", "D'Autray"),
        ("Laurentides", "region", "Laurentides"),
        ("Les Laurentides", "mrc", "Les Laurentides"),
        ("Saguenay-Lac-Saint-Jean", "region", "Saguenay–Lac-Saint-Jean"),
        ("Gaspésie", "region", "Gaspésie–Îles-de-la-Madeleine"),
        ("Beloeil", "municipality", "Belœil"),
        ("Saint-Hubert", "municipality", "Longueuil"),
        ("Communauté métropolitaine de Québec", "mrc", "Québec"),
        ("Gatineau", "mrc", "Gatineau"),
    ],
)
def test_a_name_is_found_as_people_type_it(typed: str, kind: str, name: str) -> None:
    territory = found(typed)
    assert (territory.kind, territory.name) == (kind, name)


@pytest.mark.parametrize("typed", ["", "  ", "-", "Atlantide"])
def test_an_unknown_name_finds_nothing(typed: str) -> None:
    assert queries.find_territory(typed) is None


def test_kinds_choose_between_homonyms() -> None:
    assert found("Montréal", "region").kind == "region"
    assert found("Montréal", "municipality").kind == "municipality"
    assert found("Québec", "province").code == "24"


def test_loading_again_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    links = set(TerritoryParent.objects.values_list("pk", flat=True))
    territories = set(Territory.objects.values_list("pk", "public_id"))
    call_command("load_reference")
    assert "104" not in capsys.readouterr().err
    assert set(TerritoryParent.objects.values_list("pk", flat=True)) == links
    assert set(Territory.objects.values_list("pk", "public_id")) == territories


def test_loading_corrects_a_wrong_parent() -> None:
    mrc = found("Acton", "mrc")
    wrong = found("Estrie", "region")
    TerritoryParent.objects.filter(child=mrc, kind="administrative").update(parent=wrong)
    actions.load_territories(by=None)
    region = queries.region_of(mrc, TODAY)
    assert region is not None
    assert region.name == "Montérégie"


def test_sectors_are_named_in_both_languages() -> None:
    food = Sector.objects.get(code="311")
    assert (food.name, food.name_en) == ("Fabrication d'aliments", "Food manufacturing")
    assert Sector.objects.count() == 119
    assert not Sector.objects.filter(name_en="").exists()


def test_tile_grid_places_every_mrc_once(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_num_queries(2):
        tiles = queries.tile_grid(day=TODAY)
    assert len(tiles) == 104
    assert len({(t.column, t.row) for t in tiles}) == 104
    assert min(t.column for t in tiles) == min(t.row for t in tiles) == 1
    at = {t.name: t for t in tiles}
    assert at["Gatineau"].column < at["Montréal"].column < at["La Côte-de-Gaspé"].column
    assert at["Administration régionale Kativik"].row < at["Jamésie"].row < at["Brome-Missisquoi"].row
    assert at["Acton"].region_code == "16"


# --- the page --------------------------------------------------------------------------------
PAGE = "/territoires/"


def test_the_tree_is_that_of_the_day_chosen(cast: Cast, client: Client, django_assert_max_num_queries: Any) -> None:
    client.force_login(cast.visitor.account)
    for day, region in (("2021-07-07", "Montérégie"), ("2021-07-08", "Estrie")):
        with django_assert_max_num_queries(12):
            page = client.get(PAGE, {"le": day})
        places = {m.territory.name: b.territory.name for b in page.context["branches"] for m in b.inside}
        assert len(places) == 104
        assert places["Brome-Missisquoi"] == places["La Haute-Yamaska"] == region
    assert "Ajouter une municipalité" not in page.content.decode()
    assert client.post(PAGE, {"name": "X", "code": "47999", "mrc": found("La Haute-Yamaska").pk}).status_code == 404


def test_who_keeps_the_platform_adds_a_municipality(cast: Cast, client: Client) -> None:
    client.force_login(cast.admin.account)
    mrc = found("La Haute-Yamaska", "mrc")
    for typed, says in (
        ({"name": "Waterloo", "code": "46025"}, "commence par 47"),
        ({"name": "Waterloo", "code": "4702"}, "cinq chiffres"),
        ({"name": "granby", "code": "47999"}, "y est déjà"),
        ({"name": "Waterloo", "code": "47047"}, "Roxton Pond"),
    ):
        answer = client.post(PAGE, {**typed, "mrc": mrc.pk})
        assert (answer.status_code, says in answer.content.decode()) == (422, True), typed
    assert client.post(PAGE, {"name": "Waterloo", "code": "47025", "mrc": mrc.pk}).status_code == 302
    assert queries.parent_of(found("Waterloo"), TODAY) == mrc
    actions.load_territories(by=None)
    assert queries.parent_of(found("Waterloo"), TODAY) == mrc
