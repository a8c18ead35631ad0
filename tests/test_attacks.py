"""What someone with a form, a link or a file at hand may try; each refusal changes nothing."""

import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail, signing
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from maillage.accompaniment.models import Referral
from maillage.accompaniment.tests.factories import ReferralFactory
from maillage.core.actions import Refused
from maillage.core.sheets import plain_cell
from maillage.directory.models import Invitation, Role
from maillage.directory.tests.factories import OrganisationFactory, PersonFactory, with_role
from maillage.directory.tokens import token_of
from maillage.ledger.models import Entry
from maillage.market.actions import orders
from maillage.market.models import Order
from maillage.market.tests.factories import (
    CycleFactory,
    MemberFactory,
    OfferFactory,
    SlotFactory,
)
from maillage.programmes.actions import calls
from maillage.programmes.models import Application
from maillage.programmes.tests.factories import CallFactory

NOW = datetime(2022, 3, 10, 12, tzinfo=UTC)


def ordered(member: Any, cycle: Any, slot: Any, offer: Any) -> Any:
    return orders.place_order(
        person_id=member.pk, cycle_id=cycle.pk, slot_id=slot.pk, payment_method="pickup", key=uuid.uuid4(),
        lines={offer.pk: Decimal(1)}, now=timezone.now(), by=member.account,
    )  # fmt: skip


# --- choices of elsewhere ---------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("stray", ["slot", "offer"])
def test_order_takes_nothing_of_another_market(stray: str) -> None:
    cycle, other = CycleFactory(), CycleFactory()
    member = MemberFactory(cycle.market)
    slot = SlotFactory(cycle=other if stray == "slot" else cycle)
    offer = OfferFactory(cycle=other if stray == "offer" else cycle)
    with pytest.raises(Refused):
        ordered(member, cycle, slot, offer)
    assert not Order.objects.exists()
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_role_is_not_given_to_a_person_of_elsewhere() -> None:
    ours, theirs = OrganisationFactory(), OrganisationFactory()
    chief = with_role(ours, "director")
    stranger = with_role(theirs, "staff")
    client = Client()
    client.force_login(chief.account)  # type: ignore[arg-type]
    address = reverse("directory:role_add", args=[ours.public_id, stranger.public_id])
    assert client.post(address, {"kind": "coordinator"}).status_code == 404
    assert not Role.objects.filter(person=stranger, organisation=ours).exists()


@pytest.mark.django_db
def test_account_form_raises_nobody_to_administrator() -> None:
    person = PersonFactory()
    client = Client()
    client.force_login(person.account)
    client.post(
        reverse("directory:me"), {"given_name": "A", "is_platform_admin": "on", "is_demo": "on", "account": "1"}
    )
    person.account.refresh_from_db()
    assert person.account.is_platform_admin is False


# --- links ------------------------------------------------------------------------------------------------------------


def invited() -> Invitation:
    return Invitation.objects.create(
        organisation=OrganisationFactory(), email="a@exemple.test", kind="packer",
        expires_at=timezone.now() + timedelta(days=1),
    )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    "spoil",
    [
        lambda i: token_of(i)[:-1] + ("a" if token_of(i)[-1] != "a" else "b"),
        lambda i: f"{i.public_id.hex}-{i.sending}",
        lambda i: signing.Signer(salt="accompaniment.referral", sep=".").sign(f"{i.public_id.hex}-{i.sending}"),
    ],
    ids=["tampered", "unsigned", "signed for another use"],
)
def test_invitation_opens_only_by_its_own_link(spoil: Callable[[Invitation], str]) -> None:
    person = PersonFactory(account__email="a@exemple.test")
    client = Client()
    client.force_login(person.account)
    invitation = invited()
    client.post(reverse("directory:invitation", args=[spoil(invitation)]))
    assert not Role.objects.exists()


@pytest.mark.django_db
def test_link_of_one_thing_does_not_open_another() -> None:
    referral: Referral = ReferralFactory()
    forged = signing.Signer(salt="directory.invitation", sep=".").sign(referral.public_id.hex)
    assert Client().get(reverse("accompaniment:referral_link", args=[forged])).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize(
    "to", ["https://ailleurs.test/", "//ailleurs.test/", "/\\ailleurs.test", "javascript:alert(1)"]
)
def test_nobody_is_sent_elsewhere(to: str) -> None:
    person = PersonFactory()
    person.account.set_password("un-mot-de-passe-long")
    person.account.save()
    form = {"login": person.account.email, "password": "un-mot-de-passe-long", "next": to}
    gone = Client().post(reverse("account_login"), form)
    assert "ailleurs" not in gone.headers.get("Location", "")
    assert "javascript" not in gone.headers.get("Location", "")
    spoken = Client().post(reverse("set_language"), {"language": "en", "next": to})
    assert "ailleurs" not in spoken.headers["Location"]


# --- doors ------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_guessing_passwords_is_slowed_down() -> None:
    person = PersonFactory()
    form = {"login": person.account.email, "password": "mauvais-mot-de-passe"}
    answers = [Client().post(reverse("account_login"), form) for _n in range(7)]
    assert b"trop" in answers[-1].content.lower() or answers[-1].status_code == 429


@pytest.mark.django_db
@override_settings(SESSION_COOKIE_SECURE=True)
def test_cookies_are_kept_from_scripts_and_other_sites() -> None:
    person = PersonFactory()
    person.account.set_password("un-mot-de-passe-long")
    person.account.save()
    EmailAddress.objects.create(user=person.account, email=person.account.email, verified=True, primary=True)
    client = Client()
    form = {"login": person.account.email, "password": "un-mot-de-passe-long"}
    client.post(reverse("account_login"), form, secure=True)
    cookie = client.cookies["sessionid"]
    assert cookie["secure"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["../../settings.py", "..%2f..%2fsettings.py", "/etc/passwd", "a.svg", "x" * 300])
def test_pictures_leave_no_folder(name: str) -> None:
    assert Client().get(f"/produits/images/{name}").status_code in (301, 302, 404)


@pytest.mark.parametrize("text", ["=1+1", "+1+cmd", "-1+cmd", "@SUM(A1)", "\t=1", "\r=1", "=HYPERLINK(1)"])
def test_cell_that_begins_like_a_formula_stays_text(text: str) -> None:
    assert plain_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-12.50", "+3", "12", "Ferme -1", ""])
def test_numbers_and_words_are_left_as_they_are(text: str) -> None:
    assert plain_cell(text) == text


# --- calls ------------------------------------------------------------------------------------------------------------


def candidate(call_id: int, name: str, by: Any = None) -> Application:
    return calls.apply(
        call_id=call_id, enterprise_name=name, contact_name="C", email="Ferme@exemple.test", answers={}, now=NOW, by=by
    )


@pytest.mark.django_db
def test_application_is_not_replaced_by_who_types_its_address() -> None:
    call = CallFactory()
    first = candidate(call.pk, "La vraie")
    with pytest.raises(calls.AlreadyApplied):
        candidate(call.pk, "La fausse")
    with pytest.raises(calls.AlreadyApplied):
        candidate(call.pk, "La fausse", by=PersonFactory().account)
    first.refresh_from_db()
    assert first.enterprise_name == "La vraie"
    owner = PersonFactory(account__email="ferme@exemple.test").account
    assert candidate(call.pk, "La corrigée", by=owner).pk == first.pk


def at_once(*calls_: Callable[[], Any]) -> list[Any]:
    """Run together; the results, a refusal as its class's name."""
    gate, results = threading.Barrier(len(calls_)), []

    def run(call: Callable[[], Any]) -> None:
        gate.wait()
        try:
            results.append(call())
        except Refused as refused:
            results.append(type(refused).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls_]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_application_sent_twice_at_once_is_one() -> None:
    call = CallFactory()
    results = at_once(*[lambda n=n: candidate(call.pk, f"Ferme {n}") for n in range(4)])
    assert results.count("AlreadyApplied") == 3
    assert Application.objects.count() == 1


@pytest.mark.django_db
def test_no_letter_carries_headers_of_a_stranger() -> None:
    """A line break in what is typed never reaches the headers of a message."""
    call = CallFactory()
    calls.apply(
        call_id=call.pk, enterprise_name="Ferme\r\nBcc: tous@exemple.test", contact_name="C\nD",
        email="ferme@exemple.test", answers={}, now=NOW,
    )  # fmt: skip
    for message in mail.outbox:
        assert "bcc" not in {name.lower() for name in message.message().keys()}  # noqa: SIM118
