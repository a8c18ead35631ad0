"""Programmes, editions and activities that a person may read; what the public may."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.http import Http404

from maillage.directory.queries import organisations_where
from maillage.directory.text import fold

from ..models import (
    Activity,
    ActivityKind,
    ActivityState,
    Attendance,
    Edition,
    Enrolment,
    Programme,
    Registration,
    RegistrationState,
    Talk,
    Visit,
)
from ..models.activity import SEATED
from ..types import READERS, WORKERS


def _ours(user: Any, *, to_change: bool = False) -> list[int]:
    return organisations_where(user=user, kinds=WORKERS if to_change else READERS)


def programmes_for(*, user: Any, organisation_ids: list[int] | None = None) -> QuerySet[Programme]:
    """Programmes of the user's organisations (of `organisation_ids` among them), with their editions."""
    editions = Edition.objects.annotate(enrolled=Count("enrolments", filter=~Q(enrolments__state="withdrawn")))
    rows = Programme.objects.filter(organisation__in=_ours(user)).select_related("organisation", "stream")
    if organisation_ids is not None:
        rows = rows.filter(organisation__in=organisation_ids)
    return rows.prefetch_related(Prefetch("editions", queryset=editions)).order_by("title", "pk")


def programme_for(*, user: Any, public_id: UUID | str, to_change: bool = False) -> Programme:
    """Http404 for outsiders."""
    rows = Programme.objects.filter(organisation__in=_ours(user, to_change=to_change))
    row = rows.select_related("organisation", "stream").filter(public_id=public_id).first()
    if row is None:
        raise Http404
    return row


def edition_for(*, user: Any, public_id: UUID | str, to_change: bool = False) -> Edition:
    """An edition with its enrolments, visits, activities and calls; Http404 for outsiders."""
    visits = Visit.objects.filter(cancelled_at=None).select_related("enterprise", "mrc", "region")
    enrolments = Enrolment.objects.select_related("enterprise", "mrc").order_by("enterprise__name")
    rows = Edition.objects.filter(organisation__in=_ours(user, to_change=to_change)).select_related(
        "programme__stream", "organisation", "agreement__funder__organisation"
    )
    row = (
        rows.prefetch_related(
            Prefetch("visits", queryset=visits.prefetch_related("experts__organisation")),
            Prefetch("enrolments", queryset=enrolments),
            "activities",
            "calls",
            "partners__organisation",
        )
        .filter(public_id=public_id)
        .first()
    )
    if row is None:
        raise Http404
    return row


def with_counts(rows: QuerySet[Activity]) -> QuerySet[Activity]:
    """Add `seated`, `waiting` and `came` (registrations seen at least once)."""
    came = Attendance.objects.filter(registration=OuterRef("pk"))
    seen = Registration.objects.filter(activity=OuterRef("pk")).filter(Exists(came)).order_by().values("activity")
    return rows.annotate(
        seated=Count("registrations", filter=Q(registrations__state__in=SEATED)),
        waiting=Count("registrations", filter=Q(registrations__state=RegistrationState.WAITING)),
        came=seen.annotate(n=Count("pk")).values("n"),
    )


def activities_for(
    *,
    user: Any,
    today: date,
    text: str = "",
    kind: str = "",
    when: str = "",
    organisation_ids: list[int] | None = None,
) -> QuerySet[Activity]:
    """Activities of the user's organisations (of `organisation_ids` among them) with their counts;
    `when`: "" all, "a-venir", "passees"."""
    rows = Activity.objects.filter(organisation__in=_ours(user)).select_related("organisation", "stream")
    if organisation_ids is not None:
        rows = rows.filter(organisation__in=organisation_ids)
    for word in fold(text).split():
        rows = rows.filter(title__unaccent__icontains=word)
    if kind:
        rows = rows.filter(kind=kind)
    if when == "a-venir":
        return with_counts(rows.filter(last_on__gte=today)).order_by("starts_on", "pk")
    if when == "passees":
        rows = rows.filter(last_on__lt=today)
    return with_counts(rows).order_by(F("starts_on").desc(nulls_last=True), "pk")


@dataclass(frozen=True)
class Log:
    """The representation log: with a day, the latest first; committees without a day, by title."""

    dated: list[Activity]
    undated: list[Activity]


def representations_for(*, user: Any, organisation_ids: list[int] | None = None) -> Log:
    """Representations and committees of the user's organisations (of `organisation_ids` among them). One statement."""
    kinds = [ActivityKind.REPRESENTATION, ActivityKind.COMMITTEE]
    rows = Activity.objects.filter(organisation__in=_ours(user), kind__in=kinds).exclude(state=ActivityState.CANCELLED)
    if organisation_ids is not None:
        rows = rows.filter(organisation__in=organisation_ids)
    found = list(rows.select_related("represented_by").order_by(F("starts_on").desc(nulls_last=True), "title", "pk"))
    return Log([a for a in found if a.starts_on], [a for a in found if not a.starts_on])


def activity_for(*, user: Any, public_id: UUID | str, to_change: bool = False) -> Activity:
    """Http404 for outsiders."""
    rows = with_counts(Activity.objects.filter(organisation__in=_ours(user, to_change=to_change)))
    row = (
        rows.select_related("organisation", "stream", "edition__programme", "mrc", "agreement", "represented_by")
        .prefetch_related("sessions", "talks__exhibitor", "partners__organisation")
        .filter(public_id=public_id)
        .first()
    )
    if row is None:
        raise Http404
    return row


def public_activity(*, public_id: UUID | str) -> Activity:
    """A published activity, for anyone who has its link; Http404 otherwise."""
    rows = with_counts(Activity.objects.exclude(state=ActivityState.DRAFT))
    row = (
        rows.select_related("organisation", "stream")
        .prefetch_related("sessions", "talks__exhibitor", "partners__organisation")
        .filter(public_id=public_id)
        .first()
    )
    if row is None:
        raise Http404
    return row


def registrations_of(activity: Activity, *, text: str = "") -> list[Registration]:
    """Who registered, by name, cancelled ones left out, with the sessions they attended (`.seen`, a set of keys).
    Two statements."""
    rows = activity.registrations.exclude(state=RegistrationState.CANCELLED).select_related("enterprise", "mrc")
    for word in fold(text).split():
        rows = rows.filter(Q(name__unaccent__icontains=word) | Q(enterprise_name__unaccent__icontains=word))
    found = list(rows.order_by("name", "pk").prefetch_related("attendances"))
    for row in found:
        row.seen = {a.session_id for a in row.attendances.all()}  # type: ignore[attr-defined]
    return found


def ticket(*, public_id: UUID | str) -> Registration:
    """A registration by its ticket's code, which only its holder has; Http404 otherwise."""
    row = (
        Registration.objects.select_related("activity__organisation", "enterprise")
        .prefetch_related("attendances", "talks", "activity__sessions", "activity__talks")
        .filter(public_id=public_id, activity__state__in=[ActivityState.PUBLISHED, ActivityState.CANCELLED])
        .first()
    )
    if row is None:
        raise Http404
    return row


def earned_certificate(registration: Registration) -> bool:
    """Whether enough sessions were attended."""
    wanted = registration.activity.certificate_sessions
    return wanted is not None and len(registration.attendances.all()) >= wanted


def waiting_activities(*, now: datetime) -> Iterable[int]:
    """Activities to come with someone who waits or holds an offer."""
    rows = Registration.objects.filter(
        state__in=[RegistrationState.WAITING, RegistrationState.OFFERED],
        activity__state=ActivityState.PUBLISHED,
        activity__last_on__gte=now.date(),
    )
    return rows.order_by("activity").values_list("activity_id", flat=True).distinct()


def talks_of(activity: Activity) -> list[Talk]:
    """The conference's talks, panels and booths in order, each with `taken` seats. One statement."""
    return list(
        activity.talks.annotate(taken=Count("seats")).select_related("exhibitor").order_by("starts_at", "kind", "pk")
    )
