"""Public writes of membership."""

from .imports import Imported, SeveralSuch, import_members
from .members import (
    AlreadyMember,
    CannotLeave,
    CannotRenew,
    ClassClosed,
    NotForYou,
    NumberTaken,
    join,
    join_many,
    leave,
    mark_reminded,
    renew,
    save_class,
    year_after,
)

__all__ = [
    "AlreadyMember",
    "CannotLeave",
    "CannotRenew",
    "ClassClosed",
    "Imported",
    "NotForYou",
    "NumberTaken",
    "SeveralSuch",
    "import_members",
    "join",
    "join_many",
    "leave",
    "mark_reminded",
    "renew",
    "save_class",
    "year_after",
]
