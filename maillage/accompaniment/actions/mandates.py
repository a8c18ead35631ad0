"""Mandates: opening, moving through stages, deliverables and documents."""

from datetime import date, datetime, timedelta
from typing import Any

from django.core.files.base import File
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.actions import Refused, UnknownChoice, action, check_ours, locked
from maillage.core.period import after
from maillage.directory.models import Organisation
from maillage.directory.models.frozen import snapshot
from maillage.directory.queries import canonical_ids
from maillage.directory.types import Account
from maillage.funding.models import Agreement, Stream
from maillage.programmes.models import Edition

from .. import access
from ..models import ClientFile, Closing, Deliverable, Document, Mandate, OutcomeFollowUp, Stage, StageChange
from ..models.mandate import FINAL_STAGES
from .interventions import ReasonMissing
from .links import close_link

FOLLOW_UP_MONTHS = (6, 12, 24)
MAX_DOCUMENT = 20_000_000


class Cancelled(Refused):
    """The mandate is cancelled."""


class AlreadyThere(Refused):
    """The mandate is at this stage."""


class OutOfOrder(Refused):
    """The day is before the mandate began, before its last change, or to come."""


class NotDelivered(Refused):
    """A deliverable is delivered today or before, after the mandate began."""


class TooLarge(Refused):
    """The file is larger than 20 MB."""


_ORDER = {stage: n for n, stage in enumerate(Stage)}


@action(access.team)
def open_mandate(
    *,
    organisation_id: int,
    enterprise_id: int,
    stream_id: int,
    intensity: str,
    starts_on: date,
    now: datetime,
    by: Account | None,
    adviser_id: int | None = None,
    title: str = "",
    goal: str = "",
    edition_id: int | None = None,
    agreement_id: int | None = None,
    is_demo: bool = False,
) -> Mandate:
    """Begin to accompany an enterprise; its MRC, region, sector and size are copied. Its file opens if it had none.

    Raises NotOurs.
    """
    _check_ours(organisation_id, stream_id, edition_id, agreement_id)
    enterprise = Organisation.objects.get(pk=canonical_ids([enterprise_id])[enterprise_id])
    mandate = Mandate.objects.create(
        organisation_id=organisation_id,
        enterprise=enterprise,
        stream_id=stream_id,
        intensity=intensity,
        adviser_id=adviser_id,
        title=title,
        goal=goal,
        edition_id=edition_id,
        agreement_id=agreement_id,
        during=(starts_on, None),
        is_demo=is_demo,
        **snapshot(enterprise, starts_on),
    )
    StageChange.objects.create(mandate=mandate, to_stage=Stage.WELCOME, changed_on=starts_on, noted_at=now, by=by)
    ClientFile.objects.get_or_create(
        organisation_id=organisation_id,
        enterprise=enterprise,
        defaults={"adviser_id": adviser_id, "opened_on": starts_on},
    )
    return mandate


def _check_ours(organisation_id: int, stream_id: int, edition_id: int | None, agreement_id: int | None) -> None:
    check_ours(
        organisation_id, stream=(Stream, stream_id), edition=(Edition, edition_id), agreement=(Agreement, agreement_id)
    )


def _standing(mandate_id: int) -> Mandate:
    """The mandate, locked. Raises Cancelled: what was cancelled neither moves nor changes until it is restored."""
    mandate = locked(Mandate, mandate_id)
    if mandate.cancelled_at is not None:
        raise Cancelled(_("Ce mandat est annulé. Rétablissez-le d'abord."))
    return mandate


@action(access.mandate)
def move_mandate(
    *, mandate_id: int, to_stage: str, on: date, reason: str, now: datetime, by: Account | None
) -> Mandate:
    """Move to another stage on a day; the history keeps every move. Ending a mandate (closed, abandoned) ends its dates
    after that day; closing it plans the outcome questions at 6, 12 and 24 months. Leaving an end reopens it.

    A reason is required to go back or to abandon. Raises Cancelled, UnknownChoice, AlreadyThere, OutOfOrder,
    ReasonMissing.
    """
    mandate = _standing(mandate_id)
    if to_stage not in Stage.values:
        raise UnknownChoice
    if mandate.stage == to_stage:
        raise AlreadyThere(_("Le mandat est déjà à cette étape."))
    last = mandate.changes.order_by("-changed_on", "-pk").first()
    if on > timezone.localdate(now) or on < mandate.during.lower or (last and on < last.changed_on):
        raise OutOfOrder(_("Choisissez un jour après la dernière étape, au plus tard aujourd'hui."))
    backwards = _ORDER[Stage(to_stage)] < _ORDER[Stage(mandate.stage)]
    if (backwards or to_stage == Stage.ABANDONED) and not reason.strip():
        raise ReasonMissing(_("Dites pourquoi le mandat revient en arrière ou s'arrête."))
    StageChange.objects.create(
        mandate=mandate,
        from_stage=mandate.stage,
        to_stage=to_stage,
        changed_on=on,
        reason=reason.strip()[:300],
        noted_at=now,
        by=by,
    )
    _end_or_reopen(mandate, to_stage, on)
    mandate.stage = to_stage
    mandate.save()
    return mandate


def _end_or_reopen(mandate: Mandate, to_stage: str, on: date) -> None:
    if to_stage in FINAL_STAGES:
        mandate.during = (mandate.during.lower, on + timedelta(days=1))
    elif mandate.stage in FINAL_STAGES:
        mandate.during = (mandate.during.lower, None)
    mandate.follow_ups.filter(asked_at=None).delete()
    if to_stage == Stage.CLOSED:
        OutcomeFollowUp.objects.bulk_create(
            [OutcomeFollowUp(mandate=mandate, months=m, due_on=after(on, months=m)) for m in FOLLOW_UP_MONTHS],
            ignore_conflicts=True,
        )


@action(access.mandate)
def amend_mandate(*, mandate_id: int, values: dict[str, Any], by: Account | None) -> Mandate:
    """Correct the intensity, the adviser, the title, the goal, the programme, the agreement. the log keeps
    what they were. Raises Cancelled, NotOurs."""
    mandate = _standing(mandate_id)
    if "edition_id" in values or "agreement_id" in values:
        _check_ours(
            mandate.organisation_id,
            mandate.stream_id,
            values.get("edition_id", mandate.edition_id),
            values.get("agreement_id", mandate.agreement_id),
        )
    for name in ("intensity", "adviser_id", "title", "goal", "edition_id", "agreement_id"):
        if name in values:
            setattr(mandate, name, values[name])
    mandate.save()
    return mandate


@action(access.mandate)
def cancel_mandate(*, mandate_id: int, reason: str, now: datetime, by: Account | None) -> None:
    """A mandate entered by mistake: it stays, with the reason, and no figure counts it. Raises ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing(_("Dites pourquoi le mandat est annulé."))
    mandate = locked(Mandate, mandate_id)
    mandate.cancelled_at, mandate.cancel_reason = now, reason.strip()[:200]
    mandate.save()
    for question in mandate.follow_ups.filter(answered_at=None):
        close_link(question, now=now, because=Closing.WITHDRAWN)


@action(access.mandate)
def restore_mandate(*, mandate_id: int, by: Account | None) -> None:
    """Undo a cancellation."""
    mandate = locked(Mandate, mandate_id)
    mandate.cancelled_at, mandate.cancel_reason = None, ""
    mandate.save()


@action(access.mandate)
def add_deliverable(*, mandate_id: int, kind: str, title: str, due_on: date | None, by: Account | None) -> Deliverable:
    """Promise a deliverable; it counts once delivered."""
    mandate = Mandate.objects.select_related("enterprise").get(pk=mandate_id)
    return Deliverable.objects.create(mandate=mandate, kind=kind, title=title, due_on=due_on, **_as_in(mandate))


def _as_in(mandate: Mandate) -> dict[str, Any]:
    return {name: getattr(mandate, name) for name in ("mrc_id", "region_id", "sector_id", "size")}


@action(access.deliverable)
def deliver(*, deliverable_id: int, on: date, now: datetime, by: Account | None) -> Deliverable:
    """The deliverable was given to the enterprise; its MRC, region, sector and size are those of now.

    Raises NotDelivered.
    """
    row = locked(Deliverable, deliverable_id)
    mandate = Mandate.objects.select_related("enterprise__merged_into").get(pk=row.mandate_id)
    if on > timezone.localdate(now) or on < mandate.during.lower:
        raise NotDelivered(_("Choisissez un jour entre le début du mandat et aujourd'hui."))
    row.delivered_on = on
    for name, value in snapshot(mandate.enterprise.merged_into or mandate.enterprise, on).items():
        setattr(row, name, value)
    row.save()
    return row


@action(access.deliverable)
def take_back_delivery(*, deliverable_id: int, by: Account | None) -> None:
    """The deliverable was not given after all."""
    row = locked(Deliverable, deliverable_id)
    row.delivered_on = None
    row.save()


@action(access.deliverable)
def add_document(*, deliverable_id: int, file: "File[bytes]", name: str, now: datetime, by: Account | None) -> Document:
    """Attach a file to a deliverable. Raises TooLarge (more than 20 MB)."""
    if file.size > MAX_DOCUMENT:
        raise TooLarge(_("Ce fichier dépasse 20 Mo."))
    return Document.objects.create(deliverable_id=deliverable_id, file=file, name=name[:200], added_at=now, added_by=by)


@action(access.deliverable)
def remove_deliverable(*, deliverable_id: int, now: datetime | None, by: Account | None) -> None:
    """A deliverable planned by mistake leaves the mandate and the figures; `now` None puts it back."""
    row = locked(Deliverable, deliverable_id)
    row.removed_at = now
    row.save()


@action(access.document)
def remove_document(*, document_id: int, now: datetime | None, by: Account | None) -> None:
    """A file joined by mistake is no longer offered; `now` None puts it back."""
    Document.objects.filter(pk=document_id).update(removed_at=now)
