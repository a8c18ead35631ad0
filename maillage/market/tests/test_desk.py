"""The desk's pages: who is found, what a tap does with and without HTMX, what volunteers never see."""

import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maillage.core.money import ZERO
from maillage.directory.models import Account
from maillage.directory.tests.factories import OrganisationFactory, PersonFactory, prove, with_role
from maillage.ledger import actions as ledger
from maillage.ledger.types import AccountKind, Line
from maillage.market import corrections
from maillage.market.actions import cycles, desk, orders, settle, till
from maillage.market.models import LineAdjustment, LineState, Order, OrderState
from maillage.market.queries.desk import arrivals_of
from maillage.market.queries.till import due_of
from maillage.membership.models import Membership
from maillage.payments.models import ExpectedState, ExpectedTransfer, Payment, PaymentState

from .factories import CycleFactory, MemberFactory, OfferFactory, SlotFactory
from .test_settle import Scene

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def volunteer(scene: Scene, client: Client) -> Client:
    client.force_login(with_role(scene.cycle.market.organisation, "packer").account)
    return client


def desk_url(scene: Scene, *rest: object) -> str:
    base = f"/marches/{scene.cycle.market.slug}/accueil/{scene.slot.public_id}/"
    return base + "".join(f"{part}/" for part in rest)


def order_url(scene: Scene, *rest: object) -> str:
    return desk_url(scene, "commandes", scene.order().public_id, *rest)


def line_url(scene: Scene, offer: object, verb: str) -> str:
    return order_url(scene, "lignes", scene.line(offer).public_id, verb)


# --- who is found -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["Élodie", "elodie", "BERUBE", "bérubé", "elodi berub", "Berubé-Roy", "brube", "roy"])
def test_member_is_found_with_accents_and_typos_forgiven(scene: Scene, typed: str) -> None:
    type(scene.person).objects.filter(pk=scene.person.pk).update(given_name="Élodie", family_name="Bérubé-Roy")
    found = arrivals_of(scene.slot, text=typed).found
    assert [row.order.pk for row in found] == [scene.order_id]


def test_member_is_found_by_order_or_member_number(scene: Scene) -> None:
    Membership.objects.filter(person=scene.person).update(number=4321)
    for typed in ("4321", str(scene.order().number), f"#{scene.order().number}"):
        assert [row.order.pk for row in arrivals_of(scene.slot, text=typed).found] == [scene.order_id]


def test_nobody_is_found_for_a_stranger_s_name(scene: Scene) -> None:
    assert not arrivals_of(scene.slot, text="Wolfeschlegelstein").found


def test_member_at_the_wrong_point_is_told_where_to_go(scene: Scene, volunteer: Client) -> None:
    other = SlotFactory(cycle=scene.cycle)
    base = f"/marches/{scene.cycle.market.slug}/accueil/{other.public_id}/"
    page = volunteer.get(base, {"q": scene.person.family_name})
    assert scene.slot.name in page.content.decode()
    assert order_url(scene) in page.content.decode()


def test_those_who_came_stand_after_those_who_have_not(scene: Scene) -> None:
    desk.hand_over(order_id=scene.order_id, now=timezone.now(), by=None)
    arrivals = arrivals_of(scene.slot)
    assert (arrivals.waiting, arrivals.handed) == (0, 1)


# --- who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "status"), [("packer", 200), ("driver", 200), ("coordinator", 200), ("board", 404), ("producer", 404)]
)
def test_desk_is_for_those_who_work_there(scene: Scene, client: Client, kind: str, status: int) -> None:
    client.force_login(with_role(scene.cycle.market.organisation, kind).account)
    market = f"/marches/{scene.cycle.market.slug}/accueil/"
    for url in (market, desk_url(scene), order_url(scene)):
        assert client.get(url).status_code == status


def test_another_market_s_packer_sees_nothing(scene: Scene, client: Client) -> None:
    client.force_login(with_role(OrganisationFactory(), "packer").account)
    for url in (desk_url(scene), order_url(scene)):
        assert client.get(url).status_code == 404
    assert client.post(line_url(scene, scene.carrots, "coche"), {"to": "1"}).status_code == 404
    assert scene.line(scene.carrots).state == LineState.ORDERED


def test_volunteer_sees_no_e_mail_nor_telephone(scene: Scene, volunteer: Client) -> None:
    type(scene.person).objects.filter(pk=scene.person.pk).update(email="secret@exemple.test", phone="+18195550199")
    for url in (desk_url(scene), order_url(scene)):
        page = volunteer.get(url).content.decode()
        assert scene.person.name in page
        assert "secret@exemple.test" not in page
        assert "5550199" not in page


def test_pages_take_a_constant_number_of_queries(
    scene: Scene, volunteer: Client, django_assert_max_num_queries: Any
) -> None:
    slot = SlotFactory(cycle=CycleFactory(market=scene.cycle.market))
    offer = OfferFactory(cycle=slot.cycle)
    for _ in range(6):
        person = MemberFactory(scene.cycle.market)
        orders.place_order(
            person_id=person.pk, cycle_id=slot.cycle_id, slot_id=slot.pk, payment_method="pickup", key=uuid.uuid4(),
            now=timezone.now(), by=person.account, lines={offer.pk: Decimal(1)},
        )  # fmt: skip
    cycles.close_cycle(cycle_id=slot.cycle_id, now=timezone.now(), by=None)
    with django_assert_max_num_queries(12):
        volunteer.get(f"/marches/{scene.cycle.market.slug}/accueil/")
    with django_assert_max_num_queries(12):
        volunteer.get(f"/marches/{scene.cycle.market.slug}/accueil/{slot.public_id}/")
    desk.mark_short(
        line_id=scene.line(scene.carrots).pk, pieces=Decimal(1), damaged=False, now=timezone.now(), by=scene.by
    )
    with django_assert_max_num_queries(18):
        volunteer.get(order_url(scene))


# --- taps -------------------------------------------------------------------------------------------------------------


def test_tick_without_javascript_comes_back_to_the_line(scene: Scene, volunteer: Client) -> None:
    answer = volunteer.post(line_url(scene, scene.carrots, "coche"), {"to": "1"})
    assert answer.status_code == 302
    assert answer["Location"].endswith(f"#l-{scene.line(scene.carrots).public_id}")
    assert scene.line(scene.carrots).state == LineState.HANDED_OVER


def test_tick_by_htmx_brings_the_line_and_the_total(scene: Scene, volunteer: Client) -> None:
    answer = volunteer.post(line_url(scene, scene.carrots, "coche"), {"to": "1"}, headers=HTMX)
    page = answer.content.decode()
    assert f'id="l-{scene.line(scene.carrots).public_id}"' in page
    assert 'aria-pressed="true"' in page
    assert 'hx-swap-oob="true"' in page
    assert str(scene.line(scene.chicken).public_id) not in page.split('id="total"')[0]


def test_untick_and_tick_all(scene: Scene, volunteer: Client) -> None:
    volunteer.post(order_url(scene, "coches"))
    assert {line.state for line in scene.order().lines.all()} == {LineState.HANDED_OVER}
    volunteer.post(line_url(scene, scene.carrots, "coche"), {"to": "0"})
    assert scene.line(scene.carrots).state == LineState.ORDERED


def test_part_of_a_line_is_missing_and_taken_back(scene: Scene, volunteer: Client) -> None:
    before = scene.order().total
    form = {"pieces": "1", "reason": "missing", "nonce": str(uuid.uuid4()), "seen": "0"}
    page = volunteer.post(line_url(scene, scene.carrots, "manque"), form, headers=HTMX).content.decode()
    assert "Manquants\u00a0: 1" in page
    assert scene.order().total == before - 10 == scene.owed()
    volunteer.post(line_url(scene, scene.carrots, "manque"), form, headers=HTMX)  # the same tap again
    assert scene.order().total == before - 10
    adjustment = LineAdjustment.objects.get()
    undo = {"adjustment": str(adjustment.public_id), "nonce": str(uuid.uuid4())}
    volunteer.post(line_url(scene, scene.carrots, "annulation"), undo)
    volunteer.post(line_url(scene, scene.carrots, "annulation"), undo)
    assert scene.order().total == before == scene.owed()


def test_second_volunteer_is_told_that_the_line_changed(scene: Scene, volunteer: Client) -> None:
    form = {"pieces": "1", "reason": "missing", "seen": "0"}
    volunteer.post(line_url(scene, scene.carrots, "manque"), form | {"nonce": str(uuid.uuid4())})
    before = scene.order().total
    answer = volunteer.post(line_url(scene, scene.carrots, "manque"), form | {"nonce": str(uuid.uuid4())})
    assert answer.status_code == 409
    assert "vient de changer cette ligne" in answer.content.decode()
    assert scene.order().total == before


@pytest.mark.parametrize("typed", ["", "deux", "9", "-1", "1e9999", "NaN"])
def test_wrong_quantity_is_explained_and_changes_nothing(scene: Scene, volunteer: Client, typed: str) -> None:
    before = scene.order().total
    answer = volunteer.post(line_url(scene, scene.carrots, "manque"), {"pieces": typed, "reason": "missing"})
    assert answer.status_code == 409
    assert 'role="alert"' in answer.content.decode()
    assert scene.order().total == before
    assert not LineAdjustment.objects.exists()


def test_strange_weight_asks_then_is_taken(scene: Scene, volunteer: Client) -> None:
    url = line_url(scene, scene.chicken, "poids")
    page = volunteer.post(url, {"weight": "6", "seen": "0"}, headers=HTMX).content.decode()
    assert "confirmez ce poids" in page
    assert 'name="confirmed"' in page
    assert scene.line(scene.chicken).final_weight is None
    volunteer.post(url, {"weight": "6", "seen": "0", "confirmed": "1"}, headers=HTMX)
    assert scene.line(scene.chicken).final_weight == 6


def test_weight_a_hundred_times_off_is_refused_for_good(scene: Scene, volunteer: Client) -> None:
    url = line_url(scene, scene.chicken, "poids")
    page = volunteer.post(url, {"weight": "180", "confirmed": "1"}, headers=HTMX).content.decode()
    assert "virgule" in page
    assert 'name="confirmed"' not in page
    assert scene.line(scene.chicken).final_weight is None


def test_order_is_handed_over_and_taken_back(scene: Scene, volunteer: Client) -> None:
    assert volunteer.post(order_url(scene, "remise"))["Location"] == desk_url(scene)
    assert scene.order().state == OrderState.HANDED_OVER
    volunteer.post(order_url(scene, "remise", "annulation"))
    assert (scene.order().state, scene.order().handed_over_at) == (OrderState.PLACED, None)


def test_absent_and_back(scene: Scene, volunteer: Client) -> None:
    volunteer.post(order_url(scene, "absence"), {"to": "1"})
    assert scene.order().state == OrderState.ABSENT
    volunteer.post(order_url(scene, "absence"), {"to": "0"})
    assert scene.order().state == OrderState.PLACED


def test_get_changes_nothing(scene: Scene, volunteer: Client) -> None:
    assert volunteer.get(order_url(scene, "remise")).status_code == 405
    assert scene.order().state == OrderState.PLACED


def test_scanned_code_opens_the_desk_for_a_volunteer_and_the_order_for_its_member(
    scene: Scene, volunteer: Client
) -> None:
    code = f"/c/{scene.order().public_id}/"
    assert volunteer.get(code)["Location"] == order_url(scene)
    member = Client()
    member.force_login(scene.person.account)
    assert member.get(code)["Location"] == f"/commandes/{scene.order().public_id}/"
    stranger = Client()
    stranger.force_login(PersonFactory().account)
    assert stranger.get(code).status_code == 404


# --- money ------------------------------------------------------------------------------------------------------------


def test_payment_is_received_once_and_taken_back(scene: Scene, volunteer: Client) -> None:
    due = scene.owed()
    form = {"amount": f"{due}".replace(".", ","), "method": "cash", "nonce": str(uuid.uuid4())}
    for _ in range(2):
        assert volunteer.post(order_url(scene, "paiement"), form).status_code == 302
    payment = Payment.objects.get()
    assert (payment.method, payment.amount, scene.owed()) == ("cash", due, ZERO)
    volunteer.post(order_url(scene, "paiement", "annulation"), {"payment": str(payment.public_id)})
    payment.refresh_from_db()
    assert payment.state == PaymentState.REVERSED
    assert scene.owed() == due


def test_more_than_is_due_is_refused(scene: Scene, volunteer: Client) -> None:
    answer = volunteer.post(order_url(scene, "paiement"), {"amount": "999", "method": "terminal"})
    assert answer.status_code == 409
    assert "à recevoir pour cette commande" in answer.content.decode()
    assert not Payment.objects.exists()


def test_due_carries_the_balance_and_leaves_out_the_next_order(scene: Scene) -> None:
    book = desk.books.book_of(scene.cycle.market.organisation_id)
    lines = [
        Line(AccountKind.MEMBER, Decimal("5.00"), person_id=scene.person.pk),
        Line(AccountKind.FEES, Decimal("-5.00")),
    ]
    ledger.post(book_id=book.pk, key="fee", occurred_on=timezone.localdate(), memo="Cotisation", lines=lines)
    later = SlotFactory(cycle=CycleFactory(market=scene.cycle.market, number=scene.cycle.number + 1))
    orders.place_order(
        person_id=scene.person.pk, cycle_id=later.cycle_id, slot_id=later.pk, payment_method="pickup",
        key=uuid.uuid4(), now=timezone.now(), by=scene.by, lines={OfferFactory(cycle=later.cycle).pk: Decimal(4)},
    )  # fmt: skip
    assert due_of(Order.objects.get(pk=scene.order_id)) == scene.order().total + 5


def test_payment_of_another_order_is_not_taken_back_here(scene: Scene) -> None:
    other = Scene()
    payment = till.take_payment(
        order_id=other.order_id, method="cash", amount=other.owed(), nonce=uuid.uuid4(), now=timezone.now(), by=None
    )
    with pytest.raises(desk.NotAdjustable):
        till.undo_taken(order_id=scene.order_id, payment_id=payment.pk, now=timezone.now(), by=None)


def test_announced_transfer_is_shown_and_not_waited_for_once_paid(scene: Scene, volunteer: Client) -> None:
    Order.objects.filter(pk=scene.order_id).update(payment_method="interac")
    source = f"order:{scene.order().public_id}"
    till.payments.expect_transfer(
        organisation_id=scene.cycle.market.organisation_id,
        person_id=scene.person.pk,
        amount=scene.owed(),
        source=source,
    )
    assert "virement Interac" in volunteer.get(order_url(scene)).content.decode()
    payment = till.take_payment(
        order_id=scene.order_id, method="cash", amount=scene.owed(), nonce=uuid.uuid4(), now=timezone.now(), by=None
    )
    assert ExpectedTransfer.objects.get(source=source).state == ExpectedState.CANCELLED
    till.undo_taken(order_id=scene.order_id, payment_id=payment.pk, now=timezone.now(), by=None)
    assert ExpectedTransfer.objects.get(source=source).state == ExpectedState.EXPECTED


# --- weights of the cycle, letters ------------------------------------------------------------------------------------


def test_grid_keeps_what_is_right_and_asks_about_the_rest(scene: Scene, volunteer: Client) -> None:
    url = f"/marches/{scene.cycle.market.slug}/gestion/cycles/{scene.cycle.number}/poids/"
    line = scene.line(scene.chicken)
    assert str(line.public_id) in volunteer.get(url).content.decode()
    answer = volunteer.post(url, {f"w-{line.public_id}": "9", f"s-{line.public_id}": "0"})
    assert answer.status_code == 409
    assert f'name="c-{line.public_id}"' in answer.content.decode()
    form = {f"w-{line.public_id}": "2,05", f"s-{line.public_id}": "0"}
    assert volunteer.post(url, form).status_code == 302
    assert scene.line(scene.chicken).final_weight == Decimal("2.050")


def test_member_is_told_once_why_the_price_moved(scene: Scene, mailoutbox: list[Any]) -> None:
    now = timezone.now()
    type(scene.person).objects.filter(pk=scene.person.pk).update(email="membre@exemple.test")
    desk.set_weight(line_id=scene.line(scene.chicken).pk, weight=Decimal("2.1"), now=now, by=None)
    gone = desk.mark_short(line_id=scene.line(scene.carrots).pk, pieces=Decimal(1), damaged=False, now=now, by=None)
    desk.undo_adjustment(adjustment_id=gone.pk, now=now, by=None)
    for _ in range(2):
        corrections.send(order_id=scene.order_id, now=now)
    (message,) = mailoutbox
    assert "2,1" in message.body
    assert "manquant" not in message.body


def test_letters_wait_until_the_desk_is_quiet(scene: Scene) -> None:
    now = timezone.now()
    desk.set_weight(line_id=scene.line(scene.chicken).pk, weight=Decimal("2.1"), now=now, by=None)
    assert corrections.defer_letters(now=now) == 0
    assert corrections.defer_letters(now=now + corrections.QUIET) == 1


def test_member_reads_why_on_the_order(scene: Scene, client: Client) -> None:
    desk.set_weight(line_id=scene.line(scene.chicken).pk, weight=Decimal("2.1"), now=timezone.now(), by=None)
    client.force_login(scene.by)
    assert "pesé à 2,1" in client.get(f"/commandes/{scene.order().public_id}/").content.decode()


# --- any sequence of changes ------------------------------------------------------------------------------------------

_changes = st.lists(
    st.one_of(
        st.tuples(st.just("weight"), st.decimals("0.7", "5", places=3)),
        st.tuples(st.just("short"), st.integers(1, 2).map(Decimal)),
    ),
    max_size=6,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=_changes)
def test_any_changes_undone_backwards_leave_the_order_as_it_was(
    scene: Scene, changes: list[tuple[str, Decimal]]
) -> None:
    total, made = scene.order().total, []
    for kind, amount in changes:
        about: dict[str, Any] = {"now": timezone.now(), "by": None}
        try:
            if kind == "weight":
                done = desk.set_weight(line_id=scene.line(scene.chicken).pk, weight=amount, confirmed=True, **about)
            else:
                done = desk.mark_short(line_id=scene.line(scene.cookies).pk, pieces=amount, damaged=False, **about)
        except desk.Refused:
            continue
        if done is not None:
            made.append(done)
        assert scene.order().total == scene.owed()
    for adjustment in reversed(made):
        desk.undo_adjustment(adjustment_id=adjustment.pk, now=timezone.now(), by=None)
        assert scene.order().total == scene.owed()
    assert scene.order().total == total
    desk.undo_hand_over(order_id=scene.order_id, now=timezone.now(), by=None)
    assert scene.line(scene.cookies).final_quantity is None


# --- settling: its pages ----------------------------------------------------------------------------------------------


def treasurer_of(scene: Scene) -> Account:
    from tests.world import with_second_factor

    account: Account = with_second_factor(with_role(scene.cycle.market.organisation, "treasurer")).account
    return account


def test_treasurer_settles_pays_and_takes_back(scene: Scene, client: Client) -> None:
    scene.distribute()
    prove(client, treasurer_of(scene))
    base = f"/marches/{scene.cycle.market.slug}/gestion/cycles/{scene.cycle.number}/reglement/"
    assert "Il reste à régler" in client.get(base).content.decode()
    client.post(base + "cloture/")
    statements = list(scene.cycle.statements.all())
    assert len(statements) == 3
    refused = client.post(base + "paiement/", {"statement": [str(statements[0].public_id)], "paid_on": "2999-01-01"})
    assert refused.status_code == 409
    today = timezone.localdate().isoformat()
    form = {"statement": [str(s.public_id) for s in statements], "paid_on": today, "reference": "VIR-77"}
    assert client.post(base + "paiement/", form).status_code == 302
    assert {s.paid_reference for s in scene.cycle.statements.all()} == {"VIR-77"}
    client.post(f"/releves/{statements[0].public_id}/paiement/annulation/")
    statements[0].refresh_from_db()
    assert statements[0].paid_on is None
    listed = client.get(base + "paiements.csv").content.decode()
    assert str(statements[0].net) in listed
    assert str(statements[1].public_id.hex[:8]) not in listed


def test_coordinator_settles_and_does_not_pay(scene: Scene, client: Client) -> None:
    scene.distribute()
    client.force_login(with_role(scene.cycle.market.organisation, "coordinator").account)
    base = f"/marches/{scene.cycle.market.slug}/gestion/cycles/{scene.cycle.number}/reglement/"
    client.post(base + "cloture/")
    statement = scene.cycle.statements.first()
    form = {"statement": [str(statement.public_id)], "paid_on": "2026-01-01", "reference": "X"}
    assert client.post(base + "paiement/", form).status_code == 404
    statement.refresh_from_db()
    assert statement.paid_on is None


def test_producer_reads_their_own_statement_alone(scene: Scene, client: Client) -> None:
    scene.distribute()
    settle.settle_cycle(cycle_id=scene.cycle.pk, now=timezone.now(), by=None)
    mine = scene.cycle.statements.get(producer=scene.carrots.producer_id)
    other = scene.cycle.statements.get(producer=scene.chicken.producer_id)
    client.force_login(with_role(scene.carrots.producer, "producer").account)
    listed = client.get("/releves/").content.decode()
    assert str(mine.public_id) in listed
    assert str(other.public_id) not in listed
    for name in ("", "releve.pdf", "releve.xlsx"):
        assert client.get(f"/releves/{mine.public_id}/{name}").status_code == 200
        assert client.get(f"/releves/{other.public_id}/{name}").status_code == 404
    assert client.get(f"/releves/{mine.public_id}/releve.pdf").content[:5] == b"%PDF-"


def test_negative_statement_is_taken_off_the_next(scene: Scene) -> None:
    """A correction that leaves a producer owing is carried, not asked for."""
    scene.distribute()
    now = timezone.now()
    settle.settle_cycle(cycle_id=scene.cycle.pk, now=now, by=None)
    desk.mark_short(line_id=scene.line(scene.carrots).pk, pieces=Decimal(2), damaged=True, now=now, by=None)
    nets = []
    for _ in range(2):
        cycle = CycleFactory(market=scene.cycle.market, state="distributed")
        settle.settle_cycle(cycle_id=cycle.pk, now=now, by=None)
        nets.append(cycle.statements.get().net)
    assert nets == [Decimal("-15.60"), Decimal("-15.60")]
    assert scene.cycle.statements.get(producer=scene.carrots.producer_id).carried_to is None
    first, second = settle.ProducerStatement.objects.filter(net__lt=0).order_by("pk")
    assert (first.carried_to, second.carried_to) == (second, None)
    with pytest.raises(settle.AlreadyPaid):
        settle.pay_statements(statement_ids=[second.pk], paid_on=now.date(), reference="V", now=now, by=None)


def test_letter_carries_the_statement(scene: Scene, mailoutbox: list[Any]) -> None:
    from maillage.market import statements

    scene.distribute()
    settle.settle_cycle(cycle_id=scene.cycle.pk, now=timezone.now(), by=None)
    with_role(scene.carrots.producer, "producer", email="ferme@exemple.test")
    row = scene.cycle.statements.get(producer=scene.carrots.producer_id)
    assert statements.send(statement_id=row.pk, paid=False)
    (message,) = mailoutbox
    assert message.attachments[0][0].endswith(".pdf")
    assert "15,60" in message.body.replace("\xa0", " ")
    assert not statements.send(statement_id=row.pk, paid=True)  # it is not paid: nothing to tell
