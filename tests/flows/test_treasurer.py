"""A treasurer settles a cycle, notes the payments, takes one back; the producer reads the statement."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from maillage.directory.tests.factories import with_role
from maillage.ledger import queries as books
from maillage.ledger.types import AccountKind
from maillage.market.actions import settle
from maillage.market.models import ProducerStatement
from maillage.market.tests.test_settle import Scene
from tests.world import with_second_factor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scene(live_server: Any) -> Scene:
    made = Scene()
    made.distribute()
    return made


def test_treasurer_settles_and_pays(
    page: Callable[..., Page], live_server: Any, sign_in: Any, assert_accessible: Any, shot: Any, scene: Scene
) -> None:
    desk = page(1280)
    treasurer = with_second_factor(with_role(scene.cycle.market.organisation, "treasurer"))
    sign_in(desk, treasurer)
    desk.goto(f"{live_server.url}/reglements/")
    assert_accessible(desk)
    desk.get_by_role("link", name=scene.cycle.market.name).click()
    assert_accessible(desk)
    desk.get_by_role("button", name="Régler le cycle").click()
    desk.get_by_role("button", name="Oui, continuer").click()
    expect(desk.get_by_text("Le cycle est réglé.")).to_be_visible()
    shot(desk, "settlement")
    assert_accessible(desk)
    desk.get_by_label("Référence du virement").fill("VIR-2041")
    desk.get_by_role("button", name="Noter payés").click()
    expect(desk.get_by_text("3 relevés payés")).to_be_visible()
    book = books.book_of(scene.cycle.market.organisation_id)
    assert not books.balances(book.pk, AccountKind.PRODUCER)
    desk.get_by_role("button", name=f"Annuler {scene.carrots.producer.name}").click()
    desk.get_by_role("button", name="Oui, continuer").click()
    expect(desk.get_by_text("est à payer")).to_be_visible()
    assert books.balances(book.pk, AccountKind.PRODUCER)

    phone = page(390)
    sign_in(phone, treasurer)
    phone.goto(f"{live_server.url}/marches/{scene.cycle.market.slug}/gestion/cycles/{scene.cycle.number}/reglement/")
    assert_accessible(phone)
    shot(phone, "settlement")


def test_producer_reads_the_statement(
    page: Callable[..., Page], live_server: Any, sign_in: Any, assert_accessible: Any, shot: Any, scene: Scene
) -> None:
    settle.settle_cycle(cycle_id=scene.cycle.pk, now=timezone.now(), by=None)
    statement = ProducerStatement.objects.get(producer=scene.chicken.producer)
    producer = with_role(scene.chicken.producer, "producer")
    for width in (390, 1280):
        screen = page(width)
        sign_in(screen, producer)
        screen.goto(f"{live_server.url}/releves/")
        assert_accessible(screen)
        screen.get_by_role("link", name=scene.cycle.market.name).first.click()
        expect(screen.get_by_text("Net à recevoir").first).to_be_visible()
        assert_accessible(screen)
        shot(screen, "statement")
    with screen.expect_download() as download:
        screen.get_by_role("link", name="Tableur").click()
    assert download.value.suggested_filename.endswith(".xlsx")
    assert statement.net > 0
