import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from beancount import loader
from beancount.core.data import Transaction as BeanTransaction
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from maillage.core.period import Period
from maillage.directory import downloads
from maillage.directory.actions.downloads import make
from maillage.directory.models import Download
from maillage.directory.tests.factories import OrganisationFactory, PersonFactory, with_role
from maillage.ledger import actions, exports, queries
from maillage.ledger.types import Line

from .factories import BookFactory, charge, prepay

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture(autouse=True)
def _without_second_factor(settings: Any) -> None:
    """Second factors are the directory's concern."""
    settings.MIDDLEWARE = [m for m in settings.MIDDLEWARE if "RequireMfa" not in m]


def client_of(person: Any) -> Client:
    client = Client()
    client.force_login(person.account)
    return client


@pytest.fixture
def kept() -> Any:
    """A book with a treasurer, two members, a producer, taxes, and an awkward memo."""
    book = BookFactory(organisation=OrganisationFactory(name='Marché « Le Réseau » "bio"'))
    book.treasurer = with_role(book.organisation, "treasurer")
    book.zoe = PersonFactory(given_name="Zoé", family_name="Gagné")
    prepay(book, book.zoe, "50", on=date(2026, 1, 10))
    charge(book, book.zoe, "30", on=date(2026, 2, 10))
    charge(book, PersonFactory(), "8", on=date(2026, 2, 11))
    producer = OrganisationFactory(name="Ferme de l'Érablière")
    actions.post(
        book_id=book.pk,
        key="order:x:1",
        occurred_on=date(2026, 3, 5),
        memo='=Commande "n° 1" \\ à l\'été\nsuite',
        lines=[
            Line("member", D("113.00"), person_id=book.zoe.pk),
            Line("producer", D("-78.00"), organisation_id=producer.pk),
            Line("margin", D("-20.02")),
            Line("tps", D("-5.00")),
            Line("tvq", D("-9.98")),
        ],
    )
    return book


def pages(book: Any) -> list[str]:
    account = queries.accounts_of(book.pk, "member").get(person=book.zoe)
    made = queries.journal(book.pk).first()
    organisation = book.organisation.public_id
    return [
        reverse("ledger:book", args=[organisation]),
        reverse("ledger:kind", args=[organisation, "member"]),
        reverse("ledger:account", args=[account.public_id]),
        reverse("ledger:transaction", args=[made.public_id]),
        reverse("ledger:journal", args=[organisation]),
        reverse("ledger:taxes", args=[organisation]),
        *(reverse("ledger:journal_file", args=[organisation, f]) for f in ("csv", "beancount", "xlsx")),
    ]


def status_of(client: Client, url: str) -> int:
    answer = client.get(url)
    if answer.streaming:
        answer.getvalue()  # its file is closed
    return int(answer.status_code)


@pytest.mark.parametrize(("role", "status"), [("treasurer", 200), ("board", 200), ("packer", 404), ("producer", 404)])
def test_books_open_to_those_who_keep_them(kept: Any, role: str, status: int) -> None:
    client = client_of(with_role(kept.organisation, role))
    assert {status_of(client, url) for url in pages(kept)} == {status}


def test_treasurer_of_another_organisation_learns_nothing(kept: Any) -> None:
    client = client_of(with_role(OrganisationFactory(), "treasurer"))
    assert {client.get(url).status_code for url in pages(kept)} == {404}
    assert Client().get(pages(kept)[0]).status_code == 302


def test_trial_balance_sums_to_zero_and_follows_the_period(kept: Any) -> None:
    rows = {r.kind.value: r for r in queries.trial_balance(kept.pk, Period(date(2026, 2, 1), date(2026, 3, 1)))}
    assert (rows["member"].opening, rows["member"].debit, rows["member"].closing) == (-50, 38, -12)
    for part in ("opening", "closing"):
        assert sum(getattr(r, part) for r in rows.values()) == 0
    assert sum(r.debit for r in rows.values()) == sum(r.credit for r in rows.values())
    page = client_of(kept.treasurer).get(pages(kept)[0], {"du": "2026-02-01", "au": "2026-02-28"})
    assert page.context["totals"]["closing"] == 0
    assert "-12,00" in page.content.decode().replace("\u2212", "-")


def test_account_shows_the_running_balance_whatever_the_filter(kept: Any) -> None:
    url = pages(kept)[2]
    client = client_of(kept.treasurer)
    assert [line.running for line in client.get(url).context["lines"]] == [93, -20, -50]
    assert [line.running for line in client.get(url, {"q": "COMMANDE"}).context["lines"]] == [93]
    assert [line.running for line in client.get(url, {"du": "2026-02-01", "au": "2026-02-28"}).context["lines"]] == [
        -20
    ]
    assert client.get(url, {"q": "100%_"}).context["lines"] == []
    assert "La fin précède le début" in client.get(url, {"du": "2026-02-02", "au": "2026-02-01"}).content.decode()


def test_lists_take_a_constant_number_of_queries(kept: Any) -> None:
    client = client_of(kept.treasurer)
    counts = []
    for more in (0, 30):
        for i in range(more):
            charge(kept, PersonFactory(), 1 + i)
        counts.append([])
        for url in pages(kept)[:6]:
            with CaptureQueriesContext(connection) as captured:
                assert client.get(url).status_code == 200
            counts[-1].append(len(captured))
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 12


def test_kind_is_searched_without_accents(kept: Any) -> None:
    client = client_of(kept.treasurer)
    page = client.get(pages(kept)[1], {"q": "zoe gagne"})
    assert [a.person for a in page.context["table"].page] == [kept.zoe]
    assert "Rien ne correspond" in client.get(pages(kept)[1], {"q": "xyz"}).content.decode()
    assert client.get(reverse("ledger:kind", args=[kept.organisation.public_id, "nimporte"])).status_code == 404


def test_transaction_shows_both_sides_and_its_reversal(kept: Any) -> None:
    made = queries.journal(kept.pk).first()
    back = actions.reverse(transaction_id=made.pk, key="back", occurred_on=date(2026, 3, 6), memo="Annulation")
    client = client_of(kept.treasurer)
    page = client.get(reverse("ledger:transaction", args=[made.public_id]))
    assert sum(s.amount for s in page.context["sides"]) == 0
    assert reverse("ledger:transaction", args=[back.public_id]) in page.content.decode()
    assert "renverse une autre" in client.get(reverse("ledger:transaction", args=[back.public_id])).content.decode()


def test_beancount_export_is_valid(kept: Any) -> None:
    response = client_of(kept.treasurer).get(pages(kept)[7])
    assert response.streaming
    text = b"".join(response.streaming_content).decode()
    entries, errors, options = loader.load_string(text)
    assert errors == []
    assert options["title"] == kept.organisation.name
    posted = [e for e in entries if isinstance(e, BeanTransaction)]
    assert len(posted) == 4
    assert posted[-1].narration == '=Commande "n° 1" \\ à l\'été suite'
    assert {p.units.currency for e in posted for p in e.postings} == {"CAD"}
    assert sum(p.units.number for e in posted for p in e.postings if "Membres" in p.account) == 101


def test_every_kind_has_an_account_in_beancount() -> None:
    from maillage.ledger.models import AccountKind

    assert set(exports.ROOTS) == set(AccountKind)


def test_csv_export_balances_and_is_safe_to_open(kept: Any) -> None:
    response = client_of(kept.treasurer).get(pages(kept)[6])
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 11
    assert sum(D(r["Débit"] or 0) - D(r["Crédit"] or 0) for r in rows) == 0
    assert rows[-1]["Libellé"].startswith("'=Commande")


@pytest.mark.parametrize("form", ["csv", "beancount", "xlsx"])
def test_long_journal_is_a_job_that_asks_again_who_may_read(
    kept: Any, form: str, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(downloads, "SHORT", 10)
    client, url = client_of(kept.treasurer), reverse("ledger:journal_file", args=[kept.organisation.public_id, form])
    assert "Préparer le fichier" in client.get(url).content.decode()
    client.post(url)
    asked = Download.objects.get()
    make(download_id=asked.pk, now=timezone.now())
    made = client.get(reverse("directory:download_file", args=[asked.public_id])).getvalue()
    assert (made[:2] == b"PK") if form == "xlsx" else "Commande" in made.decode()
    client.post(url)
    kept.treasurer.roles.all().delete()
    again = Download.objects.exclude(pk=asked.pk).get()
    make(download_id=again.pk, now=timezone.now())
    again.refresh_from_db()
    assert again.state == "failed"


def test_xlsx_export_reads_back(kept: Any) -> None:
    raw = client_of(kept.treasurer).get(pages(kept)[8], {"du": "2026-03-01"}).getvalue()
    rows = CalamineWorkbook.from_filelike(io.BytesIO(raw)).get_sheet_by_index(0).to_python()
    assert len(rows) == 6
    assert sum((r[5] or 0) - (r[6] or 0) for r in rows[1:]) == pytest.approx(0)


def test_journal_is_read_in_pieces(kept: Any) -> None:
    entries = queries.journal_entries(kept.pk)
    with CaptureQueriesContext(connection) as captured:
        first = next(entries)
    assert first["day"] == date(2026, 1, 10)
    assert len(captured) == 1


def test_taxes_by_month_with_what_was_given_back(kept: Any) -> None:
    made = queries.journal(kept.pk).first()
    actions.reverse(transaction_id=made.pk, key="back", occurred_on=date(2026, 4, 6), memo="Annulation")
    page = client_of(kept.treasurer).get(pages(kept)[5], {"du": "2026-01-01", "au": "2026-12-31"})
    rows = page.context["rows"]
    assert [(r.month.month, r.tps, r.tvq) for r in rows] == [(3, D("5.00"), D("9.98")), (4, D("-5.00"), D("-9.98"))]
    assert page.context["tps"] == page.context["tvq"] == 0


def test_only_the_treasurer_closes(kept: Any) -> None:
    url = reverse("ledger:closing", args=[kept.organisation.public_id])
    assert client_of(with_role(kept.organisation, "board")).post(url, {"through": "2026-01-31"}).status_code == 404
    client = client_of(kept.treasurer)
    assert client.get(url).status_code == 405
    page = client.post(url, {"through": "2026-01-31"}, follow=True).content.decode()
    assert "fermés jusqu" in page
    kept.refresh_from_db()
    assert kept.locked_through == date(2026, 1, 31)
    assert "plus récente" in client.post(url, {"through": "2026-01-15"}, follow=True).content.decode()
    assert "Donnez la date" in client.post(url, {"through": "demain"}, follow=True).content.decode()


def test_my_account_says_it_in_words(kept: Any) -> None:
    client = client_of(kept.zoe)
    page = client.get(reverse("ledger:mine")).content.decode().replace("\xa0", " ")
    assert "Vous devez 93,00 $." in page
    assert "-113,00 $" in page
    assert "+50,00 $" in page
    prepay(kept, kept.zoe, "100", on=date(2026, 3, 9))
    page = client.get(reverse("ledger:mine")).content.decode().replace("\xa0", " ")
    assert "Vous avez 7,00 $ d" in page
    other = client.get(pages(kept)[2])
    assert other.status_code == 200  # their own account
    assert "/livres/ecritures/" not in other.content.decode()
    assert client.get(pages(kept)[0]).status_code == 404


def test_my_account_without_any_says_what_comes() -> None:
    page = client_of(PersonFactory()).get(reverse("ledger:mine")).content.decode()
    assert "première commande" in page


def test_empty_book_says_where_entries_come_from() -> None:
    organisation = OrganisationFactory()
    client = client_of(with_role(organisation, "treasurer"))
    page = client.get(reverse("ledger:book", args=[organisation.public_id])).content.decode()
    assert "avec les commandes, les paiements et les adhésions" in page
    assert client.get(reverse("ledger:journal_file", args=[organisation.public_id, "csv"])).status_code == 404
