import html
import io
import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from maillage.accompaniment.models import Claim
from maillage.core import facts
from maillage.core.facts import FactContext, registry
from maillage.core.period import Period
from maillage.core.templatetags.maillage import number
from maillage.directory import downloads
from maillage.directory.actions.downloads import make
from maillage.directory.models import Download
from maillage.directory.tests.factories import OrganisationFactory, with_role
from maillage.funding.models import Agreement, Funder
from maillage.indicators import compute, queries
from maillage.indicators.models import Pivot
from maillage.market.models import Order
from maillage.market.tests.factories import MemberFactory, OfferFactory, SlotFactory
from maillage.market.tests.test_orders import place

from .factories import indicator, stream, work, worked

pytestmark = pytest.mark.django_db
YEAR = Period.fiscal_year(2022)
QUERY = "?debut=2022-04-01&fin=2023-04-01"


def agreement(organisation, title: str, month: int = 4) -> Agreement:
    funder = Funder.objects.create(organisation=OrganisationFactory())
    return Agreement.objects.create(
        organisation=organisation, funder=funder, title=title, during=(date(2020, 1, 1), None), fiscal_month=month
    )


def test_figure_opens_on_the_rows_that_it_counts(client: Client) -> None:
    organisation, enterprises = worked(3)
    version = indicator(organisation)
    client.force_login(with_role(organisation, "adviser").account)
    url = reverse("indicators:figure", args=[version.indicator.public_id])
    page = client.get(url + QUERY)
    assert all(e.name in page.text for e in enterprises)
    one = client.get(f"{url}{QUERY}&territory={enterprises[1].mrc_id}").text
    assert "Entreprise 1" in one
    assert "Entreprise 0" not in one
    assert "Entreprise 0" not in client.get(url + "?annee=2010").text


def test_impossible_filter_is_not_found(client: Client) -> None:
    organisation, _enterprises = worked()
    version = indicator(organisation)
    client.force_login(with_role(organisation, "adviser").account)
    url = reverse("indicators:figure", args=[version.indicator.public_id])
    assert client.get(f"{url}{QUERY}&territory=abc").status_code == 404
    assert client.get(f"{url}?debut=hier&fin=demain").status_code == 200


def test_pages_of_figures_ask_a_constant_number_of_queries(client: Client, django_assert_max_num_queries) -> None:
    organisation, _enterprises = worked(60)
    version = indicator(organisation)
    client.force_login(with_role(organisation, "adviser").account)
    with django_assert_max_num_queries(16):
        client.get(reverse("indicators:figure", args=[version.indicator.public_id]) + QUERY)


def test_workbook_leaves_with_its_rows(client: Client) -> None:
    organisation, _enterprises = worked(3)
    version = indicator(organisation, breakdowns=["territory"])
    client.force_login(with_role(organisation, "adviser").account)
    made = client.get(reverse("indicators:figure_export", args=[version.indicator.public_id]) + QUERY).getvalue()
    book = CalamineWorkbook.from_filelike(io.BytesIO(made))
    assert len(book.get_sheet_by_index(len(book.sheet_names) - 1).to_python()) == 4


def test_long_workbook_is_asked_for_and_made_by_a_job(client: Client, settings, tmp_path, monkeypatch) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(downloads, "SHORT", 2)
    organisation, _enterprises = worked(3)
    version = indicator(organisation)
    director = with_role(organisation, "director").account
    client.force_login(director)
    page = client.get(reverse("indicators:figure", args=[version.indicator.public_id]) + QUERY).text
    export = reverse("indicators:figure_export", args=[version.indicator.public_id]) + QUERY
    assert f'method="post" action="{html.escape(export)}"' in page
    client.post(export)
    download = Download.objects.get(account=director)
    make(download_id=download.pk, now=timezone.now())
    made = client.get(reverse("directory:download_file", args=[download.public_id])).getvalue()
    assert len(CalamineWorkbook.from_filelike(io.BytesIO(made)).get_sheet_by_name("Lignes").to_python()) == 4
    client.post(export)
    director.person.roles.all().delete()
    again = Download.objects.filter(account=director).first()
    assert again is not None
    make(download_id=again.pk, now=timezone.now())
    again.refresh_from_db()
    assert again.state == "failed"


def test_sums_stand_at_the_foot_and_months_open_on_their_rows(client: Client) -> None:
    organisation, _enterprises = worked(60)
    client.force_login(with_role(organisation, "director").account)
    url = reverse("indicators:fact", args=["intervention_minutes"]) + QUERY
    page = client.get(url + "&par=month").text
    total = facts.get("intervention_minutes").value(
        FactContext(organisation_ids=(organisation.pk,), period=Period.fiscal_year(2022))
    )
    assert number(total, 2) in page[page.index("<tfoot>") :]
    month = re.search(r"month=(2022-\d\d-01)", page)
    assert month
    narrowed = client.get(url + f"&month={month[1]}").text
    assert month[1][:7] in narrowed
    assert client.get(url + "&month=hier").status_code == 404
    book = client.get(reverse("indicators:fact_export", args=["intervention_minutes"]) + QUERY).getvalue()
    assert len(CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_name("Lignes").to_python()) == 61


def test_pivot_leaves_as_a_workbook_with_totals_counted_again(client: Client) -> None:
    organisation, _enterprises = worked(3)
    client.force_login(with_role(organisation, "director").account)
    query = QUERY + "&fait=interventions&lignes=territory&colonnes=month"
    book = client.get(reverse("indicators:pivot_export") + query).getvalue()
    table = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert table[-1][0] == "Total"
    assert table[-1][-1] == 3
    wrong = reverse("indicators:pivot_export") + QUERY + "&fait=interventions&lignes=adviser_note"
    assert client.get(wrong).status_code == 404


def test_long_table_is_asked_for_and_made_by_a_job(client: Client, settings, tmp_path, monkeypatch) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(downloads, "SHORT", 2)
    organisation, _enterprises = worked(3)
    director = with_role(organisation, "director").account
    client.force_login(director)
    export = reverse("indicators:pivot_export") + QUERY + "&fait=interventions&lignes=territory&colonnes=month"
    assert "Préparer le fichier" in client.get(export).text
    assert not Download.objects.exists()
    client.post(export)
    download = Download.objects.get(account=director)
    make(download_id=download.pk, now=timezone.now())
    made = client.get(reverse("directory:download_file", args=[download.public_id])).getvalue()
    table = CalamineWorkbook.from_filelike(io.BytesIO(made)).get_sheet_by_index(0).to_python()
    assert table[-1][-1] == 3


@pytest.mark.parametrize("name", ["figure", "figure_export", "indicator"])
def test_outsider_does_not_learn_of_a_figure(client: Client, name) -> None:
    version = indicator(worked()[0])
    client.force_login(with_role(OrganisationFactory(), "director").account)
    assert client.get(reverse(f"indicators:{name}", args=[version.indicator.public_id])).status_code == 404


def test_another_organisation_cannot_be_asked_in_the_address(client: Client) -> None:
    theirs, _enterprises = worked()
    client.force_login(with_role(OrganisationFactory(), "director").account)
    for name, args in (("figures", []), ("pivot", []), ("claims", []), ("indicators", []), ("fact", ["interventions"])):
        url = reverse(f"indicators:{name}", args=args)
        assert client.get(f"{url}?organisme={theirs.public_id}").status_code == 404
        assert client.get(f"{url}?organisme=abc").status_code == 404


def test_anonymous_is_sent_to_sign_in(client: Client) -> None:
    for name in ("figures", "reports", "network", "plan", "pivot", "indicators"):
        assert client.get(reverse(f"indicators:{name}")).status_code == 302


# --- several funders -------------------------------------------------------------------------


def test_each_funder_counts_its_own_claims_on_its_own_year() -> None:
    organisation, enterprises = worked(2)
    one, two = agreement(organisation, "Avril", 4), agreement(organisation, "Janvier", 1)
    for n, enterprise in enumerate(enterprises):
        row = work(organisation, enterprise, date(2023, 2, 1))
        Claim.objects.create(intervention=row, agreement=one)
        if n:
            Claim.objects.create(intervention=row, agreement=two)
    mine = indicator(organisation, "claimed_interventions", key="un", agreement_id=one.pk)
    theirs = indicator(organisation, "claimed_interventions", key="deux", agreement_id=two.pk)
    asked = FactContext(organisation_ids=(organisation.pk,))
    years = [queries.funder_year(a, date(2023, 2, 1)) for a in (one, two)]
    assert years == [Period.fiscal_year(2022), Period(date(2023, 1, 1), date(2024, 1, 1))]
    values = [
        compute.value(v, FactContext(asked.organisation_ids, year))
        for v, year in zip((mine, theirs), years, strict=True)
    ]
    assert values == [2, 1]


def test_double_claim_is_listed_only_where_forbidden(client: Client) -> None:
    organisation, enterprises = worked(1)
    one, two, three = (agreement(organisation, t) for t in ("A", "B", "C"))
    one.excludes.add(two)
    forbidden, allowed = work(organisation, enterprises[0]), work(organisation, enterprises[0])
    for row, agreements in ((forbidden, (one, two)), (allowed, (one, three))):
        for a in agreements:
            Claim.objects.create(intervention=row, agreement=a)
    found = queries.double_claims(organisation_id=organisation.pk)
    assert [c.intervention_public_id for c in found] == [str(forbidden.public_id)]
    assert found[0].enterprises == "Entreprise 0"
    board, manager = with_role(organisation, "board").account, with_role(organisation, "manager").account
    url, keep = reverse("indicators:claims"), reverse("indicators:claim_keep", args=[forbidden.public_id])
    choice = {"garde": one.pk, "libere": two.pk}
    client.force_login(board)
    assert "Entreprise 0" in client.get(url).text
    assert keep not in client.get(url).text
    assert client.post(keep, choice).status_code == 404
    client.force_login(manager)
    assert keep in client.get(url).text
    client.post(keep, choice)
    assert set(forbidden.claims.values_list("agreement_id", flat=True)) == {one.pk}
    assert queries.double_claims(organisation_id=organisation.pk) == []
    assert queries.count_double_claims(organisation_id=organisation.pk) == 0
    release = queries.releases_of(organisation_id=organisation.pk)[0]
    assert (release.kept, release.released, release.by) == (one, two, manager)
    page = client.get(url).text
    assert manager.person.name in page[page.index("Choix faits") :]
    client.post(keep, choice)  # chosen already
    assert len(queries.releases_of(organisation_id=organisation.pk)) == 1
    for _twice in range(2):
        client.post(reverse("indicators:claim_undo", args=[release.public_id]))
    assert queries.count_double_claims(organisation_id=organisation.pk) == 1


# --- pivots ----------------------------------------------------------------------------------


def asked(organisation) -> FactContext:
    return FactContext(organisation_ids=(organisation.pk,), period=YEAR)


def test_pivot_totals_are_counted_again() -> None:
    organisation, enterprises = worked(2)
    work(organisation, enterprises[0], in_stream="innovation")
    table = queries.pivot(facts.get("enterprises_served"), asked(organisation), rows="stream", columns="territory")
    assert sorted(table.row_totals.values()) == [1, 2]
    assert table.total == 2


def slow_fact(seconds: float) -> facts.Fact:
    fact = facts.get("interventions")
    return facts.Fact(
        key="slow",
        label="Lent",
        rows=lambda ctx: fact.source(ctx).extra(where=[f"(SELECT true FROM pg_sleep({seconds}))"]),
        measure=fact.measure,
        period=fact.period_rule,
        organisation=fact.organisation,
        dims=fact.dims,
    )


def test_a_table_too_slow_for_a_page_is_prepared(client: Client, settings, tmp_path, monkeypatch) -> None:
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(downloads, "SHORT", 2)
    monkeypatch.setattr(queries.pivots, "BUDGET", 0.3)
    monkeypatch.setitem(registry._facts, "slow", slow_fact(1.2))
    organisation, _enterprises = worked(3)
    director = with_role(organisation, "director").account
    client.force_login(director)
    question = QUERY + "&fait=slow&lignes=stream"
    assert "Préparer le classeur" in client.get(reverse("indicators:pivot") + question).text
    client.post(reverse("indicators:pivot_export") + question)
    download = Download.objects.get(account=director)
    make(download_id=download.pk, now=timezone.now())
    download.refresh_from_db()
    assert download.state == "ready"


def test_pivot_refuses_with_a_sentence_what_is_too_slow_or_too_wide(monkeypatch) -> None:
    organisation, _enterprises = worked(30)
    fact = facts.get("interventions")
    monkeypatch.setattr(queries.pivots, "MAX_ROWS", 20)
    with pytest.raises(queries.TooWide):
        queries.pivot(fact, asked(organisation), rows="enterprise")
    slow = slow_fact(1)
    with pytest.raises(queries.TooWide):
        queries.pivot(slow, asked(organisation), rows="stream", budget=0.2)
    assert queries.filter_values(slow, asked(organisation), "stream", budget=0.2) == []
    assert queries.pivot(fact, asked(organisation), rows="stream").total == 30, "the connection still works"


def test_cell_opens_on_the_rows_that_it_counts(client: Client) -> None:
    organisation, enterprises = worked(2)
    client.force_login(with_role(organisation, "adviser").account)
    page = client.get(reverse("indicators:pivot") + QUERY + "&lignes=territory&colonnes=stream").text
    address = f"{reverse('indicators:fact', args=['interventions'])}?debut=2022-04-01&amp;fin=2023-04-01"
    assert f"{address}&amp;territory={enterprises[1].mrc_id}" in page
    rows = client.get(f"{reverse('indicators:fact', args=['interventions'])}{QUERY}&territory={enterprises[1].mrc_id}")
    assert "Entreprise 1" in rows.text
    assert "Entreprise 0" not in rows.text


def test_kept_question_is_asked_again_by_colleagues_only(client: Client) -> None:
    organisation, _enterprises = worked()
    client.force_login(with_role(organisation, "adviser").account)
    data = {
        "name": "Par MRC",
        "fait": "interventions",
        "lignes": "territory",
        "debut": "2022-04-01",
        "fin": "2023-04-01",
    }
    client.post(reverse("indicators:pivot"), {**data, "shared": "1"})
    kept = Pivot.objects.get()
    url = reverse("indicators:pivot_saved", args=[kept.public_id])
    client.force_login(with_role(organisation, "board").account)
    assert client.get(url, follow=True).status_code == 200
    client.post(reverse("indicators:pivot_delete", args=[kept.public_id]))
    assert Pivot.objects.exists()
    client.force_login(with_role(OrganisationFactory(), "adviser").account)
    assert client.get(url).status_code == 404


def test_year_without_any_row_is_no_zero() -> None:
    organisation, enterprises = worked(1)
    version = indicator(organisation, filters={"stream": [stream("innovation").pk]})
    asked = FactContext(organisation_ids=(organisation.pk,), period=Period.fiscal_year(2022))
    found = queries.figure(version, asked, previous=True)
    assert (found.previous, found.unrecorded) == (None, True)
    work(organisation, enterprises[0], date(2021, 6, 1))  # noted that year, in another stream: a true zero
    found = queries.figure(version, asked, previous=True)
    assert (found.previous, found.unrecorded) == (0, False)


def test_only_who_runs_the_market_opens_its_orders_from_a_figure(client: Client) -> None:
    slot = SlotFactory()
    offer = OfferFactory(cycle=slot.cycle)
    order = Order.objects.get(pk=place(MemberFactory(slot.cycle.market), slot, {offer: 1}).order_id)
    organisation = slot.cycle.market.organisation
    url = f"{reverse('indicators:fact', args=['market_orders'])}?organisme={organisation.public_id}&debut=2000-01-01"
    address = reverse("market:order", args=[order.public_id])
    for kind, opens in (("coordinator", True), ("treasurer", False)):
        client.force_login(with_role(organisation, kind).account)
        assert (address in client.get(url).text) is opens
        assert (client.get(address).status_code == 200) is opens
