import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.core.period import Period
from maillage.directory.tests.factories import OrganisationFactory, with_role
from maillage.indicators import actions, outline
from maillage.indicators.models import Report, ReportTemplate
from maillage.indicators.views.report_links import public_url

from .factories import NOW, indicator, work, worked

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(client: Client) -> Report:
    """A draft of two text blocks, its director signed in."""
    organisation, _enterprises = worked(3)
    indicator(organisation)
    client.force_login(with_role(organisation, "director").account)
    blocks = [{"kind": "text", "text": "Premier"}, {"kind": "text", "text": "Second"}]
    return actions.create_report(
        organisation_id=organisation.pk,
        title="Rapport",
        period=Period.fiscal_year(2022),
        sections=[{"title": "Un", "blocks": blocks}],
        by=None,
    )


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

    def titles() -> list[str]:
        report.refresh_from_db()
        return [s["title"] for s in report.outline]

    def texts() -> list[str]:
        report.refresh_from_db()
        return [b["text"] for s in report.outline for b in s["blocks"]]

    client.post(url, {"do": "down:0.0"})
    assert texts() == ["Second", "Premier"]
    client.post(url, {"do": "change:0.0", "title": "Note", "text": "Dernier"})
    assert texts() == ["Dernier", "Premier"]
    client.post(url, {"do": "remove:0.1"})
    assert texts() == ["Dernier"]
    assert "Annuler\u00a0: bloc retiré" in client.get(url).text
    client.post(url, {"do": "undo"})
    assert texts() == ["Dernier", "Premier"]
    assert "Annuler\u00a0: bloc modifié" in client.get(url).text  # one step further back
    client.post(url, {"do": "undo", "csrfmiddlewaretoken": "cette page"})
    assert texts() == ["Second", "Premier"]
    client.post(url, {"do": "section-up:1"})
    client.post(url, {"do": "retitle:0", "section_title": "Avant"})
    assert titles() == ["Avant", "Un"]
    client.post(url, {"do": "retitle:0", "section_title": ""})
    assert titles() == ["Avant", "Un"]
    client.post(url, {"do": "up:1.0"})  # past the top of its section: into the one before
    report.refresh_from_db()
    assert [b["text"] for b in report.outline[0]["blocks"]] == ["Second"]
    client.post(url, {"do": "section-remove:0"})
    assert titles() == ["Un"]
    for gone in ("change:9.9", "section-down:9", "up:9.9", "remove:0.9", "hop:1", "add:0.0", "up:x", "retitle:0"):
        client.post(url, {"do": gone, "text": "x"})
    assert texts() == ["Premier"]


def test_each_kind_of_block_is_added_by_its_own_form_where_it_was_asked(draft: Report, client: Client) -> None:
    url = reverse("indicators:report_edit", args=[draft.public_id])
    asked = [
        ("figures", {"keys": ["interventions"], "title": "Clés"}, {"keys": ["interventions"], "title": "Clés"}),
        ("chart", {"key": "interventions|territory"}, {"key": "interventions", "dimension": "territory"}),
        ("map", {"key": "interventions"}, {"key": "interventions"}),
        ("table", {"key": "interventions"}, {"key": "interventions"}),
        ("text", {"text": "{{ interventions }} fois"}, {"text": "{{ interventions }} fois"}),
        ("note", {"text": "Deux décomptes."}, {"text": "Deux décomptes."}),
    ]
    for kind, given, kept in asked:
        page = client.get(url, {"ajouter": kind, "en": "0.1"}).text
        assert 'value="add:0.1"' in page
        client.post(url, {"do": "add:0.1", "kind": kind, **given})
        draft.refresh_from_db()
        assert draft.outline[0]["blocks"][1] == {"kind": kind, **kept}
        page = client.get(url, {"modifier": "0.1"}).text
        assert 'value="change:0.1"' in page
    page = client.post(url, {"do": "add:0.1", "kind": "figures"}).text
    assert "Choisissez au moins un chiffre." in page
    page = client.get(url).text
    assert "3</" in page  # the blocks show what they will say
    for wrong in (
        {"ajouter": "hop", "en": "0.1"},
        {"ajouter": "text", "en": "x"},
        {"modifier": "9.9"},
        {"modifier": "x"},
    ):
        assert client.get(url, wrong).status_code == 200


def test_a_note_stands_under_a_figure(draft: Report, client: Client) -> None:
    url = reverse("indicators:report_edit", args=[draft.public_id])
    client.post(url, {"do": "add:0.0", "kind": "figures", "keys": ["interventions"]})
    client.post(
        url, {"do": "change:0.0", "keys": ["interventions"], "note-interventions": "27 billets, environ 50 personnes"}
    )
    draft.refresh_from_db()
    assert draft.outline[0]["blocks"][0]["notes"] == {"interventions": "27 billets, environ 50 personnes"}
    assert "27 billets" in client.get(reverse("indicators:report", args=[draft.public_id])).text


def test_text_is_previewed_with_its_figures_and_names_what_is_unknown(draft: Report, client: Client) -> None:
    url = reverse("indicators:report_preview", args=[draft.public_id])
    page = client.post(url, {"text": "<b>{{ interventions }}</b> et {{ rien }}"}).text
    assert "&lt;b&gt;<strong>3</strong>" in page
    assert "rien" in page[page.index("field-error") :]


def test_change_on_an_outline_that_someone_changed_meanwhile_is_refused(draft: Report, client: Client) -> None:
    url = reverse("indicators:report_edit", args=[draft.public_id])
    seen = outline.print_of(draft.outline)
    client.post(url, {"do": "section", "section_title": "Autre", "seen": seen})
    page = client.post(url, {"do": "remove:0.0", "seen": seen}, follow=True).text
    assert "vient de modifier ce rapport" in page
    draft.refresh_from_db()
    assert [len(s["blocks"]) for s in draft.outline] == [2, 0]
    other = Client()
    other.force_login(with_role(draft.organisation, "manager").account)
    assert "Annuler\u00a0: " not in other.get(url).text
    other.post(url, {"do": "remove:0.0"})
    assert "Annuler\u00a0: " not in client.get(url).text  # undoing would take the other's change away


def test_editions_follow_one_another(draft: Report, client: Client) -> None:
    client.post(
        reverse("indicators:report_edit", args=[draft.public_id]),
        {"do": "add:0.0", "kind": "figures", "keys": ["interventions"]},
    )
    assert client.post(reverse("indicators:report_edition", args=[draft.public_id])).status_code == 302
    assert Report.objects.count() == 1  # a draft has no edition to follow it
    actions.publish(report_id=draft.pk, by=None, now=NOW)
    link = actions.share(report_id=draft.pk, label="Bailleur", by=None, now=timezone.now())
    work(draft.organisation, OrganisationFactory())
    for _twice in range(2):
        client.post(reverse("indicators:report_edition", args=[draft.public_id]))
    second = Report.objects.get(replaces=draft)
    assert (second.edition, second.state, second.outline) == (2, "draft", Report.objects.get(pk=draft.pk).outline)
    assert "édition plus récente" not in client.get(public_url(link)).text
    actions.publish(report_id=second.pk, by=None, now=timezone.now())
    assert [f.value for r in (draft, second) for f in r.figures.all()] == [3, 4]
    assert "édition plus récente" in client.get(public_url(link)).text
    assert reverse("indicators:report", args=[second.public_id]) not in client.get(public_url(link)).text
    assert (
        reverse("indicators:report", args=[second.public_id])
        in client.get(reverse("indicators:report", args=[draft.public_id])).text
    )


def test_draft_is_discarded_and_a_published_report_is_not(draft: Report, client: Client) -> None:
    client.post(
        reverse("indicators:report_edit", args=[draft.public_id]),
        {"do": "add:0.0", "kind": "figures", "keys": ["interventions"]},
    )
    actions.publish(report_id=draft.pk, by=None, now=NOW)
    client.post(reverse("indicators:report_discard", args=[draft.public_id]))
    client.post(reverse("indicators:report_edition", args=[draft.public_id]))
    second = Report.objects.get(replaces=draft)
    client.post(reverse("indicators:report_discard", args=[second.public_id]))
    assert list(Report.objects.all()) == [draft]
    client.post(reverse("indicators:report_template", args=[draft.public_id]), {"name": "Annuel"})
    assert ReportTemplate.objects.get().name == "Annuel"
