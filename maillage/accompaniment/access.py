"""Who may write in accompaniment: the rules of its actions (`core.actions`, `directory.access`)."""

from collections.abc import Mapping
from typing import Any

from maillage.core.actions import House
from maillage.directory.access import given, own, works
from maillage.directory.models import Organisation, PastSituation, Role
from maillage.directory.queries import organisations_where, standing_of
from maillage.directory.types import RoleKind

from .models import (
    CanvassMeeting,
    ClaimRelease,
    ClientFile,
    Deliverable,
    Diagnostic,
    Document,
    ExportPlan,
    FinancingIntervention,
    Intervention,
    JourneyShare,
    Mandate,
    MarketStudy,
    Note,
    OutcomeFollowUp,
    Questionnaire,
    QuestionnaireVersion,
    Referral,
    Service,
    SuccessionBuyer,
    SuccessionCase,
    Topic,
    WatchSignal,
    WatchSubscription,
    WatchTopic,
)
from .queries import may_describe
from .types import WORKERS

CHOOSERS = (RoleKind.DIRECTOR, RoleKind.MANAGER, RoleKind.COORDINATOR)
"""Who chooses what an intervention that two funders could count is counted for."""

team = works(WORKERS)
team_and_notes_author = given(team, own("author"))
claimed = works(CHOOSERS, "intervention_id", Intervention)
release = works(CHOOSERS, "release_id", ClaimRelease, "intervention__organisation_id")
file = works(WORKERS, "file_id", ClientFile)
share = works((RoleKind.DIRECTOR, *WORKERS), "share_id", JourneyShare)
note = given(works(WORKERS, "note_id", Note), own("author"))
diagnostic = works(WORKERS, "diagnostic_id", Diagnostic)
follow_up = works(WORKERS, "follow_up_id", OutcomeFollowUp, "mandate__organisation_id")
intervention = works(WORKERS, "intervention_id", Intervention)
mandate = works(WORKERS, "mandate_id", Mandate)
deliverable = works(WORKERS, "deliverable_id", Deliverable, "mandate__organisation_id")
document = works(WORKERS, "document_id", Document, "deliverable__mandate__organisation_id")
study = works(WORKERS, "study_id", MarketStudy, "mandate__organisation_id")
plan = works(WORKERS, "plan_id", ExportPlan, "deliverable__mandate__organisation_id")
financing = works(WORKERS, "financing_id", FinancingIntervention)
meeting = works(WORKERS, "meeting_id", CanvassMeeting)
questionnaire = works(WORKERS, "questionnaire_id", Questionnaire)
version = works(WORKERS, "version_id", QuestionnaireVersion, "questionnaire__organisation_id")
referral = works(WORKERS, "referral_id", Referral)
case = works(WORKERS, "case_id", SuccessionCase)
buyer = works(WORKERS, "buyer_id", SuccessionBuyer, "case__organisation_id")
topic = works(WORKERS, "topic_id", WatchTopic)
signal = works(WORKERS, "signal_id", WatchSignal, "topic__organisation_id")
subscription = works(WORKERS, "subscription_id", WatchSubscription, "topic__organisation_id")
house = House()
"""Also whoever holds a link: its page acts in no account's name."""
_ENTRIES = {"topic": works(WORKERS, "entry_id", Topic), "service": works(WORKERS, "entry_id", Service)}


def entry(by: Any, given: Mapping[str, Any], /) -> bool:
    """A word of one's own lists."""
    return given.get("kind") in _ENTRIES and _ENTRIES[given["kind"]](by, given)


def linked(by: Any, given: Mapping[str, Any], /) -> bool:
    """The row that a link opens: of one's own organisation."""
    row = given["row"]
    path = "mandate__organisation_id" if isinstance(row, OutcomeFollowUp) else "organisation_id"
    return works(WORKERS, "row", type(row), path)(by, given)


def described(by: Any, given: Mapping[str, Any], /) -> bool:
    """Who notes the dated situation of an enterprise."""
    return may_describe(user=by, enterprise=Organisation.objects.get(pk=given["enterprise_id"]))


def situation(by: Any, given: Mapping[str, Any], /) -> bool:
    row = PastSituation.objects.select_related("organisation").get(pk=given["situation_id"])
    return may_describe(user=by, enterprise=row.organisation)


def staff(by: Any, given: Mapping[str, Any], /) -> bool:
    row = Role.objects.select_related("organisation").get(pk=given["role_id"])
    return row.kind == RoleKind.STAFF and may_describe(user=by, enterprise=row.organisation)


def named(by: Any, given: Mapping[str, Any], /) -> bool:
    """Who names someone of an enterprise: whoever describes it, and those whom they met while nobody keeps its file."""
    enterprise = Organisation.objects.get(pk=given["enterprise_id"])
    if not standing_of(user=by, organisation=enterprise).managed and organisations_where(user=by, kinds=WORKERS):
        return True
    return may_describe(user=by, enterprise=enterprise)
