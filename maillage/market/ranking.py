"""In which order the shop suggests its offers: what people loved last time comes first, and the aisles take turns."""

from maillage.core import sql

_RANK = """
WITH last AS (
    SELECT before.id FROM market_cycle this
    JOIN market_cycle before ON before.market_id = this.market_id AND before.number < this.number
    WHERE this.id = %(cycle)s ORDER BY before.number DESC LIMIT 1
),
loved AS (
    SELECT offer.id, offer.category_id, offer.product_name, coalesce(sale.sold, 0) AS sold,
           hashint8(offer.format_id) AS chance
    FROM market_offer offer
    LEFT JOIN market_offer sale ON sale.format_id = offer.format_id AND sale.cycle_id = (SELECT id FROM last)
    WHERE offer.cycle_id = %(cycle)s
),
named AS (
    SELECT *, row_number() OVER (PARTITION BY category_id, product_name ORDER BY sold DESC, chance) AS nth FROM loved
),
placed AS (
    SELECT *, row_number() OVER (PARTITION BY category_id ORDER BY nth, sold DESC, chance) AS place FROM named
),
ranked AS (SELECT id, row_number() OVER (ORDER BY place, sold DESC, chance, id) AS rank FROM placed)
UPDATE market_offer offer SET rank = ranked.rank FROM ranked
WHERE offer.id = ranked.id AND offer.rank <> ranked.rank AND (%(all)s OR offer.rank = 0)
"""


def rank_offers(*, cycle_id: int, only_new: bool = False) -> int:
    """Give each offer of a cycle its place (from 1) among the suggestions; returns how many moved. One statement.

    A category's first place goes to what sold most in the market's cycle before (a hash decides between equals), the
    next ones to products of other names; then all first places come before all second places. With `only_new`, offers
    that have their place keep it: members order from them at this moment.
    """
    return sql.run(_RANK, {"cycle": cycle_id, "all": not only_new})
