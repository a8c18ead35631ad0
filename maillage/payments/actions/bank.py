"""Deposits of the bank's file, matched with the transfers that were announced."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action, locked
from maillage.core.sheets import Unreadable
from maillage.ledger import actions as ledger
from maillage.ledger import queries as books
from maillage.ledger.types import AccountKind, Line

from .. import access, bankfiles, queries
from ..bankfiles import Columns
from ..matching import Certainty
from ..models import (
    BankFile,
    BankFormat,
    BankLine,
    ExpectedState,
    ExpectedTransfer,
    LineState,
    Method,
    Payment,
    PaymentState,
)
from .payments import receive, reverse

KEPT_FOR = timedelta(days=7)


class AlreadyHandled(Refused):
    """Somebody handled the line, the transfer or the payment in between."""


@action(access.books)
def take_file(*, organisation_id: int, name: str, raw: bytes, by: Any = None) -> BankFile:
    """Hold a bank's CSV until it is confirmed (`keep_file`) or given up: none of its deposits is kept yet.

    It takes the place of the file that the same person held here before. Raises core.sheets.Unreadable.
    """
    text = bankfiles.text_of(raw)
    bankfiles.rows_of(text)
    BankFile.objects.filter(organisation_id=organisation_id, sent_by=by, lines=0).exclude(content="").delete()
    return BankFile.objects.create(organisation_id=organisation_id, name=name[:200], content=text, sent_by=by)


@action(access.file)
def map_file(*, file_id: int, columns: Columns, by: Any = None) -> BankFile:
    """Say where the columns are, for this file and the next ones. Raises core.sheets.Unreadable and keeps nothing."""
    file = _held(file_id)
    bankfiles.check(bankfiles.rows_of(file.content), columns)
    BankFormat.objects.update_or_create(organisation_id=file.organisation_id, defaults={"columns": columns.stored()})
    return file


@action(access.file)
def keep_file(*, file_id: int, by: Any = None) -> BankFile:
    """Keep the deposits of the file that are new. The same file, or the same lines in another, add nothing; rows that
    do not read are left out. Raises AlreadyHandled, core.sheets.Unreadable (nothing is read, or no columns are known).
    """
    file = _held(file_id)
    rows = bankfiles.rows_of(file.content)
    columns = queries.columns_of(file, rows)
    if columns is None:
        raise Unreadable(_("Dites d’abord où sont les colonnes de ce fichier."))
    found = bankfiles.check(rows, columns).deposits
    before = BankLine.objects.filter(organisation_id=file.organisation_id).count()
    BankLine.objects.bulk_create(
        [
            BankLine(
                organisation_id=file.organisation_id,
                file=file,
                fingerprint=d.fingerprint,
                occurred_on=d.occurred_on,
                description=d.description,
                number=d.number,
                amount=d.amount,
            )
            for d in found
        ],
        ignore_conflicts=True,
        batch_size=1000,
    )
    file.lines = len(found)
    file.new_lines = BankLine.objects.filter(organisation_id=file.organisation_id).count() - before
    file.content = ""
    file.save(update_fields=["lines", "new_lines", "content"])
    return file


@action(access.file)
def discard_file(*, file_id: int, by: Any = None) -> None:
    """Give up a file that was not kept: nothing of it stays. Raises AlreadyHandled."""
    _held(file_id).delete()


@action(access.house)
def forget_files(*, now: datetime, by: Any = None) -> int:
    """Give up files that were previewed and not kept for `KEPT_FOR`: they name people. How many."""
    old = BankFile.objects.filter(lines=0, sent_at__lt=now - KEPT_FOR).exclude(content="")
    count: int = old.delete()[0]
    return count


def _held(file_id: int) -> BankFile:
    file = BankFile.objects.select_for_update(of=("self",), no_key=True).filter(pk=file_id).first()
    if file is None or not file.content:
        raise AlreadyHandled(_("Ce fichier est déjà lu."))
    return file


@action(access.books)
def confirm_certain(*, organisation_id: int, line_ids: Sequence[int], now: datetime, by: Any = None) -> int:
    """Confirm the lines of `line_ids` that are still matched with certainty. Returns how many."""
    proposals = [p for p in queries.proposals(organisation_id) if p.certainty == Certainty.CERTAIN]
    chosen = [p for p in proposals if p.line.pk in set(line_ids) and p.expected is not None]
    for p in sorted(chosen, key=lambda p: p.line.pk):
        assert p.expected is not None
        _match(p.line.pk, p.expected.pk, now, by)
    return len(chosen)


@action(access.line)
def confirm_line(
    *, line_id: int, expected_id: int | None = None, payment_id: int | None = None, now: datetime, by: Any = None
) -> BankLine:
    """The deposit is this announced transfer, or this payment recorded by hand. Its own amount is what counts.

    Raises AlreadyHandled (nothing changes), ledger's PeriodClosed.
    """
    if payment_id is not None:
        return _clear(line_id, payment_id, now, by)
    assert expected_id is not None
    return _match(line_id, expected_id, now, by)


@action(access.line)
def assign_line(
    *, line_id: int, person_id: int, buyer_id: int | None = None, now: datetime, by: Any = None
) -> BankLine:
    """The deposit is this person's (or that of the organisation that they buy for), without an announced transfer: it
    becomes credit in that account.
    """
    line = _new_line(line_id)
    return _received(line, person_id, line.description[:40], None, now, by, buyer_id=buyer_id)


@action(access.line)
def ignore_line(*, line_id: int, now: datetime, by: Any = None) -> BankLine:
    """The deposit is no member's payment (a grant, a transfer between accounts): set aside, posted nowhere."""
    return _handled(_new_line(line_id), LineState.IGNORED, now, by)


@action(access.line)
def restore_line(*, line_id: int, by: Any = None) -> BankLine:
    """Bring a line that was set aside back."""
    line = _locked_line(line_id, LineState.IGNORED)
    line.state, line.handled_at, line.handled_by = LineState.NEW, None, None
    line.save(update_fields=["state", "handled_at", "handled_by"])
    return line


@action(access.line)
def undo_line(*, line_id: int, now: datetime, by: Any = None) -> BankLine:
    """Undo a match: the posting is reversed, the transfer is expected again, the line is to be handled again.

    Raises AlreadyHandled, CannotUndo when the payment was refunded since.
    """
    line = _locked_line(line_id, LineState.MATCHED)
    assert line.payment_id is not None
    payment = locked(Payment, line.payment_id)
    today = timezone.localdate(now)
    if payment.key == _key(line):
        reverse(payment, today, by)
    else:  # recorded by hand before: it stays received, and waits for the bank again
        _clearing(payment, line, today, by, back=True)
    if line.expected_id:
        ExpectedTransfer.objects.filter(pk=line.expected_id).update(state=ExpectedState.EXPECTED, payment=None)
    line.state, line.payment, line.expected, line.handled_at, line.handled_by = LineState.NEW, None, None, None, None
    line.attempt += 1
    line.save(update_fields=["state", "payment", "expected", "handled_at", "handled_by", "attempt"])
    return line


def _key(line: BankLine) -> str:
    return f"bank:{line.public_id}:{line.attempt}"


def _locked_line(line_id: int, state: str) -> BankLine:
    line = locked(BankLine, line_id)
    if line.state != state:
        raise AlreadyHandled(_("Cette ligne a été traitée entre-temps."))
    return line


def _new_line(line_id: int) -> BankLine:
    return _locked_line(line_id, LineState.NEW)


def _match(line_id: int, expected_id: int, now: datetime, by: Any) -> BankLine:
    line = _new_line(line_id)
    expected = locked(ExpectedTransfer, expected_id)
    if expected.state != ExpectedState.EXPECTED or expected.organisation_id != line.organisation_id:
        raise AlreadyHandled(_("Ce virement n'est plus attendu."))
    return _received(line, expected.person_id, expected.reference, expected, now, by, buyer_id=expected.buyer_id)


def _received(
    line: BankLine,
    person_id: int,
    reference: str,
    expected: ExpectedTransfer | None,
    now: datetime,
    by: Any,
    *,
    buyer_id: int | None,
) -> BankLine:
    payment = receive(
        line.organisation_id,
        person_id,
        Method.INTERAC,
        line.amount,
        reference,
        _key(line),
        line.occurred_on,
        by,
        buyer_id=buyer_id,
        into=AccountKind.BANK,
        cleared=True,
    )
    if expected is not None:
        expected.state, expected.payment = ExpectedState.RECEIVED, payment
        expected.save(update_fields=["state", "payment"])
    line.payment, line.expected = payment, expected
    return _handled(line, LineState.MATCHED, now, by)


def _handled(line: BankLine, state: LineState, now: datetime, by: Any) -> BankLine:
    line.state, line.handled_at, line.handled_by = state, now, by
    line.save(update_fields=["state", "payment", "expected", "handled_at", "handled_by"])
    return line


def _clear(line_id: int, payment_id: int, now: datetime, by: Any) -> BankLine:
    line = _new_line(line_id)
    payment = locked(Payment, payment_id)
    waiting = payment.state == PaymentState.SUCCEEDED and payment.cleared_on is None
    if not waiting or payment.organisation_id != line.organisation_id or payment.amount != line.amount:
        raise AlreadyHandled(_("Ce paiement n'attend plus la banque."))
    _clearing(payment, line, line.occurred_on, by)
    line.payment = payment
    return _handled(line, LineState.MATCHED, now, by)


def _clearing(payment: Payment, line: BankLine, on: Any, by: Any, *, back: bool = False) -> None:
    """From the clearing account to the bank, or back."""
    amount = -line.amount if back else line.amount
    ledger.post(
        book_id=books.book_of(line.organisation_id).pk,
        key=f"{_key(line)}{':back' if back else ''}",
        occurred_on=on,
        memo=_("Virement Interac vu à la banque") if not back else _("Rapprochement défait"),
        lines=[Line(AccountKind.BANK, amount), Line(AccountKind.INTERAC_CLEARING, -amount)],
        by=by,
    )
    payment.cleared_on = None if back else line.occurred_on
    payment.save(update_fields=["cleared_on"])
