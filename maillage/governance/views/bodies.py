"""Bodies, seats and terms."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from maillage.core.actions import Refused
from maillage.core.period import after
from maillage.directory.actions import create_person
from maillage.directory.queries import acting
from maillage.directory.types import SignedIn

from .. import actions, picture, queries
from ..forms import BodyForm, EndForm, SeatForm, TermForm
from ..models import TermOrigin
from ..queries.meetings import rate_of
from ..types import READERS, WRITERS
from .shared import day_asked, organisation_named, people_known, person_chosen, writes


def governance(request: SignedIn) -> HttpResponse:
    """Every body of the organisation on a day, as arcs; who leaves soon, which meetings come."""
    here, day, now = acting(request, READERS), day_asked(request), timezone.now()
    bodies = queries.bodies_for(user=request.user, organisation_ids=[here.one.pk])
    rows = queries.compositions([b for b in bodies if b.dissolved_on is None or day < b.dissolved_on], day=day)
    sitting = [c for c in rows if not c.body.of_posts]
    coming = queries.meetings_for(user=request.user, organisation_ids=[here.one.pk]).filter(
        starts_at__gte=now, state="planned"
    )
    return render(
        request,
        "governance/governance.html",
        {
            "acting": here,
            "organisation": here.one,
            "rows": [(c, picture.arc(c)) for c in rows],
            "day": day,
            "is_today": day == timezone.localdate(),
            "today": timezone.localdate(),
            "voting_held": sum(c.voting_held for c in sitting if c.body.kind == "board"),
            "voting": sum(len(c.voting) for c in sitting if c.body.kind == "board"),
            "vacant": sum(len(c.vacant) for c in sitting),
            "posts": sum(c.others_held for c in rows if c.body.of_posts),
            "rate": rate_of(organisation_ids=[here.one.pk], since=now - timedelta(days=365)),
            "leaving": queries.leaving(organisation_ids=[here.one.pk], day=day),
            "coming": list(coming.order_by("starts_at")[:3]),
            "may_change": writes(request, here.one.pk),
            "is_public": any(b.is_public for b in bodies),
        },
    )


def body_edit(request: SignedIn, public_id: UUID | None = None) -> HttpResponse:
    row = queries.body_for(user=request.user, public_id=public_id, to_change=True) if public_id else None
    organisation = row.organisation if row else acting(request, WRITERS).one
    names = ("name", "kind", "purpose", "quorum", "notice_days", "is_public")
    initial = {n: getattr(row, n) for n in names} | {"territory": row.territory_id or ""} if row else {}
    form = BodyForm(request.POST or None, initial=initial, edits=row)
    if request.method == "POST" and form.is_valid():
        try:
            if row:
                saved = actions.edit_body(body_id=row.pk, values=form.values(), by=request.user)
            else:
                saved = actions.create_body(organisation_id=organisation.pk, by=request.user, **form.values())
            return redirect("governance:body", saved.public_id)
        except Refused as refused:
            form.add_error("name", str(refused))
    context = {"form": form, "row": row, "organisation": organisation}
    return render(request, "governance/body_form.html", context, status=422 if form.errors else 200)


def body(request: SignedIn, public_id: UUID) -> HttpResponse:
    row, day = queries.body_for(user=request.user, public_id=public_id), day_asked(request)
    form = SeatForm(request.POST or None, of_posts=row.of_posts)
    if request.method == "POST":
        queries.body_for(user=request.user, public_id=public_id, to_change=True)
        if form.is_valid() and _seat(request, row, form):
            return redirect("governance:body", row.public_id)
    held = queries.composition(row, day=day)
    seen = queries.attendance_of([h.term for h in held.seats if h.term])
    return render(
        request,
        "governance/body.html",
        {
            "row": row,
            "held": held,
            "arc": picture.arc(held),
            "lines": [(h, seen.get(h.term.pk) if h.term else None) for h in held.seats],
            "day": day,
            "is_today": day == timezone.localdate(),
            "meetings": list(queries.meetings_for(user=request.user, body_id=row.pk).order_by("-starts_at")[:6]),
            "form": form,
            "may_change": writes(request, row.organisation_id),
        },
        status=422 if form.errors else 200,
    )


def _seat(request: SignedIn, row: Any, form: SeatForm, seat_id: int | None = None) -> bool:
    v = dict(form.cleaned_data)
    named = v.pop("represents")
    organisation = organisation_named(request, named) if named else None
    if named and organisation is None:
        form.add_error("represents", _("Écrivez le nom exact d'une organisation du répertoire, ou son NEQ."))
        return False
    try:
        values = {**v, "represents": organisation}
        actions.save_seat(body_id=row.pk, values=values, by=request.user, seat_id=seat_id)
    except Refused as refused:
        form.add_error("voting", str(refused))
        return False
    messages.success(request, _("Le siège est gardé."))
    return True


@require_POST
def body_state(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Dissolve the body today, or let it sit again."""
    row = queries.body_for(user=request.user, public_id=public_id, to_change=True)
    if request.POST.get("verbe") == "dissoudre":
        actions.dissolve_body(body_id=row.pk, on=timezone.localdate(), by=request.user)
    elif request.POST.get("verbe") == "retablir":
        actions.edit_body(body_id=row.pk, values={"dissolved_on": None}, by=request.user)
    return redirect("governance:body", row.public_id)


def seat(request: SignedIn, public_id: UUID) -> HttpResponse:
    """A seat: who holds it, everyone who did, and its next holder."""
    row, today = queries.seat_for(user=request.user, public_id=public_id), timezone.localdate()
    history = queries.history_of_seat(row)
    now = next(
        (t for t in history if t.during.lower <= today and (t.during.upper is None or t.during.upper > today)), None
    )
    form = TermForm(
        request.POST or None, people=people_known(row.body.organisation), initial=_next(row, history, today)
    )
    if request.method == "POST":
        queries.seat_for(user=request.user, public_id=public_id, to_change=True)
        if form.is_valid() and _fill(request, row, form):
            return redirect("governance:seat", row.public_id)
    seen = queries.attendance_of(history)
    for term in history:
        term.last_day = term.during.upper - timedelta(days=1) if term.during.upper else None  # type: ignore[attr-defined]
        term.state = "todo" if term.during.lower > today else "current" if term == now else "done"  # type: ignore[attr-defined]
        term.seen = seen.get(term.pk)  # type: ignore[attr-defined]
    return render(
        request,
        "governance/seat.html",
        {
            "row": row,
            "history": history,
            "now": now,
            "form": form,
            "end_form": EndForm(initial={"last_day": today}),
            "seat_form": SeatForm(
                initial=_seat_initial(row), of_posts=row.body.of_posts, edits=row, auto_id="siege_%s"
            ),
            "may_change": writes(request, row.body.organisation_id),
        },
        status=422 if form.errors else 200,
    )


def _seat_initial(row: Any) -> dict[str, Any]:
    names = ("role", "title", "voting", "college", "term_months")
    return {n: getattr(row, n) for n in names} | {"represents": row.represents.name if row.represents else ""}


def _next(row: Any, history: list[Any], today: date) -> dict[str, Any]:
    """The next term begins when the last one ends, and lasts what terms of this seat last."""
    last = history[0].during.upper if history and history[0].during.upper else today
    end = None
    if row.term_months:
        end = after(last, months=row.term_months) - timedelta(days=1)
    origin = TermOrigin.HIRED if row.body.of_posts else TermOrigin.APPOINTED
    return {"starts_on": last, "last_on": end, "origin": origin}


def _fill(request: SignedIn, row: Any, form: TermForm) -> bool:
    v = form.cleaned_data
    organisation = organisation_named(request, v["organisation"]) if v["organisation"] else None
    if v["organisation"] and organisation is None:
        form.add_error("organisation", _("Écrivez le nom exact d'une organisation du répertoire, ou son NEQ."))
        return False
    person = person_chosen(row.body.organisation, v["person"])
    try:
        if person is None and v["new_family"]:
            person = create_person(
                values={"given_name": v["new_given"], "family_name": v["new_family"], "email": v["new_email"]},
                by=request.user,
            )
        actions.fill_seat(
            seat_id=row.pk,
            person_id=person.pk if person else None,
            organisation_id=organisation.pk if organisation else None,
            starts_on=v["starts_on"],
            ends_on=form.ends_on,
            origin=v["origin"],
            by=request.user,
        )
    except Refused as refused:
        form.add_error("starts_on", str(refused))
        return False
    messages.success(request, _("Le mandat est noté."))
    return True


def seat_edit(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Change a seat, abolish it, or bring it back."""
    row = queries.seat_for(user=request.user, public_id=public_id, to_change=True)
    verb = request.POST.get("verbe", "")
    form = SeatForm(request.POST or None, initial=_seat_initial(row), of_posts=row.body.of_posts, edits=row)
    if verb in ("abolir", "retablir"):
        actions.abolish_seat(seat_id=row.pk, on=timezone.localdate() if verb == "abolir" else None, by=request.user)
        return redirect("governance:seat", row.public_id)
    if request.method == "POST" and form.is_valid() and _seat(request, row.body, form, row.pk):
        return redirect("governance:seat", row.public_id)
    return render(request, "governance/seat_form.html", {"row": row, "form": form}, status=422 if form.errors else 200)


@require_POST
def term(request: SignedIn, public_id: UUID) -> HttpResponse:
    """End a term early with its reason, withdraw one noted by mistake, note that its holder agrees to be named."""
    row, verb = queries.term_for(user=request.user, public_id=public_id), request.POST.get("verbe", "")
    try:
        if verb == "terminer":
            _end(request, row)
        elif verb == "retirer":
            actions.withdraw_term(term_id=row.pk, by=request.user)
            messages.success(request, _("Le mandat noté par erreur est retiré."))
        elif verb == "accord" and actions.agree_to_be_named(term_id=row.pk, now=timezone.now(), by=request.user):
            messages.success(request, _("L'accord est noté ; la personne peut le retirer sur sa page de profil."))
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("governance:seat", row.seat.public_id)


def _end(request: SignedIn, row: Any) -> None:
    form = EndForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Donnez le dernier jour et le motif du départ."))
        return
    v = form.cleaned_data
    actions.end_term(term_id=row.pk, last_day=v["last_day"], reason=v["reason"], by=request.user)
    messages.success(request, _("Le mandat est terminé."))


@login_not_required
def public(request: HttpRequest, slug: str) -> HttpResponse:
    """What an organisation shows of its governance to everyone: seats and organisations, names of those who agree."""
    organisation, bodies = queries.public_bodies(slug=slug)
    rows = queries.compositions(bodies, day=timezone.localdate(), public=True)
    return render(
        request,
        "governance/public.html",
        {"organisation": organisation, "rows": [(c, picture.arc(c, links=False)) for c in rows]},
    )
