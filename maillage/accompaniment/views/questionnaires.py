"""Questionnaires and their versions: built, ordered, tried out, published."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from maillage.core import fields
from maillage.core.actions import Refused
from maillage.core.numbers import whole
from maillage.directory.types import SignedIn
from maillage.funding.queries import streams_of

from .. import actions, queries
from ..documents import radar_of
from ..models import Question, QuestionKind, QuestionnaireVersion
from ..scoring import result
from .common import number_of, reading_or_404, working_organisation, works
from .diagnostics import asked_sections, read_answers


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
    weight = fields.IntegerField(label=gettext_lazy("Poids"), min_value=0, max_value=20, initial=1)
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


def preview(request: SignedIn, public_id: UUID) -> HttpResponse:
    """The questionnaire as the enterprise will read it, and its result for the answers tried. Nothing is kept."""
    row = queries.version_for(user=request.user, public_id=public_id)
    sections = list(row.sections.all())
    answers = read_answers(row, request.POST) if request.method == "POST" else {}
    context: dict[str, Any] = {"row": row, "preview": True, "sections": asked_sections(sections, answers, ())}
    if answers:
        found = result(sections, answers)
        context |= {"result": found, "drawing": radar_of(found)}
    return render(request, "accompaniment/preview.html", context)


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
    """Add, correct, move or remove a section or a question, publish, copy: one verb each."""
    row = queries.version_for(user=request.user, public_id=public_id, to_change=True)
    verb = request.POST.get("verbe", "")
    pages = {
        "section": _add_section,
        "question": _add_question,
        "corriger-question": _change_question,
        "corriger-section": _change_section,
    }
    try:
        if verb in pages:
            return pages[verb](request, row)
        if verb == "copier":
            draft = actions.new_version(questionnaire_id=row.questionnaire_id, by=request.user)
            return redirect("accompaniment:version", draft.public_id)
        _do(request, row, verb)
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("accompaniment:version", row.public_id)


def _do(request: SignedIn, row: QuestionnaireVersion, verb: str) -> None:
    if verb == "retirer-question":
        key = number_of(request.POST.get("question")) or 0
        actions.delete_question(version_id=row.pk, question_id=key, by=request.user)
    elif verb == "retirer-section":
        key = number_of(request.POST.get("section")) or 0
        actions.delete_section(version_id=row.pk, section_id=key, by=request.user)
    elif verb in MOVES:
        _move(request, row, verb)
    elif verb == "publier":
        actions.publish_version(version_id=row.pk, now=timezone.now(), by=request.user)
        messages.success(request, _("La version est publiée : elle ne change plus, et peut servir."))


MOVES = {"monter-section": -1, "descendre-section": 1, "monter-question": -1, "descendre-question": 1}


def _move(request: SignedIn, row: QuestionnaireVersion, verb: str) -> None:
    what = verb.rpartition("-")[2]
    key = number_of(request.POST.get(what)) or 0
    move = actions.move_section if what == "section" else actions.move_question
    move(version_id=row.pk, row_id=key, step=MOVES[verb], by=request.user)


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
