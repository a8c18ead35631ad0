"""Pages of the selection of producers: public criteria, application, comparison, review and decision."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maillage.core import files
from maillage.core.actions import Refused
from maillage.core.numbers import whole
from maillage.directory import downloads
from maillage.directory import queries as directory
from maillage.directory.models import Organisation
from maillage.directory.types import SignedIn

from .. import actions, queries, tables
from ..forms import ApplicationForm, CriteriaSet, DecisionForm, EndForm, ReviewForm
from ..models import PENDING_STATES, Application, ApplicationState, Criterion
from ..queries import selection


@login_not_required
@require_GET
def criteria(request: HttpRequest, slug: str) -> HttpResponse:
    """What a market looks for in its producers, for everybody; producers apply from here."""
    organisation = queries.market_organisation(slug)
    keys = directory.organisations_where(user=request.user, kinds=selection.APPLICANTS)
    rows = queries.criteria_of(organisation.pk)
    context = {
        "organisation": organisation,
        "criteria": rows,
        "weight": sum(c.weight for c in rows),
        "applicants": Organisation.objects.filter(pk__in=keys).exclude(pk=organisation.pk) if keys else [],
        "decides": directory.holds(user=request.user, organisation_id=organisation.pk, kinds=selection.DECIDERS),
        "suppliers": queries.producers_of(organisation.pk).count(),
    }
    return render(request, "catalogue/criteria.html", context)


@require_http_methods(["GET", "POST"])
def criteria_edit(request: SignedIn, slug: str) -> HttpResponse:
    organisation = queries.selecting_organisation(user=request.user, slug=slug)
    held = {c.pk: c for c in queries.criteria_of(organisation.pk)}
    names = ("pk", "text", "text_en", "weight", "is_required")
    formset: Any = CriteriaSet(
        request.POST or None, initial=[{n: getattr(c, n) for n in names} for c in held.values()], prefix="criteria"
    )
    if request.method == "POST" and formset.is_valid():
        wanted = [_criterion(row, held) for row in formset.cleaned_data if row.get("text") and not row.get("DELETE")]
        texts = [c.text.casefold() for c in wanted]
        if len(set(texts)) == len(texts):
            actions.save_criteria(organisation_id=organisation.pk, criteria=wanted, by=request.user)
            messages.success(request, _("Les critères sont enregistrés."))
            return redirect("catalogue:applications", slug)
        messages.error(request, _("Deux critères ont le même texte. Gardez-en un."))
    context = {"organisation": organisation, "formset": formset}
    return render(request, "catalogue/criteria_edit.html", context)


def _criterion(row: dict[str, Any], held: dict[int, Criterion]) -> Criterion:
    criterion = held.get(row["pk"] or 0) or Criterion()
    for name in ("text", "text_en", "weight", "is_required"):
        setattr(criterion, name, row[name])
    return criterion


@require_POST
def apply(request: SignedIn, slug: str) -> HttpResponse:
    """A producer begins (or comes back to) its application."""
    organisation = queries.market_organisation(slug)
    producer = directory.organisation_for(
        user=request.user, public_id=_uuid(request.POST.get("producteur", "")), kinds=selection.APPLICANTS
    )
    try:
        started = actions.start_application(
            organisation_id=organisation.pk, producer_id=producer.pk, today=timezone.localdate(), by=request.user
        )
    except Refused as error:
        messages.info(request, str(error))
        return redirect("catalogue:criteria", slug)
    return redirect("catalogue:application", started.public_id)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


@require_GET
def applications(request: SignedIn, slug: str) -> HttpResponse:
    """For the market: what waits, compared by weighted score; what was decided; the producers in place."""
    organisation = queries.selecting_organisation(user=request.user, slug=slug, kinds=selection.REVIEWERS)
    today = timezone.localdate()
    received = list(queries.applications_to(organisation.pk).select_related("producer", "decision"))
    cards = queries.scorecards([a for a in received if a.state in PENDING_STATES], today=today)
    context = {
        "organisation": organisation,
        "criteria": queries.criteria_of(organisation.pk),
        "cards": sorted(cards, key=lambda card: card.total if card.total is not None else -1, reverse=True),
        "decided": [a for a in received if a.state not in PENDING_STATES],
        "agreements": queries.agreements_of(organisation.pk, today=today),
        "decides": directory.holds(user=request.user, organisation_id=organisation.pk, kinds=selection.DECIDERS),
    }
    return render(request, "catalogue/applications.html", context)


@require_http_methods(["GET", "POST"])
def my_applications(request: SignedIn) -> HttpResponseBase:
    return downloads.listed(request, "catalogue/my_applications.html", tables.my_applications, {})


@require_http_methods(["GET", "POST"])
def application(request: SignedIn, public_id: UUID) -> HttpResponse:
    """One application: a draft for its producer, a file to review for the market."""
    found = queries.application_for(user=request.user, public_id=public_id)
    applicant = queries.is_applicant(user=request.user, application=found)
    if applicant and found.state == ApplicationState.DRAFT:
        return _draft(request, found)
    if request.method == "POST":
        raise Http404
    return _file_of(request, found)


def _draft(request: SignedIn, found: Application) -> HttpResponse:
    form = ApplicationForm(request.POST or None, application=found, criteria=queries.criteria_of(found.organisation_id))
    if request.method == "POST" and form.is_valid():
        try:
            _keep(request, found, form)
            if "submit" in request.POST:
                actions.submit_application(application_id=found.pk, now=timezone.now(), by=request.user)
                messages.success(request, _("Votre candidature est déposée. Vous aurez la réponse par courriel."))
            else:
                messages.success(request, _("Le brouillon est enregistré."))
        except Refused as error:
            messages.error(request, str(error))
        return redirect("catalogue:application", found.public_id)
    context = {"application": found, "form": form, "evidence": list(found.evidence.all())}
    return render(request, "catalogue/application_draft.html", context)


def _keep(request: SignedIn, found: Application, form: ApplicationForm) -> None:
    actions.save_draft(
        application_id=found.pk,
        presentation=form.cleaned_data["presentation"],
        answers=form.answers(),
        by=request.user,
    )
    removed = whole(request.POST.get("remove"))
    if removed is not None:
        actions.remove_evidence(application_id=found.pk, evidence_id=removed, by=request.user)
    for file in request.FILES.getlist("evidence"):
        actions.add_evidence(application_id=found.pk, file=file, name=file.name or "document", by=request.user)


def _file_of(request: SignedIn, found: Application, **forms: Any) -> HttpResponse:
    reviews = queries.is_reviewer(user=request.user, application=found)
    person = directory.person_of(user=request.user)
    written = queries.reviews_of(found) if reviews else []
    mine = next((r for r in written if person and r.reviewer_id == person.pk), None)
    decides = reviews and queries.is_decider(user=request.user, application=found)
    pending = found.state in PENDING_STATES
    rows = queries.criteria_of(found.organisation_id)
    initial: dict[str, Any] = {f"score_{s.criterion_id}": s.value for s in mine.scores.all()} if mine else {}
    if mine:
        initial |= {"comment": mine.comment, "has_conflict": mine.has_conflict}
    open_to_me = mine is not None or decides or not pending
    context = {
        "application": found,
        "card": queries.scorecard(found, today=timezone.localdate()),
        "reviews": written if open_to_me else [],
        "sealed": len(written) if not open_to_me else 0,
        "shows_scores": reviews and open_to_me,
        "evidence": list(found.evidence.all()),
        "review_form": ReviewForm(initial=initial, criteria=rows) if reviews and pending and person else None,
        "mine": mine,
        "decision_form": DecisionForm(initial={"since": timezone.localdate()}) if decides and pending else None,
        "applicant": queries.is_applicant(user=request.user, application=found),
        "reviewer": reviews,
        "pending": pending,
        **forms,
    }
    invalid = any(form is not None and form.errors for form in forms.values())
    return render(request, "catalogue/application.html", context, status=422 if invalid else 200)


@require_POST
def review(request: SignedIn, public_id: UUID) -> HttpResponse:
    found = queries.application_for(user=request.user, public_id=public_id)
    person = directory.person_of(user=request.user)
    if not queries.is_reviewer(user=request.user, application=found) or person is None:
        raise Http404
    form = ReviewForm(request.POST, criteria=queries.criteria_of(found.organisation_id))
    if not form.is_valid():
        return _file_of(request, found, review_form=form)
    try:
        actions.review_application(
            application_id=found.pk,
            reviewer=person,
            scores=form.scores(),
            comment=form.cleaned_data["comment"],
            has_conflict=form.cleaned_data["has_conflict"],
            now=timezone.now(),
            by=request.user,
        )
    except Refused as error:
        form.add_error(None, str(error))
        return _file_of(request, found, review_form=form)
    messages.success(request, _("Votre évaluation est enregistrée."))
    return redirect("catalogue:application", found.public_id)


@require_POST
def decision(request: SignedIn, public_id: UUID) -> HttpResponse:
    found = queries.application_for(user=request.user, public_id=public_id)
    received = queries.is_reviewer(user=request.user, application=found)
    if not received or not queries.is_decider(user=request.user, application=found):
        raise Http404
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _file_of(request, found, decision_form=form)
    try:
        actions.decide_application(
            application_id=found.pk,
            outcome=form.cleaned_data["outcome"],
            reason=form.cleaned_data["reason"],
            since=form.cleaned_data["since"] or timezone.localdate(),
            now=timezone.now(),
            by=request.user,
        )
    except Refused as error:
        form.add_error(None, str(error))
        return _file_of(request, found, decision_form=form)
    messages.success(request, _("La décision est prise; le producteur en est avisé par courriel."))
    return redirect("catalogue:applications", found.organisation.slug)


@require_POST
def withdraw(request: SignedIn, public_id: UUID) -> HttpResponse:
    found = queries.application_for(user=request.user, public_id=public_id)
    if not queries.is_applicant(user=request.user, application=found):
        raise Http404
    try:
        actions.withdraw_application(application_id=found.pk, by=request.user)
        messages.info(request, _("Votre candidature est retirée."))
    except Refused as error:
        messages.error(request, str(error))
    return redirect("catalogue:my_applications")


@require_GET
def evidence(request: SignedIn, public_id: UUID) -> FileResponse:
    """A joined document, always as a download."""
    found = queries.evidence_for(user=request.user, public_id=public_id)
    return files.answer(str(found.file.name), filename=found.name, content_type=found.content_type)


@require_http_methods(["GET", "POST"])
def agreement_end(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Stop selling a producer's products; the page says what this undoes."""
    found = queries.agreement_for(user=request.user, public_id=public_id)
    form = EndForm(request.POST or None, initial={"until": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        try:
            actions.end_agreement(agreement_id=found.pk, by=request.user, **form.cleaned_data)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("L'entente prend fin. Les prochains cycles n'offriront plus ces produits."))
            return redirect("catalogue:applications", found.organisation.slug)
    formats = queries.offerable_formats(found.organisation_id, producer_id=found.producer_id).count()
    return render(request, "catalogue/agreement_end.html", {"agreement": found, "form": form, "formats": formats})
