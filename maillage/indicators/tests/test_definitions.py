from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from maillage.core.facts import FactContext
from maillage.core.period import Period
from maillage.directory.tests.factories import OrganisationFactory, with_role
from maillage.indicators import actions, compute, queries, wording
from maillage.indicators.models import Indicator, IndicatorVersion

from .factories import NOW, indicator, stream, work, worked

pytestmark = pytest.mark.django_db
YEAR = Period.fiscal_year(2022)


def asked(organisation, period=YEAR):
    return FactContext(organisation_ids=(organisation.pk,), period=period)


def test_a_changed_definition_is_a_new_version() -> None:
    organisation, _enterprises = worked()
    first = indicator(organisation)
    again = actions.define(
        organisation_id=organisation.pk,
        definition=actions.Definition(name="interventions", fact="interventions", target=Decimal(10), operator=">="),
        indicator=first.indicator,
        by=None,
        now=NOW,
    )
    assert (first.number, again.number) == (1, 2)
    assert [v.number for v in queries.current_versions(organisation_id=organisation.pk)] == [2]


def test_the_same_definition_adds_nothing() -> None:
    organisation, _enterprises = worked()
    first = indicator(organisation)
    same = actions.define(
        organisation_id=organisation.pk,
        definition=actions.Definition(name="interventions", fact="interventions"),
        indicator=first.indicator,
        by=None,
        now=NOW,
    )
    assert same == first
    assert IndicatorVersion.objects.count() == 1


def test_a_version_cannot_be_rewritten_even_in_sql() -> None:
    version = indicator(worked()[0])
    with pytest.raises(DatabaseError), transaction.atomic():
        IndicatorVersion.objects.filter(pk=version.pk).update(fact="trainings")
    version.refresh_from_db()
    assert version.fact == "interventions"


def test_ratio_shows_a_percentage_and_nothing_over_nothing() -> None:
    organisation, enterprises = worked(4)
    work(organisation, enterprises[0], in_stream="innovation")
    share = indicator(
        organisation,
        "enterprises_served",
        filters={"stream_key": ["innovation"]},
        denominator_fact="enterprises_served",
        factor=Decimal(100),
    )
    assert compute.value(share, asked(organisation)) == 25
    assert compute.value(share, asked(organisation, Period.fiscal_year(2010))) is None


def test_distinct_key_counts_the_values_of_a_dimension() -> None:
    organisation, _enterprises = worked(3)
    assert compute.value(indicator(organisation, distinct="territory"), asked(organisation)) == 2


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ({"period_rule": "period"}, 1),
        ({"period_rule": "since_start"}, 3),
        ({"period_rule": "calendar_year"}, 2),
        ({"period_rule": "months", "months": 24}, 2),
        ({"period_rule": "fixed", "fixed_start": date(2022, 1, 1), "fixed_end": date(2022, 3, 1)}, 1),
    ],
)
def test_period_rules(rule, days) -> None:
    organisation, enterprises = worked(1)  # 2022-06-01
    work(organisation, enterprises[0], date(2022, 2, 1))
    work(organisation, enterprises[0], date(2015, 2, 1))
    assert compute.value(indicator(organisation, **rule), asked(organisation)) == days


def test_a_filter_asked_twice_keeps_what_both_keep() -> None:
    organisation, _enterprises = worked()
    version = indicator(organisation, filters={"stream": [stream().pk, stream("innovation").pk]})
    narrowed = asked(organisation).narrowed(stream=str(stream("innovation").pk))
    assert compute.value(version, narrowed) == 0
    assert compute.value(version, asked(organisation)) == 3


def test_sentence_says_what_is_counted_in_french_and_english() -> None:
    organisation, _enterprises = worked()
    version = indicator(
        organisation, "enterprises_served", filters={"stream": [stream().pk]}, operator=">=", target=Decimal(50)
    )
    with translation.override("fr"):
        said = wording.sentence(version)
    assert "volet\u00a0: International" in said
    assert "les fiches en double comptent une fois" in said
    assert "au moins 50" in said
    with translation.override("en"):
        assert "at least 50" in wording.sentence(version)


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        ({"name": ""}, "Donnez un nom"),
        ({"fact": "rien"}, "Choisissez ce qui est compté"),
        ({"filters": {"stream": ["abc"]}}, "filtres"),
        ({"breakdowns": ["couleur"]}, "ne se répartit pas"),
        ({"period_rule": "months"}, "nombre de mois"),
        ({"period_rule": "fixed"}, "deux dates"),
        ({"target": Decimal(3)}, "cible"),
    ],
)
def test_impossible_definitions_are_refused_with_a_sentence(definition, words) -> None:
    organisation = OrganisationFactory()
    with translation.override("fr"), pytest.raises(actions.DefinitionRefused, match=words):
        indicator(organisation, **{"key": "essai", **definition})
    assert not Indicator.objects.exists()


def test_manager_previews_rows_then_saves(client: Client) -> None:
    organisation, _enterprises = worked()
    client.force_login(with_role(organisation, "manager").account)
    data = {"name": "Essai", "fact": "interventions", "period_rule": "since_start", "factor": "1", "decimals": "0"}
    url = reverse("indicators:indicator_new")
    preview = client.post(url, {**data, "do": "preview"})
    assert "Entreprise 1" in preview.text
    assert not Indicator.objects.exists()
    for wrong in ("1E5", "abc", "9" * 30):
        kept = client.post(url, {**data, "decimals": "-1", "filtre-stream": wrong, "do": "save"})
        assert f'value="{wrong}"' in kept.text  # what was typed is shown again, refused
        assert not Indicator.objects.exists()
    client.post(url, {**data, "do": "save"})
    assert Indicator.objects.get().key == "essai"


def test_adviser_reads_definitions_and_may_not_change_them(client: Client) -> None:
    organisation, _enterprises = worked()
    version = indicator(organisation)
    client.force_login(with_role(organisation, "adviser").account)
    url = reverse("indicators:indicator", args=[version.indicator.public_id])
    assert client.get(url).status_code == 200
    assert client.post(url, {"name": "x", "do": "save"}).status_code == 404
    assert client.get(reverse("indicators:indicator_new")).status_code == 404
