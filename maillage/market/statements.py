"""A producer's statement as PDF and as a spreadsheet, the list of payments for the bank, and the letters about them."""

import csv
import io
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from maillage.core import jobs, letters, pdf
from maillage.core.dates import say
from maillage.core.events import occasion
from maillage.core.sheets import Column, plain_cell, write_xlsx

from .documents.rows import marks, money, quantity
from .models import LineAdjustment, ProducerStatement
from .notices import Readers, readers_of
from .queries.settlement import Statement, opened
from .types import CycleSettled, StatementPaid


def file_name(row: ProducerStatement, extension: str) -> str:
    """`releve-marche-12-ferme.pdf`."""
    from django.utils.text import slugify

    return f"releve-{row.cycle.market.slug}-{row.cycle.number}-{slugify(row.producer.name)[:40]}.{extension}"


def state_of(row: ProducerStatement) -> str:
    """What became of a statement, in one sentence."""
    if row.paid_on is not None:
        return _("Payé le %(day)s, %(reference)s.") % {
            "day": say(row.paid_on),
            "reference": row.paid_reference,
        }
    if row.carried_to_id is not None and row.carried_to is not None:
        return _("Déduit du relevé du cycle %(number)s.") % {"number": row.carried_to.cycle.number}
    if row.net < 0:
        return _("Sera déduit du prochain relevé.")
    return _("À payer.") if row.net else _("Rien à payer.")


def as_pdf(statement: Statement) -> bytes:
    """One page or more: what was sold, what was adjusted, what the producer receives."""
    row = statement.row
    data = {
        "title": _("Relevé"),
        "market": row.cycle.market.name,
        "cycle": _("Cycle %(number)s") % {"number": row.cycle.number},
        "producer": row.producer.name,
        "demo": _("Données de démonstration") if row.cycle.market.is_demo else "",
        "lang": (translation.get_language() or "fr")[:2],
        "when": _("Livré le %(day)s, réglé le %(settled)s")
        % {"day": say(row.cycle.delivered_on), "settled": say(row.settled_at)},
        "state": state_of(row),
        "sums": [[name, money(amount)] for name, amount in sums_of(row)],
        "net": [_("Net à recevoir"), money(row.net)],
        "lines": [
            [
                line.product,
                line.format,
                quantity(line.pieces),
                f"{quantity(line.weight)} kg" if line.weight is not None else "",
                money(line.sold),
                money(line.adjusted) if line.adjusted else "",
                money(line.net),
            ]
            for line in statement.lines
        ],
        "corrections": [
            [said(a), say(a.at, "SHORT_DATE_FORMAT"), money(a.goods), money(a.producers)]
            for a in [*statement.adjustments, *statement.late]
        ],
        "taxes": _("Taxes perçues des membres sur vos produits et remises par le marché : TPS %(tps)s, TVQ %(tvq)s.")
        % {"tps": money(row.tps), "tvq": money(row.tvq)}
        if row.tps or row.tvq
        else "",
        "words": {
            "sold": _("Ce qui s’est vendu"),
            "product": _("Produit"),
            "format": _("Format"),
            "pieces": _("Quantité"),
            "weight": _("Poids"),
            "amount": _("Vendu"),
            "adjusted": _("Ajusté"),
            "net": _("À recevoir"),
            "corrections": _("Ajustements"),
            "what": _("Quoi"),
            "day": _("Date"),
            "charged": _("Au membre"),
            "nothing": _("Rien de vendu dans ce cycle : ce relevé porte les corrections de cycles réglés avant."),
        },
    }
    return pdf.render("market/statement.typ", data)


def sums_of(row: ProducerStatement) -> list[tuple[str, Decimal]]:
    """The figures that make up the net, signed: they sum to it."""
    named = [
        (_("Vendu, au prix des membres avant taxes"), row.sold),
        (_("Ajusté après la fermeture (poids, manquants, abîmés)"), row.adjusted),
        (_("Marge du marché"), -row.margin),
        (_("Corrections de cycles réglés avant"), row.late),
    ]
    return [(name, amount) for name, amount in named if amount or name == named[0][0]]


def said(adjustment: LineAdjustment) -> str:
    """« Poids final : poulet entier, commande 12 (cycle 4) »."""
    line = adjustment.line
    return _("%(reason)s : %(product)s, commande %(number)s (cycle %(cycle)s)") % {
        "reason": str(adjustment.get_reason_display()).capitalize(),
        "product": line.offer.product_name,
        "number": line.order.number,
        "cycle": line.order.cycle.number,
    }


def as_xlsx(statement: Statement) -> bytes:
    """Three sheets: the figures, the products, the adjustments."""
    row, temperatures = statement.row, marks()
    figures = [*sums_of(row), (_("Net à recevoir"), row.net), (_("TPS perçue"), row.tps), (_("TVQ perçue"), row.tvq)]
    lines = [
        (
            line.product,
            line.format,
            temperatures[line.temperature],
            line.pieces,
            line.weight,
            line.price,
            line.sold,
            line.adjusted,
            line.margin,
            line.net,
        )
        for line in statement.lines
    ]
    corrections = [
        (said(a), a.at, a.quantity, a.weight, a.goods, a.producers) for a in [*statement.adjustments, *statement.late]
    ]
    return write_xlsx(
        [
            (_("Relevé"), [Column(pgettext("statement", "Poste"), width=52), Column(_("Montant"), "money")], figures),
            (
                _("Produits"),
                [
                    Column(_("Produit"), width=36),
                    Column(_("Format"), width=22),
                    Column(_("Température")),
                    Column(_("Quantité"), "number"),
                    Column(_("Poids (kg)"), "number"),
                    Column(_("Votre prix"), "price"),
                    Column(_("Vendu"), "money"),
                    Column(_("Ajusté"), "money"),
                    Column(_("Marge du marché"), "money"),
                    Column(_("À recevoir"), "money"),
                ],
                lines,
            ),
            (
                _("Ajustements"),
                [
                    Column(_("Quoi"), width=52),
                    Column(_("Date"), "datetime", width=20),
                    Column(_("Quantité"), "number"),
                    Column(_("Poids (kg)"), "number"),
                    Column(_("Au membre"), "money"),
                    Column(_("À recevoir"), "money"),
                ],
                corrections,
            ),
        ],
        title=f"{row.cycle.market.name} {row.cycle.number} — {row.producer.name}",
        made_on=timezone.localdate(row.settled_at),
    )


def payouts_csv(statements: Iterable[ProducerStatement]) -> str:
    """What is left to pay, one line a producer, as banks and accounting programs import it."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([_("Producteur"), _("NEQ"), _("Courriel"), _("Cycle"), _("Montant"), _("Référence")])
    for row in statements:
        reference = f"{row.cycle.market.slug}-{row.cycle.number}-{row.public_id.hex[:8]}"
        cells = [
            row.producer.name,
            row.producer.neq or "",
            row.producer.email or "",
            row.cycle.number,
            row.net,
            reference,
        ]
        writer.writerow([plain_cell(str(cell)) for cell in cells])
    return "\ufeff" + out.getvalue()


# --- letters ----------------------------------------------------------------------------------------------------------


def tell_settled(event: CycleSettled) -> int:
    """One job a producer: their statement is ready. Hears CycleSettled."""
    keys = list(ProducerStatement.objects.filter(cycle_id=event.cycle_id).values_list("pk", flat=True))
    jobs.defer_many("market.statement", ({"statement_id": key, "paid": False} for key in keys))
    return len(keys)


def tell_paid(event: StatementPaid) -> bool:
    """Tell a producer that they are paid; nothing when the payment was taken back since. Hears StatementPaid."""
    return send(statement_id=event.statement_id, paid=True)


def send(*, statement_id: int, paid: bool) -> bool:
    """Write to a producer about a statement, in each reader's language, its PDF joined; whether anybody reads it."""
    row = ProducerStatement.objects.select_related("cycle__market__organisation", "producer", "carried_to__cycle").get(
        pk=statement_id
    )
    groups = [readers for readers in readers_of(row.producer) if readers.addresses]
    if not groups or (paid and row.paid_on is None):
        return False
    for readers in groups:
        with translation.override(readers.language):
            message = _letter(row, readers, paid=paid)
        # paid, taken back and paid again: each payment is told
        what = f"paid:{row.paid_on}:{occasion()}" if paid else "ready"
        letters.post(message, key=f"statement:{row.pk}:{what}")
    return True


def _letter(row: ProducerStatement, readers: Readers, *, paid: bool) -> EmailMessage:
    words: dict[str, Any] = {"market": row.cycle.market.name, "number": row.cycle.number}
    context = {
        "statement": row,
        "producer": row.producer,
        "sums": sums_of(row),
        "paid": paid,
        "address": settings.SITE_URL + reverse("market:statement", args=[row.public_id]),
        **words,
    }
    subject = _("%(market)s : paiement du cycle %(number)s") if paid else _("%(market)s : relevé du cycle %(number)s")
    message = EmailMessage(
        subject=subject % words,
        body=render_to_string("market/mail/statement.txt", context),
        to=readers.addresses,
        reply_to=[row.cycle.market.organisation.email] if row.cycle.market.organisation.email else None,
    )
    message.attach(file_name(row, "pdf"), as_pdf(opened(row)), "application/pdf")
    return message
