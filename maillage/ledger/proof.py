"""Whether the books hold, read from the tables alone: for a base that was restored, where triggers saw nothing come."""

from maillage.core import sql

_FAULTS = {
    "entries without their transaction": """
        SELECT count(*) FROM ledger_entry e
        WHERE NOT EXISTS (SELECT FROM ledger_transaction t WHERE t.id = e.transaction_id)""",
    "entries in an account of another book, or of none": """
        SELECT count(*) FROM ledger_entry e JOIN ledger_transaction t ON t.id = e.transaction_id
        WHERE NOT EXISTS (SELECT FROM ledger_ledgeraccount a WHERE a.id = e.account_id AND a.book_id = t.book_id)""",
    "transactions that do not balance, or have no entries": """
        SELECT count(*) FROM (
            SELECT FROM ledger_transaction t LEFT JOIN ledger_entry e ON e.transaction_id = t.id
            GROUP BY t.id HAVING coalesce(sum(e.amount), 1) <> 0) unbalanced""",
}


def faults() -> dict[str, int]:
    """How many rows break each rule of the books; empty when all hold. Three statements."""
    found = {said: int(sql.rows(statement, {})[0][0]) for said, statement in _FAULTS.items()}
    return {said: many for said, many in found.items() if many}
