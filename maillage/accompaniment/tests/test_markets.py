from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse

from maillage.accompaniment import actions, facts, queries
from maillage.accompaniment.models import Deliverable, ExportPlan, MarketScore, PlanSection
from maillage.core.facts import FactContext
from maillage.directory.models import Organisation
from maillage.directory.tests.factories import OrganisationFactory, with_role

from .factories import MandateFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2023, 6, 10, 15, tzinfo=UTC)


@pytest.fixture
def ours(client: Client) -> Organisation:
    person = with_role(OrganisationFactory(), "adviser")
    client.force_login(person.account)
    return person.roles.get().organisation


def test_markets_are_ranked_by_the_weighted_mean(ours: Organisation) -> None:
    study = actions.start_study(mandate_id=MandateFactory(organisation=ours).pk, now=NOW, by=None)
    assert actions.start_study(mandate_id=study.mandate_id, now=NOW, by=None) == study
    heavy, light, *others = study.criteria.all()
    for criterion in others:
        actions.remove_criterion(study_id=study.pk, criterion_id=criterion.pk, by=None)
    near, far, unknown = (actions.add_market(study_id=study.pk, name=n, by=None) for n in ("Maine", "Japon", "Chili"))
    grid = actions.Grid(
        weights={heavy.pk: 4, light.pk: 1},
        points={
            (heavy.pk, near.pk): 5, (light.pk, near.pk): 0,
            (heavy.pk, far.pk): 2, (light.pk, far.pk): 5,
            (heavy.pk, unknown.pk): 5, (light.pk, unknown.pk): None,
        },
        chosen={near.pk: True},
        notes={near.pk: "Un distributeur est prêt"},
    )  # fmt: skip
    actions.save_grid(study_id=study.pk, grid=grid, by=None)
    ranked = queries.ranking(queries.study_of(study.mandate))
    assert [(r.market.name, r.score, r.rank) for r in ranked] == [
        ("Maine", 80.0, 1),
        ("Japon", 52.0, 2),
        ("Chili", 100.0, None),  # incomplete: last, without a rank
    ]
    with pytest.raises(actions.OutOfScale):
        actions.save_grid(study_id=study.pk, grid=actions.Grid({heavy.pk: 11}, {}, {}, {}), by=None)
    with pytest.raises(actions.OutOfScale):
        actions.save_grid(study_id=study.pk, grid=actions.Grid({}, {(heavy.pk, far.pk): 6}, {}, {}), by=None)
    with pytest.raises(actions.NameTaken):
        actions.add_market(study_id=study.pk, name="maine", by=None)
    assert MarketScore.objects.count() == 5


def test_the_grid_is_filled_on_its_page(client: Client, ours: Organisation) -> None:
    mandate = MandateFactory(organisation=ours)
    page = reverse("accompaniment:markets", args=[mandate.public_id])
    client.post(page, {"verbe": "commencer"})
    client.post(page, {"verbe": "marche", "nom": "Vermont"})
    study = queries.study_of(mandate)
    market = study.markets.get()
    typed = {f"note-{c.pk}-{market.pk}": "4" for c in study.criteria.all()}
    client.post(page, {**typed, f"retenu-{market.pk}": "on", f"pourquoi-{market.pk}": "Proche"})
    shown = client.get(page).content.decode()
    assert "80" in shown
    market.refresh_from_db()
    assert (market.chosen, market.note) == (True, "Proche")
    client.force_login(with_role(ours, "board").account)
    assert client.get(page).status_code == 200
    assert client.post(page, typed).status_code == 404


def test_a_plan_is_written_then_given_and_does_not_change(
    client: Client, ours: Organisation, settings: object, tmp_path: object
) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]
    mandate = MandateFactory(organisation=ours)
    row = actions.add_deliverable(mandate_id=mandate.pk, kind="export_plan", title="", due_on=None, by=None)
    client.post(reverse("accompaniment:plan_start", args=[row.public_id]))
    page = reverse("accompaniment:plan", args=[row.public_id])
    plan = ExportPlan.objects.get()
    client.post(page, {"etapes": "0", "remettre": "1"})  # nothing written yet
    assert Deliverable.objects.get().delivered_on is None
    first = plan.sections.first()
    typed = {f"section-{first.pk}": "Le Maine d'abord.", "etapes": "1", "quoi-0": "Signer", "cout-0": "1 500,50"}
    client.post(page, {**typed, "cout-0": "beaucoup"})
    assert not plan.steps.exists()
    client.post(page, {**typed, "remettre": "1"})
    row.refresh_from_db()
    assert row.delivered_on is not None
    document = row.documents.get()
    with document.file.open() as file:
        assert file.read().startswith(b"%PDF")
    client.post(page, {f"section-{first.pk}": "Autre chose", "etapes": "0"})
    assert PlanSection.objects.get(pk=first.pk).body == "Le Maine d'abord."
    with pytest.raises(actions.PlanGiven):
        actions.save_plan(plan_id=plan.pk, bodies={first.pk: "x"}, steps=[], now=NOW, by=None)
    assert client.get(reverse("accompaniment:plan_document", args=[row.public_id])).content.startswith(b"%PDF")


def test_a_deliverable_taken_out_does_not_count_until_it_is_back(client: Client, ours: Organisation) -> None:
    mandate = MandateFactory(organisation=ours)
    row = actions.add_deliverable(mandate_id=mandate.pk, kind="diagnostic", title="", due_on=None, by=None)
    actions.deliver(deliverable_id=row.pk, on=date(2023, 6, 1), now=NOW, by=None)
    every = FactContext(organisation_ids=(ours.pk,), period=None)
    verb = reverse("accompaniment:deliverable_deliver", args=[row.public_id])
    assert facts.DELIVERABLES.value(every) == 1
    client.post(verb, {"retirer": "1"})
    assert facts.DELIVERABLES.value(every) == 0
    client.post(verb, {"remettre": "1"})
    assert facts.DELIVERABLES.value(every) == 1


def test_the_board_moves_a_mandate_and_only_for_who_works_there(client: Client, ours: Organisation) -> None:
    mandate = MandateFactory(organisation=ours, enterprise__name="Cidrerie Émile", during=(date(2022, 4, 1), None))
    board = reverse("accompaniment:mandates")
    assert "Cidrerie Émile" in client.get(board).content.decode()
    verb = reverse("accompaniment:mandate_stage", args=[mandate.public_id])
    answer = client.post(verb, {"stage": "diagnostic", "on": "2023-06-01", "tableau": "1"})
    assert answer["Location"] == board
    mandate.refresh_from_db()
    assert mandate.stage == "diagnostic"
    assert "Cidrerie" in client.get(board, {"q": "cidrerei emile"}).content.decode()  # a typo
    client.force_login(with_role(ours, "board").account)
    assert verb not in client.get(board).content.decode()


def test_a_mandate_is_corrected_cancelled_and_restored(client: Client, ours: Organisation) -> None:
    mandate = MandateFactory(organisation=ours)
    client.post(
        reverse("accompaniment:mandate_edit", args=[mandate.public_id]), {"intensity": "short", "title": "Aide"}
    )
    mandate.refresh_from_db()
    assert (mandate.intensity, mandate.title) == ("short", "Aide")
    verb = reverse("accompaniment:mandate_cancel", args=[mandate.public_id])
    client.post(verb)
    mandate.refresh_from_db()
    assert mandate.cancelled_at is None  # no reason, no cancellation
    every = FactContext(organisation_ids=(ours.pk,), period=None)
    client.post(verb, {"reason": "doublon"})
    assert facts.MANDATES.value(every) == 0
    client.post(verb, {"remettre": "1"})
    assert facts.MANDATES.value(every) == 1
