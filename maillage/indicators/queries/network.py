"""Network consolidation: what members on the platform did (each enterprise once), beside what others declare."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Sum
from django.http import Http404

from maillage.core.facts import CountDistinct, Fact, FactContext, Rollup
from maillage.core.period import Period
from maillage.core.text import Sorting
from maillage.directory.types import Organisation

from .. import compute
from ..access import NETWORK_READERS, may
from ..models import Declaration, DeclarationState, DeclaredValue, IndicatorVersion, NetworkMember
from .figures import current_versions


@dataclass(frozen=True)
class Consolidated:
    """One figure of a network. `observed` counts each thing once; `summed` adds the members' own figures, to compare.

    `total` is observed plus declared: members outside the platform cannot be matched, so the total says both parts.
    """

    version: IndicatorVersion
    name: str
    unit: str
    observed: Decimal
    summed: Decimal
    declared: Decimal
    previous: Decimal | None
    by_member: dict[int, Decimal]
    comparable: bool  # every member is counted, in this period and in the one before

    @property
    def total(self) -> Decimal:
        return self.observed + self.declared

    @property
    def growth(self) -> Decimal | None:
        """On the period before, as a fraction; None while a member is missing on either side."""
        return (self.total - self.previous) / self.previous if self.previous and self.comparable else None

    @property
    def counted_twice(self) -> Decimal:
        """How much adding the members' figures would overstate what is observed."""
        return self.summed - self.observed

    @property
    def hushed(self) -> bool:
        """Whether the members' own figures stay untold: beside the total, they would tell of few enterprises."""
        return compute.tells_few(self.version, self.summed, self.observed)


@dataclass(frozen=True)
class MemberLine:
    """A member, how its figures come, and the state of its declaration."""

    member: Organisation
    observed: bool
    declaration: Declaration | None
    values: dict[int, Decimal]  # by key of indicator

    @property
    def state(self) -> str:
        return "observed" if self.observed else self.declaration.state if self.declaration else "unasked"


def networks_of(*, user: Any) -> list[Organisation]:
    """The networks that `user` directs, manages or sits on the board of."""
    from maillage.directory import queries as directory

    networks = Organisation.objects.filter(pk__in=NetworkMember.objects.values("network_id")).order_by(Sorting("name"))
    if getattr(user, "is_platform_admin", False):
        return list(networks)
    return list(networks.filter(pk__in=directory.organisations_where(user=user, kinds=NETWORK_READERS)))


def network_for(*, user: Any, public_id: UUID) -> Organisation:
    """Http404 for those who do not direct it."""
    found = Organisation.objects.filter(public_id=public_id).first()
    if found is None or not may(user=user, organisation_id=found.pk, kinds=NETWORK_READERS):
        raise Http404
    return found


def member_links(*, network_id: int, period: Period) -> list[NetworkMember]:
    """Members during the period, by name."""
    links = NetworkMember.objects.filter(network_id=network_id, during__overlap=(period.start, period.end))
    return list(links.select_related("member").order_by(Sorting("member__name"), "pk"))


def consolidate(*, network_id: int, period: Period) -> list[Consolidated]:
    """Every figure of the network for the period, with growth on the period before."""
    links = member_links(network_id=network_id, period=period)
    ids = tuple(sorted({link.member_id for link in links if link.observed}))
    declared = declared_totals(network_id=network_id, period=period)
    before = _totals_before(network_id, period)
    comparable = _comparable(network_id, period)
    return [
        _consolidated(version, period, ids, declared, before.get(version.indicator_id), comparable)
        for version in current_versions(organisation_id=network_id)
    ]


def _consolidated(
    version: IndicatorVersion,
    period: Period,
    ids: tuple[int, ...],
    declared: dict[int, Decimal],
    previous: Decimal | None,
    comparable: set[int],
) -> Consolidated:
    asked = FactContext(organisation_ids=ids, period=period)
    by_member = {
        p.key: p.value for p in (compute.by_organisation(version, asked) if ids else []) if p.value is not None
    }
    observed = compute.value(version, asked) if ids else None
    return Consolidated(
        version=version,
        name=compute.name_of(version),
        unit=compute.unit_of(version),
        observed=observed or Decimal(0),
        summed=sum(by_member.values(), Decimal(0)),
        declared=declared.get(version.indicator_id, Decimal(0)),
        previous=previous,
        by_member=by_member,
        comparable=version.indicator_id in comparable,
    )


def _comparable(network_id: int, period: Period) -> set[int]:
    """The indicators for which every member is observed or approved, in the period and in the one before."""
    if period.end is None:
        return set()
    return _complete(network_id, period) & _complete(network_id, period.previous())


def _complete(network_id: int, period: Period) -> set[int]:
    links = member_links(network_id=network_id, period=period)
    outside = {link.member_id for link in links} - {link.member_id for link in links if link.observed}
    if not links:
        return set()
    if not outside:
        return {v.indicator_id for v in current_versions(organisation_id=network_id)}
    approved = DeclaredValue.objects.filter(
        declaration__network_id=network_id,
        declaration__member_id__in=outside,
        declaration__state=DeclarationState.APPROVED,
        declaration__period=(period.start, period.end),
    ).order_by()
    counts = approved.values_list("indicator_id").annotate(n=Count("declaration__member_id", distinct=True))
    return {indicator_id for indicator_id, n in counts if n == len(outside)}


def _totals_before(network_id: int, period: Period) -> dict[int, Decimal]:
    """Observed and declared together for the period before; nothing where neither is known."""
    if period.end is None:
        return {}
    earlier = period.previous()
    declared = declared_totals(network_id=network_id, period=earlier)
    ids = tuple(sorted({m.member_id for m in member_links(network_id=network_id, period=earlier) if m.observed}))
    found = {}
    for version in current_versions(organisation_id=network_id):
        observed = compute.value(version, FactContext(organisation_ids=ids, period=earlier)) if ids else None
        if observed or version.indicator_id in declared:
            found[version.indicator_id] = (observed or Decimal(0)) + declared.get(version.indicator_id, Decimal(0))
    return found


def declared_totals(*, network_id: int, period: Period) -> dict[int, Decimal]:
    """Sums of what approved declarations of exactly this period state, by key of indicator."""
    values = DeclaredValue.objects.filter(
        declaration__network_id=network_id,
        declaration__state=DeclarationState.APPROVED,
        declaration__period=(period.start, period.end),
    )
    return dict(values.values_list("indicator_id").annotate(total=Sum("value")).order_by())


def member_lines(*, network_id: int, period: Period, figures: list[Consolidated]) -> list[MemberLine]:
    """The members one by one: observed figures, or the declaration and its state. Three queries."""
    declarations = {
        d.member_id: d
        for d in Declaration.objects.filter(network_id=network_id, period=(period.start, period.end)).prefetch_related(
            "values"
        )
    }
    found = []
    for link in member_links(network_id=network_id, period=period):
        declaration = None if link.observed else declarations.get(link.member_id)
        if link.observed:
            values = {f.version.indicator_id: f.by_member.get(link.member_id, Decimal(0)) for f in figures}
        else:
            values = {v.indicator_id: v.value for v in declaration.values.all()} if declaration else {}
        found.append(MemberLine(link.member, link.observed, declaration, values))
    return found


# --- unique across members -------------------------------------------------------------------


@dataclass(frozen=True)
class Overlap:
    """How the enterprises of observed members overlap: counts only, never a name.

    `matrix[a][b]`: enterprises served by both; `matrix[a][a]`: by a. `shared_by[n]`: enterprises served by n members.
    """

    members: list[int]
    unique: int
    summed: int
    matrix: dict[int, dict[int, int]]
    shared_by: dict[int, int]


def overlap(fact: Fact, ctx: FactContext) -> Overlap:
    """Distinct things across organisations in one statement: each thing with the set of those who served it.

    TypeError for a fact that does not count distinct things.
    """
    if not isinstance(fact.measure, CountDistinct) or not fact.organisation:
        raise TypeError(f"{fact.key} does not count distinct things")
    pairs = (
        fact.rows(ctx)
        .order_by()
        .annotate(_thing=fact.measure.key(), _who=F(f"{fact.organisation}_id"))
        .exclude(_thing=None)
        .values("_thing", "_who")
        .distinct()
    )
    inner, parameters = pairs.query.sql_with_params()
    statement = (
        "SELECT who, count(*) FROM (SELECT array_agg(_who ORDER BY _who) AS who "  # noqa: S608 - Django wrote the inner part
        f"FROM ({inner}) pairs GROUP BY _thing) sets GROUP BY who"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        sets = [(tuple(who), count) for who, count in cursor.fetchall()]
    return _overlap(sets)


def _overlap(sets: list[tuple[tuple[int, ...], int]]) -> Overlap:
    members = sorted({m for who, _count in sets for m in who})
    matrix = {a: dict.fromkeys(members, 0) for a in members}
    shared: Counter[int] = Counter()
    for who, count in sets:
        shared[len(who)] += count
        for a in who:
            for b in who:
                matrix[a][b] += count
    unique = sum(count for _who, count in sets)
    return Overlap(members, unique, sum(n * c for n, c in shared.items()), matrix, dict(sorted(shared.items())))


SMALL = compute.SMALL


def hushed(found: Overlap) -> set[frozenset[int]]:
    """Pairs of members whose number is not shown: from 1 to 4 enterprises in common. When there is only one such pair,
    the next smallest is kept silent too, or the sums would tell it.
    """
    pairs = [(found.matrix[a][b], frozenset((a, b))) for a in found.members for b in found.members if a < b]
    shared = sorted(((n, pair) for n, pair in pairs if n), key=lambda p: (p[0], sorted(p[1])))
    small = [pair for n, pair in shared if n < SMALL]
    return {pair for _n, pair in shared[: 2 if len(small) == 1 else len(small)]}


def overlap_of(*, network_id: int, period: Period) -> tuple[Consolidated, Overlap] | None:
    """The overlap of the first figure of the network that counts distinct enterprises; None without one."""
    for figure in consolidate(network_id=network_id, period=period):
        fact = compute.fact_of(figure.version)
        if isinstance(fact.measure, CountDistinct) and fact.measure.canonical and fact.rollup == Rollup.RECOMPUTE:
            ids = tuple(m.member_id for m in member_links(network_id=network_id, period=period) if m.observed)
            asked = FactContext(organisation_ids=ids, period=period)
            return figure, overlap(fact, compute.context_of(figure.version, asked))
    return None


# --- declarations ----------------------------------------------------------------------------


def declaration_for(*, user: Any, public_id: UUID) -> Declaration:
    """A declaration, for those who direct the network. Http404."""
    found = Declaration.objects.select_related("network", "member").filter(public_id=public_id).first()
    if found is None or not may(user=user, organisation_id=found.network_id, kinds=NETWORK_READERS):
        raise Http404
    return found


def contact_of(*, declaration: Declaration) -> str:
    """The address that the member's form is sent to; "" when none is known."""
    links = NetworkMember.objects.filter(network=declaration.network_id, member=declaration.member_id)
    known = links.order_by("-during").values_list("contact_email", flat=True).first()
    return known or declaration.member.email


def declaration_by_token(*, token: str) -> Declaration:
    """The declaration that a signed address names. Http404."""
    found = Declaration.objects.select_related("network", "member").filter(token=token).first()
    if found is None:
        raise Http404
    return found


def periods_of(*, network_id: int) -> list[Period]:
    """The periods for which the network asked declarations, the latest first."""
    stored = Declaration.objects.filter(network_id=network_id).order_by("-period").values_list("period", flat=True)
    return list(dict.fromkeys(Period(p.lower, p.upper) for p in stored.distinct()))
