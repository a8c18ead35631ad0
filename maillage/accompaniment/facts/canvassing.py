"""Meetings with enterprises that are not clients, and with those that are."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from maillage.core.facts import Column, Count, Dimension, Entered, Fact, InPeriod, RowUrl, register
from maillage.programmes.facts import frozen_dims

from ..models import CanvassMeeting
from .group import GROUP


def _meeting_fact(key: str, label: Any, help: Any, **conditions: Any) -> Fact:
    return register(
        Fact(
            key=key,
            label=label,
            unit=_("rencontres"),
            group=GROUP,
            help=help,
            rows=lambda ctx: CanvassMeeting.objects.filter(cancelled_at=None, **conditions),
            measure=Count(),
            period=InPeriod("met_on"),
            organisation="organisation",
            territory="mrc",
            dims={
                **frozen_dims(),
                "was_client": Dimension("was_client", _("Déjà cliente")),
                "adviser": Dimension("adviser_id", _("Conseil"), display="adviser__family_name"),
            },
            row_columns=(
                Column("met_on", _("Date"), kind="date"),
                Column("company_name", _("Entreprise")),
                Column("region__name", _("Région")),
            ),
            row_url=RowUrl("accompaniment:meeting", "public_id"),
            entered=Entered(),
        )
    )


MEETINGS = _meeting_fact(
    "canvass_meetings", _("Rencontres de démarchage"), _("Toutes les rencontres de démarchage de la période.")
)
MEETINGS_NON_CLIENTS = _meeting_fact(
    "canvass_meetings_non_clients",
    _("Rencontres d'entreprises non clientes"),
    _("Rencontres avec des entreprises qui n'étaient pas suivies ce jour-là."),
    was_client=False,
)
