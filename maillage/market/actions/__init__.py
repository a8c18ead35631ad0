"""Public writes of the market."""

from .cycles import (
    clone_cycle,
    close_cycle,
    confirm_order_sheet,
    create_cycle,
    first_cycle,
    mark_distributed,
    mark_packed,
    open_cycle,
    run_clock,
    set_dates,
)
from .offers import OfferTerms, follow_catalogue, offer_products, override_offers, send_stock_alerts, set_offers
from .setup import Window, create_market, save_point, save_template, save_zone, update_market
from .slots import sync_slots

__all__ = [
    "OfferTerms",
    "Window",
    "clone_cycle",
    "close_cycle",
    "confirm_order_sheet",
    "create_cycle",
    "create_market",
    "first_cycle",
    "follow_catalogue",
    "mark_distributed",
    "mark_packed",
    "offer_products",
    "open_cycle",
    "override_offers",
    "run_clock",
    "save_point",
    "save_template",
    "save_zone",
    "send_stock_alerts",
    "set_dates",
    "set_offers",
    "sync_slots",
    "update_market",
]
