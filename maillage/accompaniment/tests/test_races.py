"""Two people at once, in real threads: each race is shown to exist without what prevents it."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from maillage.accompaniment import actions
from maillage.accompaniment.actions import claims
from maillage.accompaniment.models import Claim, ClaimRelease, Diagnostic, Intervention, SignedLink
from maillage.core.tests.threads import together
from maillage.directory.tests.factories import OrganisationFactory

from .factories import ClaimFactory, DiagnosticFactory, intervene

NOW = datetime(2023, 6, 10, 15, tzinfo=UTC)
pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def claimed_twice() -> tuple[Intervention, list[int]]:
    intervention = intervene(OrganisationFactory(), OrganisationFactory())
    return intervention, [ClaimFactory(intervention=intervention).agreement_id for _ in range(2)]


def test_two_opposite_choices_without_the_lock_leave_no_claim() -> None:
    intervention, (one, two) = claimed_twice()
    both_read = threading.Barrier(2)

    def unsafe(kept: int, released: int) -> None:
        with transaction.atomic():
            held = {c.agreement_id: c for c in Claim.objects.filter(intervention=intervention)}
            assert {kept, released} <= held.keys()
            both_read.wait(10)
            held[released].delete()

    together([lambda: unsafe(one, two), lambda: unsafe(two, one)])
    assert not Claim.objects.exists()


def test_two_opposite_choices_settle_a_double_claim_once() -> None:
    intervention, (one, two) = claimed_twice()

    def keep(kept: int, released: int) -> Any:
        return claims.keep_claim(intervention_id=intervention.pk, kept_id=kept, released_id=released, now=NOW, by=None)

    found = together([lambda: keep(one, two), lambda: keep(two, one), lambda: keep(one, two)])
    assert sum(isinstance(r, ClaimRelease) for r in found) == 1, found
    assert sum(isinstance(r, claims.NotClaimedTwice) for r in found) == 2
    release = ClaimRelease.objects.get()
    assert list(Claim.objects.values_list("agreement_id", flat=True)) == [release.kept_id]


def test_two_links_at_once_without_the_lock_collide() -> None:
    row: Diagnostic = DiagnosticFactory()
    both_closed = threading.Barrier(2)

    def unsafe() -> SignedLink:
        with transaction.atomic():
            actions.links.close_link(row, now=NOW, because="replaced")
            both_closed.wait(10)
            return SignedLink.objects.create(diagnostic=row, made_at=NOW, expires_at=NOW + timedelta(days=1))

    assert sum(isinstance(r, IntegrityError) for r in together([unsafe, unsafe])) == 1


def test_links_renewed_at_once_leave_the_last_one_open() -> None:
    row: Diagnostic = DiagnosticFactory()
    renew = lambda: actions.renew_link(row=row, now=timezone.now(), by=None, send=False)  # noqa: E731
    found = together([renew] * 5)
    assert all(isinstance(r, SignedLink) for r in found), found
    assert SignedLink.objects.filter(closed_at=None).count() == 1
    assert SignedLink.objects.filter(closed_because="replaced").count() >= 4


def test_an_ended_link_asked_again_twice_at_once_is_sent_once() -> None:
    row: Diagnostic = DiagnosticFactory()
    SignedLink.objects.filter(diagnostic=row).delete()
    over = SignedLink.objects.create(
        diagnostic=row, sent_to="e@exemple.test", made_at=NOW, expires_at=NOW + timedelta(days=1)
    )
    later = NOW + timedelta(days=3)
    asks = [lambda: actions.ask_new_link(link_id=over.pk, now=later)] * 3
    renews = [lambda: actions.renew_link(row=row, now=later, by=None, send=False)]
    found = together([*asks, *renews])
    assert not [r for r in found if isinstance(r, Exception) and not isinstance(r, actions.NothingToOpen)], found
    assert SignedLink.objects.filter(diagnostic=row, closed_at=None).count() == 1
