"""A cycle closed too early takes orders again, while nothing was made of its close.

What is made of it: a producer who confirmed, what was received, weighed or found missing, an order handed over. Those
writes hold the cycle's row (`hold_state`) while they look at its state; reopening takes it alone, and a trigger refuses
the move back when it finds any of them (migration `cycle_reopens`).
"""

from datetime import datetime
from typing import Any

from django.db.models import Max
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from maillage.core import letters, sql
from maillage.core.actions import Refused, action
from maillage.core.events import publish

from .. import access
from ..models import (
    Cycle,
    CycleState,
    CycleStep,
    Document,
    LineAdjustment,
    Order,
    OrderState,
    ProducerConfirmation,
    Reception,
)
from ..types import CycleReopened


class TooLate(Refused):
    """Something was made of the close already, or the cycle is past it."""


class WrongClosing(Refused):
    """The new closing is past, or after the day of delivery."""


_STATE = """
SELECT cycle.state FROM market_cycle cycle WHERE cycle.id = COALESCE(
    %(cycle)s::bigint,
    (SELECT cycle_id FROM market_order WHERE id = %(order)s::bigint),
    (SELECT cycle_id FROM market_offer WHERE id = %(offer)s::bigint)
) FOR KEY SHARE OF cycle
"""


def hold_state(*, cycle_id: int | None = None, order_id: int | None = None, offer_id: int | None = None) -> CycleState:
    """The state of a cycle (or an order's, or an offer's), which cannot change until the transaction ends."""
    ((state,),) = sql.rows(_STATE, {"cycle": cycle_id, "order": order_id, "offer": offer_id})
    return CycleState(state)


def made_of(cycle: Cycle) -> list[str]:
    """Sentences that say what was made of a cycle's close; none while it can be taken back. Four statements."""
    found = []
    if ProducerConfirmation.objects.filter(cycle=cycle).exists():
        found.append(_("Des producteurs ont confirmé leur bon de commande."))
    if Reception.objects.filter(offer__cycle=cycle).exists():
        found.append(_("Ce qui est arrivé est déjà noté."))
    if LineAdjustment.objects.filter(line__order__cycle=cycle).exists():
        found.append(_("Des poids ou des manquants sont déjà notés."))
    if Order.objects.filter(cycle=cycle, state=OrderState.HANDED_OVER).exists():
        found.append(_("Des commandes sont déjà remises."))
    return found


@action(access.cycle)
def reopen_cycle(*, cycle_id: int, closes_at: datetime, now: datetime, by: Any) -> Cycle:
    """Closed → open until `closes_at`: members order again. The documents go; producers whose sheet left are told.

    Raises TooLate with what was made of the close, WrongClosing.
    """
    cycle = Cycle.objects.select_for_update().get(pk=cycle_id)
    if cycle.state != CycleState.CLOSED:
        raise TooLate(
            _("Seul un cycle fermé, dont les caisses ne sont pas prêtes, peut prendre de nouveau des commandes.")
        )
    if made := made_of(cycle):
        raise TooLate(" ".join([*made, _("Le cycle ne peut plus rouvrir.")]))
    if closes_at <= now:
        raise WrongClosing(_("La fermeture doit être à venir."))
    if localdate(closes_at) > cycle.delivered_on:
        raise WrongClosing(_("La fermeture ne peut pas venir après le jour de livraison."))
    told = _take_back_documents(cycle)
    cycle.state, cycle.closes_at = CycleState.OPEN, closes_at
    cycle.save(update_fields=["state", "closes_at"])
    turn = CycleStep.objects.filter(cycle=cycle).aggregate(last=Max("turn"))["last"] or 0
    CycleStep.objects.create(cycle=cycle, state=CycleState.OPEN, at=now, by=by, turn=turn + 1)
    publish(CycleReopened(cycle_id=cycle.pk, turn=turn + 1, producers=",".join(str(key) for key in told)))
    return cycle


def _take_back_documents(cycle: Cycle) -> list[int]:
    """The documents of the close go, with the letters that did not leave; the producers who got theirs."""
    documents = list(Document.objects.filter(cycle=cycle))
    occasions = {f"order-sheet:{d.pk}": d.producer_id for d in documents if d.producer_id is not None}
    letters.withdraw(list(occasions))
    told = {occasions[occasion] for occasion in letters.left(list(occasions))}
    for document in documents:
        if document.file:
            document.file.delete(save=False)
    Document.objects.filter(cycle=cycle).delete()
    return sorted(told)
