"""The interventions as a spreadsheet: at once when there are few, by a job when there are many."""

import io
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.core.sheets import read_table
from maillage.directory import downloads
from maillage.directory.actions.downloads import make
from maillage.directory.models import Download
from maillage.directory.tests.factories import OrganisationFactory, with_role

from .factories import InterventionFactory, PartyFactory

pytestmark = pytest.mark.django_db
EXPORT = reverse("accompaniment:interventions_sheet")


def test_long_list_is_made_by_a_job_as_it_was_filtered(
    client: Client, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MEDIA_ROOT = tmp_path
    organisation = OrganisationFactory()
    for summary in ("Visite d’usine", "Visite de ferme", "Appel"):
        PartyFactory(intervention=InterventionFactory(organisation=organisation, summary=summary))
    PartyFactory(intervention=InterventionFactory(summary="Visite d’ailleurs"))
    client.force_login(with_role(organisation, "adviser").account)
    assert client.get(EXPORT).getvalue()[:2] == b"PK"
    monkeypatch.setattr(downloads, "SHORT", 1)
    assert "Préparer le fichier" in client.get(EXPORT, {"q": "visite"}).content.decode()
    client.post(f"{EXPORT}?q=visite")
    asked = Download.objects.get()
    make(download_id=asked.pk, now=timezone.now())
    made = client.get(reverse("directory:download_file", args=[asked.public_id])).getvalue()
    found = {row.cells["en une phrase"] for row in read_table(io.BytesIO(made))}
    assert found == {"Visite d’usine", "Visite de ferme"}
