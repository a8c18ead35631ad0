"""What no page has to think of."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

NUL = "\0"


class NoNulMiddleware:
    """400 for a NUL character in an address or in what is sent: no text has one, and PostgreSQL refuses it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> None:
        """After the check of CSRF, which has read what is sent."""
        if NUL in request.path or any(NUL in text for sent in (request.GET, request.POST) for text in _texts(sent)):
            raise BadRequest("NUL")


def _texts(sent: object) -> list[str]:
    lists = dict(sent.lists()) if hasattr(sent, "lists") else {}
    return [*lists, *(text for values in lists.values() for text in values)]
