"""What every public write has in common: one transaction, an audit context, expected failures with a name."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any, Protocol

from django.db import IntegrityError, connection, transaction
from django.db.models import Model, Q
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


class Rule(Protocol):
    """Who may do what an action does: asked with the account that acts, and the action's arguments.

    Rules are constants of a context's `access.py`; `directory.access` makes those that ask for a role somewhere.
    """

    def __call__(self, by: Any, given: Mapping[str, Any], /) -> bool: ...


@dataclass(frozen=True)
class Anyone:
    """Whoever comes, for the stated reason: it changes nothing of anybody else, or a link in hand is the authority."""

    why: str

    def __call__(self, by: Any, given: Mapping[str, Any], /) -> bool:
        return True


@dataclass(frozen=True)
class House:
    """The clock, a job or a command alone; no account."""

    def __call__(self, by: Any, given: Mapping[str, Any], /) -> bool:
        return False


_asked: ContextVar[bool] = ContextVar("asked", default=False)
"""Whether an action is under way, whose rule was asked: what it calls is its own work."""


def locked[M: Model](model: type[M], pk: Any, *related: str) -> M:
    """The row of that key as it stands, locked until the transaction ends: whoever checks it, then writes, is alone.

    `related`: what comes with it, not locked. Raises model.DoesNotExist.
    """
    rows = model._default_manager.select_for_update(of=("self",), no_key=True)
    return (rows.select_related(*related) if related else rows).get(pk=pk)


def ask(rule: Rule, by: Any, given: Mapping[str, Any]) -> None:
    """Raises NotAllowed, unless the account may, or an action that was asked is under way."""
    if by is not None and not _asked.get() and not rule(by, given):
        raise NotAllowed(_("Votre rôle ne permet pas de faire cela ici."))


@contextmanager
def asked(rule: Rule, by: Any, given: Mapping[str, Any]) -> Iterator[None]:
    """`ask`, for what is no action but does an action's work: what it calls is its own. Raises NotAllowed."""
    ask(rule, by, given)
    before = _asked.set(True)
    try:
        yield
    finally:
        _asked.reset(before)


def action[**P, R](rule: Rule) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a public write: it asks `rule`, runs in a transaction, and the change log notes the action and `by`.

    Actions take keyword arguments only; the one named `by` is the account that acts (None: the clock, or the house in
    the name of whoever holds a link). Raises NotAllowed for an account that the rule does not let.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        name = f"{function.__module__.removeprefix('maillage.').removesuffix('.actions')}.{function.__name__}"
        one_moment = getattr(function, "of_one_moment", False)

        @wraps(function)
        def inner(*args: P.args, **kwargs: P.kwargs) -> R:
            by: Any = kwargs.get("by")
            ask(rule, by, kwargs)
            before = _asked.set(True)
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
            finally:
                _asked.reset(before)

        inner.rule = rule  # type: ignore[attr-defined]
        return inner

    return decorate


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
