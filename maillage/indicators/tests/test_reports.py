import io
import struct
import sys
import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.http import Http404
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from maillage.accompaniment.models import Intervention, InterventionParty
from maillage.core.downloads import Work
from maillage.core.facts import FactContext
from maillage.core.period import Period
from maillage.directory.models import Organisation
from maillage.directory.tests.factories import OrganisationFactory, with_role
from maillage.funding.models import Agreement, Funder
from maillage.indicators import actions, exports, outline, queries
from maillage.indicators.models import FrozenFigure, Report, ReportLink
from maillage.indicators.views.report_links import public_url

from .factories import NOW, indicator, work, worked

pytestmark = pytest.mark.django_db
SECTIONS = [
    {
        "title": "International",
        "blocks": [
            {"kind": "text", "text": "{{ interventions }} interventions, <b>gras</b>."},
            {"kind": "figures", "keys": ["interventions", "enterprises-served"], "notes": {"interventions": "À lire."}},
            {"kind": "chart", "key": "enterprises-served", "dimension": "territory"},
            {"kind": "table", "key": "interventions", "title": "Les lignes"},
        ],
    }
]


def drafted(count: int = 3) -> tuple[Report, list[Organisation]]:
    organisation, enterprises = worked(count)
    indicator(organisation)
    indicator(organisation, "enterprises_served", breakdowns=["territory"])
    report = actions.create_report(
        organisation_id=organisation.pk,
        title="Rapport annuel",
        period=Period.fiscal_year(2022),
        sections=SECTIONS,
        by=None,
    )
    return report, enterprises


def published(count: int = 3) -> tuple[Report, list[Organisation]]:
    report, enterprises = drafted(count)
    return actions.publish(report_id=report.pk, by=None, now=NOW), enterprises


def test_published_report_does_not_move_and_tells_its_drift() -> None:
    report, enterprises = published()
    adviser = with_role(report.organisation, "adviser", given_name="Ève", family_name="Roy")
    late = datetime(2023, 7, 2, 14, tzinfo=UTC)
    work(report.organisation, enterprises[0], date(2023, 3, 1), by=adviser.account, entered=late)
    assert queries.view(report).figures["interventions"].value == 3
    with translation.override("fr"):
        moved = {d.key: d for d in queries.drift(report)}
    assert (moved["interventions"].published, moved["interventions"].now) == (3, 4)
    assert len(moved["interventions"].came) == 1
    assert "saisie le 2 juillet 2023, après la publication, par Ève Roy" in moved["interventions"].came[0].sentence


def test_cancelled_row_went_and_moved_mrc_changed() -> None:
    report, enterprises = published()
    gone = Intervention.objects.get(parties__enterprise=enterprises[0])
    Intervention.objects.filter(pk=gone.pk).update(cancelled_at=timezone.now(), cancel_reason="erreur")
    InterventionParty.objects.filter(enterprise=enterprises[1]).update(mrc=enterprises[0].mrc)
    moved = {d.key: d for d in queries.drift(report)}
    assert len(moved["interventions"].went) == 1
    assert len(moved["interventions"].changed) == 1
    assert "→" in moved["interventions"].changed[0].sentence


def test_merge_after_publication_is_told() -> None:
    report, enterprises = published()
    Organisation.objects.filter(pk=enterprises[0].pk).update(merged_into=enterprises[2])
    moved = {d.key: d for d in queries.drift(report)}["enterprises-served"]
    assert (moved.published, moved.now) == (3, 2)
    assert len(moved.changed) == 1


def test_drift_counts_every_row_and_tells_the_first(client: Client, monkeypatch) -> None:
    report, enterprises = published()
    monkeypatch.setattr(sys.modules["maillage.indicators.queries.drift"], "SHOWN", 1)
    for _n in range(2):
        work(report.organisation, enterprises[0], entered=timezone.now())
    moved = {d.key: d for d in queries.drift(report)}["interventions"]
    assert (moved.counts, len(moved.came)) == ((2, 0, 0), 1)
    client.force_login(with_role(report.organisation, "director").account)
    page = client.get(reverse("indicators:report_drift", args=[report.public_id])).text
    assert "2 lignes venues" in page
    assert "Les 1 premières" in page


def test_many_slides_are_drawn_by_a_job(client: Client, monkeypatch) -> None:
    report, _enterprises = published()
    monkeypatch.setattr("maillage.indicators.views.reports.SLIDES", 1)
    client.force_login(with_role(report.organisation, "director").account)
    url = reverse("indicators:report_pictures", args=[report.public_id])
    assert "Préparer le fichier" in client.get(url).text
    assert client.post(url).status_code == 302


def test_untouched_report_has_no_drift() -> None:
    report, _enterprises = published()
    assert queries.drift(report) == []


def test_published_report_and_its_figures_are_read_only_in_the_base() -> None:
    report, _enterprises = published()
    with pytest.raises(actions.ReportRefused):
        actions.save_outline(report_id=report.pk, title="x", lead="", sections=[], by=None)
    with pytest.raises(actions.ReportRefused):
        actions.publish(report_id=report.pk, by=None, now=NOW)
    for change in (
        lambda: Report.objects.filter(pk=report.pk).update(title="Autre"),
        lambda: FrozenFigure.objects.filter(report=report).update(value=Decimal(1)),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    report.refresh_from_db()
    assert report.title == "Rapport annuel"
    assert report.figures.get(slot="interventions").value == 3


def test_frozen_rows_are_those_that_counted() -> None:
    report, _enterprises = published()
    kept = report.figures.get(slot="interventions")
    assert sorted(kept.row_ids) == sorted(InterventionParty.objects.values_list("pk", flat=True))


def test_empty_report_cannot_be_published() -> None:
    report, _enterprises = drafted()
    actions.save_outline(report_id=report.pk, title="Vide", lead="", sections=[], by=None)
    with pytest.raises(actions.ReportRefused):
        actions.publish(report_id=report.pk, by=None, now=NOW)
    assert not FrozenFigure.objects.exists()


@pytest.mark.parametrize(
    "block",
    [
        {"kind": "figures", "keys": ["inconnu"]},
        {"kind": "text", "text": "{{ inconnu }}"},
        {"kind": "chart", "key": "interventions", "dimension": "couleur"},
        {"kind": "script"},
        {"kind": "text", "text": "x", "onclick": "y"},
    ],
)
def test_outline_refuses_what_does_not_exist(block) -> None:
    report, _enterprises = drafted()
    with pytest.raises(outline.OutlineRefused):
        actions.save_outline(
            report_id=report.pk, title="x", lead="", sections=[{"title": "S", "blocks": [block]}], by=None
        )


def test_bound_text_is_escaped_and_linked() -> None:
    html = outline.bind_html("{{ a }} & <b>", lambda key, what: "1 < 2", lambda key: "/x?a=1&b=2")
    assert html == '<p><a class="bound" href="/x?a=1&amp;b=2">1 &lt; 2</a> &amp; &lt;b&gt;</p>'


def test_page_shows_figures_beside_their_links(client: Client) -> None:
    report, _enterprises = published()
    client.force_login(with_role(report.organisation, "director").account)
    page = client.get(reverse("indicators:report", args=[report.public_id])).text
    assert "&lt;b&gt;gras" in page
    assert "À lire." in page
    assert reverse("indicators:report_figure", args=[report.public_id, "interventions"]) in page


@pytest.mark.parametrize("state", ["draft", "published"])
def test_queries_of_the_page_do_not_grow_with_rows(client: Client, state, django_assert_max_num_queries) -> None:
    report, _enterprises = drafted(30) if state == "draft" else published(30)
    client.force_login(with_role(report.organisation, "director").account)
    with django_assert_max_num_queries(32 if state == "draft" else 16):
        client.get(reverse("indicators:report", args=[report.public_id]))


def test_pdf_text_contains_the_figures_and_is_the_same_twice() -> None:
    report, _enterprises = published()
    view = queries.view(report)
    made = exports.report_pdf(view)
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages)
    assert "Rapport annuel" in text
    assert "3 interventions" in text
    for figure in view.figures.values():
        assert figure.name in text
    assert exports.report_pdf(queries.view(report)) == made


def written(report: Report, kind: str, *, rows: bool = True) -> io.BytesIO:
    file = io.BytesIO()
    exports.write(Work(file), report, kind, rows=rows)
    file.seek(0)
    return file


def test_workbook_holds_figures_and_rows() -> None:
    report, _enterprises = published()
    book = CalamineWorkbook.from_filelike(written(report, "xlsx"))
    sheet = book.get_sheet_by_index(0).to_python()
    assert [row[2] for row in sheet[1:]] == [3.0, 3.0]
    assert len(book.get_sheet_by_name("Les lignes").to_python()) == 4


@pytest.mark.parametrize("state", ["draft", "published"])
def test_workbook_with_the_rows_of_every_figure(client: Client, state) -> None:
    report, _enterprises = drafted() if state == "draft" else published()
    assert exports.weight(report, "rows") == 6
    book = CalamineWorkbook.from_filelike(written(report, "rows"))
    rows = book.get_sheet_by_name(book.sheet_names[-1]).to_python()
    assert len(rows) == 4
    assert {row[0] for row in rows[1:]} <= {date(2022, m, d) for m in range(1, 13) for d in range(1, 29)}
    with pytest.raises(Http404):
        written(report, "rows", rows=False)
    client.force_login(with_role(report.organisation, "board").account)
    assert client.get(reverse("indicators:report_rows", args=[report.public_id])).getvalue().startswith(b"PK")


def test_pictures_for_slides() -> None:
    report, _enterprises = published()
    archive = zipfile.ZipFile(written(report, "zip"))
    names = archive.namelist()
    assert [n.rsplit(".", 1)[1] for n in names] == ["svg", "png"] * 2  # the key figures, the chart
    assert struct.unpack(">II", archive.read(names[1])[16:24]) == (1920, 1080)
    slide = archive.read(names[0]).decode()
    for said in (">International<", ">interventions<", "Rapport annuel", ">3<"):
        assert said in slide


# --- who may read ----------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["director", "manager", "adviser", "board"])
def test_people_of_the_organisation_read_and_open_rows(client: Client, role) -> None:
    report, _enterprises = published()
    client.force_login(with_role(report.organisation, role).account)
    assert client.get(reverse("indicators:report", args=[report.public_id])).status_code == 200
    rows = client.get(reverse("indicators:report_figure", args=[report.public_id, "interventions"]))
    assert "Entreprise 1" in rows.text


@pytest.mark.parametrize("role", ["director", "funder"])
def test_outsiders_do_not_learn_that_a_report_exists(client: Client, role) -> None:
    report, _enterprises = published()
    client.force_login(with_role(OrganisationFactory(), role).account)
    for name in ("report", "report_pdf", "report_xlsx", "report_drift", "report_edit", "report_links"):
        assert client.get(reverse(f"indicators:{name}", args=[report.public_id])).status_code == 404


@pytest.mark.parametrize("role", ["adviser", "board"])
def test_readers_may_not_publish_or_share(client: Client, role) -> None:
    report, _enterprises = drafted()
    client.force_login(with_role(report.organisation, role).account)
    assert client.post(reverse("indicators:report_publish", args=[report.public_id])).status_code == 404
    assert client.get(reverse("indicators:report_links", args=[report.public_id])).status_code == 404
    report.refresh_from_db()
    assert report.state == "draft"


def test_funder_reads_only_what_was_shared_and_no_names(client: Client) -> None:
    report, _enterprises = published()
    funder = OrganisationFactory()
    Agreement.objects.create(
        organisation=report.organisation,
        funder=Funder.objects.create(organisation=funder),
        title="Entente",
        during=(date(2020, 1, 1), None),
    )
    client.force_login(with_role(funder, "funder").account)
    url = reverse("indicators:report", args=[report.public_id])
    assert client.get(url).status_code == 404
    actions.share(report_id=report.pk, label="Bailleur", funder_id=funder.pk, by=None, now=timezone.now())
    page = client.get(url)
    assert page.status_code == 200
    figure = reverse("indicators:report_figure", args=[report.public_id, "interventions"])
    assert client.get(figure).status_code == 404
    assert client.get(reverse("indicators:report_drift", args=[report.public_id])).status_code == 404
    book = client.get(reverse("indicators:report_xlsx", args=[report.public_id])).getvalue()
    assert "Les lignes" not in CalamineWorkbook.from_filelike(io.BytesIO(book)).sheet_names


def test_link_reads_without_account_then_expires_or_is_revoked(client: Client) -> None:
    report, enterprises = published()
    link = actions.share(report_id=report.pk, label="Bailleur", by=None, now=timezone.now())
    url = public_url(link)
    page = client.get(url)
    assert page.status_code == 200
    assert page["Referrer-Policy"] == "no-referrer"
    assert all(e.name not in page.text for e in enterprises)
    assert client.get(f"{url}chiffres/interventions/").status_code == 404
    assert client.get(url[:-2] + "x/").status_code == 404
    ReportLink.objects.filter(pk=link.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(url).status_code == 404
    open_ = actions.share(report_id=report.pk, label="Autre", shows_rows=True, by=None, now=timezone.now())
    assert "Entreprise 1" in client.get(public_url(open_) + "chiffres/interventions/").text
    actions.revoke_link(link_id=open_.pk, by=None, now=timezone.now())
    assert client.get(public_url(open_)).status_code == 404


def test_draft_cannot_be_shared() -> None:
    report, _enterprises = drafted()
    with pytest.raises(actions.ReportRefused):
        actions.share(report_id=report.pk, label="Bailleur", by=None, now=NOW)
    assert not ReportLink.objects.exists()


def test_director_writes_a_report_by_its_form(client: Client) -> None:
    report, _enterprises = drafted()
    client.force_login(with_role(report.organisation, "director").account)
    url = reverse("indicators:report_edit", args=[report.public_id])
    client.post(url, {"do": "section", "section_title": "Innovation"})
    client.post(url, {"do": "add:1.0", "kind": "figures", "keys": ["interventions"]})
    client.post(url, {"do": "up:0.1"})
    client.post(url, {"do": "remove:0.3"})
    report.refresh_from_db()
    assert [s["title"] for s in report.outline] == ["International", "Innovation"]
    assert report.outline[1]["blocks"] == [{"kind": "figures", "keys": ["interventions"]}]
    assert [b["kind"] for b in report.outline[0]["blocks"]] == ["figures", "text", "chart"]


def test_note_of_a_figure_is_read_in_english() -> None:
    organisation, _enterprises = worked(1)
    version = indicator(organisation, note="≈50 selon le rapport.", note_en="≈50 in the report.")
    asked = FactContext(organisation_ids=(organisation.pk,), period=Period.fiscal_year(2022))
    for language, said in (("fr", "≈50 selon le rapport."), ("en", "≈50 in the report.")):
        with translation.override(language):
            assert queries.figure(version, asked).note == said
