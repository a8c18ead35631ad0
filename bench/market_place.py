"""The action that places an order, alone, beside the same writes as plain SQL through psycopg: the floor."""

import random
import threading
import time
import uuid
from decimal import Decimal
from typing import Any

from .load import in_threads, rate, run_processes
from .market_seed import Seeded, audit, seed


def place_order(*, seconds: float = 5.0, threads: int = 8, processes: int = 2, offers: int = 3000) -> dict[str, Any]:
    """Orders of 5 lines a second by the action, beside the same writes as plain SQL through psycopg."""
    seeded = seed(offers=offers, people=int(seconds * 1500) + 100)
    _floor_tables(seeded)
    floor = rate(run_processes(_floor_worker, seeded, processes, threads // processes, seconds), seconds)
    orders = rate(run_processes(_place_worker, seeded, processes, threads // processes, seconds), seconds)
    return {
        "floor_tx_per_s": floor["per_s"],
        "orders_per_s": orders["per_s"],
        "of_floor": round(orders["per_s"] / floor["per_s"], 3),
        "floor_p50_ms": floor["p50_ms"],
        "p50_ms": orders["p50_ms"],
        "p95_ms": orders["p95_ms"],
        "queries": {str(lines): _count_queries(seeded, lines) for lines in (1, 5, 40)},
        "problems": audit(seeded),
    }


def _floor_tables(seeded: Seeded) -> None:
    from django.db import connection

    with connection.cursor() as c:
        for name in ("order", "orderline", "offer"):
            c.execute(f"DROP TABLE IF EXISTS bench_floor_{name}")
            c.execute(f"CREATE TABLE bench_floor_{name} (LIKE market_{name} INCLUDING ALL)")
        c.execute("INSERT INTO bench_floor_offer SELECT * FROM market_offer WHERE cycle_id = %s", [seeded.cycle_id])
        c.execute("ANALYZE bench_floor_offer")


def _floor_worker(seeded: Seeded, index: int, processes: int, threads: int, seconds: float) -> list[float]:
    """1 order, 5 lines, 5 guarded decrements, one transaction: statements prepared, nothing else."""
    import psycopg
    from django.db import connection

    local, people = threading.local(), seeded.people[index::processes]
    dsn = {
        k: v
        for k, v in connection.get_connection_params().items()
        if k in ("dbname", "user", "host", "password", "port")
    }
    numbers = iter(range(index * 1_000_000, index * 1_000_000 + 1_000_000))
    lock = threading.Lock()

    def once(thread: int) -> float:
        db = local.__dict__.get("db") or local.__dict__.setdefault("db", psycopg.connect(**dsn, prepare_threshold=1))
        with lock:
            number = next(numbers)
        chosen = sorted(random.sample(seeded.offers, 5))
        started = time.perf_counter()
        with db.transaction():
            order = db.execute(
                _FLOOR_ORDER, {"cycle": seeded.cycle_id, "person": -number, "number": number, "slot": 1}
            ).fetchone()[0]
            for offer in chosen:
                took = db.execute(_FLOOR_STOCK, {"offer": offer}).rowcount
                assert took == 1
                db.execute(_FLOOR_LINE, {"order": order, "offer": offer})
        return time.perf_counter() - started

    assert people
    return in_threads(threads, time.time() + seconds, once)


def _place_worker(seeded: Seeded, index: int, processes: int, threads: int, seconds: float) -> list[float]:
    from django.utils import timezone

    from maillage.market.actions import orders

    people, lock = iter(seeded.people[index::processes]), threading.Lock()

    def once(thread: int) -> float:
        with lock:
            person = next(people)
        lines = dict.fromkeys(random.sample(seeded.offers, 5), Decimal(1))
        started = time.perf_counter()
        orders.place_order(
            person_id=person, cycle_id=seeded.cycle_id, slot_id=random.choice(seeded.slots), payment_method="pickup",
            key=uuid.uuid4(), now=timezone.now(), by=None, lines=lines,
        )  # fmt: skip
        return time.perf_counter() - started

    return in_threads(threads, time.time() + seconds, once)


def _count_queries(seeded: Seeded, lines: int) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from django.utils import timezone

    from maillage.market.actions import orders

    with CaptureQueriesContext(connection) as queries:
        orders.place_order(
            person_id=seeded.people[-lines], cycle_id=seeded.cycle_id, slot_id=seeded.slots[0],
            payment_method="pickup", key=uuid.uuid4(), now=timezone.now(), by=None,
            lines=dict.fromkeys(seeded.offers[:lines], Decimal(1)),
        )  # fmt: skip
    return len([q for q in queries if q["sql"] not in ("BEGIN", "COMMIT")])


_FLOOR_ORDER = """
INSERT INTO bench_floor_order (public_id, cycle_id, person_id, number, slot_id, state, payment_method,
    payment_reference, delivery_address, delivery_postal_code, note, revision, goods, producers, margin, tps, tvq,
    deposits, delivery, total, crates, placed_at, updated_at)
VALUES (gen_random_uuid(), %(cycle)s, %(person)s, %(number)s, %(slot)s, 'placed', 'pickup', '', '', '', '', 1,
    20, 15.6, 4.4, 0, 0, 0, 0, 20, '{"ambient": "0.250"}', now(), now()) RETURNING id
"""
_FLOOR_LINE = """
INSERT INTO bench_floor_orderline (public_id, order_id, offer_id, producer_id, quantity, member_price, producer_price,
    tax_class, goods, producers, margin, deposits, state)
VALUES (gen_random_uuid(), %(order)s, %(offer)s, 1, 1, 4, 3.12, 'grocery', 4, 3.12, 0.88, 0, 'ordered')
"""
_FLOOR_STOCK = (
    "UPDATE bench_floor_offer SET sold = sold + 1 WHERE id = %(offer)s AND (quantity IS NULL OR sold + 1 <= quantity)"
)
