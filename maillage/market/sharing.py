"""How what came short is shared among those who ordered it. Pure."""

from collections.abc import Sequence
from decimal import Decimal

NONE = Decimal("0.000")


def share(available: Decimal, wanted: Sequence[Decimal], *, step: Decimal) -> list[Decimal]:
    """Pieces for each of `wanted`, given in the order in which the orders were placed.

    One step at a time to everyone who still waits, the first order first: nobody gets a second before everyone has a
    first. A rest smaller than a step, or than what the last one waits for, is given to nobody.
    """
    shares = [NONE for _want in wanted]
    left = available
    waiting = [index for index, want in enumerate(wanted) if want > 0]
    while waiting and left > 0:
        still = []
        for index in waiting:
            part = min(step, wanted[index] - shares[index])
            if part > left:
                continue
            shares[index] += part
            left -= part
            if shares[index] < wanted[index]:
                still.append(index)
        waiting = still
    return shares
