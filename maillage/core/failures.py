"""Failures that no view foresaw, but that have a name: a page says what happened and what to do, not « erreur 500 ».

A database that does not answer, a statement that would take too long, two people at one row, a full disk, a file that
is lost. Nothing of these pages asks the database.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import DataError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from psycopg import errors

from .actions import Refused
from .files import DiskFull, NotWhole, no_room
from .watching.logs import request_id, route_of

log = logging.getLogger(__name__)
SOON = 5  # seconds: when it is worth trying again


@dataclass(frozen=True)
class Failure:
    """What a page says: an HTTP status, a title, what to do."""

    status: int
    title: str
    text: str


def failure_of(error: BaseException | None) -> Failure | None:
    """What to say of an exception; None for one that we have no words for."""
    if isinstance(error, DiskFull):
        return _full()
    if isinstance(error, NotWhole):
        return Failure(503, _("Ce fichier manque"), _("%(said)s L’administration du site le voit.") % {"said": error})
    if isinstance(error, Refused):
        text = _("%(why)s Rien n’a été changé.") % {"why": error}
        return Failure(409, _("Ce n’est pas possible"), text)
    if isinstance(error, DataError):
        text = _(
            "Un texte est trop long, ou un nombre trop grand. Rien n’a été changé ; raccourcissez, puis réessayez."
        )
        return Failure(400, _("Cela ne peut pas être gardé"), text)
    if isinstance(error, (OperationalError, InterfaceError)):
        return _database(error.__cause__ or error)
    return None


def _full() -> Failure:
    return Failure(507, _("Plus assez de place"), str(no_room()))


def _database(cause: BaseException) -> Failure:
    if isinstance(cause, errors.QueryCanceled):
        text = _("Elle demandait trop de travail à la fois. Choisissez moins de lignes, ou une période plus courte.")
        return Failure(503, _("Cette page a été arrêtée"), text)
    if isinstance(cause, (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)):
        text = _("Quelqu’un modifie la même chose en ce moment. Rien n’a été changé ; réessayez dans un instant.")
        return Failure(503, _("Un instant"), text)
    if isinstance(cause, errors.DiskFull):
        return _full()
    if isinstance(cause, errors.ReadOnlySqlTransaction):
        text = _("Le site change de serveur. Rien n’a été changé ; réessayez dans un instant.")
        return Failure(503, _("Un instant"), text)
    text = _("La base de données ne répond pas. Rien n’a été changé ; réessayez dans un instant.")
    return Failure(503, _("Un instant"), text)


def page(request: HttpRequest, failure: Failure) -> HttpResponse:
    """The page of a failure, which asks the database nothing."""
    context: dict[str, Any] = {
        "status": failure.status,
        "error_title": failure.title,
        "error_text": failure.text,
        "number": request_id(),
        "again": request.get_full_path() if request.method in ("GET", "HEAD") else "",
    }
    answer = HttpResponse(render_to_string("core/error.html", context), status=failure.status)
    answer["Retry-After"] = str(SOON)
    answer["Cache-Control"] = "no-store"
    return answer


class FailuresMiddleware:
    """Answers the failures of a view that have a name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        failure = failure_of(exception)
        if failure is None:
            return None
        cause = exception.__cause__ or exception
        state = cause.sqlstate if isinstance(cause, psycopg.Error) else ""
        level = logging.INFO if isinstance(exception, Refused) and failure.status == 409 else logging.ERROR
        log.log(level, "%s %s: %s %s", request.method, route_of(request), type(cause).__name__, state or "")
        return page(request, failure)
