"""Whether payments and the ledger tell the same, read from the tables alone."""

from maillage.core import sql

_FAULTS = {
    "payments that are not what the ledger received and gave back": """
        WITH posted AS (
            SELECT t.book_id, split_part(t.key, ':', 2) AS payment, sum(entry.amount) AS amount
              FROM ledger_transaction t JOIN ledger_entry entry ON entry.transaction_id = t.id
              JOIN ledger_ledgeraccount account ON account.id = entry.account_id AND account.kind = 'member'
             WHERE t.key LIKE 'payment:%%' GROUP BY 1, 2)
        SELECT count(*) FROM payments_payment payment
          JOIN ledger_transaction own ON own.id = payment.transaction_id AND own.key = 'payment:' || payment.public_id
          LEFT JOIN posted ON posted.book_id = own.book_id AND posted.payment = payment.public_id::text
         WHERE coalesce(posted.amount, 0) <>
            CASE WHEN payment.state = 'reversed' THEN 0 ELSE payment.refunded - payment.amount END""",
    "payments received whose transaction is not there": """
        SELECT count(*) FROM payments_payment payment WHERE payment.transaction_id IS NOT NULL
           AND NOT EXISTS (SELECT FROM ledger_transaction t WHERE t.id = payment.transaction_id)""",
}


def faults() -> dict[str, int]:
    """How many payments break each rule; empty when all hold."""
    found = {said: int(sql.rows(statement, {})[0][0]) for said, statement in _FAULTS.items()}
    return {said: many for said, many in found.items() if many}
