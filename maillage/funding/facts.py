"""What funding is counted by: agreements in force and their amounts."""

from django.utils.translation import gettext_lazy as _

from maillage.core.facts import Column, Count, Dimension, Entered, Fact, Overlaps, RowUrl, Sum, register

from .models import Agreement, FunderKind

_DIMS = {
    "funder": Dimension("funder__organisation_id", _("Bailleur de fonds"), organisation=True),
    "funder_kind": Dimension("funder__kind", _("Genre de bailleur"), choices=FunderKind),
}
_COLUMNS = (
    Column("title", _("Entente")),
    Column("funder__organisation__name", _("Bailleur de fonds")),
    Column("amount", _("Montant"), kind="money", adds=True),
)

AGREEMENTS = register(
    Fact(
        key="agreements",
        label=_("Ententes en vigueur"),
        unit=_("ententes"),
        group=_("Financement"),
        help=_("Ententes dont la durée touche la période."),
        rows=lambda ctx: Agreement.objects.all(),
        measure=Count(),
        period=Overlaps("during"),
        organisation="organisation",
        dims=_DIMS,
        row_columns=_COLUMNS,
        row_url=RowUrl("funding:agreement", "public_id"),
        entered=Entered(),
    )
)

AGREEMENT_AMOUNT = register(
    Fact(
        key="agreement_amount",
        label=_("Montant des ententes"),
        unit=_("$"),
        group=_("Financement"),
        help=_("Montant total des ententes dont la durée touche la période, sans partage entre les années."),
        rows=lambda ctx: Agreement.objects.filter(amount__isnull=False),
        measure=Sum("amount", decimals=2),
        period=Overlaps("during"),
        organisation="organisation",
        dims=_DIMS,
        row_columns=_COLUMNS,
        row_url=RowUrl("funding:agreement", "public_id"),
        entered=Entered(),
    )
)
