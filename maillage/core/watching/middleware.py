"""The addresses that machines ask, by IP and without TLS: nothing of the host's name or of https is looked at there."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse

from . import health, metrics

ALIVE, READY, FIGURES = "/sante/", "/sante/pret/", "/mesures/"


class MachinesMiddleware:
    """`/sante/`: this process answers (no database). `/sante/pret/`: 200 when it can serve, 503 with what fails.
    `/mesures/`: figures for who has the secret; others get the page that says that there is none.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info not in (ALIVE, READY, FIGURES) or request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        if request.path_info == FIGURES and not metrics.may_read(request):
            return self.get_response(request)
        answer = _answers[request.path_info]()
        answer["Cache-Control"] = "no-store"
        return answer


def _alive() -> HttpResponse:
    return JsonResponse({"ok": True})


def _ready() -> HttpResponse:
    failing = health.failing()
    answer = JsonResponse({"ready": not failing, "failing": failing}, status=503 if failing else 200)
    answer._has_been_logged = True  # type: ignore[attr-defined]  # it is asked each second
    return answer


def _figures() -> HttpResponse:
    return HttpResponse(metrics.text(), content_type=metrics.CONTENT_TYPE)


_answers: dict[str, Callable[[], HttpResponse]] = {ALIVE: _alive, READY: _ready, FIGURES: _figures}
