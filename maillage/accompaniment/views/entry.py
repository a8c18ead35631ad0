"""An intervention entered, on a phone above all, and corrected."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.actions import Refused
from maillage.directory.models import Organisation
from maillage.directory.queries import Acting, acting, organisations_where, person_of
from maillage.directory.types import SignedIn

from .. import actions, queries
from ..forms import DURATIONS, InterventionForm, PartyFormSet
from ..models import Intervention
from ..queries.interventions import Choices
from ..types import SETTERS, WORKERS
from .common import reading_or_404, resolve_parties, working_organisation


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
            "recent": (recent := queries.recent_enterprises(user=request.user)),
            "picks": _picks(request, form, recent),
        },
        status=status,
    )


def _picks(request: SignedIn, form: InterventionForm, recent: list[Organisation]) -> dict[str, Any]:
    """What one tap fills in: the enterprises and the topics met last, usual durations."""
    offered = dict(form.fields["topic"].choices)  # type: ignore[attr-defined]
    topics = [str(key) for key in queries.recent_topics(user=request.user)]
    return {
        "enterprises": [(f"{o.name} · {o.mrc.name}" if o.mrc else o.name, o.name) for o in recent[:5]],
        "durations": DURATIONS,
        "topics": [(key, offered[key]) for key in topics if key in offered],
    }


def _record(request: SignedIn, organisation_id: int, form: Any, parties: Any, today: date, row: Any = None) -> Any:
    """Record, or correct `row`; None with errors on the forms. The nonce is looked at first: a draft sent twice must
    not
    be refused for a name that was created by its first sending. Refused, it leaves nothing: not the enterprises and the
    people that its names made either."""
    if not (form.is_valid() and parties.is_valid()):
        return None
    with transaction.atomic():
        recorded = _recorded(request, organisation_id, form, parties, today, row)
        if recorded is None:
            transaction.set_rollback(True)
    return recorded


def _recorded(request: SignedIn, organisation_id: int, form: Any, parties: Any, today: date, row: Any) -> Any:
    named = resolve_parties(request, parties.forms, today=today)
    if any(p.errors for p in parties.forms):
        return None
    entry = form.entry(named)
    if not mandate_fits(organisation_id, form, entry, row):
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


def mandate_fits(organisation_id: int, form: Any, entry: Any, row: Any) -> bool:
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
        form = InterventionForm(request.POST, choices=choices, today=today, initial=_values(row), edits=row)
        parties = PartyFormSet(request.POST, prefix="p")
        changed = _record(request, row.organisation_id, form, parties, today, row=row)
        if changed is not None:
            messages.success(request, _("La correction est notée ; la version d'avant reste dans l'historique."))
            _warn_double(request, changed)
            return redirect("accompaniment:intervention", row.public_id)
        return _entry_page(request, form, parties, organisation=row.organisation, row=row, status=422)
    form = InterventionForm(choices=choices, today=today, initial=_values(row), edits=row)
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
