"""Pages that a signed link opens, without an account: a questionnaire, a referral's answer, an outcome question."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from maillage.core.actions import Refused

from .. import actions, queries
from ..models import Trend
from .diagnostics import answer_page, question_context, result_context


@login_not_required
def diagnostic_link(request: HttpRequest, token: str) -> HttpResponse:
    row = queries.diagnostic_by_token(token)
    if row.answered_at is not None:
        return render(request, "accompaniment/diagnostic_done.html", result_context(row))
    if request.method == "POST":
        return answer_page(request, row, "accompaniment/diagnostic_public.html", by=None)
    return render(request, "accompaniment/diagnostic_public.html", question_context(row))


@login_not_required
def referral_link(request: HttpRequest, token: str) -> HttpResponse:
    row = queries.referral_by_token(token)
    if request.method == "POST":
        try:
            if row.state == "sent":
                actions.answer_referral(
                    referral_id=row.pk,
                    accepted=request.POST.get("reponse") == "oui",
                    answer=request.POST.get("answer", "")[:4000],
                    now=timezone.now(),
                )
            else:
                actions.close_referral(
                    referral_id=row.pk, outcome=request.POST.get("outcome", "")[:4000], now=timezone.now()
                )
            messages.success(request, _("C'est noté, merci."))
        except Refused as refused:
            messages.error(request, str(refused))
        return redirect("accompaniment:referral_link", token)
    return render(request, "accompaniment/referral_public.html", {"row": row})


class OutcomeForm(forms.Form):
    sales = forms.ChoiceField(
        label=gettext_lazy("Depuis la fin du mandat, vos ventes sont"), choices=Trend.choices, widget=forms.RadioSelect
    )
    jobs_change = forms.IntegerField(
        label=gettext_lazy("Emplois en plus ou en moins"),
        help_text=gettext_lazy("Par exemple 2, ou -1."),
        required=False,
        min_value=-10_000,
        max_value=10_000,
    )
    helped = forms.TypedChoiceField(
        label=gettext_lazy("L'accompagnement y a contribué"),
        choices=[
            ("", gettext_lazy("je ne sais pas")),
            (1, gettext_lazy("pas du tout")),
            (2, gettext_lazy("un peu")),
            (3, gettext_lazy("assez")),
            (4, gettext_lazy("beaucoup")),
        ],
        coerce=int,
        empty_value=None,
        required=False,
    )
    comment = forms.CharField(
        label=gettext_lazy("Un mot de plus"), widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=4000
    )


@login_not_required
def follow_up_link(request: HttpRequest, token: str) -> HttpResponse:
    row = queries.follow_up_by_token(token)
    form = OutcomeForm(request.POST or None)
    if request.method == "POST" and row.answered_at is None and form.is_valid():
        try:
            actions.answer_follow_up(follow_up_id=row.pk, now=timezone.now(), **form.cleaned_data)
        except Refused as refused:
            messages.error(request, str(refused))
        return redirect("accompaniment:follow_up_link", token)
    return render(
        request, "accompaniment/follow_up_public.html", {"row": row, "form": form}, status=422 if form.errors else 200
    )
