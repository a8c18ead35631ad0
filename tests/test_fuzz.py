"""Nothing that is typed breaks a page. Short here; by hand and long: `bin/fuzz --seed 7 --minutes 20`."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings

from .fuzz import Forms, Walk, long_walk, short_walk
from .world import World, build

pytestmark = pytest.mark.django_db
SEED = int(os.environ.get("FUZZ_SEED", "1"))
MINUTES = float(os.environ.get("FUZZ_MINUTES", "0"))
STEPS = 60


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[World]:
    """Built once, and taken away after it."""
    media: Path = tmp_path_factory.mktemp("media")
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=media):
        block = transaction.atomic()
        block.__enter__()
        yield build()
        transaction.set_rollback(True)
        block.__exit__(None, None, None)


def test_nothing_that_is_sent_breaks_a_page(world: World, db: None) -> None:
    walk = Walk(world, SEED)
    if MINUTES:
        for sent in long_walk(walk, until=time.monotonic() + MINUTES * 60):
            print(f"{sent} requests, {len(walk.faults)} faults")
    else:
        short_walk(walk, STEPS)
    print(f"seed {SEED}: {walk.sent} requests, answers {dict(sorted(walk.answers.items()))}, slowest {walk.slowest}")
    assert walk.sent > 500
    assert sum(count for status, count in walk.answers.items() if status == 200) > 200
    assert not walk.faults, f"seed {SEED}\n" + "\n".join(map(str, walk.faults.values()))


def test_forms_are_read_as_a_browser_reads_them() -> None:
    reader = Forms()
    reader.feed(
        '<form method="post" action="/a/"><input name="n" value="1"><input type="checkbox" name="c" value="x" checked>'
        '<select name="s"><option value="a"><option value="b" selected></select><textarea name="t">&amp;</textarea>'
        '<input type="file" name="f"><button name="go" value="2"></form>'
    )
    form = reader.forms[0]
    assert form.values == {"n": ["1"], "c": ["x"], "s": ["b"], "t": ["&"]}
    assert (form.method, form.action, form.files, form.buttons) == ("post", "/a/", ["f"], [("go", "2")])
