"""Who may change an organisation's file, and what follows a change of its e-mail."""

from datetime import date, timedelta

import pytest
from django.core import mail
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.core.actions import NotAllowed
from maillage.directory import actions, queries
from maillage.directory.emails import tell_contact_changed
from maillage.directory.models import ContactChange, ContactCheck, Organisation, Person, Role, RoleKind, Stewardship
from maillage.directory.queries import Right
from maillage.directory.types import DEPUTIES, KEEPERS, MANAGERS, WORKERS, ContactChanged

from .factories import Cast, OrganisationFactory, PersonFactory, give_role, prove, with_role

pytestmark = pytest.mark.django_db


def right(person: Person, organisation: Organisation) -> Right:
    return queries.right_over(user=person.account, organisation=organisation)


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person.account)  # type: ignore[arg-type]
    return client


def edit(organisation: Organisation, by: Person, **values: str) -> Organisation:
    return actions.edit_organisation(organisation_id=organisation.pk, values=values, by=by.account)


# --- the rule --------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", RoleKind.values)
def test_no_role_elsewhere_is_a_right_over_a_farm(cast: Cast, kind: str) -> None:
    farm = OrganisationFactory()
    farmer = with_role(farm, "producer")
    assert right(with_role(cast.theirs, kind), farm) == Right.NONE
    assert right(farmer, farm) == Right.ALL


@pytest.mark.parametrize("kind", RoleKind.values)
def test_ones_own_file_is_kept_by_these_roles(cast: Cast, kind: str) -> None:
    here = OrganisationFactory()
    person = with_role(here, kind)
    assert right(person, here) == (Right.ALL if kind in (*KEEPERS, *DEPUTIES) else Right.NONE)
    with_role(here, "producer")
    assert right(person, here) == (Right.ALL if kind in KEEPERS else Right.NONE)
    with_role(here, "coordinator")  # a market's own producers do not keep the market's file
    assert right(person, here) == (Right.ALL if kind in MANAGERS else Right.NONE)


def test_who_made_a_file_keeps_it_until_its_own_people_come(cast: Cast) -> None:
    maker, colleague = with_role(cast.theirs, "adviser"), with_role(cast.theirs, "manager")
    made = actions.create_organisation(name="Atelier neuf", by=maker.account, email="a@exemple.test")
    for person, expected in ((maker, Right.ALL), (colleague, Right.ALL), (cast.coordinator, Right.NONE)):
        assert right(person, made) == expected
    noted = PersonFactory(account=None, email="x@exemple.test")
    give_role(noted, made, "producer")  # noted, without an account: nobody of its own acts yet
    assert right(maker, made) == Right.ALL
    with_role(made, "staff")
    assert right(maker, made) == Right.FILE  # its contact is not theirs any more
    with_role(made, "producer")
    assert right(maker, made) == right(colleague, made) == Right.NONE


def test_a_colleague_of_then_keeps_what_was_made_then(cast: Cast) -> None:
    maker, after = with_role(cast.theirs, "adviser"), with_role(cast.theirs, "adviser")
    made = actions.create_organisation(name="Atelier neuf", by=maker.account)
    elsewhere = OrganisationFactory()
    Role.objects.filter(person=maker).update(during=(date(2020, 1, 1), timezone.localdate() + timedelta(days=1)))
    give_role(maker, elsewhere, "adviser", since=timezone.localdate() + timedelta(days=1))
    assert right(after, made) == Right.ALL
    assert right(with_role(elsewhere, "adviser"), made) == Right.NONE


def test_a_role_that_is_over_or_an_account_that_is_closed_is_nobody(cast: Cast) -> None:
    maker = with_role(cast.theirs, "adviser")
    made = actions.create_organisation(name="Atelier neuf", by=maker.account)
    farmer = with_role(made, "producer")
    assert right(maker, made) == Right.NONE
    farmer.account.is_active = False  # type: ignore[union-attr]
    farmer.account.save()  # type: ignore[union-attr]
    assert right(maker, made) == Right.ALL


def test_many_rights_take_a_constant_number_of_queries(cast: Cast, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    adviser = with_role(cast.theirs, "adviser")
    many = [OrganisationFactory(created_by=cast.outsider.account) for _ in range(12)]
    with django_assert_max_num_queries(4):
        rights = queries.rights_over(user=adviser.account, organisations=many)
    assert set(rights.values()) == {Right.ALL}


# --- giving it -------------------------------------------------------------------------------
def test_a_file_is_given_to_keep_and_taken_back(cast: Cast) -> None:
    farm = OrganisationFactory(name="Ferme du Pic", email="pic@exemple.test")
    farmer, adviser = with_role(farm, "producer"), with_role(cast.theirs, "adviser")
    client = signed_in(farmer)
    url = reverse("directory:steward_new", args=[farm.public_id])
    page = client.post(url, {"name": "Personne de ce nom"}, follow=True).content.decode()
    assert "Aucune organisation de ce nom" in page
    page = client.post(url, {"name": "marche de la rive"}, follow=True).content.decode()
    assert "Marché de la Rive" in page
    assert right(adviser, farm) == Right.FILE
    edit(farm, adviser, phone="450 555-0101")
    with pytest.raises(actions.NotYourContact):
        edit(farm, adviser, email="vol@exemple.test")
    with pytest.raises(actions.NotYourContact):
        actions.give_file(organisation_id=farm.pk, steward_id=cast.ours.pk, now=timezone.now(), by=adviser.account)
    row = Stewardship.objects.get(organisation=farm)
    taken = reverse("directory:steward_end", args=[farm.public_id, row.public_id])
    assert signed_in(adviser).post(taken).status_code == 404
    client.post(taken)
    assert right(adviser, farm) == Right.NONE
    told = " ".join(c.sentence for c in queries.history_of(farm)).replace("\xa0", " ")
    assert "La fiche a été confiée à « Marché de la Rive »." in told
    assert "La fiche a été reprise à « Marché de la Rive »." in told


def test_the_form_of_a_steward_does_not_take_the_email(cast: Cast) -> None:
    farm = OrganisationFactory(name="Ferme du Pic", email="pic@exemple.test")
    farmer, adviser = with_role(farm, "producer"), with_role(cast.theirs, "adviser")
    actions.give_file(organisation_id=farm.pk, steward_id=cast.theirs.pk, now=timezone.now(), by=farmer.account)
    url = reverse("directory:organisation_edit", args=[farm.public_id])
    values = {"name": "Ferme du Pic", "legal_form": "other", "phone": "450 555-0101", "email": "vol@exemple.test"}
    signed_in(adviser).post(url, values)
    farm.refresh_from_db()
    assert (farm.phone, farm.email) == ("450 555-0101", "pic@exemple.test")
    prove(Client(), farmer.account).post(url, values)
    farm.refresh_from_db()
    assert farm.email == "vol@exemple.test"


# --- duplicates are a door too ---------------------------------------------------------------
def test_uniting_and_separating_ask_for_both_files(cast: Cast) -> None:
    farm, made = OrganisationFactory(), OrganisationFactory(email="vol@exemple.test", created_by=cast.outsider.account)
    farmer = with_role(farm, "producer")
    for canonical, duplicate in ((farm, made), (made, farm)):
        with pytest.raises(actions.NotYourContact):
            actions.merge(canonical_id=canonical.pk, duplicate_id=duplicate.pk, by=cast.outsider.account)
        with pytest.raises(actions.NotYourContact):
            actions.merge(canonical_id=canonical.pk, duplicate_id=duplicate.pk, by=farmer.account)
    actions.merge(canonical_id=farm.pk, duplicate_id=made.pk, by=cast.admin.account)
    assert list(ContactChange.objects.values_list("before", "after")) == [("", "vol@exemple.test")]
    with pytest.raises(actions.NotYourContact):
        actions.unmerge(organisation_id=made.pk, by=cast.outsider.account)
    actions.unmerge(organisation_id=made.pk, by=farmer.account)
    assert ContactChange.objects.first().after == ""  # type: ignore[union-attr]


# --- the contact -----------------------------------------------------------------------------
def test_a_new_email_is_kept_and_told_to_both_addresses_in_their_language(cast: Cast) -> None:
    farm = OrganisationFactory(name="Ferme du Pic", email="pic@exemple.test")
    farmer = with_role(farm, "producer", given_name="Paule", family_name="Produit")
    PersonFactory(account__email="new@exemple.test", account__language="en")
    edit(farm, farmer, email="new@exemple.test", phone="450 555-0101")
    edit(farm, farmer, phone="450 555-0102")
    change = ContactChange.objects.get()
    assert (change.before, change.after, change.by) == ("pic@exemple.test", "new@exemple.test", farmer.account)
    tell_contact_changed(ContactChanged(change_id=change.pk))
    tell_contact_changed(ContactChanged(change_id=change.pk))
    letters = {m.to[0]: m for m in mail.outbox}
    assert len(mail.outbox) == 3
    assert set(letters) == {"pic@exemple.test", "new@exemple.test", farmer.account.email}  # type: ignore[union-attr]
    for words in ("pic@exemple.test", "new@exemple.test", "Paule Produit", "Ce n’était pas vous"):
        assert words in letters["pic@exemple.test"].body
    assert "If it was not you" in letters["new@exemple.test"].body
    assert letters["pic@exemple.test"].reply_to == [cast.admin.account.email]  # type: ignore[union-attr]


def test_the_trace_of_a_contact_is_append_only(cast: Cast) -> None:
    edit(cast.ours, cast.coordinator, email="a@exemple.test")
    change = ContactChange.objects.get()
    check = actions.check_contact(
        change_id=change.pk, payer_id=cast.theirs.pk, how="Parlé à Claude au téléphone", now=timezone.now(),
        by=cast.outsider.account,
    )  # fmt: skip
    for write in (
        lambda: ContactChange.objects.update(after="b@exemple.test"),
        lambda: ContactChange.objects.all().delete(),
        lambda: ContactCheck.objects.filter(pk=check.pk).update(how="autrement"),
        lambda: ContactCheck.objects.all().delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            write()


def test_payouts_wait_three_days_unless_the_payer_checked(cast: Cast) -> None:
    edit(cast.ours, cast.coordinator, email="a@exemple.test")
    change = ContactChange.objects.get()

    def standing(payer: Organisation, later: timedelta) -> bool:
        hold = queries.holds_on([cast.ours.pk], payer_id=payer.pk, now=change.at + later).get(cast.ours.pk)
        return hold is not None and hold.standing

    payer, other = cast.theirs, OrganisationFactory()
    assert standing(payer, timedelta(days=3) - timedelta(seconds=1))
    assert not standing(payer, timedelta(days=3))
    with pytest.raises(actions.NotSaidHow):
        actions.check_contact(change_id=change.pk, payer_id=payer.pk, how="ok", now=change.at, by=cast.outsider.account)
    actions.check_contact(
        change_id=change.pk, payer_id=payer.pk, how="Parlé à Claude au téléphone", now=change.at,
        by=cast.outsider.account,
    )  # fmt: skip
    assert not standing(payer, timedelta(days=1))
    assert standing(other, timedelta(days=1))
    edit(cast.ours, cast.coordinator, email="b@exemple.test")  # the check was of the address before
    assert standing(payer, timedelta(days=1))


def test_every_worker_elsewhere_is_refused_by_the_action_itself(cast: Cast) -> None:
    """Whatever the view: the action asks too."""
    for kind in WORKERS:
        with pytest.raises(actions.NotYourFile):
            edit(cast.ours, with_role(cast.theirs, kind), phone="450 555-0101")


def test_only_who_could_unite_two_files_says_that_they_are_distinct() -> None:
    one, other = OrganisationFactory(), OrganisationFactory()
    director = with_role(one, "director")
    give_role(director, other, "director")
    half = with_role(one, "director")
    with_role(other, "director")
    with pytest.raises(NotAllowed):
        actions.mark_distinct(first_id=one.pk, second_id=other.pk, by=half.account)
    actions.mark_distinct(first_id=one.pk, second_id=other.pk, by=director.account)
