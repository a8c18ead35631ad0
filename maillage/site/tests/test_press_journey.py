"""What the media said of an enterprise, on its journey."""

import pytest
from django.utils import timezone

from maillage.accompaniment.journey import journey
from maillage.directory.tests.factories import OrganisationFactory, with_role
from maillage.press.tests.factories import MentionFactory


@pytest.mark.django_db
def test_it_is_read_by_who_reads_the_register_alone() -> None:
    adviser, farm = with_role(OrganisationFactory(), "adviser"), OrganisationFactory()
    ours = adviser.roles.get().organisation
    MentionFactory(organisation=ours, about=farm, title="La ferme à la radio", link="https://exemple.test/1")
    MentionFactory(about=farm, title="D'un registre que l'on ne lit pas")
    MentionFactory(organisation=ours, about=farm, title="Retirée", removed_at=timezone.now())
    (moment,) = journey(user=adviser.account, enterprise=farm)
    assert (moment.title, moment.kind, moment.url) == ("La ferme à la radio", "media", "https://exemple.test/1")
