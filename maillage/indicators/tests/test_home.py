from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from maillage.accompaniment.models import Claim
from maillage.core.period import Period
from maillage.directory.tests.factories import OrganisationFactory, with_role
from maillage.funding.tests.factories import AgreementFactory
from maillage.indicators import actions

from .factories import NOW, indicator, work

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("role", "asked"), [("director", True), ("manager", True), ("board", False)])
def test_home_asks_who_may_settle_for_the_double_claims(client: Client, role: str, asked: bool) -> None:
    organisation = OrganisationFactory()
    row = work(organisation, OrganisationFactory())
    one, two = (AgreementFactory(organisation=organisation) for _n in range(2))
    one.excludes.add(two)
    for agreement in (one, two):
        Claim.objects.create(intervention=row, agreement=agreement)
    client.force_login(with_role(organisation, role).account)
    assert ("1 intervention déclarée à deux bailleurs" in client.get("/").text) is asked


def test_home_of_a_funder_lists_the_reports_shared_while_the_link_lasts(client: Client) -> None:
    organisation, funder = OrganisationFactory(), OrganisationFactory()
    indicator(organisation)
    report = actions.create_report(
        organisation_id=organisation.pk,
        title="Rapport au bailleur",
        period=Period.fiscal_year(2022),
        sections=[{"title": "Un", "blocks": [{"kind": "figures", "keys": ["interventions"]}]}],
        by=None,
    )
    actions.publish(report_id=report.pk, by=None, now=NOW)
    client.force_login(with_role(funder, "funder").account)
    assert "Rapport au bailleur" not in client.get("/").text
    now = timezone.now()
    link = actions.share(report_id=report.pk, label="Bailleur", funder_id=funder.pk, by=None, now=now)
    assert "Rapport au bailleur" in client.get("/").text
    actions.revoke_link(link_id=link.pk, by=None, now=now + timedelta(minutes=1))
    assert "Rapport au bailleur" not in client.get("/").text
