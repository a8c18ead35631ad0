"""Pages that a signed link opens, without an account: a questionnaire, a referral's answer, an outcome question.

A link that ended, or that was taken back, says so (410) and shows nothing of what it opened.
"""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from maillage.core import fields, limits
from maillage.core.actions import Refused

from .. import actions, queries
from ..documents import diagnostic_pdf
from ..models import Closing, SignedLink, Trend
from .common import pdf_answer
from .diagnostics import answer_page, question_context, result_context

type Opened = Callable[[HttpRequest, SignedLink, str], HttpResponse]


def by_link(field: str) -> Callable[[Opened], Callable[[HttpRequest, str], HttpResponse]]:
    """The view gets the link of that kind, as long as it works; who holds another reads what to do."""

    def decorate(view: Opened) -> Callable[[HttpRequest, str], HttpResponse]:
        @login_not_required
        @limits.public_form(field)
        @wraps(view)
        def opened(request: HttpRequest, token: str) -> HttpResponse:
            link, now = queries.link_by_token(token, field), timezone.now()
            if link.is_over(now):
                return _over(request, link, token)
            if link.opened_at is None and request.method == "POST":
                actions.note_opened(link_id=link.pk, now=now)
            answer = view(request, link, token)
            answer["Referrer-Policy"] = (
                "same-origin"  # the address is the key; with "no-referrer" a form loses its origin
            )
            return answer

        return opened

    return decorate


def _over(request: HttpRequest, link: SignedLink, token: str) -> HttpResponse:
    """The page of a link that opens nothing more."""
    answered = link.closed_because == Closing.ANSWERED
    context = {
        "link": link,
        "token": token,
        "who": queries.organisation_of(link),
        "may_ask": link.closed_at is None and link.asked_again_at is None,
    }
    return render(request, "accompaniment/link_over.html", context, status=200 if answered else 410)


@login_not_required
@require_POST
@limits.public_form("link_again")
def link_again(request: HttpRequest, token: str) -> HttpResponse:
    """Who holds an ended link asks for another."""
    link = queries.link_by_token(token)
    try:
        sent = actions.ask_new_link(link_id=link.pk, now=timezone.now())
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        who = {"who": queries.organisation_of(link)}
        messages.success(
            request,
            _("Un nouveau lien part à la même adresse de courriel.")
            if sent
            else _("Votre demande est transmise à %(who)s.") % who,
        )
    kind = next(f for f in ("diagnostic", "referral", "follow_up") if getattr(link, f"{f}_id"))
    return redirect(f"accompaniment:{kind}_link", token)


@by_link("diagnostic")
def diagnostic_link(request: HttpRequest, link: SignedLink, token: str) -> HttpResponse:
    row = queries.diagnostic_of_link(link)
    if row.answered_at is not None:
        context = {**result_context(row), "token": token, "until": link.expires_at}
        return render(request, "accompaniment/diagnostic_done.html", context)
    if request.method == "POST":
        return answer_page(request, row, "accompaniment/diagnostic_public.html", by=None, until=link.expires_at)
    context = {**question_context(row), "until": link.expires_at}
    return render(request, "accompaniment/diagnostic_public.html", context)


@by_link("diagnostic")
def diagnostic_link_pdf(request: HttpRequest, link: SignedLink, token: str) -> HttpResponse:
    """The result to keep; the questionnaire while it is not finished."""
    row = queries.diagnostic_of_link(link)
    if row.answered_at is None:
        return redirect("accompaniment:diagnostic_link", token)
    return pdf_answer(diagnostic_pdf(row), _("diagnostic"))


@by_link("referral")
def referral_link(request: HttpRequest, link: SignedLink, token: str) -> HttpResponse:
    row = queries.referral_of_link(link)
    if request.method == "POST":
        _answer(request, row, timezone.now())
        return redirect("accompaniment:referral_link", token)
    return render(request, "accompaniment/referral_public.html", {"row": row, "until": link.expires_at})


def _answer(request: HttpRequest, row: Any, now: datetime) -> None:
    choice = request.POST.get("reponse", "")
    try:
        if row.state == "sent" and choice in ("oui", "non"):
            actions.answer_referral(
                referral_id=row.pk, accepted=choice == "oui", answer=request.POST.get("answer", "")[:4000], now=now
            )
        elif row.state == "sent":
            messages.error(request, _("Choisissez « Accepter » ou « Refuser »."))
            return
        else:
            actions.close_referral(referral_id=row.pk, outcome=request.POST.get("outcome", "")[:4000], now=now)
        messages.success(request, _("C'est noté, merci."))
    except Refused as refused:
        messages.error(request, str(refused))


class OutcomeForm(forms.Form):
    sales = forms.ChoiceField(
        label=gettext_lazy("Depuis la fin du mandat, vos ventes sont"), choices=Trend.choices, widget=forms.RadioSelect
    )
    jobs_change = fields.IntegerField(
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


@by_link("follow_up")
def follow_up_link(request: HttpRequest, link: SignedLink, token: str) -> HttpResponse:
    row = queries.follow_up_of_link(link)
    form = OutcomeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.answer_follow_up(follow_up_id=row.pk, now=timezone.now(), **form.cleaned_data)
        except Refused as refused:
            messages.error(request, str(refused))
        return redirect("accompaniment:follow_up_link", token)
    return render(
        request,
        "accompaniment/follow_up_public.html",
        {"row": row, "form": form, "until": link.expires_at},
        status=422 if form.errors else 200,
    )
