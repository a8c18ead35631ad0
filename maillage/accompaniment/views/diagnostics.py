"""Questionnaires and their versions, diagnostics and their results."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from maillage.core import charts
from maillage.core.actions import Refused
from maillage.core.numbers import whole
from maillage.directory.queries import person_of
from maillage.directory.types import SignedIn
from maillage.funding.queries import streams_of

from .. import actions, queries
from ..models import Diagnostic, Question, QuestionKind, QuestionnaireVersion
from ..scoring import SCALE, shown
from .common import number_of, reading_or_404, resolve_enterprise, working_organisation, works


class QuestionnaireForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Titre"), max_length=160)
    introduction = forms.CharField(
        label=gettext_lazy("Introduction"),
        help_text=gettext_lazy("Lue par l'entreprise avant de répondre."),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=2000,
    )
    stream = forms.ChoiceField(label=gettext_lazy("Volet"), required=False)

    def __init__(self, *args: Any, organisation_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["stream"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", ""), *((str(s.pk), str(s)) for s in streams_of(organisation_id=organisation_id))]


class SectionForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Section"), max_length=120)
    advice = forms.CharField(label=gettext_lazy("Conseil quand la note est basse"), max_length=300, required=False)


class QuestionForm(forms.Form):
    label = forms.CharField(label=gettext_lazy("Question"), max_length=300)
    kind = forms.ChoiceField(label=gettext_lazy("Réponse"), choices=QuestionKind.choices)
    options = forms.CharField(
        label=gettext_lazy("Choix"),
        help_text=gettext_lazy("Un par ligne, avec sa note sur 100 : « Un site traduit = 60 »."),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=2000,
    )
    weight = forms.IntegerField(label=gettext_lazy("Poids"), min_value=0, max_value=20, initial=1)
    required = forms.BooleanField(label=gettext_lazy("Réponse nécessaire"), required=False, initial=True)
    show_if = forms.ChoiceField(label=gettext_lazy("Seulement si"), required=False)
    show_values = forms.CharField(
        label=gettext_lazy("vaut"),
        help_text=gettext_lazy("Valeurs séparées par des virgules : le numéro du choix (1, 2…) ou la note de 0 à 5."),
        required=False,
        max_length=60,
    )

    def __init__(self, *args: Any, earlier: list[Question], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.earlier = {str(q.pk): q for q in earlier if q.kind in (QuestionKind.SCALE, QuestionKind.CHOICE)}
        field = self.fields["show_if"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", ""), *((key, q.label) for key, q in self.earlier.items())]

    def clean_options(self) -> list[dict[str, Any]]:
        """« label = score », one a line; a line without a number scores nothing."""
        options = []
        for line in self.cleaned_data["options"].splitlines():
            label, _equals, score = line.rpartition("=") if "=" in line else (line, "", "")
            if not label.strip():
                continue
            if score.strip() and whole(score) is None:
                raise ValidationError(_("« %(line)s » : la note est un nombre de 0 à 100.") % {"line": line.strip()})
            number = min(100, whole(score) or 0) if score.strip() else None
            options.append({"label": label.strip(), "score": number})
        return options

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if (
            data.get("kind") == QuestionKind.CHOICE
            and len(data.get("options", [])) < 2
            and "options" not in self.errors
        ):
            self.add_error("options", _("Donnez au moins deux choix."))
        return data

    def values(self) -> dict[str, Any]:
        """The fields of a Question."""
        v = dict(self.cleaned_data)
        parent = self.earlier.get(v["show_if"])
        given = [n for text in v["show_values"].replace(";", ",").split(",") if (n := whole(text)) is not None]
        if parent is not None and parent.kind == QuestionKind.CHOICE:
            given = [n - 1 for n in given]
        return {**v, "show_if": parent, "show_values": given if parent else []}


def questionnaires(request: SignedIn) -> HttpResponse:
    reading_or_404(request)
    rows = list(queries.questionnaires_for(user=request.user))
    return render(request, "accompaniment/questionnaires.html", {"rows": rows})


def questionnaire_new(request: SignedIn) -> HttpResponse:
    organisation = working_organisation(request)
    form = QuestionnaireForm(request.POST or None, organisation_id=organisation.pk)
    if request.method == "POST" and form.is_valid():
        v = form.cleaned_data
        if any(q.title == v["title"] for q in queries.questionnaires_for(user=request.user)):
            form.add_error("title", _("Un questionnaire porte déjà ce titre."))
        else:
            row = actions.create_questionnaire(
                organisation_id=organisation.pk,
                title=v["title"],
                introduction=v["introduction"],
                stream_id=number_of(v["stream"]),
                by=request.user,
            )
            return redirect("accompaniment:version", row.versions.get().public_id)
    return render(request, "accompaniment/questionnaire_form.html", {"form": form}, status=422 if form.errors else 200)


def _questions(version: QuestionnaireVersion) -> list[Question]:
    return [q for s in version.sections.all() for q in s.questions.all()]


def version(request: SignedIn, public_id: UUID) -> HttpResponse:
    """A version: read when it is published, built while it is a draft."""
    row = queries.version_for(user=request.user, public_id=public_id)
    may_change = works(request, row.questionnaire.organisation_id)
    return _version_page(request, row, may_change, SectionForm(), None)


def _version_page(
    request: SignedIn,
    row: QuestionnaireVersion,
    may_change: bool,
    section_form: Any,
    question_form: Any,
    edit_form: Any = None,
) -> HttpResponse:
    form = question_form or QuestionForm(earlier=_questions(row))
    failed = bool(section_form.errors or form.errors or (edit_form and edit_form.errors))
    edited = None if row.published_at else _edited(request, row)
    return render(
        request,
        "accompaniment/version.html",
        {
            "row": row,
            "sections": list(row.sections.all()),
            "may_change": may_change and row.published_at is None,
            "may_copy": may_change and row.published_at is not None,
            "section_form": section_form,
            "question_form": form,
            "edited": edited,
            "edit_form": edit_form or (_edit_form(row, edited) if edited else None),
        },
        status=422 if failed else 200,
    )


@require_POST
def version_change(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Add or remove a section or a question, publish, copy: one verb each."""
    row = queries.version_for(user=request.user, public_id=public_id, to_change=True)
    verb = request.POST.get("verbe", "")
    try:
        if verb == "section":
            return _add_section(request, row)
        if verb == "question":
            return _add_question(request, row)
        if verb == "corriger-question":
            return _change_question(request, row)
        if verb == "corriger-section":
            return _change_section(request, row)
        if verb == "retirer-question":
            key = number_of(request.POST.get("question")) or 0
            actions.delete_question(version_id=row.pk, question_id=key, by=request.user)
        elif verb == "retirer-section":
            key = number_of(request.POST.get("section")) or 0
            actions.delete_section(version_id=row.pk, section_id=key, by=request.user)
        elif verb == "publier":
            actions.publish_version(version_id=row.pk, now=timezone.now(), by=request.user)
            messages.success(request, _("La version est publiée : elle ne change plus, et peut servir."))
        elif verb == "copier":
            draft = actions.new_version(questionnaire_id=row.questionnaire_id, by=request.user)
            return redirect("accompaniment:version", draft.public_id)
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("accompaniment:version", row.public_id)


def _add_section(request: SignedIn, row: QuestionnaireVersion) -> HttpResponse:
    form = SectionForm(request.POST)
    if not form.is_valid():
        return _version_page(request, row, True, form, None)
    actions.save_section(version_id=row.pk, by=request.user, **form.cleaned_data)
    return redirect("accompaniment:version", row.public_id)


def _add_question(request: SignedIn, row: QuestionnaireVersion) -> HttpResponse:
    form = QuestionForm(request.POST, earlier=_questions(row))
    section = number_of(request.POST.get("section"))
    if not form.is_valid() or section not in {s.pk for s in row.sections.all()}:
        return _version_page(request, row, True, SectionForm(), form)
    actions.save_question(version_id=row.pk, section_id=section or 0, values=form.values(), by=request.user)
    return redirect("accompaniment:version", row.public_id)


def _edited(request: SignedIn, row: QuestionnaireVersion) -> Question | None:
    """The question that is being corrected: `?question=`, or the one sent."""
    key = number_of(request.POST.get("question") or request.GET.get("question"))
    return next((q for q in _questions(row) if q.pk == key), None)


def _before(row: QuestionnaireVersion, question: Question) -> list[Question]:
    """The questions that stand before it: a condition looks back."""
    every = _questions(row)
    return every[: every.index(question)]


def _edit_form(row: QuestionnaireVersion, question: Question) -> QuestionForm:
    shift = 1 if question.show_if and question.show_if.kind == QuestionKind.CHOICE else 0
    lines = [o["label"] if o.get("score") is None else f"{o['label']} = {o['score']}" for o in question.options]
    return QuestionForm(
        earlier=_before(row, question),
        auto_id="corriger_%s",
        initial={
            "label": question.label,
            "kind": question.kind,
            "options": "\n".join(lines),
            "weight": question.weight,
            "required": question.required,
            "show_if": str(question.show_if_id or ""),
            "show_values": ", ".join(str(v + shift) for v in question.show_values),
        },
    )


def _change_question(request: SignedIn, row: QuestionnaireVersion) -> HttpResponse:
    question = _edited(request, row)
    if question is None:
        return redirect("accompaniment:version", row.public_id)
    form = QuestionForm(request.POST, earlier=_before(row, question), auto_id="corriger_%s")
    if not form.is_valid():
        return _version_page(request, row, True, SectionForm(), None, form)
    actions.save_question(
        version_id=row.pk,
        section_id=question.section_id,
        question_id=question.pk,
        values=form.values(),
        by=request.user,
    )
    messages.success(request, _("La question est corrigée."))
    return redirect("accompaniment:version", row.public_id)


def _change_section(request: SignedIn, row: QuestionnaireVersion) -> HttpResponse:
    form, key = SectionForm(request.POST), number_of(request.POST.get("section"))
    if form.is_valid() and key in {s.pk for s in row.sections.all()}:
        actions.save_section(version_id=row.pk, section_id=key, by=request.user, **form.cleaned_data)
        messages.success(request, _("La section est corrigée."))
    else:
        messages.error(request, _("Donnez un titre à la section."))
    return redirect("accompaniment:version", row.public_id)


# --- diagnostics -----------------------------------------------------------------------------


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


def diagnostics(request: SignedIn) -> HttpResponse:
    reading_or_404(request)
    page = Paginator(queries.diagnostics_for(user=request.user), 40).get_page(request.GET.get("page"))
    return render(request, "accompaniment/diagnostics.html", {"page": page})


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
                today=today,
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


def diagnostic(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.diagnostic_for(user=request.user, public_id=public_id)
    may_change = works(request, row.organisation_id)
    if row.answered_at is None and request.method == "POST" and may_change:
        return answer_page(request, row, "accompaniment/diagnostic_answer.html", by=request.user)
    if row.answered_at is None and may_change and "repondre" in request.GET:
        return render(request, "accompaniment/diagnostic_answer.html", question_context(row))
    return render(request, "accompaniment/diagnostic.html", {"may_change": may_change, **result_context(row)})


def question_context(row: Diagnostic, given: dict[int, Any] | None = None, missing: Any = ()) -> dict[str, Any]:
    """Sections with their questions, what was answered, and what misses an answer."""
    answers = queries.answers_of(row) if given is None else given
    sections = list(row.version.sections.all())
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
    return {"row": row, "sections": sections, "missing": list(missing)}


def read_answers(row: Diagnostic, data: Any) -> dict[int, Any]:
    """What a form holds, by question: whole numbers for scales and choices, text otherwise."""
    answers: dict[int, Any] = {}
    for section in row.version.sections.all():
        for q in section.questions.all():
            text = data.get(f"q{q.pk}", "").strip()
            if not text:
                continue
            if q.kind in (QuestionKind.SCALE, QuestionKind.CHOICE):
                answers[q.pk] = whole(text)
            else:
                answers[q.pk] = text[:4000]
    return answers


def answer_page(request: Any, row: Diagnostic, template: str, *, by: Any) -> HttpResponse:
    """Keep or finish what was typed; the same page with what is missing otherwise."""
    answers = read_answers(row, request.POST)
    if request.htmx:
        return _kept(row, answers, by)
    try:
        actions.answer_diagnostic(
            diagnostic_id=row.pk, answers=answers, finish="terminer" in request.POST, now=timezone.now(), by=by
        )
    except actions.MissingAnswers as refused:
        messages.error(request, str(refused))
        return render(request, template, question_context(row, answers, set(refused.questions)), status=422)
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
    said = _("Réponses gardées à %(hour)s.") % {"hour": date_format(timezone.localtime(now), "H:i")}
    return HttpResponse(said, content_type="text/plain; charset=utf-8")


def result_context(row: Diagnostic) -> dict[str, Any]:
    """Scores, priorities and the radar, with the diagnostic before in it."""
    if row.answered_at is None:
        return {"row": row, "link": queries.token_of(row)}
    previous = queries.previous_diagnostic(row)
    result = queries.result_of(row, previous)
    scored = [s for s in result.sections if s.score is not None]
    drawing = ""
    if len(scored) >= 3:
        series = {row.delivered_on.isoformat() if row.delivered_on else "": [s.score or 0 for s in scored]}
        if previous is not None and previous.delivered_on:
            series[previous.delivered_on.isoformat()] = [s.before or 0 for s in scored]
        drawing = charts.radar([s.title for s in scored], series, maximum=100)
    answers, sections = queries.answers_of(row), list(row.version.sections.all())
    return {
        "row": row,
        "result": result,
        "previous": previous,
        "drawing": drawing,
        "read": [
            (s.title, [(q.label, _said(q, answers.get(q.pk))) for q in s.questions.all() if q.pk in answers])
            for s in sections
        ],
    }


def _said(question: Question, value: Any) -> str:
    if question.kind == QuestionKind.CHOICE and isinstance(value, int) and value < len(question.options):
        return str(question.options[value]["label"])
    return f"{value} / {SCALE}" if question.kind == QuestionKind.SCALE else str(value)
