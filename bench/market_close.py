"""The end of a cycle at full size: 1,500 orders of 20 lines, 100 producers, 3,000 products, 9 pickup points.

Functions return dictionaries of measures; call them with Django set up on a throw-away database (`bin/bench` does).
`seed` writes rows in bulk, with sums that hold: each order is its lines, stock and crates are what is sold.
"""

import resource
import statistics
import time
from collections import Counter
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import timezone

from maillage.catalogue.models import Category, SupplyAgreement
from maillage.directory.models import Account, Organisation, Person, Role
from maillage.market import actions, documents
from maillage.market.models import Cycle, CycleTemplate, Document, Market, Order, PickupPoint
from maillage.market.types import CycleClosed

PRODUCERS, PRODUCTS, POINTS = 100, 3000, 9


@dataclass(frozen=True)
class Seeded:
    """An open cycle full of orders, and accounts of its coordinator and of one producer."""

    cycle: Cycle
    coordinator: Account
    producer: Organisation
    producer_account: Account


def seed(*, orders: int = 1500, lines: int = 20, products: int = PRODUCTS, formats: int = 1) -> Seeded:
    """A market with an open cycle of `orders` × `lines`, and the cycle before it with as many orders without lines."""
    with transaction.atomic():
        stamp = f"{time.time_ns():x}"
        now = timezone.now()
        organisation = Organisation.objects.create(
            name=f"Banc {stamp}", slug=f"banc-{stamp}", is_demo=True, email="banc@exemple.test"
        )
        coordinator = _person(organisation, "coordinator", f"coordination-{stamp}@exemple.test")
        market = actions.create_market(
            organisation_id=organisation.pk, name=f"Marché {stamp}", margin_mode="retained", margin_rate="0.22", by=None
        )
        market.refresh_from_db()
        CycleTemplate.objects.create(market=market, opens_time="12:00", closes_time="20:00")
        producers = _catalogue(organisation, stamp, products, formats, now)
        producer_account = _person(producers[0], "producer", f"ferme-{stamp}@exemple.test")
        _points(market)
        before = _cycle(market, 1, now - timedelta(days=9), now - timedelta(days=6))
        cycle = _cycle(market, 2, now - timedelta(days=2), now + timedelta(hours=6))
        actions.offer_products(cycle_id=cycle.pk, today=timezone.localdate(now), by=None)
        _people(stamp, orders)
        for which, several in ((before, 0), (cycle, lines)):
            _orders(which, stamp, orders, several)
        Cycle.objects.filter(pk=before.pk).update(state="settled")
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    cycle.refresh_from_db()
    return Seeded(cycle, coordinator, producers[0], producer_account)


def close(seeded: Seeded | None = None) -> dict[str, Any]:
    """Close the cycle by its action, then make every document one after the other. Seconds, megabytes."""
    seeded = seeded or seed()
    cycle = seeded.cycle
    start = time.perf_counter()
    actions.close_cycle(cycle_id=cycle.pk, now=timezone.now(), by=seeded.coordinator)
    closing = time.perf_counter() - start
    base = _peak_mb()
    start = time.perf_counter()
    documents.prepare(CycleClosed(cycle.pk))
    by_kind: Counter[str] = Counter()
    for key, kind in Document.objects.filter(cycle=cycle).values_list("pk", "kind"):
        began = time.perf_counter()
        documents.make(document_id=key, now=timezone.now())
        by_kind[kind] += time.perf_counter() - began
    making = time.perf_counter() - start
    made = Document.objects.filter(cycle=cycle, state=Document.State.READY)
    return {
        "close_s": round(closing, 3),
        "documents_s": round(making, 1),
        "documents": made.count(),
        "documents_failed": Document.objects.filter(cycle=cycle, state=Document.State.FAILED).count(),
        "documents_mb": round(sum(made.values_list("size", flat=True)) / 1e6, 1),
        "peak_mb": _peak_mb() + _child_mb(),
        "peak_mb_child": _child_mb(),
        "peak_mb_before": base,
        "by_kind_s": {kind: round(seconds, 1) for kind, seconds in by_kind.most_common()},
    }


def pages(seeded: Seeded | None = None, *, times: int = 30) -> dict[str, Any]:
    """Pages of the cycle for its coordinator, a volunteer and a producer: queries, p50 and p95 in milliseconds."""
    seeded = seeded or seed()
    cycle, market = seeded.cycle, seeded.cycle.market
    where = f"/marches/{market.slug}/"
    own = f"{where}producteurs/{seeded.producer.public_id}/cycles/{cycle.number}/"
    found = {
        "coordinator": _page(seeded.coordinator, f"{where}gestion/cycles/{cycle.number}/", times),
        "producer": _page(seeded.producer_account, own, times),
        "producer_live": _page(seeded.producer_account, own, times, htmx=True),
        "overview": _page(seeded.coordinator, f"{where}gestion/cycles/{cycle.number}/offre/", times),
        "documents": _page(seeded.coordinator, f"{where}gestion/cycles/{cycle.number}/documents/", times),
    }
    actions.close_cycle(cycle_id=cycle.pk, now=timezone.now(), by=seeded.coordinator)
    order = Order.objects.filter(cycle=cycle).select_related("slot").earliest("pk")
    desk = f"{where}accueil/{order.slot.public_id}/"
    return found | {
        "pickup_desk": _page(seeded.coordinator, desk, times),
        "pickup_desk_search": _page(seeded.coordinator, f"{desk}?q=membre", times),
        "pickup_desk_order": _page(seeded.coordinator, f"{desk}commandes/{order.public_id}/", times),
    }


def clone(*, offers: int = 4000) -> dict[str, Any]:
    """The next cycle of one with `offers` offers: seconds, median of 3, and statements."""
    seeded = seed(orders=10, lines=5, products=offers)
    seconds, statements = [], 0
    for _ in range(3):
        with CaptureQueriesContext(connection) as captured:
            start = time.perf_counter()
            made = actions.clone_cycle(cycle_id=seeded.cycle.pk, now=timezone.now(), by=seeded.coordinator)
            seconds.append(time.perf_counter() - start)
        statements = len(captured)
        count = made.offers.count()
        made.delete()
    return {"clone_s": round(statistics.median(seconds), 3), "offers": count, "statements": statements}


def _page(account: Account, path: str, times: int, *, htmx: bool = False) -> dict[str, Any]:
    with override_settings(ALLOWED_HOSTS=["*"], SECURE_SSL_REDIRECT=False):
        client = Client(headers={"HX-Request": "true"} if htmx else None)
        client.force_login(account)
        with CaptureQueriesContext(connection) as captured:
            first = client.get(path)
        queries = len(captured)
        spent = [_timed(lambda: client.get(path)) for _ in range(times)]
    assert first.status_code == 200, (path, first.status_code)
    spent.sort()
    return {
        "queries": queries,
        "p50_ms": round(spent[len(spent) // 2] * 1000, 1),
        "p95_ms": round(spent[int(len(spent) * 0.95) - 1] * 1000, 1),
        "kb": round(len(first.content) / 1000, 1),
    }


def _timed(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _peak_mb() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _child_mb() -> int:
    """The most that one of the processes that compose long documents held; they run one at a time."""
    return round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)


@contextmanager
def _cursor() -> Any:
    with connection.cursor() as cursor:
        yield cursor


def _person(organisation: Organisation, kind: str, email: str) -> Account:
    account = Account.objects.create(email=email)
    person = Person.objects.create(
        account=account, given_name="Camille", family_name="Bérubé", email=email, is_demo=True
    )
    Role.objects.create(person=person, organisation=organisation, kind=kind, during=("2020-01-01", None))
    return account


def _catalogue(
    organisation: Organisation, stamp: str, products: int, formats: int, now: datetime
) -> list[Organisation]:
    producers = Organisation.objects.bulk_create(
        Organisation(name=f"Ferme {n:03} {stamp}", slug=f"ferme-{n}-{stamp}", is_demo=True) for n in range(PRODUCERS)
    )
    SupplyAgreement.objects.bulk_create(
        SupplyAgreement(organisation=organisation, producer=p, since=timezone.localdate(now), is_demo=True)
        for p in producers
    )
    categories = Category.objects.bulk_create(
        Category(name=f"Catégorie {n}", slug=f"categorie-{n}-{stamp}") for n in range(8)
    )
    keys, cats = [p.pk for p in producers], [c.pk for c in categories]
    with _cursor() as cursor:
        cursor.execute(
            """
            WITH product AS (
                INSERT INTO catalogue_product (public_id, producer_id, reference, name, description, category_id,
                    temperature, tax_class, allergens, picture, is_active, is_demo, updated_at)
                SELECT gen_random_uuid(), (%s::bigint[])[1 + n %% %s], 'P' || n,
                    (ARRAY['Carottes', 'Pommes de terre', 'Fromage', 'Pain', 'Poulet', 'Sirop d''érable'])[1 + n %% 6]
                        || ' ' || n, '', (%s::bigint[])[1 + n %% 8],
                    (ARRAY['ambient', 'ambient', 'chilled', 'chilled', 'frozen'])[1 + n %% 5],
                    CASE WHEN n %% 10 = 0 THEN 'taxable' ELSE 'grocery' END, '{}', '', true, true, now()
                FROM generate_series(1, %s) n RETURNING id, temperature
            )
            INSERT INTO catalogue_productformat (public_id, product_id, reference, name, content, content_unit,
                by_weight, price, price_basis, deposit, crates, is_active)
            SELECT gen_random_uuid(), id, k::text,
                CASE WHEN id %% 12 = 0 THEN 'environ 1,8 kg' ELSE 'sac de 500 g' END,
                CASE WHEN id %% 12 = 0 THEN 1.8 ELSE 0.5 END, 'kg', id %% 12 = 0, 2 + id %% 17 + 0.49, 'shelf',
                CASE WHEN id %% 25 = 0 THEN 0.25 ELSE 0 END, 0.05, true
            FROM product, generate_series(1, %s) k
            """,
            [keys, PRODUCERS, cats, products, formats],
        )
    return producers


def _points(market: Market) -> None:
    for n in range(POINTS):
        point = PickupPoint.objects.create(market=market, name=f"Point {n + 1}", address=f"{n + 1}, rue Principale")
        point.windows.create(opens="16:00", closes="19:00")
        for temperature, crates in (("ambient", 400), ("chilled", 400), ("frozen", 200)):
            point.capacities.create(temperature=temperature, crates=crates)


def _cycle(market: Market, number: int, opens_at: datetime, closes_at: datetime) -> Cycle:
    delivered_on = timezone.localdate(closes_at) + timedelta(days=3)
    if number == 1:
        cycle = Cycle.objects.create(
            market=market, number=1, state="open", opens_at=opens_at, closes_at=closes_at, delivered_on=delivered_on
        )
        actions.sync_slots(cycle)
        return cycle
    cycle = actions.create_cycle(
        market_id=market.pk, opens_at=opens_at, closes_at=closes_at, delivered_on=delivered_on, by=None
    )
    Cycle.objects.filter(pk=cycle.pk).update(state="open")
    return cycle


def _people(stamp: str, count: int) -> None:
    Person.objects.bulk_create(
        (
            Person(
                given_name=("Élodie", "Jean", "Fatou", "Mélanie", "Ousmane", "Line")[n % 6],
                family_name=f"Tremblay-{stamp}-{n}",
                phone="819 555-0100",
                is_demo=True,
            )
            for n in range(count)
        ),
        batch_size=1000,
    )


def _orders(cycle: Cycle, stamp: str, orders: int, lines: int) -> None:
    """Orders spread over the hours since the opening; each takes `lines` offers by a stride, one or two pieces."""
    with _cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO market_order (public_id, cycle_id, person_id, number, slot_id, state, payment_method,
                payment_reference, delivery_address, delivery_postal_code, note, revision, goods, producers, margin,
                tps, tvq, deposits, delivery, total, crates, placed_at, updated_at)
            SELECT gen_random_uuid(), %(cycle)s, p.id, p.n, s.keys[1 + p.n %% cardinality(s.keys)], 'placed',
                (ARRAY['balance', 'interac', 'pickup'])[1 + p.n %% 3], '', '', '', '', 1, %(goods)s, %(goods)s,
                0, 0, 0, 0, 0, %(goods)s, '{}', c.opens_at + (p.n * interval '100 seconds'), c.opens_at
            FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM directory_person
                  WHERE family_name LIKE 'Tremblay-' || %(stamp)s || '-%%' ORDER BY id LIMIT %(orders)s) p,
                (SELECT array_agg(id ORDER BY id) AS keys FROM market_slot WHERE cycle_id = %(cycle)s) s,
                (SELECT opens_at FROM market_cycle WHERE id = %(cycle)s) c
            """,
            {"cycle": cycle.pk, "stamp": stamp, "orders": orders, "goods": 0 if lines else 61},
        )
        if lines:
            cursor.execute(_LINES, {"cycle": cycle.pk, "lines": lines})
            cursor.execute(_TOTALS, {"cycle": cycle.pk})
            cursor.execute(_TAKEN, {"cycle": cycle.pk})
    Cycle.objects.filter(pk=cycle.pk).update(order_count=F("order_count") + orders)


_LINES = """
    INSERT INTO market_orderline (public_id, order_id, offer_id, producer_id, quantity, estimated_weight,
        member_price, producer_price, tax_class, goods, producers, margin, deposits, state)
    SELECT gen_random_uuid(), x.order_id, x.offer_id, x.producer_id, x.pieces, x.weight, x.member_price,
        x.producer_price, x.tax_class, x.goods, x.producers, x.goods - x.producers, x.deposits, 'ordered'
    FROM (
        SELECT o.id AS order_id, f.id AS offer_id, f.producer_id, q.pieces, f.member_price, f.producer_price,
            f.tax_class,
            CASE WHEN f.by_weight THEN q.pieces * f.content END AS weight,
            round(f.member_price * q.pieces * CASE WHEN f.by_weight THEN f.content ELSE 1 END, 2) AS goods,
            round(f.producer_price * q.pieces * CASE WHEN f.by_weight THEN f.content ELSE 1 END, 2) AS producers,
            f.deposit * q.pieces AS deposits
        FROM market_order o
        CROSS JOIN generate_series(0, %(lines)s - 1) k
        CROSS JOIN (SELECT array_agg(id ORDER BY id) AS keys FROM market_offer WHERE cycle_id = %(cycle)s) a
        JOIN market_offer f ON f.id = a.keys[1 + (o.number * 37 + k * 149) %% cardinality(a.keys)]
        CROSS JOIN LATERAL (SELECT (1 + (o.number + k) %% 2)::numeric AS pieces) q
        WHERE o.cycle_id = %(cycle)s
    ) x
    ON CONFLICT (order_id, offer_id) DO NOTHING
"""
_TOTALS = """
    UPDATE market_order o SET goods = t.goods, producers = t.producers, margin = t.goods - t.producers,
        tps = round(t.base * 0.05, 2), tvq = round(t.base * 0.09975, 2), deposits = t.deposits,
        total = t.goods + round(t.base * 0.05, 2) + round(t.base * 0.09975, 2) + t.deposits
    FROM (SELECT l.order_id, sum(l.goods) AS goods, sum(l.producers) AS producers, sum(l.deposits) AS deposits,
              sum(l.goods) FILTER (WHERE l.tax_class = 'taxable') AS taxable,
              coalesce(sum(l.goods) FILTER (WHERE l.tax_class = 'taxable'), 0) AS base
          FROM market_orderline l JOIN market_order o ON o.id = l.order_id WHERE o.cycle_id = %(cycle)s GROUP BY 1) t
    WHERE t.order_id = o.id
"""
_TAKEN = """
    WITH line AS (
        SELECT l.offer_id, l.quantity, o.slot_id, f.temperature, l.quantity * f.crates AS crates
        FROM market_orderline l JOIN market_order o ON o.id = l.order_id JOIN market_offer f ON f.id = l.offer_id
        WHERE o.cycle_id = %(cycle)s
    ), stock AS (
        UPDATE market_offer f SET sold = s.sold, quantity = CASE WHEN f.id %% 3 = 0 THEN s.sold + f.id %% 7 END
        FROM (SELECT offer_id, sum(quantity) AS sold FROM line GROUP BY 1) s WHERE s.offer_id = f.id
    ), room AS (
        UPDATE market_slotcapacity r SET taken = least(t.crates, r.crates)
        FROM (SELECT slot_id, temperature, sum(crates) AS crates FROM line GROUP BY 1, 2) t
        WHERE t.slot_id = r.slot_id AND t.temperature = r.temperature
    )
    UPDATE market_slot s SET taken = t.n
    FROM (SELECT slot_id, count(*) AS n FROM market_order WHERE cycle_id = %(cycle)s GROUP BY 1) t
    WHERE t.slot_id = s.id
"""
