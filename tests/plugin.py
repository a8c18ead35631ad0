"""Loaded first: tests run in test mode, each run in a database of its own."""

import os

os.environ["MAILLAGE_TEST"] = "1"
os.environ.setdefault("MAILLAGE_TEST_RUN", str(os.getpid()))
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

from hypothesis import settings

# Speed is measured in bin/bench, never in a test: no deadlines. Continuous integration tries the same examples each time.
settings.register_profile("house", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("house")
