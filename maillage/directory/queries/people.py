"""People, their roles, invitations and consents."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import get_language

from maillage.core.text import Sorting
from maillage.core.typed import search_words

from .. import privacy
from ..models import Consent, ConsentText, Erasure, Invitation, Organisation, Person, Role, SecurityEvent
from ..tokens import read_token
from ..types import MANAGERS
from .roles import holds


def people_of(organisation: Organisation | int, *, day: date, kinds: Iterable[str] = ()) -> QuerySet[Person]:
    """Who holds a role (one of `kinds`, if given) there that day, by name, each once; `person.held` lists those
    roles.
    """
    held = Role.objects.filter(organisation=organisation, during__contains=day).order_by("kind")
    if kinds:
        held = held.filter(kind__in=list(kinds))
    return (
        Person.objects.filter(pk__in=held.order_by().values("person_id"))
        .select_related("account")
        .prefetch_related(Prefetch("roles", queryset=held, to_attr="held"))
        .order_by(Sorting("family_name"), Sorting("given_name"), "pk")
    )


def roles_of(organisation: Organisation | int, *, past: bool, day: date) -> QuerySet[Role]:
    """Roles that are over (`past`), the latest first; or those held that day or to come, by name."""
    roles = Role.objects.filter(organisation=organisation).select_related("person", "person__account")
    if past:
        return roles.filter(during__endswith__lte=day).order_by("-during", "pk")
    standing = Q(during__upper_inf=True) | Q(during__endswith__gt=day)
    return roles.filter(standing).order_by(Sorting("person__family_name"), Sorting("person__given_name"), "pk")


def role_for(*, user: Any, organisation: Organisation, public_id: UUID | str) -> Role:
    """A role of an organisation whose people `user` manages; Http404 otherwise."""
    role = Role.objects.filter(organisation=organisation, public_id=public_id).select_related("person").first()
    if role is None or not holds(user=user, organisation_id=organisation.pk, kinds=MANAGERS):
        raise Http404
    return role


def invitations_of(organisation: Organisation) -> QuerySet[Invitation]:
    """Invitations that wait for an answer, expired ones too."""
    return Invitation.objects.filter(organisation=organisation, accepted_at=None, withdrawn_at=None).select_related(
        "invited_by", "invited_by__person"
    )


def invitation_by_token(token: str) -> Invitation | None:
    """The invitation whose last sending has this link; None for any other link, whatever is wrong with it."""
    read = read_token(token)
    if read is None:
        return None
    public_id, sending = read
    rows = Invitation.objects.select_related("organisation", "person", "invited_by__person")
    return rows.filter(public_id=public_id, sending=sending).first()


def person_for(*, user: Any, organisation: Organisation, public_id: UUID | str) -> Person:
    """Someone who holds or held a role in an organisation whose people `user` manages; Http404 otherwise."""
    if not holds(user=user, organisation_id=organisation.pk, kinds=MANAGERS):
        raise Http404
    person = Person.objects.filter(public_id=public_id, roles__organisation=organisation).distinct().first()
    if person is None:
        raise Http404
    return person


def people_with_accounts(*, user: Any, text: str) -> QuerySet[Person]:
    """For the platform's administration: people who have an active account, by name or address, accents forgiven;
    `.has_factor`: whether they have a second factor. Nobody without a word. Http404 for others.
    """
    if not getattr(user, "is_platform_admin", False):
        raise Http404
    words = search_words(text)
    rows = Person.objects.filter(account__is_active=True, erased_at=None) if words else Person.objects.none()
    for word in words:
        rows = rows.filter(
            Q(given_name__unaccent__icontains=word)
            | Q(family_name__unaccent__icontains=word)
            | Q(account__email__icontains=word)
        )
    factors = Authenticator.objects.filter(user=OuterRef("account"))
    return (
        rows.annotate(has_factor=Exists(factors))
        .select_related("account")
        .order_by(Sorting("family_name"), Sorting("given_name"), "pk")
    )


def factors_taken_away(*, user: Any) -> QuerySet[SecurityEvent]:
    """For the platform's administration: second factors that it took away, the latest first. Http404 for others."""
    if not getattr(user, "is_platform_admin", False):
        raise Http404
    rows = SecurityEvent.objects.filter(kind=SecurityEvent.Kind.FACTOR_RESET)
    return rows.select_related("account__person", "by__person")


def unclaimed_roles(*, user: Any) -> QuerySet[Invitation]:
    """Open invitations sent to the address of `user`."""
    return Invitation.objects.filter(
        email__iexact=user.email, accepted_at=None, withdrawn_at=None, expires_at__gt=timezone.now()
    ).select_related("organisation")


@dataclass(frozen=True)
class Consentable:
    """A text that a person may agree to: `wording` in their language, and their standing consent to it, if any.

    `earlier`: they agreed to an earlier version, which no longer holds for the new words.
    """

    text: ConsentText
    wording: str
    consent: Consent | None
    earlier: Consent | None


def consents_of(person: Person, *, day: date) -> list[Consentable]:
    """The version in force of each text of the platform, and of the organisations that the person agreed to before.
    Two statements.
    """
    given = list(Consent.objects.filter(person=person).select_related("text", "text__organisation"))
    ours = {c.text.organisation_id for c in given if c.text.organisation_id}
    latest: dict[tuple[str, int | None], ConsentText] = {}
    texts = ConsentText.objects.filter(Q(organisation=None) | Q(organisation__in=ours), in_force_from__lte=day)
    for text in texts.select_related("organisation").order_by("version"):
        latest[text.purpose, text.organisation_id] = text
    standing = [c for c in given if c.withdrawn_at is None]
    english = (get_language() or settings.LANGUAGE_CODE).startswith("en")
    return [
        Consentable(
            text=text,
            wording=(english and text.text_en) or text.text_fr,
            consent=next((c for c in standing if c.text_id == text.pk), None),
            earlier=next(
                (c for c in standing if (c.text.purpose, c.text.organisation_id) == key and c.text_id != text.pk), None
            ),
        )
        for key, text in latest.items()
    ]


def personal_data(person: Person) -> dict[str, list[dict[str, Any]]]:
    """Everything that is known of the person, by section, from every context (`directory.privacy`)."""
    return privacy.export(person)


def erasures() -> QuerySet[Erasure]:
    """The traces of erasures, the latest first."""
    return Erasure.objects.order_by("-done_at")
