"""What awaits a person now, in the order of the day: to pick up, to run, to sell, to follow up.

Each source asks a constant number of queries, and nothing at all of those who lack the role.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q, Sum
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from maillage.accompaniment.queries import interventions
from maillage.core import workload
from maillage.core.dates import say
from maillage.core.templatetags.maillage import day, money
from maillage.directory.queries import held_roles, organisations_where, person_of
from maillage.directory.types import Organisation, Person, RoleKind
from maillage.governance.queries import leaving
from maillage.governance.types import READERS as GOVERNS
from maillage.governance.types import WRITERS as KEEPS_BODIES
from maillage.indicators.access import EDITORS
from maillage.indicators.queries import count_double_claims, shared_with
from maillage.market.models import Cycle, CycleState, Order, OrderState, ProducerConfirmation, ProducerStatement, Slot
from maillage.market.queries import producers
from maillage.membership.models import Membership
from maillage.programmes.queries import unread_of

from . import administration
from .welcome import say_when

RUNS = (RoleKind.COORDINATOR.value, RoleKind.DIRECTOR.value)
HANDS_OVER = (*RUNS, RoleKind.PACKER.value)
JUDGES = (RoleKind.JUROR.value, RoleKind.ADVISER.value, RoleKind.MANAGER.value, RoleKind.BOARD.value)
ADVISES = (RoleKind.ADVISER.value, RoleKind.MANAGER.value)


@dataclass(frozen=True)
class Need:
    """Something that awaits this person: one sentence, one way to act."""

    title: str
    text: str
    href: str
    action: str
    icon: str = "bell"
    tone: str = ""


def needs(*, user: Any, now: datetime, person: Person | None = None) -> list[Need]:
    """What awaits `user` at `now`; empty when nothing presses. `person`: who that is, if it is known already."""
    found: list[Need] = []
    for source in SOURCES:
        found += source(user, now)
    person = person or person_of(user=user)
    if person is not None:
        found += _to_order(person, now)
    return found


def _page(name: str, *args: object) -> str:
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


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
        href = _page("market:desk", slot.cycle.market.slug, slot.public_id)
        if href:
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
        href = _page("market:cycle", cycle.market.slug, cycle.number)
        if href:
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
        href = _page("market:settlement", row["cycle__market__slug"], row["cycle__number"])
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
        href = _page("market:producer_cycle", stall.market.slug, stall.producer.public_id, cycle.number)
        who = {"market": stall.market.name, "producer": stall.producer.name}
        if href and cycle.state == CycleState.CLOSED and (cycle.pk, stall.producer.pk) not in confirmed:
            text = _("%(market)s attend que %(producer)s confirme ce qui sera livré.") % who
            yield Need(_("Bon de commande à confirmer"), text, href, _("Voir le bon"), "clipboard-check", "bad")
        elif href and cycle.state in (CycleState.DRAFT, CycleState.OPEN):
            text = f"{who['producer']}. {_dates(cycle)}"
            yield Need(_("Vos offres — %(market)s") % who, text, href, _("Mettre à jour"), "carrot")


def _to_follow_up(user: Any, now: datetime) -> Iterator[Need]:
    """Steps that an adviser promised and whose day has come."""
    if not organisations_where(user=user, kinds=ADVISES):
        return
    today = timezone.localdate(now)
    for step in interventions.next_steps(user=user, today=today, limit=4):
        href = _page("accompaniment:intervention", step.public_id)
        if href and step.next_step_on is not None:
            when = say(step.next_step_on, "DATE_FORMAT")
            tone = "bad" if step.next_step_on < today else ""
            title = str(step.next_step) or _("Suite promise")
            yield Need(title, _("Prévu le %(when)s.") % {"when": when}, href, _("Ouvrir"), "handshake", tone)


def _to_renew(user: Any, now: datetime) -> Iterator[Need]:
    """Terms that end within three months: one's own, and those of the bodies that one keeps."""
    keys = organisations_where(user=user, kinds=GOVERNS)
    if not keys:
        return
    ending = leaving(organisation_ids=keys, day=timezone.localdate(now), months=3)
    if not ending:
        return
    keeps = set(organisations_where(user=user, kinds=KEEPS_BODIES))
    person = person_of(user=user)
    for term in ending:
        if person is not None and term.person_id == person.pk:
            text = _("%(body)s, jusqu’au %(day)s.") % {
                "body": term.seat.body.name,
                "day": say(term.during.upper - timedelta(days=1), "DATE_FORMAT"),
            }
            href = _page("governance:body", term.seat.body.public_id)
            yield Need(_("Votre mandat se termine bientôt"), text, href, _("Voir le siège"), "landmark")
    kept = [term for term in ending if term.seat.body.organisation_id in keeps]
    if kept:
        title = ngettext("%(n)s mandat se termine bientôt", "%(n)s mandats se terminent bientôt", len(kept)) % {
            "n": len(kept)
        }
        text = _("Le premier, au plus tard le %(day)s : prévoyez l’élection ou le renouvellement.") % {
            "day": say(kept[0].during.upper - timedelta(days=1), "DATE_FORMAT")
        }
        yield Need(title, text, _page("governance:governance"), _("Voir les mandats"), "landmark")


def _to_judge(user: Any, now: datetime) -> Iterator[Need]:
    """Applications that await the opinion of a juror, or of an adviser who sits on a jury."""
    if not organisations_where(user=user, kinds=JUDGES):
        return
    for call, count in unread_of(user=user, now=now):
        title = ngettext("%(n)s candidature à évaluer", "%(n)s candidatures à évaluer", count) % {"n": count}
        yield Need(title, call.edition.title, _page("programmes:jury", call.public_id), _("Évaluer"), "gavel", "warn")


def _to_settle(user: Any, now: datetime) -> Iterator[Need]:
    """Work claimed under two agreements that exclude each other: one of them is to keep it."""
    for key in organisations_where(user=user, kinds=EDITORS)[:2]:
        count = count_double_claims(organisation_id=key)
        if count:
            title = ngettext(
                "%(n)s intervention déclarée à deux bailleurs",
                "%(n)s interventions déclarées à deux bailleurs",
                count,
            ) % {"n": count}
            text = _("Leurs ententes s’excluent : choisissez celle qui garde le travail.")
            yield Need(title, text, _page("indicators:claims"), _("Choisir"), "copy", "warn")


def _to_read(user: Any, now: datetime) -> Iterator[Need]:
    """The latest reports shared with the funder that one represents."""
    for report in shared_with(user=user)[:3]:
        text = f"{report.organisation.name}. {_('Publié le %(day)s.') % {'day': day(report.published_at)}}"
        yield Need(report.title, text, _page("indicators:report", report.public_id), _("Lire"), "file-chart-column")


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
        href = _page("market:order", order.public_id)
        if href:
            text = _("%(market)s. %(place)s, dès %(hour)s.") % {
                "market": order.cycle.market.name,
                "place": order.slot.name,
                "hour": say(order.slot.starts_at, "TIME_FORMAT"),
            }
            title = _("Votre commande du %(day)s") % {"day": say(order.slot.starts_at, "l j F")}
            yield Need(title, text, href, _("Voir ma commande"), "shopping-basket")


def _to_order(person: Person, now: datetime) -> Iterator[Need]:
    """Open markets of which the person is a member, without an order yet."""
    today = timezone.localdate(now)
    mine = Membership.objects.filter(person=person, during__contains=today).values("organisation_id")
    ordered = Order.objects.filter(~Q(state=OrderState.CANCELLED), person=person).values("cycle_id")
    cycles = (
        Cycle.objects.filter(state=CycleState.OPEN, closes_at__gt=now, market__organisation_id__in=mine)
        .exclude(pk__in=ordered)
        .select_related("market")
        .order_by("closes_at")
    )
    for cycle in cycles[:3]:
        href = _page("market:shop", cycle.market.slug)
        if href:
            title = _("%(market)s est ouvert") % {"market": cycle.market.name}
            yield Need(title, _dates(cycle), href, _("Faire mon panier"), "store")


def _to_mend(user: Any, now: datetime) -> Iterator[Need]:
    """What failed on the platform and waits for who keeps it."""
    if not administration.keeps_the_platform(user):
        return
    found = next(iter(administration.troubles(workload.work())), None)
    if found is not None:
        yield Need(found.title, found.text, _page("administration"), _("Voir l’état du service"), "siren", found.tone)
    if count := administration.failures():
        title = ngettext("%(n)s travail a échoué", "%(n)s travaux ont échoué", count) % {"n": count}
        text = _("Relancez-les, ou écartez-les : quelqu’un attend peut-être.")
        yield Need(title, text, _page("administration"), _("Voir pourquoi"), "circle-x", "warn")


def _to_begin(user: Any, now: datetime) -> Iterator[Need]:
    """The first hour of a platform: there is no organisation yet."""
    if administration.keeps_the_platform(user) and not Organisation.objects.exists():
        text = _(
            "La plateforme est vide. Ajoutez l’organisation qui la tient, puis invitez ses personnes depuis sa fiche."
        )
        title, href = _("Créez la première organisation"), _page("directory:organisation_new")
        yield Need(title, text, href, _("Créer une organisation"), "building-2")


SOURCES = (
    *(_to_begin, _to_mend, _to_hand_over, _to_run, _to_pay, _to_sell, _to_follow_up),
    *(_to_judge, _to_settle, _to_read, _to_renew, _to_pick_up),
)
