"""Enterprises referred to a partner, with their consent."""

from django.utils.translation import gettext_lazy as _

from maillage.core.facts import Column, Count, Dimension, Entered, Fact, InPeriod, RowUrl, register
from maillage.programmes.facts import frozen_dims

from ..models import Referral, ReferralState
from .group import GROUP

REFERRALS = register(
    Fact(
        key="referrals",
        label=_("Références à un partenaire"),
        unit=_("références"),
        group=GROUP,
        help=_("Références faites dans la période avec le consentement de l'entreprise."),
        rows=lambda ctx: Referral.objects.filter(cancelled_at=None),
        measure=Count(),
        period=InPeriod("referred_on"),
        organisation="organisation",
        territory="mrc",
        dims={
            **frozen_dims(),
            "stream": Dimension("stream_id", _("Volet"), display="stream__name"),
            "stream_key": Dimension("stream__key", _("Volet (code)")),
            "state": Dimension("state", _("État"), choices=ReferralState),
            "partner": Dimension("partner_id", _("Partenaire"), organisation=True),
            "adviser": Dimension("adviser_id", _("Conseil"), display="adviser__family_name"),
        },
        row_columns=(
            Column("referred_on", _("Date"), kind="date"),
            Column("enterprise__name", _("Entreprise")),
            Column("partner__name", _("Partenaire")),
            Column("state", _("État"), kind="choice", choices=ReferralState),
        ),
        row_url=RowUrl("accompaniment:referral", "public_id"),
        entered=Entered(),
    )
)
