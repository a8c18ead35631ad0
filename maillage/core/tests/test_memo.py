"""What a process remembers, and what processes share."""

import pytest
from django.core.cache.backends.db import DatabaseCache

from maillage.core.memo import Memo


def test_a_value_is_made_once() -> None:
    memo, made = Memo[int](2), []
    for _n in range(3):
        assert memo.get("a", lambda: made.append("a") or 1) == 1  # type: ignore[func-returns-value]
    assert made == ["a"]


def test_the_least_lately_used_is_forgotten_first() -> None:
    memo, made = Memo[str](2), []

    def ask(key: str) -> None:
        memo.get(key, lambda: made.append(key) or key)  # type: ignore[func-returns-value]

    for key in "abacab":
        ask(key)
    assert made == ["a", "b", "c", "b"]


@pytest.mark.django_db
def test_processes_share_a_cache_in_the_database() -> None:
    DatabaseCache("core_cache", {}).set("tries", 3)
    assert DatabaseCache("core_cache", {}).get("tries") == 3
