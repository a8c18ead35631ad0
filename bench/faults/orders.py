"""Members who order at a steady rate while something breaks: each acknowledged order is noted on the disk as it comes.

    shop = fill(people=2000)                       # a market of its own, carts filled, members signed in
    outcome = steady(["http://127.0.0.1:8000"], shop, rate=30, seconds=60, log=Path("acknowledged.jsonl"))
    verify(database_url, shop, outcome)            # {"acknowledged": 1800, "lost": 0, "double": 0, …}

A member is told that the order is there by a redirection to its page. Without an answer they send the same form again,
with its key, as a browser does when the page is reloaded: the same key is one order.
"""

import argparse
import http.client
import json
import os
import random
import re
import sys
import threading
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import psycopg

TIMEOUT = 5.0
"""Seconds that a member waits for one answer."""
PATIENCE = 60.0
"""Seconds during which a member tries again."""
LATE = 2.0
"""An answer after more seconds than that counts as late."""
_ORDER = re.compile(r"/commandes/([0-9a-f-]{36})/")
_HIDDEN = re.compile(r'<input type="hidden" name="(key|expected|rest)" value="([^"]*)"')


@dataclass(frozen=True)
class Shop:
    """A market with an open cycle, and its members: person, session key; each has a cart and orders once."""

    slug: str
    market_id: int
    cycle_id: int
    organisation_id: int
    slots: list[int]
    people: list[int]
    sessions: list[str]


@dataclass
class Attempt:
    """What one member lived: seconds from the start of the load, tries, and the order if it was acknowledged."""

    person: int
    key: str
    due: float
    done: float = 0.0
    tries: int = 0
    order: str = ""
    problem: str = ""


@dataclass
class Outcome:
    """Every attempt, and every failed try as (second at which it ended, what it met)."""

    started_at: float
    attempts: list[Attempt] = field(default_factory=list)
    failures: list[tuple[float, str]] = field(default_factory=list)

    @property
    def acknowledged(self) -> list[Attempt]:
        return sorted((a for a in self.attempts if a.order), key=lambda a: a.done)

    def down(self) -> float:
        """Seconds without service: the longest time without an acknowledged order, if anything failed or was late."""
        served = [a.done for a in self.acknowledged]
        longest = max((b - a for a, b in zip([0.0, *served], served, strict=False)), default=0.0)
        return round(longest, 2) if self._troubles() else 0.0

    def until_calm(self) -> float:
        """Seconds from the first failed or late try to the first order acknowledged after the last: the queue is gone.

        Between two troubles more than 10 seconds apart there was calm; the longest one counts.
        """
        troubles, served = self._troubles(), [a.done for a in self.acknowledged]
        if not troubles:
            return 0.0
        longest, first, last = 0.0, troubles[0], troubles[0]
        for at in [*troubles[1:], float("inf")]:
            if at - last > 10:
                back = next((done for done in served if done >= last), last)
                longest, first = max(longest, back - first), at
            last = at
        return round(longest, 2)

    def _troubles(self) -> list[float]:
        """When tries failed, and when those were due that were answered late."""
        return sorted([at for at, _what in self.failures] + [a.due for a in self.acknowledged if a.done - a.due > LATE])

    def summary(self) -> dict[str, Any]:
        taken = sorted(a.done - a.due for a in self.acknowledged)
        kinds: dict[str, int] = {}
        for _at, what in self.failures:
            kinds[what] = kinds.get(what, 0) + 1
        return {
            "sent": len(self.attempts),
            "acknowledged": len(taken),
            "never_answered": len(self.attempts) - len(taken),
            "tried_again": sum(a.tries > 1 for a in self.attempts),
            "p50_ms": round(1000 * taken[len(taken) // 2]) if taken else None,
            "p99_ms": round(1000 * taken[int(len(taken) * 0.99)]) if taken else None,
            "failures": kinds,
            "seconds_down": self.down(),
            "seconds_until_calm": self.until_calm(),
        }


def fill(*, people: int, offers: int = 300) -> Shop:
    """A market of its own in the database at hand, with `people` members who have two products in their cart each."""
    from ..market_seed import seed, sessions_of

    seeded = seed(offers=offers, people=people)
    from django.utils import timezone

    from maillage.market.models import Cart, CartLine

    now = timezone.now()
    carts = Cart.objects.bulk_create(
        [Cart(cycle_id=seeded.cycle_id, person_id=p, updated_at=now) for p in seeded.people], batch_size=2000
    )
    CartLine.objects.bulk_create(
        [
            CartLine(cart=cart, offer_id=seeded.offers[(n * 7 + step) % offers], quantity=1)
            for n, cart in enumerate(carts)
            for step in (0, 3)
        ],
        batch_size=2000,
    )
    people_in_order = sorted(seeded.people)
    return Shop(
        seeded.slug, seeded.market_id, seeded.cycle_id, seeded.organisation_id, seeded.slots, people_in_order,
        sessions_of(people_in_order),
    )  # fmt: skip


def steady(bases: Sequence[str], shop: Shop, *, rate: float, seconds: float, log: Path, first: int = 0) -> Outcome:
    """`rate` members a second, whatever becomes of those before, for `seconds`; then until each has an answer.

    Members take turns at the addresses. `first` is the member to begin with, when the shop is used again.
    """
    count = int(rate * seconds)
    if first + count > len(shop.people):
        raise ValueError(f"{first + count} members are needed, and the shop has {len(shop.people)}")
    note, outcome = _Log(log), Outcome(time.time())
    begun = time.monotonic()

    def member(n: int) -> None:
        due = n / rate
        time.sleep(max(0.0, begun + due - time.monotonic()))
        attempt = Attempt(shop.people[first + n], "", due)
        outcome.attempts.append(attempt)
        _order(_Visit(bases[n % len(bases)], shop.sessions[first + n]), shop, attempt, outcome, begun)
        if attempt.order:
            note.write(attempt)

    # Enough of them that members who wait do not keep the next ones from coming.
    with ThreadPoolExecutor(min(count, int(rate * 25) + 8)) as pool:
        list(pool.map(member, range(count)))
    note.close()
    return outcome


def _order(visit: "_Visit", shop: Shop, attempt: Attempt, outcome: Outcome, begun: float) -> None:
    page = f"/marches/{shop.slug}/commander/"
    form: dict[str, str] = {}
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        attempt.tries += 1
        try:
            if not form:
                status, text, _to = visit.get(page)
                found = dict(_HIDDEN.findall(text))
                if status == 200 and "key" in found:
                    form = found | {"slot": str(shop.slots[attempt.person % len(shop.slots)]), "method": "pickup"}
                    attempt.key = found["key"]
            if form:
                status, text, to = visit.post(page, form)
                order = _ORDER.search(to)
                if status == 302 and order:
                    attempt.order, attempt.done = order[1], time.monotonic() - begun
                    return
            problem = f"HTTP {status}"
        except (OSError, http.client.HTTPException) as error:
            problem = type(error).__name__
        attempt.problem = problem
        outcome.failures.append((time.monotonic() - begun, problem))
        time.sleep(min(0.5 * attempt.tries, 4.0) * random.uniform(0.7, 1.3))  # people wait longer each time


class _Visit:
    """A browser: a new connection for each request, as after a failure. Redirections are not followed."""

    def __init__(self, base: str, session: str) -> None:
        parts = urlsplit(base)
        self.host, self.port = parts.hostname or "localhost", parts.port or 80
        self.token = uuid.uuid4().hex
        self.cookie = f"csrftoken={self.token}; sessionid={session}"

    def get(self, path: str) -> tuple[int, str, str]:
        return self._send("GET", path, None)

    def post(self, path: str, data: dict[str, str]) -> tuple[int, str, str]:
        return self._send("POST", path, urlencode(data | {"csrfmiddlewaretoken": self.token}))

    def _send(self, method: str, path: str, body: str | None) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=TIMEOUT)
        headers = {"Cookie": self.cookie, "Connection": "close"}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
            return answer.status, text, answer.headers.get("Location", "")
        finally:
            connection.close()


class _Log:
    """Acknowledged orders, one JSON a line, on the disk before the next is written."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.file, self.lock = path.open("w", encoding="utf-8"), threading.Lock()

    def write(self, attempt: Attempt) -> None:
        with self.lock:
            self.file.write(json.dumps(asdict(attempt)) + "\n")
            self.file.flush()
            os.fsync(self.file.fileno())

    def close(self) -> None:
        self.file.close()


_FOUND = """
SELECT o.public_id::text, o.person_id, o.revision, o.state,
       (SELECT count(*) FROM ledger_transaction t JOIN ledger_book b ON b.id = t.book_id
         WHERE b.organisation_id = %(organisation)s AND t.key LIKE 'order:' || o.public_id || ':%%')
  FROM market_order o WHERE o.cycle_id = %(cycle)s"""


def verify(database_url: str, shop: Shop, outcome: Outcome | Path) -> dict[str, int]:
    """What became of the acknowledged orders (of an outcome, or of its log): how many are lost, how many double.

    Lost: its order is not there, is another person's, is cancelled, or is not in the ledger once. Double: one person
    has two orders, or one that was charged twice.
    """
    if isinstance(outcome, Path):
        said = [(row["order"], row["person"]) for row in map(json.loads, outcome.read_text().splitlines())]
    else:
        said = [(attempt.order, attempt.person) for attempt in outcome.acknowledged]
    params = {"organisation": shop.organisation_id, "cycle": shop.cycle_id}
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(_FOUND, params).fetchall()
    whole = {(order, person) for order, person, _revision, state, posted in rows if state != "cancelled" and posted}
    people = [person for _order, person, _revision, state, _posted in rows if state != "cancelled"]
    charged_twice = {order for order, _person, revision, _state, posted in rows if revision > 1 or posted > 1}
    return {
        "acknowledged": len(said),
        "there": len(rows),
        "lost": sum(pair not in whole for pair in said),
        "double": len(people) - len(set(people)) + len(charged_twice),
        "never_told": len(rows) - len({order for order, _person in said} & {row[0] for row in rows}),
    }


def main(argv: Sequence[str]) -> int:
    """The same from another machine: `python -m bench.faults.orders fill|steady|verify …`."""
    parser = argparse.ArgumentParser(prog="bench.faults.orders", description=__doc__)
    parser.add_argument("what", choices=["fill", "steady", "verify"])
    parser.add_argument("--shop", type=Path, required=True)
    parser.add_argument("--people", type=int, default=0)
    parser.add_argument("--base", action="append", default=[])
    parser.add_argument("--rate", type=float, default=30)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--summary", type=Path)
    parser.add_argument("--database", default="")
    given = parser.parse_args(argv)
    if given.what == "fill":
        given.shop.write_text(json.dumps(asdict(fill(people=given.people))))
        return 0
    shop = Shop(**json.loads(given.shop.read_text()))
    if given.what == "verify":
        print(json.dumps(verify(given.database, shop, given.log)))
        return 0
    outcome = steady(given.base, shop, rate=given.rate, seconds=given.seconds, log=given.log, first=given.first)
    given.summary.write_text(json.dumps(outcome.summary()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
