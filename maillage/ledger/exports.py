"""The journal in other people's formats, made line by line: memory does not grow with the book."""

import csv
from collections.abc import Iterable, Iterator
from datetime import date
from typing import IO, Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.downloads import Work
from maillage.core.period import Period
from maillage.core.sheets import Column, plain_cell, write_xlsx_to

from . import queries
from .models import AccountKind, Book, LedgerAccount

ROOTS = {
    AccountKind.MEMBER: "Assets:Membres",
    AccountKind.PRODUCER: "Liabilities:Producteurs",
    AccountKind.MARGIN: "Income:Marge",
    AccountKind.FEES: "Income:Cotisations",
    AccountKind.DELIVERY: "Income:Livraison",
    AccountKind.ADJUSTMENTS: "Expenses:Ajustements",
    AccountKind.TPS: "Liabilities:TPS",
    AccountKind.TVQ: "Liabilities:TVQ",
    AccountKind.DEPOSITS: "Liabilities:Consignes",
    AccountKind.CASH: "Assets:Caisse",
    AccountKind.BANK: "Assets:Banque",
    AccountKind.INTERAC_CLEARING: "Assets:Interac",
    AccountKind.CARD_CLEARING: "Assets:Cartes",
    AccountKind.CARD_FEES: "Expenses:Frais-de-cartes",
    AccountKind.SOLIDARITY: "Liabilities:Solidarite",
    AccountKind.SHARES: "Equity:Parts-sociales",
}


def beancount_account(kind: str, account_id: int) -> str:
    """`Assets:Membres:C12`: the root of the kind and the account's number in the book."""
    return f"{ROOTS[AccountKind(kind)]}:C{account_id}"


def _quoted(text: str) -> str:
    return '"' + " ".join(text.replace("\\", "\\\\").replace('"', '\\"').split()) + '"'


def beancount(book: Book, rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """The journal for beancount (CAD), which `bean-check` accepts."""
    yield f'option "title" {_quoted(str(book.organisation))}\noption "operating_currency" "CAD"\n\n'
    entries = iter(rows)
    first = next(entries, None)
    if first is None:
        return
    yield from _opened(book, first["day"])
    yield from _posted(first, entries)


def _opened(book: Book, since: date) -> Iterator[str]:
    accounts = LedgerAccount.objects.filter(book=book).select_related("person", "organisation").order_by("kind", "pk")
    for account in accounts.iterator(chunk_size=2000):
        yield f"{since.isoformat()} open {beancount_account(account.kind, account.pk)} CAD\n"
        yield f"  titulaire: {_quoted(str(account))}\n"


def _posted(entry: dict[str, Any] | None, entries: Iterator[dict[str, Any]]) -> Iterator[str]:
    last = None
    while entry is not None:
        if entry["transaction_id"] != last:
            last = entry["transaction_id"]
            yield f"\n{entry['day'].isoformat()} * {_quoted(entry['memo'])}\n  cle: {_quoted(entry['key'])}\n"
        yield f"  {beancount_account(entry['kind'], entry['account_id'])}  {entry['amount']} CAD\n"
        entry = next(entries, None)


class _Echo:
    def write(self, value: str) -> str:
        return value


def _headings() -> list[str]:
    return [
        _("Date"),
        _("Écriture"),
        _("Libellé"),
        _("Compte"),
        _("Titulaire"),
        _("Débit"),
        _("Crédit"),
        _("Clé"),
        _("Inscrite le"),
    ]


def _row(entry: dict[str, Any]) -> list[Any]:
    amount = entry["amount"]
    party = entry["organisation"] or f"{entry['given_name'] or ''} {entry['family_name'] or ''}".strip()
    return [
        entry["day"],
        entry["transaction_id"],
        entry["memo"],
        str(AccountKind(entry["kind"]).label),
        party,
        amount if amount > 0 else None,
        -amount if amount < 0 else None,
        entry["key"],
        timezone.localtime(entry["posted_at"]),
    ]


def journal_csv(entries: Iterable[dict[str, Any]]) -> Iterator[str]:
    """The journal as CSV (UTF-8 with its mark, so that Excel reads the accents)."""
    writer = csv.writer(_Echo())
    yield "\ufeff"
    yield str(writer.writerow(_headings()))
    for entry in entries:
        yield str(writer.writerow([plain_cell(value) for value in _row(entry)]))


def journal_xlsx(file: IO[bytes], book: Book, entries: Iterable[dict[str, Any]], *, made_on: date) -> None:
    """The journal as a spreadsheet, its rows written as they are read."""
    kinds = ("date", "integer", "text", "text", "text", "money", "money", "text", "datetime")
    widths = (12, 10, 36, 26, 26, 13, 13, 34, 18)
    columns = [Column(h, k, w) for h, k, w in zip(_headings(), kinds, widths, strict=True)]
    rows = (_row(entry) for entry in entries)
    write_xlsx_to(file, [(_("Journal"), columns, rows)], title=_("Journal"), made_on=made_on)


def journal_file(work: Work, *, user: Any, organisation: str, form: str, start: str, end: str, made_on: str) -> None:
    """The journal of a period (ISO days, `end` is out, "" for none) as `csv`, `beancount` or `xlsx`. Raises Http404."""
    kept = Book.objects.get(organisation=queries.organisation_read_by(user=user, public_id=UUID(organisation)))
    period = Period(date.fromisoformat(start), date.fromisoformat(end) if end else None) if start else None
    entries = work.counting(
        queries.journal_entries(kept.pk, period), total=queries.count_journal_entries(kept.pk, period)
    )
    if form == "xlsx":
        journal_xlsx(work.file, kept, entries, made_on=date.fromisoformat(made_on))
        return
    for line in journal_csv(entries) if form == "csv" else beancount(kept, entries):
        work.file.write(line.encode())
