"""Connections to the database that the server closed while they were idle: found without asking it anything."""

import select
from collections.abc import Callable
from typing import Any

from django.db import connections
from django.http import HttpRequest, HttpResponse


def drop_dead() -> int:
    """Close the connections of this thread whose server hung up (it restarted, or another one took over); how many.

    An idle connection has nothing to read: when it does, the server said goodbye, or is gone. Costs one system call,
    where Django's own check (`CONN_HEALTH_CHECKS`) costs a statement a request.
    """
    dropped = 0
    for connection in connections.all(initialized_only=True):
        inner: Any = connection.connection
        if inner is not None and not connection.in_atomic_block and _hung_up(inner):
            connection.close()
            dropped += 1
    return dropped


def _hung_up(inner: Any) -> bool:
    if inner.closed:
        return True
    poll = select.poll()
    poll.register(inner.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
    return bool(poll.poll(0))


class LiveConnectionMiddleware:
    """A request begins with a connection that lives, or with none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        drop_dead()
        return self.get_response(request)
