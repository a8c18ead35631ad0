"""What every public write has in common: one transaction, an audit context, expected failures with a name."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import connection, transaction

from .changes import made_by


class Refused(Exception):
    """An expected failure of an action. Its message is a sentence for a person, already translatable.

    Each action defines subclasses beside it; a view shows `str(error)` and changes nothing.
    """


class NotAllowed(Refused):
    """The person has no role that permits this."""


def action[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Mark a public write: runs in a transaction, and the change log notes the action and `by` (an account's pk).

    Actions take keyword arguments only; the one named `by` is the account that acts (None: the clock).
    """

    name = f"{function.__module__.removeprefix('maillage.').removesuffix('.actions')}.{function.__name__}"
    one_moment = getattr(function, "of_one_moment", False)

    @wraps(function)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        by: Any = kwargs.get("by")
        with transaction.atomic():
            if one_moment:
                see_one_moment()
            with made_by(name, by.pk if by is not None else None):
                return function(*args, **kwargs)

    return inner


def of_one_moment[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Below `@action`: all that the action reads is of one moment, whatever is entered meanwhile."""
    function.of_one_moment = True  # type: ignore[attr-defined]
    return function


def see_one_moment() -> None:
    """What the transaction reads from now on is of one moment. Its first statement asks; within another, none may."""
    if not connection.savepoint_ids and connection.connection is not None:
        connection.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
