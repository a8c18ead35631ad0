from datetime import UTC, date, datetime

import pytest
from django.test import Client
from django.urls import reverse

from maillage.accompaniment import actions, queries
from maillage.accompaniment.journey import journey
from maillage.directory.models import Organisation, Person
from maillage.directory.tests.factories import OrganisationFactory, give_role, with_role

from .factories import NoteFactory, intervene

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 6, 10, 15, tzinfo=UTC)


@pytest.fixture
def ours() -> Organisation:
    return OrganisationFactory()


@pytest.fixture
def partner() -> Organisation:
    return OrganisationFactory()


@pytest.fixture
def served(ours: Organisation) -> Organisation:
    enterprise = OrganisationFactory()
    intervene(ours, enterprise)
    actions.open_file(
        organisation_id=ours.pk, enterprise_id=enterprise.pk, adviser_id=None, today=date(2022, 6, 8), by=None
    )
    return enterprise


def read(person: Person) -> set[str]:
    return {n.body for n in queries.notes_for(user=person.account)}


def test_notes_are_read_by_those_named_and_no_other(ours: Organisation, partner: Organisation) -> None:
    author = with_role(ours, "adviser")
    NoteFactory(organisation=ours, author=author, body="privée", visibility="private")
    NoteFactory(organisation=ours, author=author, body="maison")
    NoteFactory(organisation=ours, author=author, body="partagée", visibility="shared", shared_with=partner)
    NoteFactory(organisation=ours, author=author, body="retirée", removed_at=NOW)
    assert read(author) == {"privée", "maison", "partagée"}
    assert read(with_role(ours, "adviser")) == {"maison", "partagée"}
    assert read(with_role(ours, "director")) == {"maison", "partagée"}
    assert read(with_role(partner, "adviser")) == {"partagée"}
    for outsider in (
        with_role(ours, "board"),
        with_role(ours, "funder"),
        with_role(partner, "board"),
        with_role(OrganisationFactory(), "director"),
    ):
        assert read(outsider) == set()


def test_journey_is_shown_with_consent_and_without_notes(
    client: Client, ours: Organisation, partner: Organisation, served: Organisation
) -> None:
    other = with_role(partner, "adviser")
    client.force_login(other.account)
    page = reverse("accompaniment:enterprise", args=[served.public_id])
    NoteFactory(organisation=ours, enterprise=served, body="secret de famille")
    assert client.get(page).status_code == 404
    share = actions.share_journey(
        enterprise_id=served.pk,
        organisation_id=ours.pk,
        shown_to_id=partner.pk,
        consented_by="La direction",
        today=date(2022, 6, 9),
        by=None,
    )
    shown = client.get(page).content.decode()
    assert "secret de famille" not in shown
    assert ours.name in shown
    actions.withdraw_share(share_id=share.pk, today=date(2022, 6, 10), by=None)
    assert client.get(page).status_code == 404


def test_share_without_a_name_is_refused(ours: Organisation, partner: Organisation, served: Organisation) -> None:
    with pytest.raises(actions.ConsentMissing):
        actions.share_journey(
            enterprise_id=served.pk,
            organisation_id=ours.pk,
            shown_to_id=partner.pk,
            consented_by="  ",
            today=date(2022, 6, 9),
            by=None,
        )
    assert not queries.shares_of(user=with_role(ours, "adviser").account, enterprise=served).exists()


def test_journey_holds_only_what_the_reader_may_see(ours: Organisation, served: Organisation) -> None:
    elsewhere = intervene(OrganisationFactory(), served)
    adviser = with_role(ours, "adviser")
    assert [m.by for m in journey(user=adviser.account, enterprise=served)] == [ours.name]
    direction = with_role(served, "director")  # the enterprise's own direction sees everyone's work with it
    names = {m.by for m in journey(user=direction.account, enterprise=served)}
    assert names == {ours.name, elsewhere.organisation.name}


def test_journey_of_a_duplicate_is_the_canonical_ones(ours: Organisation, served: Organisation) -> None:
    duplicate = OrganisationFactory(merged_into=served)
    intervene(ours, duplicate)
    adviser = with_role(ours, "adviser")
    assert len(journey(user=adviser.account, enterprise=served)) == 2
    assert queries.enterprise_for(user=adviser.account, public_id=duplicate.public_id) == served


def test_only_its_author_takes_a_note_away(ours: Organisation) -> None:
    author, colleague = with_role(ours, "adviser"), with_role(ours, "adviser")
    note = NoteFactory(organisation=ours, author=author)
    from maillage.core.actions import NotAllowed

    with pytest.raises(NotAllowed):
        actions.remove_note(note_id=note.pk, author=colleague, now=NOW, by=None)
    assert read(colleague)
    actions.remove_note(note_id=note.pk, author=author, now=NOW, by=None)
    assert not read(author)


def test_role_that_ended_reads_nothing(ours: Organisation, served: Organisation) -> None:
    person = with_role(OrganisationFactory(), "adviser")
    role = give_role(person, ours, "adviser", since=date(2020, 1, 1))
    role.during = (date(2020, 1, 1), date(2021, 1, 1))
    role.save()
    assert not queries.interventions_for(user=person.account).exists()
