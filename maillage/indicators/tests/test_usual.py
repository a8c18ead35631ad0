"""The first indicators of an organisation: those of the work that it notes already."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.accompaniment.tests.factories import intervene
from maillage.directory.tests.factories import OrganisationFactory, with_role
from maillage.indicators import actions, queries
from maillage.indicators.models import Indicator

pytestmark = pytest.mark.django_db


def test_usual_figures_are_those_with_rows_and_twice_changes_nothing(client: Client) -> None:
    ours = OrganisationFactory()
    intervene(ours, OrganisationFactory(), done_on=date(2026, 5, 1))
    client.force_login(with_role(ours, "director").account)
    page = client.get(reverse("indicators:figures")).content.decode()
    assert "Commencer avec ces chiffres" in page
    assert "Ventes" not in page
    for _ in range(2):
        client.post(reverse("indicators:indicators_usual"))
        keys = list(Indicator.objects.filter(organisation=ours).order_by("pk").values_list("key", flat=True))
        assert keys[:2] == ["interventions", "enterprises-served"]
        assert "market-sales" not in keys
    page = client.get(reverse("indicators:figures") + "?annee=2026").content.decode()
    assert "Entreprises accompagnées" in page
    assert "Commencer avec ces chiffres" not in page


def test_names_are_kept_in_both_languages() -> None:
    ours = OrganisationFactory()
    intervene(ours, OrganisationFactory())
    (version, *_) = actions.define_usual(
        organisation_id=ours.pk, facts=queries.usual_facts(organisation=ours), by=None, now=timezone.now()
    )
    assert (version.name, version.name_en) == ("Interventions", "Interventions")
    assert version.unit == "interventions"


def test_reader_who_does_not_edit_cannot_begin(client: Client) -> None:
    ours = OrganisationFactory()
    intervene(ours, OrganisationFactory())
    client.force_login(with_role(ours, "adviser").account)
    assert client.post(reverse("indicators:indicators_usual")).status_code == 404
    assert "Commencer avec ces chiffres" not in client.get(reverse("indicators:figures")).content.decode()
    assert not Indicator.objects.exists()


def test_empty_organisation_is_told_where_to_begin(client: Client) -> None:
    client.force_login(with_role(OrganisationFactory(), "director").account)
    assert "Aucun indicateur encore" in client.get(reverse("indicators:figures")).content.decode()
