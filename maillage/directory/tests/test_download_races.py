"""One file asked for by several presses at once, in real threads."""

import threading
from datetime import UTC, datetime

import pytest
from django.db import transaction

from maillage.core.tests.threads import together
from maillage.directory.actions import downloads
from maillage.directory.models import Account, Download

from .factories import PersonFactory

NOW = datetime(2026, 6, 10, 15, tzinfo=UTC)
pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
MAKER = "maillage.indicators.exports:fact"


def ask(account: Account, n: int = 0) -> Download:
    return downloads.ask(
        maker=MAKER, params={"n": n}, title="Registre", filename="registre.xlsx",
        content_type="application/octet-stream", now=NOW, by=account,
    )  # fmt: skip


def test_a_file_asked_twice_at_once_without_the_lock_is_two() -> None:
    account = PersonFactory().account or Account.objects.create_user("a@exemple.test")
    both_read = threading.Barrier(2)

    def unsafe() -> None:
        with transaction.atomic():
            known = Download.objects.filter(account=account, maker=MAKER).exists()
            both_read.wait(10)
            if not known:
                Download.objects.create(
                    account=account, maker=MAKER, title="Registre", filename="r.xlsx", content_type="x",
                    asked_at=NOW, touched_at=NOW, expires_at=NOW + downloads.KEPT,
                )  # fmt: skip

    together([unsafe, unsafe])
    assert Download.objects.count() == 2


def test_a_file_asked_by_several_presses_at_once_is_one() -> None:
    account = PersonFactory().account
    found = together([lambda: ask(account)] * 5)
    assert {d.pk for d in found} == {Download.objects.get().pk}


def test_files_asked_at_once_stay_within_what_a_person_may_have_under_way() -> None:
    account = PersonFactory().account
    found = together([lambda n=n: ask(account, n) for n in range(7)])
    assert Download.objects.count() == downloads.AT_ONCE
    assert sum(isinstance(r, downloads.TooMany) for r in found) == 3
