import pytest

from maillage.directory import queries

from .factories import OrganisationFactory, with_role

pytestmark = pytest.mark.django_db


def test_role_is_held_only_in_its_organisation() -> None:
    ours, theirs = OrganisationFactory(), OrganisationFactory()
    person = with_role(ours, "coordinator")
    assert queries.holds(user=person.account, organisation_id=ours.pk, kinds=("coordinator",))
    assert not queries.holds(user=person.account, organisation_id=theirs.pk, kinds=("coordinator",))
    assert not queries.holds(user=person.account, organisation_id=ours.pk, kinds=("treasurer",))
