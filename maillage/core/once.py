"""A form sent twice writes once: a second press, a page sent again after the network failed, « Retour », « Envoyer ».

Every form of a page carries the token against forgery, which is new each time that a page is shown. The first action of
a request notes, in its own transaction, that this token came with this content at this address; when the same comes
again, the action refuses with `SentBefore` and the person is led where the first sending led. A refusal undoes the note
with all else: what is corrected is another sending. Requests of scripts (HTMX, JSON) have no page to come back to, and
say by themselves what they repeat.
"""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta

from django.contrib import messages
from django.db import OperationalError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg.errors import SerializationFailure

from . import sql
from .models import Sending
from .typed import local_path

TOKEN = "csrfmiddlewaretoken"  # noqa: S105 - the field's name
KEPT = timedelta(days=7)
MOMENT = timedelta(seconds=10)
"""Within which the same content without a token is the same sending: a program that tries again."""
_CLAIM = """
INSERT INTO core_sending AS s (key, sent_at, led_to) VALUES (%(key)s, %(now)s, '')
ON CONFLICT (key) DO UPDATE SET sent_at = %(now)s, led_to = '' WHERE s.sent_at < %(again)s
"""
_LED = "UPDATE core_sending SET led_to = %(address)s WHERE key = %(key)s"
_request: ContextVar["HttpRequest | None"] = ContextVar("request_being_sent", default=None)
_claimed: ContextVar[bytes] = ContextVar("sending_claimed", default=b"")


class SentBefore(Exception):
    """This very form was sent already, and what it asks is done. Not a refusal: no view shows it as one."""

    def __init__(self, key: bytes) -> None:
        super().__init__(key.hex())
        self.key = key


@contextmanager
def claimed() -> Iterator[None]:
    """Note the sending at hand, once a request, in the transaction at hand. Raises SentBefore."""
    request = _request.get()
    if request is None or _claimed.get():
        yield
        return
    _claimed.set(_claim(_key(request), again=not request.POST.get(TOKEN)))
    try:
        yield
    except BaseException:  # the transaction takes the note back
        _claimed.set(b"")
        raise


def _claim(key: bytes, *, again: bool) -> bytes:
    """`again`: the same may be meant after a moment, for no page says that it is the same sending."""
    now = timezone.now()
    try:
        noted = sql.run(_CLAIM, {"key": key, "now": now, "again": now - (MOMENT if again else KEPT * 2)})
    except OperationalError as error:  # the other sending ended while this one waited, in a transaction of one moment
        if isinstance(error.__cause__, SerializationFailure):
            raise SentBefore(key) from error
        raise
    if not noted:
        raise SentBefore(key)
    return key


def _key(request: HttpRequest) -> bytes:
    """What is the same when a form is sent twice: who, where, token, content, files."""
    digest = hashlib.sha256()
    for part in _parts(request):
        digest.update(part)
        digest.update(b"\0")
    return digest.digest()


def _parts(request: HttpRequest) -> Iterator[bytes]:
    yield str(getattr(request, "user", None) and request.user.pk).encode()
    yield request.get_full_path().encode()
    for name, values in request.POST.lists():
        yield "\0".join([name, *map(str, values)]).encode("utf-8", "surrogatepass")
    for name, files in request.FILES.lists():
        for file in files:
            yield f"{name}\0{getattr(file, 'name', '')}".encode("utf-8", "surrogatepass")
            yield from file.chunks()
            file.seek(0)


def forget_old(*, now: datetime) -> int:
    """Sendings of more than seven days. Returns how many."""
    return Sending.objects.filter(sent_at__lt=now - KEPT).delete()[0]


class SentOnceMiddleware:
    """Knows which form is being sent, and answers the one that comes again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sent, claimed = _request.set(None), _claimed.set(b"")
        try:
            response = self.get_response(request)
            if _claimed.get() and response.has_header("Location"):
                _led(_claimed.get(), response["Location"])
            return response
        finally:
            _request.reset(sent)
            _claimed.reset(claimed)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> None:
        """From here on: what others note before the view (that a session lives) is not what the form asks."""
        _request.set(request if _is_form(request) else None)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, SentBefore):
            return None
        messages.info(request, _("Vous l’aviez déjà envoyé : rien n’a été fait deux fois."))
        led = Sending.objects.filter(key=exception.key).values_list("led_to", flat=True).first()
        return redirect(led or local_path(request, [request.headers.get("Referer")], "/"))


def _is_form(request: HttpRequest) -> bool:
    by_script = "HX-Request" in request.headers or "application/json" in request.headers.get("Accept", "")
    if request.method != "POST" or by_script or not request.POST:
        return False
    return TOKEN in request.POST or request.user.is_authenticated


def _led(key: bytes, address: str) -> None:
    """Where the sending led, for the one that would come again: lost with the machine, it is only a convenience."""
    with transaction.atomic():
        sql.run("SET LOCAL synchronous_commit = off", {})
        sql.run(_LED, {"key": key, "address": address[:2000]})
