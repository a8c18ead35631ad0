"""Settling a cycle, paying producers, and a producer's statements."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maillage.core.actions import Refused
from maillage.core.sheets import date_of
from maillage.core.templatetags.maillage import money
from maillage.directory import downloads
from maillage.directory.actions import check_contact
from maillage.directory.second_factor import step_up
from maillage.directory.types import SignedIn

from .. import statements as making
from .. import tables
from ..access import KEEPERS
from ..actions import settle as actions
from ..models import Cycle, CycleState
from ..queries import cycles as cycle_queries
from ..queries import settlement as queries

PDF = "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_http_methods(["GET", "POST"])
def settlements(request: SignedIn) -> HttpResponseBase:
    """Cycles to settle and producers to pay, across the markets that one keeps."""
    return downloads.listed(request, "market/settlements.html", tables.settlements, {})


@require_GET
def settlement(request: SignedIn, slug: str, number: int) -> HttpResponse:
    return _page(request, _cycle(request, slug, number))


def _page(request: SignedIn, cycle: Cycle, *, problem: str = "", typed: Any = None) -> HttpResponse:
    view = queries.settling_of(cycle, now=timezone.now())
    chosen = set(typed.getlist("statement")) if typed else {str(s.public_id) for s in view.ready}
    context = {
        "cycle": cycle,
        "market": cycle.market,
        "manages": cycle_queries.manages(user=request.user, market=cycle.market),
        "pays": queries.keeps_books(user=request.user, market=cycle.market),
        "view": view,
        "ready": cycle.state == CycleState.DISTRIBUTED,
        "early": not cycle.has_reached(CycleState.DISTRIBUTED),
        "rows": [
            (s, making.state_of(s), str(s.public_id) in chosen, view.holds.get(s.producer_id)) for s in view.statements
        ],
        "problem": problem,
        "today": typed.get("paid_on", "") if typed else timezone.localdate().isoformat(),
        "reference": typed.get("reference", "") if typed else "",
    }
    return render(request, "market/settlement.html", context, status=409 if problem else 200)


def _cycle(request: SignedIn, slug: str, number: int) -> Cycle:
    return cycle_queries.managed_cycle(user=request.user, slug=slug, number=number, kinds=KEEPERS)


@require_POST
def settle(request: SignedIn, slug: str, number: int) -> HttpResponse:
    cycle = _cycle(request, slug, number)
    try:
        actions.settle_cycle(cycle_id=cycle.pk, now=timezone.now(), by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Le cycle est réglé. Chaque producteur reçoit son relevé par courriel."))
    return redirect("market:settlement", slug, number)


@require_POST
def pay(request: SignedIn, slug: str, number: int) -> HttpResponse:
    """Mark the chosen statements paid, all or none: by the treasurer."""
    cycle = _cycle(request, slug, number)
    if not queries.keeps_books(user=request.user, market=cycle.market):
        raise Http404
    if again := step_up(request, money=True):
        return again
    wanted = set(request.POST.getlist("statement"))
    chosen = [s for s in queries.statements_of(cycle) if str(s.public_id) in wanted]
    try:
        paid_on = _day(request.POST.get("paid_on", ""))
        if not chosen:
            raise NothingChosen(_("Choisissez au moins un relevé à payer."))
        paid = actions.pay_statements(
            statement_ids=[s.pk for s in chosen],
            paid_on=paid_on,
            reference=request.POST.get("reference", ""),
            now=timezone.now(),
            by=request.user,
        )
    except Refused as refused:
        return _page(request, cycle, problem=str(refused), typed=request.POST)
    said = ngettext("%(n)s relevé payé, %(amount)s.", "%(n)s relevés payés, %(amount)s en tout.", len(paid))
    messages.success(request, said % {"n": len(paid), "amount": money(sum(s.net for s in paid))})
    return redirect("market:settlement", slug, number)


@require_POST
def payout_check(request: SignedIn, public_id: UUID) -> HttpResponse:
    """The treasurer made sure of a producer's new address by another channel, and says how."""
    row = queries.statement_for(user=request.user, public_id=public_id)
    market = row.cycle.market
    if not queries.keeps_books(user=request.user, market=market):
        raise Http404
    if again := step_up(request, money=True):
        return again
    now, how = timezone.now(), request.POST.get("how", "")
    hold = queries.holds_of([row], market, now).get(row.producer_id)
    if hold is None:
        messages.info(request, _("Rien ne retient plus ce paiement."))
        return redirect("market:settlement", market.slug, row.cycle.number)
    try:
        check_contact(change_id=hold.change.pk, payer_id=market.organisation_id, how=how, now=now, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("C'est noté : %(producer)s peut être payé.") % {"producer": row.producer})
    return redirect("market:settlement", market.slug, row.cycle.number)


class NothingChosen(Refused):
    """No statement was ticked."""


class WrongDay(Refused):
    """The day of the payment cannot be read, or has not come."""


def _day(text: str) -> date:
    try:
        day = date_of(text)
    except ValueError as error:
        raise WrongDay(str(error)) from error
    if day > timezone.localdate():
        raise WrongDay(_("La date du paiement est à venir : inscrivez le jour où l’argent est parti."))
    return day


@require_POST
def pay_undo(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.statement_for(user=request.user, public_id=public_id)
    if not queries.keeps_books(user=request.user, market=row.cycle.market):
        raise Http404
    if again := step_up(request, money=True):
        return again
    try:
        actions.undo_payment(statement_id=row.pk, now=timezone.now(), by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(
            request, _("Paiement annulé : le relevé de %(producer)s est à payer.") % {"producer": row.producer}
        )
    return redirect("market:settlement", row.cycle.market.slug, row.cycle.number)


@require_GET
def payouts(request: SignedIn, slug: str, number: int) -> HttpResponse:
    """What is left to pay and may be paid today, for the bank."""
    cycle = _cycle(request, slug, number)
    if again := step_up(request, money=True):
        return again
    waiting = queries.to_pay_now(cycle, now=timezone.now())
    response = HttpResponse(making.payouts_csv(waiting), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="paiements-{slug}-{number}.csv"'
    return response


@require_http_methods(["GET", "POST"])
def statements(request: SignedIn) -> HttpResponseBase:
    """A producer's statements, across markets."""
    return downloads.listed(request, "market/statements.html", tables.statements, {})


@require_GET
def statement(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.statement_for(user=request.user, public_id=public_id)
    view = queries.opened(row)
    context = {
        "statement": row,
        "market": row.cycle.market,
        "view": view,
        "sums": making.sums_of(row),
        "state": making.state_of(row),
        "corrections": [(making.said(a), a) for a in view.adjustments],
        "late": [(making.said(a), a) for a in view.late],
        "keeps": cycle_queries.manages(user=request.user, market=row.cycle.market)
        or queries.keeps_books(user=request.user, market=row.cycle.market),
    }
    return render(request, "market/statement.html", context)


@require_GET
def statement_pdf(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.statement_for(user=request.user, public_id=public_id)
    return _file(making.as_pdf(queries.opened(row)), making.file_name(row, "pdf"), PDF, inline=True)


@require_GET
def statement_xlsx(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.statement_for(user=request.user, public_id=public_id)
    return _file(making.as_xlsx(queries.opened(row)), making.file_name(row, "xlsx"), XLSX)


def _file(content: bytes, name: str, kind: str, *, inline: bool = False) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'{"inline" if inline else "attachment"}; filename="{name}"'
    response["Cache-Control"] = "private, no-cache"
    return response
