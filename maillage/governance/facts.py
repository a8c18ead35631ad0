"""What governance is counted by: seats and posts held, elections, meetings, presences.

A seat counts once in a period, however many people held it then; a post likewise. Posts are the seats of a body of
people who work there ("permanence").
"""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from maillage.core.facts import (
    Column,
    Count,
    CountDistinct,
    Dimension,
    Entered,
    Fact,
    InPeriod,
    Overlaps,
    Ratio,
    RowUrl,
    register,
)

from .models import (
    STAFF_KINDS,
    BodyKind,
    Election,
    Meeting,
    MeetingKind,
    MeetingState,
    Presence,
    PresenceState,
    SeatRole,
    Term,
    TermOrigin,
)

GROUP = _("Gouvernance")


def _seat_dims(prefix: str) -> dict[str, Any]:
    return {
        "body": Dimension(f"{prefix}body_id", _("Instance"), display=f"{prefix}body__name"),
        "body_kind": Dimension(f"{prefix}body__kind", _("Genre d'instance"), choices=BodyKind),
        "role": Dimension(f"{prefix}role", _("Fonction"), choices=SeatRole),
        "college": Dimension(f"{prefix}college", _("Collège")),
    }


_TERM_DIMS = {
    **_seat_dims("seat__"),
    "origin": Dimension("origin", _("Entrée en fonction"), choices=TermOrigin),
    "for": Dimension("organisation_id", _("Organisation représentée"), organisation=True),
}
_TERM_COLUMNS = (
    Column("seat__body__name", _("Instance")),
    Column("seat__role", _("Fonction"), kind="choice", choices=SeatRole),
    Column("seat__title", _("Titre")),
    Column("organisation__name", _("Organisation représentée")),
    Column("origin", _("Entrée en fonction"), kind="choice", choices=TermOrigin),
)


def _seats(key: str, label: Any, unit: Any, help: Any, **conditions: Any) -> Fact:
    return register(
        Fact(
            key=key,
            label=label,
            unit=unit,
            group=GROUP,
            help=help,
            rows=lambda ctx: Term.objects.filter(**conditions),
            measure=CountDistinct("seat_id", label="seat__public_id"),
            period=Overlaps("during"),
            organisation="seat__body__organisation",
            dims=_TERM_DIMS,
            row_columns=_TERM_COLUMNS,
            row_url=RowUrl("governance:seat", "seat__public_id"),
            entered=Entered(),
        )
    )


VOTING_SEATS = _seats(
    "voting_seats",
    _("Sièges votants occupés"),
    _("sièges"),
    _("Sièges avec droit de vote, occupés au moins un jour de la période ; chacun compte une fois."),
    seat__voting=True,
)
NON_VOTING_SEATS = _seats(
    "non_voting_seats",
    _("Sièges non votants occupés"),
    _("sièges"),
    _("Sièges sans droit de vote, hors permanence, occupés au moins un jour de la période."),
    seat__voting=False,
    seat__body__kind__in=[k for k in BodyKind.values if k not in STAFF_KINDS],
)
STAFF_POSTS = _seats(
    "staff_posts",
    _("Postes de la permanence"),
    _("postes"),
    _("Postes occupés au moins un jour de la période ; un départ suivi d'une arrivée compte une fois."),
    seat__body__kind__in=list(STAFF_KINDS),
)

ELECTIONS = register(
    Fact(
        key="elections",
        label=_("Élections"),
        unit=_("élections"),
        group=GROUP,
        help=_("Sièges mis au vote, avec une personne ou une organisation élue, aux rencontres de la période."),
        rows=lambda ctx: Election.objects.filter(term__isnull=False).exclude(meeting__state=MeetingState.CANCELLED),
        measure=Count(),
        period=InPeriod("meeting__starts_at", at=True),
        organisation="meeting__organisation",
        dims={
            **_seat_dims("seat__"),
            "meeting_kind": Dimension("meeting__kind", _("Genre de rencontre"), choices=MeetingKind),
        },
        row_columns=(
            Column("meeting__starts_at", _("Date"), kind="date"),
            Column("seat__body__name", _("Instance")),
            Column("seat__role", _("Fonction"), kind="choice", choices=SeatRole),
            Column("meeting__place", _("Lieu")),
            Column("candidates", _("Candidatures"), kind="number"),
        ),
        row_url=RowUrl("governance:meeting", "meeting__public_id"),
        entered=Entered(),
    )
)

_MEETING_DIMS = {
    "body": Dimension("body_id", _("Instance"), display="body__name"),
    "body_kind": Dimension("body__kind", _("Genre d'instance"), choices=BodyKind),
    "meeting_kind": Dimension("kind", _("Genre de rencontre"), choices=MeetingKind),
}


def _meetings(key: str, label: Any, unit: Any, help: Any, measure: Any, **conditions: Any) -> Fact:
    return register(
        Fact(
            key=key,
            label=label,
            unit=unit,
            group=GROUP,
            help=help,
            rows=lambda ctx: Meeting.objects.filter(state=MeetingState.HELD, **conditions),
            measure=measure,
            period=InPeriod("starts_at", at=True),
            organisation="organisation",
            dims=_MEETING_DIMS,
            row_columns=(
                Column("starts_at", _("Date"), kind="date"),
                Column("body__name", _("Instance")),
                Column("kind", _("Genre"), kind="choice", choices=MeetingKind),
                Column("place", _("Lieu")),
            ),
            row_url=RowUrl("governance:meeting", "public_id"),
            entered=Entered(),
        )
    )


MEETINGS = _meetings(
    "governance_meetings",
    _("Rencontres de gouvernance tenues"),
    _("rencontres"),
    _("Réunions des instances et assemblées tenues dans la période."),
    Count(),
)
COMMITTEES_MET = _meetings(
    "committees_met",
    _("Comités réunis"),
    _("comités"),
    _("Comités distincts (régionaux et consultatifs compris) qui se sont réunis dans la période."),
    CountDistinct("body_id", label="body__name"),
    body__kind__in=[BodyKind.COMMITTEE, BodyKind.REGIONAL, BodyKind.ADVISORY],
)

ATTENDANCE_RATE = register(
    Fact(
        key="governance_attendance",
        label=_("Taux de présence aux instances"),
        unit="%",
        group=GROUP,
        help=_("Présences sur le nombre de personnes qui siégeaient, aux rencontres tenues dans la période."),
        rows=lambda ctx: Presence.objects.filter(meeting__state=MeetingState.HELD),
        measure=Ratio(Count(), Count(), where=Q(state=PresenceState.PRESENT), percent=True, decimals=0),
        period=InPeriod("meeting__starts_at", at=True),
        organisation="meeting__organisation",
        dims={
            **_seat_dims("term__seat__"),
            "state": Dimension("state", _("Présence"), choices=PresenceState),
        },
        row_columns=(
            Column("meeting__starts_at", _("Date"), kind="date"),
            Column("meeting__body__name", _("Instance")),
            Column("term__seat__role", _("Fonction"), kind="choice", choices=SeatRole),
            Column("state", _("Présence"), kind="choice", choices=PresenceState),
        ),
        row_url=RowUrl("governance:meeting", "meeting__public_id"),
        entered=Entered("noted_at"),
    )
)
