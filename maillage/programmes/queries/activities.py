"""Programmes, editions and activities that a person may read; what the public may."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import (
    Count,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Max,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Value,
)
from django.http import Http404
from django.utils import timezone

from maillage.core.text import Sorting, fold
from maillage.core.typed import search_words
from maillage.directory.models import Organisation, Person
from maillage.directory.queries import organisations_where

from ..models import (
    Activity,
    ActivityKind,
    ActivityState,
    Attendance,
    Edition,
    Enrolment,
    Partner,
    Programme,
    Registration,
    RegistrationState,
    Session,
    Talk,
    Visit,
)
from ..models.activity import SEATED
from ..tokens import read_token
from ..types import READERS, WORKERS


def _ours(user: Any, *, to_change: bool = False) -> list[int]:
    return organisations_where(user=user, kinds=WORKERS if to_change else READERS)


def programmes_for(*, user: Any, organisation_ids: list[int] | None = None) -> QuerySet[Programme]:
    """Programmes of the user's organisations (of `organisation_ids` among them), with their editions."""
    editions = Edition.objects.annotate(enrolled=Count("enrolments", filter=~Q(enrolments__state="withdrawn")))
    rows = Programme.objects.filter(organisation__in=_ours(user)).select_related("organisation", "stream")
    if organisation_ids is not None:
        rows = rows.filter(organisation__in=organisation_ids)
    return rows.prefetch_related(Prefetch("editions", queryset=editions)).order_by(Sorting("title"), "pk")


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
    enrolments = Enrolment.objects.select_related("enterprise", "mrc").order_by(Sorting("enterprise__name"))
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
    for word in search_words(fold(text)):
        rows = rows.filter(title__unaccent__icontains=word)
    if kind:
        rows = rows.filter(kind=kind)
    if when == "a-venir":
        return with_counts(rows.filter(last_on__gte=today)).order_by("starts_on", "pk")
    if when == "passees":
        rows = rows.filter(last_on__lt=today)
    return with_counts(rows).order_by(F("starts_on").desc(nulls_last=True), "pk")


def representations_for(
    *,
    user: Any,
    organisation_ids: list[int] | None = None,
    text: str = "",
    year: int | None = None,
    person: int | None = None,
    kind: str = "",
) -> QuerySet[Activity]:
    """Representations and committees of the user's organisations (of `organisation_ids` among them), the latest first,
    those without a day last, with the organisations met (`.met`): those that match `text` (title, place, an
    organisation met), of the calendar `year`, by `person`, of `kind`."""
    kinds = [ActivityKind.REPRESENTATION, ActivityKind.COMMITTEE]
    rows = Activity.objects.filter(organisation__in=_ours(user), kind__in=[kind] if kind in kinds else kinds)
    rows = rows.exclude(state=ActivityState.CANCELLED)
    if organisation_ids is not None:
        rows = rows.filter(organisation__in=organisation_ids)
    for word in search_words(fold(text)):
        met = Partner.objects.filter(organisation__name__unaccent__icontains=word, activity__isnull=False)
        rows = rows.filter(
            Q(title__unaccent__icontains=word) | Q(place__unaccent__icontains=word) | Q(pk__in=met.values("activity"))
        )
    if year is not None:
        rows = rows.filter(starts_on__year=year)
    if person is not None:
        rows = rows.filter(represented_by=person)
    partners = Partner.objects.filter(role="met").select_related("organisation")
    listed = rows.select_related("represented_by").prefetch_related(
        Prefetch("partners", queryset=partners, to_attr="met")
    )
    return listed.order_by(F("starts_on").desc(nulls_last=True), "title", "pk")


def met_in(representations: QuerySet[Activity]) -> int:
    """How many organisations were met in them."""
    met = Partner.objects.filter(role="met", activity__in=representations.order_by().values("pk"))
    return met.order_by().values("organisation").distinct().count()


def represented_in(representations: QuerySet[Activity]) -> list[Person]:
    """Who represented the organisation in them, by name."""
    return list(Person.objects.filter(pk__in=representations.order_by().values("represented_by")))


def years_represented(*, user: Any, organisation_ids: list[int]) -> list[int]:
    """The calendar years in which something is in the log, the latest first."""
    kinds = [ActivityKind.REPRESENTATION, ActivityKind.COMMITTEE]
    rows = Activity.objects.filter(organisation__in=_ours(user), kind__in=kinds, starts_on__isnull=False)
    return [d.year for d in rows.filter(organisation__in=organisation_ids).dates("starts_on", "year", order="DESC")]


def activity_for(*, user: Any, public_id: UUID | str, to_change: bool = False) -> Activity:
    """Http404 for outsiders."""
    rows = with_counts(Activity.objects.filter(organisation__in=_ours(user, to_change=to_change)))
    row = (
        rows.select_related(
            "organisation", "stream", "edition__programme", "mrc", "agreement", "represented_by", "host"
        )
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
        rows.select_related("organisation", "stream", "edition", "mrc", "host")
        .prefetch_related("sessions", "talks__exhibitor", "partners__organisation")
        .filter(public_id=public_id)
        .first()
    )
    if row is None:
        raise Http404
    return row


def registered(activity: Activity, *, text: str = "") -> QuerySet[Registration]:
    """Who registered, by name, cancelled ones left out, with their presences."""
    rows = activity.registrations.exclude(state=RegistrationState.CANCELLED).select_related("enterprise", "mrc")
    for word in search_words(fold(text)):
        rows = rows.filter(Q(name__unaccent__icontains=word) | Q(enterprise_name__unaccent__icontains=word))
    return rows.order_by(Sorting("name"), "pk").prefetch_related("attendances")


def registrations_of(activity: Activity, *, text: str = "") -> list[Registration]:
    """Who registered, by name, cancelled ones left out, with the sessions they attended (`.seen`, a set of keys).
    Two statements."""
    found = list(registered(activity, text=text))
    for row in found:
        row.seen = {a.session_id for a in row.attendances.all()}  # type: ignore[attr-defined]
    return found


def ticket(*, token: str) -> Registration:
    """A registration by its signed link, which only its holder has; Http404 otherwise."""
    public_id = read_token(token)
    if public_id is None:
        raise Http404
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
        activity__last_on__gte=timezone.localdate(now),
    )
    return rows.order_by("activity").values_list("activity_id", flat=True).distinct()


def sessions_to_remind(*, now: datetime) -> list[int]:
    """Sessions of published activities that begin within their hours of reminder, nobody reminded yet."""
    hours = ExpressionWrapper(F("activity__reminder_hours") * Value(timedelta(hours=1)), output_field=DurationField())
    rows = Session.objects.filter(
        reminded_at=None, starts_at__gt=now, activity__state=ActivityState.PUBLISHED, activity__reminder_hours__gt=0
    )
    return list(rows.filter(starts_at__lte=now + hours).values_list("pk", flat=True))


def activities_to_ask(*, now: datetime) -> list[int]:
    """Published activities with sessions, all over since a few hours and at most three days, opinions not yet asked."""
    rows = Activity.objects.filter(state=ActivityState.PUBLISHED, feedback_asked_at=None, is_demo=False)
    ended = rows.annotate(ended=Max("sessions__ends_at")).filter(
        ended__lte=now - timedelta(hours=3), ended__gt=now - timedelta(days=3)
    )
    return list(ended.values_list("pk", flat=True))


def public_agenda(*, slug: str, now: datetime) -> tuple[Organisation, list[Activity]]:
    """The activities to come that an organisation published, the soonest first; Http404 for an unknown one."""
    organisation = Organisation.objects.filter(slug=slug, merged_into=None).first()
    if organisation is None:
        raise Http404
    rows = Activity.objects.filter(
        organisation=organisation, state=ActivityState.PUBLISHED, last_on__gte=timezone.localdate(now)
    )
    rows = rows.exclude(kind__in=[ActivityKind.REPRESENTATION, ActivityKind.COMMITTEE])
    return organisation, list(with_counts(rows).select_related("edition", "mrc").order_by("starts_on", "pk"))


def talks_of(activity: Activity) -> list[Talk]:
    """The conference's talks, panels and booths in order, each with `taken` seats. One statement."""
    return list(
        activity.talks.annotate(taken=Count("seats")).select_related("exhibitor").order_by("starts_at", "kind", "pk")
    )
