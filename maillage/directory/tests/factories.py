"""Makers of directory rows for tests, of every context."""

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import factory
from allauth.account.internal.userkit import user_id_to_str
from allauth.mfa.models import Authenticator
from django.test import Client
from factory.django import DjangoModelFactory

from maillage.directory.models import Account, LegalForm, Organisation, Person, Role, RoleKind, Territory

FAR = datetime(2200, 1, 1, tzinfo=UTC)
"""Put off until then: pages show what they show. Tests of the second factor set it to None."""


class AccountFactory(DjangoModelFactory):
    class Meta:
        model = Account

    email = factory.Sequence(lambda n: f"compte{n}@exemple.test")
    second_factor_due = FAR


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


def prove(client: Client, account: Account | None) -> Client:
    """Sign in with a second factor, proved this minute: money may move (`second_factor.step_up`)."""
    assert account is not None
    Authenticator.objects.get_or_create(user=account, type=Authenticator.Type.TOTP, defaults={"data": {"secret": "x"}})
    Authenticator.objects.filter(user=account).update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    client.force_login(account)
    session = client.session
    session["account_authentication_methods_user"] = user_id_to_str(account)
    session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time()}]
    session.save()
    return client


@dataclass(frozen=True)
class Cast:
    """Who plays in the tests. `coordinator` and `teammate` belong to `ours`, `outsider` coordinates `theirs`.

    `admin` keeps the platform, `visitor` has an account and no role. All are people with accounts
    (`cast.visitor.account`).
    """

    ours: Organisation
    theirs: Organisation
    coordinator: Person
    teammate: Person
    outsider: Person
    admin: Person
    visitor: Person


def make_cast() -> Cast:
    ours = OrganisationFactory(name="Coop des Quatre-Chemins")
    theirs = OrganisationFactory(name="Marché de la Rive")
    return Cast(
        ours=ours,
        theirs=theirs,
        coordinator=with_role(ours, RoleKind.COORDINATOR, given_name="Claude", family_name="Coordonne"),
        teammate=with_role(ours, RoleKind.STAFF, given_name="Thérèse", family_name="Travaille"),
        outsider=with_role(theirs, RoleKind.COORDINATOR, given_name="Odile", family_name="Ailleurs"),
        admin=PersonFactory(given_name="Ada", family_name="Administre", account__is_platform_admin=True),
        visitor=PersonFactory(given_name="Violette", family_name="Visite"),
    )
