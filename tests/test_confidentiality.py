"""Notes are read by those whom they name, and by no other, on no page and in no file: whatever the role, figures,
their rows and their exports, the crossed tables, the network and the journeys never hold one.

A platform administrator reads every figure and no note.
"""

from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

import pytest
from django.test import Client
from django.urls import reverse

from maillage.accompaniment.actions import open_file
from maillage.accompaniment.models import JourneyShare
from maillage.accompaniment.tests.factories import (
    FinancingFactory,
    MandateFactory,
    MeetingFactory,
    NoteFactory,
    ReferralFactory,
    SuccessionCaseFactory,
    intervene,
)
from maillage.core import facts
from maillage.directory.models import Organisation, Person
from maillage.directory.tests.factories import OrganisationFactory, PersonFactory, TerritoryFactory, with_role
from maillage.indicators import actions
from maillage.indicators.tests.factories import indicator

from .world import with_second_factor

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 6, 10, 15, tzinfo=UTC)
QUERY = "?debut=2022-04-01&fin=2023-04-01"
PRIVATE, HOUSE, SHARED, OURS_ONLY = "secret-privé-71", "secret-maison-72", "secret-partagé-73", "secret-relève-74"
SECRETS = (PRIVATE, HOUSE, SHARED, OURS_ONLY)


class Cast:
    """An organisation, a partner that reads the journey with consent, a network above, and everyone who may ask."""

    def __init__(self) -> None:
        self.ours, self.partner, self.network = (OrganisationFactory() for _ in range(3))
        self.enterprise = OrganisationFactory(mrc=TerritoryFactory())
        self.author = with_role(self.ours, "adviser")
        intervene(self.ours, self.enterprise)
        intervene(self.partner, self.enterprise)
        base = {"organisation": self.ours, "enterprise": self.enterprise, "author": self.author}
        NoteFactory(**base, body=PRIVATE, visibility="private")
        NoteFactory(**base, body=HOUSE)
        NoteFactory(**base, body=SHARED, visibility="shared", shared_with=self.partner)
        row = {"organisation": self.ours, "enterprise": self.enterprise}
        MandateFactory(**row)
        ReferralFactory(**row, partner=self.partner)
        FinancingFactory(**row)
        MeetingFactory(**row)
        SuccessionCaseFactory(**row, summary=OURS_ONLY, seller=OURS_ONLY)
        JourneyShare.objects.create(
            enterprise=self.enterprise, organisation=self.ours, shown_to=self.partner, consented_by="La direction",
            consented_on=NOW.date(),
        )  # fmt: skip
        for organisation in (self.ours, self.partner):
            open_file(
                organisation_id=organisation.pk, enterprise_id=self.enterprise.pk, adviser_id=None, today=NOW.date(),
                by=None,
            )  # fmt: skip
        for member in (self.ours, self.partner):
            actions.enrol_member(
                network_id=self.network.pk, member_id=member.pk, since=NOW.date().replace(2020), by=None, observed=True
            )
        indicator(self.network, fact="enterprises_served")

    def everyone(self) -> dict[str, tuple[Person, set[str]]]:
        """Who asks, and which notes the page of the enterprise shows them."""
        ours, partner, network = self.ours, self.partner, self.network
        house = {HOUSE, SHARED}
        return {
            "author": (self.author, {PRIVATE, *house}),
            "colleague": (with_role(ours, "adviser"), house),
            "director": (with_role(ours, "director"), house),
            "manager": (with_role(ours, "manager"), house),
            "board": (with_role(ours, "board"), set()),
            "funder": (with_role(ours, "funder"), set()),
            "juror": (with_role(ours, "juror"), set()),
            "coordinator": (with_role(ours, "coordinator"), set()),
            "partner": (with_role(partner, "adviser"), {SHARED}),
            "partner's board": (with_role(partner, "board"), set()),
            "network": (with_role(network, "director"), set()),
            "enterprise": (with_role(self.enterprise, "director"), set()),
            "outsider": (with_role(OrganisationFactory(), "director"), set()),
            "administrator": (with_second_factor(PersonFactory(account__is_platform_admin=True)), set()),
        }


@pytest.fixture
def cast() -> Cast:
    return Cast()


def told(response: Any) -> set[str]:
    """The secrets that an answer holds; a workbook is opened."""
    raw = b"".join(response) if response.streaming else response.content
    try:
        with ZipFile(BytesIO(raw)) as archive:
            text = "".join(archive.read(name).decode(errors="replace") for name in archive.namelist())
    except BadZipFile:
        text = raw.decode(errors="replace")
    return {secret for secret in SECRETS if secret in text}


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person.account)
    return client


def test_each_reads_on_the_enterprise_s_page_the_notes_that_name_them(cast: Cast) -> None:
    page = reverse("accompaniment:enterprise", args=[cast.enterprise.public_id])
    found = {name: told(signed_in(person).get(page)) for name, (person, _notes) in cast.everyone().items()}
    assert found == {name: notes for name, (_person, notes) in cast.everyone().items()}


def of(organisation: Organisation) -> str:
    return f"{QUERY}&organisme={organisation.public_id}"


def test_no_figure_no_row_and_no_file_holds_a_note(cast: Cast) -> None:
    keys = [f.key for f in facts.registered().values() if f.source.__module__.startswith("maillage.accompaniment")]
    assert len(keys) > 25
    for name, (person, _notes) in cast.everyone().items():
        client, opened = signed_in(person), 0
        wanted = keys if name in ("author", "administrator") else ["enterprises_served", "mandates", "successions"]
        for organisation in (cast.ours, cast.network):
            for key in wanted:
                for url in (
                    reverse("indicators:fact", args=[key]) + of(organisation),
                    reverse("indicators:fact_export", args=[key]) + of(organisation),
                    reverse("indicators:pivot") + of(organisation) + f"&fait={key}",
                ):
                    response = client.get(url)
                    opened += response.status_code == 200
                    assert not told(response), (name, url)
        reads = {"author", "colleague", "director", "manager", "board", "coordinator", "network", "administrator"}
        assert bool(opened) == (name in reads), name


def test_no_page_of_the_network_and_no_list_holds_a_note(cast: Cast) -> None:
    pages = [
        reverse("indicators:network") + of(cast.network),
        reverse("indicators:figures") + of(cast.network),
        reverse("indicators:reports"),
        reverse("accompaniment:todo") + "?toutes",
        reverse("accompaniment:interventions"),
        reverse("accompaniment:enterprises"),
        reverse("accompaniment:referrals"),
        reverse("home"),
        reverse("standing"),
    ]
    for name, (person, _notes) in cast.everyone().items():
        client = signed_in(person)
        for url in pages:
            assert not told(client.get(url, follow=True)), (name, url)
