"""A cycle, for the market's coordinator: how it goes, its next step, its dates, its offer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maillage.core import charts
from maillage.core.actions import Refused
from maillage.core.dates import say
from maillage.core.quantity import Temperature
from maillage.directory.types import SignedIn

from .. import actions
from ..actions.cycles import missing_to_open
from ..actions.reopening import made_of
from ..models import Cycle, CycleState, CycleStep
from ..queries import cycles as queries
from ..setup_forms import DatesForm, ReopenForm


@dataclass(frozen=True)
class Next:
    """The one next thing to do with a cycle: a button that posts (`verb`) or a page to open (`href`)."""

    title: str
    text: str
    label: str
    verb: str = ""
    href: str = ""
    confirm: str = ""


@require_GET
def cycle(request: SignedIn, slug: str, number: int) -> HttpResponse:
    """How a cycle goes, and the next action to take."""
    found = queries.managed_cycle(user=request.user, slug=slug, number=number)
    now = timezone.now()
    sales = queries.sales_of(found)
    producers = queries.producers_in(found)
    documents = queries.document_count(found) if found.has_reached(CycleState.CLOSED) else None
    after = queries.next_cycle_of(found)
    missing = missing_to_open(found, now=now) if found.state == CycleState.DRAFT else []
    unconfirmed = [p for p in producers if p.pieces and not p.confirmed]
    return render(
        request,
        "market/cycle.html",
        {
            "cycle": found,
            "market": found.market,
            "steps": _timeline(found, queries.steps_of(found)),
            "next": _next(found, missing, after, now),
            "missing": missing,
            "late": queries.has_fallen_behind(found, now=now),
            "sales": sales[0],
            "average": sales[0].goods / sales[0].orders if sales[0].orders else None,
            "before": _same_hour(found, sales, now),
            "chart": _chart(sales),
            "slots": queries.fill_of(found),
            "temperatures": Temperature.choices,
            "before_label": _("Cycle d’avant, à la même heure")
            if found.state == CycleState.OPEN
            else _("Cycle d’avant"),
            "producers": producers,
            "selling": sum(1 for p in producers if p.offers),
            "offers": sum(p.offers for p in producers),
            "unconfirmed": unconfirmed,
            "low": queries.running_out(found) if found.is_live else [],
            "documents": documents,
            "after": after,
            "can_clone": after is None,
            "reopens": found.state == CycleState.CLOSED and not made_of(found),
        },
    )


def _timeline(cycle: Cycle, steps: dict[str, CycleStep]) -> list[dict[str, Any]]:
    """Each state with when it was entered and by whom, or when it is due."""
    due = {CycleState.OPEN: cycle.opens_at, CycleState.CLOSED: cycle.closes_at}
    titles = {
        CycleState.OPEN: _("Ouvert aux commandes"),
        CycleState.CLOSED: _("Fermé"),
        CycleState.PACKED: _("Caisses prêtes"),
        CycleState.DISTRIBUTED: _("Distribué"),
        CycleState.SETTLED: _("Réglé"),
    }
    rows = []
    for state, title in titles.items():
        step = steps.get(state)
        reached = cycle.has_reached(state)
        rows.append(
            {
                "title": title,
                "state": ("current" if cycle.state == state else "done") if reached else "todo",
                "at": _moment(step.at) if step else _due(due.get(state), cycle, state) if not reached else "",
                "by": _author(step) if step else "",
            }
        )
    return rows


def _moment(at: datetime) -> str:
    return say(at, "DATETIME_FORMAT")


def _due(at: datetime | None, cycle: Cycle, state: CycleState) -> str:
    if at is not None:
        return _("prévu le %(moment)s") % {"moment": _moment(at)}
    if state == CycleState.DISTRIBUTED:
        return _("prévu le %(day)s") % {"day": say(cycle.delivered_on)}
    return ""


def _author(step: CycleStep) -> str:
    if step.by is None:
        return _("par l’horloge")
    person = getattr(step.by, "person", None)
    return person.name if person else step.by.email


def _next(cycle: Cycle, missing: list[str], after: Cycle | None, now: datetime) -> Next:
    """What to do now, said plainly."""
    args = [cycle.market.slug, cycle.number]
    if cycle.state == CycleState.DRAFT:
        return _next_of_draft(cycle, missing, args)
    if cycle.state == CycleState.OPEN:
        return Next(
            _("Les membres commandent."),
            _(
                "Le cycle se fermera de lui-même (%(moment)s) : les bons de commande partiront aux producteurs et les "
                "documents se prépareront. D’ici là, on peut commander pour un membre qui appelle."
            )
            % {"moment": _moment(cycle.closes_at)},
            _("Entrer une commande"),
            href=reverse("market:counter", args=args),
            confirm=_("Fermer le cycle maintenant ? Plus personne ne pourra commander, et cela ne se défait pas."),
        )
    if cycle.state == CycleState.CLOSED:
        return Next(
            _("On reçoit et on prépare les caisses."),
            _(
                "Notez ce que chaque producteur apporte. Quand chaque caisse est prête et étiquetée, dites-le ici : "
                "l’accueil des points le verra."
            ),
            _("Les caisses sont prêtes"),
            verb="pack",
        )
    if cycle.state == CycleState.PACKED:
        return Next(
            _("Les commandes se remettent."),
            _(
                "Quand la dernière commande est remise ou livrée, terminez la distribution : "
                "les manquants et les poids peuvent encore être corrigés avant le règlement."
            ),
            _("Terminer la distribution"),
            verb="distribute",
            confirm=_("Terminer la distribution de ce cycle ? Cela ne se défait pas."),
        )
    if cycle.state == CycleState.DISTRIBUTED:
        return Next(
            _("Il reste à régler les producteurs."),
            _("Le règlement calcule ce que chaque producteur reçoit, manquants et poids compris."),
            _("Régler le cycle"),
            href=reverse("market:settlement", args=args),
        )
    return _next_of_settled(cycle, after)


def _next_of_draft(cycle: Cycle, missing: list[str], args: list[Any]) -> Next:
    if missing:
        return Next(
            _("Ce cycle n’est pas prêt à s’ouvrir."),
            " ".join(missing),
            _("Compléter l’offre"),
            href=reverse("market:cycle_offers", args=args),
        )
    return Next(
        _("Tout est prêt."),
        _(
            "Le cycle s’ouvrira de lui-même (%(moment)s). En l’ouvrant maintenant, les membres peuvent "
            "commander tout de suite."
        )
        % {"moment": _moment(cycle.opens_at)},
        _("Ouvrir maintenant"),
        verb="open",
    )


def _next_of_settled(cycle: Cycle, after: Cycle | None) -> Next:
    if after is not None:
        return Next(
            _("Ce cycle est réglé."),
            _("Le cycle %(number)s est %(state)s.") % {"number": after.number, "state": after.get_state_display()},
            _("Voir le cycle %(number)s") % {"number": after.number},
            href=reverse("market:cycle", args=[cycle.market.slug, after.number]),
        )
    return Next(
        _("Ce cycle est réglé."),
        _("Le prochain reprend son offre, aux prix du catalogue d’aujourd’hui."),
        _("Préparer le prochain cycle"),
        verb="clone",
    )


def _same_hour(cycle: Cycle, sales: list[queries.Sales], now: datetime) -> tuple[int, Decimal] | None:
    """Orders and dollars of the last cycle when it was as old as this one (its end, once this one is closed)."""
    if len(sales) < 2 or cycle.state == CycleState.DRAFT:
        return None
    last = sales[1]
    if cycle.state != CycleState.OPEN:
        return last.orders, last.goods
    return last.at(int((now - cycle.opens_at).total_seconds() // 3600))


def _chart(sales: list[queries.Sales]) -> str:
    """Cumulated sales by hour since the opening, this cycle in front of the last ones; empty when there is nothing."""
    drawn = [s for s in sales if s.hours]
    if not drawn:
        return ""
    name = _("Cycle %(number)s")
    series = {
        name % {"number": s.number}: [(0, 0.0), *((h + 1, float(goods)) for h, _n, goods in s.hours)]
        for s in reversed(drawn)  # the last one drawn lies over the others
    }
    return charts.lines(
        series,
        x_title=_("heures depuis l’ouverture"),
        money=True,
        emphasis=name % {"number": sales[0].number},
    )


_STEPS: dict[str, Callable[..., Cycle]] = {
    "open": actions.open_cycle,
    "close": actions.close_cycle,
    "pack": actions.mark_packed,
    "distribute": actions.mark_distributed,
}


def _said(verb: str) -> str:
    return {
        "open": _("Le cycle est ouvert : les membres peuvent commander."),
        "close": _("Le cycle est fermé. Les documents se préparent et les bons partent aux producteurs."),
        "pack": _("Les caisses sont prêtes."),
        "distribute": _("La distribution est terminée. Il reste à régler."),
    }[verb]


@require_POST
def step(request: SignedIn, slug: str, number: int, verb: str) -> HttpResponse:
    """Take the next step of a cycle, once."""
    found = queries.managed_cycle(user=request.user, slug=slug, number=number)
    try:
        _STEPS[verb](cycle_id=found.pk, now=timezone.now(), by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _said(verb))
    return redirect("market:cycle", slug, number)


@require_http_methods(["GET", "POST"])
def reopen(request: SignedIn, slug: str, number: int) -> HttpResponse:
    """Take orders again after a close of which nothing was made, until another moment."""
    found = queries.managed_cycle(user=request.user, slug=slug, number=number)
    now = timezone.now()
    form = ReopenForm(request.POST or None, initial={"closes_at": _next_evening(now)})
    if request.method == "POST" and form.is_valid():
        try:
            actions.reopen_cycle(cycle_id=found.pk, now=now, by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Le cycle prend de nouveau des commandes."))
            return redirect("market:cycle", slug, number)
    context = {"cycle": found, "market": found.market, "form": form, "made": made_of(found)}
    return render(request, "market/cycle_reopen.html", context, status=422 if form.errors else 200)


def _next_evening(now: datetime) -> datetime:
    """Tonight at eight, or tomorrow's once that is near."""
    tonight = timezone.localtime(now).replace(hour=20, minute=0, second=0, microsecond=0)
    return tonight if tonight - now > timedelta(hours=2) else tonight + timedelta(days=1)


@require_POST
def clone(request: SignedIn, slug: str, number: int) -> HttpResponse:
    """The next cycle, in one click."""
    found = queries.managed_cycle(user=request.user, slug=slug, number=number)
    try:
        made = actions.clone_cycle(cycle_id=found.pk, now=timezone.now(), by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("market:cycle", slug, number)
    messages.success(request, _("Le cycle %(number)s est prêt à relire.") % {"number": made.number})
    return redirect("market:cycle", slug, made.number)


@require_POST
def first(request: SignedIn, slug: str) -> HttpResponse:
    """A market's first cycle: dated by the calendar, offering all that its producers have."""
    market = queries.managed_market(user=request.user, slug=slug)
    now = timezone.now()
    try:
        made = actions.first_cycle(market_id=market.pk, now=now, by=request.user)
        actions.offer_products(cycle_id=made.pk, today=timezone.localdate(now), by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("market:manage", slug)
    messages.success(request, _("Le cycle %(number)s est prêt à relire.") % {"number": made.number})
    return redirect("market:cycle", slug, made.number)


@require_http_methods(["GET", "POST"])
def dates(request: SignedIn, slug: str, number: int) -> HttpResponse:
    found = queries.managed_cycle(user=request.user, slug=slug, number=number)
    names = ("opens_at", "closes_at", "delivered_on", "note")
    form = DatesForm(request.POST or None, initial={n: getattr(found, n) for n in names}, edits=found)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_dates(cycle_id=found.pk, now=timezone.now(), by=request.user, **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Les dates du cycle sont enregistrées."))
            return redirect("market:cycle", slug, number)
    return render(
        request,
        "market/cycle_dates.html",
        {"cycle": found, "market": found.market, "form": form},
        status=422 if form.errors else 200,
    )


@require_POST
def remind(request: SignedIn, slug: str, number: int) -> HttpResponse:
    """Ask again the producers who have not confirmed."""
    found = queries.managed_cycle(user=request.user, slug=slug, number=number)
    late = [p.producer_id for p in queries.producers_in(found) if p.pieces and not p.confirmed]
    asked = actions.remind_producers(cycle_id=found.pk, producers=late, now=timezone.now(), by=request.user)
    messages.success(
        request,
        ngettext("%(n)s producteur est relancé.", "%(n)s producteurs sont relancés.", asked) % {"n": asked},
    )
    return redirect("market:cycle", slug, number)
