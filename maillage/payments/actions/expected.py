"""Transfers that are announced: written by whoever sells, matched when the bank's file comes."""

from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction

from maillage.core.actions import action

from .. import access, references
from ..models import ExpectedState, ExpectedTransfer
from .payments import check_amount


@action(access.books)
def expect_transfer(
    *, organisation_id: int, person_id: int, amount: Decimal, source: str, by: Any = None, buyer_id: int | None = None
) -> ExpectedTransfer:
    """Announce a transfer of `amount` dollars for `source`; its `reference` is what the person writes in the message.

    The same source keeps its reference and takes the new amount (and is expected again if it was cancelled).
    What was received stays as it is. Raises AmountWrong.
    """
    check_amount(amount)
    known = (
        ExpectedTransfer.objects.select_for_update(of=("self",), no_key=True)
        .filter(organisation_id=organisation_id, source=source)
        .first()
    )
    if known is None:
        return _make(organisation_id, person_id, buyer_id, amount, source)
    if known.state != ExpectedState.RECEIVED:
        known.amount, known.state = amount, ExpectedState.EXPECTED
        known.person_id, known.buyer_id = person_id, buyer_id
        known.save(update_fields=["amount", "state", "person", "buyer"])
    return known


def _make(organisation_id: int, person_id: int, buyer_id: int | None, amount: Decimal, source: str) -> ExpectedTransfer:
    for _attempt in range(5):
        made = ExpectedTransfer(
            organisation_id=organisation_id,
            person_id=person_id,
            buyer_id=buyer_id,
            amount=amount,
            source=source,
            reference=references.new_reference(),
        )
        try:
            with transaction.atomic():
                made.save(force_insert=True)
        except IntegrityError as error:
            if "expected_source" in str(error):  # announced at the same moment
                return ExpectedTransfer.objects.get(organisation_id=organisation_id, source=source)
            if "expected_reference" not in str(error):
                raise
        else:
            return made
    raise RuntimeError("no free reference")


@action(access.books)
def cancel_expected(*, organisation_id: int, source: str, by: Any = None) -> bool:
    """The transfer is not expected any more. False if there was none waiting (never, received, or cancelled)."""
    waiting = ExpectedTransfer.objects.filter(
        organisation_id=organisation_id, source=source, state=ExpectedState.EXPECTED
    )
    return waiting.update(state=ExpectedState.CANCELLED) > 0
