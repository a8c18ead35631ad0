"""Meetings and assemblies: list, page, notice, roll, minutes, elections."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from maillage.core import files, letters
from maillage.core.actions import Refused
from maillage.core.numbers import whole
from maillage.core.typed import day_of
from maillage.directory import downloads
from maillage.directory.queries import acting
from maillage.directory.types import SignedIn

from .. import actions, queries, tables
from ..documents import draft_minutes
from ..emails import sitting
from ..forms import ElectionForm, MeetingForm, MinutesForm
from ..models import PresenceState
from ..types import READERS, WRITERS
from .shared import organisation_named, people_known, person_chosen, writes


def meetings(request: SignedIn) -> HttpResponseBase:
    here = acting(request, READERS, may_be_all=True)
    context = {"acting": here, "may_add": any(writes(request, key) for key in here.ids)}
    return downloads.listed(request, "governance/meetings.html", tables.meetings, context, organisations=here.ids)


def meeting_edit(request: SignedIn, public_id: UUID | None = None) -> HttpResponse:
    row = queries.meeting_for(user=request.user, public_id=public_id, to_change=True) if public_id else None
    organisation = row.organisation if row else acting(request, WRITERS).one
    bodies = [
        b
        for b in queries.bodies_for(user=request.user, organisation_ids=[organisation.pk])
        if b.dissolved_on is None or (row and row.body_id == b.pk)
    ]
    form = MeetingForm(request.POST or None, bodies=bodies, initial=_initial(row, request, bodies), edits=row)
    if request.method == "POST" and form.is_valid():
        try:
            saved = actions.save_meeting(
                organisation_id=organisation.pk,
                meeting_id=row.pk if row else None,
                values=form.values(),
                by=request.user,
            )
            return redirect("governance:meeting", saved.public_id)
        except Refused as refused:
            form.add_error(None, str(refused))
    context = {"form": form, "row": row, "organisation": organisation}
    return render(request, "governance/meeting_form.html", context, status=422 if form.errors else 200)


def _initial(row: Any, request: SignedIn, bodies: list[Any]) -> dict[str, Any]:
    if row is None:
        asked = request.GET.get("instance", "")
        return {"kind": "meeting", "body": next((b.pk for b in bodies if str(b.public_id) == asked), "")}
    names = ("kind", "title", "place", "online_url", "quorum", "agenda")
    moments = {n: timezone.localtime(getattr(row, n)) for n in ("starts_at", "ends_at")}
    return {n: getattr(row, n) for n in names} | moments | {"body": row.body_id or ""}


def meeting(request: SignedIn, public_id: UUID) -> HttpResponse:
    row, now = queries.meeting_for(user=request.user, public_id=public_id), timezone.now()
    day = timezone.localdate(row.starts_at)
    may_change = writes(request, row.organisation_id)
    notice = row.body.notice_days if row.body else 0
    came = day <= timezone.localdate(now) and row.state != "cancelled"
    return render(
        request,
        "governance/meeting.html",
        {
            "row": row,
            "roll": queries.presences_of(row),
            "states": PresenceState.choices,
            "elections": list(
                row.elections.select_related("seat__body", "term__person", "term__organisation").order_by("pk")
            ),
            "called": sitting(row) if may_change and row.state == "planned" else [],
            "late_notice": bool(
                notice and row.state == "planned" and not row.notice_sent_at
                and day - timedelta(days=notice) < timezone.localdate(now)
            ),
            "notice_by": day - timedelta(days=notice),
            "letters": letters.standings([f"meeting:{row.pk}"]).get(f"meeting:{row.pk}") if may_change else None,
            "came": came,
            "may_change": may_change,
            "election_form": _election_form(request, row, day) if may_change and came else None,
            "minutes_form": MinutesForm(),
            "today": timezone.localdate(now),
        },
    )  # fmt: skip


def _election_form(request: SignedIn, row: Any, day: date, data: Any = None) -> ElectionForm:
    seats = queries.seats_to_vote(row, day=day)
    return ElectionForm(data, seats=seats, people=people_known(row.organisation), auto_id="vote_%s")


@require_POST
def meeting_change(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Send the notice, cancel, note presences, hold, keep and adopt minutes, hold an election."""
    row = queries.meeting_for(user=request.user, public_id=public_id, to_change=True)
    verbs = {
        "avis": _notice,
        "annuler": _cancel,
        "presence": _presence,
        "tenue": _held,
        "pv": _minutes,
        "retirer-pv": _no_minutes,
        "adoption": _adopt,
        "election": _elect,
    }
    verb = verbs.get(request.POST.get("verbe", ""))
    if verb is None:
        raise Http404
    try:
        verb(request, row)
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("governance:meeting", row.public_id)


def _notice(request: SignedIn, row: Any) -> None:
    actions.send_notice(meeting_id=row.pk, now=timezone.now(), by=request.user)
    messages.success(request, _("L'avis de convocation part par courriel."))


def _cancel(request: SignedIn, row: Any) -> None:
    actions.cancel_meeting(meeting_id=row.pk, by=request.user)
    messages.success(request, _("La rencontre est annulée."))


def _presence(request: SignedIn, row: Any) -> None:
    term, state = whole(request.POST.get("mandat")), request.POST.get("etat", "")
    if term is None or state not in PresenceState.values:
        raise Http404
    actions.note_presence(meeting_id=row.pk, term_id=term, state=state, now=timezone.now(), by=request.user)


def _held(request: SignedIn, row: Any) -> None:
    voters = whole(request.POST.get("voters"))
    if row.body_id is None and voters is None:
        messages.error(request, _("Écrivez combien de membres ayant droit de vote étaient là."))
        return
    actions.hold_meeting(meeting_id=row.pk, voters=voters, now=timezone.now(), by=request.user)
    messages.success(request, _("La rencontre est notée comme tenue."))


def _minutes(request: SignedIn, row: Any) -> None:
    form = MinutesForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, " ".join(str(e) for errors in form.errors.values() for e in errors))
        return
    file = form.cleaned_data["file"]
    actions.keep_minutes(meeting_id=row.pk, file=file, name=file.name, now=timezone.now(), by=request.user)
    messages.success(request, _("Le procès-verbal est déposé."))


def _no_minutes(request: SignedIn, row: Any) -> None:
    actions.remove_minutes(meeting_id=row.pk, by=request.user)


def _adopt(request: SignedIn, row: Any) -> None:
    on = day_of(request.POST.get("le"))
    if on is None:
        messages.error(request, _("Donnez le jour de l'adoption."))
        return
    actions.adopt_minutes(meeting_id=row.pk, on=on, by=request.user)


def _elect(request: SignedIn, row: Any) -> None:
    form = _election_form(request, row, timezone.localdate(row.starts_at), request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(e) for errors in form.errors.values() for e in errors))
        return
    v = form.cleaned_data
    organisation = organisation_named(request, v["organisation"]) if v["organisation"] else None
    if v["organisation"] and organisation is None:
        messages.error(request, _("Écrivez le nom exact d'une organisation du répertoire, ou son NEQ."))
        return
    person = person_chosen(row.organisation, v["person"])
    made = actions.elect(
        meeting_id=row.pk,
        seat_id=int(v["seat"]),
        person_id=person.pk if person else None,
        organisation_id=organisation.pk if organisation else None,
        ends_on=v["last_on"] + timedelta(days=1) if v["last_on"] else None,
        candidates=v["candidates"],
        votes=v["votes"],
        ballots=v["ballots"],
        now=timezone.now(),
        by=request.user,
    )
    said = _("L'élection est notée ; le siège est pourvu.") if made.term_id else _("Le vote est noté, sans élection.")
    messages.success(request, said)


def minutes(request: SignedIn, public_id: UUID) -> FileResponse:
    """Always downloaded, never shown: what others sent is not run on our pages."""
    row = queries.meeting_for(user=request.user, public_id=public_id)
    if not row.minutes:
        raise Http404
    filename = row.minutes_name or "proces-verbal.pdf"
    return files.answer(str(row.minutes.name), filename=filename, content_type="application/octet-stream")


def draft(request: SignedIn, public_id: UUID) -> HttpResponse:
    """The minutes to begin from, made of the register."""
    row = queries.meeting_for(user=request.user, public_id=public_id)
    return HttpResponse(
        draft_minutes(row),
        content_type="application/pdf",
        headers={"Content-Disposition": 'inline; filename="projet-proces-verbal.pdf"'},
    )
