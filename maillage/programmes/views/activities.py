"""Activities for those who run them: list, page, entry, presences."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from maillage.core.actions import Refused
from maillage.core.numbers import whole
from maillage.directory import downloads
from maillage.directory.models import Organisation
from maillage.directory.queries import acting, organisations_where, seen_by_name
from maillage.directory.types import SignedIn

from .. import actions, queries, tables
from ..forms import ActivityForm, RegistrationForm, TalkForm, WalkInForm, sessions_text
from ..models import Feedback, Partner
from ..types import READERS, WORKERS


def working_organisation(request: SignedIn) -> Organisation:
    """The organisation that the user works for: the one chosen, else the first by name. Http404 for those who work
    nowhere."""
    return acting(request, WORKERS).one


def exhibitor_of(request: SignedIn, text: str) -> Organisation | None:
    """The one organisation with this name (accents forgiven) or NEQ; None otherwise."""
    found = seen_by_name(user=request.user, text=text)
    return found[0] if len(found) == 1 else None


def key_of(text: str) -> UUID | None:
    """A public identifier that came in a form; None for anything else."""
    try:
        return UUID(text)
    except ValueError:
        return None


def works(request: SignedIn, organisation_id: int) -> bool:
    return organisation_id in organisations_where(user=request.user, kinds=WORKERS)


def activities(request: SignedIn) -> HttpResponseBase:
    here = acting(request, READERS, may_be_all=True)
    return downloads.listed(
        request, "programmes/activities.html", tables.activities, {"acting": here}, organisations=here.ids
    )


def activity(request: SignedIn, public_id: UUID) -> HttpResponseBase:
    row = queries.activity_for(user=request.user, public_id=public_id)
    opinions = list(Feedback.objects.filter(registration__activity=row).order_by("-given_at"))
    context = {
        "row": row,
        "may_change": works(request, row.organisation_id),
        "talk_form": TalkForm(),
        "registration_form": RegistrationForm(auto_id="ajout_%s"),
        "spread": [(n, sum(1 for o in opinions if o.rating == n)) for n in range(5, 0, -1)],
        "asked": row.registrations.filter(state="confirmed").count(),
        "opinions": opinions,
        "mean": sum(o.rating for o in opinions) / len(opinions) if opinions else None,
        "open": actions.is_open(row, timezone.now()),
        "talks": queries.talks_of(row),
        "partner_roles": Partner._meta.get_field("role").flatchoices,
    }
    return downloads.listed(
        request, "programmes/activity.html", tables.registrations, context, activity=str(row.public_id)
    )


def activity_edit(request: SignedIn, public_id: UUID | None = None) -> HttpResponse:
    row = queries.activity_for(user=request.user, public_id=public_id, to_change=True) if public_id else None
    organisation = row.organisation if row else working_organisation(request)
    form = ActivityForm(request.POST or None, organisation_id=organisation.pk, initial=_initial(row), edits=row)
    host = exhibitor_of(request, request.POST.get("host", ""))
    if request.method == "POST" and form.is_valid() and form.cleaned_data["host"] and host is None:
        form.add_error("host", _("Écrivez le nom exact d'une organisation du répertoire, ou son NEQ."))
    if request.method == "POST" and form.is_valid():
        try:
            saved = actions.save_activity(
                organisation_id=organisation.pk,
                activity_id=row.pk if row else None,
                values={**form.values(), "host": host},
                sessions=form.cleaned_data["sessions"],
                now=timezone.now(),
                by=request.user,
            )
            return redirect("programmes:activity", saved.public_id)
        except actions.HasPresences as refused:
            form.add_error("sessions", str(refused))
        except Refused as refused:
            form.add_error("capacity", str(refused))
    return render(
        request,
        "programmes/activity_form.html",
        {"form": form, "row": row, "organisation": organisation},
        status=422 if form.errors else 200,
    )


def _initial(row: Any) -> dict[str, Any]:
    if row is None:
        return {"mode": "in_person"}
    names = ("title", "kind", "role", "description", "mode", "place", "online_url", "capacity", "hold_hours")
    known = {name: getattr(row, name) for name in (*names, "certificate_sessions", "outcome", "reminder_hours")}
    for name in ("registration_opens_at", "registration_closes_at"):
        moment = getattr(row, name)
        known[name] = timezone.localtime(moment) if moment else None
    known["host"] = row.host.name if row.host else ""
    keys = {name: getattr(row, f"{name}_id") or "" for name in ("stream", "edition", "agreement", "mrc")}
    return {**known, **keys, "sessions": sessions_text(row.sessions.all())}


@require_POST
def activity_state(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.activity_for(user=request.user, public_id=public_id, to_change=True)
    state = {"publier": "published", "annuler": "cancelled", "brouillon": "draft"}.get(request.POST.get("verbe", ""))
    if state:
        try:
            actions.set_activity_state(activity_id=row.pk, state=state, by=request.user)
            messages.success(request, _("C'est fait."))
        except Refused as refused:
            messages.error(request, str(refused))
    return redirect("programmes:activity", row.public_id)


@require_POST
def registration_new(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Someone who telephones is registered by the team: a seat, or a place in the waiting list, like everyone."""
    row = queries.activity_for(user=request.user, public_id=public_id, to_change=True)
    form = RegistrationForm(request.POST)
    form.fields["email"].required = False
    if not form.is_valid():
        messages.error(request, _("Écrivez le nom de la personne, et un courriel valable si elle en a un."))
        return redirect("programmes:activity", row.public_id)
    try:
        made = actions.register(
            activity_id=row.pk, now=timezone.now(), by=request.user, staff=True, **form.cleaned_data
        )
        said = _("%(name)s a une place.") if made.state == "confirmed" else _("%(name)s est sur la liste d'attente.")
        messages.success(request, said % {"name": made.name})
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("programmes:activity", row.public_id)


@require_POST
def registration_end(request: SignedIn, public_id: UUID, registration_id: UUID) -> HttpResponse:
    """The team cancels a registration; the seat goes to the first who waits."""
    row = queries.activity_for(user=request.user, public_id=public_id, to_change=True)
    registration = get_object_or_404(row.registrations, public_id=registration_id)
    try:
        actions.cancel_registration(registration_id=registration.pk, now=timezone.now(), by=request.user)
        messages.success(request, _("L'inscription de %(name)s est annulée.") % {"name": registration.name})
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("programmes:activity", row.public_id)


@require_POST
def head_count(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.activity_for(user=request.user, public_id=public_id, to_change=True)
    text = request.POST.get("head_count", "").strip()
    count = whole(text)
    if text and (count is None or count > 1_000_000):
        messages.error(request, _("Écrivez un nombre de personnes."))
    else:
        actions.set_head_count(activity_id=row.pk, head_count=count, by=request.user)
        messages.success(request, _("Le compte est noté."))
    return redirect("programmes:activity", row.public_id)


@require_POST
def talk(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.activity_for(user=request.user, public_id=public_id, to_change=True)
    removed = whole(request.POST.get("retirer"))
    if removed is not None:
        actions.delete_talk(activity_id=row.pk, talk_id=removed, by=request.user)
        return redirect("programmes:activity", row.public_id)
    form = TalkForm(request.POST)
    exhibitor = exhibitor_of(request, request.POST.get("exhibitor", ""))
    if form.is_valid() and form.cleaned_data["exhibitor"] and exhibitor is None:
        messages.error(request, _("Écrivez le nom exact de l'organisation qui expose, comme au répertoire."))
    elif form.is_valid():
        values = {**form.cleaned_data, "exhibitor": exhibitor}
        actions.save_talk(activity_id=row.pk, values=values, by=request.user)
        messages.success(request, _("C'est au programme."))
    else:
        messages.error(request, " ".join(str(e) for errors in form.errors.values() for e in errors))
    return redirect("programmes:activity", row.public_id)


def checkin(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Presences of one session, one touch each. The session of today is chosen by itself."""
    row = queries.activity_for(user=request.user, public_id=public_id, to_change=True)
    sessions = list(row.sessions.all())
    session = _session(sessions, request.GET.get("seance") or request.POST.get("seance"))
    if request.method == "POST" and session:
        return _note(request, row, session)
    text = request.GET.get("q", "")
    rows = queries.registrations_of(row, text=text)
    confirmed = [r for r in rows if r.state == "confirmed"]
    for r in confirmed:
        r.here = bool(session and session.pk in r.seen)  # type: ignore[attr-defined]
    return render(
        request,
        "programmes/checkin.html",
        {
            "row": row,
            "sessions": sessions,
            "session": session,
            "rows": confirmed,
            "here": len([r for r in confirmed if session and session.pk in r.seen]),  # type: ignore[attr-defined]
            "text": text,
            "form": WalkInForm(),
        },
    )


def _session(sessions: list[Any], asked: str | None) -> Any:
    today = timezone.localdate()
    chosen = next((s for s in sessions if asked and str(s.number) == asked), None)
    current = next((s for s in sessions if timezone.localdate(s.starts_at) == today), None)
    return chosen or current or (sessions[0] if sessions else None)


def _note(request: SignedIn, row: Any, session: Any) -> HttpResponse:
    registration = row.registrations.filter(public_id=key_of(request.POST.get("qui", ""))).first()
    try:
        if registration is None:
            _walk_in(request, row, session)
        elif request.POST.get("verbe") == "absent":
            actions.undo_check_in(registration_id=registration.pk, session_id=session.pk, by=request.user)
        else:
            actions.check_in(
                registration_id=registration.pk, session_id=session.pk, now=timezone.now(), by=request.user
            )
    except Refused as refused:
        messages.error(request, str(refused))
    response = redirect("programmes:checkin", row.public_id)
    response["Location"] += f"?seance={session.number}"
    return response


def _walk_in(request: SignedIn, row: Any, session: Any) -> None:
    form = WalkInForm(request.POST)
    if form.is_valid():
        actions.add_walk_in(
            activity_id=row.pk,
            session_id=session.pk,
            name=form.cleaned_data["name"],
            enterprise_name=form.cleaned_data["enterprise_name"],
            now=timezone.now(),
            by=request.user,
        )
        messages.success(request, _("Ajouté, et présent."))
    else:
        messages.error(request, _("Écrivez le nom de la personne."))
