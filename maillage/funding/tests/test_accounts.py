"""Payments of an agreement, accounts to give to its funder, and what is claimed under it."""

from datetime import date
from decimal import Decimal

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from maillage.core.facts import FactContext, get
from maillage.core.period import Period
from maillage.directory.tests.factories import with_role
from maillage.funding import actions, claimed, queries, tasks
from maillage.funding.models import Agreement

from .factories import AgreementFactory

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 2)


@pytest.fixture
def agreement() -> Agreement:
    return AgreementFactory(amount=1000)


def plan(agreement: Agreement, amount: int, day: date = TODAY):
    return actions.add_instalment(agreement_id=agreement.pk, amount=Decimal(amount), expected_on=day, by=None)


def test_what_remains_is_what_was_not_received(agreement: Agreement) -> None:
    first = plan(agreement, 400)
    plan(agreement, 350)
    actions.receive_instalment(instalment_id=first.pk, on=TODAY, by=None)
    balance = queries.balance_of(Agreement.objects.get())
    assert (balance.received, balance.planned, balance.left, balance.unplanned) == (400, 350, 600, 250)
    ctx = FactContext((agreement.organisation_id,), Period(date(2026, 1, 1), date(2027, 1, 1)))
    assert get("instalments_received").value(ctx) == 400


def test_payments_do_not_exceed_the_agreement(agreement: Agreement) -> None:
    plan(agreement, 700)
    with pytest.raises(actions.TooMuch):
        plan(agreement, 301)
    assert agreement.instalments.count() == 1


def test_payment_received_is_not_taken_away(agreement: Agreement) -> None:
    row = plan(agreement, 700)
    actions.receive_instalment(instalment_id=row.pk, on=TODAY, by=None)
    with pytest.raises(actions.Received):
        actions.remove_instalment(instalment_id=row.pk, by=None)
    actions.receive_instalment(instalment_id=row.pk, on=None, by=None)
    actions.remove_instalment(instalment_id=row.pk, by=None)
    assert not agreement.instalments.exists()


def test_reminder_of_an_account_leaves_once_to_those_who_keep_the_agreement(agreement: Agreement) -> None:
    director = with_role(agreement.organisation, "director")
    with_role(agreement.organisation, "board")
    row = actions.add_accountability(agreement_id=agreement.pk, kind="final", due_on=date(2026, 3, 20), by=None)
    assert tasks.send_reminders(date(2026, 2, 1)) == 0
    Agreement.objects.update(is_demo=True)
    assert tasks.send_reminders(TODAY) == 0
    Agreement.objects.update(is_demo=False)
    assert tasks.send_reminders(TODAY) == 1
    assert tasks.send_reminders(TODAY) == 0
    [message] = mail.outbox
    assert message.to == [director.email]
    assert "20 mars 2026" in message.subject
    actions.give_accountability(accountability_id=row.pk, on=TODAY, by=None)
    assert queries.accounts_due(organisation_ids=[agreement.organisation_id]) == []


def test_year_is_the_funder_s_own(agreement: Agreement) -> None:
    agreement.fiscal_month = 7
    assert queries.year_of(agreement, date(2026, 6, 30)).start == date(2025, 7, 1)
    assert queries.year_of(agreement, date(2026, 7, 1)).start == date(2026, 7, 1)


def test_page_shows_what_is_claimed_payments_and_deadlines(
    client: Client, agreement: Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = claimed.Claimed("Interventions déclarées", 126, "/lignes/", 2, "/doubles/")
    monkeypatch.setattr(claimed, "_sources", {"work": lambda user, agreement, period: [row]})
    client.force_login(with_role(agreement.organisation, "director").account)
    page = reverse("funding:agreement", args=[agreement.public_id])
    client.post(
        reverse("funding:instalment_new", args=[agreement.public_id]), {"amount": "250,50", "expected_on": TODAY}
    )
    data = {"kind": "final", "due_on": TODAY, "label": "Bilan", "remind_days": 10}
    client.post(reverse("funding:accountability_new", args=[agreement.public_id]), data)
    shown = client.get(page).text
    assert all(word in shown for word in ("/lignes/", "2 déclarées deux fois", "/doubles/", "Bilan"))
    instalment, account = agreement.instalments.get(), agreement.accounts.get()
    assert instalment.amount == Decimal("250.50")
    client.post(reverse("funding:instalment", args=[instalment.public_id]), {"verbe": "recu", "le": "2026-03-01"})
    client.post(reverse("funding:accountability", args=[account.public_id]), {"verbe": "remis"})
    instalment.refresh_from_db(), account.refresh_from_db()
    assert instalment.received_on == date(2026, 3, 1)
    assert account.given_on is not None
    refused = client.post(
        reverse("funding:instalment_new", args=[agreement.public_id]),
        {"amount": "5000", "expected_on": TODAY},
        follow=True,
    )
    assert "dépasseraient" in refused.text


def test_board_reads_and_does_not_write(client: Client, agreement: Agreement) -> None:
    row = plan(agreement, 10)
    client.force_login(with_role(agreement.organisation, "board").account)
    assert client.get(reverse("funding:agreement", args=[agreement.public_id])).status_code == 200
    assert client.post(reverse("funding:instalment", args=[row.public_id]), {"verbe": "recu"}).status_code == 404
