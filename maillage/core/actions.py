"""What every public write has in common: one transaction, an audit context, expected failures with a name."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from psycopg.errors import CheckViolation

from . import once
from .changes import made_by


class Refused(Exception):
    """An expected failure of an action. Its message is a sentence for a person, already translatable.

    Each action defines subclasses beside it; a view shows `str(error)` and changes nothing.
    """


class NotAllowed(Refused):
    """The person has no role that permits this."""


class NotOurs(Refused):
    """Something that was chosen belongs to another organisation."""


class UnknownChoice(Refused):
    """A word that is none of those a column takes (`core.choices`)."""

    def __init__(self) -> None:
        super().__init__(_("Ce choix n'existe pas. Rechargez la page et recommencez."))


def check_ours(organisation_id: int, **chosen: tuple[Any, Any]) -> None:
    """What was chosen is the organisation's own, or common to all (without one): `stream=(Stream, stream_id)`.

    The second of each pair is a key, several, or None. Raises NotOurs. A statement for each that is chosen.
    """
    for model, keys in chosen.values():
        wanted = {key for key in (keys if isinstance(keys, set | list | tuple) else [keys]) if key is not None}
        ours = Q(organisation=organisation_id)
        if model._meta.get_field("organisation").null:
            ours |= Q(organisation=None)
        if wanted and model._default_manager.filter(ours, pk__in=wanted).count() != len(wanted):
            raise NotOurs(_("Un des choix n'appartient pas à votre organisation. Rechargez la page et recommencez."))


def action[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Mark a public write: runs in a transaction, and the change log notes the action and `by` (an account's pk).

    Actions take keyword arguments only; the one named `by` is the account that acts (None: the clock).
    """

    name = f"{function.__module__.removeprefix('maillage.').removesuffix('.actions')}.{function.__name__}"
    one_moment = getattr(function, "of_one_moment", False)

    @wraps(function)
    def inner(*args: P.args, **kwargs: P.kwargs) -> R:
        by: Any = kwargs.get("by")
        try:
            with transaction.atomic():
                if one_moment:
                    see_one_moment()
                with once.claimed(), made_by(name, by.pk if by is not None else None):
                    return function(*args, **kwargs)
        except IntegrityError as error:
            if _is_choice(error):
                raise UnknownChoice from error
            raise

    return inner


def _is_choice(error: IntegrityError) -> bool:
    """Whether the check of a column of choices refused the row: PostgreSQL names it after the column."""
    cause = error.__cause__
    return isinstance(cause, CheckViolation) and bool(re.search(r"_check\d*$", cause.diag.constraint_name or ""))


def of_one_moment[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Below `@action`: all that the action reads is of one moment, whatever is entered meanwhile."""
    function.of_one_moment = True  # type: ignore[attr-defined]
    return function


def see_one_moment() -> None:
    """What the transaction reads from now on is of one moment. Its first statement asks; within another, none may."""
    if not connection.savepoint_ids and connection.connection is not None:
        connection.connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
