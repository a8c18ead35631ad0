import pytest
from django.test import Client
from django.urls import reverse

from maillage.directory import actions, queries
from maillage.directory.models import Organisation, Person, Role, Sector, Territory

from .factories import Cast, OrganisationFactory, TerritoryFactory

pytestmark = pytest.mark.django_db


def signed_in(person: Person) -> Client:
    client = Client()
    assert person.account is not None
    client.force_login(person.account)
    return client


def form(**values: str) -> dict[str, str]:
    return {"name": "Coop neuve", "legal_form": "coop_worker", **values}


# --- who sees and edits ----------------------------------------------------------------------
def test_visitors_sign_in_first(cast: Cast) -> None:
    for name, args in (("organisations", []), ("me", []), ("organisation", [cast.ours.public_id]), ("duplicates", [])):
        page = Client().get(reverse(f"directory:{name}", args=args))
        assert page.status_code == 302
        assert page["Location"].startswith(reverse("account_login"))


def test_each_sees_what_their_roles_open(cast: Cast) -> None:
    opened = {
        cast.coordinator: {"organisation": 200, "organisation_edit": 200, "organisation_history": 200, "people": 200},
        cast.teammate: {"organisation": 200, "organisation_edit": 404, "organisation_history": 404, "people": 404},
        cast.outsider: {"organisation": 200, "organisation_edit": 404, "organisation_history": 404, "people": 404},
        cast.visitor: {"organisation": 404, "organisation_edit": 404, "organisation_history": 404, "people": 404},
        cast.admin: {"organisation": 200, "organisation_edit": 200, "organisation_history": 200, "people": 200},
    }
    for person, pages in opened.items():
        client = signed_in(person)
        for name, status in pages.items():
            url = reverse(f"directory:{name}", args=[cast.ours.public_id])
            assert client.get(url).status_code == status, (person.name, name)


def test_a_teammate_lists_only_their_own(cast: Cast) -> None:
    listed = list(queries.search_organisations(user=cast.teammate.account))
    assert listed == [cast.ours]
    assert set(queries.search_organisations(user=cast.coordinator.account)) == {cast.ours, cast.theirs}
    assert not queries.search_organisations(user=cast.visitor.account).exists()


# --- search ----------------------------------------------------------------------------------
@pytest.mark.parametrize("typed", ["érablière", "ERABLIERE", "rang erabl", "1143920099", "saint remi"])
def test_search_forgives_accents_and_order(cast: Cast, typed: str) -> None:
    place = TerritoryFactory(kind="municipality", name="Saint-Rémi")
    wanted = OrganisationFactory(name="L'Érablière du Rang", neq="1143920099", municipality=place)
    OrganisationFactory(name="Ferme du Ruisseau")
    page = signed_in(cast.coordinator).get(reverse("directory:organisations"), {"q": typed})
    assert [o.pk for o in page.context["table"].page] == [wanted.pk]


def test_nothing_found_says_what_to_do(cast: Cast) -> None:
    page = signed_in(cast.coordinator).get(reverse("directory:organisations"), {"q": "zzz"}).content.decode()
    assert reverse("directory:organisation_new") in page
    assert "Aucune organisation de ce nom" in page


def test_the_list_takes_a_constant_number_of_queries(cast: Cast, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    place = TerritoryFactory()
    for _ in range(35):
        OrganisationFactory(mrc=place)
    client = signed_in(cast.coordinator)
    with django_assert_max_num_queries(10):
        page = client.get(reverse("directory:organisations"))
    assert len(page.context["table"].page) == 30


def test_the_file_holds_whom_one_may_look_up_and_no_more(cast: Cast) -> None:
    for person, named in ((cast.coordinator, True), (cast.teammate, False)):
        answer = signed_in(person).get(reverse("directory:organisations"), {"fichier": "csv"})
        text = b"".join(answer).decode()  # type: ignore[arg-type]
        assert cast.ours.name in text
        assert (cast.theirs.name in text) is named


# --- adding and correcting -------------------------------------------------------------------
@pytest.mark.usefixtures("reference")
def test_a_new_cooperative_is_added_by_its_own_people(cast: Cast) -> None:
    town = Territory.objects.get(kind="municipality", code="57005")
    values = form(neq="1143 920 099", municipality=str(town.pk), postal_code="j3l 1a1", phone="(450) 555-0142")
    page = signed_in(cast.visitor).post(reverse("directory:organisation_new"), values, follow=True)
    organisation = Organisation.objects.get(name="Coop neuve")
    assert (organisation.neq, organisation.postal_code, organisation.phone) == ("1143920099", "J3L 1A1", "450 555-0142")
    assert organisation.mrc is not None
    assert organisation.mrc.name == "La Vallée-du-Richelieu"
    assert "Montérégie" in page.content.decode()
    assert Role.objects.get(organisation=organisation).person == cast.visitor


@pytest.mark.parametrize(("neq", "says"), [("123", "10 chiffres"), ("9943920001", "commence par 11, 22, 33 ou 88")])
def test_a_wrong_neq_is_explained_and_nothing_is_added(cast: Cast, neq: str, says: str) -> None:
    page = signed_in(cast.visitor).post(reverse("directory:organisation_new"), form(neq=neq))
    assert says in page.content.decode()
    assert not Organisation.objects.filter(name="Coop neuve").exists()


def test_a_neq_that_is_taken_names_who_has_it(cast: Cast) -> None:
    Organisation.objects.filter(pk=cast.theirs.pk).update(neq="1143920099")
    page = signed_in(cast.coordinator).post(
        reverse("directory:organisation_edit", args=[cast.ours.public_id]), form(neq="1143920099")
    )
    assert "déjà celui de « Marché de la Rive »" in page.content.decode().replace("&#x27;", "'")
    cast.ours.refresh_from_db()
    assert (cast.ours.name, cast.ours.neq) == ("Coop des Quatre-Chemins", "")


def test_a_like_name_is_shown_before_it_is_added_twice(cast: Cast) -> None:
    client = signed_in(cast.coordinator)
    values = form(name="Marche de la rive inc.")
    page = client.post(reverse("directory:organisation_new"), values)
    assert [o for o, _seen in page.context["similar"]] == [cast.theirs]
    assert Organisation.objects.count() == 2
    client.post(reverse("directory:organisation_new"), {**values, "different": "on"})
    added = Organisation.objects.get(name="Marche de la rive inc.")
    assert added.slug != cast.theirs.slug
    assert not added.roles.exists()


def test_changing_municipality_changes_the_mrc_that_followed(cast: Cast) -> None:
    organisation = OrganisationFactory(mrc=TerritoryFactory())
    actions.edit_organisation(
        organisation_id=organisation.pk, values={"municipality": TerritoryFactory(kind="municipality")}, by=None
    )
    organisation.refresh_from_db()
    assert organisation.mrc is None


# --- history ---------------------------------------------------------------------------------
def test_history_tells_what_changed_from_what_to_what_and_by_whom(cast: Cast, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    sector = Sector.objects.create(code="445", name="Détaillants d'aliments")
    client = signed_in(cast.coordinator)
    url = reverse("directory:organisation_edit", args=[cast.ours.public_id])
    client.post(url, {"name": "Coop des Cinq-Chemins", "legal_form": "coop_solidarity", "sector": sector.pk})
    client.post(url, {"name": "Coop des Six-Chemins", "legal_form": "non_profit"})
    cast.ours.refresh_from_db()
    with django_assert_max_num_queries(8):
        changes = queries.history_of(cast.ours)
        told = {(c.sentence, c.by) for c in changes}
    by = "Claude Coordonne"
    assert {
        ("Le nom est passé de « Coop des Quatre-Chemins » à « Coop des Cinq-Chemins ».", by),
        ("Le nom est passé de « Coop des Cinq-Chemins » à « Coop des Six-Chemins ».", by),
        ("Le secteur : ajout de « Détaillants d'aliments ».", by),
        ("Le secteur : retrait de « Détaillants d'aliments ».", by),
        ("La forme juridique est passée de « coopérative de solidarité » à « organisme à but non lucratif ».", by),
    } <= told
    page = client.get(reverse("directory:organisation_history", args=[cast.ours.public_id])).content.decode()
    assert "Cinq-Chemins" in page
    assert "par Claude Coordonne" in page


# --- duplicates ------------------------------------------------------------------------------
def test_two_files_are_compared_united_and_separated(cast: Cast) -> None:
    one = OrganisationFactory(name="Ferme du Pic", phone="450 555-0142")
    two = OrganisationFactory(name="La ferme du Pic", email="pic@exemple.test")
    client = signed_in(cast.admin)
    listing = client.get(reverse("directory:duplicates")).content.decode()
    url = reverse("directory:compare", args=[one.public_id, two.public_id])
    assert url in listing
    assert "pic@exemple.test" in client.get(url).content.decode()
    page = client.post(url, {"keep": str(two.public_id)}, follow=True)
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.merged_into, two.phone) == (two, "450 555-0142")
    assert "Fiches réunies" in page.content.decode()
    moved = client.get(reverse("directory:organisation", args=[one.public_id]))
    assert moved["Location"] == reverse("directory:organisation", args=[two.public_id])
    client.post(reverse("directory:organisation_separate", args=[one.public_id]))
    one.refresh_from_db()
    assert one.merged_into is None


def test_only_who_keeps_both_unites_them(cast: Cast) -> None:
    unclaimed = OrganisationFactory()
    for person in (cast.coordinator, cast.teammate, cast.visitor):
        client = signed_in(person)
        url = reverse("directory:compare", args=[cast.theirs.public_id, unclaimed.public_id])
        assert client.post(url, {"keep": str(unclaimed.public_id)}).status_code == 404
    assert signed_in(cast.teammate).get(reverse("directory:duplicates")).status_code == 404
    cast.theirs.refresh_from_db()
    assert cast.theirs.merged_into is None


def test_a_pair_said_distinct_leaves_the_list(cast: Cast) -> None:
    one, two = OrganisationFactory(name="Ferme du Pic"), OrganisationFactory(name="La ferme du Pic")
    client = signed_in(cast.admin)
    client.post(reverse("directory:distinct", args=[one.public_id, two.public_id]))
    page = client.get(reverse("directory:duplicates"))
    assert list(page.context["table"].page) == []
    assert "Aucun doublon" in page.content.decode()
