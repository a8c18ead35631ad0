"""The facts that the contexts declared, by key."""

from .fact import Fact

_facts: dict[str, Fact] = {}


def register(fact: Fact) -> Fact:
    """Make a fact known by its key; ValueError if another has it. Returns the fact."""
    known = _facts.setdefault(fact.key, fact)
    if known is not fact:
        raise ValueError(f"two facts are called {fact.key}")
    return fact


def registered() -> dict[str, Fact]:
    """Every fact, by key."""
    return dict(_facts)


def get(key: str) -> Fact:
    """The fact; KeyError for an unknown key."""
    return _facts[key]
