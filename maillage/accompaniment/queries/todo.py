"""What awaits those who accompany: promised steps, late deliverables, links without an answer, ends that come."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.directory.models import Person

from ..models import Deliverable, Diagnostic, Referral, SignedLink, SuccessionCase, WatchSubscription
from .interventions import next_steps
from .outcomes import follow_ups_for
from .outreach import referrals_received
from .work import within

MOST = 100
SOON = timedelta(days=30)


@dataclass(frozen=True)
class Todo:
    """Something to do, for a day (None: no day was told)."""

    what: str
    whom: str
    url: str
    on: date | None
    late: bool = False
    step: Any = None


@dataclass(frozen=True)
class Todos:
    """One kind of things to do, the most pressing first."""

    title: str
    icon: str
    rows: list[Todo]


def todo_for(*, user: Any, today: date, person: Person | None) -> list[Todos]:
    """What awaits the user's organisations; of `person` alone, if given. Kinds without a row are left out."""
    sources: tuple[tuple[str, str, Callable[[Any, date, Person | None], Iterator[Todo]]], ...] = (
        (_("Prochaines étapes promises"), "list-todo", _steps),
        (_("Liens : un nouveau est demandé"), "mail", _asked),
        (_("Références reçues, à répondre"), "inbox", _received),
        (_("Livrables à remettre"), "file-check", _deliverables),
        (_("Références sans réponse"), "forward", _referrals),
        (_("Diagnostics en attente"), "radar", _diagnostics),
        (_("Suivis à faire par téléphone"), "phone", _by_phone),
        (_("Abonnements de veille qui finissent"), "rss", _subscriptions),
        (_("Relèves dont la date approche"), "key-round", _successions),
    )
    found = [Todos(title, icon, list(source(user, today, person))) for title, icon, source in sources]
    return [t for t in found if t.rows]


def _mine(rows: Any, person: Person | None, path: str = "adviser") -> Any:
    return rows.filter(**{path: person}) if person is not None else rows


def _steps(user: Any, today: date, person: Person | None) -> Iterator[Todo]:
    for row in next_steps(user=user, today=today, limit=MOST, everyone=person is None):
        names = ", ".join(str(p.enterprise or p.person) for p in row.parties.all())
        url = reverse("accompaniment:intervention", args=[row.public_id])
        late = row.next_step_on is not None and row.next_step_on < today
        yield Todo(row.next_step or _("Suite promise"), names, url, row.next_step_on, late, row)


def _asked(user: Any, today: date, person: Person | None) -> Iterator[Todo]:
    asked = SignedLink.objects.filter(closed_at=None, asked_again_at__isnull=False).select_related(
        "diagnostic__enterprise", "referral__enterprise", "follow_up__mandate__enterprise"
    )
    for path, page in (("diagnostic", "diagnostic"), ("referral", "referral"), ("follow_up", "follow_up")):
        owner = f"{path}__mandate" if path == "follow_up" else path
        rows = within(asked.filter(**{f"{path}__isnull": False}), user, to_change=True, path=f"{owner}__organisation")
        for link in _mine(rows, person, f"{owner}__adviser")[:MOST]:
            row = link.row
            enterprise = row.mandate.enterprise if path == "follow_up" else row.enterprise
            day = timezone.localdate(link.asked_again_at)
            url = reverse(f"accompaniment:{page}", args=[row.public_id])
            yield Todo(_("Donner un nouveau lien"), enterprise.name, url, day, late=True)


def _received(user: Any, today: date, person: Person | None) -> Iterator[Todo]:
    for row in referrals_received(user=user).filter(state="sent")[:MOST]:
        url = reverse("accompaniment:referral", args=[row.public_id])
        yield Todo(_("Répondre à %(who)s") % {"who": row.organisation.name}, row.enterprise.name, url, row.referred_on)


def _deliverables(user: Any, today: date, person: Person | None) -> Iterator[Todo]:
    rows = Deliverable.objects.filter(
        removed_at=None, delivered_on=None, due_on__lte=today + SOON, mandate__cancelled_at=None
    ).exclude(mandate__stage__in=["closed", "abandoned"])
    rows = within(rows, user, to_change=True, path="mandate__organisation").select_related("mandate__enterprise")
    for row in _mine(rows, person, "mandate__adviser").order_by("due_on", "pk")[:MOST]:
        url = reverse("accompaniment:mandate", args=[row.mandate.public_id])
        yield Todo(str(row), row.mandate.enterprise.name, url, row.due_on, row.due_on < today)


def _referrals(user: Any, today: date, person: Person | None) -> Iterator[Todo]:
    rows = Referral.objects.filter(state="sent", cancelled_at=None, referred_on__lte=today - timedelta(days=14))
    rows = within(rows, user, to_change=True).select_related("enterprise", "partner")
    for row in _mine(rows, person).order_by("referred_on", "pk")[:MOST]:
        url = reverse("accompaniment:referral", args=[row.public_id])
        yield Todo(_("Relancer %(partner)s") % {"partner": row.partner.name}, row.enterprise.name, url, row.referred_on)


def _diagnostics(user: Any, today: date, person: Person | None) -> Iterator[Todo]:
    rows = Diagnostic.objects.filter(answered_at=None, cancelled_at=None, started_on__lte=today - timedelta(days=7))
    rows = within(rows, user, to_change=True).select_related("enterprise", "version__questionnaire")
    for row in _mine(rows, person).order_by("started_on", "pk")[:MOST]:
        url = reverse("accompaniment:diagnostic", args=[row.public_id])
        yield Todo(row.version.questionnaire.title, row.enterprise.name, url, row.started_on)


def _by_phone(user: Any, today: date, person: Person | None) -> Iterator[Todo]:
    rows = follow_ups_for(user=user, today=today, state="sans-adresse")
    for row in _mine(rows, person, "mandate__adviser")[:MOST]:
        url = reverse("accompaniment:follow_up", args=[row.public_id])
        what = _("Question de suivi, %(n)s mois") % {"n": row.months}
        yield Todo(what, row.mandate.enterprise.name, url, row.due_on, row.due_on < today)


def _subscriptions(user: Any, today: date, person: Person | None) -> Iterator[Todo]:
    rows = WatchSubscription.objects.filter(stopped_at=None, topic__retired_on=None)
    rows = rows.annotate(last=F("during__endswith")).filter(last__gt=today, last__lte=today + SOON)
    rows = within(rows, user, to_change=True, path="topic__organisation").select_related("topic", "enterprise")
    for row in _mine(rows, person)[:MOST]:
        url = reverse("accompaniment:watch_topic", args=[row.topic.public_id])
        yield Todo(row.topic.title, row.enterprise.name, url, row.during.upper)


def _successions(user: Any, today: date, person: Person | None) -> Iterator[Todo]:
    rows = SuccessionCase.objects.filter(Q(wanted_by__lte=today + timedelta(days=90)), cancelled_at=None, ended_on=None)
    rows = within(rows, user, to_change=True).select_related("enterprise")
    for row in _mine(rows, person).order_by("wanted_by", "pk")[:MOST]:
        url = reverse("accompaniment:succession", args=[row.public_id])
        yield Todo(str(row.get_stage_display()), row.enterprise.name, url, row.wanted_by, row.wanted_by < today)
