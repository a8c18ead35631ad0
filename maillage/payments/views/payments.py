"""Payments of an organisation: the list, one recorded by hand, refunds, and what waits before the bank."""

import uuid
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from maillage.core.actions import Refused
from maillage.core.numbers import whole
from maillage.directory import downloads
from maillage.directory.second_factor import step_up
from maillage.directory.types import SignedIn
from maillage.ledger.types import AccountKind

from .. import actions, methods, queries, tables
from ..forms import DepositForm, FilterForm, RecordForm, RefundForm
from ..models import Method

PAGE = 50


def page_number(request: SignedIn) -> int:
    return whole(request.GET.get("page")) or 1


@require_http_methods(["GET", "POST"])
def payments(request: SignedIn, public_id: UUID) -> HttpResponseBase:
    """Payments received, the latest first."""
    organisation = queries.organisation_kept_by(user=request.user, public_id=public_id)
    context = {
        "organisation": organisation,
        "form": FilterForm(request.GET),
        "no_cards": methods.get("card").unavailable(),
    }
    return downloads.listed(
        request, "payments/payments.html", tables.payments, context, organisation=str(organisation.public_id)
    )


@require_http_methods(["GET", "POST"])
def record(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Find the person, then say what was received."""
    organisation = queries.organisation_kept_by(user=request.user, public_id=public_id)
    search = request.GET.get("q", "")[:100]
    chosen = request.GET.get("personne", "")
    payer = payer_of(organisation.pk, request.GET) if chosen else None
    form = RecordForm(request.POST or None, initial={"key": uuid.uuid4(), "occurred_on": timezone.localdate()})
    if request.method == "POST" and payer is not None and form.is_valid():
        data = form.cleaned_data
        try:
            actions.record(
                organisation_id=organisation.pk,
                person_id=payer.person.pk,
                buyer_id=payer.buyer.pk if payer.buyer else None,
                method=data["method"],
                amount=data["amount"],
                reference=data["reference"],
                key=f"hand:{data['key']}",
                occurred_on=data["occurred_on"],
                by=request.user,
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Le paiement de %(name)s est inscrit.") % {"name": payer.name})
            return redirect("payments:payments", organisation.public_id)
    return render(
        request,
        "payments/record.html",
        {
            "organisation": organisation,
            "form": form,
            "payer": payer,
            "search": search,
            "found": [] if payer else queries.found_payers(organisation.pk, search),
        },
    )


def payer_of(organisation_id: int, data: Any) -> queries.Payer:
    """Whom the fields `personne` and `pour` name; Http404 for who has no account here."""
    buyer = data.get("pour", "")
    return queries.payer_for(
        organisation_id, person=as_uuid(data.get("personne", "")), buyer=as_uuid(buyer) if buyer else None
    )


def as_uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


@require_http_methods(["GET", "POST"])
def payment(request: SignedIn, public_id: UUID) -> HttpResponse:
    """A payment, and giving it back."""
    shown = queries.payment_for(user=request.user, public_id=public_id)
    left = shown.amount - shown.refunded
    form = RefundForm(request.POST or None, initial={"amount": left, "refunded_before": shown.refunded})
    if request.method == "POST" and form.is_valid():
        if again := step_up(request, money=True):
            return again
        data = form.cleaned_data
        try:
            if shown.method == Method.CARD:
                actions.refund_card(payment_id=shown.pk, now=timezone.now(), by=request.user, **data)
            else:
                actions.refund(payment_id=shown.pk, today=timezone.localdate(), by=request.user, **data)
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("Le remboursement est inscrit."))
        return redirect("payments:payment", shown.public_id)
    return render(
        request,
        "payments/payment.html",
        {"payment": shown, "organisation": shown.organisation, "form": form, "left": left},
    )


@require_POST
def undo(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Undo a payment that was recorded by mistake."""
    shown = queries.payment_for(user=request.user, public_id=public_id)
    if again := step_up(request, money=True):
        return again
    try:
        actions.undo(payment_id=shown.pk, today=timezone.localdate(), by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Le paiement est annulé : une écriture l'a renversé."))
    return redirect("payments:payment", shown.public_id)


@require_http_methods(["GET", "POST"])
def reconciliation(request: SignedIn, public_id: UUID) -> HttpResponse:
    """What waits before the bank, beside what came in; and moving it there."""
    organisation = queries.organisation_kept_by(user=request.user, public_id=public_id)
    form = DepositForm(request.POST or None, initial={"key": uuid.uuid4(), "occurred_on": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            actions.deposit(
                organisation_id=organisation.pk,
                kind=AccountKind(data["kind"]),
                amount=data["amount"],
                fee=data["fee"],
                occurred_on=data["occurred_on"],
                key=f"deposit:{data['key']}",
                by=request.user,
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Le dépôt est inscrit."))
            return redirect("payments:reconciliation", organisation.public_id)
    return render(
        request,
        "payments/reconciliation.html",
        {"organisation": organisation, "form": form, "clearings": queries.clearings(organisation.pk)},
    )
