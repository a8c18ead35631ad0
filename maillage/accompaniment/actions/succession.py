"""Business succession cases: opened, moved through stages, buyers, cancelled and brought back."""

from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action, check_ours, locked
from maillage.directory.models import Organisation
from maillage.directory.models.frozen import snapshot
from maillage.directory.queries import canonical_ids
from maillage.directory.types import Account
from maillage.funding.models import Agreement, Stream

from .. import access
from ..models import (
    SUCCESSION_ENDS,
    BuyerState,
    ClientFile,
    SuccessionBuyer,
    SuccessionCase,
    SuccessionChange,
    SuccessionStage,
)
from .interventions import FutureWork, ReasonMissing
from .mandates import AlreadyThere, OutOfOrder


class NoBuyerChosen(Refused):
    """A transfer names who took over."""


class AlreadyOpen(Refused):
    """The enterprise has a case that lasts."""


_ORDER = {stage: n for n, stage in enumerate(SuccessionStage)}


def _check_ours(organisation_id: int, values: dict[str, Any]) -> None:
    stream, agreement = values.get("stream_id"), values.get("agreement_id")
    check_ours(organisation_id, stream=(Stream, stream), agreement=(Agreement, agreement))


@action(access.team)
def open_case(
    *,
    organisation_id: int,
    enterprise_id: int,
    opened_on: date,
    now: datetime,
    by: Account | None,
    is_demo: bool = False,
    **values: Any,
) -> SuccessionCase:
    """Begin to help an enterprise find who takes over; MRC, sector and size are copied, its file opens.

    `values`: seller, kind, wanted_by, jobs, summary, stream_id, agreement_id, adviser_id.
    Raises FutureWork, NotOurs; AlreadyOpen while another case of it lasts in the organisation.
    """
    _check_ours(organisation_id, values)
    if opened_on > timezone.localdate(now):
        raise FutureWork(_("Choisissez aujourd'hui ou un jour passé."))
    enterprise = Organisation.objects.select_for_update(of=("self",), no_key=True).get(
        pk=canonical_ids([enterprise_id])[enterprise_id]
    )
    lasting = SuccessionCase.objects.filter(
        organisation=organisation_id, enterprise=enterprise, cancelled_at=None, ended_on=None
    )
    if lasting.exists():
        raise AlreadyOpen(_("Un dossier de relève est déjà ouvert pour cette entreprise."))
    case = SuccessionCase.objects.create(
        organisation_id=organisation_id,
        enterprise=enterprise,
        opened_on=opened_on,
        created_at=now,
        is_demo=is_demo,
        **snapshot(enterprise, opened_on),
        **values,
    )
    SuccessionChange.objects.create(case=case, to_stage=case.stage, changed_on=opened_on, noted_at=now, by=by)
    ClientFile.objects.get_or_create(
        organisation_id=organisation_id,
        enterprise=enterprise,
        defaults={"adviser_id": case.adviser_id, "opened_on": opened_on},
    )
    return case


@action(access.case)
def amend_case(*, case_id: int, values: dict[str, Any], by: Account | None) -> SuccessionCase:
    """Correct what is told of the case; the log keeps what it was. Raises NotOurs."""
    case = locked(SuccessionCase, case_id)
    _check_ours(case.organisation_id, values)
    for name in ("seller", "kind", "wanted_by", "jobs", "summary", "stream_id", "agreement_id", "adviser_id"):
        if name in values:
            setattr(case, name, values[name])
    case.save()
    return case


@action(access.case)
def move_case(
    *, case_id: int, to_stage: str, on: date, reason: str, now: datetime, by: Account | None
) -> SuccessionCase:
    """Move to another stage on a day; the history keeps every move. A transfer needs a chosen buyer; going back or
    stopping needs a reason.

    Raises AlreadyThere, OutOfOrder, ReasonMissing, NoBuyerChosen.
    """
    case = locked(SuccessionCase, case_id)
    if case.stage == to_stage:
        raise AlreadyThere(_("Le dossier est déjà à cette étape."))
    last = case.changes.order_by("-changed_on", "-pk").first()
    if on > timezone.localdate(now) or on < case.opened_on or (last and on < last.changed_on):
        raise OutOfOrder(_("Choisissez un jour après la dernière étape, au plus tard aujourd'hui."))
    backwards = _ORDER[SuccessionStage(to_stage)] < _ORDER[SuccessionStage(case.stage)]
    if (backwards or to_stage == SuccessionStage.STOPPED) and not reason.strip():
        raise ReasonMissing(_("Dites pourquoi le dossier revient en arrière ou s'arrête."))
    if (
        to_stage == SuccessionStage.TRANSFERRED
        and not case.buyers.filter(state=BuyerState.CHOSEN, removed_at=None).exists()
    ):
        raise NoBuyerChosen(_("Marquez d'abord qui est retenu parmi les repreneurs."))
    SuccessionChange.objects.create(
        case=case,
        from_stage=case.stage,
        to_stage=to_stage,
        changed_on=on,
        reason=reason.strip()[:300],
        noted_at=now,
        by=by,
    )
    case.stage = to_stage
    case.ended_on = on if to_stage in SUCCESSION_ENDS else None
    case.save()
    return case


@action(access.case)
def save_buyer(
    *, case_id: int, values: dict[str, Any], today: date, by: Account | None, buyer_id: int | None = None
) -> SuccessionBuyer:
    """Add a possible buyer, or change one (name, enterprise, e-mail, state, note)."""
    case = locked(SuccessionCase, case_id)
    if buyer_id is None:
        return SuccessionBuyer.objects.create(case=case, added_on=today, **values)
    buyer = case.buyers.get(pk=buyer_id)
    for name, value in values.items():
        setattr(buyer, name, value)
    buyer.save()
    return buyer


@action(access.buyer)
def remove_buyer(*, buyer_id: int, now: datetime | None, by: Account | None) -> None:
    """A buyer noted by mistake; `now` None puts them back."""
    buyer = locked(SuccessionBuyer, buyer_id)
    buyer.removed_at = now
    buyer.save()


@action(access.case)
def cancel_case(*, case_id: int, reason: str, now: datetime, by: Account | None) -> None:
    """A case opened by mistake: it stays, with the reason, and no figure counts it. Raises ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing(_("Dites pourquoi le dossier est annulé."))
    case = locked(SuccessionCase, case_id)
    case.cancelled_at, case.cancel_reason = now, reason.strip()[:200]
    case.save()


@action(access.case)
def restore_case(*, case_id: int, by: Account | None) -> None:
    """Undo a cancellation. Raises AlreadyOpen when another one was opened meanwhile."""
    case = locked(SuccessionCase, case_id)
    if case.ended_on is None and (
        SuccessionCase.objects.filter(
            organisation=case.organisation_id, enterprise=case.enterprise_id, cancelled_at=None, ended_on=None
        )
        .exclude(pk=case.pk)
        .exists()
    ):
        raise AlreadyOpen(_("Un dossier de relève est déjà ouvert pour cette entreprise."))
    case.cancelled_at, case.cancel_reason = None, ""
    case.save()
