"""The walls between contexts: who imports what of whom, whose tables a statement names, what each says of itself."""

import ast
import importlib
import re
import tomllib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.urls import NoReverseMatch, reverse

from maillage.core.presence import ACCOMPANY, ACCOUNT, BUY, RUN, Entry
from maillage.site.contexts import collected, modules

ROOT = Path(settings.BASE_DIR)
LAYERS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]["layers"]
HEIGHT = {name.strip(): len(LAYERS) - n for n, layer in enumerate(LAYERS) for name in layer.split("|")}
CONTEXTS = [name.removeprefix("maillage.") for name in settings.CONTEXTS]
EVERY = frozenset({"models", "actions", "queries", "types", "facts"})
STATEMENT = re.compile(r"\b(SELECT|FROM|JOIN|UPDATE|INSERT|DELETE)\b")


def public(context: str) -> frozenset[str]:
    """The modules of a context that those above may import."""
    return EVERY | set(getattr(importlib.import_module(f"maillage.{context}"), "PUBLIC", ()))


def trees() -> Iterator[tuple[str, str, ast.Module]]:
    """(context, path, syntax tree) of each of our modules."""
    for path in sorted((ROOT / "maillage").rglob("*.py")):
        name = path.relative_to(ROOT / "maillage")
        if len(name.parts) > 1 and "migrations" not in name.parts:
            yield name.parts[0], str(name), ast.parse(path.read_text())


def imported(tree: ast.Module) -> Iterator[str]:
    """Dotted names that a module imports of us: `maillage.market.queries.shop`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def trespasses(context: str, path: str, tree: ast.Module) -> list[str]:
    found = []
    for name in imported(tree):
        package, _, rest = name.partition(".")
        other, _, inside = rest.partition(".")
        if package != "maillage" or other not in CONTEXTS or other in (context, "core") or context == "site":
            continue
        module = inside.partition(".")[0]
        if module not in public(other) and not (module == "tests" and "tests/" in path):
            found.append(f"{path} imports {name}")
    return found


def test_a_context_lets_others_into_its_public_modules_alone() -> None:
    inside = [(context, path, tree) for context, path, tree in trees() if "tests/test_" not in path]
    assert [said for context, path, tree in inside for said in trespasses(context, path, tree)] == []
    crossing = sum(1 for context, _path, tree in inside for name in imported(tree) if f".{context}." not in f"{name}.")
    assert crossing > 300


def test_a_trespass_is_seen() -> None:
    bad = ast.parse(
        "from maillage.directory.emails import send_invitation\nfrom maillage.directory import models, signing"
    )
    assert trespasses("market", "market/views/x.py", bad) == [
        "market/views/x.py imports maillage.directory.emails.send_invitation",
        "market/views/x.py imports maillage.directory.signing",
    ]
    assert trespasses("site", "site/x.py", bad) == []


def test_public_modules_exist_and_are_told_of() -> None:
    told = (ROOT / "docs" / "contexts.md").read_text()
    for context in CONTEXTS:
        for module in sorted(public(context) - EVERY):
            assert find_spec(f"maillage.{context}.{module}") is not None
            assert f"`{context}.{module}`" in told, f"docs/contexts.md does not say what {context}.{module} is for"


def tables() -> dict[str, str]:
    return {m._meta.db_table: m._meta.app_label for m in apps.get_models() if m._meta.app_label in CONTEXTS}


def names_above(context: str, statement: str) -> list[str]:
    """Tables of contexts above, or beside, that a statement of `context` names."""
    known = tables()
    if not STATEMENT.search(statement):
        return []
    words = set(re.findall(r"\b[a-z]+_[a-z]+\b", statement))
    return sorted(w for w in words if w in known and known[w] != context and HEIGHT[known[w]] >= HEIGHT[context])


def test_statements_name_tables_of_their_own_context_and_of_those_below() -> None:
    wrong, seen = [], 0
    for context, path, tree in trees():
        if "/tests/" in path:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and STATEMENT.search(node.value):
                seen += 1
                wrong += [f"{path}:{node.lineno} names {table}" for table in names_above(context, node.value)]
    assert wrong == []
    assert seen > 50
    assert names_above("ledger", "SELECT 1 FROM market_order o JOIN directory_person p ON true") == ["market_order"]


def test_what_contexts_say_of_their_pages_is_there() -> None:
    entries: list[Entry] = collected("menu", "ENTRIES")
    assert len(entries) > 20
    assert len({entry.rank for entry in entries}) == len(entries)
    assert {str(entry.section) for entry in entries} == {str(section) for section in (BUY, RUN, ACCOMPANY, ACCOUNT)}
    for module in modules("menu"):
        context = module.__name__.split(".")[1]
        for entry in [*module.ENTRIES, *(tab for tabs in getattr(module, "TABS", []) for tab in tabs)]:
            assert entry.url_name.startswith(f"{context}:"), f"{entry.url_name} is not {context}'s"
            assert _there(entry.url_name), entry.url_name


def _there(name: str) -> bool:
    for args in ([], ["11111111-1111-1111-1111-111111111111"]):
        try:
            reverse(name, args=args)
        except NoReverseMatch:
            continue
        return True
    return False
