"""Enterprises that a person may open, who sees whose work with them, and confidential notes."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Lower
from django.http import Http404
from django.utils import timezone

from maillage.core.text import Sorting, fold
from maillage.core.typed import search_words
from maillage.directory.models import Organisation, Role, Unaccent
from maillage.directory.queries import (
    Right,
    Standing,
    clusters,
    organisations_where,
    person_of,
    standing_of,
    visible_organisations,
)
from maillage.directory.text import name_key
from maillage.directory.types import RoleKind

from ..models import ClientFile, Intervention, InterventionParty, JourneyShare, Note, Visibility
from ..types import READERS, WORKERS
from .search import matching


def _ours(user: Any) -> list[int]:
    return organisations_where(user=user, kinds=READERS)


def enterprises_for(
    *, user: Any, text: str = "", mrc_id: int | None = None, adviser_id: int | None = None
) -> QuerySet[Organisation]:
    """The enterprises that the user's organisations follow; every word of `text` in the name or the NEQ, accents
    and typos forgiven."""
    files = ClientFile.objects.filter(organisation__in=_ours(user))
    if adviser_id:
        files = files.filter(adviser=adviser_id)
    canonical = files.filter(enterprise__merged_into=None).values("enterprise_id")
    merged = files.filter(enterprise__merged_into__isnull=False).values("enterprise__merged_into_id")
    found = Organisation.objects.filter(Q(pk__in=canonical) | Q(pk__in=merged)).select_related("mrc", "sector")
    found = matching(found, text, neq="neq")
    if mrc_id:
        found = found.filter(mrc_id=mrc_id)
    return found.order_by(Sorting("name"), "pk")


def with_last_work(rows: QuerySet[Organisation], *, user: Any) -> QuerySet[Organisation]:
    """Add `last_on`: the day of the last intervention of the user's organisations."""
    last = (
        InterventionParty.objects.filter(
            enterprise=OuterRef("pk"), intervention__organisation__in=_ours(user), intervention__cancelled_at=None
        )
        .order_by("-intervention__done_on")
        .values("intervention__done_on")[:1]
    )
    return rows.annotate(last_on=Subquery(last))


def enterprise_for(*, user: Any, public_id: UUID | str) -> Organisation:
    """The enterprise (its canonical one), if an organisation of the user follows it, was shown its journey, or if the
    user has its direction; Http404 otherwise."""
    found = (
        Organisation.objects.filter(public_id=public_id)
        .select_related("mrc", "sector", "merged_into__mrc", "merged_into__sector")
        .first()
    )
    enterprise = found.merged_into or found if found else None
    if enterprise is None or not _may_open(user, enterprise):
        raise Http404
    return enterprise


def _may_open(user: Any, enterprise: Organisation) -> bool:
    if enterprise.pk in organisations_where(user=user, kinds=(RoleKind.DIRECTOR,)):
        return True
    ours, ids = _ours(user), clusters([enterprise.pk])[enterprise.pk]
    if not ours:
        return False
    followed = ClientFile.objects.filter(organisation__in=ours, enterprise__in=ids)
    shown = JourneyShare.objects.filter(shown_to__in=ours, enterprise__in=ids, withdrawn_on=None)
    return followed.exists() or shown.exists()


def organisations_seen(*, user: Any, enterprise: Organisation) -> list[int] | None:
    """Keys of the organisations whose work with the enterprise the user may see: their own, and those that the
    enterprise
    let show theirs. None: all of them (its own direction)."""
    if enterprise.pk in organisations_where(user=user, kinds=(RoleKind.DIRECTOR,)):
        return None
    ours = _ours(user)
    ids = clusters([enterprise.pk])[enterprise.pk]
    shown = JourneyShare.objects.filter(shown_to__in=ours, enterprise__in=ids, withdrawn_on=None)
    return sorted({*ours, *shown.values_list("organisation_id", flat=True)})


def organisations_shown(*, user: Any, enterprise: Organisation) -> list[int]:
    """Keys of the organisations whose work the enterprise let the user's organisations see."""
    ids = clusters([enterprise.pk])[enterprise.pk]
    shown = JourneyShare.objects.filter(shown_to__in=_ours(user), enterprise__in=ids, withdrawn_on=None)
    return sorted(set(shown.values_list("organisation_id", flat=True)))


def files_of(*, user: Any, enterprise: Organisation) -> QuerySet[ClientFile]:
    """The enterprise's files in the user's organisations."""
    ids = clusters([enterprise.pk])[enterprise.pk]
    return ClientFile.objects.filter(organisation__in=_ours(user), enterprise__in=ids).select_related(
        "organisation", "adviser"
    )


def file_of(*, organisation_id: int, enterprise_id: int) -> ClientFile | None:
    """The organisation's file of the enterprise."""
    return ClientFile.objects.filter(organisation=organisation_id, enterprise=enterprise_id).first()


def is_client(*, organisation_id: int, enterprise_id: int, today: Any) -> bool:
    """Whether the organisation follows the enterprise (or one of its duplicates) that day."""
    ids = clusters([enterprise_id])[enterprise_id]
    rows = ClientFile.objects.filter(organisation=organisation_id, enterprise__in=ids, opened_on__lte=today)
    return rows.filter(Q(closed_on=None) | Q(closed_on__gt=today)).exists()


def may_describe(
    *,
    user: Any,
    enterprise: Organisation,
    standing: Standing | None = None,
    files: Iterable[ClientFile] | None = None,
) -> bool:
    """Whether `user` may note its dated situation (MRC, sector, size) and its staff.

    Whoever may correct the file; and whoever works where the enterprise is followed today, unless its direction or its
    coordination keeps the file itself. Never its name, NEQ or addresses (`directory.queries.right_over`).
    `standing` and `files` (`files_of`): when the caller has them.
    """
    known = standing or standing_of(user=user, organisation=enterprise)
    if known.right >= Right.FILE or known.managed:
        return known.right >= Right.FILE
    today, ours = timezone.localdate(), organisations_where(user=user, kinds=WORKERS)
    return any(
        f.organisation_id in ours and f.opened_on <= today and (f.closed_on is None or f.closed_on > today)
        for f in (files_of(user=user, enterprise=enterprise) if files is None else files)
    )


def shares_of(*, user: Any, enterprise: Organisation) -> QuerySet[JourneyShare]:
    """To whom the enterprise let the user's organisations show their work."""
    rows = JourneyShare.objects.filter(organisation__in=_ours(user), enterprise=enterprise, withdrawn_on=None)
    return rows.select_related("organisation", "shown_to").order_by("shown_to__name")


def notes_for(*, user: Any, enterprise: Organisation | None = None) -> QuerySet[Note]:
    """The notes that the user may read: their own; those of their organisations for those who work there; those shared
    with such an organisation. A private note is its author's alone, whatever the role of others."""
    person = person_of(user=user)
    ours = organisations_where(user=user, kinds=WORKERS)
    may = Q(visibility__in=[Visibility.ORGANISATION, Visibility.SHARED], organisation__in=ours)
    may |= Q(visibility=Visibility.SHARED, shared_with__in=ours)
    if person is not None:
        may |= Q(author=person)
    rows = Note.objects.filter(may, removed_at=None).select_related("author", "organisation", "shared_with")
    if enterprise is not None:
        rows = rows.filter(enterprise__in=clusters([enterprise.pk])[enterprise.pk])
    return rows.order_by("-created_at", "-pk")


def removed_notes(*, user: Any, enterprise: Organisation) -> QuerySet[Note]:
    """The notes that the user wrote and took away, to put back."""
    person = person_of(user=user)
    rows = Note.objects.filter(author=person, removed_at__isnull=False) if person else Note.objects.none()
    return rows.filter(enterprise__in=clusters([enterprise.pk])[enterprise.pk]).order_by("-removed_at", "-pk")


def shares_to(*, user: Any, enterprise: Organisation) -> QuerySet[JourneyShare]:
    """By which organisations, and with whose consent, the user's organisations see more of the journey."""
    ids = clusters([enterprise.pk])[enterprise.pk]
    rows = JourneyShare.objects.filter(shown_to__in=_ours(user), enterprise__in=ids, withdrawn_on=None)
    return rows.select_related("organisation", "shown_to").order_by(Sorting("organisation__name"), "pk")


def suggest_enterprises(*, user: Any, text: str, limit: int = 8) -> list[Organisation]:
    """Enterprises whose name holds every word of `text`, accents and typos forgiven; those that the user's
    organisations follow first."""
    if not fold(text):
        return []
    found = matching(visible_organisations(user=user).select_related("mrc"), text, neq="neq")
    ours = ClientFile.objects.filter(organisation__in=_ours(user), enterprise=OuterRef("pk"))
    return list(found.annotate(followed=Exists(ours)).order_by("-followed", "name", "pk")[:limit])


def find_enterprises(*, user: Any, texts: set[str]) -> dict[str, list[Organisation]]:
    """For each text (a name, « name · MRC », or a NEQ), the visible organisations that it names. At most two
    statements."""
    neqs = {t: "".join(t.split()) for t in texts if "".join(t.split()).isdigit()}
    names = {t: t.split(" · ")[0] for t in texts if t not in neqs}
    visible = visible_organisations(user=user).select_related("mrc")
    found: dict[str, list[Organisation]] = {t: [] for t in texts}
    if neqs:
        by_neq = {o.neq: o for o in visible.filter(neq__in=neqs.values())}
        for text, neq in neqs.items():
            found[text] = [by_neq[neq]] if neq in by_neq else []
    if names:
        rows = visible.annotate(plain=Unaccent(Lower("name")))
        some = Q(pk__in=[])
        for name in names.values():
            word = max(search_words(fold(name)), key=len, default="")
            if word:
                some |= Q(plain__contains=word)
        candidates: list[Any] = list(rows.filter(some)[:2000])
        for text, name in names.items():
            found[text] = _named(candidates, name, text.split(" · ")[1] if " · " in text else "")
    return found


def _named(candidates: list[Organisation], name: str, mrc: str) -> list[Organisation]:
    exact = [o for o in candidates if fold(o.name) == fold(name)]
    same = exact or [o for o in candidates if name_key(o.name) == name_key(name)]
    placed = [o for o in same if mrc and o.mrc and fold(o.mrc.name) == fold(mrc)]
    return placed or same


def recent_enterprises(*, user: Any, limit: int = 8) -> list[Organisation]:
    """Those that the user worked with last."""
    person = person_of(user=user)
    if person is None:
        return []
    rows = (
        InterventionParty.objects.filter(intervention__adviser=person, enterprise__isnull=False)
        .order_by("-intervention__done_on", "-pk")
        .select_related("enterprise__mrc")[:60]
    )
    seen: dict[int, Organisation] = {}
    for row in rows:
        if row.enterprise is not None and row.enterprise.merged_into_id is None:
            seen.setdefault(row.enterprise.pk, row.enterprise)
    return list(seen.values())[:limit]


def recent_topics(*, user: Any, limit: int = 4) -> list[int]:
    """The keys of the topics that the user notes most, of the last sixty interventions."""
    person = person_of(user=user)
    if person is None:
        return []
    rows = Intervention.objects.filter(adviser=person, topic__isnull=False, cancelled_at=None)
    last = rows.order_by("-pk").values_list("topic_id", flat=True)[:60]
    return [key for key, _times in Counter(last).most_common(limit)]


def people_by_name(*, enterprise_ids: set[int], day: date) -> dict[tuple[int, str], int]:
    """Who is on the team of those enterprises that day: (enterprise, folded name) → person. One statement."""
    held = Role.objects.filter(organisation__in=enterprise_ids, during__contains=day).select_related("person")
    return {(role.organisation_id, fold(role.person.name)): role.person_id for role in held}
