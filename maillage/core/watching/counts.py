"""Requests, counted where they are answered (`metrics` adds those of the machine's processes)."""

from django.http import HttpRequest
from prometheus_client import CollectorRegistry, Counter, Histogram

_METHODS = ("GET", "HEAD", "POST", "OPTIONS")
registry = CollectorRegistry()
_requests = Counter(
    "maillage_requests", "Requests answered by this machine.", ["view", "method", "status"], registry=registry
)
_seconds = Histogram(
    "maillage_request_seconds",
    "Seconds to answer, on this machine.",
    ["view"],
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0),
    registry=registry,
)


def method_of(request: HttpRequest) -> str:
    """The method, « other » for one that no page has: labels are few."""
    return request.method if request.method in _METHODS else "other"


def note(*, view: str, method: str, status: int, seconds: float) -> None:
    """A request was answered."""
    _requests.labels(view or "?", method, str(status)).inc()
    _seconds.labels(view or "?").observe(seconds)
