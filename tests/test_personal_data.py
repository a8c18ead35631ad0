"""Law 25, everywhere: what is known of a person is handed over, and once erased their name is nowhere."""

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from maillage.accompaniment.models import InterventionParty
from maillage.directory import actions, privacy
from maillage.directory.models import Account, Person
from maillage.directory.personal import links_to_people
from maillage.ledger import actions as ledger
from maillage.ledger import queries as books
from maillage.ledger.types import AccountKind, Line
from maillage.market.models import Cart, CartLine, Cycle, Order
from maillage.market.personal import OrderWaits

from .world import World, build

pytestmark = pytest.mark.django_db

EXPORTED = {
    "accompaniment.InterventionParty.person": "Interventions",
    "accompaniment.Note.author": "Notes",
    "catalogue.Application.created_by": "Candidatures et listes déposées",
    "catalogue.Review.reviewer": "Évaluations de candidatures",
    "catalogue.SheetImport.uploaded_by": "Candidatures et listes déposées",
    "directory.Consent.person": "Consentements",
    "directory.Person.account": "Identité",
    "directory.Role.person": "Rôles",
    "ledger.LedgerAccount.person": "Comptes et écritures",
    "market.Cart.person": "Paniers",
    "market.Order.person": "Commandes",
    "membership.Membership.person": "Adhésions",
    "payments.Payment.person": "Paiements",
    "programmes.Enrolment.person": "Participations à un programme",
    "programmes.Registration.person": "Inscriptions",
}
"""What concerns the person, and the section of their data that holds it. The rest (what they did in a role) is counted,
table by table, in « Lignes qui mènent à moi », which walks the models."""


@pytest.fixture
def world(tmp_path: Any, settings: Any) -> World:
    settings.MEDIA_ROOT = tmp_path
    return build()


def people(world: World) -> list[Person]:
    return list(Person.objects.filter(erased_at=None).select_related("account"))


def test_every_row_about_a_person_is_in_their_data(world: World) -> None:
    cart = Cart.objects.create(cycle=Cycle.objects.first(), person=world.ours.people["member"])
    CartLine.objects.create(cart=cart, offer=world.ours.has.offer, quantity=1)
    for row in (world.ours.has.registration, world.ours.has.enrolment, InterventionParty.objects.first()):
        row.person = world.stranger
        row.save()
    seen = set()
    for person in people(world):
        data = privacy.export(person)
        counted = {(row["Table"], row["Lien"]): row["Lignes"] for row in data["Lignes qui mènent à moi"]}
        for model, field, target in links_to_people():
            key = person.pk if target is Person else person.account_id
            rows = model._base_manager.filter(**{field: key}).count() if key is not None else 0
            link = f"{model._meta.label}.{field}"
            assert counted.get((model._meta.label, field), 0) == rows, link
            if rows and link in EXPORTED:
                seen.add(link)
                assert data[EXPORTED[link]], link
    assert seen == set(EXPORTED), "the world of the tests has no such row, or the link is gone"


def named_everywhere(person: Person) -> list[str]:
    """A name, an address and a telephone like no other, wherever the person's own are written."""
    marks = ["Zéphirine", "Quoyxbourg", "zq.unique@exemple.test", "450 555-0987", "77, rang Introuvable"]
    account = person.account
    assert account is not None
    values = {"given_name": marks[0], "family_name": marks[1], "phone": marks[3], "address": marks[4]}
    actions.edit_person(person_id=person.pk, values=values, by=account)
    account.emailaddress_set.create(email=marks[2], primary=True, verified=True)  # type: ignore[attr-defined]
    account.email = marks[2]
    account.save()
    actions.edit_person(person_id=person.pk, values={"phone": "450 555-0001"}, by=account)
    actions.edit_person(person_id=person.pk, values={"phone": marks[3]}, by=account)
    return marks


def where(marks: list[str]) -> list[str]:
    """Tables of the whole base whose rows hold one of these texts."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        for (table,) in cursor.fetchall():
            quoted = connection.ops.quote_name(table)
            cursor.execute(
                f"SELECT count(*) FROM {quoted} t WHERE t::text ILIKE ANY(%s)", [[f"%{mark}%" for mark in marks]]
            )
            if cursor.fetchone()[0]:
                found.append(table)
    return found


@pytest.mark.parametrize("role", ["member", "participant", "adviser", "coordinator", "producer"])
def test_an_erased_person_is_named_nowhere(world: World, role: str) -> None:
    side = world.ours
    person = Person.objects.get(pk=(side.people.get(role) or world.stranger).pk)
    if role == "participant":
        side.has.registration.person = person
        side.has.registration.save()
    marks = named_everywhere(person)
    copy_texts(person, marks)
    assert {"directory_person", "core_change"} <= set(where(marks))
    Cycle.objects.update(state="settled")
    settle(person)
    actions.erase_person(person_id=person.pk, confirmation="EFFACER", now=timezone.now(), by=None)
    assert where(marks) == []
    assert Person.objects.get(pk=person.pk).name == "Personne effacée"


def copy_texts(person: Person, marks: list[str]) -> None:
    """What other contexts copy of a person's file: an order delivered at home, a registration."""
    for order in Order.objects.filter(person=person):
        order.delivery_address, order.note = marks[4], f"Sonnez chez {marks[0]}"
        order.save()
        order.note = f"Appelez {marks[0]}"
        order.save()
    for model, field, _target in links_to_people():
        names = {f.name for f in model._meta.concrete_fields}
        if model is not Person and model is not Account and {"name", "email"} <= names:
            for row in model._base_manager.filter(**{field: person.pk if _target is Person else person.account_id}):
                row.name, row.email = f"{marks[0]} {marks[1]}", marks[2]  # type: ignore[attr-defined]
                row.save()


def settle(person: Person) -> None:
    """Balances at zero, as an erasure asks for."""
    for account in books.accounts_of_person(person.pk):
        if account.total:
            ledger.post(
                book_id=account.book_id,
                key=f"test:{account.pk}",
                occurred_on=timezone.localdate(),
                memo="Règlement",
                lines=[Line(AccountKind.CASH, account.total), Line(account.kind, -account.total, person_id=person.pk)],
            )


def test_an_order_to_come_is_settled_before_an_erasure(world: World) -> None:
    person = world.ours.people["member"]
    settle(person)
    before = where([person.email])
    with pytest.raises(OrderWaits):
        actions.erase_person(person_id=person.pk, confirmation="EFFACER", now=timezone.now(), by=None)
    assert where([person.email]) == before
