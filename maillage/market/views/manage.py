"""A market's settings: terms, pickup points, delivery zones, calendar; making a market. For its coordinator."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maillage.catalogue.models import PriceBasis
from maillage.core.actions import Refused
from maillage.core.money import cents
from maillage.core.text import Sorting
from maillage.directory.second_factor import step_up
from maillage.directory.types import SignedIn
from maillage.membership.models import MemberClass

from .. import actions, pricing
from ..calendar import Dates, next_dates
from ..models import CycleTemplate, MarginMode, Market, PickupPoint
from ..queries import cycles as queries
from ..setup_forms import MarketForm, PauseForm, PointForm, TemplateForm, TermsForm, WindowSet, ZoneForm, windows_of

EXAMPLE = Decimal("10.00")
FIRST_TEMPLATE = {
    "every_weeks": 1,
    "opens_weekday": 3,
    "opens_time": "12:00",
    "closes_weekday": 6,
    "closes_time": "20:00",
    "delivered_weekday": 2,
    "holiday_shift": -1,
}


@dataclass(frozen=True)
class Example:
    """What a margin means for one price of ten dollars."""

    sentence: str
    parts: list[tuple[str, Decimal]]


def example_of(mode: str, rate: Decimal) -> Example:
    """The margin in plain words, on what a producer asks (on top) or a member sees (retained)."""
    basis = PriceBasis.SHELF if mode == MarginMode.RETAINED else PriceBasis.PRODUCER
    prices = pricing.split(EXAMPLE, basis, mode, rate)
    member, producer = cents(prices.member), cents(prices.producer)
    from maillage.core.templatetags.maillage import money, percent

    words = {
        "member": money(member),
        "producer": money(producer),
        "margin": money(member - producer),
        "rate": percent(rate),
    }
    sentence = (
        _("Un membre paie %(member)s avant taxes : le producteur reçoit %(producer)s, le marché garde %(margin)s.")
        if mode == MarginMode.RETAINED
        else _(
            "Le producteur demande %(producer)s et les reçoit en entier : le marché ajoute %(rate)s, "
            "le membre paie %(member)s avant taxes et voit les %(margin)s du marché."
        )
    )
    return Example(sentence % words, [(_("Producteur"), producer), (pgettext("market", "Marché"), member - producer)])


def _posted_example(data: Any, market: Market | None = None) -> Example | None:
    """The example of what is typed; None while it is no margin."""
    from maillage.core.numbers import decimal_of

    mode = data.get("margin_mode") or (market.margin_mode if market else MarginMode.RETAINED.value)
    try:
        rate = decimal_of(data.get("margin_percent", "")) / 100
        return example_of(mode, rate) if mode in MarginMode.values else None
    except ValueError:
        return None


@require_http_methods(["GET", "POST"])
def setup(request: SignedIn) -> HttpResponse:
    """A market for one of my organisations, in one page."""
    organisations = queries.organisations_without_market(user=request.user)
    form = MarketForm(request.POST or None, organisations=organisations)
    if request.method == "POST" and organisations and form.is_valid():
        try:
            market = actions.create_market(
                organisation_id=form.cleaned_data["organisation"].pk,
                name=form.cleaned_data["name"],
                margin_mode=form.cleaned_data["margin_mode"],
                margin_rate=form.rate,
                by=request.user,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Le marché existe. Dites maintenant où les commandes se cueillent."))
            return redirect("market:manage", market.slug)
    example = _posted_example(request.POST) if request.POST else example_of(MarginMode.RETAINED, Decimal("0.20"))
    return render(
        request,
        "market/setup.html",
        {"form": form, "organisations": organisations, "example": example},
        status=422 if form.errors else 200,
    )


@require_GET
def margin_example(request: SignedIn) -> HttpResponse:
    """The example alone, as a margin is typed."""
    return render(request, "market/setup.html#example", {"example": _posted_example(request.GET)})


@require_GET
def manage(request: SignedIn, slug: str) -> HttpResponse:
    """A market's home for its coordinator: the cycle of the moment, what is left to set, past cycles."""
    market = queries.managed_market(user=request.user, slug=slug)
    cycles = list(queries.cycles_of(market)[:14])
    live = [c for c in cycles if c.state != "settled"]
    return render(
        request,
        "market/manage.html",
        {
            "market": market,
            "cycles": cycles,
            "live": live,
            "has_draft": any(c.state == "draft" for c in cycles),
            "todo": _todo(market, has_cycles=bool(cycles)),
        },
    )


def _todo(market: Market, *, has_cycles: bool) -> list[dict[str, Any]]:
    """Steps of a new market; empty once all are done."""
    points = PickupPoint.objects.filter(market=market, is_active=True).exists()
    zones = queries.zones_of(market).filter(is_active=True).exists()
    template = CycleTemplate.objects.filter(market=market).exists()
    steps = [
        (_("Dire où les commandes se cueillent ou se livrent"), "market:manage_points", points or zones),
        (_("Choisir le calendrier des cycles"), "market:manage_calendar", template),
        (_("Préparer le premier cycle"), "market:manage", has_cycles),
    ]
    if all(done for _title, _url, done in steps):
        return []
    current = next(i for i, step in enumerate(steps) if not step[2])
    return [
        {"title": title, "url": url, "state": "done" if done else "current" if i == current else "todo"}
        for i, (title, url, done) in enumerate(steps)
    ]


@require_http_methods(["GET", "POST"])
def terms(request: SignedIn, slug: str) -> HttpResponse:
    market = queries.managed_market(user=request.user, slug=slug)
    form = TermsForm.of(market, request.POST or None)
    if request.method == "POST" and form.is_valid():
        moved = form.values.get("interac_email", market.interac_email) != market.interac_email
        if moved and (again := step_up(request, money=True)):
            return again
        actions.update_market(market_id=market.pk, values=form.values, by=request.user)
        messages.success(request, _("Les conditions sont enregistrées. Elles valent pour les prochaines offres."))
        return redirect("market:manage_terms", market.slug)
    example = (
        _posted_example(request.POST, market) if request.POST else example_of(market.margin_mode, market.margin_rate)
    )
    return render(
        request,
        "market/manage_terms.html",
        {
            "market": market,
            "form": form,
            "example": example,
            "classes": MemberClass.objects.filter(organisation_id=market.organisation_id).order_by(Sorting("name")),
        },
        status=422 if form.errors else 200,
    )


@require_GET
def points(request: SignedIn, slug: str) -> HttpResponse:
    market = queries.managed_market(user=request.user, slug=slug)
    return render(
        request,
        "market/manage_points.html",
        {"market": market, "points": queries.points_of(market), "zones": queries.zones_of(market)},
    )


@require_http_methods(["GET", "POST"])
def point(request: SignedIn, slug: str, public_id: UUID | None = None) -> HttpResponse:
    """Make or change a pickup point."""
    market = queries.managed_market(user=request.user, slug=slug)
    known = queries.point_of(market, public_id) if public_id else None
    form = PointForm.of(known, request.POST or None)
    hours = [
        {"day_offset": w.day_offset, "opens": w.opens, "closes": w.closes, "places": w.places}
        for w in (known.windows.all() if known else [])
    ]
    windows = WindowSet(request.POST or None, prefix="w", initial=hours)
    if request.method == "POST" and form.is_valid() and windows.is_valid():
        try:
            saved = actions.save_point(
                market_id=market.pk,
                point_id=known.pk if known else None,
                values=form.values,
                crates=form.crates,
                windows=windows_of(windows),
                by=request.user,
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("« %(name)s » est enregistré.") % {"name": saved.name})
            return redirect("market:manage_points", market.slug)
    wrong = request.method == "POST"
    return render(
        request,
        "market/manage_point.html",
        {"market": market, "point": known, "form": form, "windows": windows},
        status=422 if wrong else 200,
    )


@require_http_methods(["GET", "POST"])
def zone(request: SignedIn, slug: str, public_id: UUID | None = None) -> HttpResponse:
    """Make or change a delivery zone."""
    market = queries.managed_market(user=request.user, slug=slug)
    known = queries.zone_of(market, public_id) if public_id else None
    form = ZoneForm.of(known, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            saved = actions.save_zone(
                market_id=market.pk, zone_id=known.pk if known else None, values=form.cleaned_data, by=request.user
            )
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("« %(name)s » est enregistré.") % {"name": saved.name})
            return redirect("market:manage_points", market.slug)
    return render(
        request,
        "market/manage_zone.html",
        {"market": market, "zone": known, "form": form},
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "POST"])
def calendar(request: SignedIn, slug: str) -> HttpResponse:
    """When cycles open, close and are delivered, with the dates that come out of it."""
    market = queries.managed_market(user=request.user, slug=slug)
    known = CycleTemplate.objects.filter(market=market).first()
    form = TemplateForm(
        request.POST or None, instance=known or CycleTemplate(market=market), initial={} if known else FIRST_TEMPLATE
    )
    if request.method == "POST" and form.is_valid():
        actions.save_template(market_id=market.pk, values=form.cleaned_data, by=request.user)
        messages.success(request, _("Le calendrier est enregistré."))
        return redirect("market:manage_calendar", market.slug)
    return render(
        request,
        "market/manage_calendar.html",
        _calendar_context(market, form, known),
        status=422 if form.errors else 200,
    )


def _calendar_context(
    market: Market, form: TemplateForm, known: CycleTemplate | None, pause: PauseForm | None = None
) -> dict[str, Any]:
    pauses = queries.pauses_of(market, today=timezone.localdate())
    return {
        "market": market,
        "form": form,
        "known": known,
        "coming": _coming(known, [p.during for p in pauses]),
        "pauses": [(p, p.during.upper - timedelta(days=1)) for p in pauses],
        "pause_form": pause or PauseForm(),
    }


@require_POST
def add_pause(request: SignedIn, slug: str) -> HttpResponse:
    """Days on which the market delivers nothing."""
    market = queries.managed_market(user=request.user, slug=slug)
    form = PauseForm(request.POST)
    if form.is_valid():
        try:
            actions.add_pause(market_id=market.pk, by=request.user, **form.cleaned_data)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("La pause est inscrite : les prochains cycles passent par-dessus."))
            return redirect("market:manage_calendar", slug)
    known = CycleTemplate.objects.filter(market=market).first()
    blank = TemplateForm(instance=known or CycleTemplate(market=market), initial={} if known else FIRST_TEMPLATE)
    return render(request, "market/manage_calendar.html", _calendar_context(market, blank, known, form), status=422)


@require_POST
def remove_pause(request: SignedIn, slug: str, public_id: UUID) -> HttpResponse:
    market = queries.managed_market(user=request.user, slug=slug)
    pause = queries.pause_of(market, public_id)
    actions.remove_pause(pause_id=pause.pk, by=request.user)
    messages.success(request, _("La pause est retirée."))
    return redirect("market:manage_calendar", slug)


def _coming(template: CycleTemplate | None, pauses: list[Any], count: int = 6) -> list[Dates]:
    if template is None:
        return []
    dates = [next_dates(template, after=timezone.now(), pauses=pauses)]
    while len(dates) < count:
        last = dates[-1]
        dates.append(next_dates(template, after=last.opens_at, previous=last.opens_at, pauses=pauses))
    return dates
