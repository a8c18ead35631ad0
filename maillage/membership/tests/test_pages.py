import io
from datetime import date
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from maillage.core.sheets import read_table
from maillage.directory import downloads, privacy
from maillage.directory.actions.downloads import make
from maillage.directory.models import Download, Invitation, Role
from maillage.directory.tests.factories import OrganisationFactory, PersonFactory, with_role
from maillage.directory.tests.importing import Sent, send
from maillage.ledger.models import Transaction
from maillage.membership import actions, tasks
from maillage.membership.models import MemberClass, Membership

from .factories import MemberClassFactory, member

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _without_second_factor(settings: Any) -> None:
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if "RequireMfa" not in m]


def client_of(person: Any) -> Client:
    client = Client()
    client.force_login(person.account)
    return client


def url(name: str, organisation: Any, *more: Any) -> str:
    return reverse(f"membership:{name}", args=[organisation.public_id, *more])


def test_a_person_joins_then_renews_from_the_page() -> None:
    kept, person = MemberClassFactory(fee=25, name="Soutien"), PersonFactory()
    client, page = client_of(person), url("join", kept.organisation)
    assert "Soutien" in client.get(page).content.decode()
    done = client.post(page, {"categorie": kept.public_id}, follow=True).content.decode()
    assert "Membre n° 1" in done
    client.post(page, {"categorie": kept.public_id})
    assert Membership.objects.count() == 1
    client.post(page, {"renouveler": "1"})
    client.post(page, {"renouveler": "1"})
    assert Membership.objects.count() == Transaction.objects.count() == 2
    assert "Déjà renouvelée" in client.get(page).content.decode()
    assert client.post(page, {"categorie": "x"}).status_code == 404
    assert client.get(url("join", OrganisationFactory())).status_code == 404


def test_an_organisation_joins_by_who_buys_for_it() -> None:
    kept, company = MemberClassFactory(name="Corporatif", held_by="organisation"), OrganisationFactory(name="Bistro")
    buyer, page = client_of(with_role(company, "buyer", given_name="Bea")), url("join", kept.organisation)
    own = buyer.get(page).content.decode()
    assert "Corporatif" not in own  # a class for organisations
    theirs = buyer.get(page, {"pour": company.public_id}).content.decode()
    assert "Inscrire Bistro" in theirs
    answer = buyer.post(page, {"categorie": kept.public_id, "pour": company.public_id, "next": "/marches/"})
    assert answer.url == "/marches/"
    held = Membership.objects.get()
    assert (held.member, held.person) == (company, None)
    shown = buyer.get(page, {"pour": company.public_id, "next": "https://ailleurs.test/"}).content.decode()
    assert "Membre n° 1" in shown
    assert 'href="https://ailleurs' not in shown
    assert 'value="https://ailleurs' not in shown
    for outsider in (with_role(company, "packer"), with_role(OrganisationFactory(), "buyer"), PersonFactory()):
        assert client_of(outsider).get(page, {"pour": company.public_id}).status_code == 404
        assert client_of(outsider).post(page, {"pour": company.public_id, "renouveler": "1"}).status_code == 404
    assert Membership.objects.count() == 1
    keeper = client_of(with_role(kept.organisation, "coordinator"))
    assert "Bistro" in keeper.get(url("members", kept.organisation), {"par": "organisation"}).content.decode()
    assert "Bea" in keeper.get(url("member", kept.organisation, held.public_id)).content.decode()
    raw = keeper.get(url("export", kept.organisation)).getvalue()
    assert [r.cells["organisation"] for r in read_table(io.BytesIO(raw))] == ["Bistro"]


def test_a_person_is_signed_up_at_the_desk_once() -> None:
    kept = MemberClassFactory(fee=25, is_open=False)
    client, page = client_of(with_role(kept.organisation, "coordinator")), url("enrol", kept.organisation)
    known = PersonFactory(email="Zoe@exemple.test", account=None)
    values = {"given_name": "Zoé", "family_name": "Côté", "email": "zoe@exemple.test", "member_class": kept.pk}
    assert client.post(page, values).status_code == 302
    assert (Membership.objects.get().person, Transaction.objects.count()) == (known, 1)
    again = client.post(page, {**values, "csrfmiddlewaretoken": "plus tard"})
    assert (again.status_code, "déjà membre" in again.content.decode()) == (422, True)
    assert client.post(page, {**values, "email": "", "phone": "12"}).status_code == 422
    assert client.post(page, {**values, "email": ""}).status_code == 302
    assert Membership.objects.count() == 2


def test_an_organisation_is_signed_up_and_its_buyer_invited() -> None:
    kept = MemberClassFactory(fee=250, held_by="organisation")
    client, page = client_of(with_role(kept.organisation, "treasurer")), url("enrol", kept.organisation)
    values = {"name": "Bistro neuf", "neq": "1143920115", "buyer_email": "chef@exemple.test", "member_class": kept.pk}
    assert client.post(f"{page}?pour=organisation", {**values, "neq": "99"}).status_code == 422
    assert not Membership.objects.exists()
    assert client.post(f"{page}?pour=organisation", values).status_code == 302
    held = Membership.objects.get()
    assert (held.member.name, held.fee) == ("Bistro neuf", 250)
    sent = Invitation.objects.get()
    assert (sent.organisation, sent.email, sent.kind) == (held.member, "chef@exemple.test", "buyer")
    other = MemberClassFactory(held_by="organisation")
    elsewhere = client_of(with_role(other.organisation, "treasurer"))
    values |= {"member_class": other.pk, "buyer_email": "intrus@exemple.test"}
    assert elsewhere.post(f"{url('enrol', other.organisation)}?pour=organisation", values).status_code == 302
    assert Membership.objects.filter(member_organisation=held.member_organisation).count() == 2
    assert Invitation.objects.count() == 1  # one that is known gives its roles itself


def test_register_written_out_is_read_back() -> None:
    organisation = OrganisationFactory()
    person, company = MemberClassFactory(organisation=organisation), OrganisationFactory(neq="1143920115")
    corporate = MemberClassFactory(organisation=organisation, held_by="organisation")
    member(organisation, member_class=person, since=date(2026, 1, 1))
    actions.join(member_organisation_id=company.pk, member_class_id=corporate.pk, today=date(2026, 1, 1))
    client = client_of(with_role(organisation, "coordinator"))
    raw = client.get(url("export", organisation)).getvalue()
    shown = send(client, url("import", organisation), raw, "membres.xlsx")
    assert shown.reading.counts == {"ready": 0, "known": 2, "wrong": 0}
    shown.confirm()
    assert Membership.objects.count() == 2


@pytest.mark.parametrize(("role", "status"), [("coordinator", 200), ("treasurer", 200), ("packer", 404)])
def test_register_is_for_those_who_keep_it(role: str, status: int) -> None:
    held = member()
    where = held.organisation
    client = client_of(with_role(where, role))
    urls = [url(n, where) for n in ("members", "export", "import", "enrol", "new_class")]
    urls += [url("member", where, held.public_id), url("class", where, held.member_class.public_id)]
    answers = [client.get(u) for u in urls]
    assert {a.status_code for a in answers} == {status}
    assert [a.getvalue()[:2] for a in answers if a.streaming] == ([b"PK"] if status == 200 else [])
    outsider = client_of(with_role(OrganisationFactory(), role))
    assert {outsider.get(u).status_code for u in urls} == {404}
    assert outsider.post(url("act", where, held.public_id, "depart"), {"on": "2026-05-01"}).status_code == 404


def test_register_takes_a_constant_number_of_queries() -> None:
    organisation = OrganisationFactory()
    kept = MemberClassFactory(organisation=organisation)
    client = client_of(with_role(organisation, "coordinator"))
    counts = []
    for more in (2, 30):
        for _ in range(more):
            member(member_class=kept)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url("members", organisation)).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 12


def test_register_searches_filters_and_exports_what_is_shown() -> None:
    organisation = OrganisationFactory()
    member(organisation, given_name="Éloi", since=date(2020, 1, 1))
    member(organisation, given_name="Bo", since=timezone.localdate())
    client = client_of(with_role(organisation, "coordinator"))
    page = client.get(url("members", organisation), {"q": "eloi"})
    assert [m.person.given_name for m in page.context["page"]] == ["Éloi"]
    assert page.context["counts"] == {"active": 1, "expired": 1, "ending": 0}
    raw = client.get(url("export", organisation), {"statut": "active"}).getvalue()
    assert [r.cells["prenom"] for r in read_table(io.BytesIO(raw))] == ["Bo"]
    past = client.get(url("members", organisation), {"statut": "active", "le": "2020-06-01"})
    assert [m.person.given_name for m in past.context["page"]] == ["Éloi"]


def test_long_register_is_made_by_a_job(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(downloads, "SHORT", 1)
    organisation = member().organisation
    member(organisation)
    client, export = client_of(with_role(organisation, "treasurer")), url("export", organisation) + "?statut=active"
    assert "Préparer le fichier" in client.get(export).content.decode()
    client.post(export)
    asked = Download.objects.get()
    make(download_id=asked.pk, now=timezone.now())
    made = client.get(reverse("directory:download_file", args=[asked.public_id])).getvalue()
    assert len(read_table(io.BytesIO(made))) == 2


def test_empty_register_says_what_to_do() -> None:
    organisation = OrganisationFactory()
    client = client_of(with_role(organisation, "coordinator"))
    assert "Créez une première catégorie" in client.get(url("members", organisation)).content.decode()
    data = {"name": "Membre", "held_by": "person", "fee": "20", "period": "life", "fee_kind": "shares", "is_open": "on"}
    client.post(url("new_class", organisation), data)
    assert MemberClass.objects.get().fee == 20
    assert "porte déjà ce nom" in client.post(url("new_class", organisation), data).content.decode()
    assert "Importer une liste" in client.get(url("members", organisation)).content.decode()


def test_spreadsheet_is_shown_then_taken_once() -> None:
    kept = MemberClassFactory(name="Régulière")
    client = client_of(with_role(kept.organisation, "coordinator"))
    text = (
        "Prénom;Nom;Courriel;Numéro;Catégorie;Depuis\n"
        "Zoé;Roy;zoe@exemple.test;7;reguliere;2026-01-15\n"
        "Luc;Roy;pas-un-courriel;;Régulière;\n"
        "Ana;Li;ana@exemple.test;;Inconnue;\n"
        ";;x@exemple.test;;;\n"
        "Zoé;Roy;ZOE@exemple.test;;Régulière;\n"
    )
    shown = send(client, url("import", kept.organisation), text.encode("cp1252"))
    assert [line.number for line in shown.reading.of("wrong")] == [3, 4, 5, 6]
    assert "Inconnue" in shown.page.text
    assert not Membership.objects.exists()
    intruder = client_of(with_role(MemberClassFactory().organisation, "coordinator"))
    assert Sent(intruder, shown.row, shown.page).confirm().status_code == 404
    for _ in range(2):
        shown.confirm()
    assert Membership.objects.get().number == 7
    assert Membership.objects.count() == 1


def test_member_page_renews_and_ends() -> None:
    held = member(since=date(2026, 1, 1))
    client = client_of(with_role(held.organisation, "coordinator"))
    client.post(url("act", held.organisation, held.public_id, "renouvellement"))
    assert Membership.objects.count() == 2
    wrong = client.post(url("act", held.organisation, held.public_id, "depart"), {"on": "jamais"}, follow=True)
    assert "pas une date" in wrong.content.decode()
    client.post(url("act", held.organisation, held.public_id, "depart"), {"on": "2026-05-01"})
    held.refresh_from_db()
    assert held.during.upper == date(2026, 5, 1)


def test_reminder_is_sent_once_a_month_before_the_end() -> None:
    soon = member(since=date(2025, 3, 20))
    renewed = member(since=date(2025, 3, 20))
    actions.renew(membership_id=renewed.pk, today=date(2026, 3, 1))
    member(since=date(2025, 9, 1))
    assert tasks.send_reminders(date(2026, 3, 1)) == 1
    assert tasks.send_reminders(date(2026, 3, 2)) == 0
    assert mail.outbox[0].to == [soon.person.email]
    assert f"/adhesion/{soon.organisation.public_id}/" in mail.outbox[0].body


def test_reminder_of_an_organisation_goes_to_who_buys_for_it() -> None:
    kept, company = MemberClassFactory(held_by="organisation"), OrganisationFactory(email="info@exemple.test")
    held = actions.join(member_organisation_id=company.pk, member_class_id=kept.pk, today=date(2025, 3, 20))
    buyer = with_role(company, "buyer")
    assert tasks.send_reminders(date(2026, 3, 1)) == 1
    assert mail.outbox[0].to == [buyer.email]
    assert str(company.public_id) in mail.outbox[0].body
    Membership.objects.filter(pk=held.pk).update(reminded_on=None)
    Role.objects.all().delete()
    assert tasks.send_reminders(date(2026, 3, 1)) == 1
    assert mail.outbox[1].to == ["info@exemple.test"]


def test_personal_data_holds_the_memberships() -> None:
    held = member()
    rows = [r for rows in privacy.export(held.person).values() for r in rows if held.organisation.name in r.values()]
    assert len(rows) >= 2  # the membership, and the line of the account
