"""Organisations: who sees and edits which, search, likely duplicates, and counting duplicates once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Lower
from django.http import Http404
from django.utils.translation import gettext as _
from rapidfuzz import fuzz, process

from maillage.core.text import Sorting, fold
from maillage.core.typed import search_text, search_words

from ..models import Account, DistinctPair, Organisation, OrganisationMerge, Unaccent
from ..text import name_key
from ..types import WORKERS, Likeness
from .authority import may_change_contact
from .roles import held_roles

SIMILAR = 88
"""Names at least this close (0 to 100, RapidFuzz token-sort ratio) in the same MRC are likely the same."""

IDENTICAL = 98
"""With two different NEQs, only names this close are worth a look (a mistyped number)."""


def works_with_organisations(*, user: Any) -> bool:
    """Whether the account works with organisations somewhere: those see the whole directory, and its duplicates."""
    return isinstance(user, Account) and (
        user.is_platform_admin or any(h.kind in WORKERS for h in held_roles(user=user))
    )


def visible_organisations(*, user: Any) -> QuerySet[Organisation]:
    """Those that `user` may look up: all for who works with organisations somewhere, else those where they hold a role.

    Duplicates that were merged are not listed.
    """
    standing = Organisation.objects.filter(merged_into=None)
    if not isinstance(user, Account):
        return standing.none()
    if works_with_organisations(user=user):
        return standing
    return standing.filter(pk__in={h.organisation_id for h in held_roles(user=user)})


def search_organisations(
    *, user: Any, text: str = "", form: str = "", mrc_id: int | None = None
) -> QuerySet[Organisation]:
    """Visible organisations whose name, NEQ or municipality holds every word of `text`, accents forgiven."""
    found = visible_organisations(user=user).select_related("mrc", "municipality", "sector")
    for word in search_words(fold(text)):
        found = found.alias(plain=Unaccent(Lower("name"))).filter(
            Q(plain__contains=word) | Q(neq__startswith=word) | Q(municipality__keys__icontains=word)
        )
    if form:
        found = found.filter(legal_form=form)
    if mrc_id:
        found = found.filter(mrc_id=mrc_id)
    return found.order_by(Sorting("name"), "pk")


def seen_by_name(*, user: Any, text: str) -> list[Organisation]:
    """The visible organisations of exactly this name (accents forgiven), else of this NEQ. One is what a form takes."""
    wanted = fold(text)
    rows = search_organisations(user=user, text=text)[:20] if wanted else []
    return [o for o in rows if fold(o.name) == wanted] or [o for o in rows if o.neq and o.neq == text.strip()]


def organisation_seen(*, user: Any, public_id: UUID | str) -> Organisation:
    """A visible organisation, or the one it was merged into; Http404 for who may not see it."""
    rows = Organisation.objects.select_related("merged_into", "mrc", "municipality", "sector")
    organisation = rows.filter(public_id=public_id).first()
    if organisation is None:
        raise Http404
    pk = organisation.merged_into_id or organisation.pk
    if not visible_organisations(user=user).filter(pk=pk).exists():
        raise Http404
    return organisation


def canonical(path: str = "") -> Coalesce:
    """In SQL, the key of the organisation at `path` (a foreign key of the row), or of the one it was merged into.

    Orders by distinct buyer: `Order.objects.annotate(buyer=canonical("organisation")).values("buyer").distinct()`.
    On `Organisation` itself, without a path.
    """
    key = path.removesuffix("_id")
    return Coalesce(F(f"{key}__merged_into_id"), F(f"{key}_id")) if key else Coalesce(F("merged_into_id"), F("id"))


def canonical_ids(ids: Iterable[int]) -> dict[int, int]:
    """The canonical key of each organisation. One statement."""
    rows = Organisation.objects.filter(pk__in=set(ids))
    return dict(rows.values_list("pk").annotate(to=canonical()))


def clusters(ids: Iterable[int]) -> dict[int, list[int]]:
    """For canonical organisations: their own key and those of their duplicates. One statement."""
    wanted = set(ids)
    found: dict[int, list[int]] = {pk: [pk] for pk in wanted}
    for pk, into in Organisation.objects.filter(merged_into__in=wanted).order_by("pk").values_list("pk", "merged_into"):
        if into is not None:
            found[into].append(pk)
    return found


def duplicates_of(organisation: Organisation) -> QuerySet[Organisation]:
    """The organisations that were merged into this one."""
    return Organisation.objects.filter(merged_into=organisation)


def merge_of(organisation: Organisation) -> OrganisationMerge | None:
    """The merge that made a duplicate of this organisation, if it stands."""
    return OrganisationMerge.objects.filter(duplicate=organisation, undone_at=None).select_related("canonical").first()


def similar_organisations(*, name: str, neq: str = "", mrc_id: int | None = None, limit: int = 5) -> list[Organisation]:
    """Organisations that exist already under that NEQ or a like name (in that MRC, if given): ask before adding one
    more.

    Names are compared by trigrams without accents; the closest first. One statement.
    """
    plain = fold(search_text(name))
    by_name = Q(plain__trigram_similar=plain) if plain else Q(pk__in=[])
    if mrc_id:
        by_name &= Q(mrc_id=mrc_id) | Q(mrc_id=None)
    found: QuerySet[Organisation] = (
        Organisation.objects.filter(merged_into=None)
        .alias(plain=Unaccent(Lower("name")))
        .filter(by_name | (Q(neq=neq) if neq else Q(pk__in=[])))
        .select_related("mrc", "municipality")
    )
    key = name_key(search_text(name))
    ranked = sorted(found[:200], key=lambda o: (o.neq != neq or not neq, -fuzz.token_sort_ratio(key, name_key(o.name))))
    close = [
        o for o in ranked if (neq and o.neq == neq) or fuzz.token_sort_ratio(key, name_key(o.name)) >= SIMILAR - 10
    ]
    return close[:limit]


def organisations_named(*, name: str, neq: str = "") -> list[Organisation]:
    """Those that stand under that NEQ; else, when none has it, under that very name: accents, capitals and hyphens
    forgiven.
    """
    found = list(Organisation.objects.filter(merged_into=None, neq=neq)) if neq else []
    if found or not fold(name):
        return found
    near = similar_organisations(name=name, limit=100)
    return [o for o in near if fold(o.name) == fold(name) and not (neq and o.neq)]


def likely_duplicates(*, user: Any, mrc_id: int | None = None, limit: int = 200) -> list[Likeness]:
    """Pairs of visible organisations that may be one, the most alike first.

    A like name in the same MRC, or where one has no MRC; or the same telephone, e-mail or site with a name half alike.
    Two organisations that stand never share a NEQ (a constraint: `similar_organisations` finds it at entry); with two
    different NEQs only a nearly identical name counts. Pairs marked as distinct are left out.
    Two statements; names are compared inside an MRC only. With tens of thousands of organisations, give `mrc_id`.
    """
    visible = visible_organisations(user=user)
    if mrc_id:
        visible = visible.filter(Q(mrc_id=mrc_id) | Q(mrc_id=None))
    organisations = list(visible.select_related("mrc", "municipality").order_by("pk"))
    distinct = set(DistinctPair.objects.values_list("low_id", "high_id"))
    found: dict[tuple[int, int], Likeness] = {}
    for first, second, score, reason in _alike(organisations):
        pair = (first.pk, second.pk)
        if pair in distinct or (first.neq and second.neq and score < IDENTICAL):
            continue
        known = found.get(pair)
        reasons = (*known.reasons, reason) if known and reason not in known.reasons else (reason,)
        found[pair] = Likeness(first, second, max(score, known.score if known else 0), reasons)
    return sorted(found.values(), key=lambda x: (-x.score, x.first.name))[:limit]


_Pair = tuple[Organisation, Organisation, int, str]


def _alike(organisations: list[Organisation]) -> Iterator[_Pair]:
    keys = {o.pk: name_key(o.name) for o in organisations}
    for group in _by_place(organisations):
        for i, first in enumerate(group):
            rest = {o.pk: keys[o.pk] for o in group[i + 1 :]}
            near = process.extract(keys[first.pk], rest, scorer=fuzz.token_sort_ratio, score_cutoff=SIMILAR, limit=None)
            others = {o.pk: o for o in group[i + 1 :]}
            for _name, score, pk in near:
                yield *_ordered(first, others[pk]), round(score), _("Nom semblable, même endroit")
    for field, reason in (("email", _("Même courriel")), ("phone", _("Même téléphone")), ("website", _("Même site"))):
        for first, second, score, why in _same(organisations, field, 80, reason):
            if fuzz.token_set_ratio(keys[first.pk], keys[second.pk]) >= 60:
                yield first, second, score, why


def _ordered(first: Organisation, second: Organisation) -> tuple[Organisation, Organisation]:
    return (first, second) if first.pk < second.pk else (second, first)


def _same(organisations: list[Organisation], field: str, score: int, reason: str) -> Iterator[_Pair]:
    groups: dict[str, list[Organisation]] = defaultdict(list)
    for organisation in organisations:
        value = str(getattr(organisation, field)).strip().lower()
        if value:
            groups[value].append(organisation)
    for group in groups.values():
        for i, first in enumerate(group[:20]):
            for second in group[i + 1 : 20]:
                yield *_ordered(first, second), score, reason


def _by_place(organisations: list[Organisation]) -> Iterator[list[Organisation]]:
    """Those of each MRC, with those of no MRC once more beside them."""
    places: dict[int | None, list[Organisation]] = defaultdict(list)
    for organisation in organisations:
        places[organisation.mrc_id].append(organisation)
    nowhere = places.pop(None, [])
    if not places:
        yield nowhere
    for group in places.values():
        yield group + nowhere


def pair_for(*, user: Any, first: UUID | str, second: UUID | str) -> tuple[Organisation, Organisation]:
    """Two visible organisations that `user` may unite (`may_change_contact`), to compare; Http404 otherwise."""
    rows = visible_organisations(user=user).select_related("mrc", "municipality", "sector")
    found = {str(o.public_id): o for o in rows.filter(public_id__in=[first, second])}
    if len(found) != 2 or not all(may_change_contact(user=user, organisation=o) for o in found.values()):
        raise Http404
    return found[str(first)], found[str(second)]
