from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from maillage.core.facts import FactContext, get
from maillage.core.period import Period
from maillage.directory.models import Organisation, Person
from maillage.directory.tests.factories import OrganisationFactory, with_role
from maillage.programmes.models import Activity, Partner

from .factories import ActivityFactory

pytestmark = pytest.mark.django_db
LOG = "programmes:representations"


@pytest.fixture
def manager(client: Client) -> Person:
    person = with_role(OrganisationFactory(), "manager")
    client.force_login(person.account)
    return person


@pytest.fixture
def ours(manager: Person) -> Organisation:
    return manager.roles.get().organisation


def test_a_representation_is_noted_with_who_was_there(client: Client, manager: Person, ours: Organisation) -> None:
    data = {"kind": "representation", "title": "Salon de l'export", "on": "2023-05-02", "person": manager.pk}
    assert "au registre" in client.post(reverse(LOG), data, follow=True).text
    row = Activity.objects.get()
    assert (row.starts_on, row.represented_by, row.organisation) == (date(2023, 5, 2), manager, ours)


def test_an_event_has_a_date_and_a_committee_may_have_none(client: Client, ours: Organisation) -> None:
    refused = client.post(reverse(LOG), {"kind": "representation", "title": "Gala", "on": ""})
    assert refused.status_code == 422
    assert "Choisissez le jour" in refused.text
    client.post(reverse(LOG), {"kind": "comite", "title": "Comité régional", "on": ""})
    client.post(reverse(LOG), {"kind": "comite", "title": "Table locale", "on": "2023-02-01"})
    page = client.get(reverse(LOG)).context
    assert [a.title for a in page["table"].page] == ["Table locale"]
    assert [a.title for a in page["undated"]] == ["Comité régional"]


def test_others_do_not_read_the_log(client: Client, ours: Organisation) -> None:
    ActivityFactory(organisation=ours, kind="representation", title="Chez nous", starts_on=date(2023, 1, 1))
    stranger = Client()
    stranger.force_login(with_role(OrganisationFactory(), "manager").account)
    assert "Chez nous" not in stranger.get(reverse(LOG)).text
    member = Client()
    member.force_login(with_role(OrganisationFactory(), "buyer").account)
    assert member.get(reverse(LOG)).status_code == 404


def test_partners_and_exhibitors_are_on_the_public_programme(client: Client, ours: Organisation) -> None:
    row = ActivityFactory(organisation=ours, kind="evenement", state="published")
    OrganisationFactory(name="Cégep Exemple")
    partner = reverse("programmes:partner", args=[row.public_id])
    client.post(partner, {"organisation": "cegep exemple", "role": "sponsor"})
    client.post(
        reverse("programmes:talk", args=[row.public_id]),
        {"kind": "booth", "title": "Kiosque 4", "exhibitor": "Cégep Exemple"},
    )
    page = Client().get(reverse("programmes:conference", args=[row.public_id])).text
    assert "Kiosque 4" in page
    assert page.count("Cégep Exemple") == 2
    client.post(partner, {"retirer": Partner.objects.get().pk})
    assert not Partner.objects.exists()


def test_an_unknown_exhibitor_is_refused(client: Client, ours: Organisation) -> None:
    row = ActivityFactory(organisation=ours, kind="evenement")
    address = reverse("programmes:talk", args=[row.public_id])
    said = client.post(address, {"kind": "booth", "title": "Kiosque", "exhibitor": "Personne"}, follow=True).text
    assert "comme au répertoire" in said
    assert not row.talks.exists()


def test_organisations_met_are_noted_counted_and_found(client: Client, ours: Organisation) -> None:
    OrganisationFactory(name="Verger Émile"), OrganisationFactory(name="Table du Lac")
    data = {"kind": "representation", "title": "Salon", "on": "2023-05-02", "met": "verger emile; Table du Lac"}
    assert "Inconnue" in client.post(reverse(LOG), {**data, "met": "Inconnue"}).text
    assert not Activity.objects.exists()
    client.post(reverse(LOG), data)
    ActivityFactory(organisation=ours, kind="representation", title="Gala", starts_on=date(2022, 1, 1))
    ctx = FactContext(organisation_ids=(ours.pk,), period=Period(date(2023, 4, 1), date(2024, 4, 1)))
    assert get("organisations_met").value(ctx) == 2
    assert get("representations").value(ctx) == 1
    for asked, found in (("q=emile", ["Salon"]), ("annee=2022", ["Gala"]), ("q=gala", ["Gala"]), ("q=zzz", [])):
        page = client.get(f"{reverse(LOG)}?{asked}").context
        assert [a.title for a in page["table"].page] == found, asked
        assert page["met"] == (2 if found == ["Salon"] else 0)
    text = b"".join(client.get(f"{reverse(LOG)}?fichier=csv")).decode()  # type: ignore[arg-type]
    assert "Verger Émile" in text
