"""What an account says of its lines."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

from maillage.ledger import queries


def test_a_line_is_a_debit_or_a_credit_down_to_the_cent() -> None:
    def sides(amount: str) -> tuple[Decimal | None, Decimal | None]:
        line = queries.StatementLine(uuid4(), date(2026, 3, 1), "", Decimal(amount), Decimal(0))
        return line.debit, line.credit

    assert sides("0.01") == (Decimal("0.01"), None)
    assert sides("-0.01") == (None, Decimal("0.01"))
    assert sides("0.00") == (None, None)
