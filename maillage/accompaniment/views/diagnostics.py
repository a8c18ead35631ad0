"""Diagnostics: started, answered with the enterprise, their results."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from maillage.core.actions import Refused
from maillage.core.dates import say
from maillage.core.numbers import whole
from maillage.directory import downloads
from maillage.directory.models import Organisation
from maillage.directory.queries import organisations_where, person_of
from maillage.directory.types import SignedIn

from .. import actions, queries, tables
from ..documents import diagnostic_pdf, radar_of, said
from ..models import Diagnostic, QuestionKind, QuestionnaireVersion, Section
from ..scoring import SCALE, shown
from ..types import WORKERS
from .common import number_of, pdf_answer, reading_or_404, resolve_enterprise, working_organisation, works
from .links import link_context


class DiagnosticForm(forms.Form):
    enterprise = forms.CharField(label=gettext_lazy("Entreprise"), max_length=240)
    create = forms.BooleanField(label=gettext_lazy("Créer cette fiche"), required=False)
    version = forms.ChoiceField(label=gettext_lazy("Questionnaire"))
    email = forms.EmailField(
        label=gettext_lazy("Courriel de l'entreprise"),
        help_text=gettext_lazy("Si vous l'écrivez, l'entreprise reçoit un lien pour répondre elle-même, sans compte."),
        required=False,
    )
    unknown = False

    def __init__(self, *args: Any, versions: list[QuestionnaireVersion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["version"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(v.pk), f"{v.questionnaire.title} (v{v.number})") for v in versions]


def diagnostics(request: SignedIn) -> HttpResponseBase:
    reading_or_404(request)
    may_add = bool(organisations_where(user=request.user, kinds=WORKERS))
    return downloads.listed(request, "accompaniment/diagnostics.html", tables.diagnostics, {"may_add": may_add})


def diagnostic_new(request: SignedIn) -> HttpResponse:
    organisation, today = working_organisation(request), timezone.localdate()
    versions = queries.published_versions(organisation_id=organisation.pk)
    form = DiagnosticForm(request.POST or None, versions=versions, initial={"enterprise": request.GET.get("nom", "")})
    if request.method == "POST" and form.is_valid():
        v = form.cleaned_data
        enterprise = resolve_enterprise(request, form, today=today, create=v["create"])
        if enterprise:
            person = person_of(user=request.user)
            row = actions.start_diagnostic(
                organisation_id=organisation.pk,
                enterprise_id=enterprise.pk,
                version_id=int(v["version"]),
                adviser_id=person.pk if person else None,
                email=v["email"],
                mandate_id=_mandate(organisation.pk, enterprise, v.get("mandate")),
                now=timezone.now(),
                by=request.user,
            )
            if v["email"]:
                messages.success(request, _("Le lien part par courriel à %(email)s.") % {"email": v["email"]})
            return redirect("accompaniment:diagnostic", row.public_id)
    return render(
        request,
        "accompaniment/diagnostic_form.html",
        {"form": form, "versions": versions},
        status=422 if form.errors else 200,
    )


def _mandate(organisation_id: int, enterprise: Organisation, asked: Any) -> int | None:
    """The mandate asked for, if it is one of this enterprise that lasts; else the only one that does."""
    rows = queries.open_mandates(organisation_id=organisation_id, enterprise_ids=[enterprise.pk])
    keys = list(rows.values_list("pk", flat=True)[:20])
    key = number_of(asked)
    if key in keys:
        return key
    return keys[0] if len(keys) == 1 else None


def diagnostic(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.diagnostic_for(user=request.user, public_id=public_id)
    may_change = works(request, row.organisation_id) and row.cancelled_at is None
    if row.answered_at is None and request.method == "POST" and may_change:
        return answer_page(request, row, "accompaniment/diagnostic_answer.html", by=request.user)
    if row.answered_at is None and may_change and "repondre" in request.GET:
        return render(request, "accompaniment/diagnostic_answer.html", question_context(row))
    context = {
        "may_change": may_change,
        "works": works(request, row.organisation_id),
        **result_context(row),
        **link_context(request, row, "diagnostics"),
    }
    return render(request, "accompaniment/diagnostic.html", context)


def diagnostic_document(request: SignedIn, public_id: UUID) -> HttpResponse:
    """The result as a PDF; the page itself while there is no result."""
    row = queries.diagnostic_for(user=request.user, public_id=public_id)
    if row.answered_at is None:
        return redirect("accompaniment:diagnostic", row.public_id)
    return pdf_answer(diagnostic_pdf(row), f"{_('diagnostic')}-{row.enterprise.slug}")


@require_POST
def diagnostic_withdraw(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.diagnostic_for(user=request.user, public_id=public_id, to_change=True)
    if "remettre" in request.POST:
        actions.restore_diagnostic(diagnostic_id=row.pk, now=timezone.now(), by=request.user)
        messages.success(request, _("Le diagnostic est remis, avec un nouveau lien."))
    else:
        actions.withdraw_diagnostic(diagnostic_id=row.pk, now=timezone.now(), by=request.user)
        messages.success(request, _("Le diagnostic est retiré : il ne compte plus, et son lien n'ouvre plus rien."))
    return redirect("accompaniment:diagnostic", row.public_id)


def question_context(row: Diagnostic, given: dict[int, Any] | None = None, missing: Any = ()) -> dict[str, Any]:
    """Sections with their questions, what was answered, and what misses an answer."""
    answers = queries.answers_of(row) if given is None else given
    sections = asked_sections(list(row.version.sections.all()), answers, missing)
    return {"row": row, "sections": sections, "missing": list(missing)}


def asked_sections(sections: list[Section], answers: dict[int, Any], missing: Any) -> list[Section]:
    """The sections, each with its questions as the form shows them (`asked`)."""
    by_id = {q.pk: q for s in sections for q in s.questions.all()}
    for section in sections:
        section.asked = [  # type: ignore[attr-defined]
            {
                "q": q,
                "value": answers.get(q.pk),
                "shown": shown(q, answers, by_id),
                "missing": q.pk in missing,
                "scale": range(SCALE + 1),
                "options": list(enumerate(q.options)),
                "values": ",".join(str(v) for v in q.show_values),
            }
            for q in section.questions.all()
        ]
    return sections


def read_answers(version: QuestionnaireVersion, data: Any) -> dict[int, Any]:
    """What a form holds, by question: whole numbers for scales and choices, text otherwise."""
    answers: dict[int, Any] = {}
    for section in version.sections.all():
        for q in section.questions.all():
            text = data.get(f"q{q.pk}", "").strip()
            if not text:
                continue
            if q.kind in (QuestionKind.SCALE, QuestionKind.CHOICE):
                answers[q.pk] = whole(text)
            else:
                answers[q.pk] = text[:4000]
    return answers


def answer_page(request: Any, row: Diagnostic, template: str, *, by: Any, until: Any = None) -> HttpResponse:
    """Keep or finish what was typed; the same page with what is missing otherwise."""
    answers = read_answers(row.version, request.POST)
    if request.htmx:
        return _kept(row, answers, by)
    try:
        actions.answer_diagnostic(
            diagnostic_id=row.pk, answers=answers, finish="terminer" in request.POST, now=timezone.now(), by=by
        )
    except actions.MissingAnswers as refused:
        messages.error(request, str(refused))
        context = {**question_context(row, answers, set(refused.questions)), "until": until}
        return render(request, template, context, status=422)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Les réponses sont gardées."))
    return redirect(request.get_full_path())


def _kept(row: Diagnostic, answers: dict[int, Any], by: Any) -> HttpResponse:
    """What was answered so far is kept without a word but the hour."""
    now = timezone.now()
    try:
        actions.answer_diagnostic(diagnostic_id=row.pk, answers=answers, finish=False, now=now, by=by)
    except Refused as refused:
        return HttpResponse(str(refused), content_type="text/plain; charset=utf-8")
    said = _("Réponses gardées à %(hour)s.") % {"hour": say(now, "H:i")}
    return HttpResponse(said, content_type="text/plain; charset=utf-8")


def result_context(row: Diagnostic) -> dict[str, Any]:
    """Scores, priorities and the radar, with the diagnostic before in it, and the whole from year to year."""
    if row.answered_at is None:
        return {"row": row}
    earlier = queries.diagnostics_before(row)
    previous = earlier[0] if earlier else None
    found = queries.result_of(row, previous)
    answers, sections = queries.answers_of(row), list(row.version.sections.all())
    return {
        "row": row,
        "result": found,
        "previous": previous,
        "earlier": [(d, queries.result_of(d).total) for d in earlier],
        "drawing": radar_of(found, row.delivered_on, previous.delivered_on if previous else None),
        "read": [
            (s.title, [(q.label, said(q, answers.get(q.pk))) for q in s.questions.all() if q.pk in answers])
            for s in sections
        ],
    }
