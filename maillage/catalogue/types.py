"""Values of the catalogue that other contexts use: what is written of a product, and its events."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from maillage.core.events import Event
from maillage.core.quantity import Temperature
from maillage.core.tax import TaxClass

from .models import PriceBasis


@dataclass(frozen=True)
class ProductData:
    """Everything that a producer says of a product. `labels`: {label code: certifier, or ""}; months are 1 to 12."""

    reference: str
    name: str
    category_id: int
    description: str = ""
    temperature: str = Temperature.AMBIENT
    tax_class: str = TaxClass.GROCERY
    origin_id: int | None = None
    season_from: int | None = None
    season_to: int | None = None
    allergens: tuple[str, ...] = ()
    is_active: bool = True
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FormatData:
    """A format. `public_id` names the one to change; None makes a new one. Units as in ProductFormat."""

    name: str
    content: Decimal
    content_unit: str
    price: Decimal
    reference: str = ""
    by_weight: bool = False
    price_basis: str = PriceBasis.SHELF
    deposit: Decimal = Decimal("0.00")
    crates: Decimal = Decimal("0.050")
    is_active: bool = True
    public_id: UUID | None = None


@dataclass(frozen=True)
class Change:
    """One field of a product or of one of its formats, before and after, as shown to a person."""

    at: datetime
    who: str
    of: str
    field: str
    before: Any
    after: Any


@dataclass(frozen=True)
class ApplicationSubmitted(Event):
    application_id: int


@dataclass(frozen=True)
class ApplicationDecided(Event):
    application_id: int


@dataclass(frozen=True)
class ProductPictured(Event):
    """A product has another picture, or none any more."""

    product_id: int
