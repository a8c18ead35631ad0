"""The few statements of the ordering path, written by hand: their number does not depend on the lines of an order.

Locks are always taken in this order, so that two orders never wait for each other in a circle:

1. the cycle, shared (FOR KEY SHARE: many orders at once; closing takes FOR UPDATE and so waits for all of them);
   and with it the member's turn in that cycle (an advisory lock: two tabs, the same key twice);
2. the offers, by key;
3. the member's account in the ledger, when the order is paid from its balance;
4. the slots, by key, then their capacities (whoever holds a slot's row holds them).

Row locks on offers and slots are what forbids overselling; the CHECK constraints of the tables say it again.
"""

from maillage.core import events
from maillage.core.sql import array, rows, run
from maillage.ledger import actions as ledger

__all__ = ["array", "rows", "run"]

# The terms of an order, read while the cycle is kept from closing. No row: no such cycle.
TERMS = """
SELECT cycle.state, cycle.closes_at, cycle.market_id, market.organisation_id, market.membership_required,
       market.payment_methods, market.credit_limit, market.order_minimum, book.id,
       EXISTS (SELECT 1 FROM membership_membership member
               WHERE member.organisation_id = market.organisation_id AND member.holder = %(holder)s
                 AND member.during @> %(today)s::date),
       %(buyer)s::bigint IS NULL OR EXISTS (
           SELECT 1 FROM directory_role role
           WHERE role.person_id = %(person)s AND role.organisation_id = %(buyer)s::bigint
             AND role.kind = ANY(%(buyers)s::text[]) AND role.during @> %(today)s::date),
       slot.id, slot.fee, slot.minimum, zone.postal_prefixes, zone.name, cycle.order_count - cycle.number_base,
       pg_advisory_xact_lock(hashtextextended('market order ' || %(cycle)s::text || ' ' || (%(holder)s)::text, 0))
FROM market_cycle cycle
JOIN market_market market ON market.id = cycle.market_id
LEFT JOIN ledger_book book ON book.organisation_id = market.organisation_id
LEFT JOIN market_slot slot ON slot.cycle_id = cycle.id AND slot.id = %(slot)s
LEFT JOIN market_deliveryzone zone ON zone.id = slot.zone_id
WHERE cycle.id = %(cycle)s
FOR KEY SHARE OF cycle
"""

# What the member has already: the order of this key, and their live order of the cycle; without one, the key and number
# of the next order (from sequences, which wait for nobody and may leave gaps). Always one row.
STANDING = """
SELECT (SELECT attempt.order_id FROM market_checkoutattempt attempt WHERE attempt.key = %(key)s::uuid),
       o.id, o.public_id, o.number, o.revision, o.state, o.slot_id, o.payment_method, o.payment_reference, o.crates,
       o.goods, o.producers, o.margin, o.tps, o.tvq, o.deposits, o.delivery,
       CASE WHEN o.id IS NULL THEN nextval(pg_get_serial_sequence('market_order', 'id')) END,
       CASE WHEN o.id IS NULL THEN nextval('market_order_number') END
FROM (SELECT 1) one
LEFT JOIN market_order o
       ON o.cycle_id = %(cycle)s AND coalesce(o.buyer_id * -1, o.person_id) = %(holder)s AND o.state <> 'cancelled'
"""

_OFFER = """
SELECT offer.id, offer.producer_id, offer.product_name, offer.format_name, offer.temperature, offer.tax_class,
       offer.content, offer.by_weight, offer.crates, offer.deposit, offer.member_price, offer.producer_price,
       offer.quantity - offer.sold, offer.max_per_member, offer.step, offer.is_open,
       wanted.quantity, held.quantity, held.member_price, held.producer_price, held.tax_class,
       held.goods, held.producers, held.margin, held.deposits
FROM ({wanted}) wanted(offer_id, quantity)
FULL JOIN (SELECT * FROM market_orderline line WHERE line.order_id = %(order)s) held USING (offer_id)
JOIN market_offer offer ON offer.id = offer_id AND offer.cycle_id = %(cycle)s
ORDER BY offer.id
"""
_CART = """
    SELECT line.offer_id, line.quantity FROM market_cartline line JOIN market_cart cart ON cart.id = line.cart_id
    WHERE cart.cycle_id = %(cycle)s AND cart.person_id = %(person)s
"""
_GIVEN = "SELECT * FROM unnest(%(offers)s::bigint[], %(quantities)s::numeric[])"

# Offers of a cart (or given) together with the lines that the member's order holds; locked, or only read for a page.
READ_CART = _OFFER.format(wanted=_CART)
LOCK_CART = READ_CART + "FOR NO KEY UPDATE OF offer"
READ_GIVEN = _OFFER.format(wanted=_GIVEN)
LOCK_GIVEN = READ_GIVEN + "FOR NO KEY UPDATE OF offer"

# `STANDING`, and beside it each offer wanted or held, locked: for a placing, which knows no order of the member yet.
_PLACING = """
WITH standing AS MATERIALIZED ({standing}),
offers AS MATERIALIZED ({locked})
SELECT standing.*, offers.* FROM standing LEFT JOIN offers ON true
"""
_HELD = "(SELECT held_order.id FROM standing held_order)"
PLACING_CART, PLACING_GIVEN = (
    _PLACING.format(standing=STANDING, locked=locked.replace("%(order)s", _HELD)) for locked in (LOCK_CART, LOCK_GIVEN)
)

_LINES = """
    SELECT * FROM json_to_recordset(%(lines)s::json) AS line(
        offer_id bigint, producer_id bigint, delta numeric, quantity numeric, weight numeric,
        member_price numeric, producer_price numeric, tax_class text,
        goods numeric, producers numeric, margin numeric, deposits numeric)
"""
_STOCK = "UPDATE market_offer offer SET sold = offer.sold + line.delta FROM line WHERE offer.id = line.offer_id"
_INSERT_LINE = """
    INSERT INTO market_orderline (public_id, order_id, offer_id, producer_id, quantity, estimated_weight, member_price,
        producer_price, tax_class, goods, producers, margin, deposits, state)
    SELECT gen_random_uuid(), {order}, line.offer_id, line.producer_id, line.quantity, line.weight, line.member_price,
        line.producer_price, line.tax_class, line.goods, line.producers, line.margin, line.deposits, 'ordered'
"""
_EMPTY_CART = """
    DELETE FROM market_cartline line USING market_cart cart
    WHERE line.cart_id = cart.id AND cart.cycle_id = %(cycle)s AND cart.person_id = %(person)s
"""

# A new order, whole: ledger, stock, place, crates, order, lines, key, empty cart, jobs of the event. No row without a
# place; else the temperatures that found room, and what the ledger answers. It runs last, and takes the place after the
# ledger has posted, so that the slot's row is held for the shortest time.
PLACE = f"""
WITH posted AS MATERIALIZED ({ledger.PART}),
line AS ({_LINES}),
stock AS ({_STOCK}),
place AS (
    UPDATE market_slot slot SET taken = slot.taken + 1
    WHERE slot.id = %(slot)s AND (slot.places IS NULL OR slot.taken < slot.places)
      AND (SELECT count(*) FROM posted) >= 0
    RETURNING slot.id
),
crate AS (
    UPDATE market_slotcapacity room SET taken = room.taken + need.value::numeric
    FROM json_each_text(%(crates)s::json) need
    WHERE room.slot_id = (SELECT id FROM place) AND room.temperature = need.key
      AND room.taken + need.value::numeric <= room.crates
    RETURNING room.temperature
),
placed AS (
    INSERT INTO market_order (id, public_id, cycle_id, person_id, buyer_id, number, slot_id, state, payment_method,
        payment_reference, delivery_address, delivery_postal_code, note, revision, goods, producers, margin, tps, tvq,
        deposits, delivery,
        total, crates, placed_at, updated_at)
    SELECT %(order)s, %(public_id)s, %(cycle)s, %(person)s, %(buyer)s::bigint, %(number)s, %(slot)s, 'placed',
        %(payment_method)s, %(payment_reference)s, %(address)s, %(postal_code)s, %(note)s, 1, %(goods)s,
        %(producers)s, %(margin)s, %(tps)s, %(tvq)s, %(deposits)s, %(delivery)s, %(total)s, %(crates)s::jsonb,
        %(now)s, %(now)s
    FROM place RETURNING id
),
lines AS ({_INSERT_LINE.format(order="placed.id")} FROM line, placed),
attempt AS (
    INSERT INTO market_checkoutattempt (key, person_id, order_id, revision, at)
    SELECT %(key)s, %(person)s, placed.id, 1, %(now)s FROM placed
),
cart AS ({_EMPTY_CART}),
told AS ({events.WRITE})
SELECT ARRAY(SELECT temperature FROM crate), posted.o_id, posted.o_closed FROM placed LEFT JOIN posted ON true
"""  # noqa: S608 - the pieces are the constants above

# --- amendments, merges and cancellations -------------------------------------------------------------------------

# Slots by key before their capacities: those of an order before and after a change.
LOCK_SLOTS = "SELECT slot.id FROM market_slot slot WHERE slot.id = ANY(%(slots)s) ORDER BY slot.id FOR NO KEY UPDATE"

# One place more or less.
MOVE_PLACE = """
UPDATE market_slot slot SET taken = slot.taken + %(by)s
WHERE slot.id = %(slot)s AND (%(by)s <= 0 OR slot.places IS NULL OR slot.taken < slot.places)
"""

# Crates more or less at each temperature; returns the temperatures that found room.
MOVE_CRATES = """
UPDATE market_slotcapacity room SET taken = room.taken + need.value::numeric
FROM json_each_text(%(crates)s::json) need
WHERE room.slot_id = %(slot)s AND room.temperature = need.key
  AND (need.value::numeric <= 0 OR room.taken + need.value::numeric <= room.crates)
RETURNING room.temperature
"""

# Lines to their new quantities; a line at zero leaves the order. `delta` moves the stock.
REWRITE_LINES = f"""
WITH line AS ({_LINES}),
stock AS ({_STOCK} AND line.delta <> 0),
gone AS (
    DELETE FROM market_orderline held USING line
    WHERE held.order_id = %(order)s AND held.offer_id = line.offer_id AND line.quantity = 0
),
kept AS (
    {_INSERT_LINE.format(order="%(order)s")} FROM line WHERE line.quantity > 0
    ON CONFLICT (order_id, offer_id) DO UPDATE SET quantity = EXCLUDED.quantity,
        estimated_weight = EXCLUDED.estimated_weight, goods = EXCLUDED.goods, producers = EXCLUDED.producers,
        margin = EXCLUDED.margin, deposits = EXCLUDED.deposits
)
SELECT 1
"""  # noqa: S608 - the pieces are the constants above

REWRITE_ORDER = """
UPDATE market_order SET slot_id = %(slot)s, payment_method = %(payment_method)s,
    payment_reference = %(payment_reference)s, delivery_address = %(address)s, delivery_postal_code = %(postal_code)s,
    note = %(note)s, revision = %(revision)s, goods = %(goods)s, producers = %(producers)s, margin = %(margin)s,
    tps = %(tps)s, tvq = %(tvq)s, deposits = %(deposits)s, delivery = %(delivery)s, total = %(total)s,
    crates = %(crates)s::jsonb, updated_at = %(now)s
WHERE id = %(order)s
"""

KEEP_KEY = """
INSERT INTO market_checkoutattempt (key, person_id, order_id, revision, at)
VALUES (%(key)s, %(person)s, %(order)s, %(revision)s, %(now)s)
"""

EMPTY_CART = _EMPTY_CART

# A cancelled order keeps its lines to show; its stock is free again.
FREE_STOCK = """
UPDATE market_offer offer SET sold = offer.sold - line.quantity
FROM market_orderline line WHERE line.order_id = %(order)s AND offer.id = line.offer_id
"""

# --- carts --------------------------------------------------------------------------------------------------------

CART_OF = """
INSERT INTO market_cart (cycle_id, person_id, updated_at) VALUES (%(cycle)s, %(person)s, %(now)s)
ON CONFLICT (cycle_id, person_id) DO UPDATE SET updated_at = EXCLUDED.updated_at RETURNING id
"""

# Set (or, with `add`, add) many quantities; only offers of the cycle that are open. Zero removes the line.
FILL_CART = """
WITH wanted AS (
    SELECT offer.id AS offer_id, given.quantity FROM unnest(%(offers)s::bigint[], %(quantities)s::numeric[])
        AS given(offer_id, quantity)
    JOIN market_offer offer ON offer.id = given.offer_id AND offer.cycle_id = %(cycle)s AND offer.is_open
),
gone AS (
    DELETE FROM market_cartline line USING wanted
    WHERE line.cart_id = %(cart)s AND line.offer_id = wanted.offer_id AND wanted.quantity = 0
)
INSERT INTO market_cartline AS line (cart_id, offer_id, quantity)
SELECT %(cart)s, wanted.offer_id, wanted.quantity FROM wanted WHERE wanted.quantity > 0 ORDER BY wanted.offer_id
ON CONFLICT (cart_id, offer_id) DO UPDATE
    SET quantity = CASE WHEN %(add)s THEN line.quantity + EXCLUDED.quantity ELSE EXCLUDED.quantity END
"""

# Quantities that a cart is lowered to, withdrawn offers included; zero removes the line.
TRIM_CART = """
WITH wanted AS (
    SELECT * FROM unnest(%(offers)s::bigint[], %(quantities)s::numeric[]) AS given(offer_id, quantity)
),
gone AS (
    DELETE FROM market_cartline line USING wanted
    WHERE line.cart_id = %(cart)s AND line.offer_id = wanted.offer_id AND wanted.quantity = 0
)
UPDATE market_cartline line SET quantity = wanted.quantity FROM wanted
WHERE line.cart_id = %(cart)s AND line.offer_id = wanted.offer_id AND wanted.quantity > 0
"""
