import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.accompaniment import actions, facts, queries
from maillage.accompaniment.forms import minutes_of
from maillage.accompaniment.models import ClientFile, Intervention, InterventionParty
from maillage.accompaniment.types import Entry, PartyEntry
from maillage.core.facts import FactContext
from maillage.core.sheets import Column, write_xlsx
from maillage.directory.actions import add_person
from maillage.directory.models import Organisation, Person
from maillage.directory.tests.factories import OrganisationFactory, TerritoryFactory, with_role
from maillage.directory.tests.importing import send
from maillage.funding.tests.factories import AgreementFactory

from .factories import ClaimFactory, StreamFactory, TopicFactory, intervene

pytestmark = pytest.mark.django_db
NOW = datetime(2022, 6, 10, 15, tzinfo=UTC)


@pytest.fixture
def adviser(client: Client) -> Person:
    person = with_role(OrganisationFactory(), "adviser")
    client.force_login(person.account)
    return person


@pytest.fixture
def ours(adviser: Person) -> Organisation:
    return adviser.roles.get().organisation


@pytest.fixture
def entry() -> Entry:
    served = OrganisationFactory(mrc=TerritoryFactory(), employees=12)
    return Entry(date(2022, 6, 8), StreamFactory(key="exportation").pk, (PartyEntry(served.pk),), minutes=45)


def record(ours: Organisation, entry: Entry) -> Intervention:
    return actions.record_intervention(organisation_id=ours.pk, entry=entry, now=NOW, by=None)


def test_mrc_and_size_are_copied_and_the_file_opens(ours: Organisation, entry: Entry) -> None:
    party = record(ours, entry).parties.get()
    served = party.enterprise
    assert (party.mrc, party.size) == (served.mrc, "5-19")
    served.mrc, served.employees = TerritoryFactory(), 300
    served.save()
    party.refresh_from_db()
    assert (party.mrc != served.mrc, party.size) == (True, "5-19")
    assert ClientFile.objects.get().enterprise == served


def test_draft_sent_twice_adds_nothing(ours: Organisation, entry: Entry) -> None:
    draft = replace(entry, nonce=uuid4())
    assert record(ours, draft).pk == record(ours, draft).pk
    assert InterventionParty.objects.count() == 1


def test_duplicate_enterprise_is_recorded_as_its_canonical_one(ours: Organisation, entry: Entry) -> None:
    duplicate = OrganisationFactory(merged_into_id=entry.parties[0].enterprise_id)
    row = record(ours, replace(entry, parties=(*entry.parties, PartyEntry(duplicate.pk))))
    assert row.parties.get().enterprise_id == entry.parties[0].enterprise_id


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (lambda e: replace(e, done_on=date(2022, 6, 11)), actions.FutureWork),
        (lambda e: replace(e, parties=()), actions.NobodyServed),
        (lambda e: replace(e, agreement_ids=(AgreementFactory().pk,)), actions.NotOurs),
    ],
)
def test_refusals_change_nothing(
    ours: Organisation, entry: Entry, change: Callable[[Entry], Entry], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        record(ours, change(entry))
    assert not Intervention.objects.exists()


def test_correction_keeps_history_and_what_was_frozen(ours: Organisation, entry: Entry) -> None:
    row = record(ours, entry)
    before = row.parties.get().mrc
    Organisation.objects.update(mrc=None)
    added = OrganisationFactory()
    changed = replace(entry, minutes=90, parties=(*entry.parties, PartyEntry(added.pk)))
    actions.amend_intervention(intervention_id=row.pk, entry=changed, now=NOW, by=None)
    assert row.parties.get(enterprise=entry.parties[0].enterprise_id).mrc == before
    assert row.parties.count() == 2
    assert len(queries.versions_of(row)) == 1


def test_cancelled_work_does_not_count_until_restored(ours: Organisation, entry: Entry) -> None:
    row = record(ours, entry)
    ctx = FactContext(organisation_ids=(ours.pk,))
    with pytest.raises(actions.ReasonMissing):
        actions.cancel_intervention(intervention_id=row.pk, reason=" ", now=NOW, by=None)
    assert facts.INTERVENTIONS.value(ctx) == 1
    actions.cancel_intervention(intervention_id=row.pk, reason="doublon", now=NOW, by=None)
    assert facts.INTERVENTIONS.value(ctx) == 0
    with pytest.raises(actions.AlreadyCancelled):
        actions.amend_intervention(intervention_id=row.pk, entry=entry, now=NOW, by=None)
    actions.restore_intervention(intervention_id=row.pk, by=None)
    assert facts.INTERVENTIONS.value(ctx) == 1


def test_excluded_agreements_raise_a_warning(ours: Organisation) -> None:
    row = intervene(ours, OrganisationFactory())
    one, two = (ClaimFactory(intervention=row).agreement for _ in range(2))
    assert queries.double_claims(organisation_ids=[ours.pk]) == []
    one.excludes.add(two)
    (found,) = queries.double_claims(organisation_ids=[ours.pk])
    assert {found.first, found.second} == {one, two}
    assert queries.double_claims_of(row) == [found]


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("45", 45), ("1 h", 60), ("1h30", 90), ("1,5 h", 90), ("2:05", 125), ("20 min", 20), ("", None)],
)
def test_durations_are_read_as_people_write_them(text: str, minutes: int | None) -> None:
    assert minutes_of(text) == minutes


class TestPages:
    def phone(self, **more: str) -> dict[str, str]:
        return {
            "nonce": str(uuid4()),
            "done_on": timezone.localdate().isoformat(),
            "stream": str(StreamFactory(key="exportation").pk),
            "minutes": "45",
            "p-TOTAL_FORMS": "1",
            "p-INITIAL_FORMS": "0",
            "p-0-role": "beneficiary",
            **more,
        }

    def test_entry_forgives_accents(self, client: Client, adviser: Person, ours: Organisation) -> None:
        OrganisationFactory(name="Épicerie Générale")
        client.post(reverse("accompaniment:intervention_new"), self.phone(**{"p-0-enterprise": "epicerie generale"}))
        row = Intervention.objects.get()
        assert (row.organisation, row.minutes, row.adviser) == (ours, 45, adviser)

    def test_unknown_enterprise_offers_to_create_it(self, client: Client, ours: Organisation) -> None:
        page, data = reverse("accompaniment:intervention_new"), self.phone(**{"p-0-enterprise": "Ferme Nouvelle"})
        answer = client.post(page, data)
        assert answer.status_code == 422
        assert "Créer cette fiche" in answer.content.decode()
        client.post(page, {**data, "p-0-create": "on"})
        assert InterventionParty.objects.get().enterprise.name == "Ferme Nouvelle"

    def test_a_refused_entry_leaves_nothing_of_the_names_that_it_made(self, client: Client, ours: Organisation) -> None:
        served = OrganisationFactory(name="Verger Cliche")
        second = {"p-TOTAL_FORMS": "2", "p-1-role": "beneficiary", "p-1-enterprise": "Ferme inconnue"}
        first = {"p-0-enterprise": served.name, "p-0-person": "Rose Cliche"}
        answer = client.post(reverse("accompaniment:intervention_new"), self.phone(**first, **second))
        assert answer.status_code == 422
        assert not served.roles.exists()
        assert not Person.objects.filter(family_name="Cliche").exists()

    def test_who_manages_its_team_says_who_is_of_it(self, client: Client, ours: Organisation) -> None:
        managed, other = OrganisationFactory(name="Verger Cliche"), OrganisationFactory(name="Cidrerie Roy")
        director = with_role(managed, "director")
        page = reverse("accompaniment:intervention_new")
        client.post(page, self.phone(**{"p-0-enterprise": managed.name, "p-0-person": "Rose Cliche"}))
        client.post(page, self.phone(**{"p-0-enterprise": other.name, "p-0-person": "Jean Roy"}))
        assert {p.person.name for p in InterventionParty.objects.all() if p.person} == {"Rose Cliche", "Jean Roy"}
        assert [r.person for r in managed.roles.all()] == [director]
        assert [r.kind for r in other.roles.all()] == ["staff"]

    def test_draft_of_a_device_is_recorded_once(self, client: Client, ours: Organisation) -> None:
        OrganisationFactory(name="Verger Cliche")
        data = self.phone(**{"p-0-enterprise": "Verger Cliche"})
        for _twice in range(2):
            answer = client.post(
                reverse("accompaniment:intervention_new"), data, headers={"accept": "application/json"}
            )
            assert answer.status_code == 201
        assert Intervention.objects.count() == 1
        bad = client.post(
            reverse("accompaniment:intervention_new"), self.phone(), headers={"accept": "application/json"}
        )
        assert bad.status_code == 422
        assert bad.json()["errors"]

    def test_week_saves_what_holds_and_keeps_the_rest_in_place(self, client: Client, ours: Organisation) -> None:
        OrganisationFactory(name="Cidrerie du Mont")
        stream, today = str(StreamFactory(key="exportation").pk), timezone.localdate().isoformat()
        data = {"s-TOTAL_FORMS": "3", "s-INITIAL_FORMS": "0"}
        rows = (("Cidrerie du Mont", "1 h"), ("Inconnue", "30"), ("Cidrerie du Mont", "longtemps"))
        for n, (name, minutes) in enumerate(rows):
            values = {"nonce": uuid4(), "done_on": today, "stream": stream, "enterprise": name, "minutes": minutes}
            data |= {f"s-{n}-{k}": str(v) for k, v in values.items()}
        answer = client.post(reverse("accompaniment:week"), data)
        assert Intervention.objects.get().minutes == 60
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "Inconnue" in page
        assert "longtemps" in page
        assert "Écrivez une durée" in page

    def test_same_file_twice_adds_nothing(self, client: Client, ours: Organisation) -> None:
        OrganisationFactory(name="Cidrerie du Mont")
        StreamFactory(key="exportation", name="Exportation")
        TopicFactory(key="douanes", name="Douanes")
        columns = [Column(h) for h in ("Date", "Entreprise", "Volet", "Sujet", "Durée")]
        good = ("2022-06-08", "cidrerie du mont", "exportation", "DOUANES", "1 h")
        raw = write_xlsx([("Feuille", columns, [good, good, ("2022-06-09", "Inconnue", "exportation", "", "")])])
        page = reverse("accompaniment:import")

        first = send(client, page, raw, "interventions.xlsx")
        first.confirm()
        assert Intervention.objects.count() == 2  # the same row twice in one file is two interventions
        assert "n’est pas au répertoire" in first.page.text
        again = send(client, page, raw, "interventions.xlsx")
        assert "déjà là" in again.page.text
        again.confirm()
        assert Intervention.objects.count() == 2

    def test_people_and_several_enterprises_come_with_their_roles(self, client: Client, ours: Organisation) -> None:
        cider, cheese = OrganisationFactory(name="Cidrerie du Mont"), OrganisationFactory(name="Fromagerie du Rang")
        known = add_person(
            organisation_id=cider.pk, kind="staff", since=date(2020, 1, 1), by=None, given_name="Ève", family_name="Roy"
        )
        StreamFactory(key="exportation", name="Exportation")
        heads = ("Date", "Entreprise", "Personne", "Rôle", "Entreprise 2", "Personne 2", "Rôle 2", "Personne 3")
        rows = [
            ("2022-06-08", "cidrerie du mont", "eve roy", "", "Fromagerie du Rang", "Luc Nouveau", "partenaire", ""),
            ("2022-06-09", "Fromagerie du Rang", "LUC NOUVEAU", "", "", "", "", "Ana Tremblay"),
            ("2022-06-10", "Fromagerie du Rang", "Zoé Refusée", "chef", "Inconnue", "", "", ""),
        ]
        raw = write_xlsx([("Feuille", [Column(h) for h in heads], rows)])
        page = reverse("accompaniment:import")
        for _twice in range(2):
            sent = send(client, page, raw, "interventions.xlsx")
            shown = sent.page.text
            assert Person.objects.filter(given_name="Zoé").count() == 0
            sent.confirm()
        assert "Rôle inconnu\u00a0: «\u00a0chef\u00a0»" in shown
        assert "«\u00a0Inconnue\u00a0» n’est pas au répertoire" in shown
        first, second = Intervention.objects.order_by("done_on")
        assert [(p.enterprise, p.person.name, p.role) for p in first.parties.order_by("pk")] == [
            (cider, "Ève Roy", "beneficiary"),
            (cheese, "Luc Nouveau", "partner"),
        ]
        assert first.parties.filter(person=known).exists()
        assert {p.person.name for p in second.parties.all()} == {"Luc Nouveau", "Ana Tremblay"}
        assert Person.objects.filter(family_name="Nouveau").count() == 1  # once, in two rows and two sendings

    def test_the_preview_says_what_is_wrong_with_every_row(self, client: Client, ours: Organisation) -> None:
        OrganisationFactory(name="Cidrerie du Mont")
        StreamFactory(key="exportation", name="Exportation")
        rows = [("2022-06-08", "Cidrerie du Mont")] * 400 + [("2022-06-08", f"Absente {n}") for n in range(200)]
        raw = write_xlsx([("Feuille", [Column("Date"), Column("Entreprise")], rows)])
        shown = send(client, reverse("accompaniment:import"), raw, "interventions.xlsx").page.text
        assert all(f"«\u00a0Absente {n}\u00a0»" in shown for n in range(200))
        assert "300 autres lignes ne sont pas montrées" in shown
        assert not Intervention.objects.exists()

    def test_unreadable_file_is_told(self, client: Client, ours: Organisation) -> None:
        file = io.BytesIO(b"PK\x03\x04 pas un tableur")
        file.name = "notes.xlsx"
        answer = client.post(reverse("accompaniment:import"), {"file": file})
        assert answer.status_code == 422

    def test_list_costs_the_same_for_one_and_for_many(self, client: Client, ours: Organisation) -> None:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        counts = []
        for extra in (1, 9):
            for _n in range(extra):
                intervene(ours, OrganisationFactory(mrc=TerritoryFactory()), OrganisationFactory())
            for name in ("interventions", "enterprises"):
                with CaptureQueriesContext(connection) as caught:
                    assert client.get(reverse(f"accompaniment:{name}")).status_code == 200
                counts.append(len(caught))
        assert all(many <= one for one, many in zip(counts[:2], counts[2:], strict=True))

    def test_outsider_finds_nothing(self, client: Client, adviser: Person) -> None:
        row = intervene(OrganisationFactory(), OrganisationFactory())
        served = row.parties.get().enterprise
        for url in (
            reverse("accompaniment:intervention", args=[row.public_id]),
            reverse("accompaniment:intervention_edit", args=[row.public_id]),
            reverse("accompaniment:enterprise", args=[served.public_id]),
        ):
            assert client.get(url).status_code == 404
        assert (
            client.post(reverse("accompaniment:intervention_cancel", args=[row.public_id]), {"reason": "x"}).status_code
            == 404
        )
        row.refresh_from_db()
        assert row.cancelled_at is None

    def test_board_reads_and_changes_nothing(self, client: Client, ours: Organisation) -> None:
        row = intervene(ours, OrganisationFactory())
        client.force_login(with_role(ours, "board").account)
        assert client.get(reverse("accompaniment:intervention", args=[row.public_id])).status_code == 200
        assert client.get(reverse("accompaniment:intervention_edit", args=[row.public_id])).status_code == 404
        assert client.get(reverse("accompaniment:intervention_new")).status_code == 404
