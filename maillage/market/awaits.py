"""What awaits at a market: to hand over, to run, to sell, to pay; one's order, or an open market."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from maillage.core.dates import say, say_when
from maillage.core.presence import Need, Source
from maillage.core.templatetags.maillage import money
from maillage.directory.queries import held_roles, organisations_where
from maillage.directory.types import RoleKind
from maillage.membership.models import Membership

from .models import Cycle, CycleState, Order, OrderState, ProducerConfirmation, ProducerStatement, Slot
from .queries import producers

RUNS = (RoleKind.COORDINATOR.value, RoleKind.DIRECTOR.value)
HANDS_OVER = (*RUNS, RoleKind.PACKER.value)


def _to_hand_over(user: Any, now: datetime) -> Iterator[Need]:
    """Pickup slots of today, for whoever receives members there."""
    keys = organisations_where(user=user, kinds=HANDS_OVER)
    if not keys:
        return
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    slots = Slot.objects.filter(
        cycle__market__organisation_id__in=keys,
        cycle__state__in=(CycleState.CLOSED, CycleState.PACKED),
        starts_at__gte=today,
        starts_at__lt=today + timedelta(days=1),
        point__isnull=False,
    ).select_related("cycle__market")
    for slot in slots[:4]:
        href = reverse("market:desk", args=[slot.cycle.market.slug, slot.public_id])
        text = _("%(market)s, aujourd’hui de %(start)s à %(end)s.") % {
            "market": slot.cycle.market.name,
            "start": say(slot.starts_at, "TIME_FORMAT"),
            "end": say(slot.ends_at, "TIME_FORMAT"),
        }
        title = _("Accueil à %(place)s") % {"place": slot.name}
        yield Need(title, text, href, _("Ouvrir l’accueil"), "hand-heart", "warn")


def _steps() -> dict[str, tuple[str, str, str]]:
    """By state of a cycle: what to do, how to say it on a button, an icon."""
    return {
        CycleState.DRAFT: (_("À ouvrir"), _("Préparer le cycle"), "calendar-clock"),
        CycleState.OPEN: (_("Ouvert aux commandes"), _("Suivre les ventes"), "store"),
        CycleState.CLOSED: (_("À préparer"), _("Voir la préparation"), "package-open"),
        CycleState.PACKED: (_("À distribuer"), _("Suivre la cueillette"), "truck"),
        CycleState.DISTRIBUTED: (_("À régler"), _("Préparer le règlement"), "landmark"),
    }


def _to_run(user: Any, now: datetime) -> Iterator[Need]:
    """The cycles under way of the markets that one runs, the most advanced first."""
    keys = organisations_where(user=user, kinds=RUNS)
    if not keys:
        return
    cycles = (
        Cycle.objects.filter(market__organisation_id__in=keys)
        .exclude(state=CycleState.SETTLED)
        .select_related("market")
        .order_by("closes_at")
    )
    words = _steps()
    for cycle in cycles[:6]:
        state, action, icon = words[cycle.state]
        href = reverse("market:cycle", args=[cycle.market.slug, cycle.number])
        title = _("%(market)s, cycle %(number)s") % {"market": cycle.market.name, "number": cycle.number}
        tone = "" if cycle.state in (CycleState.OPEN, CycleState.DRAFT) else "warn"
        yield Need(title, f"{state}. {_dates(cycle)}", href, action, icon, tone)


def _to_pay(user: Any, now: datetime) -> Iterator[Need]:
    """Statements of settled cycles that the treasury has yet to pay, the oldest cycle first."""
    keys = organisations_where(user=user, kinds=(RoleKind.TREASURER.value,))
    if not keys:
        return
    owed = (
        ProducerStatement.objects.filter(cycle__market__organisation_id__in=keys, paid_on=None, net__gt=0)
        .values("cycle__market__name", "cycle__market__slug", "cycle__number")
        .annotate(many=Count("pk"), amount=Sum("net"))
        .order_by("cycle__delivered_on", "cycle__number")
    )
    for row in owed[:4]:
        href = reverse("market:settlement", args=[row["cycle__market__slug"], row["cycle__number"]])
        title = ngettext("%(n)s relevé à payer", "%(n)s relevés à payer", row["many"]) % {"n": row["many"]}
        text = _("%(market)s, cycle %(number)s : %(amount)s.") % {
            "market": row["cycle__market__name"],
            "number": row["cycle__number"],
            "amount": money(row["amount"]),
        }
        yield Need(title, text, href, _("Noter les paiements"), "hand-coins", "warn")


def _dates(cycle: Cycle) -> str:
    if cycle.state == CycleState.DRAFT:
        return _("Ouverture prévue %(when)s.") % {"when": say_when(cycle.opens_at)}
    if cycle.state == CycleState.OPEN:
        return _("Fermeture %(when)s.") % {"when": say_when(cycle.closes_at)}
    return _("Livraison le %(when)s.") % {"when": say(cycle.delivered_on, "DATE_FORMAT")}


def _to_sell(user: Any, now: datetime) -> Iterator[Need]:
    """Order sheets to confirm and offers to update, for producers."""
    if not any(h.kind == RoleKind.PRODUCER for h in held_roles(user=user)):
        return
    stalls = [s for s in producers.stalls_of(user=user) if s.cycle is not None]
    confirmed = set(
        ProducerConfirmation.objects.filter(cycle__in=[s.cycle for s in stalls]).values_list("cycle_id", "producer_id")
    )
    for stall in stalls[:6]:
        cycle = stall.cycle
        if cycle is None:
            continue
        href = reverse("market:producer_cycle", args=[stall.market.slug, stall.producer.public_id, cycle.number])
        who = {"market": stall.market.name, "producer": stall.producer.name}
        if cycle.state == CycleState.CLOSED and (cycle.pk, stall.producer.pk) not in confirmed:
            text = _("%(market)s attend que %(producer)s confirme ce qui sera livré.") % who
            yield Need(_("Bon de commande à confirmer"), text, href, _("Voir le bon"), "clipboard-check", "bad")
        elif cycle.state in (CycleState.DRAFT, CycleState.OPEN):
            text = f"{who['producer']}. {_dates(cycle)}"
            yield Need(_("Vos offres — %(market)s") % who, text, href, _("Mettre à jour"), "carrot")


def _to_pick_up(user: Any, now: datetime) -> Iterator[Need]:
    """Orders of the person that wait at a pickup point, or will."""
    orders = (
        Order.objects.filter(
            person__account=user,
            state=OrderState.PLACED,
            cycle__state__in=(CycleState.OPEN, CycleState.CLOSED, CycleState.PACKED),
        )
        .select_related("cycle__market", "slot")
        .order_by("slot__starts_at")
    )
    for order in orders[:4]:
        href = reverse("market:order", args=[order.public_id])
        text = _("%(market)s. %(place)s, dès %(hour)s.") % {
            "market": order.cycle.market.name,
            "place": order.slot.name,
            "hour": say(order.slot.starts_at, "TIME_FORMAT"),
        }
        title = _("Votre commande du %(day)s") % {"day": say(order.slot.starts_at, "l j F")}
        yield Need(title, text, href, _("Voir ma commande"), "shopping-basket")


def _to_order(user: Any, now: datetime) -> Iterator[Need]:
    """Open markets of which the person is a member, without an order yet."""
    today = timezone.localdate(now)
    mine = Membership.objects.filter(person__account=user, during__contains=today).values("organisation_id")
    ordered = Order.objects.filter(~Q(state=OrderState.CANCELLED), person__account=user).values("cycle_id")
    cycles = (
        Cycle.objects.filter(state=CycleState.OPEN, closes_at__gt=now, market__organisation_id__in=mine)
        .exclude(pk__in=ordered)
        .select_related("market")
        .order_by("closes_at")
    )
    for cycle in cycles[:3]:
        href = reverse("market:shop", args=[cycle.market.slug])
        title = _("%(market)s est ouvert") % {"market": cycle.market.name}
        yield Need(title, _dates(cycle), href, _("Faire mon panier"), "store")


SOURCES = [
    Source(10, _to_hand_over),
    Source(20, _to_run),
    Source(21, _to_pay),
    Source(30, _to_sell),
    Source(80, _to_pick_up),
    Source(81, _to_order),
]
