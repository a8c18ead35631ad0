"""Producers of a market and what they make: plausible Québec products, seasons and prices, for the demonstration."""

import csv
import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from django.utils import timezone
from django.utils.text import slugify

from maillage.catalogue.models import Category, Label, PriceBasis, Product, ProductFormat, ProductLabel, SupplyAgreement
from maillage.core.money import unit_price
from maillage.core.period import after
from maillage.directory.models import LegalForm, Organisation, Territory

from . import names
from .bulk import copy, reserve
from .market_shapes import Shape

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Size:
    """A way in which a kind of product is sold."""

    name: str
    content: Decimal
    unit: str
    price: Decimal
    by_weight: bool
    deposit: Decimal


@dataclass(frozen=True)
class Kind:
    """A kind of product with its variants, before a producer makes it theirs."""

    category: str
    name: str
    variants: tuple[str, ...]
    sizes: tuple[Size, ...]
    temperature: str
    tax: str
    season: tuple[int, int] | None
    crates: Decimal
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Made:
    """A format on sale, with what an offer copies."""

    format_id: int
    producer_id: int
    producer_name: str
    category_id: int
    product_name: str
    size: Size
    price: Decimal
    kind: Kind
    labels: tuple[str, ...]
    appeal: float  # how often it is bought, relative to others

    def in_season(self, month: int) -> bool:
        if self.kind.season is None:
            return True
        first, last = self.kind.season
        return first <= month <= last if first <= last else month >= first or month <= last


def kinds() -> dict[str, list[Kind]]:
    """Kinds of product by trade, from `data/products.csv`."""
    by_trade: dict[str, list[Kind]] = {}
    with (DATA / "products.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter=";"):
            first, _, last = row["season"].partition("-")
            by_trade.setdefault(row["trade"], []).append(
                Kind(
                    category=row["category"],
                    name=row["name"],
                    variants=tuple(filter(None, row["variants"].split("|"))) or ("",),
                    sizes=tuple(_size(text) for text in row["formats"].split("|")),
                    temperature=row["temperature"],
                    tax=row["tax"],
                    season=(int(first), int(last)) if first else None,
                    crates=Decimal(row["crate"]),
                    labels=tuple(filter(None, row["labels"].split(","))),
                )
            )
    return by_trade


@cache
def _stories() -> dict[str, Any]:
    """What farms say of themselves by trade; what is said of products, and their allergens, by category."""
    found: dict[str, Any] = json.loads((DATA / "stories.json").read_text(encoding="utf-8"))
    return found


def _size(text: str) -> Size:
    name, content, unit, price, *marks = text.split(":")
    deposit = next((Decimal(m[1:]) for m in marks if m.startswith("d")), Decimal("0.00"))
    return Size(name, Decimal(content), unit, Decimal(price), "w" in marks, deposit)


def load_producers(shape: Shape, market_organisation: Organisation, random: Random, now: datetime) -> list[Made]:
    """The producers of a market, their products and formats, and the agreements that let the market offer them."""
    by_trade = kinds()
    trades = list(shape.trades) + [t for t in by_trade for _ in range(2)]
    while len(trades) < shape.producers:
        trades.append(random.choice(list(by_trade)))
    producers = _organisations(shape, names.farms(random, trades[: shape.producers]), random, now)
    copy(
        SupplyAgreement,
        (
            {
                "organisation_id": market_organisation.pk,
                "producer_id": pk,
                "since": after(timezone.localdate(now), years=-3),
            }
            for pk, _trade, _name in producers
        ),
        now=now,
    )
    return _products(shape, producers, by_trade, random, now)


def _organisations(
    shape: Shape, farms: list[tuple[str, str]], random: Random, now: datetime
) -> list[tuple[int, str, str]]:
    mrc = Territory.objects.get(kind="mrc", name=shape.mrc)
    stories: dict[str, list[str]] = _stories()["farms"]
    keys = reserve(Organisation, len(farms))
    copy(
        Organisation,
        (
            {
                "id": pk,
                "name": name,
                "slug": f"{slugify(name)[:50]}-{shape.slug}-{pk}",
                "legal_form": random.choice(
                    [LegalForm.SOLE_PROPRIETOR, LegalForm.BUSINESS_CORPORATION, LegalForm.PARTNERSHIP]
                ),
                "address": names.address(random),
                "email": f"ferme{pk}@demo.maillage.example",
                "postal_code": names.postal_code(random, shape.prefix),
                "mrc_id": mrc.pk,
                "description": stories[trade][pk % len(stories[trade])],
                "employees": random.choice([1, 2, 2, 3, 4, 6, 9, 14]),
                "is_demo": True,
            }
            for pk, (trade, name) in zip(keys, farms, strict=True)
        ),
        now=now,
    )
    return [(pk, trade, name) for pk, (trade, name) in zip(keys, farms, strict=True)]


def _products(
    shape: Shape, producers: list[tuple[int, str, str]], by_trade: dict[str, list[Kind]], random: Random, now: datetime
) -> list[Made]:
    categories = {slug: pk for pk, slug in Category.objects.values_list("pk", "slug")}
    labels = {
        code: (pk, certified) for pk, code, certified in Label.objects.values_list("pk", "code", "needs_certifier")
    }
    chosen = _choose(shape, producers, by_trade, random)
    notes: dict[str, tuple[str, list[str]]] = _stories()["products"]
    origin = Territory.objects.get(kind="mrc", name=shape.mrc).pk
    keys = iter(reserve(Product, len(chosen)))
    formats = iter(reserve(ProductFormat, sum(len(kind.sizes) for *_, kind, _v, _o in chosen)))
    products, sizes, claims, made = [], [], [], []
    for n, (producer_id, producer_name, kind, variant, organic) in enumerate(chosen, start=1):
        pk, name = next(keys), f"{kind.name} {variant}".strip()
        codes = tuple(c for c in kind.labels if c != "bio" or organic)
        products.append(
            {
                "id": pk,
                "producer_id": producer_id,
                "reference": f"{n:04d}",
                "name": name,
                "description": notes.get(kind.category, ("", []))[0],
                "allergens": notes.get(kind.category, ("", []))[1],
                "origin_id": origin,
                "category_id": categories[kind.category],
                "temperature": kind.temperature,
                "tax_class": kind.tax,
                "season_from": kind.season[0] if kind.season else None,
                "season_to": kind.season[1] if kind.season else None,
                "is_demo": True,
            }
        )
        claims += [
            {"product_id": pk, "label_id": labels[c][0], "certifier": "Certificateur (démo)" if labels[c][1] else ""}
            for c in codes
        ]
        factor = Decimal(random.randint(88, 118)) / 100 * (Decimal("1.18") if organic else 1)
        appeal = random.paretovariate(1.2)
        for place, size in enumerate(kind.sizes):
            format_id, price = next(formats), unit_price(size.price * factor)
            price = (price * 20).quantize(Decimal(1)) / 20 if not size.by_weight else price.quantize(Decimal("0.1"))
            sizes.append(
                {
                    "id": format_id,
                    "product_id": pk,
                    "reference": "" if place == 0 else str(place + 1),
                    "name": size.name,
                    "content": size.content,
                    "content_unit": size.unit,
                    "by_weight": size.by_weight,
                    "price": price,
                    "price_basis": PriceBasis.SHELF if shape.mode == "retained" else PriceBasis.PRODUCER,
                    "deposit": size.deposit,
                    "crates": kind.crates * (1 if place == 0 else 3),
                }
            )
            made.append(
                Made(
                    format_id, producer_id, producer_name, categories[kind.category], name, size, price, kind, codes,
                    appeal if place == 0 else appeal * 0.25,
                )
            )  # fmt: skip
    copy(Product, products, now=now)
    copy(ProductLabel, claims, now=now)
    copy(ProductFormat, sizes, now=now)
    return made


def _choose(
    shape: Shape, producers: list[tuple[int, str, str]], by_trade: dict[str, list[Kind]], random: Random
) -> list[tuple[int, str, Kind, str, bool]]:
    """Share the market's products among its producers: each the variants of its trade, then of a second trade."""
    share, extra = divmod(shape.products, len(producers))
    chosen = []
    for place, (pk, trade, name) in enumerate(producers):
        wanted = share + (place < extra)
        organic = random.random() < 0.45
        pool = [(kind, variant) for kind in by_trade[trade] for variant in kind.variants]
        random.shuffle(pool)
        others = [(k, v) for t in by_trade if t != trade for k in by_trade[t] for v in k.variants]
        pool += random.sample(others, max(0, wanted - len(pool)))
        chosen += [(pk, name, kind, variant, organic) for kind, variant in pool[:wanted]]
    return chosen
