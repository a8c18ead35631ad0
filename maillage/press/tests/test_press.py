"""The press review: noted in one short form, searched, imported, counted; each organisation keeps its own."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.core.actions import NotAllowed, NotOurs
from maillage.core.changes import past_of
from maillage.core.facts import FactContext
from maillage.core.period import Period
from maillage.directory.models import Organisation, Person
from maillage.directory.tests.factories import OrganisationFactory, with_role
from maillage.directory.tests.importing import send
from maillage.funding.tests.factories import StreamFactory
from maillage.press import actions, facts, queries
from maillage.press.models import Mention

from .factories import MentionFactory

pytestmark = pytest.mark.django_db
PAGE = "press:mentions"
WORDS = {"title": "Portrait d'une coop", "medium": "Radio", "on": "2026-03-02"}


@pytest.fixture
def adviser(client: Client) -> Person:
    person = with_role(OrganisationFactory(), "adviser")
    client.force_login(person.account)
    return person


@pytest.fixture
def ours(adviser: Person) -> Organisation:
    return adviser.roles.get().organisation


def test_a_mention_is_noted_with_three_words_and_counts(client: Client, ours: Organisation) -> None:
    assert "La revue de presse est vide" in client.get(reverse(PAGE)).text
    page = client.post(reverse(PAGE), WORDS, follow=True).text
    assert "La mention est notée" in page
    assert "Portrait d&#x27;une coop" in page
    MentionFactory(medium="D'une autre")
    assert '<option value="Radio">' in client.get(reverse(PAGE)).text  # written once, offered next time
    assert "une autre" not in client.get(reverse(PAGE)).text
    row = Mention.objects.get(organisation=ours)
    assert (row.organisation, row.on, row.stream, row.about) == (ours, date(2026, 3, 2), None, None)
    ctx = FactContext(organisation_ids=(ours.pk,), period=Period.fiscal_year(2025))
    assert facts.MENTIONS.value(ctx) == 1
    assert facts.MENTIONS.value(FactContext(organisation_ids=(ours.pk,), period=Period.fiscal_year(2026))) == 0


def test_sent_twice_it_is_there_once(client: Client, ours: Organisation) -> None:
    client.post(reverse(PAGE), WORDS)
    again = client.post(reverse(PAGE), {**WORDS, "csrfmiddlewaretoken": "une autre page"})
    assert again.status_code == 422
    assert "déjà" in again.text
    assert Mention.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title": ""}, "obligatoire"),
        ({"on": "hier"}, "date"),
        ({"link": "javascript:alert(1)"}, "URL"),
        ({"enterprise": "Personne de ce nom"}, "nom exact"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(
    client: Client, ours: Organisation, wrong: dict[str, str], said: str
) -> None:
    page = client.post(reverse(PAGE), WORDS | {"medium": "Radio d'ici"} | wrong)
    assert page.status_code == 422
    assert said in page.text
    assert "Radio d&#x27;ici" in page.text
    assert not Mention.objects.exists()


def test_it_is_found_without_accents_and_by_stream(client: Client, ours: Organisation) -> None:
    stream, farm = StreamFactory(organisation=ours), OrganisationFactory(name="Érablière du Nord")
    MentionFactory(organisation=ours, title="Le marché", stream=stream)
    MentionFactory(organisation=ours, title="Autre chose", about=farm)
    MentionFactory(title="D'une autre")

    def titles(**asked: str) -> set[str]:
        return {row.title for row in client.get(reverse(PAGE), asked).context["table"].page}

    assert titles() == {"Le marché", "Autre chose"}
    assert titles(q="marche") == {"Le marché"}
    assert titles(q="erabliere") == {"Autre chose"}
    assert titles(volet=str(stream.pk)) == {"Le marché"}


def test_it_is_corrected_taken_out_and_put_back(client: Client, ours: Organisation) -> None:
    row = MentionFactory(organisation=ours, title="Titre")
    page, remove = (reverse(f"press:{name}", args=[row.public_id]) for name in ("mention", "remove"))
    client.post(page, WORDS | {"title": "Titre juste"})
    row.refresh_from_db()
    assert row.title == "Titre juste"
    assert [p.row.title for p in past_of(Mention, [row.pk]) if p.row] == ["Titre"]
    client.post(remove)
    ctx = FactContext(organisation_ids=(ours.pk,), period=Period.fiscal_year(2025))
    assert facts.MENTIONS.value(ctx) == 0
    assert list(client.get(reverse(PAGE)).context["table"].page) == []
    assert [r.pk for r in client.get(reverse(PAGE), {"retirees": ""}).context["table"].page] == [row.pk]
    client.post(remove)
    assert facts.MENTIONS.value(ctx) == 1


def test_each_keeps_its_own(client: Client, ours: Organisation, adviser: Person) -> None:
    theirs = MentionFactory()
    assert client.get(reverse("press:mention", args=[theirs.public_id])).status_code == 404
    assert client.post(reverse("press:remove", args=[theirs.public_id])).status_code == 404
    board = with_role(ours, "board").account
    kept = MentionFactory(organisation=ours)
    for by, mention in ((adviser.account, theirs), (board, kept)):
        with pytest.raises(NotAllowed):
            actions.save_mention(mention=mention, by=by)
        with pytest.raises(NotAllowed):
            actions.remove_mention(mention_id=mention.pk, now=timezone.now(), by=by)
        with pytest.raises(NotAllowed):
            actions.import_mentions(organisation_id=mention.organisation_id, rows=[], by=by)
    theirs.organisation = ours  # a row of another's, named ours in hand
    with pytest.raises(NotAllowed):
        actions.save_mention(mention=theirs, by=adviser.account)
    kept.stream = StreamFactory(organisation=OrganisationFactory())
    with pytest.raises(NotOurs):
        actions.save_mention(mention=kept, by=adviser.account)
    reader = Client()
    reader.force_login(board)
    assert "Noter une mention" not in reader.get(reverse(PAGE)).text
    read = reader.get(reverse("press:mention", args=[kept.public_id]))
    assert "Garder la correction" not in read.text
    assert reader.post(reverse("press:mention", args=[kept.public_id]), WORDS).status_code == 404
    assert reader.post(reverse("press:remove", args=[kept.public_id])).status_code == 404
    assert reader.post(reverse(PAGE), WORDS).status_code == 200
    assert not Mention.objects.filter(title=WORDS["title"]).exists()


def test_a_spreadsheet_is_shown_then_written_once(client: Client, ours: Organisation) -> None:
    StreamFactory(organisation=ours, name="Exportation")
    sheet = (
        "Date,Média,Titre,Lien,Volet\n"
        "2026-01-05,Le Quotidien,Un premier,https://exemple.test/1,exportation\n"
        ",Le Quotidien,Sans date,,\n"
        "2026-01-06,Radio,Un autre,,Inconnu\n"
        "2026-01-07,Radio,Un dernier,,\n"
    )

    shown = send(client, reverse("press:import"), sheet.encode())
    assert [line.number for line in shown.reading.of("wrong")] == [3, 4]
    assert "Inconnu" in shown.page.text
    assert not Mention.objects.exists()
    assert "2 mentions" in shown.confirm().text
    assert Mention.objects.get(title="Un premier").stream is not None
    again = send(client, reverse("press:import"), sheet.encode())
    assert again.reading.counts == {"ready": 0, "known": 2, "wrong": 2}


def test_what_is_said_of_an_enterprise_is_read_of_the_registers_that_are_asked() -> None:
    farm, ours = OrganisationFactory(), OrganisationFactory()
    kept = MentionFactory(organisation=ours, about=farm)
    twin = MentionFactory(organisation=ours, about=OrganisationFactory(merged_into=farm), on=date(2026, 1, 1))
    MentionFactory(about=farm)
    MentionFactory(organisation=ours, about=farm, removed_at=timezone.now())
    assert list(queries.mentions_about(enterprise=farm, organisation_ids={ours.pk})) == [kept, twin]
    assert not queries.mentions_about(enterprise=farm, organisation_ids=set()).exists()
