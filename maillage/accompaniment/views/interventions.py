"""Interventions: list, entry on a phone, the week's grid, import, correction, cancellation."""

from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.files.storage import default_storage
from django.core.paginator import Paginator
from django.forms import formset_factory
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from maillage.core.actions import Refused
from maillage.core.period import Period
from maillage.core.sheets import Unreadable
from maillage.directory.queries import Acting, acting, organisations_where, person_of
from maillage.directory.types import SignedIn
from maillage.funding.queries import streams_seen

from .. import actions, imports, queries
from ..forms import FileForm, InterventionForm, PartyFormSet, ReasonForm, WeekRowForm
from ..models import Intervention
from ..queries.interventions import Choices
from ..types import SETTERS, WORKERS
from .common import number_of, reading, reading_or_404, resolve_parties, working_organisation, works


def interventions(request: SignedIn) -> HttpResponse:
    here = reading(request)
    text, stream, mine = request.GET.get("q", ""), number_of(request.GET.get("volet")), "moi" in request.GET
    person = person_of(user=request.user)
    rows = queries.interventions_for(
        user=request.user,
        text=text,
        stream_id=stream,
        adviser_id=person.pk if mine and person else None,
        cancelled="annulees" in request.GET,
        organisation_ids=here.ids,
    )
    page = Paginator(rows, 30).get_page(request.GET.get("page"))
    today, streams = timezone.localdate(), list(streams_seen(organisation_ids=here.ids))
    return render(
        request,
        "accompaniment/interventions.html",
        {
            "page": page,
            "text": text,
            "stream": stream,
            "mine": mine,
            "cancelled": "annulees" in request.GET,
            "streams": streams,
            "acting": here,
            "may_add": bool(organisations_where(user=request.user, kinds=WORKERS)),
            "may_set": bool(organisations_where(user=request.user, kinds=SETTERS)),
            "steps": queries.next_steps(user=request.user, today=today),
            "today": today,
        },
    )


def intervention(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.intervention_for(user=request.user, public_id=public_id)
    claims = queries.double_claims_of(row)
    return render(
        request,
        "accompaniment/intervention.html",
        {
            "may_add": bool(organisations_where(user=request.user, kinds=WORKERS)),
            "row": row,
            "may_change": works(request, row.organisation_id),
            "versions": queries.versions_of(row),
            "reason": ReasonForm(),
            "double_claims": claims,
        },
    )


def _initial(request: SignedIn, today: date) -> dict[str, Any]:
    """The stream, mode and programme of the last entry: what changes least."""
    person = person_of(user=request.user)
    last = Intervention.objects.filter(adviser=person, cancelled_at=None).order_by("-pk").first() if person else None
    known: dict[str, Any] = {"done_on": today, "nonce": uuid4(), "adviser": person.pk if person else ""}
    if last is not None:
        known |= {"stream": last.stream_id, "edition": last.edition_id or ""}
    return known


def intervention_new(request: SignedIn) -> HttpResponse:
    """Entry. A draft kept on the device arrives with `Accept: application/json`; its nonce makes a second sending
    harmless."""
    here, today = acting(request, WORKERS), timezone.localdate()
    organisation = here.one
    choices = queries.choices_for(organisation=organisation, today=today)
    wants_json = "application/json" in request.headers.get("Accept", "")
    if request.method != "POST":
        form = InterventionForm(choices=choices, today=today, initial=_initial(request, today))
        parties = PartyFormSet(prefix="p", initial=_asked_enterprise(request))
        return _entry_page(request, form, parties, organisation=organisation, here=here)
    form = InterventionForm(request.POST, choices=choices, today=today)
    parties = PartyFormSet(request.POST, prefix="p")
    row = _record(request, organisation.pk, form, parties, today)
    if row is None:
        if wants_json:
            return JsonResponse({"errors": _errors(form, parties)}, status=422)
        return _entry_page(request, form, parties, organisation=organisation, here=here, status=422)
    if wants_json:
        return JsonResponse({"url": reverse("accompaniment:intervention", args=[row.public_id])}, status=201)
    messages.success(request, _("C'est noté."))
    _warn_double(request, row)
    if "encore" in request.POST:
        return redirect("accompaniment:intervention_new")
    return redirect("accompaniment:intervention", row.public_id)


def _errors(form: Any, parties: Any) -> list[str]:
    found = [str(e) for errors in form.errors.values() for e in errors]
    return found + [str(e) for p in parties.forms for errors in p.errors.values() for e in errors]


def _asked_enterprise(request: SignedIn) -> list[dict[str, Any]]:
    asked = request.GET.get("entreprise")
    if not asked:
        return []
    try:
        enterprise = queries.enterprise_for(user=request.user, public_id=UUID(asked))
    except ValueError:
        return []
    return [{"enterprise": enterprise.name}]


def _entry_page(
    request: SignedIn,
    form: Any,
    parties: Any,
    *,
    organisation: Any,
    here: Acting | None = None,
    row: Any = None,
    status: int = 200,
) -> HttpResponse:
    return render(
        request,
        "accompaniment/intervention_form.html",
        {
            "form": form,
            "parties": parties,
            "organisation": organisation,
            "row": row,
            "acting": here,
            "no_stream": not form.fields["stream"].choices,
            "may_set": bool(organisations_where(user=request.user, kinds=SETTERS)),
            "recent": queries.recent_enterprises(user=request.user),
        },
        status=status,
    )


def _record(request: SignedIn, organisation_id: int, form: Any, parties: Any, today: date, row: Any = None) -> Any:
    """Record, or correct `row`; None with errors on the forms. The nonce is looked at first: a draft sent twice must
    not
    be refused for a name that was created by its first sending."""
    if not (form.is_valid() and parties.is_valid()):
        return None
    named = resolve_parties(request, parties.forms, today=today)
    if any(p.errors for p in parties.forms):
        return None
    entry = form.entry(named)
    if not _mandate_fits(organisation_id, form, entry, row):
        return None
    if row is None and entry.adviser_id is None:
        person = person_of(user=request.user)
        entry = replace(entry, adviser_id=person.pk if person else None)
    now, by = timezone.now(), request.user
    try:
        if row is not None:
            return actions.amend_intervention(intervention_id=row.pk, entry=entry, now=now, by=by)
        return actions.record_intervention(organisation_id=organisation_id, entry=entry, now=now, by=by)
    except actions.NobodyServed as refused:
        parties.forms[0].add_error("enterprise", str(refused))
    except Refused as refused:
        form.add_error(None, str(refused))
    return None


def _mandate_fits(organisation_id: int, form: Any, entry: Any, row: Any) -> bool:
    """Whether the mandate chosen is one of the enterprises named; the error stands on the form otherwise."""
    if entry.mandate_id is None or (row is not None and row.mandate_id == entry.mandate_id):
        return True
    named = [p.enterprise_id for p in entry.parties if p.enterprise_id]
    if (
        queries.open_mandates(organisation_id=organisation_id, enterprise_ids=named)
        .filter(pk=entry.mandate_id)
        .exists()
    ):
        return True
    form.add_error("mandate", _("Ce mandat est celui d'une autre entreprise."))
    return False


def _warn_double(request: HttpRequest, row: Any) -> None:
    for claim in queries.double_claims_of(row):
        messages.warning(
            request,
            _("« %(one)s » et « %(two)s » ne peuvent pas payer le même travail : retirez l'une des deux ententes.")
            % {"one": claim.first, "two": claim.second},
        )


def intervention_edit(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.intervention_for(user=request.user, public_id=public_id, to_change=True)
    today = timezone.localdate()
    choices = queries.choices_for(organisation=row.organisation, today=today)
    _keep_current(choices, row)
    if request.method == "POST":
        form = InterventionForm(request.POST, choices=choices, today=today)
        parties = PartyFormSet(request.POST, prefix="p")
        changed = _record(request, row.organisation_id, form, parties, today, row=row)
        if changed is not None:
            messages.success(request, _("La correction est notée ; la version d'avant reste dans l'historique."))
            _warn_double(request, changed)
            return redirect("accompaniment:intervention", row.public_id)
        return _entry_page(request, form, parties, organisation=row.organisation, row=row, status=422)
    form = InterventionForm(choices=choices, today=today, initial=_values(row))
    parties = PartyFormSet(
        prefix="p",
        initial=[
            {
                "enterprise": p.enterprise.name if p.enterprise else "",
                "person": p.person.name if p.person else "",
                "role": p.role,
            }
            for p in row.parties.all()
        ],
    )
    return _entry_page(request, form, parties, organisation=row.organisation, row=row)


def _keep_current(choices: Choices, row: Intervention) -> None:
    """What the row holds stays a choice, even if it was retired since."""
    held: tuple[tuple[list[Any], Any], ...] = (
        (choices.streams, row.stream),
        (choices.topics, row.topic),
        (choices.services, row.service),
        (choices.editions, row.edition),
        (choices.advisers, row.adviser),
        (choices.mandates, row.mandate),
        *((choices.agreements, c.agreement) for c in row.claims.all()),
    )
    for rows, value in held:
        if value is not None and value not in rows:
            rows.append(value)


def _values(row: Intervention) -> dict[str, Any]:
    return {
        "nonce": row.nonce,
        "done_on": row.done_on,
        "stream": row.stream_id,
        "topic": row.topic_id or "",
        "service": row.service_id or "",
        "minutes": row.minutes,
        "mode": row.mode,
        "summary": row.summary,
        "outcome": row.outcome,
        "next_step": row.next_step,
        "next_step_on": row.next_step_on,
        "edition": row.edition_id or "",
        "adviser": row.adviser_id or "",
        "mandate": row.mandate_id or "",
        "agreements": [c.agreement_id for c in row.claims.all()],
    }


@require_POST
def intervention_cancel(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.intervention_for(user=request.user, public_id=public_id, to_change=True)
    try:
        actions.cancel_intervention(
            intervention_id=row.pk, reason=request.POST.get("reason", ""), now=timezone.now(), by=request.user
        )
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("L'intervention est annulée ; elle reste consultable et peut être rétablie."))
    return redirect("accompaniment:intervention", row.public_id)


@require_POST
def intervention_restore(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.intervention_for(user=request.user, public_id=public_id, to_change=True)
    actions.restore_intervention(intervention_id=row.pk, by=request.user)
    messages.success(request, _("L'intervention est rétablie : elle compte de nouveau."))
    return redirect("accompaniment:intervention", row.public_id)


@require_POST
def next_step_done(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.intervention_for(user=request.user, public_id=public_id, to_change=True)
    actions.complete_next_step(intervention_id=row.pk, now=timezone.now(), by=request.user)
    messages.success(request, _("Étape faite."))
    return redirect("accompaniment:interventions")


def enterprise_options(request: SignedIn) -> HttpResponse:
    """The options of an enterprise field, as the person types; accents forgiven."""
    reading_or_404(request)
    text = next((str(v) for k, v in request.GET.items() if k.endswith(("enterprise", "partner")) or k == "q"), "")
    found = queries.suggest_enterprises(user=request.user, text=text)
    return render(request, "accompaniment/enterprise_options.html", {"found": found})


def mandate_options(request: SignedIn) -> HttpResponse:
    """The options of a mandate field once the enterprise is known: its open mandates in the organisation worked for."""
    organisation = working_organisation(request)
    text = next((str(v) for k, v in request.GET.items() if k.endswith("enterprise")), "").strip()
    found = queries.find_enterprises(user=request.user, texts={text})[text] if text else []
    rows = queries.open_mandates(organisation_id=organisation.pk, enterprise_ids=[o.pk for o in found])
    return render(
        request, "accompaniment/mandate_options.html", {"options": [(m.pk, str(m)) for m in rows] if text else []}
    )


# --- the week's grid -------------------------------------------------------------------------


def _monday(request: SignedIn, today: date) -> date:
    try:
        day = date.fromisoformat(request.GET.get("semaine", ""))
    except ValueError:
        day = today
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
    rows = formset_factory(WeekRowForm, extra=0, max_num=200)(request.POST, prefix="s", form_kwargs=options)
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
            if _mandate_fits(organisation_id, form, entry, None):
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
    grid = formset_factory(WeekRowForm, extra=len(initial), max_num=200)
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


# --- import ----------------------------------------------------------------------------------


def import_file(request: SignedIn) -> HttpResponse:
    """Two steps: read and show, then record. The file waits in the storage under a name that only this session
    knows."""
    organisation, today = working_organisation(request), timezone.localdate()
    if request.method == "POST" and "confirmer" in request.POST:
        return _import_confirmed(request, organisation, today)
    form = FileForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form, "organisation": organisation}
    if request.method == "POST" and form.is_valid():
        raw = form.cleaned_data["file"].read()
        try:
            context["reading"] = _read(request, organisation, raw, today)
        except Unreadable as refused:
            form.add_error("file", str(refused))
        else:
            _forget(request)
            request.session["accompaniment_import"] = default_storage.save(f"imports/{uuid4().hex}", BytesIO(raw))
    status = 422 if form.errors else 200
    return render(request, "accompaniment/import.html", context, status=status)


def _read(request: SignedIn, organisation: Any, raw: bytes, today: date) -> imports.Reading:
    person = person_of(user=request.user)
    return imports.read(
        BytesIO(raw),
        user=request.user,
        organisation=organisation,
        choices=queries.choices_for(organisation=organisation, today=today),
        today=today,
        adviser_id=person.pk if person else None,
    )


def _forget(request: SignedIn) -> None:
    name = request.session.pop("accompaniment_import", "")
    if name:
        default_storage.delete(name)


def _import_confirmed(request: SignedIn, organisation: Any, today: date) -> HttpResponse:
    name = request.session.get("accompaniment_import", "")
    if not name or not default_storage.exists(name):
        messages.error(request, _("Choisissez de nouveau le fichier : la lecture d'avant n'est plus là."))
        return redirect("accompaniment:import")
    with default_storage.open(name) as file:
        reading = _read(request, organisation, file.read(), today)
    entries = [r.entry for r in reading.ready if r.entry is not None]
    for start in range(0, len(entries), 2000):
        actions.record_interventions(
            organisation_id=organisation.pk,
            entries=entries[start : start + 2000],
            now=timezone.now(),
            by=request.user,
        )
    _forget(request)
    messages.success(
        request,
        ngettext("%(n)s intervention importée.", "%(n)s interventions importées.", len(entries)) % {"n": len(entries)},
    )
    return redirect("accompaniment:interventions")


def import_template(request: SignedIn) -> HttpResponse:
    organisation, today = working_organisation(request), timezone.localdate()
    choices = queries.choices_for(organisation=organisation, today=today)
    return HttpResponse(
        imports.template(choices, today=today),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"Content-Disposition": 'attachment; filename="interventions.xlsx"'},
    )
