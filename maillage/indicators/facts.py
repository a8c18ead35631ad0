"""What stands between contexts: talks of a conference, partners of an activity or of an edition."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from maillage.core.facts import Column, Count, CountDistinct, Dimension, Fact, InPeriod, Overlaps, RowUrl, register
from maillage.programmes.models import Partner, Talk

GROUP = _("Programmes et activités")
PARTNER_ROLES = [
    ("organiser", _("organise avec nous")),
    ("expert", _("prête des experts")),
    ("sponsor", _("commandite")),
    ("partner", _("partenaire")),
    ("met", _("rencontrée")),
]

TALKS = register(
    Fact(
        key="talks",
        label=_("Conférences et panels"),
        unit=_("présentations"),
        group=GROUP,
        help=_("Conférences, panels et kiosques des événements publiés, à la date de leur premier jour."),
        rows=lambda ctx: Talk.objects.filter(activity__state="published"),
        measure=Count(),
        period=InPeriod("activity__starts_on"),
        organisation="activity__organisation",
        dims={
            "talk_kind": Dimension("kind", _("Genre"), choices=Talk._meta.get_field("kind").choices),
            "stream_key": Dimension("activity__stream__key", _("Volet (code)")),
            "stream": Dimension("activity__stream_id", _("Volet"), display="activity__stream__name"),
            "activity": Dimension("activity_id", _("Activité"), display="activity__title"),
        },
        row_columns=(
            Column("activity__starts_on", _("Date"), kind="date"),
            Column("activity__title", _("Activité")),
            Column("title", _("Titre")),
            Column("kind", _("Genre"), kind="choice", choices=Talk._meta.get_field("kind").choices),
        ),
        row_url=RowUrl("programmes:activity", "activity__public_id"),
    )
)


def _partner_fact(key: str, label: Any, help: Any, of: str, period: Any, stream: str) -> Fact:
    return register(
        Fact(
            key=key,
            label=label,
            unit=_("organismes"),
            group=GROUP,
            help=help,
            rows=lambda ctx: Partner.objects.filter(**{f"{of}__isnull": False}).exclude(role="met"),
            measure=CountDistinct("organisation_id", canonical=True),
            period=period,
            organisation=f"{of}__organisation",
            dims={
                "partner": Dimension("organisation_id", _("Organisme partenaire"), organisation=True),
                "partner_role": Dimension("role", _("Rôle"), choices=PARTNER_ROLES),
                "kind": Dimension(f"{of}__kind", _("Genre")),
                "stream_key": Dimension(f"{stream}__key", _("Volet (code)")),
            },
            row_columns=(
                Column("organisation__name", _("Organisme")),
                Column("role", _("Rôle"), kind="choice", choices=PARTNER_ROLES),
                Column(f"{of}__title", _("Titre")),
            ),
            row_url=RowUrl(f"programmes:{of}", f"{of}__public_id"),
        )
    )


ACTIVITY_PARTNERS = _partner_fact(
    "activity_partners",
    _("Partenaires des activités"),
    _("Organismes distincts qui prennent part à une activité commencée dans la période."),
    "activity",
    InPeriod("activity__starts_on"),
    "activity__stream",
)
EDITION_PARTNERS = _partner_fact(
    "edition_partners",
    _("Partenaires des programmes"),
    _("Organismes distincts qui prennent part à une édition en cours dans la période."),
    "edition",
    Overlaps("edition__during"),
    "edition__programme__stream",
)
