"""A small organisation with work noted, for tests of indicators."""

from datetime import UTC, date, datetime
from typing import Any

from maillage.accompaniment.models import Intervention, InterventionParty
from maillage.directory.models import Organisation, Territory
from maillage.directory.tests.factories import OrganisationFactory, TerritoryFactory
from maillage.funding.models import Stream
from maillage.indicators import actions
from maillage.indicators.models import IndicatorVersion

NOW = datetime(2023, 6, 15, 14, tzinfo=UTC)


def stream(key: str = "international") -> Stream:
    return Stream.objects.get_or_create(organisation=None, key=key, defaults={"name": key.capitalize()})[0]


def work(
    organisation: Organisation,
    enterprise: Organisation,
    day: date = date(2022, 6, 1),
    *,
    mrc: Territory | None = None,
    by: Any = None,
    entered: datetime = datetime(2022, 6, 2, tzinfo=UTC),
    in_stream: str = "international",
) -> Intervention:
    """One intervention with one beneficiary."""
    row = Intervention.objects.create(
        organisation=organisation,
        done_on=day,
        stream=stream(in_stream),
        minutes=60,
        created_at=entered,
        created_by=by,
    )
    InterventionParty.objects.create(
        intervention=row, enterprise=enterprise, role="beneficiary", mrc=mrc or enterprise.mrc
    )
    return row


def worked(count: int = 3) -> tuple[Organisation, list[Organisation]]:
    """An organisation that served `count` enterprises once each, in two MRCs."""
    mrcs = [TerritoryFactory(), TerritoryFactory()]
    organisation = OrganisationFactory()
    enterprises = [OrganisationFactory(name=f"Entreprise {n}", mrc=mrcs[n % 2]) for n in range(count)]
    for enterprise in enterprises:
        work(organisation, enterprise)
    return organisation, enterprises


def indicator(organisation: Organisation, fact: str = "interventions", **more: Any) -> IndicatorVersion:
    definition = actions.Definition(**{"name": fact, "key": fact.replace("_", "-"), "fact": fact, **more})
    version: IndicatorVersion = actions.define(organisation_id=organisation.pk, definition=definition, by=None, now=NOW)
    return version
