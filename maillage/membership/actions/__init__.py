"""Public writes of membership."""

from .enrolment import SeveralSuch, enrol_organisation, enrol_person
from .imports import Imported, import_members, members_known
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
    "enrol_organisation",
    "enrol_person",
    "import_members",
    "join",
    "join_many",
    "leave",
    "mark_reminded",
    "members_known",
    "renew",
    "save_class",
    "year_after",
]
