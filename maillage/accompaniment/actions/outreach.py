"""Financing interventions and canvassing."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action, check_ours, locked
from maillage.directory.models import Organisation
from maillage.directory.models.frozen import Snapshot, region_of, snapshot
from maillage.directory.queries import canonical_ids
from maillage.directory.types import Account
from maillage.funding.models import Agreement, Stream
from maillage.programmes.models import Edition

from .. import access
from ..models import CanvassMeeting, FinancingIntervention
from ..queries.clients import is_client
from .interventions import FutureWork, ReasonMissing


class NoAmount(Refused):
    """An amount is more than zero."""


class NobodyMet(Refused):
    """The meeting names no enterprise."""


def _enterprise(enterprise_id: int) -> Organisation:
    return Organisation.objects.get(pk=canonical_ids([enterprise_id])[enterprise_id])


def _done(on: date, now: datetime) -> None:
    if on > timezone.localdate(now):
        raise FutureWork(_("Choisissez aujourd'hui ou un jour passé."))


@action(access.team)
def record_financing(
    *,
    organisation_id: int,
    enterprise_id: int,
    kind: str,
    amount: Decimal,
    authorised_on: date,
    authorised_by_network: bool,
    now: datetime,
    by: Account | None,
    **values: Any,
) -> FinancingIntervention:
    """A financing authorised for an enterprise, in dollars; its region is copied. `values`: flags, project, keys.

    Raises NoAmount, FutureWork, NotOurs.
    """
    _done(authorised_on, now)
    check_ours(
        organisation_id,
        stream=(Stream, values.get("stream_id")),
        edition=(Edition, values.get("edition_id")),
        agreement=(Agreement, values.get("agreement_id")),
    )
    if amount <= 0:
        raise NoAmount(_("Le montant est plus grand que zéro."))
    enterprise = _enterprise(enterprise_id)
    return FinancingIntervention.objects.create(
        organisation_id=organisation_id,
        enterprise=enterprise,
        kind=kind,
        amount=amount,
        authorised_on=authorised_on,
        authorised_by_network=authorised_by_network,
        **snapshot(enterprise, authorised_on),
        **values,
    )


@action(access.financing)
def cancel_financing(*, financing_id: int, reason: str, now: datetime, by: Account | None) -> None:
    """It stays, with the reason, and no figure counts it. Raises ReasonMissing."""
    if not reason.strip():
        raise ReasonMissing(_("Dites pourquoi ce financement est annulé."))
    row = locked(FinancingIntervention, financing_id)
    row.cancelled_at, row.cancel_reason = now, reason.strip()[:200]
    row.save()


@action(access.team)
def record_meeting(
    *,
    organisation_id: int,
    met_on: date,
    now: datetime,
    by: Account | None,
    enterprise_id: int | None = None,
    company_name: str = "",
    mrc_id: int | None = None,
    adviser_id: int | None = None,
    result: str = "",
    is_demo: bool = False,
) -> CanvassMeeting:
    """A canvassing meeting. Whether the enterprise was a client that day is looked up and frozen: a file opened later
    does not change it. Raises FutureWork, NobodyMet."""
    _done(met_on, now)
    if enterprise_id is None and not company_name.strip():
        raise NobodyMet(_("Écrivez le nom de l'entreprise rencontrée."))
    client, frozen = False, Snapshot(mrc_id=mrc_id, region_id=region_of(mrc_id, met_on), sector_id=None, size="")
    if enterprise_id is not None:
        enterprise = _enterprise(enterprise_id)
        frozen = snapshot(enterprise, met_on)
        enterprise_id, company_name = enterprise.pk, enterprise.name
        client = is_client(organisation_id=organisation_id, enterprise_id=enterprise.pk, today=met_on)
    return CanvassMeeting.objects.create(
        organisation_id=organisation_id,
        enterprise_id=enterprise_id,
        company_name=company_name.strip()[:200],
        met_on=met_on,
        adviser_id=adviser_id,
        was_client=client,
        result=result,
        is_demo=is_demo,
        **frozen,
    )


@action(access.meeting)
def cancel_meeting(*, meeting_id: int, now: datetime, by: Account | None) -> None:
    """A meeting entered by mistake does not count."""
    row = locked(CanvassMeeting, meeting_id)
    row.cancelled_at = now
    row.save()


@action(access.meeting)
def restore_meeting(*, meeting_id: int, by: Account | None) -> None:
    """Undo `cancel_meeting`."""
    row = locked(CanvassMeeting, meeting_id)
    row.cancelled_at = None
    row.save()


@action(access.meeting)
def link_meeting(*, meeting_id: int, enterprise_id: int, by: Account | None) -> CanvassMeeting:
    """The enterprise met is this one of the directory. Whether it was a client that day stays as it was."""
    row = locked(CanvassMeeting, meeting_id)
    row.enterprise_id = canonical_ids([enterprise_id])[enterprise_id]
    row.save()
    return row


@action(access.financing)
def restore_financing(*, financing_id: int, by: Account | None) -> None:
    """Undo `cancel_financing`."""
    row = locked(FinancingIntervention, financing_id)
    row.cancelled_at, row.cancel_reason = None, ""
    row.save()
