"""Choosing producers on a market's criteria, from the public page to the agreement."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.catalogue import actions, emails, queries
from maillage.catalogue.models import Application, ApplicationState, Criterion, Decision, Review, SupplyAgreement
from maillage.catalogue.types import ApplicationDecided, ApplicationSubmitted
from maillage.directory.models import Organisation, Person, RoleKind
from maillage.directory.tests.factories import OrganisationFactory, give_role, with_role

from .test_pages import signed_in

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
TODAY = date(2026, 5, 1)


class Scene:
    """A market with two criteria, its coordinator and jurors, and a farm that applies."""

    def __init__(self) -> None:
        self.market: Organisation = OrganisationFactory(name="Marché Quatre-Vents", slug="quatre-vents")
        self.farm: Organisation = OrganisationFactory(name="Ferme du Lac")
        self.coordinator = with_role(self.market, RoleKind.COORDINATOR, given_name="Claude")
        self.jurors = [with_role(self.market, RoleKind.JUROR, given_name=f"Jury{n}") for n in range(2)]
        self.farmer = with_role(self.farm, RoleKind.PRODUCER, given_name="Fatou")
        self.organic = self.criterion("production biologique", weight=3, is_required=True)
        self.human = self.criterion("ferme à dimension humaine", weight=1)

    def criterion(self, text: str, **more: Any) -> Criterion:
        return Criterion.objects.create(organisation=self.market, text=text, text_en="in English", **more)

    def start(self) -> Application:
        return actions.start_application(
            organisation_id=self.market.pk, producer_id=self.farm.pk, today=TODAY, by=self.farmer.account
        )

    def submitted(self) -> Application:
        draft = self.start()
        answers = {self.organic.pk: "Certifiée depuis 2012"}
        actions.save_draft(application_id=draft.pk, presentation="Légumes", answers=answers, by=self.farmer.account)
        return actions.submit_application(application_id=draft.pk, now=NOW, by=self.farmer.account)

    def review(self, application: Application, reviewer: Person, organic: int, human: int, **more: Any) -> Review:
        values: dict[str, Any] = {"comment": "", "has_conflict": False, "now": NOW, "by": reviewer.account, **more}
        scores = {self.organic.pk: organic, self.human.pk: human}
        return actions.review_application(application_id=application.pk, reviewer=reviewer, scores=scores, **values)

    def decide(self, application: Application, outcome: str = "accepted", reason: str = "Bienvenue") -> Decision:
        return actions.decide_application(
            application_id=application.pk, outcome=outcome, reason=reason, since=TODAY, now=NOW, by=None
        )


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_anybody_reads_the_criteria_and_a_market_without_has_no_page(scene: Scene) -> None:
    page = Client().get(reverse("catalogue:criteria", args=["quatre-vents"]))
    assert page.status_code == 200
    assert "Production biologique" in page.content.decode()
    assert Client().get(reverse("catalogue:criteria", args=[scene.farm.slug])).status_code == 404


def test_the_weighted_score_counts_each_criterion_by_its_weight(scene: Scene) -> None:
    application = scene.submitted()
    scene.review(application, scene.jurors[0], 4, 0)
    assert queries.scorecard(application).total == Decimal("0.75")  # (4×3 + 0×1) / 16
    scene.review(application, scene.jurors[1], 2, 4)
    card = queries.scorecard(application, today=TODAY)
    assert card.total == Decimal("0.68750")  # means 3 and 2
    assert card.waiting == []
    application.refresh_from_db()
    assert application.state == ApplicationState.IN_REVIEW


def test_a_conflict_of_interest_counts_for_nothing(scene: Scene) -> None:
    application = scene.submitted()
    give_role(scene.jurors[0], scene.farm, RoleKind.BOARD)
    with pytest.raises(actions.ConflictOfInterest):
        scene.review(application, scene.jurors[0], 4, 4)
    assert not Review.objects.exists()
    scene.review(application, scene.jurors[0], 4, 4, has_conflict=True)
    card = queries.scorecard(application, today=TODAY)
    assert (card.total, card.reviews, card.conflicts, card.waiting) == (None, 0, 1, [scene.jurors[1]])


def test_a_review_scores_every_criterion(scene: Scene) -> None:
    application = scene.submitted()
    with pytest.raises(actions.Incomplete):
        scene.review(application, scene.jurors[0], 5, 1)
    assert not Review.objects.exists()


def test_a_required_criterion_under_two_forbids_acceptance(scene: Scene) -> None:
    application = scene.submitted()
    scene.review(application, scene.jurors[0], 1, 4)
    with pytest.raises(actions.CriterionNotMet):
        scene.decide(application)
    assert not SupplyAgreement.objects.exists()
    assert scene.decide(application, "refused", "Pas encore certifiée").outcome == "refused"


def test_acceptance_makes_an_agreement_and_tells_the_producer_once(scene: Scene) -> None:
    application = scene.submitted()
    scene.review(application, scene.jurors[0], 4, 3)
    decision = scene.decide(application)
    assert decision.score == Decimal("0.93750")
    agreement = SupplyAgreement.objects.get()
    assert (agreement.organisation, agreement.producer, agreement.since) == (scene.market, scene.farm, TODAY)
    assert list(queries.producers_of(scene.market.pk, today=TODAY)) == [scene.farm]
    for _n in range(2):
        emails.tell_of_decision(ApplicationDecided(application_id=application.pk))
    [message] = mail.outbox
    assert message.to == [scene.farmer.email]
    assert "acceptée" in message.subject
    assert "Bienvenue" in message.body
    with pytest.raises(actions.WrongState):
        scene.decide(application)
    with pytest.raises(actions.AlreadyApplied):
        scene.start()


def test_coordinators_hear_of_an_application(scene: Scene) -> None:
    emails.tell_of_application(ApplicationSubmitted(application_id=scene.submitted().pk))
    assert [m.to for m in mail.outbox] == [[scene.coordinator.email]]


def test_a_draft_needs_its_required_answers_and_only_one_is_open(scene: Scene) -> None:
    draft = scene.start()
    assert scene.start() == draft
    with pytest.raises(actions.Incomplete):
        actions.submit_application(application_id=draft.pk, now=NOW, by=None)
    actions.withdraw_application(application_id=draft.pk, by=None)
    assert scene.start() != draft


def test_evidence_is_checked_and_read_only_by_those_concerned(scene: Scene, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    draft = scene.start()
    for raw in (b"MZ\x90", b"<html>", b""):
        with pytest.raises(actions.BadEvidence):
            actions.add_evidence(application_id=draft.pk, file=io.BytesIO(raw), name="x.pdf", by=None)
    kept = actions.add_evidence(application_id=draft.pk, file=io.BytesIO(b"%PDF-1.7 ..."), name="é.pdf", by=None)
    for number in range(2, 11):
        actions.add_evidence(application_id=draft.pk, file=io.BytesIO(b"%PDF-1.7"), name=f"{number}.pdf", by=None)
    with pytest.raises(actions.BadEvidence, match="Dix documents"):
        actions.add_evidence(application_id=draft.pk, file=io.BytesIO(b"%PDF-1.7"), name="11.pdf", by=None)
    assert draft.evidence.count() == 10
    address = reverse("catalogue:evidence", args=[kept.public_id])
    answer = signed_in(scene.farmer).get(address)
    assert answer["Content-Disposition"].startswith("attachment")
    assert b"".join(answer.streaming_content) == b"%PDF-1.7 ..."  # type: ignore[attr-defined]
    assert signed_in(scene.coordinator).get(address).status_code == 404  # still a draft
    actions.save_draft(application_id=draft.pk, presentation="x", answers={scene.organic.pk: "oui"}, by=None)
    actions.submit_application(application_id=draft.pk, now=NOW, by=None)
    answer = signed_in(scene.jurors[0]).get(address)
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == b"%PDF-1.7 ..."  # type: ignore[attr-defined]
    outsider = with_role(OrganisationFactory(), RoleKind.COORDINATOR)
    assert signed_in(outsider).get(address).status_code == 404


def test_the_whole_journey_by_its_pages(scene: Scene, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    farmer, juror, coordinator = (signed_in(p) for p in (scene.farmer, scene.jurors[0], scene.coordinator))
    started = farmer.post(reverse("catalogue:apply", args=["quatre-vents"]), {"producteur": scene.farm.public_id})
    address = started.url  # type: ignore[attr-defined]
    answers = {"presentation": "Nous cultivons.", f"answer_{scene.organic.pk}": "Ecocert"}
    file = io.BytesIO(b"%PDF-1.7")
    file.name = "certificat.pdf"
    farmer.post(address, {**answers, "draft": "1", "evidence": file})
    assert "certificat.pdf" in farmer.get(address).content.decode()
    assert juror.get(address).status_code == 404
    farmer.post(address, {**answers, "submit": "1"})
    application = Application.objects.get()
    assert application.state == ApplicationState.SUBMITTED
    assert farmer.get(address).status_code == 200
    scores = {f"score_{scene.organic.pk}": "3", f"score_{scene.human.pk}": "4", "comment": "Solide et sérieux"}
    review = reverse("catalogue:review", args=[application.public_id])
    assert juror.post(review, scores | {f"score_{scene.human.pk}": ""}).status_code == 422
    assert juror.post(review, scores).status_code == 302
    sealed = signed_in(scene.jurors[1]).get(address).content.decode()
    assert "Solide et sérieux" not in sealed
    assert "Solide et sérieux" not in farmer.get(address).content.decode()
    assert "Solide et sérieux" in coordinator.get(address).content.decode()
    listed = coordinator.get(reverse("catalogue:applications", args=["quatre-vents"])).content.decode()
    assert "Jury1" in listed
    decision = reverse("catalogue:decision", args=[application.public_id])
    body = {"outcome": "accepted", "reason": "Bienvenue", "since": str(timezone.localdate())}
    assert juror.post(decision, body).status_code == 404
    assert farmer.post(decision, body).status_code == 404
    assert coordinator.post(decision, body | {"reason": " "}).status_code == 422
    assert coordinator.post(decision, body).status_code == 302
    assert "Bienvenue" in farmer.get(address).content.decode()
    agreement = SupplyAgreement.objects.get()
    end = reverse("catalogue:agreement_end", args=[agreement.public_id])
    assert farmer.get(end).status_code == 404
    assert coordinator.get(end).status_code == 200
    coordinator.post(end, {"until": str(timezone.localdate()), "reason": "Fin de saison"})
    assert not queries.producers_of(scene.market.pk).exists()
    assert farmer.get(reverse("catalogue:my_applications")).status_code == 200


def test_criteria_are_edited_and_retired_not_deleted(scene: Scene) -> None:
    application = scene.submitted()
    address = reverse("catalogue:criteria_edit", args=["quatre-vents"])
    assert signed_in(scene.jurors[0]).get(address).status_code == 404
    body = {
        "criteria-TOTAL_FORMS": "3",
        "criteria-INITIAL_FORMS": "2",
        "criteria-0-pk": scene.organic.pk,
        "criteria-0-text": scene.organic.text,
        "criteria-0-weight": "5",
        "criteria-1-pk": scene.human.pk,
        "criteria-1-text": scene.human.text,
        "criteria-1-weight": "1",
        "criteria-1-DELETE": "on",
        "criteria-2-text": "biodiversité",
        "criteria-2-weight": "2",
    }
    assert signed_in(scene.coordinator).post(address, body).status_code == 302
    assert [(c.text, c.weight) for c in queries.criteria_of(scene.market.pk)] == [
        ("production biologique", 5),
        ("biodiversité", 2),
    ]
    assert Criterion.objects.filter(organisation=scene.market).count() == 3
    assert application.answers.exists()


def test_the_comparison_costs_the_same_for_one_and_for_ten(scene: Scene, django_assert_max_num_queries: Any) -> None:
    for _n in range(10):
        scene.farm = OrganisationFactory()
        scene.farmer = with_role(scene.farm, "producer")
        scene.review(scene.submitted(), scene.jurors[0], 3, 3)
    client = signed_in(scene.coordinator)
    with django_assert_max_num_queries(16):
        page = client.get(reverse("catalogue:applications", args=["quatre-vents"]))
    assert page.content.decode().count("Jury1") == 10


def test_a_market_starts_from_published_criteria_and_keeps_its_own(scene: Scene) -> None:
    loaded = actions.load_criteria(organisation_id=scene.market.pk)
    assert len(loaded) == 6
    assert loaded[1] == scene.organic
    assert loaded[1].weight == 3
    assert [c.pk for c in actions.load_criteria(organisation_id=scene.market.pk)] == [c.pk for c in loaded]
