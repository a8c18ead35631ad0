"""What programmes are counted by: activities, registrations, attendances, visits, cohorts.

An activity counts once its last day is past; a registration counts unless it is cancelled or waits; a participant is
a registration seen at one session or more, whatever the number of sessions.
"""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from maillage.core.facts import (
    Column,
    Count,
    CountDistinct,
    Dimension,
    Entered,
    Fact,
    FactContext,
    InPeriod,
    Largest,
    Overlaps,
    RowUrl,
    Sum,
    register,
)
from maillage.directory.models.frozen import SizeBand

from .models import (
    Activity,
    ActivityKind,
    ActivityState,
    Attendance,
    Edition,
    EditionKind,
    Enrolment,
    EnrolmentState,
    Mode,
    OrganiserRole,
    Partner,
    Registration,
    RegistrationState,
    Session,
    Visit,
)

GROUP = _("Programmes et activités")


def frozen_dims(enterprise: str = "enterprise_id") -> dict[str, Dimension]:
    """The dimensions of a row that has an enterprise and what was frozen of it."""
    return {
        "enterprise": Dimension(enterprise, _("Entreprise"), organisation=True),
        "mrc": Dimension("mrc_id", _("MRC"), display="mrc__name"),
        "region": Dimension("region_id", _("Région"), display="region__name"),
        "sector": Dimension("sector_id", _("Secteur"), display="sector__name"),
        "size": Dimension("size", _("Taille"), choices=SizeBand),
    }


def _through(prefix: str) -> dict[str, Dimension]:
    """The dimensions of the activity at `prefix` ("" or "x__y__")."""
    return {
        "stream": Dimension(f"{prefix}stream_id", _("Volet"), display=f"{prefix}stream__name"),
        "stream_key": Dimension(f"{prefix}stream__key", _("Volet (code)")),
        "kind": Dimension(f"{prefix}kind", _("Genre"), choices=ActivityKind),
        "role": Dimension(f"{prefix}role", _("Notre rôle"), choices=OrganiserRole),
        "mode": Dimension(f"{prefix}mode", _("Mode"), choices=Mode),
        "edition": Dimension(f"{prefix}edition_id", _("Édition"), display=f"{prefix}edition__title"),
        "host": Dimension(f"{prefix}host_id", _("Entreprise hôte"), organisation=True),
        "programme": Dimension(
            f"{prefix}edition__programme_id", _("Programme"), display=f"{prefix}edition__programme__title"
        ),
        "agreement": Dimension(f"{prefix}agreement_id", _("Entente"), display=f"{prefix}agreement__title"),
        "funder": Dimension(f"{prefix}agreement__funder__organisation_id", _("Bailleur de fonds"), organisation=True),
    }


def _edition_dims(prefix: str = "edition__") -> dict[str, Dimension]:
    return {
        "edition": Dimension(f"{prefix}id", _("Édition"), display=f"{prefix}title"),
        "edition_kind": Dimension(f"{prefix}kind", _("Genre d'édition"), choices=EditionKind),
        "programme": Dimension(f"{prefix}programme_id", _("Programme"), display=f"{prefix}programme__title"),
        "stream": Dimension(f"{prefix}programme__stream_id", _("Volet"), display=f"{prefix}programme__stream__name"),
        "stream_key": Dimension(f"{prefix}programme__stream__key", _("Volet (code)")),
        "agreement": Dimension(f"{prefix}agreement_id", _("Entente"), display=f"{prefix}agreement__title"),
        "funder": Dimension(f"{prefix}agreement__funder__organisation_id", _("Bailleur de fonds"), organisation=True),
    }


_HELD = Q(state=ActivityState.PUBLISHED)


def _held(ctx: FactContext) -> QuerySet[Any]:
    return Activity.objects.filter(_HELD, last_on__lte=timezone.localdate())


_ACTIVITY_COLUMNS = (
    Column("starts_on", _("Date"), kind="date"),
    Column("title", _("Activité")),
    Column("kind", _("Genre"), kind="choice", choices=ActivityKind),
    Column("stream__name", _("Volet")),
    Column("place", _("Lieu")),
)

ACTIVITIES = register(
    Fact(
        key="activities",
        label=_("Activités tenues"),
        unit=_("activités"),
        group=GROUP,
        help=_("Activités publiées dont le dernier jour est passé, comptées à la date de leur premier jour."),
        rows=_held,
        measure=Count(),
        period=InPeriod("starts_on"),
        organisation="organisation",
        territory="mrc",
        dims={**_through(""), "region": Dimension("region_id", _("Région"), display="region__name")},
        row_columns=_ACTIVITY_COLUMNS,
        row_url=RowUrl("programmes:activity", "public_id"),
        entered=Entered(),
    )
)

SESSIONS = register(
    Fact(
        key="activity_sessions",
        label=_("Séances tenues"),
        unit=_("séances"),
        group=GROUP,
        help=_("Séances des activités publiées, à leur date, quand elles sont passées."),
        rows=lambda ctx: Session.objects.filter(activity__state=ActivityState.PUBLISHED, starts_at__lte=timezone.now()),
        measure=Count(),
        period=InPeriod("starts_at", at=True),
        organisation="activity__organisation",
        territory="activity__mrc",
        dims={
            **_through("activity__"),
            "activity": Dimension("activity_id", _("Activité"), display="activity__title"),
        },
        row_columns=(
            Column("starts_at", _("Séance"), kind="date"),
            Column("activity__title", _("Activité")),
            Column("activity__kind", _("Genre"), kind="choice", choices=ActivityKind),
            Column("activity__place", _("Lieu")),
        ),
        row_url=RowUrl("programmes:activity", "activity__public_id"),
        entered=Entered("activity__created_at"),
    )
)

TRAININGS = register(
    Fact(
        key="trainings",
        label=_("Formations tenues"),
        unit=_("formations"),
        group=GROUP,
        help=_("Les activités tenues du genre formation."),
        rows=lambda ctx: _held(ctx).filter(kind=ActivityKind.TRAINING),
        measure=Count(),
        period=InPeriod("starts_on"),
        organisation="organisation",
        territory="mrc",
        dims=_through(""),
        row_columns=_ACTIVITY_COLUMNS,
        row_url=RowUrl("programmes:activity", "public_id"),
        entered=Entered(),
    )
)

HEAD_COUNT = register(
    Fact(
        key="activity_head_count",
        label=_("Présences comptées sur place"),
        unit=_("personnes"),
        group=GROUP,
        help=_("Un compte fait à l'œil, quand les présences ne sont pas notées par nom."),
        rows=lambda ctx: _held(ctx).filter(head_count__isnull=False),
        measure=Sum("head_count"),
        period=InPeriod("starts_on"),
        organisation="organisation",
        territory="mrc",
        dims=_through(""),
        row_columns=(*_ACTIVITY_COLUMNS, Column("head_count", _("Personnes"), kind="number", adds=True)),
        row_url=RowUrl("programmes:activity", "public_id"),
        entered=Entered(),
    )
)

_REGISTRATION_DIMS = {**frozen_dims(), **_through("activity__")}
_REGISTRATION_COLUMNS = (
    Column("activity__starts_on", _("Date"), kind="date"),
    Column("activity__title", _("Activité")),
    Column("enterprise__name", _("Entreprise")),
    Column("mrc__name", _("MRC")),
)

REGISTRATIONS = register(
    Fact(
        key="registrations",
        label=_("Inscriptions"),
        unit=_("inscriptions"),
        group=GROUP,
        help=_("Inscriptions confirmées aux activités qui commencent dans la période."),
        rows=lambda ctx: Registration.objects.filter(
            state=RegistrationState.CONFIRMED, activity__state=ActivityState.PUBLISHED
        ),
        measure=Count(),
        period=InPeriod("activity__starts_on"),
        organisation="activity__organisation",
        territory="mrc",
        dims=_REGISTRATION_DIMS,
        row_columns=_REGISTRATION_COLUMNS,
        row_url=RowUrl("programmes:activity", "activity__public_id"),
        entered=Entered(),
    )
)

_ATTENDANCE_DIMS = {
    **{k: d.through("registration__") for k, d in frozen_dims().items()},
    **_through("registration__activity__"),
    "activity": Dimension("registration__activity_id", _("Activité"), display="registration__activity__title"),
}
_ATTENDANCE_COLUMNS = (
    Column("session__starts_at", _("Séance"), kind="date"),
    Column("registration__activity__title", _("Activité")),
    Column("registration__enterprise__name", _("Entreprise")),
    Column("registration__mrc__name", _("MRC")),
)


def _attended(ctx: FactContext) -> QuerySet[Any]:
    return Attendance.objects.filter(registration__activity__state=ActivityState.PUBLISHED)


ACTIVITY_PARTICIPANTS = register(
    Fact(
        key="activity_participants",
        label=_("Participants aux activités"),
        unit=_("participants"),
        group=GROUP,
        help=_("Inscriptions vues à une séance ou plus de la période: une personne compte une fois par activité."),
        rows=_attended,
        measure=CountDistinct("registration_id", label="registration__public_id"),
        period=InPeriod("session__starts_at", at=True),
        organisation="registration__activity__organisation",
        territory="registration__mrc",
        dims=_ATTENDANCE_DIMS,
        row_columns=_ATTENDANCE_COLUMNS,
        row_url=RowUrl("programmes:activity", "registration__activity__public_id"),
        entered=Entered("noted_at", "noted_by"),
    )
)

ATTENDANCES = register(
    Fact(
        key="attendances",
        label=_("Présences aux séances"),
        unit=_("présences"),
        group=GROUP,
        help=_("Une présence par personne et par séance."),
        rows=_attended,
        measure=Count(),
        period=InPeriod("session__starts_at", at=True),
        organisation="registration__activity__organisation",
        territory="registration__mrc",
        dims=_ATTENDANCE_DIMS,
        row_columns=_ATTENDANCE_COLUMNS,
        row_url=RowUrl("programmes:activity", "registration__activity__public_id"),
        entered=Entered("noted_at", "noted_by"),
    )
)

_VISIT_COLUMNS = (
    Column("visited_on", _("Date"), kind="date"),
    Column("enterprise__name", _("Entreprise")),
    Column("mrc__name", _("MRC")),
    Column("region__name", _("Région")),
    Column("edition__title", _("Édition")),
)


def _visits(**conditions: Any) -> Any:
    return lambda ctx: Visit.objects.filter(cancelled_at=None, **conditions)


def _visit_fact(key: str, label: Any, unit: Any, help: Any, measure: Any, **conditions: Any) -> Fact:
    return register(
        Fact(
            key=key,
            label=label,
            unit=unit,
            group=GROUP,
            help=help,
            rows=_visits(**conditions),
            measure=measure,
            period=InPeriod("visited_on"),
            organisation="edition__organisation",
            territory="mrc",
            dims={**frozen_dims(), **_edition_dims()},
            row_columns=_VISIT_COLUMNS,
            row_url=RowUrl("programmes:edition", "edition__public_id"),
            entered=Entered(),
        )
    )


EXPERT_VISITS = _visit_fact(
    "expert_visits",
    _("Visites d'experts"),
    _("visites"),
    _("Visites faites dans les tournées."),
    Count(),
    enterprise__isnull=False,
)
VISITED_ENTERPRISES = _visit_fact(
    "visited_enterprises",
    _("Entreprises visitées"),
    _("entreprises"),
    _("Entreprises distinctes visitées dans les tournées."),
    CountDistinct("enterprise_id", canonical=True),
    enterprise__isnull=False,
)
VISITED_MRC = _visit_fact(
    "visited_mrc",
    _("MRC visitées"),
    _("MRC"),
    _("MRC distinctes où une entreprise a été visitée, telles que notées le jour de la visite."),
    CountDistinct("mrc_id", label="mrc__name"),
    enterprise__isnull=False,
)
REGIONS_VISITED = _visit_fact(
    "regions_visited",
    _("Régions visitées"),
    _("régions"),
    _("Régions administratives distinctes où une tournée s'est arrêtée."),
    CountDistinct("region_id", label="region__name"),
)


def _enrolled(key: str, label: Any, help: Any, period: Any) -> Fact:
    return register(
        Fact(
            key=key,
            label=label,
            unit=_("entreprises"),
            group=GROUP,
            help=help,
            rows=lambda ctx: Enrolment.objects.exclude(state=EnrolmentState.WITHDRAWN),
            measure=CountDistinct("enterprise_id", canonical=True),
            period=period,
            organisation="edition__organisation",
            territory="mrc",
            dims={
                **frozen_dims(),
                **_edition_dims(),
                "enrolment_state": Dimension("state", _("État"), choices=EnrolmentState),
            },
            row_columns=(
                Column("joined_on", _("Depuis"), kind="date"),
                Column("enterprise__name", _("Entreprise")),
                Column("mrc__name", _("MRC")),
                Column("edition__title", _("Édition")),
                Column("state", _("État"), kind="choice", choices=EnrolmentState),
            ),
            row_url=RowUrl("programmes:edition", "edition__public_id"),
            entered=Entered("joined_on"),
        )
    )


COHORT_ENTERPRISES = _enrolled(
    "cohort_enterprises",
    _("Entreprises en cohorte ou en parcours"),
    _("Entreprises distinctes inscrites à une édition en cours dans la période, sauf les retraits."),
    Overlaps("edition__during", date_path="joined_on"),
)
COHORT_JOINED = _enrolled(
    "cohort_joined",
    _("Entreprises entrées en cohorte ou en parcours"),
    _("Entreprises distinctes dont l'inscription à une édition commence dans la période, sauf les retraits."),
    InPeriod("joined_on"),
)

EDITIONS = register(
    Fact(
        key="editions",
        label=_("Éditions de programmes"),
        unit=_("éditions"),
        group=GROUP,
        help=_("Éditions en cours dans la période."),
        rows=lambda ctx: Edition.objects.all(),
        measure=Count(),
        period=Overlaps("during"),
        organisation="organisation",
        dims=_edition_dims(""),
        row_columns=(Column("title", _("Édition")), Column("kind", _("Genre"), kind="choice", choices=EditionKind)),
        row_url=RowUrl("programmes:edition", "public_id"),
        entered=Entered(),
    )
)

_EDITION_COLUMNS = (
    Column("title", _("Édition")),
    Column("number", _("Numéro"), kind="number"),
    Column("kind", _("Genre"), kind="choice", choices=EditionKind),
)

EDITION_NUMBER = register(
    Fact(
        key="edition_number",
        label=_("Numéro de l'édition"),
        unit=_("édition"),
        group=GROUP,
        help=_("Le plus grand numéro, donné par l'organisateur, des éditions en cours dans la période."),
        rows=lambda ctx: Edition.objects.filter(number__isnull=False),
        measure=Largest("number"),
        period=Overlaps("during"),
        organisation="organisation",
        dims=_edition_dims(""),
        row_columns=_EDITION_COLUMNS,
        row_url=RowUrl("programmes:edition", "public_id"),
        entered=Entered(),
    )
)

EDITIONS_OVER = register(
    Fact(
        key="editions_over",
        label=_("Éditions terminées"),
        unit=_("éditions"),
        group=GROUP,
        help=_("Éditions dont la fin est dans la période et déjà passée : tournées tenues, cohortes achevées."),
        rows=lambda ctx: Edition.objects.filter(during__endswith__lte=timezone.localdate()),
        measure=Count(),
        period=InPeriod("during__endswith"),
        organisation="organisation",
        dims=_edition_dims(""),
        row_columns=_EDITION_COLUMNS,
        row_url=RowUrl("programmes:edition", "public_id"),
        entered=Entered(),
    )
)

_LOG_COLUMNS = (
    Column("starts_on", _("Date"), kind="date"),
    Column("title", _("Événement ou comité")),
    Column("place", _("Lieu")),
    Column("represented_by__family_name", _("Par")),
)

REPRESENTATIONS = register(
    Fact(
        key="representations",
        label=_("Représentations"),
        unit=_("représentations"),
        group=GROUP,
        help=_("Événements où l'organisation était représentée et sièges à des comités, ceux qui ont une date."),
        rows=lambda ctx: Activity.objects.filter(
            _HELD, kind__in=[ActivityKind.REPRESENTATION, ActivityKind.COMMITTEE], last_on__lte=timezone.localdate()
        ),
        measure=Count(),
        period=InPeriod("starts_on"),
        organisation="organisation",
        territory="mrc",
        dims=_through(""),
        row_columns=_LOG_COLUMNS,
        row_url=RowUrl("programmes:activity", "public_id"),
        entered=Entered(),
    )
)

ORGANISATIONS_MET = register(
    Fact(
        key="organisations_met",
        label=_("Organisations rencontrées en représentation"),
        unit=_("organisations"),
        group=GROUP,
        help=_("Organisations distinctes rencontrées aux représentations datées de la période."),
        rows=lambda ctx: Partner.objects.filter(role="met", activity__state=ActivityState.PUBLISHED),
        measure=CountDistinct("organisation_id", canonical=True),
        period=InPeriod("activity__starts_on"),
        organisation="activity__organisation",
        dims={
            "met": Dimension("organisation_id", _("Organisation rencontrée"), organisation=True),
            **_through("activity__"),
        },
        row_columns=(
            Column("activity__starts_on", _("Date"), kind="date"),
            Column("organisation__name", _("Organisation")),
            Column("activity__title", _("Événement ou comité")),
        ),
        row_url=RowUrl("programmes:activity", "activity__public_id"),
        entered=Entered("activity__created_at"),
    )
)
