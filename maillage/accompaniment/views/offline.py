"""Entry without a network: an impersonal page that the browser keeps, and the worker that keeps it."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from ..forms import DURATIONS

SCRIPT = "accompaniment/offline.js"


def _source() -> bytes:
    if staticfiles_storage.exists(SCRIPT):
        with staticfiles_storage.open(SCRIPT) as file:
            return bytes(file.read())
    found = finders.find(SCRIPT)
    assert found is not None
    with open(found, "rb") as file:
        return file.read()


@login_not_required
@never_cache
def worker(request: HttpRequest) -> HttpResponse:
    """Served beside the pages of interventions: it may see these alone."""
    return HttpResponse(_source(), content_type="text/javascript; charset=utf-8")


@login_not_required
def page(request: HttpRequest) -> HttpResponse:
    """The form, without a name and without a list: the device adds the streams that it saw last. Nothing is sent."""
    return render(request, "accompaniment/offline.html", {"durations": DURATIONS})
