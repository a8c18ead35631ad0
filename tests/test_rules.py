"""Every public action says who may call it, and refuses whoever may not: a page is not the only door."""

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction

from maillage.core import actions as core
from maillage.core.actions import Anyone, House, NotAllowed
from maillage.directory.access import All, Either, IfGiven, Own, Works
from maillage.directory.tests.factories import AccountFactory

from .test_access import (
    FOR_ALL_MEMBERS,
    _in_savepoint,  # noqa: F401 - each test sees the world as it was built
    address,
    everything,
    signed_in,
    world,  # noqa: F401
)
from .test_authority import forms_of, own_pages, world_of
from .world import ROLES, World

pytestmark = pytest.mark.django_db
ROOT = Path(settings.BASE_DIR, "maillage")


def modules() -> Iterator[str]:
    for path in sorted(ROOT.glob("*/**/*.py")):
        if not {"tests", "migrations"} & set(path.parts) and "\n@action" in path.read_text():
            yield ".".join(("maillage", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")


def actions() -> dict[str, Any]:
    found = {}
    for name in modules():
        module = importlib.import_module(name)
        for function in vars(module).values():
            if hasattr(function, "rule") and function.__module__ == name:
                found[f"{name.removeprefix('maillage.')}.{function.__name__}"] = function
    return found


ACTIONS = actions()


def parts(rule: Any) -> Iterator[Any]:
    if isinstance(rule, Either | All):
        for one in rule.rules:
            yield from parts(one)
    elif isinstance(rule, IfGiven):
        yield from parts(rule.rule)
    else:
        yield rule


def test_every_write_of_a_context_is_an_action_with_a_rule() -> None:
    """`actions.py` and `actions/` hold public writes: what begins there without an underscore and takes `by`."""
    bare = []
    for path in sorted([*ROOT.glob("*/actions.py"), *ROOT.glob("*/actions/*.py")]):
        for node in ast.parse(path.read_text()).body:
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            name = f"{'.'.join(path.relative_to(ROOT).with_suffix('').parts)}.{node.name}"
            takes = {a.arg for a in node.args.kwonlyargs}
            if "by" in takes and name not in ACTIONS and name not in WITHIN:
                bare.append(name)
    assert not bare, "\n".join(bare)
    assert len(ACTIONS) > 340


WITHIN = {
    "accompaniment.actions.links.make_link", "directory.actions.authority.note_change",
    "ledger.actions.part", "ledger.actions.post", "ledger.actions.reverse",
    "market.actions.carts.fill", "market.actions.carts.keep_what_is_left", "market.actions.cycles.close_cycle",
    "market.actions.order_writing.announce_transfer", "market.actions.order_writing.post_change",
    "market.actions.order_writing.rewrite", "market.actions.order_writing.write_new",
    "market.actions.orders.place_order", "payments.actions.card.refund_card", "payments.actions.card.start_card",
}  # fmt: skip
"""Parts of actions, which another one calls; a cart, which its member's page fills; and those that are no transaction
of their own, or must be fast: they ask in their body (`core.actions.ask`), or let one pay what one owes."""


def test_whoever_may_is_said_for_good_reasons() -> None:
    """What anyone may call is little, and says why."""
    open_ = {name: rule.why for name, f in ACTIONS.items() for rule in parts(f.rule) if isinstance(rule, Anyone)}
    assert all(len(why) > 15 for why in open_.values())
    assert len(open_) < 35, sorted(open_)


def sides_row(rule: Works, world: World) -> Any:  # noqa: F811
    """The key of a row in ours, or None when the world has none."""
    ours = world.ours.organisation.pk
    if rule.model is None:
        return ours
    found = rule.model._default_manager.filter(**{rule.path: ours}).values_list("pk", flat=True).first()
    if found is None:
        keys = [o.pk for o in (world.ours.has.farm, world.ours.has.enterprise, world.ours.has.market_buyer)]
        found = rule.model._default_manager.filter(**{f"{rule.path}__in": keys}).values_list("pk", flat=True).first()
    return found


ASKING = {n: f for n, f in ACTIONS.items() if any(isinstance(r, Works) for r in parts(f.rule))}


@pytest.mark.parametrize("name", sorted(ASKING))
def test_a_stranger_with_every_role_elsewhere_is_refused(world: World, name: str) -> None:  # noqa: F811
    """Called by themselves, with a row of ours: refused before anything is read or written."""
    function = ASKING[name]
    given: dict[str, Any] = {p: None for p in inspect.signature(function).parameters if p not in ("by", "values")}
    for rule in parts(function.rule):
        if isinstance(rule, Works):
            key = sides_row(rule, world)
            given[rule.argument] = [key] if rule.argument.endswith("_ids") else key
    stranger = everything(world.theirs).account
    given = {k: v for k, v in given.items() if v is not None or k in inspect.signature(function).parameters}
    with pytest.raises(NotAllowed):
        function(**given, by=stranger)
    with pytest.raises(NotAllowed):
        function(**given, by=AccountFactory())


@pytest.mark.parametrize("name", sorted(n for n, f in ACTIONS.items() if isinstance(f.rule, House)))
def test_what_is_the_clocks_no_account_calls(world: World, name: str) -> None:  # noqa: F811
    function = ACTIONS[name]
    given = {p: None for p in inspect.signature(function).parameters if p != "by"}
    with pytest.raises(NotAllowed):
        function(**given, by=world.ours.people["director"].account)


def test_rules_name_arguments_and_paths_that_exist() -> None:
    wrong = []
    for name, function in ACTIONS.items():
        parameters = inspect.signature(function).parameters
        for rule in parts(function.rule):
            if not isinstance(rule, Works | Own):
                continue
            if rule.argument not in parameters:
                wrong.append(f"{name}: no {rule.argument}")
            if (
                rule.model is not None
                and not rule.model._default_manager.filter(**{f"{rule.path}__isnull": True}).query
            ):
                wrong.append(f"{name}: no {rule.path}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", [*ROLES, "member", "farmer", "network_director"])
def test_whoever_is_shown_a_form_may_send_it(world: World, role: str, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    """A rule is no narrower than the page: every form that one role is shown, sent by that role, is refused by none."""
    client, refused, sent = signed_in(world.ours.people[role]), set(), set()
    ask = core.ask

    def asking(rule: Any, by: Any, given: Any) -> None:
        try:
            ask(rule, by, given)
        except NotAllowed:
            refused.add((page, action, str(rule)))
            raise

    monkeypatch.setattr(core, "ask", asking)
    for page in [*own_pages(world.ours), *(address(name, world.ours) for name in FOR_ALL_MEMBERS)]:
        block = transaction.savepoint_create()
        found = forms_of(client, page)
        for action, values in found:
            if (action, *sorted(values)) in sent or not world_of(action, world.ours):
                continue
            sent.add((action, *sorted(values)))
            inside = transaction.savepoint_create()
            client.post(action, values)
            transaction.savepoint_rollback(inside)
        transaction.savepoint_rollback(block)
    assert not refused, "\n".join(map(str, sorted(refused)))
