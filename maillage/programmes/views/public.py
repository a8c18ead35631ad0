"""Pages for everyone: registration, ticket, certificate, feedback, conference programme, application to a call."""

from datetime import datetime
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from maillage.core import ical, limits, pdf
from maillage.core.actions import Refused
from maillage.core.dates import say
from maillage.core.numbers import whole
from maillage.directory.queries import person_of
from maillage.directory.types import Account

from .. import actions, invitations, queries
from ..forms import ApplicantForm, FeedbackForm, RegistrationForm
from ..models import FieldKind, RegistrationState, TalkKind
from ..tokens import token_of
from .activities import key_of, works

TICKETS = "tickets"
"""Registrations made in this session, by their public identifiers."""


@login_not_required
@limits.public_form("register")
def register(request: HttpRequest, public_id: UUID) -> HttpResponse:
    row, now = queries.public_activity(public_id=public_id), timezone.now()
    person = person_of(user=request.user)
    initial = {"name": person.name, "email": person.email, "phone": person.phone} if person else {}
    form = RegistrationForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        email, known = form.cleaned_data["email"], _is_theirs(request, form.cleaned_data["email"])
        try:
            made = actions.register(
                activity_id=row.pk,
                now=now,
                by=request.user if isinstance(request.user, Account) else None,
                person_id=person.pk if person else None,
                verified=known,
                language=get_language() or "fr",
                **form.cleaned_data,
            )
            return _registered(request, row, made, email, person, known=known)
        except Refused as refused:
            messages.error(request, str(refused))
    talks = [t for t in row.talks.all() if t.kind != TalkKind.BOOTH]
    return render(
        request,
        "programmes/register.html",
        {
            "row": row,
            "form": form,
            "open": actions.is_open(row, now),
            "opens_at": _still_to_open(row, now),
            "over": bool(row.last_on and row.last_on < timezone.localdate(now)),
            "full": _full(row),
            "left": max(0, row.capacity - row.seated) if row.capacity is not None else None,  # type: ignore[attr-defined]
            "talks": talks,
            "booths": sum(1 for t in row.talks.all() if t.kind == TalkKind.BOOTH),
            "partners": _partners(row),
        },
        status=422 if form.errors else 200,
    )


def _is_theirs(request: HttpRequest, email: str) -> bool:
    """Whether we know that the address is the visitor's: confirmed for their account, or in the demonstration."""
    if settings.DEMO:
        return True
    if not isinstance(request.user, Account):
        return False
    mine = EmailAddress.objects.filter(user=request.user, email__iexact=email.strip(), verified=True)
    return bool(mine.exists())


def _still_to_open(row: Any, now: datetime) -> datetime | None:
    opens: datetime | None = row.registration_opens_at
    return opens if opens is not None and opens > now else None


def _partners(row: Any) -> list[Any]:
    """Who takes part, for everyone: whom we met is our own business."""
    return [p for p in row.partners.all() if p.role != "met"]


@login_not_required
def agenda(request: HttpRequest, slug: str) -> HttpResponse:
    """What an organisation holds for everyone to come to, the soonest first."""
    organisation, rows = queries.public_agenda(slug=slug, now=timezone.now())
    for row in rows:
        row.is_full = _full(row)  # type: ignore[attr-defined]
    return render(request, "programmes/agenda.html", {"organisation": organisation, "rows": rows})


def _registered(request: HttpRequest, row: Any, made: Any, email: str, person: Any, *, known: bool) -> HttpResponse:
    """The ticket opens for a registration made now by someone whose address we know, or before in this very session.
    For every other the link is in the mailbox: nobody takes a seat for an address, or opens its ticket, by typing it.
    """
    if made.fresh and not known:
        said = _("Un courriel part à %(email)s : ouvrez son lien d'ici %(n)s minutes pour confirmer votre place.")
        if made.state == RegistrationState.WAITING:
            said = _(
                "C'est complet. Un courriel part à %(email)s : ouvrez son lien d'ici %(n)s minutes pour entrer dans la "
                "liste d'attente."
            )
        messages.info(request, said % {"email": email, "n": int(actions.CONFIRM.total_seconds()) // 60})
        return redirect("programmes:register", row.public_id)
    ours = request.session.get(TICKETS, [])
    if made.fresh:
        request.session[TICKETS] = [*ours[-19:], made.public_id.hex]
    if made.fresh or made.public_id.hex in ours or (person is not None and made.person_id == person.pk):
        return redirect("programmes:ticket", token_of(made))
    messages.info(
        request, _("%(email)s est déjà inscrit : le billet est dans cette boîte de courriel.") % {"email": email}
    )
    return redirect("programmes:register", row.public_id)


def _full(row: Any) -> bool:
    return row.capacity is not None and (row.seated >= row.capacity or row.waiting > 0)


@login_not_required
def ticket(request: HttpRequest, token: str) -> HttpResponse:
    row = queries.ticket(token=token)
    staff = isinstance(request.user, Account) and works(request, row.activity.organisation_id)  # type: ignore[arg-type]
    seen = {a.session_id for a in row.attendances.all()}
    rank = None
    if row.state == RegistrationState.WAITING:
        waiting = row.activity.registrations.filter(state=RegistrationState.WAITING, hold_token=None)
        rank = waiting.filter(created_at__lt=row.created_at).count() + 1
    return render(
        request,
        "programmes/ticket.html",
        {
            "row": row,
            "token": token,
            "to_confirm": actions.is_to_confirm(row),
            "unlisted": actions.is_to_confirm(row) and row.state == RegistrationState.WAITING,
            "qr": invitations.qr(row),
            "staff": staff,
            "rank": rank,
            "sessions": [(s, s.pk in seen) for s in row.activity.sessions.all()],
            "certificate": queries.earned_certificate(row),
            "kept": {t.talk_id for t in row.talks.all()},
            "talks": [t for t in queries.talks_of(row.activity) if t.kind != "booth"],
            "over": bool(row.activity.last_on and row.activity.last_on < timezone.localdate()),
        },
    )


@login_not_required
@require_POST
@limits.public_form("ticket")
def ticket_change(request: HttpRequest, token: str) -> HttpResponse:
    """Take the offered seat, cancel, keep or leave a talk; for the organiser's team, note the presence."""
    row, now, verb = queries.ticket(token=token), timezone.now(), request.POST.get("verbe", "")
    try:
        if verb == "prendre" and row.hold_token:
            taken = actions.take_offered_seat(token=row.hold_token, now=now)
            if taken.state == RegistrationState.CONFIRMED:
                messages.success(request, _("Votre place est réservée."))
            else:
                messages.success(request, _("Votre adresse est confirmée."))
        elif verb == "annuler":
            actions.cancel_registration(registration_id=row.pk, now=now)
            messages.success(request, _("Votre inscription est annulée. Merci d'avoir libéré la place."))
        elif verb in ("conference", "quitter"):
            _talk(row, request.POST.get("conference", ""), leave=verb == "quitter", now=now)
        elif verb == "presence":
            _scan(request, row, now)
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("programmes:ticket", token)


def _talk(row: Any, key: str, *, leave: bool, now: Any) -> None:
    talk = row.activity.talks.filter(public_id=key_of(key)).first()
    if talk is None:
        raise Http404
    if leave:
        actions.leave_talk(talk_id=talk.pk, registration_id=row.pk)
    else:
        actions.take_talk_seat(talk_id=talk.pk, registration_id=row.pk, now=now)


def _scan(request: HttpRequest, row: Any, now: Any) -> None:
    if not (isinstance(request.user, Account) and works(request, row.activity.organisation_id)):  # type: ignore[arg-type]
        raise Http404
    session = row.activity.sessions.filter(number=whole(request.POST.get("seance")) or 0).first()
    if session is None:
        raise Http404
    fresh = actions.check_in(registration_id=row.pk, session_id=session.pk, now=now, by=request.user)
    said = _("%(name)s est présent.") if fresh else _("%(name)s était déjà noté présent.")
    messages.success(request, said % {"name": row.name})


@login_not_required
def ticket_calendar(request: HttpRequest, token: str) -> HttpResponse:
    row = queries.ticket(token=token)
    made = ical.calendar(invitations.happenings(row), now=timezone.now())
    return HttpResponse(
        made,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="invitation.ics"'},
    )


@login_not_required
def certificate(request: HttpRequest, token: str) -> HttpResponse:
    row = queries.ticket(token=token)
    if not queries.earned_certificate(row):
        raise Http404
    activity = row.activity
    days = [say(timezone.localdate(s.starts_at), "j F Y") for s in activity.sessions.all()]
    made = pdf.render(
        "programmes/certificate.typ",
        {
            "kicker": _("Attestation de participation"),
            "name": row.name,
            "enterprise": row.enterprise_name,
            "sentence": _("a suivi"),
            "title": activity.title,
            "dates": " · ".join(days),
            "organisation": activity.organisation.name,
            "lang": get_language() or "fr",
        },
    )
    return HttpResponse(
        made,
        content_type="application/pdf",
        headers={"Content-Disposition": 'inline; filename="attestation.pdf"'},
    )


@login_not_required
@limits.public_form("feedback")
def feedback(request: HttpRequest, token: str) -> HttpResponse:
    row = queries.ticket(token=token)
    if row.state != RegistrationState.CONFIRMED:
        raise Http404
    form = FeedbackForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.give_feedback(registration_id=row.pk, now=timezone.now(), **form.cleaned_data)
        messages.success(request, _("Merci de votre avis."))
        return redirect("programmes:ticket", token)
    return render(request, "programmes/feedback.html", {"row": row, "form": form}, status=422 if form.errors else 200)


@login_not_required
def conference(request: HttpRequest, public_id: UUID) -> HttpResponse:
    row = queries.public_activity(public_id=public_id)
    talks = queries.talks_of(row)
    return render(
        request,
        "programmes/conference.html",
        {
            "row": row,
            "slots": _slots([t for t in talks if t.kind != TalkKind.BOOTH]),
            "booths": [t for t in talks if t.kind == TalkKind.BOOTH],
            "partners": _partners(row),
            "open": actions.is_open(row, timezone.now()),
            "over": bool(row.last_on and row.last_on < timezone.localdate()),
        },
    )


def _slots(talks: list[Any]) -> list[tuple[Any, list[Any]]]:
    """The programme by moment: what begins together stands together, room by room."""
    slots: dict[Any, list[Any]] = {}
    for talk in talks:
        talk.voices = _voices(talk.speakers)
        slots.setdefault(talk.starts_at, []).append(talk)
    return list(slots.items())


def _voices(text: str) -> list[tuple[str, str]]:
    """(name, what they do) of each speaker: « Ève Roy, directrice, Coop du Lac; Jean Lo »."""
    people = [part.strip() for part in text.split(";") if part.strip()]
    return [(name.strip(), rest.strip()) for name, _sep, rest in (p.partition(",") for p in people)]


# --- applications ----------------------------------------------------------------------------


def _given(call: Any, data: Any) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for field in call.fields.all():
        name = f"f{field.pk}"
        if field.kind == FieldKind.MULTIPLE:
            given[str(field.pk)] = data.getlist(name)
        elif field.kind == FieldKind.YES:
            given[str(field.pk)] = name in data
        else:
            given[str(field.pk)] = data.get(name, "").strip()[:8000]
    return given


@login_not_required
@limits.public_form("call")
def call(request: HttpRequest, public_id: UUID) -> HttpResponse:
    row, now = queries.public_call(public_id=public_id), timezone.now()
    form = ApplicantForm(request.POST or None)
    given = _given(row, request.POST) if request.method == "POST" else {}
    problems: dict[int, str] = {}
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.apply(
                call_id=row.pk,
                answers=given,
                now=now,
                by=request.user if isinstance(request.user, Account) else None,
                language=get_language() or "fr",
                **form.cleaned_data,
            )
            said = _("Votre candidature est reçue ; un courriel le confirme.")
            messages.success(request, said if made.told else _("Votre candidature est reçue."))
            return redirect("programmes:call", row.public_id)
        except actions.Incomplete as refused:
            problems = refused.fields
            messages.error(request, str(refused))
        except Refused as refused:
            messages.error(request, str(refused))
    fields = [(f, given.get(str(f.pk), ""), problems.get(f.pk, "")) for f in row.fields.all()]
    status = 422 if problems or form.errors else 200
    return render(
        request,
        "programmes/call_public.html",
        {"row": row, "form": form, "fields": fields, "open": actions.accepts(row, now)},
        status=status,
    )
