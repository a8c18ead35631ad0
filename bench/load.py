"""Load: work in several processes and threads, a web server for the time of a measure, and a member's browser."""

import http.client
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from typing import Any
from urllib.parse import urlencode

from .market_seed import Seeded, setup

THREADS = 4
"""Of each web process, as `bin/serve` starts them."""
WARM = 24
"""Turns before pages are measured: each thread has planned its statements by then."""


def run_processes(work: Callable[..., Any], seeded: Seeded, processes: int, *args: Any) -> list[Any]:
    """`work` (a function of a module) in processes of their own; what each returns."""
    context = get_context("spawn")
    with context.Pool(processes) as pool:
        jobs = [pool.apply_async(_child, (work, asdict(seeded), index, processes, *args)) for index in range(processes)]
        return [job.get(300) for job in jobs]


def _child(work: Callable[..., Any], seeded: dict[str, Any], index: int, processes: int, *args: Any) -> Any:
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    setup()
    return work(Seeded(**seeded), index, processes, *args)


def in_threads(threads: int, until: float, once: Callable[[int], float]) -> list[float]:
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


def rate(parts: list[list[float]], seconds: float) -> dict[str, float]:
    spent = sorted(s for part in parts for s in part)
    return {"per_s": round(len(spent) / seconds, 1)} | times(spent)


def times(spent: list[float]) -> dict[str, float]:
    spent = sorted(spent)
    return {
        "p50_ms": round(1000 * statistics.median(spent), 2),
        "p95_ms": round(1000 * spent[min(len(spent) - 1, int(len(spent) * 0.95))], 2),
    }


class Server:
    """Granian with 2 workers on the database at hand, for the time of a `with`."""

    def __init__(self, *, workers: int = 2, port: int = 0, threads: int = THREADS) -> None:
        self.workers, self.port, self.threads = workers, port or free_port(), threads

    def __enter__(self) -> "Server":
        setup()
        from django.conf import settings

        from maillage.site import servers

        command = servers.web(host="127.0.0.1", port=self.port, workers=self.workers, threads=self.threads)
        self.process = subprocess.Popen(command, cwd=settings.BASE_DIR, env=os.environ | servers.environment())
        for _attempt in range(1200):
            try:
                if Web(self.port, "").get("/sante/")[0] == 200:
                    return self
            except OSError:
                time.sleep(0.1)
        self.process.terminate()
        raise RuntimeError("the server did not start")

    def __exit__(self, *_error: object) -> None:
        self.process.terminate()
        self.process.wait(20)


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


class Web:
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
