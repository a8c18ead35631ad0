import pytest
from django.test import Client
from django.urls import reverse

from maillage.core.period import Period
from maillage.directory.tests.factories import with_role
from maillage.indicators import actions

from .factories import indicator, worked

pytestmark = pytest.mark.django_db


def test_blocks_are_changed_in_place_moved_and_their_removal_undone(client: Client) -> None:
    organisation, _enterprises = worked(2)
    indicator(organisation)
    report = actions.create_report(
        organisation_id=organisation.pk,
        title="Rapport",
        period=Period.fiscal_year(2022),
        sections=[
            {"title": "Un", "blocks": [{"kind": "text", "text": "Premier"}, {"kind": "text", "text": "Second"}]},
            {"title": "Deux", "blocks": []},
        ],
        by=None,
    )
    client.force_login(with_role(organisation, "director").account)
    url = reverse("indicators:report_edit", args=[report.public_id])

    def texts() -> list[str]:
        report.refresh_from_db()
        return [b["text"] for s in report.outline for b in s["blocks"]]

    client.post(url, {"do": "down:0.0"})
    assert texts() == ["Second", "Premier"]
    client.post(url, {"do": "change:0.0", "block_title": "Note", "block_text": "Dernier"})
    assert texts() == ["Dernier", "Premier"]
    client.post(url, {"do": "remove:0.1"})
    assert texts() == ["Dernier"]
    assert "Annuler le retrait" in client.get(url).content.decode()
    client.post(url, {"do": "undo"})
    assert texts() == ["Dernier", "Premier"]
    client.post(url, {"do": "section-up:1"})
    client.post(url, {"do": "retitle:0", "section_title": "Avant"})
    report.refresh_from_db()
    assert [s["title"] for s in report.outline] == ["Avant", "Un"]
    client.post(url, {"do": "retitle:0", "section_title": ""})  # empty: it goes
    client.post(url, {"do": "change:9.9", "block_text": "x"})
    client.post(url, {"do": "section-down:9"})
    assert texts() == ["Dernier", "Premier"]
    assert [s["title"] for s in report.outline] == ["Un"]
