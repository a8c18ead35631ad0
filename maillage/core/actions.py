"""What every public write has in common: one transaction, an audit context, expected failures with a name."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import pghistory
from django.db import transaction


class Refused(Exception):
    """An expected failure of an action. Its message is a sentence for a person, already translatable.

    Each action defines subclasses beside it; a view shows `str(error)` and changes nothing.
    """


class NotAllowed(Refused):
    """The person has no role that permits this."""


def action[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Mark a public write: runs in a transaction, and django-pghistory records `action` and `by` (an account's pk).

    Actions take keyword arguments only; the one named `by` is the account that acts (None: the clock).
    """

    name = f"{function.__module__.removeprefix('maillage.').removesuffix('.actions')}.{function.__name__}"

    @wraps(function)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        by: Any = kwargs.get("by")
        with pghistory.context(action=name, by=by.pk if by is not None else None), transaction.atomic():
            return function(*args, **kwargs)

    return inner
