"""Loaded first: tests run in test mode, each run in a database of its own."""

import os

os.environ["MAILLAGE_TEST"] = "1"
os.environ.setdefault("MAILLAGE_TEST_RUN", str(os.getpid()))
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
