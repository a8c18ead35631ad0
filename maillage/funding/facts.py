"""What funding is counted by: agreements in force and their amounts."""

from django.utils.translation import gettext_lazy as _

from maillage.core.facts import Column, Count, Dimension, Entered, Fact, InPeriod, Overlaps, RowUrl, Sum, register

from .models import Accountability, AccountabilityKind, Agreement, FunderKind, Instalment

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

_LINE_DIMS = {
    "agreement": Dimension("agreement_id", _("Entente"), display="agreement__title"),
    "funder": Dimension("agreement__funder__organisation_id", _("Bailleur de fonds"), organisation=True),
    "funder_kind": Dimension("agreement__funder__kind", _("Genre de bailleur"), choices=FunderKind),
}

INSTALMENTS_RECEIVED = register(
    Fact(
        key="instalments_received",
        label=_("Versements reçus"),
        unit=_("$"),
        group=_("Financement"),
        help=_("Versements des ententes, à la date de leur réception."),
        rows=lambda ctx: Instalment.objects.filter(received_on__isnull=False),
        measure=Sum("amount", decimals=2),
        period=InPeriod("received_on"),
        organisation="agreement__organisation",
        dims=_LINE_DIMS,
        row_columns=(
            Column("received_on", _("Date"), kind="date"),
            Column("agreement__title", _("Entente")),
            Column("label", _("Versement")),
            Column("amount", _("Montant"), kind="money"),
        ),
        row_url=RowUrl("funding:agreement", "agreement__public_id"),
        entered=Entered(),
    )
)

ACCOUNTS_DUE = register(
    Fact(
        key="accounts_due",
        label=_("Redditions de comptes attendues"),
        unit=_("redditions"),
        group=_("Financement"),
        help=_("Redditions à remettre à un bailleur dans la période, remises ou non."),
        rows=lambda ctx: Accountability.objects.all(),
        measure=Count(),
        period=InPeriod("due_on"),
        organisation="agreement__organisation",
        dims={
            **_LINE_DIMS,
            "account_kind": Dimension("kind", _("Genre"), choices=AccountabilityKind),
        },
        row_columns=(
            Column("due_on", _("Échéance"), kind="date"),
            Column("agreement__title", _("Entente")),
            Column("kind", _("Genre"), kind="choice", choices=AccountabilityKind),
            Column("given_on", _("Remise le"), kind="date"),
        ),
        row_url=RowUrl("funding:agreement", "agreement__public_id"),
        entered=Entered(),
    )
)
