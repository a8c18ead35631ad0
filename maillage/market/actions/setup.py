"""A market and its terms: made and changed by the coordinator of its organisation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action, locked
from maillage.directory.actions import note_change
from maillage.directory.models import ContactChange, Organisation
from maillage.ledger import actions as ledger

from .. import access
from ..models import (
    Cycle,
    CycleState,
    CycleTemplate,
    DeliveryZone,
    Market,
    Pause,
    PickupPoint,
    PickupWindow,
    PointCapacity,
)
from .slots import sync_slots


class MarketExists(Refused):
    """The organisation has a market, or its address is taken."""


class NameTaken(Refused):
    """Two points or two zones of a market cannot have one name."""


class WrongHours(Refused):
    """An opening comes after its closing."""


@dataclass(frozen=True)
class Window:
    """Hours of a pickup point, `day_offset` days after the delivery day; `places` None: no limit of orders."""

    opens: time
    closes: time
    day_offset: int = 0
    places: int | None = None


@action(access.organisation)
def create_market(*, organisation_id: int, name: str, margin_mode: str, margin_rate: Decimal, by: Any) -> Market:
    """A market for an organisation, with its books open. Its address is made from the name. Raises MarketExists."""
    organisation = locked(Organisation, organisation_id)
    if Market.objects.filter(organisation=organisation).exists():
        raise MarketExists(_("%(name)s a déjà son marché.") % {"name": organisation.name})
    market = Market.objects.create(
        organisation=organisation,
        name=name,
        slug=_free_slug(name),
        margin_mode=margin_mode,
        margin_rate=margin_rate,
        territory=organisation.mrc,
        is_demo=organisation.is_demo,
    )
    ledger.open_book(organisation_id=organisation.pk, by=by)
    return market


@action(access.market)
def update_market(*, market_id: int, values: Mapping[str, Any], by: Any) -> Market:
    """Set terms of a market (names of its fields). Offers made already keep their prices. Returns it.

    A new Interac address is told to the old one, the new one and who keeps the organisation's file.
    """
    market = locked(Market, market_id)
    before = market.interac_email
    for name, value in values.items():
        if name not in _TERMS:
            raise ValueError(f"{name} is not a term of a market")
        setattr(market, name, value)
    market.save(update_fields=list(values))
    note_change(
        organisation_id=market.organisation_id,
        field=ContactChange.Field.INTERAC,
        before=before,
        after=market.interac_email,
        now=timezone.now(),
        by=by,
    )
    return market


_TERMS = frozenset(
    {
        "name",
        "summary",
        "margin_mode",
        "margin_rate",
        "membership_required",
        "payment_methods",
        "credit_limit",
        "order_minimum",
        "interac_email",
        "tps_number",
        "tvq_number",
        "language",
        "territory",
    }
)


@action(access.point)
def save_point(
    *,
    market_id: int,
    values: Mapping[str, Any],
    crates: Mapping[str, Decimal],
    windows: Sequence[Window],
    point_id: int | None = None,
    by: Any,
) -> PickupPoint:
    """Make or change a pickup point with its crates by temperature and its hours; live cycles follow.

    Raises NameTaken, WrongHours.
    """
    _check_hours(windows)
    point = PickupPoint.objects.get(pk=point_id, market_id=market_id) if point_id else PickupPoint(market_id=market_id)
    _fill(point, values)
    PointCapacity.objects.filter(point=point).delete()
    PointCapacity.objects.bulk_create(
        PointCapacity(point=point, temperature=temperature, crates=n) for temperature, n in crates.items()
    )
    PickupWindow.objects.filter(point=point).delete()
    PickupWindow.objects.bulk_create(
        PickupWindow(point=point, opens=w.opens, closes=w.closes, day_offset=w.day_offset, places=w.places)
        for w in windows
    )
    _sync(market_id)
    return point


@action(access.zone)
def save_zone(*, market_id: int, values: Mapping[str, Any], zone_id: int | None = None, by: Any) -> DeliveryZone:
    """Make or change a delivery zone; live cycles follow. Raises NameTaken, WrongHours."""
    _check_hours([Window(values["opens"], values["closes"])])
    zone = DeliveryZone.objects.get(pk=zone_id, market_id=market_id) if zone_id else DeliveryZone(market_id=market_id)
    _fill(zone, values)
    _sync(market_id)
    return zone


@action(access.market)
def save_template(*, market_id: int, values: Mapping[str, Any], by: Any) -> CycleTemplate:
    """The calendar of a market's next cycles. Cycles that exist keep their dates."""
    return CycleTemplate.objects.update_or_create(market_id=market_id, defaults=dict(values))[0]


class WrongPause(Refused):
    """A pause ends before it begins, or lasts more than a year."""


@action(access.market)
def add_pause(*, market_id: int, first: date, last: date, reason: str, by: Any) -> Pause:
    """From `first` to `last`, both included, the market delivers nothing. Cycles that exist keep their dates.

    Raises WrongPause.
    """
    if last < first:
        raise WrongPause(_("Le dernier jour doit venir après le premier."))
    if (last - first).days > 366:
        raise WrongPause(_("Une pause dure un an au plus."))
    after = last + timedelta(days=1)
    return Pause.objects.create(market_id=market_id, during=(first, after), reason=reason.strip()[:120])


@action(access.pause)
def remove_pause(*, pause_id: int, by: Any) -> None:
    """The market delivers again on those days. Removed already is no failure."""
    Pause.objects.filter(pk=pause_id).delete()


def _fill(thing: PickupPoint | DeliveryZone, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        setattr(thing, name, value)
    try:
        with transaction.atomic():
            thing.save()
    except IntegrityError as error:
        raise NameTaken(_("« %(name)s » existe déjà dans ce marché.") % {"name": thing.name}) from error


def _check_hours(windows: Iterable[Window]) -> None:
    if any(w.closes <= w.opens for w in windows):
        raise WrongHours(_("L’heure de fin doit venir après l’heure de début."))


def _sync(market_id: int) -> None:
    live = Cycle.objects.filter(market_id=market_id, state__in=[CycleState.DRAFT, CycleState.OPEN])
    for cycle in live.order_by("pk").select_for_update(no_key=True):
        sync_slots(cycle)


def _free_slug(name: str) -> str:
    base = slugify(name)[:50] or "marche"
    taken = set(Market.objects.filter(slug__startswith=base).values_list("slug", flat=True)) | {"nouveau"}
    return next(s for n in range(1, len(taken) + 2) if (s := base if n == 1 else f"{base}-{n}") not in taken)
