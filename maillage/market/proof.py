"""Whether orders, stock, places and statements hold together and with the ledger, read from the tables alone."""

from collections.abc import Iterator

from maillage.catalogue import pictures
from maillage.core import sql
from maillage.core.entrusted import KeptFile

from .models import Offer

_HELD = """
    WITH held AS (
        SELECT line.offer_id, sum(line.quantity) AS quantity FROM market_orderline line
          JOIN market_order o ON o.id = line.order_id WHERE o.state <> 'cancelled' GROUP BY 1)"""
_BOOKED = """
    WITH said AS (
        SELECT o.cycle_id, 'order:' || o.public_id || ':' || n AS key, NULL::timestamptz AS at
          FROM market_order o, generate_series(1, o.revision) AS n
        UNION ALL
        SELECT o.cycle_id, 'adjustment:' || adjusted.public_id, adjusted.at FROM market_lineadjustment adjusted
          JOIN market_orderline line ON line.id = adjusted.line_id JOIN market_order o ON o.id = line.order_id),
    posted AS (
        SELECT said.cycle_id, said.at, account.kind, sum(entry.amount) AS amount
          FROM said JOIN market_cycle cycle ON cycle.id = said.cycle_id
          JOIN market_market market ON market.id = cycle.market_id
          JOIN ledger_book book ON book.organisation_id = market.organisation_id
          JOIN ledger_transaction t ON t.book_id = book.id AND t.key = said.key
          JOIN ledger_entry entry ON entry.transaction_id = t.id
          JOIN ledger_ledgeraccount account ON account.id = entry.account_id GROUP BY 1, 2, 3),
    booked AS (
        SELECT cycle.id AS cycle_id, {sums} FROM market_cycle cycle
          LEFT JOIN market_cyclesettlement settled ON settled.cycle_id = cycle.id
          LEFT JOIN posted ON posted.cycle_id = cycle.id {until} GROUP BY 1)"""
_KINDS = {
    "charged": "member", "producers": "producer", "margin": "margin",
    "tps": "tps", "tvq": "tvq", "deposits": "deposits", "delivery": "delivery",
}  # fmt: skip
_SUMS = ", ".join(
    f"{'' if kind == 'member' else '-'}coalesce(sum(posted.amount) FILTER (WHERE posted.kind = '{kind}'), 0) AS {name}"
    for name, kind in _KINDS.items()
)
_ORDERED = ", ".join(f"coalesce(sum(o.{'total' if n == 'charged' else n}), 0) AS {n}" for n in _KINDS)


_PARTS = {
    "held": _HELD,
    "booked": _BOOKED.format(sums=_SUMS, until=""),
    "booked_then": _BOOKED.format(sums=_SUMS, until="AND (posted.at IS NULL OR posted.at <= settled.at)"),
    "ordered": _ORDERED,
    **{f"{table}_row": ", ".join(f"{table}.{name}" for name in _KINDS) for table in ("booked", "ordered", "settled")},
}

_FAULTS = {
    "offers of which more is sold than there is": """
        SELECT count(*) FROM market_offer WHERE sold > quantity""",
    "offers whose stock is not what orders hold": """{held}
        SELECT count(*) FROM market_offer offer LEFT JOIN held ON held.offer_id = offer.id
         WHERE offer.sold <> coalesce(held.quantity, 0)""",
    "pickup slots whose places taken are not their orders": """
        SELECT count(*) FROM market_slot slot WHERE slot.taken <>
            (SELECT count(*) FROM market_order o WHERE o.slot_id = slot.id AND o.state <> 'cancelled')""",
    "pickup slots whose crates taken are not those of their orders": """
        WITH taken AS (
            SELECT o.slot_id, crate.key AS temperature, sum(crate.value::numeric) AS crates
              FROM market_order o, jsonb_each_text(o.crates) AS crate WHERE o.state <> 'cancelled' GROUP BY 1, 2)
        SELECT count(*) FROM market_slotcapacity capacity
          LEFT JOIN taken ON taken.slot_id = capacity.slot_id AND taken.temperature = capacity.temperature
         WHERE capacity.taken <> coalesce(taken.crates, 0)""",
    "orders that are not the sum of their lines": """
        SELECT count(*) FROM (
            SELECT FROM market_order o LEFT JOIN market_orderline line ON line.order_id = o.id
             WHERE o.state <> 'cancelled' GROUP BY o.id
            HAVING (o.goods, o.producers, o.margin, o.deposits) IS DISTINCT FROM
                (coalesce(sum(line.goods), 0), coalesce(sum(line.producers), 0), coalesce(sum(line.margin), 0),
                 coalesce(sum(line.deposits), 0))) differing""",
    "cycles whose orders are not what the ledger charges": """
        {booked},
        ordered AS (
            SELECT cycle.id AS cycle_id, {ordered} FROM market_cycle cycle
              LEFT JOIN market_order o ON o.cycle_id = cycle.id AND o.state <> 'cancelled' GROUP BY 1)
        SELECT count(*) FROM booked JOIN ordered USING (cycle_id)
         WHERE ({booked_row}) IS DISTINCT FROM ({ordered_row})""",
    "settled cycles whose sums are not what the ledger held at that moment": """
        {booked_then}
        SELECT count(*) FROM market_cyclesettlement settled JOIN booked USING (cycle_id)
         WHERE ({booked_row}) IS DISTINCT FROM ({settled_row})""",
    "settled cycles whose statements do not sum up to them": """
        SELECT count(*) FROM (
            SELECT FROM market_cyclesettlement settled
              LEFT JOIN market_producerstatement statement ON statement.cycle_id = settled.cycle_id GROUP BY settled.id
            HAVING coalesce(sum(statement.net - statement.late), 0) <> settled.producers
                OR coalesce(sum(statement.margin), 0) <> settled.margin) differing""",
    "statements that are paid in one place and not in the ledger, or the reverse": """
        WITH paid AS (
            SELECT split_part(t.key, ':', 2) AS statement, sum(entry.amount) AS amount FROM ledger_transaction t
              JOIN ledger_entry entry ON entry.transaction_id = t.id
              JOIN ledger_ledgeraccount account ON account.id = entry.account_id AND account.kind = 'producer'
             WHERE t.key LIKE 'payout:%%' GROUP BY 1)
        SELECT count(*) FROM market_producerstatement statement
          LEFT JOIN paid ON paid.statement = statement.public_id::text
         WHERE coalesce(paid.amount, 0) <> CASE WHEN statement.paid_on IS NULL THEN 0 ELSE statement.net END""",
}


def faults() -> dict[str, int]:
    """How many rows break each rule of the market; empty when all hold. A statement a rule."""
    found = {said: int(sql.rows(statement.format(**_PARTS), {})[0][0]) for said, statement in _FAULTS.items()}
    return {said: many for said, many in found.items() if many}


def kept_files() -> Iterator[KeptFile]:
    """Pictures that offers copied from products: a product may have another one since."""
    for name in Offer.objects.exclude(picture="").order_by().values_list("picture", flat=True).distinct():
        yield KeptFile(name)
        yield KeptFile(pictures.small_of(name))
