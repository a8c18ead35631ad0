"""What press is counted by."""

from django.utils.translation import gettext_lazy as _

from maillage.core.facts import Column, Count, Dimension, Entered, Fact, InPeriod, RowUrl, register

from .models import Mention

MENTIONS = register(
    Fact(
        key="media_mentions",
        label=_("Mentions dans les médias"),
        unit=_("mentions"),
        group=_("Rayonnement"),
        help=_("Articles, entrevues et reportages notés dans la revue de presse, à leur date."),
        rows=lambda ctx: Mention.objects.filter(removed_at=None),
        measure=Count(),
        period=InPeriod("on"),
        organisation="organisation",
        dims={
            "medium": Dimension("medium", _("Média")),
            "stream": Dimension("stream_id", _("Volet"), display="stream__name"),
            "about": Dimension("about_id", _("Entreprise"), organisation=True),
        },
        row_columns=(
            Column("on", _("Date"), kind="date"),
            Column("medium", _("Média")),
            Column("title", _("Titre")),
            Column("link", _("Lien")),
        ),
        row_url=RowUrl("press:mention", "public_id"),
        entered=Entered(),
    )
)
