"""One journey for each enterprise: what every organisation that the reader may see did with it, on one timeline.

A context above, or a sibling by way of `site/wiring.py`, adds its own entries:

    journey.register("orders", market_journey)   # (user, enterprise) -> Iterable[Moment]

A provider is responsible for its own permissions; it shows nothing of an organisation that the reader may not see
(`queries.organisations_seen`), and never a note.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.directory.models import Organisation
from maillage.directory.queries import clusters
from maillage.programmes.models import Attendance, Enrolment, Registration, RegistrationState, Visit

from .models import (
    CanvassMeeting,
    Deliverable,
    Diagnostic,
    FinancingIntervention,
    InterventionParty,
    Mandate,
    OutcomeFollowUp,
    Referral,
    SuccessionCase,
    SuccessionStage,
    WatchSubscription,
)
from .queries.clients import organisations_seen

LIMIT = 200


@dataclass(frozen=True)
class Moment:
    """One entry of the timeline. `kind` is a word that groups entries; `url` is empty when the reader may not open the
    row itself: a page then shows the entry and its `details` (label, value), never a note."""

    on: date
    kind: str
    title: str
    by: str
    text: str = ""
    icon: str = "circle"
    url: str = ""
    details: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        """What names it in the address of its own page, where there is no other to open."""
        told = f"{self.kind}|{self.on.isoformat()}|{self.title}|{self.by}|{self.text}"
        return hashlib.sha256(told.encode()).hexdigest()[:20]


Provider = Callable[[Any, Organisation], Iterable[Moment]]
_providers: dict[str, Provider] = {}


def register(name: str, provider: Provider) -> None:
    """Add entries to every journey. Idempotent by name."""
    _providers[name] = provider


def journey(*, user: Any, enterprise: Organisation, kinds: Iterable[str] = ()) -> list[Moment]:
    """The moments that the user may see, the latest first; a constant number of statements for each provider."""
    wanted = set(kinds)
    moments = [m for provider in _providers.values() for m in provider(user, enterprise)]
    shown = [m for m in moments if not wanted or m.kind in wanted]
    return sorted(shown, key=lambda m: m.on, reverse=True)


@dataclass(frozen=True)
class _Scope:
    seen: list[int] | None
    ids: list[int]
    ours: frozenset[int]

    def within(self, rows: Any, path: str) -> Any:
        return rows if self.seen is None else rows.filter(**{f"{path}__in": self.seen})

    def url(self, name: str, row: Any, organisation_id: int) -> str:
        return reverse(name, args=[row.public_id]) if organisation_id in self.ours else ""


def _scope(user: Any, enterprise: Organisation) -> _Scope:
    from maillage.directory.queries import organisations_where

    from .types import READERS

    return _Scope(
        seen=organisations_seen(user=user, enterprise=enterprise),
        ids=clusters([enterprise.pk])[enterprise.pk],
        ours=frozenset(organisations_where(user=user, kinds=READERS)),
    )


def _accompaniment(user: Any, enterprise: Organisation) -> Iterable[Moment]:
    scope = _scope(user, enterprise)
    yield from _interventions(scope)
    yield from _mandates(scope)
    yield from _diagnostics(scope)
    yield from _outreach(scope)
    yield from _answers(scope)
    yield from _watch(scope)
    yield from _successions(scope)


def _told(*pairs: tuple[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((label, str(value)) for label, value in pairs if value not in (None, ""))


def _interventions(scope: _Scope) -> Iterable[Moment]:
    rows = InterventionParty.objects.filter(enterprise__in=scope.ids, intervention__cancelled_at=None)
    rows = scope.within(rows, "intervention__organisation").select_related(
        "intervention__organisation", "intervention__topic", "intervention__service", "intervention__stream"
    )
    for row in rows.order_by("-intervention__done_on")[:LIMIT]:
        i = row.intervention
        yield Moment(
            i.done_on,
            "intervention",
            str(i.topic or i.service or i.stream),
            i.organisation.name,
            i.summary,
            "handshake",
            scope.url("accompaniment:intervention", i, i.organisation_id),
            _told(
                (_("Volet"), i.stream),
                (_("Service"), i.service),
                (_("Rôle"), row.get_role_display()),
                (_("Comment"), i.get_mode_display()),
                (_("Minutes"), i.minutes),
            ),
        )


def _mandates(scope: _Scope) -> Iterable[Moment]:
    rows = scope.within(Mandate.objects.filter(enterprise__in=scope.ids, cancelled_at=None), "organisation")
    for m in rows.select_related("organisation", "stream")[:LIMIT]:
        yield Moment(
            m.during.lower,
            "mandate",
            _("Mandat : %(what)s") % {"what": m.title or m.get_intensity_display()},
            m.organisation.name,
            str(m.stream),
            "briefcase",
            scope.url("accompaniment:mandate", m, m.organisation_id),
            _told((_("Intensité"), m.get_intensity_display()), (_("Étape"), m.get_stage_display())),
        )
    delivered = Deliverable.objects.filter(
        mandate__enterprise__in=scope.ids, mandate__cancelled_at=None, delivered_on__isnull=False, removed_at=None
    )
    delivered = scope.within(delivered, "mandate__organisation").select_related("mandate__organisation")
    for d in delivered[:LIMIT]:
        yield Moment(
            d.delivered_on,
            "deliverable",
            _("Remis : %(what)s") % {"what": d},
            d.mandate.organisation.name,
            "",
            "file-check",
            scope.url("accompaniment:mandate", d.mandate, d.mandate.organisation_id),
        )


def _diagnostics(scope: _Scope) -> Iterable[Moment]:
    rows = Diagnostic.objects.filter(enterprise__in=scope.ids, cancelled_at=None, delivered_on__isnull=False)
    rows = scope.within(rows, "organisation").select_related("organisation", "version__questionnaire")
    for d in rows[:LIMIT]:
        yield Moment(
            d.delivered_on,
            "diagnostic",
            _("Diagnostic : %(title)s") % {"title": d.version.questionnaire.title},
            d.organisation.name,
            "",
            "radar",
            scope.url("accompaniment:diagnostic", d, d.organisation_id),
        )


def _outreach(scope: _Scope) -> Iterable[Moment]:
    referrals = scope.within(Referral.objects.filter(enterprise__in=scope.ids, cancelled_at=None), "organisation")
    for r in referrals.select_related("organisation", "partner")[:LIMIT]:
        yield Moment(
            r.referred_on,
            "referral",
            _("Référée à %(partner)s") % {"partner": r.partner.name},
            r.organisation.name,
            r.get_state_display(),
            "forward",
            scope.url("accompaniment:referral", r, r.organisation_id),
        )
    financings = FinancingIntervention.objects.filter(enterprise__in=scope.ids, cancelled_at=None)
    for f in scope.within(financings, "organisation").select_related("organisation")[:LIMIT]:
        yield Moment(
            f.authorised_on,
            "financing",
            _("Financement autorisé : %(kind)s") % {"kind": f.get_kind_display()},
            f.organisation.name,
            f.project,
            "hand-coins",
            scope.url("accompaniment:financing_one", f, f.organisation_id),
        )
    meetings = CanvassMeeting.objects.filter(enterprise__in=scope.ids, cancelled_at=None)
    for m in scope.within(meetings, "organisation").select_related("organisation")[:LIMIT]:
        yield Moment(
            m.met_on,
            "meeting",
            _("Rencontre de démarchage"),
            m.organisation.name,
            "",
            "door-open",
            scope.url("accompaniment:meeting", m, m.organisation_id),
        )


def _answers(scope: _Scope) -> Iterable[Moment]:
    rows = OutcomeFollowUp.objects.filter(
        mandate__enterprise__in=scope.ids, mandate__cancelled_at=None, answered_at__isnull=False
    )
    rows = scope.within(rows, "mandate__organisation").select_related("mandate__organisation")
    for f in rows[:LIMIT]:
        yield Moment(
            timezone.localdate(f.answered_at),
            "outcome",
            _("Réponse au suivi, %(n)s mois après") % {"n": f.months},
            f.mandate.organisation.name,
            f.get_sales_display(),
            "message-circle",
            scope.url("accompaniment:follow_up", f, f.mandate.organisation_id),
        )


def _watch(scope: _Scope) -> Iterable[Moment]:
    rows = WatchSubscription.objects.filter(enterprise__in=scope.ids)
    rows = scope.within(rows, "topic__organisation").select_related("topic__organisation")
    for w in rows[:LIMIT]:
        yield Moment(
            w.during.lower,
            "watch",
            _("Abonnée à la veille : %(topic)s") % {"topic": w.topic.title},
            w.topic.organisation.name,
            "",
            "rss",
            scope.url("accompaniment:watch_topic", w.topic, w.topic.organisation_id),
        )


def _successions(scope: _Scope) -> Iterable[Moment]:
    """For the organisation that follows the case alone: that an enterprise is to be handed over is not shared."""
    rows = SuccessionCase.objects.filter(
        enterprise__in=scope.ids, cancelled_at=None, organisation__in=scope.ours
    ).select_related("organisation")
    for c in rows[:LIMIT]:
        yield Moment(
            c.opened_on,
            "succession",
            _("Dossier de relève ouvert"),
            c.organisation.name,
            c.get_stage_display(),
            "key-round",
            scope.url("accompaniment:succession", c, c.organisation_id),
        )
        if c.stage == SuccessionStage.TRANSFERRED and c.ended_on:
            yield Moment(
                c.ended_on,
                "succession",
                _("Entreprise transférée"),
                c.organisation.name,
                c.get_kind_display(),
                "key-round",
                scope.url("accompaniment:succession", c, c.organisation_id),
            )


def _programmes(user: Any, enterprise: Organisation) -> Iterable[Moment]:
    scope = _scope(user, enterprise)
    enrolments = scope.within(Enrolment.objects.filter(enterprise__in=scope.ids), "edition__organisation")
    for e in enrolments.select_related("edition__organisation", "edition__programme")[:LIMIT]:
        yield Moment(
            e.joined_on,
            "cohort",
            e.edition.title,
            e.edition.organisation.name,
            e.get_state_display(),
            "users-round",
            scope.url("programmes:edition", e.edition, e.edition.organisation_id),
        )
    visits = Visit.objects.filter(enterprise__in=scope.ids, cancelled_at=None)
    for v in scope.within(visits, "edition__organisation").select_related("edition__organisation")[:LIMIT]:
        yield Moment(
            v.visited_on,
            "visit",
            _("Visite : %(edition)s") % {"edition": v.edition.title},
            v.edition.organisation.name,
            "",
            "map-pin",
            scope.url("programmes:edition", v.edition, v.edition.organisation_id),
        )
    yield from _registrations(scope)


def _registrations(scope: _Scope) -> Iterable[Moment]:
    rows = Registration.objects.filter(
        enterprise__in=scope.ids, state=RegistrationState.CONFIRMED, activity__starts_on__isnull=False
    )
    rows = scope.within(rows, "activity__organisation").select_related("activity__organisation")
    found = list(rows.order_by("-activity__starts_on")[:LIMIT])
    came = set(Attendance.objects.filter(registration__in=found).values_list("registration_id", flat=True))
    for r in found:
        yield Moment(
            r.activity.starts_on,
            "activity",
            r.activity.title,
            r.activity.organisation.name,
            _("présence notée") if r.pk in came else _("inscription"),
            "graduation-cap",
            scope.url("programmes:activity", r.activity, r.activity.organisation_id),
        )


register("accompaniment", _accompaniment)
register("programmes", _programmes)
