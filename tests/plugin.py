"""Loaded first: tests run in test mode, each run in a database of its own."""

import os

os.environ["MAILLAGE_TEST"] = "1"
os.environ.setdefault("MAILLAGE_TEST_RUN", str(os.getpid()))
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

import pytest
from hypothesis import settings

# Speed is measured in bin/bench, never in a test. Continuous integration tries the same examples each time.
settings.register_profile("house", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A race that is shown to exist without its lock depends on the moment: such a test may try again, no other may."""
    for item in items:
        if item.get_closest_marker("race") and "without" in item.name:
            item.add_marker(pytest.mark.flaky(reruns=4))
