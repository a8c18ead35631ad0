from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from maillage.core.facts import FactContext
from maillage.core.period import Period
from maillage.directory.tests.factories import OrganisationFactory, with_role
from maillage.funding import actions, facts
from maillage.funding.models import Agreement

from .factories import AgreementFactory, FunderFactory, StreamFactory

pytestmark = pytest.mark.django_db


def test_manager_keeps_an_agreement_from_its_form(client: Client) -> None:
    manager = with_role(OrganisationFactory(), "manager")
    ours = manager.roles.get().organisation
    other, stream = AgreementFactory(organisation=ours), StreamFactory(key="exportation")
    OrganisationFactory(name="Développement Économique")
    client.force_login(manager.account)
    data = {
        "title": "Volet export",
        "funder": "developpement economique",
        "kind": "provincial",
        "starts_on": "2022-04-01",
        "last_on": "2023-03-31",
        "fiscal_month": "4",
        "amount": "1234,50",
        "streams": [stream.pk],
        "excludes": [other.pk],
    }
    client.post(reverse("funding:agreement_new"), data)
    made = Agreement.objects.get(title="Volet export")
    assert (made.during.upper, str(made.amount)) == (date(2023, 4, 1), "1234.50")
    assert list(other.excludes.all()) == [made]  # both ways
    for name in ("agreement", "agreement_edit"):
        assert client.get(reverse(f"funding:{name}", args=[made.public_id])).status_code == 200
    wrong = client.post(reverse("funding:agreement_new"), {**data, "last_on": "2022-03-01"})
    assert wrong.status_code == 422
    assert Agreement.objects.count() == 2


def test_agreements_are_for_those_who_direct_or_keep_the_books(client: Client) -> None:
    agreement = AgreementFactory()
    page = reverse("funding:agreement", args=[agreement.public_id])
    for role, status in (("director", 200), ("board", 200), ("adviser", 404), ("funder", 404)):
        client.force_login(with_role(agreement.organisation, role).account)
        assert client.get(page).status_code == status, role
    client.force_login(with_role(OrganisationFactory(), "director").account)
    assert client.get(page).status_code == 404
    assert client.get(reverse("funding:agreements")).status_code == 200


def test_agreement_of_another_organisation_cannot_be_excluded() -> None:
    with pytest.raises(actions.NotOurs):
        actions.save_agreement(
            organisation_id=OrganisationFactory().pk,
            funder_id=FunderFactory().pk,
            title="A",
            starts_on=date(2022, 4, 1),
            ends_on=None,
            excludes_ids=[AgreementFactory().pk],
            by=None,
        )
    assert not Agreement.objects.filter(title="A").exists()


def test_agreements_that_touch_the_year_count_in_it() -> None:
    ours = OrganisationFactory()
    AgreementFactory(organisation=ours, amount=1000)
    AgreementFactory(organisation=ours, amount=500, during=(date(2021, 4, 1), date(2022, 4, 1)))
    ctx = FactContext(organisation_ids=(ours.pk,), period=Period.fiscal_year(2022))
    assert facts.AGREEMENTS.value(ctx) == 1
    assert facts.AGREEMENT_AMOUNT.value(ctx) == 1000


def test_an_agreement_does_not_exclude_itself() -> None:
    row = AgreementFactory(title="Une entente")
    with pytest.raises(actions.NotOurs):
        actions.save_agreement(
            agreement_id=row.pk,
            organisation_id=row.organisation_id,
            funder_id=row.funder_id,
            title="Une autre",
            starts_on=date(2022, 4, 1),
            ends_on=None,
            excludes_ids=[row.pk],
            by=None,
        )
    row.refresh_from_db()
    assert row.title == "Une entente"
    assert not row.excludes.exists()
