"""The grid in which offers are set: rows of typed text, read into terms, with a sentence for each wrong row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from maillage.catalogue.models import PriceBasis
from maillage.core.actions import Refused
from maillage.core.numbers import decimal_of

from .actions.offers import OffersRefused, OfferTerms
from .models import Offer

FIELDS = ("price", "quantity", "max", "step", "alert")


@dataclass
class GridRow:
    """An offer with what the cells show: what is stored, or what was typed."""

    offer: Offer
    price: str
    quantity: str
    max: str
    step: str
    alert: str
    is_open: bool
    problem: str = ""

    @property
    def key(self) -> str:
        return str(self.offer.public_id)

    @property
    def basis(self) -> str:
        """On what the price of this row is: the member's shelf price, or what the producer receives."""
        return self.offer.format.price_basis


@dataclass
class Grid:
    """Rows of offers; with `data`, the posted cells. `changes` holds the rows that were posted, by public id."""

    offers: Sequence[Offer]
    data: Mapping[str, str] | None = None
    rows: list[GridRow] = field(init=False)
    changes: dict[UUID, OfferTerms] = field(init=False, default_factory=dict)
    refusal: str = field(init=False, default="")

    def __post_init__(self) -> None:
        self.rows = [self._posted(o) if self._is_posted(o) else stored(o) for o in self.offers]

    @property
    def problems(self) -> bool:
        return bool(self.refusal) or any(row.problem for row in self.rows)

    def is_valid(self) -> bool:
        return not self.problems

    def refuse(self, refusal: Refused) -> None:
        """Put what an action refused beside its row."""
        known = refusal.problems if isinstance(refusal, OffersRefused) else {}
        for row in self.rows:
            row.problem = known.get(row.offer.public_id, row.problem)
        if not any(row.problem for row in self.rows):
            self.refusal = str(refusal)

    def _is_posted(self, offer: Offer) -> bool:
        return self.data is not None and f"price-{offer.public_id}" in self.data

    def _posted(self, offer: Offer) -> GridRow:
        assert self.data is not None
        data, key = self.data, offer.public_id
        cells = {name: data.get(f"{name}-{key}", "").strip() for name in FIELDS}
        row = GridRow(offer, **cells, is_open=f"open-{key}" in data)
        try:
            self.changes[key] = _terms(row)
        except ValueError as error:
            row.problem = str(error)
        return row


def stored(offer: Offer) -> GridRow:
    price = offer.member_price if offer.format.price_basis == PriceBasis.SHELF else offer.producer_price
    return GridRow(
        offer,
        price=_price(price),
        quantity=_plain(offer.quantity),
        max=_plain(offer.max_per_member),
        step=_plain(offer.step),
        alert=_plain(offer.low_stock_at),
        is_open=offer.is_open,
    )


def _terms(row: GridRow) -> OfferTerms:
    if not row.price:
        raise ValueError(_("Donnez un prix."))
    return OfferTerms(
        price=_bounded(row.price, 4),
        quantity=_optional(row.quantity),
        is_open=row.is_open,
        max_per_member=_optional(row.max),
        step=_optional(row.step) or Decimal(1),
        low_stock_at=_optional(row.alert),
    )


def _optional(text: str) -> Decimal | None:
    return _bounded(text, 3) if text else None


def _bounded(text: str, places: int) -> Decimal:
    number = decimal_of(text)
    if not 0 <= number < 1_000_000:
        raise ValueError(_("« %(text)s » n’est pas entre 0 et 999 999.") % {"text": text})
    return number.quantize(Decimal(1).scaleb(-places))


def _plain(number: Decimal | None) -> str:
    return "" if number is None else f"{number.normalize():f}".replace(".", ",")


def _price(price: Decimal) -> str:
    """Two decimals at least, four when they matter: 4,50 or 0,0325."""
    text = f"{price:.4f}".removesuffix("00") if f"{price:.4f}".endswith("00") else f"{price:.4f}".rstrip("0")
    return text.replace(".", ",")
