import pytest
from django.test import Client
from django.urls import reverse

from maillage.directory.tests.factories import OrganisationFactory, with_role

from .factories import TopicFactory

pytestmark = pytest.mark.django_db


def test_the_page_kept_for_later_is_the_same_for_everyone() -> None:
    client = Client()
    adviser = with_role(OrganisationFactory(name="Réseau A"), "adviser", given_name="Ève")
    TopicFactory(name="Douanes")
    page = client.get(reverse("accompaniment:offline"))
    assert page.status_code == 200
    for word in ("Réseau A", "Ève", "Douanes", adviser.account.email):
        assert word not in page.text


def test_the_worker_sees_interventions_alone() -> None:
    address = reverse("accompaniment:offline_worker")
    answer = Client().get(address)
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert "no-store" in answer.headers["Cache-Control"]
    assert address.rpartition("/")[0] == "/interventions"
    assert b'credentials: "omit"' in answer.content
