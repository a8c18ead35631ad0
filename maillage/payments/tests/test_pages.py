import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from maillage.directory import privacy
from maillage.directory.models import Account
from maillage.directory.tests.factories import OrganisationFactory, PersonFactory, give_role, prove, with_role
from maillage.ledger import queries as books
from maillage.payments import actions, queries
from maillage.payments.models import BankFile, BankLine, ExpectedState, Payment, PaymentState

from .factories import expected, paid

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _without_second_factor(settings: Any) -> None:
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if "RequireMfa" not in m]


def client_of(person: Any) -> Client:
    client = Client()
    client.force_login(person.account)
    return client


@pytest.fixture
def market() -> Any:
    organisation = OrganisationFactory()
    organisation.client = client_of(with_role(organisation, "treasurer"))
    return organisation


def url(name: str, thing: Any, *more: Any) -> str:
    return reverse(f"payments:{name}", args=[thing.public_id, *more])


def send(market: Any, *rows: str, follow: bool = True) -> Any:
    text = "\n".join(["Date;Description;Montant", *rows]).encode("cp1252")
    file = SimpleUploadedFile("releve.csv", text)
    sent = market.client.post(url("interac", market), {"file": file})
    return market.client.post(sent["Location"], follow=follow)


@pytest.mark.parametrize(("role", "status"), [("treasurer", 200), ("coordinator", 200), ("producer", 404)])
def test_payments_are_for_those_who_keep_them(market: Any, role: str, status: int) -> None:
    payment = paid(market)
    expected(market, "5")
    send(market, "2026-03-02;Virement de Ana;25")
    line = BankLine.objects.get()
    urls = [url(n, market) for n in ("payments", "record", "reconciliation", "interac")]
    urls += [url("payment", payment), url("line", line)]
    client = client_of(with_role(market, role))
    assert {client.get(u).status_code for u in urls} == {status}
    outsider = client_of(with_role(OrganisationFactory(), role))
    assert {outsider.get(u).status_code for u in urls} == {404}
    for verb in ("rapprochement", "attribution", "mise-de-cote", "retour", "defaire"):
        assert outsider.post(url("act", line, verb)).status_code == 404
    assert outsider.post(url("undo", payment)).status_code == 404


def test_treasurer_confirms_what_is_certain_then_undoes(market: Any) -> None:
    waiting = expected(market, "25.00", PersonFactory(given_name="Noémie", family_name="Côté"))
    page = send(market, f"2026-03-02;Virement {waiting.reference};25,00").content.decode()
    assert "1 nouveau dépôt" in page
    assert "Confirmer 1 virement" in page
    line = BankLine.objects.get()
    for _ in range(2):
        market.client.post(url("confirm_certain", market), {"ligne": [line.public_id]})
    assert Payment.objects.get().state == PaymentState.SUCCEEDED
    assert "rien n" in send(market, f"2026-03-02;Virement {waiting.reference};25,00").content.decode()
    market.client.post(url("act", line, "defaire"))
    waiting.refresh_from_db()
    assert waiting.state == ExpectedState.EXPECTED
    assert books.balance(books.book_of(market.pk).pk, "bank") == 0


def test_probable_line_is_confirmed_and_unknown_one_is_given_to_a_person_who_was_searched(market: Any) -> None:
    zoe = PersonFactory(given_name="Zoé", family_name="Bélanger")
    waiting = expected(market, "31.00", zoe)
    send(market, "2026-03-02;Virement Interac de /Zoé Bélanger;31", "2026-03-03;Virement de X;12,34")
    first, second = BankLine.objects.order_by("occurred_on")
    market.client.post(url("act", first, "rapprochement"), {"attendu": waiting.public_id})
    found = market.client.get(url("line", second), {"q": "belanger zoe"})
    assert [payer.person for payer in found.context["found"]] == [zoe]
    stranger = PersonFactory(given_name="Zoé", family_name="Bélanger")
    refused = market.client.post(url("act", second, "attribution"), {"personne": stranger.public_id})
    assert refused.status_code == 404  # somebody who has no account here
    market.client.post(url("act", second, "attribution"), {"personne": zoe.public_id})
    book = books.book_of(market.pk).pk
    assert books.balance(book, "member", person_id=zoe.pk) == Decimal("-43.34")
    later = {"personne": zoe.public_id, "csrfmiddlewaretoken": "plus tard"}
    again = market.client.post(url("act", second, "attribution"), later, follow=True)
    assert "entre-temps" in again.content.decode()


def test_transfer_of_another_organisation_cannot_be_matched(market: Any) -> None:
    theirs = expected(OrganisationFactory(), "25.00")
    send(market, "2026-03-02;Virement;25,00")
    line = BankLine.objects.get()
    assert market.client.post(url("act", line, "rapprochement"), {"attendu": theirs.public_id}).status_code == 404
    assert not Payment.objects.exists()


def test_line_is_set_aside_and_taken_back(market: Any) -> None:
    send(market, "2026-03-02;Subvention;9000")
    line = BankLine.objects.get()
    market.client.post(url("act", line, "mise-de-cote"))
    assert queries.proposals(market.pk) == []
    market.client.post(url("act", line, "retour"))
    assert len(queries.proposals(market.pk)) == 1


def test_unknown_columns_are_asked_on_a_page(market: Any) -> None:
    sent = SimpleUploadedFile("banque.csv", b"Jour;Qui;Entre\n2026-03-02;Ana;10\n")
    page = market.client.post(url("interac", market), {"file": sent}, follow=True)
    assert "2. Qui" in page.content.decode()
    where = url("columns", BankFile.objects.get())
    wrong = {"headings": "on", "date": "1", "description": ["1"], "credit": "2"}
    assert "Ligne 2" in market.client.post(where, wrong).content.decode()
    preview = market.client.post(where, {**wrong, "date": "0"})
    assert "Garder 1 dépôt" in market.client.get(preview["Location"]).content.decode()
    assert not BankLine.objects.exists()
    market.client.post(preview["Location"])
    assert BankLine.objects.get().amount == 10


def test_preview_is_read_before_anything_is_kept_and_the_same_file_changes_nothing(market: Any) -> None:
    waiting = expected(market, "25.00", PersonFactory(given_name="Noémie", family_name="Côté"))
    text = f"Date;Description;Montant\n2026-03-02;Virement {waiting.reference};25,00\nhier;X;1\n".encode()
    file = SimpleUploadedFile("releve.csv", text)
    page = market.client.post(url("interac", market), {"file": file}, follow=True).content.decode()
    for said in ("Noémie Côté", "reconnu", "1 ligne ne se lit pas", "Ligne 3", "Garder 1 dépôt"):
        assert said in page, said
    assert not BankLine.objects.exists()
    held = BankFile.objects.get()
    outsider = client_of(with_role(OrganisationFactory(), "treasurer"))
    assert outsider.post(url("file", held)).status_code == 404
    assert outsider.post(url("file_discard", held)).status_code == 404
    market.client.post(url("file", held))
    assert BankLine.objects.count() == 1
    again = SimpleUploadedFile("releve.csv", text)
    page = market.client.post(url("interac", market), {"file": again}, follow=True).content.decode()
    assert "Rien de nouveau" in page
    assert "Garder" not in page
    market.client.post(url("file_discard", BankFile.objects.latest("pk")))
    assert BankFile.objects.count() == 1
    assert "déjà lu" in market.client.post(url("file", held), follow=True).content.decode()


def test_unreadable_file_says_why_beside_the_field(market: Any) -> None:
    sent = SimpleUploadedFile("releve.xlsx", b"PK\x03\x04")
    assert "choisissez le format CSV" in market.client.post(url("interac", market), {"file": sent}).content.decode()


def test_lists_take_a_constant_number_of_queries(market: Any) -> None:
    counts = []
    for more in (2, 25):
        for i in range(more):
            paid(market, PersonFactory(), reference=str(i))
            expected(market, "5")
        send(market, *(f"2026-03-02;Virement {more}-{i};{i + 1}" for i in range(more)))
        counts.append([])
        for name in ("payments", "interac", "reconciliation"):
            with CaptureQueriesContext(connection) as captured:
                assert market.client.get(url(name, market)).status_code == 200
            counts[-1].append(len(captured))
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 15


def test_payment_by_hand_second_click_is_the_same_payment(market: Any) -> None:
    person = PersonFactory(given_name="Léa")
    expected(market, "5", person)
    found = market.client.get(url("record", market), {"q": "lea"})
    assert [payer.person for payer in found.context["found"]] == [person]
    data = {"key": uuid.uuid4(), "method": "cash", "amount": "12,50", "occurred_on": "2026-03-02", "reference": "Pain"}
    where = url("record", market) + f"?personne={person.public_id}"
    for _ in range(2):
        assert market.client.post(where, data).status_code == 302
    assert Payment.objects.get().amount == Decimal("12.50")
    assert "positif" in market.client.post(where, {**data, "key": uuid.uuid4(), "amount": "0"}).content.decode()


def test_payments_and_deposits_are_given_to_an_organisation(market: Any) -> None:
    person, buyer = PersonFactory(), OrganisationFactory(name="Restaurant du Quai")
    give_role(person, buyer, "buyer")
    expected(market, "8", person, buyer_id=buyer.pk)
    paid(market, person, buyer_id=buyer.pk)
    book = books.book_of(market.pk).pk
    found = market.client.get(url("record", market), {"q": "quai"}).content.decode()
    where = f"?personne={person.public_id}&amp;pour={buyer.public_id}"
    assert where in found
    data = {"key": uuid.uuid4(), "method": "cash", "amount": "12,50", "occurred_on": "2026-03-02", "reference": ""}
    market.client.post(url("record", market) + where.replace("&amp;", "&"), data)
    assert books.balance(book, "member", organisation_id=buyer.pk) == Decimal("-32.50")
    send(market, "2026-03-03;Virement du resto;7,50")
    line = BankLine.objects.get()
    assert "Restaurant du Quai" in market.client.get(url("line", line), {"q": "restaurant"}).content.decode()
    market.client.post(url("act", line, "attribution"), {"personne": person.public_id, "pour": buyer.public_id})
    assert books.balance(book, "member", organisation_id=buyer.pk) == Decimal("-40.00")
    assert books.balance(book, "member", person_id=person.pk) == 0
    other = OrganisationFactory()
    wrong = {"personne": person.public_id, "pour": other.public_id}
    assert market.client.get(url("record", market), wrong).status_code == 404


def test_giving_money_back_asks_for_a_second_factor_first(market: Any) -> None:
    one = paid(market, amount="20")
    for verb in ("payment", "undo"):
        asked = market.client.post(url(verb, one), {"amount": "5", "refunded_before": "0"})
        assert asked["Location"].startswith(reverse("directory:second_factor"))
    one.refresh_from_db()
    assert (one.refunded, one.state) == (0, PaymentState.SUCCEEDED)


def test_refund_and_undo_from_the_page(market: Any) -> None:
    prove(market.client, Account.objects.get(pk=int(market.client.session["_auth_user_id"])))
    one, two = paid(market, amount="20"), paid(market, amount="30")
    for _ in range(2):
        market.client.post(url("payment", one), {"amount": "5", "refunded_before": "0"})
    one.refresh_from_db()
    assert one.refunded == 5
    market.client.post(url("undo", two))
    two.refresh_from_db()
    assert two.state == PaymentState.REVERSED
    assert "annulé" in market.client.get(url("payment", two)).content.decode()


def test_deposit_moves_what_waits(market: Any) -> None:
    paid(market, amount="100", method="cash")
    data = {"key": uuid.uuid4(), "kind": "cash", "amount": "80", "fee": "0", "occurred_on": "2026-03-05"}
    market.client.post(url("reconciliation", market), data)
    page = market.client.post(
        url("reconciliation", market), {**data, "csrfmiddlewaretoken": "plus tard"}
    ).content.decode()
    assert "contient" in page or "déjà dans les livres" in page
    assert books.balance(books.book_of(market.pk).pk, "bank") == 80


def test_coordinator_is_told_why_cards_are_not_offered(market: Any) -> None:
    assert "STRIPE_SECRET_KEY" in market.client.get(url("payments", market)).content.decode()
    assert "Aucun paiement encore" in market.client.get(url("payments", market)).content.decode()


def test_erasing_a_person_empties_the_banks_text(market: Any) -> None:
    person = PersonFactory(given_name="Ana")
    waiting = expected(market, "25.00", person)
    send(market, f"2026-03-02;Virement de Ana {waiting.reference};25,00")
    line = BankLine.objects.get()
    actions.assign_line(line_id=line.pk, person_id=person.pk, now=line.file.sent_at)
    exported = [r for rows in privacy.export(person).values() for r in rows]
    assert any(r.get("Mode") == "virement Interac" for r in exported)
    from maillage.payments import personal

    assert personal.forget(person) == 2
    line.refresh_from_db()
    waiting.refresh_from_db()
    assert (line.description, waiting.state) == ("", ExpectedState.CANCELLED)
