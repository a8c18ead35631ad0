"""Money in Canadian dollars: amounts of 2 decimals, unit prices of 4, one rounding rule, exact allocation."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")
UNIT_PRICE = Decimal("0.0001")
ZERO = Decimal("0.00")


def cents(amount: Decimal) -> Decimal:
    """Round an amount to the cent, half up (away from zero)."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def unit_price(amount: Decimal) -> Decimal:
    """Round a price per unit to four decimals, half up."""
    return amount.quantize(UNIT_PRICE, ROUND_HALF_UP)


def allocate(total: Decimal, weights: Sequence[Decimal | int]) -> list[Decimal]:
    """Split `total` (dollars, 2 decimals) in proportion to `weights`, by largest remainder.

    The parts always sum to `total`; equal remainders go to the earlier part. All-zero weights share equally.
    Raises ValueError for no weights, a negative weight, or a total finer than a cent.
    """
    if not weights:
        raise ValueError("no weights")
    if any(w < 0 for w in weights):
        raise ValueError("negative weight")
    if total != cents(total):
        raise ValueError("total is finer than a cent")
    shares = [Decimal(w) for w in weights]
    whole = sum(shares)
    if whole == 0:
        shares, whole = [Decimal(1)] * len(shares), Decimal(len(shares))
    sign = -1 if total < 0 else 1
    pool = int(abs(total) * 100)
    exact = [pool * s / whole for s in shares]
    floors = [int(e) for e in exact]
    order = sorted(range(len(shares)), key=lambda i: (-(exact[i] - floors[i]), i))
    for i in order[: pool - sum(floors)]:
        floors[i] += 1
    return [sign * Decimal(f) / 100 for f in floors]
