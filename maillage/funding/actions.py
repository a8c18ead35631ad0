"""Keeping agreements and streams."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from maillage.core import lists
from maillage.core.actions import NotOurs, Refused, action, check_ours, locked
from maillage.directory.types import Account

from . import access
from .models import Accountability, Agreement, Funder, Instalment, Stream


class WrongDates(Refused):
    """An agreement ends after it starts."""


class TooMuch(Refused):
    """Instalments are at most the amount of the agreement."""


class Received(Refused):
    """A payment that came is not taken away."""


@action(access.keeps_agreements)
def make_funder(*, organisation_id: int, kind: str, by: Account | None) -> Funder:
    """The organisation funds others. Idempotent."""
    row, _made = Funder.objects.get_or_create(organisation_id=organisation_id, defaults={"kind": kind})
    return row


@action(access.an_agreement)
def save_agreement(
    *,
    organisation_id: int,
    funder_id: int,
    title: str,
    starts_on: date,
    ends_on: date | None,
    by: Account | None,
    agreement_id: int | None = None,
    stream_ids: Iterable[int] = (),
    excludes_ids: Iterable[int] = (),
    **values: Any,
) -> Agreement:
    """Make or change an agreement from `starts_on` (in) to `ends_on` (out). `excludes` holds both ways.

    Raises WrongDates, NotOurs.
    """
    if ends_on is not None and ends_on <= starts_on:
        raise WrongDates(_("L'entente finit après son premier jour."))
    streams, excluded = set(stream_ids), set(excludes_ids)
    check_ours(organisation_id, streams=(Stream, streams), excluded=(Agreement, excluded))
    if agreement_id in excluded:
        raise NotOurs(_("Une entente ne s'exclut pas elle-même."))
    row = Agreement.objects.get(pk=agreement_id) if agreement_id else Agreement(organisation_id=organisation_id)
    row.funder_id, row.title, row.during = funder_id, title, (starts_on, ends_on)
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    row.streams.set(streams)
    row.excludes.set(excluded)
    return row


def _ours(agreement_id: int) -> Agreement:
    return locked(Agreement, agreement_id)


@action(access.agreement)
def add_instalment(
    *, agreement_id: int, amount: Decimal, expected_on: date, by: Account | None, label: str = ""
) -> Instalment:
    """A payment to come. Raises TooMuch: the instalments are more than the agreement."""
    row = _ours(agreement_id)
    before = row.instalments.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    if row.amount is not None and before + amount > row.amount:
        raise TooMuch(_("Les versements dépasseraient le montant de l'entente."))
    return Instalment.objects.create(agreement=row, amount=amount, expected_on=expected_on, label=label.strip())


@action(access.instalment)
def receive_instalment(*, instalment_id: int, on: date | None, by: Account | None, reference: str = "") -> Instalment:
    """The payment came on that day (None: it did not, after all)."""
    row = locked(Instalment, instalment_id)
    row.received_on, row.reference = on, reference.strip()[:80] if on else ""
    row.save()
    return row


@action(access.instalment)
def remove_instalment(*, instalment_id: int, by: Account | None) -> None:
    """A payment that was received stays: undo its reception first. Raises Received."""
    row = locked(Instalment, instalment_id)
    if row.received_on is not None:
        raise Received(_("Ce versement est reçu : annulez d'abord sa réception."))
    row.delete()


@action(access.agreement)
def add_accountability(
    *, agreement_id: int, kind: str, due_on: date, by: Account | None, label: str = "", remind_days: int = 21
) -> Accountability:
    """An account to give to the funder by `due_on`."""
    return Accountability.objects.create(
        agreement=_ours(agreement_id), kind=kind, label=label.strip(), due_on=due_on, remind_days=remind_days
    )


@action(access.accountability)
def give_accountability(*, accountability_id: int, on: date | None, by: Account | None) -> Accountability:
    """The account was given on that day (None: it was not, after all)."""
    row = locked(Accountability, accountability_id)
    row.given_on = on
    row.save()
    return row


@action(access.accountability)
def remove_accountability(*, accountability_id: int, by: Account | None) -> None:
    """An account that was asked by mistake goes."""
    Accountability.objects.filter(pk=accountability_id).delete()


@action(access.accountability)
def mark_reminded(*, accountability_id: int, today: date, by: Account | None = None) -> None:
    """Its reminder left."""
    Accountability.objects.filter(pk=accountability_id).update(reminded_on=today)


@action(access.team)
def create_stream(*, organisation_id: int | None, name: str, name_en: str = "", by: Account | None) -> Stream:
    """A stream at the end of the organisation's list; a retired one comes back. Raises core.lists.NameTaken,
    NameMissing."""
    row: Stream = lists.add_word(Stream, organisation_id=organisation_id, name=name, name_en=name_en)
    return row


@action(access.stream)
def rename_stream(*, stream_id: int, name: str, name_en: str, by: Account | None) -> Stream:
    """The new name shows on past rows too. Raises core.lists.NameTaken, NameMissing."""
    row: Stream = lists.rename_word(Stream.objects.get(pk=stream_id), name=name, name_en=name_en)
    return row


@action(access.stream)
def move_stream(*, stream_id: int, step: int, by: Account | None) -> None:
    """One place up (-1) or down (+1)."""
    lists.move_word(Stream.objects.get(pk=stream_id), step=step)


@action(access.stream)
def retire_stream(*, stream_id: int, today: date, by: Account | None) -> None:
    """No longer offered; past work keeps it."""
    lists.retire_word(Stream.objects.get(pk=stream_id), today=today)


@action(access.stream)
def restore_stream(*, stream_id: int, by: Account | None) -> None:
    """Offered again. Raises core.lists.NameTaken."""
    lists.restore_word(Stream.objects.get(pk=stream_id))
