"""Programmes, editions, visits, calls and juries."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Max
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from maillage.core.actions import Refused
from maillage.core.numbers import whole
from maillage.core.tables import FILE
from maillage.core.text import fold
from maillage.directory import downloads
from maillage.directory.queries import acting, organisations_where, people_of, person_of, search_organisations
from maillage.directory.types import SignedIn
from maillage.funding.models import Agreement
from maillage.funding.queries import streams_of

from .. import actions, queries, tables
from ..forms import CallFieldForm, CallForm, CriterionForm, EditionForm, ProgrammeForm, VisitForm
from ..models import ApplicationState, Edition
from ..types import READERS, WORKERS
from .activities import working_organisation, works


def programmes(request: SignedIn) -> HttpResponse:
    person = person_of(user=request.user)
    juries = list(queries.calls_to_review(person=person))
    reads = bool(organisations_where(user=request.user, kinds=READERS))
    if not juries and not reads:
        raise Http404
    here = acting(request, READERS, may_be_all=True) if reads else None
    return render(
        request,
        "programmes/programmes.html",
        {
            "rows": list(queries.programmes_for(user=request.user, organisation_ids=here.ids if here else [])),
            "juries": juries,
            "acting": here,
            "may_add": bool(organisations_where(user=request.user, kinds=WORKERS)),
        },
    )


def programme_new(request: SignedIn) -> HttpResponse:
    organisation = working_organisation(request)
    form = ProgrammeForm(request.POST or None, streams=streams_of(organisation_id=organisation.pk))
    if request.method == "POST" and form.is_valid():
        v = form.cleaned_data
        try:
            row = actions.create_programme(
                organisation_id=organisation.pk,
                title=v["title"],
                description=v["description"],
                stream_id=int(v["stream"]) if v["stream"] else None,
                by=request.user,
            )
            return redirect("programmes:edition_new", row.public_id)
        except Refused as refused:
            form.add_error("title", str(refused))
    context = {"form": form, "title": _("Nouveau programme"), "kicker": organisation.name, "organisation": organisation}
    return render(request, "programmes/simple_form.html", context, status=422 if form.errors else 200)


def edition_new(request: SignedIn, public_id: UUID) -> HttpResponse:
    programme = queries.programme_for(user=request.user, public_id=public_id, to_change=True)
    agreements = Agreement.objects.filter(organisation=programme.organisation_id)
    form = EditionForm(request.POST or None, agreements=agreements, initial=_next_edition(programme))
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.create_edition(programme_id=programme.pk, by=request.user, **form.values())
            return redirect("programmes:edition", row.public_id)
        except Refused as refused:
            form.add_error("number", str(refused))
    context = {"form": form, "title": _("Nouvelle édition"), "kicker": programme.title}
    return render(request, "programmes/simple_form.html", context, status=422 if form.errors else 200)


def _next_edition(programme: Any) -> dict[str, Any]:
    """Like the last one, with the next number."""
    last = programme.editions.order_by("-during").first()
    if last is None:
        return {"title": programme.title}
    number = programme.editions.aggregate(last=Max("number"))["last"]
    return {
        "title": programme.title,
        "kind": last.kind,
        "places": last.places,
        "number": number + 1 if number else None,
    }


def edition_edit(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.edition_for(user=request.user, public_id=public_id, to_change=True)
    names = ("title", "kind", "number", "places", "place", "description")
    initial = {n: getattr(row, n) for n in names} | {
        "agreement": row.agreement_id or "",
        "starts_on": row.during.lower,
        "last_on": row.during.upper - timedelta(days=1) if row.during.upper else None,
    }
    agreements = Agreement.objects.filter(organisation=row.organisation_id)
    form = EditionForm(request.POST or None, agreements=agreements, initial=initial, edits=row)
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_edition(edition_id=row.pk, by=request.user, **form.values())
            return redirect("programmes:edition", row.public_id)
        except Refused as refused:
            form.add_error("number", str(refused))
    context = {"form": form, "title": _("Corriger l'édition"), "kicker": row.programme.title}
    return render(request, "programmes/simple_form.html", context, status=422 if form.errors else 200)


def edition(request: SignedIn, public_id: UUID) -> HttpResponse:
    return _edition_page(request, queries.edition_for(user=request.user, public_id=public_id))


def _edition_page(request: SignedIn, row: Edition, *, visit_form: VisitForm | None = None) -> HttpResponse:
    """The edition; with what was typed of a visit when it could not be noted."""
    today = timezone.localdate()
    return render(
        request,
        "programmes/edition.html",
        {
            "row": row,
            "last_day": row.during.upper - timedelta(days=1) if row.during.upper else None,
            "may_change": works(request, row.organisation_id),
            "visit_form": visit_form or VisitForm(initial={"visited_on": today}),
            "call_form": CallForm(initial={"opens_on": today}),
            "mrcs": len({v.mrc_id for v in row.visits.all() if v.mrc_id}),
            "regions": len({v.region_id for v in row.visits.all() if v.region_id}),
            "enterprises": len({v.enterprise_id for v in row.visits.all() if v.enterprise_id}),
        },
        status=200 if visit_form is None else 422,
    )


def _find(request: SignedIn, text: str) -> Any:
    found = [o for o in search_organisations(user=request.user, text=text)[:20] if fold(o.name) == fold(text)]
    by_neq = [o for o in search_organisations(user=request.user, text=text)[:2] if text.strip() == o.neq]
    rows = found or by_neq
    return rows[0] if len(rows) == 1 else None


@require_POST
def enrolment_new(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.edition_for(user=request.user, public_id=public_id, to_change=True)
    enterprise = _find(request, request.POST.get("enterprise", ""))
    if enterprise is None:
        messages.error(request, _("Écrivez le nom exact d'une organisation du répertoire, ou son NEQ."))
    else:
        try:
            actions.enrol(
                edition_id=row.pk, enterprise_id=enterprise.pk, joined_on=timezone.localdate(), by=request.user
            )
            messages.success(request, _("%(name)s participe.") % {"name": enterprise.name})
        except Refused as refused:
            messages.error(request, str(refused))
    return redirect("programmes:edition", row.public_id)


@require_POST
def enrolment_state(request: SignedIn, public_id: UUID, enrolment_id: UUID) -> HttpResponse:
    row = queries.edition_for(user=request.user, public_id=public_id, to_change=True)
    enrolment = row.enrolments.filter(public_id=enrolment_id).first()
    state = request.POST.get("state", "")
    if enrolment is not None and state in ("confirmed", "completed", "withdrawn"):
        actions.change_enrolment(enrolment_id=enrolment.pk, state=state, on=timezone.localdate(), by=request.user)
    return redirect("programmes:edition", row.public_id)


@require_POST
def visit_new(request: SignedIn, public_id: UUID) -> HttpResponse:
    row, form = queries.edition_for(user=request.user, public_id=public_id, to_change=True), VisitForm(request.POST)
    if not form.is_valid():
        return _edition_page(request, row, visit_form=form)
    v = form.cleaned_data
    enterprises = {name: _find(request, name) for name in form.enterprises}
    experts = {name: _find(request, name) for name in map(str.strip, v["experts"].split(";")) if name}
    for field, named in (("enterprise", enterprises), ("experts", experts)):
        unknown = ", ".join(name for name, found in named.items() if found is None)
        if unknown:
            said = _("Pas au répertoire : %(names)s. Écrivez le nom exact, ou le NEQ ; rien n'est noté.")
            form.add_error(field, said % {"names": unknown})
    if form.errors:
        return _edition_page(request, row, visit_form=form)
    try:
        made = actions.record_visits(
            edition_id=row.pk,
            visited_on=v["visited_on"],
            enterprise_ids=[e.pk for e in enterprises.values() if e is not None],
            region_id=int(v["region"]) if v["region"] and not enterprises else None,
            expert_ids=[e.pk for e in experts.values() if e is not None],
            summary=v["summary"],
            by=request.user,
        )
        said = ngettext("La visite est notée.", "%(n)s visites sont notées.", len(made))
        messages.success(request, said % {"n": len(made)})
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("programmes:edition", row.public_id)


# --- calls and juries ------------------------------------------------------------------------


@require_POST
def call_new(request: SignedIn, public_id: UUID) -> HttpResponse:
    row, form = queries.edition_for(user=request.user, public_id=public_id, to_change=True), CallForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(e) for errors in form.errors.values() for e in errors))
        return redirect("programmes:edition", row.public_id)
    opens_at, closes_at = form.edges()
    v = form.cleaned_data
    made = actions.create_call(
        edition_id=row.pk,
        title=v["title"],
        text=v["text"],
        hides_names=v["hides_names"],
        opens_at=opens_at,
        closes_at=closes_at,
        by=request.user,
    )
    return redirect("programmes:call_manage", made.public_id)


def call_edit(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.call_for(user=request.user, public_id=public_id)
    initial = {
        "title": row.title,
        "text": row.text,
        "hides_names": row.hides_names,
        "opens_on": timezone.localdate(row.opens_at),
        "last_on": timezone.localdate(row.closes_at - timedelta(seconds=1)),
    }
    form = CallForm(request.POST or None, initial=initial, edits=row)
    if request.method == "POST" and form.is_valid():
        opens_at, closes_at = form.edges()
        kept = {n: form.cleaned_data[n] for n in ("title", "text", "hides_names")}
        try:
            values = {**kept, "opens_at": opens_at, "closes_at": closes_at}
            actions.save_call(call_id=row.pk, values=values, by=request.user)
            return redirect("programmes:call_manage", row.public_id)
        except Refused as refused:
            form.add_error(None, str(refused))
    context = {"form": form, "title": _("Corriger l'appel"), "kicker": row.edition.title}
    return render(request, "programmes/simple_form.html", context, status=422 if form.errors else 200)


def call_manage(request: SignedIn, public_id: UUID) -> HttpResponseBase:
    row = queries.call_for(user=request.user, public_id=public_id)
    field_form, criterion_form = CallFieldForm(), CriterionForm(auto_id="critere_%s")
    if request.method == "POST" and FILE not in request.GET:
        verb = request.POST.get("verbe", "")
        field_form = CallFieldForm(request.POST) if verb == "question" else field_form
        criterion_form = CriterionForm(request.POST, auto_id="critere_%s") if verb == "critere" else criterion_form
        if _changed(request, row, verb, field_form, criterion_form):
            return redirect("programmes:call_manage", row.public_id)
    context = {
        "row": row,
        "field_form": field_form,
        "criterion_form": criterion_form,
        "team": list(people_of(row.edition.organisation, day=timezone.localdate())),
        "last_day": timezone.localdate(row.closes_at - timedelta(seconds=1)),
        "undecided": row.applications.filter(state=ApplicationState.SUBMITTED).count(),
        "over": row.closes_at <= timezone.now(),
    }
    response = downloads.listed(
        request, "programmes/call_manage.html", tables.ranking, context, call=str(row.public_id)
    )
    response.status_code = 422 if field_form.errors or criterion_form.errors else response.status_code
    return response


def _changed(request: SignedIn, row: Any, verb: str, field_form: Any, criterion_form: Any) -> bool:
    """Do what was asked; False to show the page again with the errors of a form."""
    if (verb == "question" and not field_form.is_valid()) or (verb == "critere" and not criterion_form.is_valid()):
        return False
    key = request.POST.get("quoi", "")
    number = whole(key) or 0
    by = request.user
    verbs: dict[str, Any] = {
        "question": lambda: actions.add_field(call_id=row.pk, values=field_form.cleaned_data, by=by),
        "critere": lambda: actions.add_criterion(call_id=row.pk, by=by, **criterion_form.cleaned_data),
        "retirer-question": lambda: actions.remove_field(call_id=row.pk, field_id=number, by=by),
        "retirer-critere": lambda: actions.remove_criterion(call_id=row.pk, criterion_id=number, by=by),
        "jury": lambda: _add_reviewer(request, row, number),
        "retirer-jury": lambda: actions.remove_reviewer(call_id=row.pk, reviewer_id=number, by=by),
        "publier": lambda: actions.publish_call(call_id=row.pk, now=timezone.now(), by=by),
        "annoncer": lambda: actions.announce(call_id=row.pk, now=timezone.now(), by=by),
    }
    try:
        if verb in verbs:
            verbs[verb]()
    except Refused as refused:
        messages.error(request, str(refused))
    return True


def _add_reviewer(request: SignedIn, row: Any, person_id: int) -> None:
    team = {p.pk for p in people_of(row.edition.organisation, day=timezone.localdate())}
    if person_id in team:
        actions.add_reviewer(call_id=row.pk, person_id=person_id, by=request.user)


def application(request: SignedIn, public_id: UUID) -> HttpResponse:
    """An application for those who decide: answers, submitted reviews, decision."""
    row = queries.application_for(user=request.user, public_id=public_id)
    if request.method == "POST":
        state = request.POST.get("state", "")
        if state in (ApplicationState.SELECTED, ApplicationState.RESERVE, ApplicationState.REFUSED):
            note = request.POST.get("note", "")[:4000]
            actions.decide(application_id=row.pk, state=state, note=note, now=timezone.now(), by=request.user)
            messages.success(request, _("La décision est notée ; elle sera annoncée avec les autres."))
        return redirect("programmes:call_manage", row.call.public_id)
    reviews = queries.reviews_seen(application=row, reviewer=None)
    return render(
        request,
        "programmes/application.html",
        {
            "row": row,
            "answers": queries.answers_shown(row),
            "reviews": [(r, queries.score_of(r)) for r in reviews],
            "states": [s for s in ApplicationState.choices if s[0] in ("selected", "reserve", "refused")],
        },
    )


def jury(request: SignedIn, public_id: UUID) -> HttpResponse:
    """The reviewer's list: never those in which they declared a conflict."""
    reviewer = queries.reviewer_for(person=person_of(user=request.user), public_id=public_id)
    rows: Any = queries.named_for_jury(reviewer)
    return render(
        request,
        "programmes/jury.html",
        {"call": reviewer.call, "rows": rows, "done": sum(1 for a in rows if a.mine and a.mine[0].submitted_at)},
    )


def review(request: SignedIn, public_id: UUID, application_id: UUID) -> HttpResponse:
    person = person_of(user=request.user)
    reviewer = queries.reviewer_for(person=person, public_id=public_id)
    row = queries.application_for_reviewer(reviewer, application_id)
    assert person is not None
    if request.method == "POST":
        return _review(request, row, reviewer, person)
    row.shown = next(a.shown for a in queries.named_for_jury(reviewer) if a.pk == row.pk)  # type: ignore[attr-defined]
    mine = row.mine[0] if row.mine else None  # type: ignore[attr-defined]
    points = {s.criterion_id: s.points for s in mine.scores.all()} if mine else {}
    row.call = reviewer.call
    return render(
        request,
        "programmes/review.html",
        {
            "row": row,
            "call": reviewer.call,
            "answers": queries.answers_shown(row),
            "criteria": [(c, points.get(c.pk)) for c in reviewer.call.criteria.all()],
            "mine": mine,
            "others": [
                (r, queries.score_of(r))
                for r in queries.reviews_seen(application=row, reviewer=reviewer)
                if r.reviewer_id != reviewer.pk
            ],
        },
    )


def _review(request: SignedIn, row: Any, reviewer: Any, person: Any) -> HttpResponse:
    now = timezone.now()
    try:
        if "conflit" in request.POST:
            actions.declare_conflict(
                application_id=row.pk, person=person, reason=request.POST.get("reason", ""), now=now, by=request.user
            )
            messages.success(request, _("Le conflit est noté : cette candidature n'est plus dans votre liste."))
            return redirect("programmes:jury", reviewer.call.public_id)
        given = {c.pk: request.POST.get(f"c{c.pk}", "") for c in reviewer.call.criteria.all()}
        actions.save_review(
            application_id=row.pk,
            person=person,
            scores={c: points for c, p in given.items() if (points := whole(p)) is not None},
            comment=request.POST.get("comment", "")[:4000],
            submit="remettre" in request.POST,
            now=now,
            by=request.user,
        )
        messages.success(request, _("Votre évaluation est gardée."))
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("programmes:review", reviewer.call.public_id, row.public_id)
    return redirect("programmes:jury", reviewer.call.public_id)
