"""Checkout under load: the action alone beside plain SQL, the whole member journey by HTTP, a rush, the catalogue.

Each section is a function that returns a dict of numbers; `bin/bench market` puts them in one file. They work in the
database of `DATABASE_URL` and make their own rows (a market each), so they run on any data.
"""

import http.client
import json
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from decimal import Decimal
from multiprocessing import get_context
from typing import Any
from urllib.parse import urlencode

MARKET = "Marché de mesure"
THREADS = 4
"""Of each web process, as `bin/serve` starts them."""
WARM = 24
"""Turns before pages are measured: each thread has planned its statements by then."""
_NAMES = [
    "Carottes nantaises", "Pommes McIntosh", "Fromage de chèvre", "Pain au levain", "Miel de trèfle", "Poulet de grain",
    "Sirop d’érable", "Betteraves", "Confiture de framboises", "Truite fumée", "Yogourt nature", "Bœuf haché",
    "Tisane boréale", "Courge musquée", "Savon au lait",
]  # fmt: skip


@dataclass
class Seeded:
    """A market with an open cycle, made for one measure."""

    slug: str
    market_id: int
    cycle_id: int
    organisation_id: int
    slots: list[int]
    offers: list[int]
    people: list[int]


def setup() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "maillage.settings")
    import django
    from django.conf import settings

    if not settings.configured or not __import__("django.apps", fromlist=["apps"]).apps.ready:
        django.setup()


def seed(
    *, offers: int = 3000, people: int = 2000, quantity: int | None = 100_000, places: int | None = None
) -> Seeded:
    """A market with `offers` offers of 100 producers in 24 aisles, 9 pickup slots, and `people` members."""
    setup()
    from datetime import date, timedelta

    from django.db import connection, transaction
    from django.utils import timezone

    from maillage.catalogue.models import Category, Product, ProductFormat
    from maillage.core.quantity import Temperature
    from maillage.directory.models import Account, Organisation, Person
    from maillage.ledger.actions import open_book
    from maillage.ledger.models import LedgerAccount
    from maillage.market.models import Cycle, Market, Offer, PickupPoint, Slot, SlotCapacity
    from maillage.membership.models import MemberClass, Membership

    tag, now = uuid.uuid4().hex[:8], timezone.now()

    def make(model: Any, rows: Any) -> list[Any]:
        return list(model.objects.bulk_create(rows, batch_size=2000))

    def organisation(kind: str, n: int) -> Any:
        return Organisation(name=f"{kind} {n} {tag}", slug=f"{kind}-{tag}-{n}".lower(), is_demo=True)

    with transaction.atomic():
        (org,) = make(Organisation, [organisation("Mesure", 0)])
        producers = make(Organisation, [organisation("Ferme", n) for n in range(100)])
        market = Market.objects.create(
            organisation=org, name=f"{MARKET} {tag}", slug=f"mesure-{tag}", margin_mode="retained",
            margin_rate=Decimal("0.22"), is_demo=True,
        )  # fmt: skip
        book = open_book(organisation_id=org.pk)
        cycle = Cycle.objects.create(
            market=market, number=1, state="open", opens_at=now - timedelta(days=1), closes_at=now + timedelta(days=2),
            delivered_on=timezone.localdate(now) + timedelta(days=5), offers_version=1,
        )  # fmt: skip
        points = make(
            PickupPoint,
            [PickupPoint(market=market, name=f"Point {n}", address=f"{n}, rue Principale") for n in range(9)],
        )
        slots = make(Slot, [
            Slot(cycle=cycle, point=point, name=point.name, starts_at=now + timedelta(days=5),
                 ends_at=now + timedelta(days=5, hours=3), places=places)
            for point in points
        ])  # fmt: skip
        make(
            SlotCapacity, [SlotCapacity(slot=s, temperature=t, crates=10**6) for s in slots for t in Temperature.values]
        )
        aisles = make(
            Category,
            [Category(name=f"Rayon {n}", slug=f"rayon-{tag}-{n}", icon="carrot", position=n) for n in range(24)],
        )
        products = make(Product, [
            Product(
                producer=producers[n % 100], reference=f"P{n}", name=f"{_NAMES[n % len(_NAMES)]} {n}",
                category=aisles[n % 24], temperature=Temperature.values[n % 3],
                tax_class="taxable" if n % 9 == 0 else "grocery", is_demo=True,
            )
            for n in range(offers)
        ])  # fmt: skip
        formats = make(ProductFormat, [
            ProductFormat(product=product, name="sac de 500 g", content=Decimal("0.500"), content_unit="kg",
                          price=Decimal(300 + n % 700) / 100)
            for n, product in enumerate(products)
        ])  # fmt: skip
        offered = make(Offer, [
            Offer(
                cycle=cycle, format=form, producer_id=product.producer_id, category_id=product.category_id,
                product_name=product.name, format_name=form.name, producer_name=producers[n % 100].name,
                labels=["bio"] if n % 4 == 0 else [], temperature=product.temperature, tax_class=product.tax_class,
                content=form.content, content_unit="kg", crates=form.crates, member_price=form.price,
                producer_price=(form.price * Decimal("0.78")).quantize(Decimal("0.0001")), quantity=quantity,
            )
            for n, (product, form) in enumerate(zip(products, formats, strict=True))
        ])  # fmt: skip
        accounts = make(Account, [Account(email=f"membre{n}.{tag}@exemple.test", password="!") for n in range(people)])
        persons = make(
            Person,
            [Person(account=a, given_name="Membre", family_name=str(n), is_demo=True) for n, a in enumerate(accounts)],
        )
        kind = MemberClass.objects.create(organisation=org, name="Membre", fee=25, period="year")
        make(Membership, [
            Membership(organisation=org, person=p, member_class=kind, number=n, during=(date(2020, 1, 1), None))
            for n, p in enumerate(persons, 1)
        ])  # fmt: skip
        make(LedgerAccount, [LedgerAccount(book=book, kind="member", person=p) for p in persons])
        make(LedgerAccount, [LedgerAccount(book=book, kind="producer", organisation=p) for p in producers])
    with connection.cursor() as c:
        c.execute("UPDATE market_offer o SET search = p.search FROM catalogue_productformat f JOIN catalogue_product p"
                  " ON p.id = f.product_id WHERE f.id = o.format_id AND o.cycle_id = %s", [cycle.pk])  # fmt: skip
        c.execute("VACUUM ANALYZE market_offer")
        c.execute("ANALYZE")
        c.execute("CHECKPOINT")  # what was seeded is on the disk before anything is measured
    return Seeded(
        market.slug,
        market.pk,
        cycle.pk,
        org.pk,
        [s.pk for s in slots],
        [o.pk for o in offered],
        [p.pk for p in persons],
    )


def _run_processes(work: str, seeded: Seeded, processes: int, *args: Any) -> list[Any]:
    """`work` (a function of this module) in processes of their own; what each returns."""
    context = get_context("spawn")
    with context.Pool(processes) as pool:
        jobs = [pool.apply_async(_child, (work, asdict(seeded), index, processes, *args)) for index in range(processes)]
        return [job.get(300) for job in jobs]


def _child(work: str, seeded: dict[str, Any], index: int, processes: int, *args: Any) -> Any:
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    setup()
    return globals()[work](Seeded(**seeded), index, processes, *args)


def _in_threads(threads: int, until: float, once: Callable[[int], float]) -> list[float]:
    """Call `once(thread)` again and again in each thread until the clock says; the seconds of every call."""
    from django.db import connections

    def loop(thread: int) -> list[float]:
        spent = []
        try:
            while time.time() < until:
                spent.append(once(thread))
        finally:
            connections.close_all()
        return spent

    with ThreadPoolExecutor(threads) as pool:
        return [s for many in pool.map(loop, range(threads)) for s in many]


# --- the action alone --------------------------------------------------------------------------------------------


def place_order(*, seconds: float = 5.0, threads: int = 8, processes: int = 2, offers: int = 3000) -> dict[str, Any]:
    """Orders of 5 lines a second by the action, beside the same writes as plain SQL through psycopg."""
    seeded = seed(offers=offers, people=int(seconds * 1500) + 100)
    _floor_tables(seeded)
    floor = _rate(_run_processes("_floor_worker", seeded, processes, threads // processes, seconds), seconds)
    orders = _rate(_run_processes("_place_worker", seeded, processes, threads // processes, seconds), seconds)
    return {
        "floor_tx_per_s": floor["per_s"],
        "orders_per_s": orders["per_s"],
        "of_floor": round(orders["per_s"] / floor["per_s"], 3),
        "floor_p50_ms": floor["p50_ms"],
        "p50_ms": orders["p50_ms"],
        "p95_ms": orders["p95_ms"],
        "queries": {str(lines): _count_queries(seeded, lines) for lines in (1, 5, 40)},
        "problems": _audit(seeded),
    }


def _rate(parts: list[list[float]], seconds: float) -> dict[str, float]:
    spent = sorted(s for part in parts for s in part)
    return {"per_s": round(len(spent) / seconds, 1)} | _times(spent)


def _times(spent: list[float]) -> dict[str, float]:
    spent = sorted(spent)
    return {
        "p50_ms": round(1000 * statistics.median(spent), 2),
        "p95_ms": round(1000 * spent[min(len(spent) - 1, int(len(spent) * 0.95))], 2),
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
    return _in_threads(threads, time.time() + seconds, once)


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

    return _in_threads(threads, time.time() + seconds, once)


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


def _audit(seeded: Seeded) -> dict[str, int]:
    """Counts that must all be 0: offers whose stock is not what orders hold, totals that are not what members owe."""
    from django.db import connection

    with connection.cursor() as c:
        c.execute(_AUDIT, {"cycle": seeded.cycle_id, "org": seeded.organisation_id})
        oversold, stock, places, ledger, unbalanced = c.fetchone()
    return {"oversold": oversold, "stock": stock, "places": places, "ledger": ledger, "unbalanced": unbalanced}


# --- the whole journey by HTTP ---


class Server:
    """Granian with 2 workers on the database at hand, for the time of a `with`."""

    def __init__(self, *, workers: int = 2, port: int = 0, threads: int = THREADS) -> None:
        self.workers, self.port, self.threads = workers, port or _free_port(), threads

    def __enter__(self) -> "Server":
        setup()
        from django.conf import settings

        from maillage.site import servers

        command = servers.web(host="127.0.0.1", port=self.port, workers=self.workers, threads=self.threads)
        self.process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=os.environ | servers.environment())
        for _attempt in range(1200):
            try:
                if _Web(self.port, "").get("/sante/")[0] == 200:
                    return self
            except OSError:
                time.sleep(0.1)
        self.process.terminate()
        raise RuntimeError("the server did not start")

    def __exit__(self, *_error: object) -> None:
        self.process.terminate()
        self.process.wait(20)


def _free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


class _Web:
    """A member's browser: one connection, a session cookie, a CSRF token. Redirections are not followed."""

    def __init__(self, port: int, session: str) -> None:
        self.connection = http.client.HTTPConnection("localhost", port, timeout=60)
        self.token = "b" * 32
        self.cookie = f"csrftoken={self.token}" + (f"; sessionid={session}" if session else "")
        self.requests = 0

    def get(self, path: str) -> tuple[int, str, str]:
        return self._send("GET", path, None)

    def post(self, path: str, data: dict[str, str]) -> tuple[int, str, str]:
        return self._send("POST", path, urlencode(data | {"csrfmiddlewaretoken": self.token}))

    def _send(self, method: str, path: str, body: str | None) -> tuple[int, str, str]:
        headers = {"Cookie": self.cookie}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        self.requests += 1
        return answer.status, text, answer.headers.get("Location", "")


def sessions_of(people: list[int]) -> list[str]:
    """Session keys of people who are signed in."""
    setup()
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session

    from maillage.directory.models import Person

    store, rows, keys = SessionStore(), [], []
    for person in Person.objects.select_related("account").filter(pk__in=people).order_by("pk"):
        key = uuid.uuid4().hex
        data = {
            SESSION_KEY: str(person.account.pk), BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[0],
            HASH_SESSION_KEY: person.account.get_session_auth_hash(),
        }  # fmt: skip
        rows.append(Session(session_key=key, session_data=store.encode(data), expire_date=_tomorrow()))
        keys.append(key)
    Session.objects.bulk_create(rows, batch_size=2000)
    return keys


def _tomorrow() -> Any:
    from datetime import timedelta

    from django.utils import timezone

    return timezone.now() + timedelta(days=1)


def _hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(key|expected|rest)" value="([^"]*)"', page))


def _journey(web: _Web, slug: str, offers: list[int], slot: int) -> tuple[float, float, bool]:
    """Shop, cart of 5 lines, checkout, order, confirmation: seconds of it all, of the placing, whether it worked."""
    base = f"/marches/{slug}/"
    started = time.perf_counter()
    shop = web.get(base + "boutique/")[0]
    cart = web.post(base + "panier/", {f"q-{offer}": "1" for offer in random.sample(offers, 5)})[0]
    status, page, _to = web.get(base + "commander/")
    data = _hidden(page) | {"slot": str(slot), "method": "pickup"}
    before = time.perf_counter()
    placed, _page, order = web.post(base + "commander/", data)
    placing = time.perf_counter() - before
    shown = web.get(order)[0] if placed == 302 else 0
    return time.perf_counter() - started, placing, (shop, cart, status, placed, shown) == (200, 302, 200, 302, 200)


def checkout(*, clients: tuple[int, ...] = (1, 8, 32), seconds: float = 8.0, offers: int = 3000) -> dict[str, Any]:
    """The member journey against Granian with 2 workers, at each number of clients."""
    seeded = seed(offers=offers, people=int(sum(200 if c > 1 else 100 for c in clients) * seconds) + 200)
    keys = sessions_of(seeded.people)
    found: dict[str, Any] = {}
    with Server() as server:
        for many in clients:
            share, keys = (
                keys[: int((200 if many > 1 else 100) * seconds)],
                keys[int((200 if many > 1 else 100) * seconds) :],
            )
            processes = min(many, 2)
            _run_processes("_journey_worker", seeded, processes, server.port, share[:16], 2, 1.0)
            parts = _run_processes(
                "_journey_worker", seeded, processes, server.port, share[16:], many // processes, seconds
            )
            journeys = [j for part in parts for j in part]
            found[f"clients_{many}"] = {
                "orders_per_s": round(sum(ok for _t, _p, ok in journeys) / seconds, 1),
                "requests_per_order": 5,
                "errors": sum(not ok for _t, _p, ok in journeys),
                "journey": _times([t for t, _p, _ok in journeys]),
                "placing": _times([p for _t, p, _ok in journeys]),
            }
    return found | {"problems": _audit(seeded)}


def _journey_worker(
    seeded: Seeded, index: int, processes: int, port: int, keys: list[str], threads: int, seconds: float
) -> list[tuple[float, float, bool]]:
    waiting, lock, journeys = iter(keys[index::processes]), threading.Lock(), []

    def once(thread: int) -> float:
        with lock:
            key = next(waiting, None)
        if key is None:
            time.sleep(0.05)
            return 0.0
        journeys.append(_journey(_Web(port, key), seeded.slug, seeded.offers, random.choice(seeded.slots)))
        return journeys[-1][0]

    _in_threads(threads, time.time() + seconds, once)
    return journeys


def rush(*, members: int = 200, pieces: int = 50, threads: int = THREADS) -> dict[str, Any]:
    """Every member waits at the last step with the same product in the cart, then all send at once."""
    from django.utils import timezone

    seeded = seed(offers=50, people=members, quantity=pieces)
    from maillage.market.actions import carts

    for person in seeded.people:
        carts.fill(
            person_id=person,
            cycle_id=seeded.cycle_id,
            quantities={seeded.offers[0]: Decimal(1)},
            now=timezone.now(),
            by=None,
        )
    keys, base = sessions_of(seeded.people), f"/marches/{seeded.slug}/commander/"
    with Server(threads=threads) as server:
        webs = [_Web(server.port, key) for key in keys]
        with ThreadPoolExecutor(16) as pool:
            forms = list(pool.map(lambda web: _hidden(web.get(base)[1]), webs))
        gate = threading.Barrier(members + 1)

        def send(pair: tuple[_Web, dict[str, str]]) -> int:
            gate.wait()
            return pair[0].post(base, pair[1] | {"slot": str(seeded.slots[0]), "method": "pickup"})[0]

        with ThreadPoolExecutor(members) as pool:
            answers = [pool.submit(send, pair) for pair in zip(webs, forms, strict=True)]
            gate.wait()
            started = time.perf_counter()
            statuses = [answer.result(60) for answer in answers]
            spent = time.perf_counter() - started
    return {
        "sold": statuses.count(302), "told": statuses.count(409),
        "errors": members - statuses.count(302) - statuses.count(409),
        "seconds": round(spent, 2), "problems": _audit(seeded),
    }  # fmt: skip


def catalogue(*, sizes: tuple[int, int] = (3000, 9000), requests: int = 120) -> dict[str, Any]:
    """List and search pages at 1 client, at both sizes, with their number of queries.

    Pages and sizes take turns, so that what else the machine does weighs on all of them alike.
    """
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    pages = {"list": "", "page_20": "?page=20", "price": "?tri=prix", "search": "?q=carottes", "typo": "?q=carotes"}
    found: dict[str, Any] = {str(size): {} for size in sizes}
    visits: list[tuple[str, str, str, _Web]] = []
    spent: dict[tuple[str, str], list[float]] = {}
    markets = [(str(size), seed(offers=size, people=20)) for size in sizes]
    with Server() as server:
        for size, seeded in markets:
            (key,) = sessions_of(seeded.people[:1])
            client, web = Client(HTTP_HOST="localhost"), _Web(server.port, key)
            client.cookies["sessionid"] = key
            for name, query in pages.items():
                path = f"/marches/{seeded.slug}/boutique/{query}"
                with CaptureQueriesContext(connection) as queries:
                    assert client.get(path).status_code == 200
                found[size][name] = {"queries": len(queries)}
                spent[size, name] = []
                visits.append((size, name, path, web))
        for turn in range(requests + WARM):
            for size, name, path, web in visits:
                started = time.perf_counter()
                assert web.get(path)[0] == 200
                if turn >= WARM:
                    spent[size, name].append(time.perf_counter() - started)
    for (size, name), seconds in spent.items():
        found[size][name] |= _times(seconds)
    small, large = (found[str(size)] for size in sizes)
    found["growth"] = {name: round(large[name]["p50_ms"] / small[name]["p50_ms"], 2) for name in pages}
    return found


# --- SQL of the floor and the audit -------------------------------------------------------------------------------

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
_AUDIT = """
WITH live AS (SELECT * FROM market_order WHERE cycle_id = %(cycle)s AND state <> 'cancelled'),
owed AS (
    SELECT account.person_id, sum(entry.amount) AS amount FROM ledger_entry entry
    JOIN ledger_ledgeraccount account ON account.id = entry.account_id
    JOIN ledger_book book ON book.id = account.book_id
    WHERE book.organisation_id = %(org)s AND account.kind = 'member' GROUP BY 1
),
held AS (
    SELECT line.offer_id, sum(line.quantity) AS quantity FROM market_orderline line
    JOIN live ON live.id = line.order_id GROUP BY 1
)
SELECT
    (SELECT count(*) FROM market_offer WHERE cycle_id = %(cycle)s AND sold > quantity),
    (SELECT count(*) FROM market_offer offer LEFT JOIN held ON held.offer_id = offer.id
      WHERE offer.cycle_id = %(cycle)s AND offer.sold <> coalesce(held.quantity, 0)),
    (SELECT count(*) FROM market_slot slot WHERE slot.cycle_id = %(cycle)s
      AND slot.taken <> (SELECT count(*) FROM live WHERE live.slot_id = slot.id)),
    (SELECT count(*) FROM live FULL JOIN owed ON owed.person_id = live.person_id
      WHERE live.total IS DISTINCT FROM owed.amount),
    (SELECT count(*) FROM (SELECT entry.transaction_id FROM ledger_entry entry
      JOIN ledger_transaction t ON t.id = entry.transaction_id JOIN ledger_book b ON b.id = t.book_id
      WHERE b.organisation_id = %(org)s GROUP BY 1 HAVING sum(entry.amount) <> 0) wrong)
"""

if __name__ == "__main__":
    sections: dict[str, Callable[[], dict[str, Any]]] = {
        "place_order": place_order, "checkout": checkout, "rush": rush, "catalogue": catalogue,
    }  # fmt: skip
    chosen = sys.argv[1:] or list(sections)
    print(json.dumps({name: sections[name]() for name in chosen}, indent=2))
