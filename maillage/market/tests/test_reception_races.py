"""Two people at the door at once, in real threads: the race is shown to exist without its lock, then not to."""

from decimal import Decimal

import pytest

from maillage.ledger.models import Entry
from maillage.market.actions import receiving
from maillage.market.models import LineAdjustment, Offer, Reception

from .test_checkout_races import at_once
from .test_desk_races import NOW, both, meeting
from .test_settle import Scene

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.race]


def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """The door reads the offer's row and what was written of it, and locks nothing."""

    def read(offer_id: int, *, undo: bool = False) -> Offer:
        offer = Offer.objects.select_related("cycle").get(pk=offer_id)
        if not undo and Reception.objects.filter(offer=offer).exists():
            raise receiving.ReceivedAlready
        return offer

    monkeypatch.setattr(receiving, "_lock", read)


@both
def test_the_same_product_is_written_once_by_two_people(monkeypatch: pytest.MonkeyPatch, safe: bool) -> None:
    """Both saw nothing written; the second is told so in a sentence, and nobody is credited twice."""
    scene = Scene()
    if not safe:
        unlocked(monkeypatch)
    meeting(monkeypatch, receiving, "_lines", safe=safe)
    results = at_once(
        *(lambda: receiving.receive(offer_id=scene.carrots.pk, pieces=Decimal(1), now=NOW(), by=scene.by),) * 2
    )
    kinds = sorted(type(r).__name__ for r in results)
    assert kinds == (["Received", "ReceivedAlready"] if safe else ["IntegrityError", "Received"])
    assert LineAdjustment.objects.count() == Reception.objects.count() == 1
    assert scene.order().total == scene.owed()
    assert sum(Entry.objects.values_list("amount", flat=True)) == 0


@both
def test_a_reception_is_taken_back_once_by_two_people(monkeypatch: pytest.MonkeyPatch, safe: bool) -> None:
    """Without the lock, the second finds shares that are whole again, and is told of a change that nobody made."""
    scene = Scene()
    made = receiving.receive(offer_id=scene.carrots.pk, pieces=Decimal(1), now=NOW(), by=scene.by)
    if not safe:
        unlocked(monkeypatch)
    meeting(monkeypatch, receiving, "undo_adjustment", safe=safe)
    results = at_once(*(lambda: receiving.undo_reception(reception_id=made.reception.pk, now=NOW(), by=scene.by),) * 2)
    if safe:
        assert sum(r is None for r in results) >= 1
        assert not any(isinstance(r, receiving.CannotUndo) for r in results)
    else:
        assert any(isinstance(r, receiving.CannotUndo) for r in results)
    assert LineAdjustment.objects.filter(reason="undone").count() == 1
    assert not Reception.objects.exists()
    assert scene.order().total == scene.owed()
