"""Questionnaires of diagnostics that were answered."""

from django.utils.translation import gettext_lazy as _

from maillage.core.facts import Column, Count, Dimension, Entered, Fact, InPeriod, RowUrl, register
from maillage.programmes.facts import frozen_dims

from ..models import Diagnostic
from .group import GROUP

QUESTIONNAIRES_ANSWERED = register(
    Fact(
        key="questionnaires_answered",
        label=_("Questionnaires de diagnostic remplis"),
        unit=_("questionnaires"),
        group=GROUP,
        help=_("Diagnostics remplis en ligne dans la période."),
        rows=lambda ctx: Diagnostic.objects.filter(cancelled_at=None, delivered_on__isnull=False),
        measure=Count(),
        period=InPeriod("delivered_on"),
        organisation="organisation",
        territory="mrc",
        dims={
            **frozen_dims(),
            "adviser": Dimension("adviser_id", _("Conseil"), display="adviser__family_name"),
            "questionnaire": Dimension(
                "version__questionnaire_id", _("Questionnaire"), display="version__questionnaire__title"
            ),
            "stream": Dimension(
                "version__questionnaire__stream_id", _("Volet"), display="version__questionnaire__stream__name"
            ),
            "stream_key": Dimension("version__questionnaire__stream__key", _("Volet (code)")),
        },
        row_columns=(
            Column("delivered_on", _("Date"), kind="date"),
            Column("enterprise__name", _("Entreprise")),
            Column("mrc__name", _("MRC")),
            Column("version__questionnaire__title", _("Questionnaire")),
        ),
        row_url=RowUrl("accompaniment:diagnostic", "public_id"),
        entered=Entered(),
    )
)
