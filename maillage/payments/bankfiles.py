"""Reading the files of banks: Desjardins AccèsD (14 columns without headings) and any CSV with date and amount."""

import hashlib
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.dates import say
from maillage.core.imports import day_of, day_order
from maillage.core.numbers import decimal_of
from maillage.core.sheets import Unreadable, csv_rows
from maillage.core.text import unaccented

MAX_BYTES = 5_000_000
MAX_LINES = 20_000


@dataclass(frozen=True)
class Columns:
    """Positions from 0. `credit` alone may hold signed amounts (deposits above zero); `debit` is left out."""

    date: int
    description: tuple[int, ...]
    credit: int
    debit: int | None = None
    number: int | None = None
    headings: bool = True
    days: str = ""
    """Which number comes first in `03/04/2026`: "day" or "month"; "" as the file itself tells."""

    def stored(self) -> dict[str, Any]:
        return {**asdict(self), "description": list(self.description)}

    @classmethod
    def read(cls, stored: dict[str, Any]) -> "Columns":
        return cls(**{**stored, "description": tuple(stored["description"])})


# 3 date, 4 number, 5 description, 6 cheque, 7 withdrawal, 8 deposit, 9 to 12 loans, 13 balance
ACCESD = Columns(date=3, number=4, description=(5,), debit=7, credit=8, headings=False)
HEADINGS = {
    "date": ("date", "date de transaction", "date de l'operation", "transaction date", "posting date"),
    "description": ("description", "libelle", "details", "detail", "nom", "memo", "message", "payee", "description 1"),
    "more": ("description 2", "reference", "message", "memo", "note"),
    "credit": ("credit", "depot", "depots", "credit (depot)", "credit(depot)", "deposits", "deposit", "credits"),
    "debit": ("debit", "retrait", "retraits", "debit (retrait)", "debit(retrait)", "withdrawals", "withdrawal"),
    "amount": ("montant", "amount", "cad$", "montant ($)", "montant cad"),
    "number": ("numero", "no", "no de transaction", "sequence", "id", "transaction id", "no sequence"),
}


@dataclass(frozen=True)
class Deposit:
    """A deposit read in a file, with the fingerprint by which it is known again."""

    occurred_on: date
    description: str
    number: str
    amount: Decimal
    fingerprint: str


def text_of(raw: bytes) -> str:
    """The text of a CSV in UTF-8, UTF-16 or Windows-1252. Raises Unreadable."""
    if len(raw) > MAX_BYTES:
        raise Unreadable(_("Le fichier dépasse 5 Mo. Téléchargez une période plus courte."))
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", errors="replace")
    if b"\x00" in raw or raw[:2] == b"PK":
        raise Unreadable(_("Ce fichier n'est pas un CSV. Dans le site de votre banque, choisissez le format CSV."))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def rows_of(text: str) -> list[list[str]]:
    """Cells of the CSV, whatever its delimiter; blank rows left out. Raises Unreadable."""
    head = "".join(islice(io.StringIO(text), 5))
    read = csv_rows(text, delimiter=max(";,\t", key=head.count), most=MAX_LINES + 1)
    rows = [row for cells in read if any(row := [cell.strip() for cell in cells])]
    if not rows:
        raise Unreadable(_("Le fichier est vide."))
    if len(read) > MAX_LINES:
        raise Unreadable(
            _("Le fichier a plus de %(max)s lignes. Choisissez une période plus courte.") % {"max": MAX_LINES}
        )
    return rows


def recognise(rows: Sequence[Sequence[str]]) -> Columns | None:
    """The columns of a known format: AccèsD, or headings that say what they are. None asks the treasurer."""
    first = rows[0]
    if len(first) >= 13 and _is_date(first[3]) and not _is_date(first[0]):
        return ACCESD
    names = [unaccented(cell) for cell in first]
    at = {kind: _position(names, known) for kind, known in HEADINGS.items()}
    credit = at["credit"] if at["credit"] is not None else at["amount"]
    if at["date"] is None or credit is None or at["description"] is None:
        return None
    more = at["more"] if at["more"] not in (None, at["description"]) else None
    description = tuple(i for i in (at["description"], more) if i is not None)
    debit = at["debit"] if at["credit"] is not None else None
    return Columns(date=at["date"], description=description, credit=credit, debit=debit, number=at["number"])


def _position(names: Sequence[str], known: Sequence[str]) -> int | None:
    return next((names.index(name) for name in known if name in names), None)


def order_of_days(rows: Sequence[Sequence[str]], columns: Columns) -> str:
    """Which number comes first in the days of the file: "day", "month", or "ask" when nothing tells."""
    cells = (_cell(row, columns.date) for row in (rows[1:] if columns.headings else rows))
    return columns.days or day_order(cells) or "day"


def _is_date(cell: str) -> bool:
    try:
        _date(cell)
    except ValueError:
        return False
    return True


def _date(cell: str, order: str = "day") -> date:
    if re.fullmatch(r"\d{8}", cell):
        return date(int(cell[:4]), int(cell[4:6]), int(cell[6:]))
    return day_of(cell, order)


@dataclass(frozen=True)
class Wrong:
    """A row of the file that does not read, and why."""

    number: int
    error: str


@dataclass(frozen=True)
class Read:
    """What a file holds. `left_out`: rows that are no deposit (withdrawals, other accounts)."""

    deposits: list[Deposit]
    wrong: list[Wrong]
    left_out: int


def read(rows: Sequence[Sequence[str]], columns: Columns) -> Read:
    """The deposits of a file, the rows that do not read, and how many are no deposit. A deposit to come does not read.

    Two lines alike in one file (same day, amount and text) are two deposits: their rank is in the fingerprint.
    """
    found: list[Deposit] = []
    wrong: list[Wrong] = []
    left_out, order, latest = 0, order_of_days(rows, columns), timezone.localdate() + timedelta(days=1)
    seen: Counter[str] = Counter()
    for number, row in enumerate(rows[1:] if columns.headings else rows, start=2 if columns.headings else 1):
        try:
            deposit = _deposit(row, columns, order)
        except (ValueError, IndexError) as error:
            wrong.append(Wrong(number, str(error)))
            continue
        if deposit is None:
            left_out += 1
            continue
        occurred_on, description, code, amount = deposit
        if occurred_on > latest:
            wrong.append(Wrong(number, _("Le %(day)s n'est pas encore passé.") % {"day": say(occurred_on)}))
            continue
        bare = f"{occurred_on}|{amount}|{unaccented(description)}|{code}"
        seen[bare] += 1
        fingerprint = hashlib.sha256(f"{bare}|{seen[bare]}".encode()).hexdigest()
        found.append(Deposit(occurred_on, description[:300], code[:40], amount, fingerprint))
    return Read(found, wrong, left_out)


def check(rows: Sequence[Sequence[str]], columns: Columns) -> Read:
    """`read`; raises Unreadable, which names the first wrong row, when the columns let nothing be read."""
    result = read(rows, columns)
    if result.wrong and not result.deposits:
        first = result.wrong[0]
        raise Unreadable(_("Ligne %(number)s : %(error)s") % {"number": first.number, "error": first.error})
    return result


def _deposit(row: Sequence[str], columns: Columns, order: str) -> tuple[date, str, str, Decimal] | None:
    credit = _cell(row, columns.credit)
    if not credit or (columns.debit is not None and _cell(row, columns.debit) and not decimal_of(credit)):
        return None
    amount = decimal_of(credit, places=2).quantize(Decimal("0.01"))
    if amount <= 0:
        return None
    description = " ".join(filter(None, (_cell(row, i) for i in columns.description)))
    return _date(_cell(row, columns.date), order), description, _cell(row, columns.number), amount


def _cell(row: Sequence[str], at: int | None) -> str:
    return row[at] if at is not None and at < len(row) else ""
