import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from maillage.core.actions import Refused
from maillage.core.models import Change
from maillage.directory import actions, privacy, queries
from maillage.directory.models import Account, Consent, ConsentText, Erasure, Invitation, Person, Role

from .factories import Cast

pytestmark = pytest.mark.django_db


def signed_in(person: Person) -> Client:
    client = Client()
    assert person.account is not None
    client.force_login(person.account)
    return client


def news() -> ConsentText:
    return ConsentText.objects.get(purpose="nouvelles", version=1)


# --- my information --------------------------------------------------------------------------
def test_my_information_is_corrected_and_kept_in_one_shape(cast: Cast) -> None:
    client = signed_in(cast.visitor)
    values = {
        "given_name": "Violette",
        "family_name": "Vue",
        "phone": "4505550142",
        "postal_code": "j3l1a1",
        "language": "en",
    }
    assert client.post(reverse("directory:me"), values).status_code == 302
    cast.visitor.refresh_from_db()
    assert (cast.visitor.phone, cast.visitor.postal_code, cast.visitor.family_name) == (
        "450 555-0142",
        "J3L 1A1",
        "Vue",
    )
    assert cast.visitor.account is not None
    cast.visitor.account.refresh_from_db()
    assert cast.visitor.account.language == "en"


def test_a_wrong_telephone_changes_nothing(cast: Cast) -> None:
    page = signed_in(cast.visitor).post(reverse("directory:me"), {"phone": "12", "language": "fr"})
    assert "indicatif régional" in page.content.decode()
    cast.visitor.refresh_from_db()
    assert cast.visitor.phone == ""


def test_an_account_without_person_gets_one() -> None:
    account = Account.objects.create_user("seule@exemple.test", "une phrase assez longue")
    client = Client()
    client.force_login(account)
    assert client.get(reverse("directory:me")).status_code == 200
    assert Person.objects.get(account=account).email == "seule@exemple.test"


def test_the_person_follows_the_address_of_the_account(cast: Cast) -> None:
    assert cast.visitor.account is not None
    cast.visitor.account.email = "ailleurs@exemple.test"
    cast.visitor.account.save(update_fields=["email"])
    cast.visitor.refresh_from_db()
    assert cast.visitor.email == "ailleurs@exemple.test"


# --- consents --------------------------------------------------------------------------------
@pytest.mark.usefixtures("reference")
def test_a_consent_is_given_and_withdrawn_from_the_page(cast: Cast) -> None:
    client = signed_in(cast.visitor)
    url = reverse("directory:consent", args=[news().pk])
    client.post(url, {"agree": "1"})
    client.post(url, {"agree": "1"})
    consent = Consent.objects.get()
    assert (consent.person, consent.text, consent.withdrawn_at) == (cast.visitor, news(), None)
    client.post(url, {"agree": "0"})
    consent.refresh_from_db()
    assert consent.withdrawn_at is not None
    client.post(url, {"agree": "1", "csrfmiddlewaretoken": "plus tard"})
    assert Consent.objects.count() == 2


@pytest.mark.usefixtures("reference")
def test_new_words_ask_again(cast: Cast) -> None:
    now = timezone.now()
    actions.give_consent(person_id=cast.visitor.pk, text_id=news().pk, now=now, by=None)
    second = ConsentText.objects.create(
        purpose="nouvelles", version=2, text_fr="Mots neufs.", in_force_from=timezone.localdate(now)
    )
    ConsentText.objects.create(
        purpose="nouvelles", version=3, text_fr="Plus tard.", in_force_from=timezone.localdate(now) + timedelta(days=1)
    )
    item = next(
        c for c in queries.consents_of(cast.visitor, day=timezone.localdate(now)) if c.text.purpose == "nouvelles"
    )
    assert (item.text, item.consent, item.wording) == (second, None, "Mots neufs.")
    assert item.earlier is not None
    actions.give_consent(person_id=cast.visitor.pk, text_id=second.pk, now=now, by=None)
    assert Consent.objects.filter(withdrawn_at=None).get().text == second


@pytest.mark.usefixtures("reference")
def test_a_text_that_is_not_shown_cannot_be_agreed_to(cast: Cast) -> None:
    hidden = ConsentText.objects.create(
        purpose="photo", version=1, text_fr="…", in_force_from=timezone.localdate(), organisation=cast.theirs
    )
    assert (
        signed_in(cast.visitor).post(reverse("directory:consent", args=[hidden.pk]), {"agree": "1"}).status_code == 404
    )
    assert not Consent.objects.exists()


# --- export ----------------------------------------------------------------------------------
@pytest.mark.usefixtures("reference")
def test_the_export_holds_everything_readable_twice(cast: Cast) -> None:
    actions.give_consent(person_id=cast.teammate.pk, text_id=news().pk, now=timezone.now(), by=None)
    actions.edit_person(person_id=cast.teammate.pk, values={"phone": "450 555-0142"}, by=cast.teammate.account)
    page = signed_in(cast.teammate).get(reverse("directory:export"))
    folder = zipfile.ZipFile(io.BytesIO(page.content))
    data = json.loads(folder.read("donnees.json"))
    assert data["Identité"][0]["Téléphone"] == "450 555-0142"
    assert data["Rôles"][0]["Organisation"] == cast.ours.name
    assert data["Consentements"][0]["Version"] == 1
    assert data["Modifications de ma fiche"][0]["Téléphone"] == ""
    book = CalamineWorkbook.from_filelike(io.BytesIO(folder.read("donnees.xlsx")))
    assert book.sheet_names == [name for name, rows in data.items() if rows]
    rows = book.get_sheet_by_name("Rôles").to_python()
    assert rows[1][0] == cast.ours.name
    assert "Coordonne" not in page.content.decode("latin-1")


def test_another_context_adds_its_section(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(privacy, "_exporters", dict(privacy._exporters))
    privacy.register_exporter("Commandes", lambda person: [{"Numéro": person.pk}])
    assert queries.personal_data(cast.visitor)["Commandes"] == [{"Numéro": cast.visitor.pk}]


# --- erasure ---------------------------------------------------------------------------------
def test_erasing_leaves_no_trace_of_the_name(cast: Cast) -> None:
    person, account = cast.teammate, cast.teammate.account
    assert account is not None
    actions.edit_person(person_id=person.pk, values={"phone": "450 555-0142", "address": "12, rue Secrète"}, by=account)
    actions.invite(organisation_id=cast.theirs.pk, email=account.email, kind="staff", now=timezone.now(), by=None)
    email, client = account.email, signed_in(person)
    page = client.post(reverse("directory:erasure"), {"confirmation": "effacer"})
    assert page.status_code == 302
    person.refresh_from_db()
    account.refresh_from_db()
    assert (person.name, person.email, person.phone, person.address, person.account) == (
        "Personne effacée",
        "",
        "",
        "",
        None,
    )
    assert person.erased_at is not None
    assert not account.is_active
    assert email not in account.email
    assert not account.has_usable_password()
    assert not Change.objects.filter(table=person._meta.db_table, row_id=person.pk).exists()
    assert not Invitation.objects.filter(email=email).exists()
    assert Role.objects.get(person=person).during.upper == timezone.localdate()
    trace = Erasure.objects.get()
    assert (trace.person, trace.by, trace.own_request) == (person, account, True)
    assert trace.rows["directory"] > 0
    assert client.get(reverse("directory:me")).status_code == 302


@pytest.mark.parametrize("typed", ["", "oui", "EFFACE"])
def test_nothing_is_erased_without_the_word(cast: Cast, typed: str) -> None:
    page = signed_in(cast.visitor).post(reverse("directory:erasure"), {"confirmation": typed})
    assert page.status_code == 200
    cast.visitor.refresh_from_db()
    assert cast.visitor.erased_at is None
    assert not Erasure.objects.exists()


def test_a_context_may_ask_to_settle_first(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def owes(person: Person) -> int:
        Person.objects.filter(pk=person.pk).update(address="changée")
        raise Refused("Réglez d'abord votre solde de 12,50 $.")

    monkeypatch.setattr(privacy, "_erasers", dict(privacy._erasers))
    privacy.register_eraser("market", owes)
    page = signed_in(cast.visitor).post(reverse("directory:erasure"), {"confirmation": "EFFACER"})
    assert "12,50" in page.content.decode()
    cast.visitor.refresh_from_db()
    assert (cast.visitor.erased_at, cast.visitor.address, cast.visitor.given_name) == (None, "", "Violette")


def test_erasing_twice_changes_nothing(cast: Cast) -> None:
    values = {"person_id": cast.visitor.pk, "confirmation": "EFFACER", "now": timezone.now(), "by": None}
    first = actions.erase_person(**values)
    assert actions.erase_person(**values) == first
    assert Erasure.objects.count() == 1


@pytest.mark.django_db
def test_addresses_of_a_person_are_those_that_they_had(cast: Cast) -> None:
    person, old = cast.visitor, cast.visitor.email
    person.account.email = "Nouvelle@exemple.test"
    person.account.save()
    person.refresh_from_db()
    assert privacy.addresses_of(person) >= {old.lower(), "nouvelle@exemple.test"}
