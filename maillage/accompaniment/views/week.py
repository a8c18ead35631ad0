"""A week of interventions from the keyboard, on one page."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from maillage.core import fields
from maillage.core.period import Period
from maillage.core.typed import day_of
from maillage.directory.queries import Acting, acting, organisations_where, person_of
from maillage.directory.types import SignedIn

from .. import actions, queries
from ..forms import WeekRowForm
from ..models import Intervention
from ..types import SETTERS, WORKERS
from .entry import mandate_fits

ROWS = 60


def _monday(request: SignedIn, today: date) -> date:
    day = day_of(request.GET.get("semaine")) or today
    return day - timedelta(days=day.weekday())


def week(request: SignedIn) -> HttpResponse:
    """A week's worth on one page: rows that hold are saved, the others stay with their errors."""
    here, today = acting(request, WORKERS), timezone.localdate()
    organisation = here.one
    choices, monday = queries.choices_for(organisation=organisation, today=today), _monday(request, today)
    options = {"choices": choices, "today": today}
    if request.method != "POST":
        grid = _grid(_blank_rows(request, monday, today, 8), options)
        return _week_page(request, grid, here, monday, today)
    rows = fields.formset(WeekRowForm, extra=0, most=ROWS)(request.POST, prefix="s", form_kwargs=options)
    if not rows.management_form.is_valid():
        return redirect("accompaniment:week")
    saved, kept = _save_rows(request, organisation.pk, rows.forms, today)
    if saved:
        messages.success(
            request,
            ngettext("%(n)s intervention notée.", "%(n)s interventions notées.", saved) % {"n": saved},
        )
    if not kept:
        return redirect(f"{reverse('accompaniment:week')}?semaine={monday.isoformat()}")
    return _week_page(request, kept, here, monday, today, status=422)


def _save_rows(request: SignedIn, organisation_id: int, forms: list[Any], today: date) -> tuple[int, list[Any]]:
    """How many were saved, and the rows that could not be. All enterprises are looked up at once."""
    filled = [f for f in forms if not f.is_blank]
    valid = [f for f in filled if f.is_valid()]
    found = queries.find_enterprises(user=request.user, texts={f.cleaned_data["enterprise"].strip() for f in valid})
    person, entries = person_of(user=request.user), []
    for form in valid:
        named = found[form.cleaned_data["enterprise"].strip()]
        if len(named) == 1:
            entry = form.entry(named[0], person.pk if person else None)
            if mandate_fits(organisation_id, form, entry, None):
                entries.append(entry)
        else:
            form.add_error(
                "enterprise",
                _("Plusieurs entreprises portent ce nom : choisissez dans la liste.")
                if named
                else _("Pas au répertoire. Corrigez le nom ou créez la fiche."),
            )
    if entries:
        actions.record_interventions(
            organisation_id=organisation_id, entries=entries, now=timezone.now(), by=request.user
        )
    return len(entries), [f for f in filled if f.errors]


def _blank_rows(request: SignedIn, monday: date, today: date, count: int) -> list[dict[str, Any]]:
    person = person_of(user=request.user)
    last = Intervention.objects.filter(adviser=person).order_by("-pk").first() if person else None
    day = min(today, monday + timedelta(days=4)) if monday <= today else today
    return [{"done_on": day, "stream": last.stream_id if last else None, "nonce": uuid4()} for _n in range(count)]


def _grid(initial: list[dict[str, Any]], options: dict[str, Any]) -> list[Any]:
    grid = fields.formset(WeekRowForm, extra=len(initial), most=ROWS)
    return list(grid(prefix="s", initial=initial, form_kwargs=options).forms[: len(initial)])


def _week_page(
    request: SignedIn, grid: list[Any], here: Acting, monday: date, today: date, status: int = 200
) -> HttpResponse:
    person = person_of(user=request.user)

    done = queries.interventions_for(
        user=request.user,
        adviser_id=person.pk if person else 0,
        period=Period(monday, monday + timedelta(days=7)),
        organisation_ids=[here.one.pk],
    )
    for n, form in enumerate(grid):  # rows that stay are numbered again
        form.place = n
    return render(
        request,
        "accompaniment/week.html",
        {
            "grid": grid,
            "organisation": here.one,
            "acting": here,
            "no_stream": bool(grid) and not grid[0].fields["stream"].choices,
            "with_mandates": bool(grid) and "mandate" in grid[0].fields,
            "may_set": bool(organisations_where(user=request.user, kinds=SETTERS)),
            "monday": monday,
            "sunday": monday + timedelta(days=6),
            "before": monday - timedelta(days=7),
            "after": monday + timedelta(days=7) if monday + timedelta(days=7) <= today else None,
            "done": list(done[:100]),
            "recent": queries.recent_enterprises(user=request.user),
        },
        status=status,
    )
