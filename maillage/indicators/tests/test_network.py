from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from maillage.core import facts
from maillage.core.facts import FactContext
from maillage.core.period import Period
from maillage.directory import privacy
from maillage.directory.models import Organisation
from maillage.directory.tests.factories import OrganisationFactory, PersonFactory, with_role
from maillage.indicators import actions, compute, queries
from maillage.indicators.models import AnswerRequest, Declaration, DeclaredValue, Plan, PlanAction

from .factories import indicator, work

pytestmark = pytest.mark.django_db
YEAR = Period.fiscal_year(2022)


@pytest.fixture(autouse=True)
def _files(settings, tmp_path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def network() -> Organisation:
    """Two observed members that share one of three enterprises, and one outside member."""
    network, one, two, outside = (OrganisationFactory(name=n) for n in ("Réseau", "Un", "Deux", "Dehors"))
    for member, observed in ((one, True), (two, True), (outside, False)):
        actions.enrol_member(
            network_id=network.pk, member_id=member.pk, since=date(2015, 4, 1), observed=observed, by=None
        )
    first, shared, last = (OrganisationFactory(name=f"Secrète {n}") for n in range(3))
    for member, enterprise in ((one, first), (one, shared), (two, shared), (two, last)):
        work(member, enterprise)
    indicator(network, "enterprises_served")
    return network


def declared(network: Organisation, value: int, *, period: Period = YEAR, approve: bool = True) -> Declaration:
    form = next(iter(actions.ask_declarations(network_id=network.pk, period=period, by=None, now=timezone.now())))
    indicator_id = queries.current_versions(organisation_id=network.pk)[0].indicator_id
    actions.save_declaration(
        declaration_id=form.pk,
        values={indicator_id: Decimal(value)},
        declared_by="Ève Roy, direction",
        evidence=ContentFile(b"%PDF-1.4", name="bilan.pdf"),
    )
    actions.submit_declaration(declaration_id=form.pk, now=timezone.now())
    return actions.approve(declaration_id=form.pk, by=None, now=timezone.now()) if approve else form


def total(network: Organisation, period: Period = YEAR) -> queries.Consolidated:
    return queries.consolidate(network_id=network.pk, period=period)[0]


def test_observed_enterprises_count_once_across_members(network) -> None:
    figure = total(network)
    assert (figure.observed, figure.summed, figure.counted_twice) == (3, 4, 1)


def test_overlap_is_counted_without_a_name(network) -> None:
    ids = tuple(Organisation.objects.filter(name__in=["Un", "Deux"]).values_list("pk", flat=True))
    found = queries.overlap(facts.get("enterprises_served"), FactContext(organisation_ids=ids, period=YEAR))
    assert (found.unique, found.summed, found.shared_by) == (3, 4, {1: 2, 2: 1})
    assert [[found.matrix[a][b] for b in found.members] for a in found.members] == [[2, 1], [1, 2]]


def test_merged_duplicate_is_one_enterprise_for_the_network(network) -> None:
    first, last = Organisation.objects.get(name="Secrète 0"), Organisation.objects.get(name="Secrète 2")
    Organisation.objects.filter(pk=first.pk).update(merged_into=last)
    assert total(network).observed == 2


def test_declared_numbers_count_once_approved_and_stay_apart(network) -> None:
    declared(network, 40, approve=False)
    assert total(network).declared == 0
    form = Declaration.objects.get()
    actions.approve(declaration_id=form.pk, by=None, now=timezone.now())
    figure = total(network)
    assert (figure.observed, figure.declared, figure.total) == (3, 40, 43)


def test_growth_waits_for_every_member_of_both_years(network) -> None:
    declared(network, 40)
    assert total(network).growth is None
    declared(network, 20, period=YEAR.previous())
    figure = total(network)
    assert figure.previous == 20
    assert figure.growth == Decimal(23) / 20


def test_returned_declaration_says_why_and_comes_back(network) -> None:
    form = declared(network, 40, approve=False)
    with pytest.raises(actions.DeclarationRefused):
        actions.return_declaration(declaration_id=form.pk, reason=" ", by=None, now=timezone.now())
    actions.return_declaration(declaration_id=form.pk, reason="Revoir", by=None, now=timezone.now())
    values = {queries.current_versions(organisation_id=network.pk)[0].indicator_id: Decimal(38)}
    actions.save_declaration(declaration_id=form.pk, values=values, declared_by="Ève Roy")
    actions.submit_declaration(declaration_id=form.pk, now=timezone.now())
    assert [s.state for s in form.steps.all()] == ["submitted", "returned", "submitted"]
    assert DeclaredValue.objects.get().value == 38


def test_approved_declaration_does_not_change(network) -> None:
    form = declared(network, 40)
    for refused in (
        lambda: actions.save_declaration(declaration_id=form.pk, values={}, declared_by="x"),
        lambda: actions.submit_declaration(declaration_id=form.pk, now=timezone.now()),
        lambda: actions.approve(declaration_id=form.pk, by=None, now=timezone.now()),
    ):
        with pytest.raises(actions.DeclarationRefused):
            refused()
    assert DeclaredValue.objects.get().value == 40


@pytest.mark.parametrize("missing", ["values", "declared_by", "evidence"])
def test_incomplete_declaration_is_not_sent(network, missing) -> None:
    form = actions.ask_declarations(network_id=network.pk, period=YEAR, by=None, now=timezone.now())[0]
    key = queries.current_versions(organisation_id=network.pk)[0].indicator_id
    actions.save_declaration(
        declaration_id=form.pk,
        values={} if missing == "values" else {key: Decimal(1)},
        declared_by="" if missing == "declared_by" else "Ève",
        evidence=None if missing == "evidence" else ContentFile(b"%PDF-1.4", name="bilan.pdf"),
    )
    with pytest.raises(actions.DeclarationRefused):
        actions.submit_declaration(declaration_id=form.pk, now=timezone.now())
    form.refresh_from_db()
    assert form.state == "draft"


def test_evidence_must_be_a_document(network) -> None:
    form = actions.ask_declarations(network_id=network.pk, period=YEAR, by=None, now=timezone.now())[0]
    with pytest.raises(actions.DeclarationRefused):
        actions.save_declaration(
            declaration_id=form.pk, values={}, declared_by="", evidence=ContentFile(b"x", name="page.html")
        )


def test_asking_twice_makes_one_form_a_member(network) -> None:
    for _ in range(2):
        actions.ask_declarations(network_id=network.pk, period=YEAR, by=None, now=timezone.now())
    assert Declaration.objects.count() == 1


def test_outside_member_declares_by_its_address(client: Client, network) -> None:
    form = actions.ask_declarations(network_id=network.pk, period=YEAR, by=None, now=timezone.now())[0]
    url = reverse("indicators:declaration", args=[form.token])
    key = queries.current_versions(organisation_id=network.pk)[0].indicator_id
    evidence = SimpleUploadedFile("bilan.pdf", b"%PDF-1.4")
    data = {f"v{key}": "12", "declared_by": "Ève Roy", "evidence": evidence, "do": "submit"}
    page = client.post(url, data, follow=True)
    assert page.status_code == 200
    form.refresh_from_db()
    assert form.state == "submitted"
    assert "Secrète" not in page.text


def test_expired_address_takes_nothing(client: Client, network) -> None:
    form = actions.ask_declarations(network_id=network.pk, period=YEAR, by=None, now=timezone.now())[0]
    Declaration.objects.filter(pk=form.pk).update(expires_at=timezone.now() - timedelta(days=1))
    client.post(reverse("indicators:declaration", args=[form.token]), {"declared_by": "x", "do": "save"})
    form.refresh_from_db()
    assert form.declared_by == ""


def test_network_director_sees_totals_and_never_a_name(client: Client, network) -> None:
    declared(network, 40)
    client.force_login(with_role(network, "director").account)
    query = f"?debut={YEAR.start}&fin={YEAR.end}"
    page = client.get(reverse("indicators:network") + query)
    assert "43" in page.text
    assert "Secrète" not in page.text
    version = queries.current_versions(organisation_id=network.pk)[0]
    figure = reverse("indicators:figure", args=[version.indicator.public_id])
    for extra in ("", "&par=enterprise", "&par=sector", "&vue=distincts"):
        found = client.get(figure + query + extra)
        assert found.status_code == 200
        assert "Secrète" not in found.text
    book = client.get(reverse("indicators:figure_export", args=[version.indicator.public_id]) + query)
    sheets = ZipFile(BytesIO(b"".join(book.streaming_content)))
    assert not any("Secrète" in sheets.read(name).decode(errors="ignore") for name in sheets.namelist())


def test_member_and_outsider_do_not_see_the_network(client: Client, network) -> None:
    client.force_login(with_role(Organisation.objects.get(name="Un"), "director").account)
    url = reverse("indicators:network")
    assert client.get(url + f"?organisme={network.public_id}").status_code == 404
    form = declared(network, 4, approve=False)
    assert client.get(reverse("indicators:declaration_review", args=[form.public_id])).status_code == 404
    assert client.get(reverse("indicators:declaration_evidence", args=[form.public_id])).status_code == 404


def test_queries_of_the_page_do_not_grow_with_members(client: Client, network, django_assert_max_num_queries) -> None:
    for n in range(20):
        member = OrganisationFactory(name=f"Membre {n}")
        actions.enrol_member(network_id=network.pk, member_id=member.pk, since=date(2015, 4, 1), by=None)
    client.force_login(with_role(network, "director").account)
    with django_assert_max_num_queries(40):
        client.get(reverse("indicators:network") + "?annee=2022")


def test_two_members_with_few_enterprises_in_common_tell_no_number(client: Client) -> None:
    """With two members on the platform, the sums would tell the very pair that the matrix keeps silent."""
    network, one, two = (OrganisationFactory() for _ in range(3))
    both = [OrganisationFactory() for _ in range(6)]
    for member in (one, two):
        actions.enrol_member(network_id=network.pk, member_id=member.pk, since=date(2020, 1, 1), by=None, observed=True)
    indicator(network, "enterprises_served")
    client.force_login(with_role(network, "director").account)
    page = reverse("indicators:network") + "?debut=2022-04-01&fin=2023-04-01"
    for n, enterprise in enumerate(both, start=1):
        for member in (one, two):
            work(member, enterprise)
        text = client.get(page).text
        small = n < 5
        assert ("De 1 à 4 entreprises sont accompagnées par plus d’un membre" in text) == small, n
        assert ("En additionnant les membres" in text) == (not small)


def test_a_members_number_that_tells_of_few_enterprises_is_kept_quiet_everywhere(client: Client) -> None:
    network, one, two = OrganisationFactory(), OrganisationFactory(name="Membre Un"), OrganisationFactory(name="Deux")
    for member in (one, two):
        actions.enrol_member(network_id=network.pk, member_id=member.pk, since=date(2020, 1, 1), by=None, observed=True)
    version = indicator(network, "enterprises_served")
    served = [OrganisationFactory() for _ in range(20)]
    for n, enterprise in enumerate(served):
        for member in (one, *([two] if n < 4 else [])):
            work(member, enterprise)
    client.force_login(with_role(network, "director").account)
    year = "debut=2022-04-01&fin=2023-04-01"

    def lines() -> list[tuple[object, bool]]:
        shown = client.get(reverse("indicators:network") + f"?{year}").context["lines"]
        return [values[0] for _line, values in shown]

    asked = FactContext(organisation_ids=(one.pk, two.pk), period=Period.fiscal_year(2022))
    assert [hushed for _value, hushed in lines()] == [True, True]
    assert [part.value for part in compute.parts(version, asked, "organisation")] == [None, None]
    work(two, served[4])  # five in common: nobody is recognised
    assert [hushed for _value, hushed in lines()] == [False, False]
    assert sorted(p.value for p in compute.parts(version, asked, "organisation") if p.value) == [5, 20]


def test_a_number_that_was_asked_of_a_person_is_handed_over_and_loses_their_name() -> None:
    person = PersonFactory()
    plan = Plan.objects.create(
        organisation=OrganisationFactory(), name="Plan", period=(date(2026, 4, 1), date(2030, 1, 1))
    )
    action = PlanAction.objects.create(
        plan=plan, number=1, label="L", measure="m", target=5, begins=date(2026, 4, 1), deadline=date(2029, 1, 1)
    )
    row = AnswerRequest.objects.create(
        action=action, as_of=date(2026, 6, 1), name="Zoé Quoy", email=person.email.upper(),
        expires_at=timezone.now() + timedelta(days=9),
    )  # fmt: skip
    assert "Zoé Quoy" in str(privacy.export(person))
    privacy.erase(person)
    row.refresh_from_db()
    assert (row.name, row.email) == ("—", "")
