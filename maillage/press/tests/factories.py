from datetime import date

import factory
from factory.django import DjangoModelFactory

from maillage.directory.tests.factories import OrganisationFactory
from maillage.press.models import Mention


class MentionFactory(DjangoModelFactory):
    class Meta:
        model = Mention

    organisation = factory.SubFactory(OrganisationFactory)
    on = date(2026, 3, 2)
    medium = "Le Quotidien"
    title = factory.Sequence(lambda n: f"Un article {n}")
