"""What no page has to think of."""

from collections.abc import Callable

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

NUL = "\0"
_OURS = ("camera", "clipboard-write", "publickey-credentials-create", "publickey-credentials-get")
_NOBODYS = (
    "accelerometer", "autoplay", "bluetooth", "browsing-topics", "display-capture", "encrypted-media", "geolocation",
    "gyroscope", "hid", "magnetometer", "microphone", "midi", "payment", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
POLICY = ", ".join([*(f"{name}=(self)" for name in _OURS), *(f"{name}=()" for name in _NOBODYS)])
"""What pages ask of a device: its camera for tickets, its clipboard, its passkeys. Nothing else, nor any frame."""


class PermissionsPolicyMiddleware:
    """The header `Permissions-Policy` of every answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Permissions-Policy", POLICY)
        return response


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
