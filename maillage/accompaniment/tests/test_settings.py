from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from maillage.accompaniment.models import Intervention, Topic
from maillage.directory.models import Organisation, Person
from maillage.directory.tests.factories import OrganisationFactory, with_role
from maillage.funding.models import Stream
from maillage.funding.tests.factories import StreamFactory

from .factories import MandateFactory, TopicFactory, intervene

pytestmark = pytest.mark.django_db
PAGE = "accompaniment:settings"


@pytest.fixture
def manager(client: Client) -> Person:
    person = with_role(OrganisationFactory(name="Réseau A"), "manager")
    client.force_login(person.account)
    return person


@pytest.fixture
def ours(manager: Person) -> Organisation:
    return manager.roles.get().organisation


def change(client: Client, kind: str, verb: str, **values):
    return client.post(reverse("accompaniment:settings_change", args=[kind]), {"verbe": verb, **values}, follow=True)


def test_an_adviser_does_not_set_the_lists(client: Client) -> None:
    client.force_login(with_role(OrganisationFactory(), "adviser").account)
    assert client.get(reverse(PAGE)).status_code == 404
    assert change(client, "volets", "ajouter", name="Exportation").status_code == 404
    assert not Stream.objects.exists()


def test_first_set_adds_what_stays_ticked(client: Client, ours: Organisation) -> None:
    assert "Pour commencer" in client.get(reverse(PAGE)).text
    chosen = ["stream:Exportation", "stream:Innovation", "topic:Étude de marché"]
    page = client.post(reverse("accompaniment:settings_start"), {"mot": chosen}, follow=True).text
    assert "3 mots ajoutés" in page
    assert "Pour commencer" not in page
    assert [s.name for s in Stream.objects.filter(organisation=ours)] == ["Exportation", "Innovation"]
    assert Topic.objects.get().stream == Stream.objects.get(key="exportation")
    client.post(reverse("accompaniment:settings_start"), {"mot": chosen})
    assert Stream.objects.count() == 2


def test_words_are_added_renamed_and_ordered(client: Client, ours: Organisation) -> None:
    for name in ("Exportation", "Innovation", "Relève"):
        change(client, "volets", "ajouter", name=name)
    last = Stream.objects.get(name="Relève")
    change(client, "volets", "monter", quoi=last.pk)
    assert [s.name for s in Stream.objects.all()] == ["Exportation", "Relève", "Innovation"]
    change(client, "volets", "renommer", quoi=last.pk, name="Transfert", name_en="Succession")
    last.refresh_from_db()
    assert (last.name, last.name_en, last.key) == ("Transfert", "Succession", "releve")


def test_a_word_twice_is_refused_with_what_was_typed(client: Client, ours: Organisation) -> None:
    change(client, "sujets", "ajouter", name="Douanes")
    answer = change(client, "sujets", "ajouter", name="douanes")
    assert answer.status_code == 422
    assert "est déjà dans la liste" in answer.text
    assert Topic.objects.count() == 1


def test_a_retired_stream_stays_on_past_work_and_is_no_longer_offered(client: Client, ours: Organisation) -> None:
    stream = StreamFactory(organisation=ours, name="Tourisme")
    row = intervene(ours, OrganisationFactory())
    Intervention.objects.update(stream=stream)
    change(client, "volets", "retirer", quoi=stream.pk)
    stream.refresh_from_db()
    assert stream.retired_on is not None
    Stream.objects.update(retired_on=date(2026, 1, 5))
    change(client, "volets", "retirer", quoi=stream.pk)  # again: its day stays
    stream.refresh_from_db()
    assert stream.retired_on == date(2026, 1, 5)
    assert Intervention.objects.get() == row
    assert "Tourisme" not in client.get(reverse("accompaniment:intervention_new")).text
    assert "Tourisme" in client.get(reverse("accompaniment:intervention_edit", args=[row.public_id])).text
    change(client, "volets", "remettre", quoi=stream.pk)
    assert "Tourisme" in client.get(reverse("accompaniment:intervention_new")).text


def test_words_of_others_and_common_ones_do_not_change(client: Client, ours: Organisation) -> None:
    for owner in (None, OrganisationFactory()):
        topic = TopicFactory(organisation=owner, name="Normes")
        assert change(client, "sujets", "retirer", quoi=topic.pk).status_code == 404
        topic.refresh_from_db()
        assert topic.retired_on is None


def test_pages_lead_to_the_settings_when_no_stream_exists(client: Client, ours: Organisation) -> None:
    for name in ("interventions", "mandates", "mandate_new", "intervention_new", "week"):
        page = client.get(reverse(f"accompaniment:{name}")).text
        assert "Choisissez d’abord vos volets" in page, name
        assert reverse(PAGE) in page, name
    assert reverse(PAGE) in client.get(reverse("funding:agreements")).text


def test_settings_page_takes_a_constant_number_of_queries(
    client: Client, ours: Organisation, django_assert_max_num_queries
) -> None:
    for n in range(12):
        StreamFactory(organisation=ours, key=f"v{n}", name=f"Volet {n}")
        TopicFactory(organisation=ours, key=f"s{n}", name=f"Sujet {n}", stream=Stream.objects.first())
    with django_assert_max_num_queries(10):
        client.get(reverse(PAGE))


# --- several organisations -------------------------------------------------------------------


@pytest.fixture
def both(client: Client) -> tuple[Person, Organisation, Organisation]:
    first, second = OrganisationFactory(name="Alpha"), OrganisationFactory(name="Bêta")
    person = with_role(first, "manager")
    person.roles.create(organisation=second, kind="manager", during=person.roles.get().during)
    client.force_login(person.account)
    return person, first, second


LISTS = [
    "accompaniment:interventions",
    "accompaniment:mandates",
    "programmes:programmes",
    "programmes:activities",
    "funding:agreements",
]


@pytest.mark.parametrize("name", [*LISTS, "accompaniment:week", "accompaniment:intervention_new", PAGE])
def test_a_person_of_two_organisations_switches(client: Client, both, name: str) -> None:
    _person, first, second = both
    page = client.get(reverse(name)).text
    assert f"?pour={first.public_id.hex}" in page
    assert f"?pour={second.public_id.hex}" in page


def test_the_choice_holds_from_page_to_page(client: Client, both) -> None:
    _person, first, second = both
    StreamFactory()
    theirs = intervene(second, OrganisationFactory(name="Cidrerie du second"))
    intervene(first, OrganisationFactory(name="Ferme du premier"))
    page = client.get(reverse("accompaniment:interventions")).text
    assert "Cidrerie du second" in page
    assert "Ferme du premier" in page
    page = client.get(reverse("accompaniment:interventions"), {"pour": second.public_id.hex}).text
    assert "Cidrerie du second" in page
    assert "Ferme du premier" not in page
    client.post(reverse("accompaniment:settings_change", args=["sujets"]), {"verbe": "ajouter", "name": "Normes"})
    assert Topic.objects.get().organisation == second
    page = client.get(reverse("accompaniment:interventions"), {"pour": "toutes"}).text
    assert "Ferme du premier" in page
    assert theirs.organisation == second


def test_an_organisation_of_others_is_not_chosen(client: Client, both) -> None:
    outsider = OrganisationFactory()
    assert client.get(reverse("accompaniment:interventions"), {"pour": outsider.public_id.hex}).status_code == 404


# --- a mandate's interventions ---------------------------------------------------------------


def entry(enterprise: str, stream: Stream, **more) -> dict[str, object]:
    return {
        "nonce": "7b8d2f6e-0b1c-4a53-9d2c-1e9f6a7c0001",
        "done_on": date(2024, 5, 2),
        "stream": stream.pk,
        "p-TOTAL_FORMS": 1,
        "p-INITIAL_FORMS": 0,
        "p-0-enterprise": enterprise,
        "p-0-role": "beneficiary",
        **more,
    }


def test_an_intervention_is_attached_to_the_enterprises_open_mandate(client: Client, ours: Organisation) -> None:
    stream, enterprise = StreamFactory(), OrganisationFactory(name="Cidrerie Émile")
    mandate = MandateFactory(organisation=ours, enterprise=enterprise, title="Percer en Ontario")
    other = MandateFactory(organisation=ours, enterprise=OrganisationFactory(name="Ferme Autre"))
    new = reverse("accompaniment:intervention_new")
    refused = client.post(new, entry("Cidrerie Émile", stream, mandate=other.pk))
    assert refused.status_code == 422
    assert "Ce mandat est celui" in refused.text
    assert not Intervention.objects.exists()
    client.post(new, entry("Cidrerie Émile", stream, mandate=mandate.pk, summary="Appel au courtier"))
    assert Intervention.objects.get().mandate == mandate
    assert "Appel au courtier" in client.get(reverse("accompaniment:mandate", args=[mandate.public_id])).text


def test_options_are_the_mandates_of_the_enterprise_typed(client: Client, ours: Organisation) -> None:
    enterprise = OrganisationFactory(name="Cidrerie Émile")
    MandateFactory(organisation=ours, enterprise=enterprise, title="Percer en Ontario")
    MandateFactory(organisation=ours, enterprise=enterprise, title="Ancien", stage="closed")
    MandateFactory(organisation=OrganisationFactory(), enterprise=enterprise, title="D'ailleurs")
    page = client.get(reverse("accompaniment:mandate_options"), {"p-0-enterprise": "cidrerie emile"}).text
    assert "Percer en Ontario" in page
    assert "Ancien" not in page
    assert "ailleurs" not in page
    assert "Percer" not in client.get(reverse("accompaniment:mandate_options"), {"p-0-enterprise": "Autre"}).text


def test_a_row_of_the_week_is_attached_and_a_correction_keeps_it(client: Client, ours: Organisation) -> None:
    stream, enterprise = StreamFactory(), OrganisationFactory(name="Cidrerie Émile")
    mandate = MandateFactory(organisation=ours, enterprise=enterprise)
    client.post(
        reverse("accompaniment:week"),
        {
            "s-TOTAL_FORMS": 1,
            "s-INITIAL_FORMS": 0,
            "s-0-enterprise": "Cidrerie Émile",
            "s-0-done_on": "2024-05-02",
            "s-0-stream": stream.pk,
            "s-0-mandate": mandate.pk,
        },
    )
    row = Intervention.objects.get()
    assert row.mandate == mandate
    mandate.stage = "closed"
    mandate.save()
    edit = reverse("accompaniment:intervention_edit", args=[row.public_id])
    client.post(edit, entry("Cidrerie Émile", stream, mandate=mandate.pk, minutes="30", nonce=row.nonce))
    row.refresh_from_db()
    assert (row.mandate, row.minutes) == (mandate, 30)
