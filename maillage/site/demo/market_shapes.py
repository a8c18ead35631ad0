"""The three markets of the demonstration, at published scales (`data/README.md` names the sources)."""

from dataclasses import dataclass
from decimal import Decimal

from maillage.market.models import MarginMode


@dataclass(frozen=True)
class Point:
    name: str
    municipality: str
    postal: str
    latitude: float
    longitude: float
    weight: int  # share of the orders that are picked up there


@dataclass(frozen=True)
class Zone:
    name: str
    prefixes: tuple[str, ...]
    fee: Decimal
    minimum: Decimal


@dataclass(frozen=True)
class Shape:
    slug: str
    name: str
    summary: str
    mrc: str
    mode: MarginMode
    rate: Decimal
    fee: Decimal
    producers: int
    products: int
    members: int
    active: int
    orders: int  # placed in a usual cycle
    prefix: str
    points: tuple[Point, ...]
    zones: tuple[Zone, ...] = ()
    trades: tuple[str, ...] = ()  # those that come first


OUTAOUAIS = Shape(
    slug="outaouais",
    name="Marché de solidarité de l'Outaouais (démo)",
    summary="Cent productrices et producteurs, neuf points de cueillette, un seul panier.",
    mrc="Gatineau",
    mode=MarginMode.RETAINED,
    rate=Decimal("0.22"),
    fee=Decimal("25.00"),
    producers=100,
    products=3000,
    members=5000,
    active=1500,
    orders=450,
    prefix="J8X",
    points=(
        Point("Entrepôt du marché", "Gatineau", "J8X", 45.4386, -75.7363, 22),
        Point("Aylmer", "Gatineau", "J9H", 45.3951, -75.8450, 16),
        Point("Vieux-Hull", "Gatineau", "J8X", 45.4287, -75.7145, 14),
        Point("Buckingham", "Gatineau", "J8L", 45.5884, -75.4172, 9),
        Point("Chelsea", "Chelsea", "J9B", 45.5001, -75.7836, 13),
        Point("Wakefield", "La Pêche", "J0X", 45.6420, -75.9270, 8),
        Point("Cantley", "Cantley", "J8V", 45.5668, -75.7829, 7),
        Point("Val-des-Monts", "Val-des-Monts", "J8N", 45.6650, -75.7342, 6),
        Point("Saint-André-Avellin", "Saint-André-Avellin", "J0V", 45.7250, -75.0542, 5),
    ),
)
QUEBEC = Shape(
    slug="quebec",
    name="Marché de proximité de Québec (démo)",
    summary="La marge est affichée : 15 %, ajoutés au prix que reçoit la ferme.",
    mrc="Québec",
    mode=MarginMode.ON_TOP,
    rate=Decimal("0.15"),
    fee=Decimal("30.00"),
    producers=36,
    products=860,
    members=700,
    active=520,
    orders=260,
    prefix="G1K",
    points=(
        Point("Limoilou", "Québec", "G1L", 46.8339, -71.2244, 30),
        Point("Saint-Roch", "Québec", "G1K", 46.8163, -71.2236, 26),
        Point("Sainte-Foy", "Québec", "G1V", 46.7785, -71.2889, 24),
        Point("Charlesbourg", "Québec", "G1H", 46.8646, -71.2703, 20),
    ),
    trades=("maraicher", "maraicher", "maraicher", "fruits", "fromage", "boulangerie"),
)
SOULANGES = Shape(
    slug="soulanges",
    name="Marché écolocal de Vaudreuil-Soulanges (démo)",
    summary="Livré chez vous, en vrac et sans emballage superflu.",
    mrc="Vaudreuil-Soulanges",
    mode=MarginMode.RETAINED,
    rate=Decimal("0.25"),
    fee=Decimal("20.00"),
    producers=63,
    products=1035,
    members=900,
    active=420,
    orders=150,
    prefix="J7V",
    points=(
        Point("Comptoir de Vaudreuil-Dorion", "Vaudreuil-Dorion", "J7V", 45.4003, -74.0331, 40),
        Point("Comptoir de Rigaud", "Rigaud", "J0P", 45.4793, -74.3022, 15),
    ),
    zones=(
        Zone("Vaudreuil-Dorion et L'Île-Perrot", ("J7V", "J7W"), Decimal("4.00"), Decimal("35.00")),
        Zone("Hudson, Saint-Lazare et Rigaud", ("J0P", "J7T"), Decimal("6.50"), Decimal("50.00")),
        Zone("Salaberry et Beauharnois", ("J6T", "J6S", "J6N"), Decimal("8.00"), Decimal("60.00")),
    ),
    trades=("epicerie", "soins", "epicerie", "plats", "maraicher", "soins"),
)
MARKETS = (OUTAOUAIS, QUEBEC, SOULANGES)
PAST_CYCLES = 12
