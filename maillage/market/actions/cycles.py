"""The life of a cycle: made, dated, opened, closed, packed, distributed; by hand or by the clock, only forward."""

import logging
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action, locked
from maillage.core.dates import say
from maillage.core.events import Event, publish

from .. import access
from ..calendar import next_dates
from ..models import Cycle, CycleState, CycleStep, CycleTemplate, Market, Offer, Pause, ProducerConfirmation, Slot
from ..ranking import rank_offers
from ..types import CycleClosed, CycleDistributed, CycleOpened, CyclePacked
from .offers import copy_offers
from .reopening import hold_state
from .slots import sync_slots

log = logging.getLogger(__name__)
_ONE_SECOND = timedelta(seconds=1)


class WrongStep(Refused):
    """The cycle is not at the step just before the one asked for."""

    def __init__(self, cycle: Cycle) -> None:
        super().__init__(
            _("Le cycle %(number)s est %(state)s : cette étape n’est pas la suivante. Rechargez la page.")
            % {"number": cycle.number, "state": cycle.get_state_display()}
        )


class NotReady(Refused):
    """A cycle cannot open: nothing to sell, nowhere to fetch it, or dates that have passed."""


class WrongDates(Refused):
    """The dates of a cycle are not in order, or cannot change any more."""


class DraftExists(Refused):
    """The market prepares another cycle already."""


class NoTemplate(Refused):
    """The market has no calendar to date its cycles by."""


_BEFORE = {
    CycleState.OPEN: CycleState.DRAFT,
    CycleState.CLOSED: CycleState.OPEN,
    CycleState.PACKED: CycleState.CLOSED,
    CycleState.DISTRIBUTED: CycleState.PACKED,
    CycleState.SETTLED: CycleState.DISTRIBUTED,
}


@action(access.market)
def create_cycle(*, market_id: int, opens_at: datetime, closes_at: datetime, delivered_on: date, by: Any) -> Cycle:
    """A draft with the next number and the market's slots, without offers. Raises WrongDates, DraftExists."""
    return _create(market_id=market_id, opens_at=opens_at, closes_at=closes_at, delivered_on=delivered_on)


@action(access.market)
def first_cycle(*, market_id: int, now: datetime, by: Any) -> Cycle:
    """A draft dated by the market's calendar, without offers. Raises NoTemplate, DraftExists."""
    dates = next_dates(_template(market_id), after=now, pauses=_pauses(market_id))
    return _create(
        market_id=market_id, opens_at=dates.opens_at, closes_at=dates.closes_at, delivered_on=dates.delivered_on
    )


@action(access.cycle)
def clone_cycle(*, cycle_id: int, now: datetime, by: Any) -> Cycle:
    """The next cycle as a draft: the offers of `cycle_id`, dates from the calendar, slots from points and zones.

    An offer keeps its quantity, maximum, step and alert. Its price is the catalogue's of today, split by the market's
    terms of today, unless the coordinator had set it: then it stays as it was. What left the catalogue is left out.
    A constant number of statements whatever the number of offers. Raises NoTemplate, DraftExists.
    """
    source = Cycle.objects.select_related("market").get(pk=cycle_id)
    just_before_close = source.closes_at.replace(microsecond=0) - _ONE_SECOND
    dates = next_dates(
        _template(source.market_id),
        after=max(now, just_before_close),
        previous=source.opens_at,
        pauses=_pauses(source.market_id),
    )
    cycle = _create(
        market_id=source.market_id,
        opens_at=dates.opens_at,
        closes_at=dates.closes_at,
        delivered_on=dates.delivered_on,
        cloned_from=source,
    )
    copy_offers(source=source, target=cycle, today=localtime(now).date())
    return cycle


@action(access.cycle)
def set_dates(
    *, cycle_id: int, opens_at: datetime, closes_at: datetime, delivered_on: date, note: str, now: datetime, by: Any
) -> Cycle:
    """Change the dates and note of a cycle that members can still order in; slots follow.

    An open cycle keeps its opening and its delivery day (members chose their slot by it). Raises WrongDates, WrongStep.
    """
    cycle = _lock(cycle_id)
    if not cycle.is_live:
        raise WrongStep(cycle)
    if cycle.state == CycleState.OPEN:
        opens_at = cycle.opens_at
        if delivered_on != cycle.delivered_on:
            raise WrongDates(_("Le cycle est ouvert : des membres ont choisi leur heure d’après le jour de livraison."))
    _check_order(opens_at, closes_at, delivered_on)
    if closes_at <= now:
        raise WrongDates(
            _("La fermeture doit être à venir. Pour fermer tout de suite, utilisez « Fermer maintenant ».")
        )
    cycle.opens_at, cycle.closes_at, cycle.delivered_on, cycle.note = opens_at, closes_at, delivered_on, note
    cycle.save(update_fields=["opens_at", "closes_at", "delivered_on", "note"])
    if cycle.state == CycleState.DRAFT:
        sync_slots(cycle)
    return cycle


@action(access.cycle)
def open_cycle(*, cycle_id: int, now: datetime, by: Any) -> Cycle:
    """Draft → open: members may order. Opened early by hand, it is open from `now` on.

    Raises WrongStep, or NotReady with what is missing.
    """
    cycle = _lock(cycle_id)
    if cycle.state == CycleState.DRAFT:
        _check_ready(cycle, now)
        if now < cycle.opens_at:
            cycle.opens_at = now
            cycle.save(update_fields=["opens_at"])
        rank_offers(cycle_id=cycle.pk)
    return advance(cycle, CycleState.OPEN, now, by, CycleOpened)


def close_cycle(*, cycle_id: int, now: datetime, by: Any) -> Cycle:
    """Open → closed: nobody orders any more. Orders under way are waited for; none comes in after (see Cycle).

    Two transactions. The first moves `closes_at` to `now`, which turns new orders away at once: a rush of them could
    otherwise keep the closing waiting, since they share the lock that it needs alone. The second closes; if the machine
    fails between the two, the clock closes within the minute.
    Nothing is computed here that can be computed from the rows: documents are made by jobs after. Raises WrongStep.
    """
    _turn_away(cycle_id=cycle_id, now=now, by=by)
    return _close(cycle_id=cycle_id, now=now, by=by)


@action(access.cycle)
def _turn_away(*, cycle_id: int, now: datetime, by: Any) -> None:
    Cycle.objects.filter(pk=cycle_id, state=CycleState.OPEN, closes_at__gt=now, opens_at__lt=now).update(closes_at=now)


@action(access.cycle)
def _close(*, cycle_id: int, now: datetime, by: Any) -> Cycle:
    return advance(_lock(cycle_id), CycleState.CLOSED, now, by, CycleClosed)


@action(access.cycle)
def mark_packed(*, cycle_id: int, now: datetime, by: Any) -> Cycle:
    """Closed → packed: every crate is ready. Raises WrongStep."""
    return advance(_lock(cycle_id), CycleState.PACKED, now, by, CyclePacked)


@action(access.cycle)
def mark_distributed(*, cycle_id: int, now: datetime, by: Any) -> Cycle:
    """Packed → distributed: pickup and delivery are over. Raises WrongStep."""
    return advance(_lock(cycle_id), CycleState.DISTRIBUTED, now, by, CycleDistributed)


def run_clock(*, now: datetime) -> list[tuple[int, str]]:
    """Open and close what is due at `now`; pairs of (cycle, state entered). Run again, or beside a person, it is safe.

    A draft that is not ready stays a draft (the coordinator's page says why). One cycle's refusal stops no other.
    """
    done = []
    to_open = Cycle.objects.filter(state=CycleState.DRAFT, opens_at__lte=now, closes_at__gt=now)
    to_close = Cycle.objects.filter(state=CycleState.OPEN, closes_at__lte=now)
    steps: list[tuple[Callable[..., Cycle], Any, CycleState]] = [
        (open_cycle, to_open, CycleState.OPEN),
        (close_cycle, to_close, CycleState.CLOSED),
    ]
    for step, due, state in steps:
        for cycle_id in list(due.order_by("pk").values_list("pk", flat=True)):
            try:
                step(cycle_id=cycle_id, now=now, by=None)
            except Refused as refusal:
                log.info("clock: cycle %s stays as it is: %s", cycle_id, refusal)
            else:
                done.append((cycle_id, state.value))
    return done


@action(access.producer)
def confirm_order_sheet(
    *, cycle_id: int, producer_id: int, now: datetime, note: str = "", by: Any
) -> ProducerConfirmation:
    """A producer will fill their order sheet. The same one twice keeps the first. Raises WrongStep before the close."""
    hold_state(cycle_id=cycle_id)
    cycle = Cycle.objects.get(pk=cycle_id)
    if not cycle.has_reached(CycleState.CLOSED):
        raise WrongStep(cycle)
    return ProducerConfirmation.objects.get_or_create(
        cycle=cycle, producer_id=producer_id, defaults={"at": now, "by": by, "note": note}
    )[0]


def missing_to_open(cycle: Cycle, *, now: datetime) -> list[str]:
    """Sentences that say what a draft still needs before it can open."""
    missing = []
    if not Offer.objects.filter(cycle=cycle, is_open=True).exists():
        missing.append(_("Ajoutez au moins un produit à l’offre."))
    if not Slot.objects.filter(cycle=cycle).exists():
        missing.append(_("Ajoutez un point de cueillette avec ses heures, ou une zone de livraison."))
    if cycle.closes_at <= now:
        closed_on = say(cycle.closes_at, "DATETIME_FORMAT")
        missing.append(_("La fermeture prévue (%(moment)s) est passée : changez les dates.") % {"moment": closed_on})
    return missing


def _check_ready(cycle: Cycle, now: datetime) -> None:
    if missing := missing_to_open(cycle, now=now):
        raise NotReady(" ".join(missing))


def _lock(cycle_id: int) -> Cycle:
    """The cycle's row, FOR UPDATE: waits for the orders under way, and makes the next ones wait (see Cycle)."""
    return Cycle.objects.select_for_update().get(pk=cycle_id)


def advance(cycle: Cycle, to: CycleState, now: datetime, by: Any, event: Callable[[int], Event]) -> Cycle:
    if cycle.state != _BEFORE[to]:
        raise WrongStep(cycle)
    cycle.state = to
    cycle.save(update_fields=["state"])
    turn = CycleStep.objects.filter(cycle=cycle).aggregate(last=Max("turn"))["last"] or 0
    CycleStep.objects.create(cycle=cycle, state=to, at=now, by=by, turn=turn)
    publish(event(cycle.pk))
    return cycle


def _create(
    *,
    market_id: int,
    opens_at: datetime,
    closes_at: datetime,
    delivered_on: date,
    cloned_from: Cycle | None = None,
) -> Cycle:
    _check_order(opens_at, closes_at, delivered_on)
    market = locked(Market, market_id)  # one number a cycle
    if draft := Cycle.objects.filter(market=market, state=CycleState.DRAFT).first():
        raise DraftExists(_("Le cycle %(number)s est déjà en préparation.") % {"number": draft.number})
    last = Cycle.objects.filter(market=market).aggregate(n=Max("number"))["n"] or 0
    cycle = Cycle.objects.create(
        market=market,
        number=last + 1,
        opens_at=opens_at,
        closes_at=closes_at,
        delivered_on=delivered_on,
        cloned_from=cloned_from,
    )
    sync_slots(cycle)
    return cycle


def _check_order(opens_at: datetime, closes_at: datetime, delivered_on: date) -> None:
    if closes_at <= opens_at:
        raise WrongDates(_("La fermeture doit venir après l’ouverture."))
    if delivered_on < localtime(closes_at).date():
        raise WrongDates(_("Le jour de livraison doit venir après la fermeture."))


def _template(market_id: int) -> CycleTemplate:
    template = CycleTemplate.objects.filter(market_id=market_id).first()
    if template is None:
        raise NoTemplate(_("Choisissez d’abord le calendrier des cycles : quand ils ouvrent, ferment et sont livrés."))
    return template


def _pauses(market_id: int) -> list[Any]:
    return list(Pause.objects.filter(market=market_id).values_list("during", flat=True))
