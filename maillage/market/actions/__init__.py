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
from .desk import (
    hand_over,
    hand_over_lines,
    mark_short,
    set_absent,
    set_handed_over,
    set_weight,
    undo_adjustment,
    undo_hand_over,
)
from .offers import OfferTerms, follow_catalogue, offer_products, override_offers, send_stock_alerts, set_offers
from .orders import Placed, amend_order, cancel_order, place_order
from .receiving import receive, receive_all, undo_reception
from .reminding import remind_producers
from .reopening import reopen_cycle
from .settle import pay_statements, settle_cycle, undo_payment
from .setup import Window, add_pause, create_market, remove_pause, save_point, save_template, save_zone, update_market
from .slots import sync_slots
from .till import take_payment, undo_taken

__all__ = [
    "OfferTerms",
    "Placed",
    "Window",
    "add_pause",
    "amend_order",
    "cancel_order",
    "clone_cycle",
    "close_cycle",
    "confirm_order_sheet",
    "create_cycle",
    "create_market",
    "first_cycle",
    "follow_catalogue",
    "hand_over",
    "hand_over_lines",
    "mark_distributed",
    "mark_packed",
    "mark_short",
    "offer_products",
    "open_cycle",
    "override_offers",
    "pay_statements",
    "place_order",
    "receive",
    "receive_all",
    "remind_producers",
    "remove_pause",
    "reopen_cycle",
    "run_clock",
    "save_point",
    "save_template",
    "save_zone",
    "send_stock_alerts",
    "set_absent",
    "set_dates",
    "set_handed_over",
    "set_offers",
    "set_weight",
    "settle_cycle",
    "sync_slots",
    "take_payment",
    "undo_adjustment",
    "undo_hand_over",
    "undo_payment",
    "undo_reception",
    "undo_taken",
    "update_market",
]
