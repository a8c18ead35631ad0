"""Every context wires itself (`<context>/wiring.py`); here, those that do not know each other meet."""

from maillage.accompaniment import journey
from maillage.funding import claimed

from .claims import work
from .contexts import modules
from .journeys import market_purchases, market_sales, press_mentions


def wire() -> None:
    """Subscribe every handler. Called once when the application starts."""
    for module in modules("wiring"):
        if module.__name__ != __name__:
            module.wire()
    claimed.register("work", work)
    journey.register("market", market_sales)
    journey.register("market purchases", market_purchases)
    journey.register("media", press_mentions)
