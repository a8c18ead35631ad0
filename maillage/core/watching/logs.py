"""Lines of log that say what happened and not to whom: one a request, each with the number that a person can quote.

`LOG_FORMAT=json` makes a JSON object of each line. Addresses of pages are their patterns (`/invitation/<str:token>/`),
and what looks like an e-mail address, a signed token or a row of the database is taken out of every message.
"""

import json
import logging
import re
import time
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse

from . import counts

log = logging.getLogger("maillage.requests")
HEADER = "X-Request-Id"
_WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{8,64}")
_request: ContextVar[str] = ContextVar("request", default="")
job: ContextVar[str] = ContextVar("job", default="")
"""The number of the job that runs, when a worker does."""

_PRIVATE = (
    (re.compile(r"[^\s<>\"'(){}\[\],;:=/]+(?:@|%40)[\w-]+(?:\.[\w-]+)*"), "…@…"),
    (re.compile(r"[\w:.-]*[.:][\w-]{43}(?![\w-])"), "…"),  # what Django's signer makes
    (re.compile(r"(DETAIL|CONTEXT): .*"), r"\1: …"),  # PostgreSQL tells of rows there
    (re.compile(r"(\[\d+\])\(.*\)"), r"\1(…)"),  # procrastinate tells of arguments
)
_OWN = ("method", "view", "route", "status", "ms", "task")


def request_id() -> str:
    """The number of the request at hand, that a person can quote; empty outside one."""
    return _request.get()


def scrub(text: str) -> str:
    """The text without what could say who it is about."""
    for private, instead in _PRIVATE:
        text = private.sub(instead, text)
    return text


def route_of(request: HttpRequest) -> str:
    """The pattern of the page's address; « ? » for an address that no page has."""
    match = request.resolver_match
    return f"/{match.route}" if match is not None else "?"


class _Scrubbed(logging.Formatter):
    """A record's words, without a path (the records of Django have one) and without what `scrub` takes out."""

    def words(self, record: logging.LogRecord) -> str:
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest) and isinstance(record.args, tuple):
            route = route_of(request)
            args = tuple(route if isinstance(a, str) and a.startswith("/") else a for a in record.args)
            return scrub(str(record.msg) % args)
        return scrub(record.getMessage())

    def number(self, record: logging.LogRecord) -> str:
        return request_id() or getattr(getattr(record, "request", None), "number", "")

    def trace(self, record: logging.LogRecord) -> str:
        return scrub(self.formatException(record.exc_info)) if record.exc_info else ""


class Line(_Scrubbed):
    """A line for people."""

    def format(self, record: logging.LogRecord) -> str:
        number = self.number(record) or (f"job {job.get()}" if job.get() else "")
        own = " ".join(f"{name}={getattr(record, name)}" for name in _OWN if hasattr(record, name))
        parts = [self.formatTime(record), record.levelname, record.name, number, self.words(record), own]
        return "\n".join(filter(None, [" ".join(filter(None, parts)), self.trace(record)]))


class Json(_Scrubbed):
    """A line for machines."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self.words(record),
            "request_id": self.number(record),
            "job": job.get(),
            **{name: getattr(record, name) for name in _OWN if hasattr(record, name)},
            "exception": self.trace(record),
        }
        return json.dumps({name: value for name, value in said.items() if value != ""}, ensure_ascii=False)


class RequestsMiddleware:
    """Gives each request its number (the proxy's `X-Request-Id`, if well formed), answers with it, notes it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        number = given if _WELL_FORMED.fullmatch(given) else uuid4().hex
        token = _request.set(number)
        request.number = number  # type: ignore[attr-defined]  # Django notes an answer of 400 and more after this
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            _note(request, response, time.perf_counter() - started)
        finally:
            _request.reset(token)
        response[HEADER] = number
        return response


def _note(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    match = request.resolver_match
    about: dict[str, Any] = {
        "method": counts.method_of(request),
        "view": match.view_name if match is not None else "",
        "status": response.status_code,
    }
    counts.note(**about, seconds=seconds)
    log.info("request", extra={**about, "route": route_of(request), "ms": round(seconds * 1000, 1)})
