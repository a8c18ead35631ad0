"""Plans: the numbers that people state, or are asked for."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action, locked
from maillage.core.events import publish
from maillage.directory.models import Account

from .. import access
from ..models import Answer, AnswerRequest, PlanAction
from ..models.plan import new_token
from ..types import NumberAsked


class PlanRefused(Refused):
    """The number does not belong there."""


def _check_region(action_id: int, region_id: int | None) -> PlanAction:
    found = PlanAction.objects.get(pk=action_id)
    if region_id is not None and not found.regions.filter(pk=region_id).exists():
        raise PlanRefused(_("Cette région n'est pas visée par l'action."))
    return found


@action(access.plan_action)
def state_number(
    *,
    action_id: int,
    region_id: int | None,
    as_of: date,
    value: Decimal,
    stated_by: str,
    by: Account | None,
    note: str = "",
    is_demo: bool = False,
) -> Answer:
    """What was reached at `as_of` since the action (or its year) began. Zero or more. PlanRefused."""
    found = _check_region(action_id, region_id)
    if value < 0:
        raise PlanRefused(_("Inscrivez un nombre de zéro ou plus."))
    if as_of < found.begins:
        raise PlanRefused(_("L'action n'était pas commencée à cette date."))
    return Answer.objects.create(
        action=found,
        region_id=region_id,
        as_of=as_of,
        value=value,
        stated_by=stated_by,
        by=by,
        note=note,
        is_demo=is_demo,
    )


@action(access.plan_action)
def ask_number(
    *,
    action_id: int,
    region_id: int | None,
    as_of: date,
    name: str,
    email: str,
    by: Account | None,
    now: datetime,
    days: int = 30,
) -> AnswerRequest:
    """Ask one number of one person: a link that serves only that, once. PlanRefused."""
    found = _check_region(action_id, region_id)
    if not name.strip():
        raise PlanRefused(_("Indiquez le nom de la personne."))
    try:
        validate_email(email)
    except ValidationError as error:
        raise PlanRefused(_("« %(email)s » n'est pas une adresse de courriel.") % {"email": email}) from error
    made = AnswerRequest.objects.create(
        action=found,
        region_id=region_id,
        as_of=as_of,
        name=name.strip()[:120],
        email=email,
        expires_at=now + timedelta(days=days),
        created_by=by,
    )
    publish(NumberAsked(made.pk, "asked"))
    return made


@action(access.plan_action)
def ask_again(*, action_id: int, as_of: date, by: Account | None, now: datetime) -> list[AnswerRequest]:
    """Ask, as of another day, the person who was asked last for each place; not those already asked for that day."""
    known = AnswerRequest.objects.filter(action=action_id).order_by("as_of", "pk")
    asked = {(r.region_id, r.as_of) for r in known}
    people = {r.region_id: r for r in known}
    return [
        ask_number(action_id=action_id, region_id=pk, as_of=as_of, name=r.name, email=r.email, by=by, now=now)
        for pk, r in people.items()
        if (pk, as_of) not in asked
    ]


@action(access.request)
def renew_request(*, request_id: int, now: datetime, by: Account | None = None, days: int = 30) -> AnswerRequest:
    """Another link to the same number, sent again; the one before it opens nothing. PlanRefused once stated."""
    asked = locked(AnswerRequest, request_id)
    if asked.answered_at is not None:
        raise PlanRefused(_("Ce nombre a déjà été transmis. Merci."))
    asked.token, asked.expires_at, asked.reminded_at = new_token(), now + timedelta(days=days), None
    asked.save(update_fields=["token", "expires_at", "reminded_at"])
    publish(NumberAsked(asked.pk, "renewed"))
    return asked


@action(access.request)
def withdraw_request(*, request_id: int, by: Account | None) -> None:
    """The number is not asked any more: its link opens nothing. PlanRefused once stated."""
    asked = locked(AnswerRequest, request_id)
    if asked.answered_at is not None:
        raise PlanRefused(_("Ce nombre a déjà été transmis."))
    asked.delete()


@action(access.house)
def remind_numbers(*, now: datetime, by: Account | None = None, days: int = 5) -> int:
    """Write once more to those whose link closes within `days`. How many. Once a link."""
    due = AnswerRequest.objects.filter(
        answered_at=None, expires_at__gt=now, expires_at__lte=now + timedelta(days=days), reminded_at=None
    )
    rows = list(due.select_for_update(skip_locked=True, of=("self",)).order_by("pk"))
    for asked in rows:
        publish(NumberAsked(asked.pk, "reminder"))
    AnswerRequest.objects.filter(pk__in=[r.pk for r in rows]).update(reminded_at=now)
    return len(rows)


@action(access.request)
def answer_request(
    *, request_id: int, value: Decimal, now: datetime, note: str = "", by: Account | None = None
) -> Answer:
    """Answer once, before the link expires. Raises PlanRefused."""
    asked = locked(AnswerRequest, request_id)
    if asked.answered_at is not None:
        raise PlanRefused(_("Ce nombre a déjà été transmis. Merci."))
    if asked.expires_at <= now:
        raise PlanRefused(_("Ce lien a expiré. Demandez-en un nouveau à la personne qui vous a écrit."))
    if value < 0:
        raise PlanRefused(_("Inscrivez un nombre de zéro ou plus."))
    asked.answered_at = now
    asked.save(update_fields=["answered_at"])
    publish(NumberAsked(asked.pk, "answered"))
    return Answer.objects.create(
        action_id=asked.action_id,
        region_id=asked.region_id,
        as_of=asked.as_of,
        value=value,
        note=note.strip()[:240],
        stated_by=asked.name,
        request=asked,
    )
