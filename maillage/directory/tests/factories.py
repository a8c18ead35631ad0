"""Makers of directory rows for tests, of every context."""

from datetime import date
from typing import Any

import factory
from factory.django import DjangoModelFactory

from maillage.directory.models import Account, LegalForm, Organisation, Person, Role, RoleKind, Territory


class AccountFactory(DjangoModelFactory):
    class Meta:
        model = Account

    email = factory.Sequence(lambda n: f"compte{n}@exemple.test")


class TerritoryFactory(DjangoModelFactory):
    class Meta:
        model = Territory

    kind = "mrc"
    code = factory.Sequence(lambda n: f"T{n}")
    name = factory.Sequence(lambda n: f"MRC {n}")


class OrganisationFactory(DjangoModelFactory):
    class Meta:
        model = Organisation

    name = factory.Sequence(lambda n: f"Organisation {n}")
    slug = factory.Sequence(lambda n: f"organisation-{n}")
    legal_form = LegalForm.COOP_SOLIDARITY


class PersonFactory(DjangoModelFactory):
    class Meta:
        model = Person

    given_name = factory.Sequence(lambda n: f"Prénom{n}")
    family_name = factory.Sequence(lambda n: f"Nom{n}")
    account = factory.SubFactory(AccountFactory)
    email = factory.SelfAttribute("account.email")


def give_role(person: Person, organisation: Organisation, kind: RoleKind | str, since: date = date(2020, 1, 1)) -> Role:
    """`person` holds `kind` since `since`, without an end."""
    return Role.objects.create(person=person, organisation=organisation, kind=kind, during=(since, None))


def with_role(organisation: Organisation, kind: RoleKind | str, **person: Any) -> Person:
    """A new person, with an account, who holds `kind` in `organisation`."""
    someone: Person = PersonFactory(**person)
    give_role(someone, organisation, kind)
    return someone
