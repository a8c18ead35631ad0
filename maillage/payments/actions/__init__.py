"""Public writes of payments, by noun."""

from .bank import (
    AlreadyHandled,
    assign_line,
    confirm_certain,
    confirm_line,
    discard_file,
    ignore_line,
    keep_file,
    map_file,
    restore_line,
    take_file,
    undo_line,
)
from .card import CardUnavailable, close_card_pages, receive_event, reconcile_cards, refund_card, start_card
from .expected import cancel_expected, expect_transfer
from .payments import (
    AmountWrong,
    CannotRefund,
    CannotUndo,
    KeyReused,
    NothingToMove,
    deposit,
    record,
    refund,
    undo,
)

__all__ = [
    "AlreadyHandled",
    "AmountWrong",
    "CannotRefund",
    "CannotUndo",
    "CardUnavailable",
    "KeyReused",
    "NothingToMove",
    "assign_line",
    "cancel_expected",
    "close_card_pages",
    "confirm_certain",
    "confirm_line",
    "deposit",
    "discard_file",
    "expect_transfer",
    "ignore_line",
    "keep_file",
    "map_file",
    "receive_event",
    "reconcile_cards",
    "record",
    "refund",
    "refund_card",
    "restore_line",
    "start_card",
    "take_file",
    "undo",
    "undo_line",
]
