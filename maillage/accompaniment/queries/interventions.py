"""Interventions that a person may read, the lists to choose from, and claims that two agreements forbid together."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.http import Http404

from maillage.core import changes
from maillage.core.period import Period
from maillage.core.text import Sorting, fold
from maillage.core.typed import search_words
from maillage.directory.models import Organisation, Person
from maillage.directory.queries import clusters, organisations_where, people_of, person_of
from maillage.funding.models import Agreement, Stream
from maillage.programmes.models import Edition

from ..models import Claim, Intervention, InterventionParty, Mandate, Service, Stage, Topic
from ..types import READERS, WORKERS
from .search import matching


def _with_parties(rows: QuerySet[Intervention]) -> QuerySet[Intervention]:
    parties = InterventionParty.objects.select_related("enterprise", "person", "mrc", "region", "sector").order_by("pk")
    return rows.select_related(
        "organisation", "adviser", "stream", "topic", "service", "edition", "mandate", "created_by"
    ).prefetch_related(Prefetch("parties", queryset=parties), "claims__agreement__funder__organisation")


def _seen(user: Any, organisation_ids: list[int] | None) -> list[int]:
    ours = organisations_where(user=user, kinds=READERS)
    return ours if organisation_ids is None else [i for i in ours if i in organisation_ids]


def interventions_for(
    *,
    user: Any,
    text: str = "",
    stream_id: int | None = None,
    adviser_id: int | None = None,
    period: Period | None = None,
    cancelled: bool = False,
    organisation_ids: list[int] | None = None,
) -> QuerySet[Intervention]:
    """Interventions of the organisations where the user reads (of `organisation_ids` among them), the latest first,
    with their parties. Constant statements."""
    rows = Intervention.objects.filter(organisation__in=_seen(user, organisation_ids))
    rows = rows.filter(cancelled_at__isnull=not cancelled)
    if stream_id:
        rows = rows.filter(stream=stream_id)
    if adviser_id:
        rows = rows.filter(adviser=adviser_id)
    if period is not None:
        rows = rows.filter(done_on__gte=period.start)
        if period.end is not None:
            rows = rows.filter(done_on__lt=period.end)
    if text.strip():
        rows = _said(rows, text)
    return _with_parties(rows).order_by("-done_on", "-pk")


def _said(rows: QuerySet[Intervention], text: str) -> QuerySet[Intervention]:
    """Those that hold every word in a party's name, the summary or the topic; else those of an enterprise whose name is
    close (a typo)."""
    exact = rows
    for word in search_words(fold(text)):
        party = InterventionParty.objects.filter(
            intervention=OuterRef("pk"), enterprise__name__unaccent__icontains=word
        )
        exact = exact.filter(
            Exists(party) | Q(summary__unaccent__icontains=word) | Q(topic__name__unaccent__icontains=word)
        )
    if exact.exists():
        return exact
    served = InterventionParty.objects.filter(intervention__in=rows.order_by(), enterprise__isnull=False)
    named = matching(Organisation.objects.filter(pk__in=served.values("enterprise")), text)
    return rows.filter(
        Exists(InterventionParty.objects.filter(intervention=OuterRef("pk"), enterprise__in=named.values("pk")))
    )


def intervention_for(*, user: Any, public_id: UUID | str, to_change: bool = False) -> Intervention:
    """An intervention of an organisation where the user reads (works, `to_change`); Http404 otherwise."""
    ours = organisations_where(user=user, kinds=WORKERS if to_change else READERS)
    row = _with_parties(Intervention.objects.filter(organisation__in=ours)).filter(public_id=public_id).first()
    if row is None:
        raise Http404
    return row


def next_steps(*, user: Any, today: date, limit: int = 20, everyone: bool = False) -> list[Intervention]:
    """What the user promised and has not done, the oldest first, what has no day last; what all advisers of their
    organisations promised, for `everyone`."""
    person = person_of(user=user)
    if person is None:
        return []
    rows = Intervention.objects.filter(
        Q(next_step_on__isnull=False) | ~Q(next_step=""),
        **({} if everyone else {"adviser": person}),
        next_step_done_at=None,
        cancelled_at=None,
        organisation__in=organisations_where(user=user, kinds=WORKERS),
    )
    return list(_with_parties(rows).order_by(F("next_step_on").asc(nulls_last=True), "pk")[:limit])


@dataclass(frozen=True)
class Choices:
    """What an organisation's forms offer. `mandates`: those that last, by enterprise."""

    streams: list[Stream]
    topics: list[Topic]
    services: list[Service]
    editions: list[Edition]
    agreements: list[Agreement]
    advisers: list[Person]
    mandates: list[Mandate] = field(default_factory=list)


def choices_for(*, organisation: Organisation, today: date) -> Choices:
    """The lists of the organisation and those common to all; editions and agreements of the last two years;
    mandates that last. Seven statements."""
    ours = Q(organisation=None) | Q(organisation=organisation)
    since = (today.replace(year=today.year - 2, day=1), None)
    return Choices(
        streams=list(Stream.objects.filter(ours, retired_on=None)),
        topics=list(Topic.objects.filter(ours, retired_on=None)),
        services=list(Service.objects.filter(ours, retired_on=None)),
        editions=list(
            Edition.objects.filter(organisation=organisation, during__overlap=since).select_related("programme")
        ),
        agreements=list(
            Agreement.objects.filter(organisation=organisation, during__overlap=since).select_related(
                "funder__organisation"
            )
        ),
        advisers=list(people_of(organisation, day=today, kinds=WORKERS)),
        mandates=list(open_mandates(organisation_id=organisation.pk)[:500]),
    )


def open_mandates(*, organisation_id: int, enterprise_ids: Iterable[int] | None = None) -> QuerySet[Mandate]:
    """The organisation's mandates that last, by enterprise; of these enterprises and their duplicates, if given."""
    rows = Mandate.objects.filter(organisation=organisation_id, cancelled_at=None).exclude(
        stage__in=[Stage.CLOSED, Stage.ABANDONED]
    )
    if enterprise_ids is not None:
        groups = clusters(enterprise_ids)
        rows = rows.filter(enterprise__in={i for group in groups.values() for i in group})
    return rows.select_related("enterprise", "stream").order_by(Sorting("enterprise__name"), "-during", "pk")


def import_keys(*, organisation_id: int, keys: set[str]) -> set[str]:
    """Those of `keys` that the organisation already has."""
    rows = Intervention.objects.filter(organisation=organisation_id, import_key__in=keys)
    return set(rows.values_list("import_key", flat=True))


@dataclass(frozen=True)
class DoubleClaim:
    """An intervention claimed under two agreements that may not pay for the same work."""

    intervention: Intervention
    first: Agreement
    second: Agreement


def double_claims(*, organisation_ids: list[int], period: Period | None = None) -> list[DoubleClaim]:
    """Interventions that stand and are claimed under two agreements of which one excludes the other. Three
    statements."""
    rows = Claim.objects.filter(intervention__organisation__in=organisation_ids, intervention__cancelled_at=None)
    if period is not None:
        rows = rows.filter(intervention__done_on__gte=period.start)
        if period.end is not None:
            rows = rows.filter(intervention__done_on__lt=period.end)
    return _doubles(rows)


def double_claims_of(intervention: Intervention) -> list[DoubleClaim]:
    """The same, of one intervention."""
    return _doubles(Claim.objects.filter(intervention=intervention, intervention__cancelled_at=None))


def _doubles(rows: QuerySet[Claim]) -> list[DoubleClaim]:
    rows = rows.annotate(other=F("agreement__excludes")).filter(other__gt=F("agreement_id"))
    twin = Claim.objects.filter(intervention=OuterRef("intervention"), agreement=OuterRef("other"))
    pairs = list(rows.filter(Exists(twin)).values_list("intervention_id", "agreement_id", "other").distinct())
    interventions = _with_parties(Intervention.objects.all()).in_bulk({i for i, _a, _b in pairs}) if pairs else {}
    agreements = Agreement.objects.select_related("funder__organisation").in_bulk(
        {a for _i, one, two in pairs for a in (one, two)}
    )
    return [DoubleClaim(interventions[i], agreements[one], agreements[two]) for i, one, two in sorted(pairs)]


def versions_of(intervention: Intervention) -> list[changes.Past[Intervention]]:
    """The corrections, the latest first."""
    return changes.past_of(Intervention, [intervention.pk])[::-1]


def counts_by_day(*, user: Any, period: Period) -> dict[date, int]:
    """How many interventions the user's organisations did each day of the period."""
    rows = interventions_for(user=user, period=period).order_by().values("done_on").annotate(n=Count("pk"))
    return {r["done_on"]: r["n"] for r in rows}
