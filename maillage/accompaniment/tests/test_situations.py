"""The history of an enterprise's MRC, sector and size: past work keeps what was true, whenever it is entered."""

from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse

from maillage.accompaniment import actions, facts
from maillage.accompaniment.models import ClientFile
from maillage.accompaniment.types import Entry, PartyEntry
from maillage.core.facts import FactContext
from maillage.core.period import Period
from maillage.directory import actions as directory
from maillage.directory.models import Organisation, PastSituation
from maillage.directory.queries import situations_of
from maillage.directory.tests.factories import OrganisationFactory, TerritoryFactory, with_role
from maillage.funding.tests.factories import StreamFactory

from .factories import intervene

pytestmark = pytest.mark.django_db
NOW = datetime(2023, 6, 10, 15, tzinfo=UTC)


@pytest.fixture
def enterprise() -> Organisation:
    return OrganisationFactory(mrc=TerritoryFactory(name="Rouville"), employees=3)


def move(enterprise: Organisation, since: date, mrc_id: int | None = None, employees: int = 60) -> PastSituation:
    return directory.change_situation(
        organisation_id=enterprise.pk,
        since=since,
        mrc_id=mrc_id or TerritoryFactory(name=f"MRC de {since}").pk,
        sector_id=None,
        employees=employees,
        now=NOW,
        by=None,
    )


def test_work_dated_before_a_move_takes_what_was_true_then(enterprise: Organisation) -> None:
    ours, before = OrganisationFactory(), enterprise.mrc_id
    move(enterprise, date(2023, 1, 1))
    made = [
        actions.record_intervention(
            organisation_id=ours.pk,
            entry=Entry(day, StreamFactory(key="exportation").pk, (PartyEntry(enterprise.pk),)),
            now=NOW,
            by=None,
        ).parties.get()
        for day in (date(2022, 12, 31), date(2023, 1, 1))
    ]
    assert (made[0].mrc_id, made[0].size) == (before, "1-4")
    assert (made[1].mrc_id == before, made[1].size) == (False, "50-99")


def test_no_past_figure_moves_with_a_change_or_a_merge(enterprise: Organisation) -> None:
    ours = OrganisationFactory()
    twin = OrganisationFactory(mrc=TerritoryFactory())
    intervene(ours, enterprise)
    intervene(ours, twin)
    year = FactContext(organisation_ids=(ours.pk,), period=Period.fiscal_year(2022))

    def by_mrc() -> list[tuple[object, object]]:
        return sorted((c.keys[0], c.value) for c in facts.INTERVENTIONS.breakdown(year, ["mrc"]))

    before = by_mrc()
    move(enterprise, date(2023, 1, 1))
    assert by_mrc() == before
    directory.merge(canonical_id=enterprise.pk, duplicate_id=twin.pk, by=None)
    assert by_mrc() == before
    assert facts.MRC_COVERED.value(year) == 2


def test_changes_come_in_order_and_the_last_is_taken_back(enterprise: Organisation) -> None:
    first = move(enterprise, date(2022, 1, 1))
    with pytest.raises(directory.ChangeBefore):
        move(enterprise, date(2021, 1, 1))
    with pytest.raises(directory.ChangeToCome):
        move(enterprise, date(2023, 6, 11))
    enterprise.refresh_from_db()
    with pytest.raises(directory.NothingChanged):
        move(enterprise, date(2022, 2, 1), mrc_id=enterprise.mrc_id)
    last = move(enterprise, date(2023, 1, 1))
    enterprise.refresh_from_db()
    assert [s.since for s in situations_of(enterprise)] == [date(2023, 1, 1), date(2022, 1, 1), None]
    with pytest.raises(directory.ChangeBefore):
        directory.undo_change(situation_id=first.pk, by=None)
    with pytest.raises(directory.ChangeBefore):
        directory.move_change(situation_id=first.pk, since=date(2023, 2, 1), now=NOW, by=None)
    directory.move_change(situation_id=last.pk, since=date(2023, 2, 1), now=NOW, by=None)
    directory.undo_change(situation_id=last.pk, by=None)
    enterprise.refresh_from_db()
    assert [s.until for s in situations_of(enterprise)] == [None, date(2022, 1, 1)]


def test_adviser_notes_a_move_on_the_file_and_another_cannot(client: Client, enterprise: Organisation) -> None:
    adviser = with_role(OrganisationFactory(), "adviser")
    actions.open_file(
        organisation_id=adviser.roles.get().organisation_id,
        enterprise_id=enterprise.pk,
        adviser_id=None,
        today=date(2022, 1, 1),
        by=None,
    )
    page = reverse("accompaniment:enterprise", args=[enterprise.public_id])
    verb = reverse("accompaniment:situation_new", args=[enterprise.public_id])
    there = TerritoryFactory(name="Acton")
    typed = {"since": "2023-01-01", "mrc": str(there.pk), "sector": "", "employees": "12"}
    client.force_login(with_role(OrganisationFactory(), "adviser").account)
    assert client.post(verb, typed).status_code == 404
    client.force_login(adviser.account)
    client.post(verb, {**typed, "since": "hier"})
    assert not PastSituation.objects.exists()
    client.post(verb, typed)
    shown = client.get(page).content.decode()
    assert "depuis le 1er janvier 2023" in shown or "depuis le 1 janvier 2023" in shown
    assert "Rouville" in shown
    change = reverse(
        "accompaniment:situation_change", args=[enterprise.public_id, PastSituation.objects.get().public_id]
    )
    client.post(change, {"retirer": "1"})
    enterprise.refresh_from_db()
    assert (enterprise.mrc.name, enterprise.employees) == ("Rouville", 3)


def test_people_of_the_enterprise_are_added_and_leave(client: Client, enterprise: Organisation) -> None:
    adviser = with_role(OrganisationFactory(), "adviser")
    ours = adviser.roles.get().organisation
    actions.open_file(
        organisation_id=ours.pk, enterprise_id=enterprise.pk, adviser_id=None, today=date(2022, 1, 1), by=None
    )
    client.force_login(adviser.account)
    page = reverse("accompaniment:enterprise", args=[enterprise.public_id])
    client.post(
        reverse("accompaniment:person_new", args=[enterprise.public_id]),
        {"name": "Ève Tremblay", "title": "Directrice des ventes", "since": "2022-01-01"},
    )
    assert "Directrice des ventes" in client.get(page).content.decode()
    role = enterprise.roles.get()
    client.post(reverse("accompaniment:person_left", args=[enterprise.public_id, role.public_id]))
    role.refresh_from_db()
    assert role.during.upper is not None
    assert "Ont quitté" in client.get(page).content.decode()


def test_who_follows_an_enterprise_notes_its_situation_and_nothing_else(enterprise: Organisation) -> None:
    """The work of advisers; the name, the NEQ and the addresses stay those of the enterprise's own people."""
    with_role(enterprise, "producer")
    follows, knows = with_role(OrganisationFactory(), "adviser"), with_role(OrganisationFactory(), "adviser")
    ours = follows.roles.get().organisation
    followed = ClientFile.objects.create(
        organisation=ours, enterprise=enterprise, adviser=follows, opened_on=date(2023, 1, 1)
    )
    verb = reverse("accompaniment:situation_new", args=[enterprise.public_id])
    sent = {"since": "2023-05-01", "mrc": enterprise.mrc_id, "sector": "", "employees": "9"}
    for person, status in ((knows, 404), (follows, 302)):
        client = Client()
        client.force_login(person.account)  # type: ignore[arg-type]
        assert client.post(verb, sent).status_code == status
        edit = client.get(reverse("directory:organisation_edit", args=[enterprise.public_id]))
        assert edit.status_code == 404
    enterprise.refresh_from_db()
    assert enterprise.employees == 9
    client.post(verb, {**sent, "since": "2023-05-02", "employees": "10"})
    ClientFile.objects.filter(pk=followed.pk).update(closed_on=date(2023, 6, 1))
    assert client.post(verb, {**sent, "since": "2023-05-03", "employees": "11"}).status_code == 404
    ClientFile.objects.filter(pk=followed.pk).update(closed_on=None)
    with_role(enterprise, "coordinator")
    assert client.post(verb, {**sent, "since": "2023-05-03", "employees": "11"}).status_code == 404
    enterprise.refresh_from_db()
    assert enterprise.employees == 10
