from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse

from maillage.accompaniment import actions, queries
from maillage.accompaniment.journey import journey
from maillage.accompaniment.models import SuccessionBuyer, SuccessionCase
from maillage.directory.models import Organisation
from maillage.directory.tests.factories import OrganisationFactory, with_role

from .factories import SuccessionCaseFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2023, 6, 10, 15, tzinfo=UTC)


@pytest.fixture
def ours(client: Client) -> Organisation:
    person = with_role(OrganisationFactory(), "adviser")
    client.force_login(person.account)
    return person.roles.get().organisation


def move(case: SuccessionCase, to: str, on: date = date(2023, 6, 1), reason: str = "") -> SuccessionCase:
    return actions.move_case(case_id=case.pk, to_stage=to, on=on, reason=reason, now=NOW, by=None)


def test_a_case_from_opening_to_transfer(client: Client, ours: Organisation) -> None:
    OrganisationFactory(name="Meubles Laurier")
    client.post(
        reverse("accompaniment:succession_new"),
        {"enterprise": "meubles laurier", "kind": "coop", "opened_on": "2023-01-10", "jobs": "14"},
    )
    case = SuccessionCase.objects.get()
    client.post(reverse("accompaniment:buyer_new", args=[case.public_id]), {"name": "Les employés", "state": "met"})
    stage = reverse("accompaniment:succession_stage", args=[case.public_id])
    client.post(stage, {"stage": "transferred", "on": "2023-05-01"})
    case.refresh_from_db()
    assert case.stage == "aware"  # nobody is chosen yet
    buyer = SuccessionBuyer.objects.get()
    client.post(reverse("accompaniment:buyer_change", args=[buyer.public_id]), {"state": "chosen"})
    client.post(stage, {"stage": "transferred", "on": "2023-05-01"})
    case.refresh_from_db()
    assert (case.stage, case.ended_on, case.changes.count()) == ("transferred", date(2023, 5, 1), 2)
    assert "14" in client.get(reverse("accompaniment:successions"), {"terminees": ""}).content.decode()


def test_wrong_moves_change_nothing() -> None:
    case = SuccessionCaseFactory(stage="search")
    for to, on, refusal in (
        ("search", date(2023, 6, 1), actions.AlreadyThere),
        ("talks", date(2022, 6, 7), actions.OutOfOrder),
        ("aware", date(2023, 6, 1), actions.ReasonMissing),
        ("stopped", date(2023, 6, 1), actions.ReasonMissing),
        ("transferred", date(2023, 6, 1), actions.NoBuyerChosen),
    ):
        with pytest.raises(refusal):
            move(case, to, on)
    case.refresh_from_db()
    assert (case.stage, case.changes.count()) == ("search", 0)
    move(case, "stopped", reason="vendue de gré à gré")
    move(case, "search", reason="la vente est tombée")
    case.refresh_from_db()
    assert case.ended_on is None


def test_one_case_lasts_at_a_time(ours: Organisation) -> None:
    case = SuccessionCaseFactory(organisation=ours)
    values = {"organisation_id": ours.pk, "enterprise_id": case.enterprise_id, "opened_on": date(2023, 6, 1)}
    with pytest.raises(actions.AlreadyOpen):
        actions.open_case(**values, now=NOW, by=None)
    actions.cancel_case(case_id=case.pk, reason="doublon", now=NOW, by=None)
    actions.open_case(**values, now=NOW, by=None)
    with pytest.raises(actions.AlreadyOpen):
        actions.restore_case(case_id=case.pk, by=None)


def test_a_succession_is_never_shown_to_another_organisation(client: Client, ours: Organisation) -> None:
    case, partner = SuccessionCaseFactory(organisation=ours), with_role(OrganisationFactory(), "adviser")
    elsewhere = partner.roles.get().organisation
    actions.share_journey(
        enterprise_id=case.enterprise_id,
        organisation_id=ours.pk,
        shown_to_id=elsewhere.pk,
        consented_by="La direction",
        today=date(2023, 6, 1),
        by=None,
    )
    kinds = {m.kind for m in journey(user=partner.account, enterprise=case.enterprise)}
    assert "succession" not in kinds
    assert not queries.cases_for(user=partner.account).exists()
    client.force_login(partner.account)
    assert client.get(reverse("accompaniment:succession", args=[case.public_id])).status_code == 404
    owner = with_role(ours, "adviser")
    assert "succession" in {m.kind for m in journey(user=owner.account, enterprise=case.enterprise)}
