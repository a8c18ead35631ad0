"""Errors told to a Sentry-compatible server (`SENTRY_DSN`): where in the code and which page, and nothing of who."""

from typing import Any

import sentry_sdk

from . import logs


def start(dsn: str, *, environment: str = "production") -> None:
    """Begin to report: no local variables, bodies, cookies, headers, breadcrumbs or users. Nothing without a DSN."""
    if not dsn:
        return
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        max_request_body_size="never",
        include_local_variables=False,
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
        before_send=_scrubbed,  # type: ignore[arg-type]
    )


def _scrubbed(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """Take away the request (its page stays, as `transaction`), and out of the words what could say who it is about."""
    for private in ("request", "user", "extra", "breadcrumbs", "modules"):
        event.pop(private, None)
    event["tags"] = {"request_id": logs.request_id() or "-", "job": logs.job.get() or "-"}
    for value in event.get("exception", {}).get("values", []):
        value["value"] = logs.scrub(str(value.get("value", "")))
    said = event.pop("logentry", None)
    if said:
        event["logentry"] = {"message": logs.scrub(str(said.get("message", "")))}
    if "message" in event:
        event["message"] = logs.scrub(str(event["message"]))
    return event
