"""Calls for applications: the form, the reviewers, sealed reviews, conflicts, decisions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core import limits
from maillage.core.actions import NotAllowed, Refused, action, locked
from maillage.core.events import publish
from maillage.directory.models import Organisation, Person
from maillage.directory.queries import address_is_confirmed
from maillage.directory.types import Account

from .. import access
from ..models import (
    Application,
    ApplicationState,
    Call,
    CallField,
    Conflict,
    Criterion,
    Edition,
    FieldKind,
    Review,
    Reviewer,
    Score,
)
from ..types import ApplicationDecided, ApplicationReceived
from .activities import enrol
from .registrations import is_confirmed


class CallClosed(Refused):
    """The call takes no application now."""


class FormInUse(Refused):
    """Applications are in: the form and the criteria do not change."""


class NoQuestion(Refused):
    """A call asks at least one question and has one criterion."""


class Incomplete(Refused):
    """An application lacks answers. `fields`: by the key of a field, a sentence."""

    def __init__(self, fields: dict[int, str]) -> None:
        super().__init__(_("Il reste des questions à compléter."))
        self.fields = fields


class Sealed(Refused):
    """A review that was submitted does not change."""


class InConflict(NotAllowed):
    """A reviewer in conflict neither sees nor scores the application."""


class AlreadyApplied(Refused):
    """An application of this address stands, and whoever sends another has not shown that the address is theirs."""


class ScoreOutOfRange(Refused):
    """Every criterion is scored, between 0 and its maximum."""


@action(access.edition)
def create_call(
    *,
    edition_id: int,
    title: str,
    text: str,
    opens_at: datetime,
    closes_at: datetime,
    by: Account | None,
    hides_names: bool = False,
) -> Call:
    """A call of an edition, not yet published. `hides_names`: its reviewers do not see who applies."""
    return Call.objects.create(
        edition=Edition.objects.get(pk=edition_id),
        title=title,
        text=text,
        opens_at=opens_at,
        closes_at=closes_at,
        hides_names=hides_names,
    )


@action(access.call)
def save_call(*, call_id: int, values: dict[str, Any], by: Account | None) -> Call:
    """Change a call: its words, its days, whether names are hidden. Raises FormInUse once decisions are told, and when
    names would be hidden after a review was begun."""
    call = locked(Call, call_id)
    if call.decided_at is not None:
        raise FormInUse(_("Les décisions sont annoncées : l'appel ne change plus."))
    begun = Review.objects.filter(application__call=call).exists()
    if begun and values.get("hides_names", call.hides_names) != call.hides_names:
        raise FormInUse(_("Des évaluations sont commencées : ce que le jury voit des noms ne change plus."))
    for name, value in values.items():
        setattr(call, name, value)
    call.save()
    return call


@action(access.call)
def remove_reviewer(*, call_id: int, reviewer_id: int, by: Account | None) -> None:
    """Someone leaves the jury. Raises Sealed: their reviews that are in stay, and so do they."""
    row = Reviewer.objects.filter(pk=reviewer_id, call=call_id).select_related("person").first()
    if row is None:
        return
    if row.reviews.filter(submitted_at__isnull=False).exists():
        raise Sealed(_("%(name)s a remis des évaluations : elles restent au dossier.") % {"name": row.person.name})
    row.delete()


def _open_form(call_id: int) -> Call:
    call = locked(Call, call_id)
    if call.applications.exists():
        raise FormInUse(_("Des candidatures sont reçues : le formulaire et les critères ne changent plus."))
    return call


@action(access.call)
def add_field(*, call_id: int, values: dict[str, Any], by: Account | None) -> CallField:
    """Add a question at the end of the form. Raises FormInUse."""
    call = _open_form(call_id)
    last = call.fields.aggregate(last=Max("order"))["last"] or 0
    return CallField.objects.create(call=call, order=last + 1, **values)


@action(access.call)
def remove_field(*, call_id: int, field_id: int, by: Account | None) -> None:
    """Raises FormInUse."""
    _open_form(call_id).fields.filter(pk=field_id).delete()


@action(access.call)
def add_criterion(*, call_id: int, label: str, weight: int, maximum: int, by: Account | None) -> Criterion:
    """Add a criterion. Raises FormInUse."""
    call = _open_form(call_id)
    last = call.criteria.aggregate(last=Max("order"))["last"] or 0
    return Criterion.objects.create(call=call, label=label, weight=weight, maximum=maximum, order=last + 1)


@action(access.call)
def remove_criterion(*, call_id: int, criterion_id: int, by: Account | None) -> None:
    """Raises FormInUse."""
    _open_form(call_id).criteria.filter(pk=criterion_id).delete()


@action(access.call)
def add_reviewer(*, call_id: int, person_id: int, by: Account | None) -> Reviewer:
    """Idempotent."""
    row, _made = Reviewer.objects.get_or_create(call_id=call_id, person_id=person_id)
    return row


@action(access.call)
def publish_call(*, call_id: int, now: datetime, by: Account | None) -> Call:
    """The call's page answers from now on. Raises NoQuestion."""
    call = locked(Call, call_id)
    if not call.fields.exists() or not call.criteria.exists():
        raise NoQuestion(_("Ajoutez au moins une question et un critère avant de publier."))
    call.published_at = call.published_at or now
    call.save()
    return call


def accepts(call: Call, now: datetime) -> bool:
    """Whether applications are taken now."""
    return call.published_at is not None and call.opens_at <= now < call.closes_at


def clean_answers(call: Call, given: Mapping[str, Any]) -> dict[str, Any]:
    """Answers by the key of the field, in the form that they are kept. Raises Incomplete."""
    answers: dict[str, Any] = {}
    problems: dict[int, str] = {}
    for field in call.fields.all():
        value = given.get(str(field.pk))
        problem = _problem(field, value)
        if problem:
            problems[field.pk] = problem
        elif value not in (None, "", []):
            answers[str(field.pk)] = value
    if problems:
        raise Incomplete(problems)
    return answers


def _problem(field: CallField, value: Any) -> str:
    if value in (None, "", [], False):
        return _("Cette réponse est nécessaire.") if field.required else ""
    if field.kind == FieldKind.NUMBER and not str(value).replace(",", ".").replace(".", "", 1).lstrip("-").isdigit():
        return _("Écrivez un nombre.")
    if field.kind == FieldKind.CHOICE and value not in field.choices:
        return _("Choisissez dans la liste.")
    if field.kind == FieldKind.MULTIPLE and not set(value) <= set(field.choices):
        return _("Choisissez dans la liste.")
    return ""


@action(access.applying)
def apply(
    *,
    call_id: int,
    enterprise_name: str,
    contact_name: str,
    email: str,
    answers: Mapping[str, Any],
    now: datetime,
    by: Account | None = None,
    neq: str = "",
    language: str = "fr",
) -> Application:
    """Send an application; while the call is open, whoever is signed in with its address replaces it. It counts
    whether or not its address may be written to (`told`): a stranger may have had it written to today.

    Raises CallClosed, Incomplete, AlreadyApplied.
    """
    call = locked(Call, call_id)
    if not accepts(call, now):
        raise CallClosed(_("Cet appel ne reçoit pas de candidature en ce moment."))
    kept = clean_answers(call, answers)
    address = email.strip().lower()
    known = Application.objects.filter(call=call, email=address, state=ApplicationState.SUBMITTED).exists()
    if known and (by is None or by.email.lower() != address):
        raise AlreadyApplied(
            _("Une candidature de cette adresse est déjà reçue. Connectez-vous avec cette adresse pour la remplacer.")
        )
    enterprise = Organisation.objects.filter(neq=neq, merged_into=None).first() if neq else None
    row, _made = Application.objects.update_or_create(
        call=call,
        email=address,
        state=ApplicationState.SUBMITTED,
        defaults={
            "enterprise": enterprise,
            "enterprise_name": enterprise_name.strip(),
            "contact_name": contact_name.strip(),
            "neq": neq,
            "language": language,
            "answers": kept,
            "submitted_at": now,
        },
    )
    theirs = by is not None and by.email.lower() == address and address_is_confirmed(email=address)
    row.told = theirs or limits.may_write_to(address, confirmed=is_confirmed(address))
    if row.told:
        publish(ApplicationReceived(application_id=row.pk))
    return row


def _reviewer(call_id: int, person: Person) -> Reviewer:
    row = Reviewer.objects.filter(call=call_id, person=person).first()
    if row is None:
        raise NotAllowed(_("Vous n'êtes pas du jury de cet appel."))
    return row


@action(access.judged)
def declare_conflict(
    *, application_id: int, person: Person, reason: str, now: datetime, by: Account | None
) -> Conflict:
    """From now on the reviewer neither sees nor scores the application; what they scored of it goes. Raises
    NotAllowed."""
    application = Application.objects.get(pk=application_id)
    reviewer = _reviewer(application.call_id, person)
    Review.objects.filter(reviewer=reviewer, application=application).delete()
    row, _made = Conflict.objects.get_or_create(
        reviewer=reviewer, application=application, defaults={"reason": reason[:200], "declared_at": now}
    )
    return row


@action(access.judged)
def save_review(
    *,
    application_id: int,
    person: Person,
    scores: Mapping[int, int],
    comment: str,
    submit: bool,
    now: datetime,
    by: Account | None,
) -> Review:
    """Keep a reviewer's scores (criterion's key → points); `submit` seals them. Raises InConflict, Sealed,
    ScoreOutOfRange."""
    application = Application.objects.select_related("call").get(pk=application_id)
    reviewer = _reviewer(application.call_id, person)
    if Conflict.objects.filter(reviewer=reviewer, application=application).exists():
        raise InConflict(_("Vous avez déclaré un conflit d'intérêts pour cette candidature."))
    review, _made = Review.objects.select_for_update(of=("self",), no_key=True).get_or_create(
        reviewer=reviewer, application=application
    )
    if review.submitted_at is not None:
        raise Sealed(_("Votre évaluation est remise ; elle ne change plus."))
    criteria = {c.pk: c for c in application.call.criteria.all()}
    good = {c: p for c, p in scores.items() if c in criteria and 0 <= p <= criteria[c].maximum}
    if len(good) != len(scores) or (submit and len(good) != len(criteria)):
        raise ScoreOutOfRange(_("Donnez une note à chaque critère, entre 0 et son maximum."))
    review.comment, review.submitted_at = comment.strip(), now if submit else None
    review.save()
    review.scores.all().delete()
    Score.objects.bulk_create([Score(review=review, criterion_id=c, points=p) for c, p in good.items()])
    return review


@action(access.application)
def decide(*, application_id: int, state: str, note: str, now: datetime, by: Account | None) -> Application:
    """Select, keep in reserve, or refuse. Nothing is told before `announce`."""
    row = locked(Application, application_id)
    row.state, row.decision_note, row.decided_at = state, note.strip(), now
    row.save()
    return row


@action(access.call)
def announce(*, call_id: int, now: datetime, by: Account | None) -> int:
    """Tell every decision by e-mail and enrol the selected enterprises that are known. Once: later calls tell
    nobody."""
    call = locked(Call, call_id)
    if call.decided_at is not None:
        return 0
    call.decided_at = now
    call.save()
    rows = call.applications.exclude(state__in=[ApplicationState.SUBMITTED, ApplicationState.WITHDRAWN])
    for row in rows:
        publish(ApplicationDecided(application_id=row.pk))
        if row.state == ApplicationState.SELECTED and row.enterprise_id:
            enrol(edition_id=call.edition_id, enterprise_id=row.enterprise_id, joined_on=timezone.localdate(now), by=by)
    return len(rows)
