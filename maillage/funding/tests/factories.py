"""Makers of funding rows for tests."""

from datetime import date
from typing import Any

import factory
from factory.django import DjangoModelFactory

from maillage.directory.tests.factories import OrganisationFactory
from maillage.funding.models import Agreement, Funder, Stream


class StreamFactory(DjangoModelFactory):
    class Meta:
        model = Stream
        django_get_or_create = ("key",)

    key = factory.Sequence(lambda n: f"volet-{n}")
    name = factory.LazyAttribute(lambda o: o.key.capitalize())


class FunderFactory(DjangoModelFactory):
    class Meta:
        model = Funder

    organisation = factory.SubFactory(OrganisationFactory)


class AgreementFactory(DjangoModelFactory):
    class Meta:
        model = Agreement
        skip_postgeneration_save = True

    organisation = factory.SubFactory(OrganisationFactory)
    funder = factory.SubFactory(FunderFactory)
    title = factory.Sequence(lambda n: f"Entente {n}")
    during = (date(2022, 4, 1), date(2025, 4, 1))

    @factory.post_generation
    def streams(self: Any, create: bool, extracted: Any, **kwargs: Any) -> None:
        if create and extracted:
            self.streams.set(extracted)
