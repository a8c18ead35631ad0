from datetime import UTC, datetime

import pytest
from django.http import Http404
from django.test import Client
from django.urls import reverse

from maillage.directory.tests.factories import OrganisationFactory, with_role
from maillage.programmes import actions, queries
from maillage.programmes.models import Call, Review

from .factories import CallFactory, CriterionFactory, EditionFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 3, 10, 15, tzinfo=UTC)
LATER = datetime(2022, 4, 10, 15, tzinfo=UTC)


@pytest.fixture
def call() -> Call:
    made = CallFactory(edition=EditionFactory(places=1))
    actions.add_field(call_id=made.pk, values={"label": "Marché visé", "kind": "text"}, by=None)
    CriterionFactory(call=made, weight=3, maximum=5)
    CriterionFactory(call=made, weight=1, maximum=10)
    return made


def apply(call: Call, name: str = "Distillerie du Lac", **more: str):
    field = call.fields.get()
    return actions.apply(
        call_id=call.pk,
        enterprise_name=name,
        contact_name="Ève",
        email=f"{len(name)}@exemple.test",
        answers={str(field.pk): "France"},
        now=NOW,
        **more,
    )


def juror(call: Call):
    person = with_role(call.edition.organisation, "juror")
    return person, actions.add_reviewer(call_id=call.pk, person_id=person.pk, by=None)


def score(call: Call, application, person, *points: int, submit: bool = True) -> Review:
    criteria = list(call.criteria.all())
    return actions.save_review(
        application_id=application.pk,
        person=person,
        scores={c.pk: p for c, p in zip(criteria, points, strict=True)},
        comment="",
        submit=submit,
        now=NOW,
        by=None,
    )


def test_answers_that_miss_are_named(call: Call) -> None:
    with pytest.raises(actions.Incomplete) as refused:
        actions.apply(call_id=call.pk, enterprise_name="A", contact_name="B", email="a@b.test", answers={}, now=NOW)
    assert list(refused.value.fields) == [call.fields.get().pk]
    assert not call.applications.exists()


def test_closed_call_refuses(call: Call) -> None:
    with pytest.raises(actions.CallClosed):
        actions.apply(
            call_id=call.pk, enterprise_name="A", contact_name="B", email="a@b.test", answers={}, now=call.closes_at
        )


def test_weighted_mean_ranks(call: Call) -> None:
    first, second = apply(call, "Première"), apply(call, "Seconde ferme")
    person, _reviewer = juror(call)
    score(call, first, person, 5, 0)  # 3/4 of the weight
    score(call, second, person, 0, 10)
    assert [(r.application, r.score) for r in queries.ranking(call)] == [(first, 75.0), (second, 25.0)]


def test_review_is_sealed_until_submitted_and_after(call: Call) -> None:
    application = apply(call)
    (one, first), (two, second) = juror(call), juror(call)
    score(call, application, one, 5, 5, submit=False)
    assert queries.reviews_seen(application=application, reviewer=None) == []  # not even a manager
    score(call, application, one, 5, 5)
    assert queries.reviews_seen(application=application, reviewer=second) == []  # not before their own
    score(call, application, two, 1, 1)
    assert len(queries.reviews_seen(application=application, reviewer=second)) == 2
    with pytest.raises(actions.Sealed):
        score(call, application, one, 0, 0)
    assert Review.objects.get(reviewer=first).scores.first().points == 5


def test_reviewer_in_conflict_neither_sees_nor_scores(call: Call) -> None:
    application = apply(call)
    person, reviewer = juror(call)
    score(call, application, person, 4, 4, submit=False)
    actions.declare_conflict(application_id=application.pk, person=person, reason="cousine", now=NOW, by=None)
    with pytest.raises(Http404):
        queries.application_for_reviewer(reviewer, application.public_id)
    with pytest.raises(actions.InConflict):
        score(call, application, person, 5, 5)
    assert not Review.objects.exists()


def test_points_over_the_maximum_are_refused(call: Call) -> None:
    application = apply(call)
    person, _reviewer = juror(call)
    with pytest.raises(actions.ScoreOutOfRange):
        score(call, application, person, 6, 1)


def test_announce_enrols_the_selected_once(call: Call) -> None:
    enterprise = OrganisationFactory(neq="1123456789")
    application = apply(call, neq="1123456789")
    actions.decide(application_id=application.pk, state="selected", note="Bravo", now=LATER, by=None)
    assert actions.announce(call_id=call.pk, now=LATER, by=None) == 1
    assert actions.announce(call_id=call.pk, now=LATER, by=None) == 0
    assert [e.enterprise for e in call.edition.enrolments.all()] == [enterprise]


def test_form_does_not_change_once_applications_are_in(call: Call) -> None:
    apply(call)
    with pytest.raises(actions.FormInUse):
        actions.add_criterion(call_id=call.pk, label="Autre", weight=1, maximum=5, by=None)
    assert call.criteria.count() == 2


def test_names_are_hidden_from_the_jury_until_decisions_are_told(client: Client, call: Call) -> None:
    actions.save_call(call_id=call.pk, values={"hides_names": True}, by=None)
    application = apply(call, "Distillerie Secrète")
    person, reviewer = juror(call)
    client.force_login(person.account)
    pages = (
        reverse("programmes:jury", args=[call.public_id]),
        reverse("programmes:review", args=[call.public_id, application.public_id]),
    )
    for page in pages:
        shown = client.get(page).text
        assert "Candidature 1" in shown
        assert "Secrète" not in shown
    score(call, application, person, 5, 5)
    with pytest.raises(actions.FormInUse):
        actions.save_call(call_id=call.pk, values={"hides_names": False}, by=None)
    with pytest.raises(actions.Sealed):
        actions.remove_reviewer(call_id=call.pk, reviewer_id=reviewer.pk, by=None)
    actions.announce(call_id=call.pk, now=LATER, by=None)
    assert "Secrète" in client.get(pages[0]).text
