"""Checkout under load: the whole member journey by HTTP, a rush, the catalogue.

Each section is a function that returns a dict of numbers; `bin/bench market` puts them in one file. They work in the
database of `DATABASE_URL` and make their own rows (a market each), so they run on any data.
"""

import random
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

from .load import THREADS, WARM, Server, Web, in_threads, run_processes, times
from .market_seed import Seeded, audit, seed, sessions_of


def _hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="(key|expected|rest)" value="([^"]*)"', page))


def _journey(web: Web, slug: str, offers: list[int], slot: int) -> tuple[float, float, bool]:
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
            run_processes(_journey_worker, seeded, processes, server.port, share[:16], 2, 1.0)
            parts = run_processes(
                _journey_worker, seeded, processes, server.port, share[16:], many // processes, seconds
            )
            journeys = [j for part in parts for j in part]
            found[f"clients_{many}"] = {
                "orders_per_s": round(sum(ok for _t, _p, ok in journeys) / seconds, 1),
                "requests_per_order": 5,
                "errors": sum(not ok for _t, _p, ok in journeys),
                "journey": times([t for t, _p, _ok in journeys]),
                "placing": times([p for _t, p, _ok in journeys]),
            }
    return found | {"problems": audit(seeded)}


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
        journeys.append(_journey(Web(port, key), seeded.slug, seeded.offers, random.choice(seeded.slots)))
        return journeys[-1][0]

    in_threads(threads, time.time() + seconds, once)
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
        webs = [Web(server.port, key) for key in keys]
        with ThreadPoolExecutor(16) as pool:
            forms = list(pool.map(lambda web: _hidden(web.get(base)[1]), webs))
        gate = threading.Barrier(members + 1)

        def send(pair: tuple[Web, dict[str, str]]) -> int:
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
        "seconds": round(spent, 2), "problems": audit(seeded),
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
    visits: list[tuple[str, str, str, Web]] = []
    spent: dict[tuple[str, str], list[float]] = {}
    markets = [(str(size), seed(offers=size, people=20)) for size in sizes]
    with Server() as server:
        for size, seeded in markets:
            (key,) = sessions_of(seeded.people[:1])
            client, web = Client(HTTP_HOST="localhost"), Web(server.port, key)
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
        found[size][name] |= times(seconds)
    small, large = (found[str(size)] for size in sizes)
    found["growth"] = {name: round(large[name]["p50_ms"] / small[name]["p50_ms"], 2) for name in pages}
    return found
