"""What is chosen for a row is the organisation's own, and a row that was cancelled stands still: said by the action."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from maillage.accompaniment import actions, queries
from maillage.accompaniment.models import (
    FinancingIntervention,
    Mandate,
    OutcomeFollowUp,
    Questionnaire,
    Referral,
    StageChange,
    SuccessionCase,
    WatchTopic,
)
from maillage.core.actions import NotOurs, UnknownChoice
from maillage.directory.models import Organisation
from maillage.directory.tests.factories import OrganisationFactory, with_role
from maillage.funding.tests.factories import AgreementFactory, StreamFactory
from maillage.programmes.tests.factories import EditionFactory

from .factories import FinancingFactory, MandateFactory, SuccessionCaseFactory, WatchTopicFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2023, 6, 10, 15, tzinfo=UTC)
DAY = date(2023, 6, 1)


def refer(ours: Organisation, **chosen: Any) -> Any:
    return actions.refer(
        organisation_id=ours.pk, enterprise_id=OrganisationFactory().pk, partner_id=OrganisationFactory().pk,
        need="Besoin", consented_by="Ana", now=NOW, by=None, **chosen,
    )  # fmt: skip


def topic(ours: Organisation, **chosen: Any) -> Any:
    words = {"title": "Douanes", "question": "Quoi ?", "sources": ""}
    return actions.create_topic(organisation_id=ours.pk, now=NOW, by=None, **words, **chosen)


def questionnaire(ours: Organisation, **chosen: Any) -> Any:
    return actions.create_questionnaire(organisation_id=ours.pk, title="Q", introduction="", by=None, **chosen)


def case(ours: Organisation, **chosen: Any) -> Any:
    return actions.open_case(
        organisation_id=ours.pk, enterprise_id=OrganisationFactory().pk, opened_on=DAY, now=NOW, by=None, **chosen
    )


def financing(ours: Organisation, **chosen: Any) -> Any:
    return actions.record_financing(
        organisation_id=ours.pk, enterprise_id=OrganisationFactory().pk, kind="loan", amount=Decimal(10),
        authorised_on=DAY, authorised_by_network=False, now=NOW, by=None, **chosen,
    )  # fmt: skip


def mandate(ours: Organisation, **chosen: Any) -> Any:
    wanted = {"stream_id": StreamFactory(organisation=ours).pk, "intensity": "short"} | chosen
    return actions.open_mandate(
        organisation_id=ours.pk, enterprise_id=OrganisationFactory().pk, starts_on=DAY, now=NOW, by=None, **wanted
    )


MADE: list[tuple[Callable[..., Any], Any, tuple[str, ...]]] = [
    (refer, Referral, ("stream",)),
    (topic, WatchTopic, ("stream",)),
    (questionnaire, Questionnaire, ("stream",)),
    (case, SuccessionCase, ("stream", "agreement")),
    (financing, FinancingIntervention, ("stream", "edition", "agreement")),
    (mandate, Mandate, ("stream", "edition", "agreement")),
]


def of(organisation: Organisation | None, what: str) -> int:
    """The key of one of its streams, editions, agreements; a stream of nobody is common to all."""
    if what == "edition":
        return EditionFactory(programme__organisation=organisation, organisation=organisation).pk  # type: ignore[no-any-return]
    make = StreamFactory if what == "stream" else AgreementFactory
    return make(organisation=organisation).pk  # type: ignore[no-any-return, operator]


@pytest.mark.parametrize(("make", "model", "what"), [(m, k, w) for m, k, ws in MADE for w in ws])
def test_what_is_another_organisation_s_is_not_taken(make: Callable[..., Any], model: Any, what: str) -> None:
    ours, others = OrganisationFactory(), OrganisationFactory()
    kept = {"stream_id": None} if make in (topic, questionnaire) else {}
    with pytest.raises(NotOurs):
        make(ours, **kept | {f"{what}_id": of(others, what)})
    assert not model.objects.exists()
    make(OrganisationFactory(), **kept | {"stream_id": of(None, "stream")})  # common to all
    row = make(ours, **kept | {f"{what}_id": of(ours, what)})
    assert getattr(row, what) is not None


def test_nor_is_it_when_the_row_is_corrected() -> None:
    case, topic = SuccessionCaseFactory(), WatchTopicFactory()
    with pytest.raises(NotOurs):
        actions.amend_case(case_id=case.pk, values={"agreement_id": AgreementFactory().pk}, by=None)
    words = {"title": "Autre", "question": "", "sources": "", "stream_id": of(OrganisationFactory(), "stream")}
    with pytest.raises(NotOurs):
        actions.amend_topic(topic_id=topic.pk, values=words, by=None)
    case.refresh_from_db()
    topic.refresh_from_db()
    assert (case.agreement_id, topic.stream_id) == (None, None)


def test_a_cancelled_mandate_neither_moves_nor_changes_until_it_is_restored() -> None:
    row = MandateFactory()
    actions.cancel_mandate(mandate_id=row.pk, reason="doublon", now=timezone.now(), by=None)
    moves = {"mandate_id": row.pk, "to_stage": "diagnostic", "on": DAY, "reason": "", "now": NOW, "by": None}
    before = StageChange.objects.count()
    with pytest.raises(actions.Cancelled):
        actions.move_mandate(**moves)
    with pytest.raises(actions.Cancelled):
        actions.amend_mandate(mandate_id=row.pk, values={"title": "Autre"}, by=None)
    row.refresh_from_db()
    assert (row.stage, row.title, StageChange.objects.count()) == ("welcome", row.title, before)
    assert row.title != "Autre"
    actions.restore_mandate(mandate_id=row.pk, by=None)
    assert actions.move_mandate(**moves).stage == "diagnostic"


def test_a_stage_that_does_not_exist_is_refused() -> None:
    row = MandateFactory()
    with pytest.raises(UnknownChoice):
        actions.move_mandate(mandate_id=row.pk, to_stage="nonsense", on=DAY, reason="", now=NOW, by=None)
    with pytest.raises(UnknownChoice):
        actions.amend_mandate(mandate_id=row.pk, values={"intensity": "nonsense"}, by=None)
    row.refresh_from_db()
    assert row.stage == "welcome"


def test_lists_keep_what_their_filters_ask() -> None:
    person = with_role(OrganisationFactory(), "adviser")
    ours, user = person.roles.get().organisation, person.account
    mine, other = MandateFactory(organisation=ours, adviser=person), MandateFactory(organisation=ours)
    assert set(queries.mandates_for(user=user)) == {mine, other}
    assert set(queries.mandates_for(user=user, adviser_id=person.pk)) == {mine}
    made = [FinancingFactory(organisation=ours, is_innovative=flag) for flag in (True, False)]
    assert set(queries.financings_for(user=user)) == set(made)
    assert set(queries.financings_for(user=user, flag="is_innovative")) == {made[0]}


def test_a_question_that_was_not_asked_yet_awaits_no_answer_by_link() -> None:
    row = OutcomeFollowUp.objects.create(mandate=MandateFactory(), months=6, due_on=DAY)
    assert not actions.links.awaits(row)
    row.asked_at = NOW
    assert actions.links.awaits(row)
    row.answered_at = NOW
    assert not actions.links.awaits(row)
