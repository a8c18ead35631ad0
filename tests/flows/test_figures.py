"""A director's report, a figure that opens on its rows, an outside member's declaration, a funder's read-only link."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from maillage.core.period import Period
from maillage.directory.tests.factories import OrganisationFactory, with_role
from maillage.indicators import actions
from maillage.indicators.models import Declaration, Report
from maillage.indicators.tests.factories import indicator, work, worked
from maillage.indicators.views.report_links import public_url

type PageMaker = Callable[..., Page]
PHONE, DESK = 390, 1280
SECTIONS = [
    {
        "title": "International",
        "blocks": [
            {
                "kind": "text",
                "text": "{{ interventions }} interventions, {{ enterprises-served }} entreprises.",
            },
            {"kind": "figures", "keys": ["interventions", "enterprises-served"]},
            {"kind": "chart", "key": "enterprises-served", "dimension": "territory"},
            {"kind": "table", "key": "interventions", "title": "Les interventions"},
            {"kind": "note", "title": "À savoir", "text": "Deux nombres peuvent se côtoyer."},
        ],
    }
]


@pytest.fixture
def report(live_server: Any) -> Report:
    organisation, _enterprises = worked(5)
    indicator(organisation, name="Interventions")
    indicator(organisation, "enterprises_served", name="Entreprises", breakdowns=["territory"])
    return actions.create_report(
        organisation_id=organisation.pk,
        title="Rapport annuel 2022-2023",
        lead="Chaque chiffre s'ouvre sur ses lignes.",
        period=Period.fiscal_year(2022),
        sections=SECTIONS,
        by=None,
    )


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_director_opens_a_figure_publishes_and_reads_the_drift(
    page: PageMaker, live_server: Any, sign_in: Any, assert_accessible: Any, report: Report, width: int
) -> None:
    screen = page(width)
    director = with_role(report.organisation, "director", given_name="Diane")
    sign_in(screen, director)
    screen.goto(f"{live_server.url}/rapports/")
    screen.get_by_role("link", name="Rapport annuel 2022-2023").click()
    expect(screen.locator(".statement")).to_contain_text("5 interventions, 5 entreprises.")
    assert_accessible(screen)
    screen.locator(".statement a").first.click()
    expect(screen.locator(".headline-value")).to_contain_text("5")
    expect(screen.get_by_role("cell", name="Entreprise 3")).to_be_visible()
    assert_accessible(screen)
    screen.goto(f"{live_server.url}/rapports/{report.public_id}/")
    screen.get_by_role("button", name="Publier le rapport").click()
    screen.locator(".dialog-ask button[value=yes]").click()
    expect(screen.get_by_text("les chiffres et leurs lignes sont figés")).to_be_visible()
    work(report.organisation, OrganisationFactory(name="Tardive"), date(2023, 3, 1), entered=timezone.now())
    screen.get_by_role("link", name="Écarts depuis la publication").click()
    expect(screen.get_by_text("Tardive").first).to_be_visible()
    expect(screen.locator(".drift-values").first).to_contain_text("6")
    assert_accessible(screen)


def test_funder_reads_by_link_without_account_and_without_names(
    page: PageMaker, live_server: Any, assert_accessible: Any, report: Report
) -> None:
    actions.publish(report_id=report.pk, by=None, now=timezone.now())
    link = actions.share(report_id=report.pk, label="Bailleur", by=None, now=timezone.now())
    phone = page(PHONE, javascript=False)
    phone.goto(f"{live_server.url}{public_url(link)}")
    expect(phone.get_by_role("heading", name="Rapport annuel 2022-2023")).to_be_visible()
    assert "Entreprise 1" not in phone.content()
    with_script = page(PHONE)
    with_script.goto(f"{live_server.url}{public_url(link)}")
    assert_accessible(with_script)
    actions.revoke_link(link_id=link.pk, by=None, now=timezone.now())
    answer = phone.goto(f"{live_server.url}{public_url(link)}")
    assert answer is not None
    assert answer.status == 404


def test_outside_member_declares_and_the_network_returns_then_approves(
    page: PageMaker, live_server: Any, sign_in: Any, assert_accessible: Any, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    network, member = OrganisationFactory(name="Réseau"), OrganisationFactory(name="Membre lointain")
    indicator(network, "enterprises_served", name="Entreprises appuyées")
    actions.enrol_member(network_id=network.pk, member_id=member.pk, since=date(2015, 4, 1), by=None)
    desk = page(DESK)
    sign_in(desk, with_role(network, "director"))
    desk.goto(f"{live_server.url}/reseau/?annee=2022")
    desk.get_by_role("button", name="Demander 1 déclaration").click()
    expect(desk.get_by_text("à remplir")).to_be_visible()
    assert_accessible(desk)
    form = Declaration.objects.get()

    phone = page(PHONE)
    address = f"{live_server.url}/reseau/declarer/{form.token}/"
    phone.goto(address)
    phone.get_by_label("Entreprises appuyées").fill("42")
    proof = {"name": "bilan.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"}
    phone.get_by_label("Pièce qui appuie ces nombres").set_input_files(proof)  # type: ignore[arg-type]
    phone.get_by_label("Votre nom et votre fonction").fill("Ève Roy, direction")
    assert_accessible(phone)
    phone.get_by_role("button", name="Signer et transmettre").click()
    expect(phone.get_by_text("Déclaration transmise")).to_be_visible()

    desk.goto(f"{live_server.url}/reseau/declarations/{form.public_id}/")
    desk.locator("summary").filter(has_text="Retourner").click()
    desk.get_by_label("Ce qui doit être revu").fill("Le nombre semble bas.")
    desk.get_by_role("button", name="Retourner avec cette explication").click()
    phone.goto(address)
    expect(phone.get_by_text("Le nombre semble bas.")).to_be_visible()
    phone.get_by_label("Entreprises appuyées").fill("52")
    phone.get_by_role("button", name="Signer et transmettre").click()
    desk.goto(f"{live_server.url}/reseau/declarations/{form.public_id}/")
    desk.get_by_role("button", name="Approuver").click()
    desk.goto(f"{live_server.url}/reseau/?annee=2022")
    expect(desk.locator(".total .tile-value")).to_have_text("52")
