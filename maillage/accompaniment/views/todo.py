"""What awaits an adviser, on one page."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from maillage.directory.queries import organisations_where, person_of
from maillage.directory.types import SignedIn

from .. import queries
from ..types import WORKERS
from .common import reading_or_404


def todo(request: SignedIn) -> HttpResponse:
    """Mine, or all of the organisation's (`toutes`)."""
    reading_or_404(request)
    today, everyone = timezone.localdate(), "toutes" in request.GET
    person = person_of(user=request.user)
    kinds = queries.todo_for(user=request.user, today=today, person=None if everyone else person)
    context = {
        "kinds": kinds,
        "everyone": everyone,
        "may_add": bool(organisations_where(user=request.user, kinds=WORKERS)),
    }
    return render(request, "accompaniment/todo.html", context)
