"""Whatever a context declares can be chosen, read and opened, in both languages, without a line here."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import translation

from maillage.accompaniment.models import Intervention
from maillage.core import facts
from maillage.core.facts import Column, Count, Dimension, Fact, InPeriod
from maillage.directory.tests.factories import with_role
from maillage.indicators.forms import fact_choices

from .factories import worked

FACTS = sorted(facts.registered().values(), key=lambda f: f.key)
SPACES = get_resolver().namespace_dict


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("fact", FACTS, ids=[f.key for f in FACTS])
def test_every_fact_says_what_it_counts(fact: Fact, language: str) -> None:
    with translation.override(language):
        for said in (fact.label, fact.help, fact.group, *(d.label for d in fact.dims.values())):
            assert str(said).strip(), fact.key
        assert str(fact.label) != fact.key
        assert len(str(fact.help)) > 20, "a sentence that a funder understands"
        assert fact.row_columns, "a figure opens on rows that say something"
        assert all(str(c.label).strip() for c in fact.row_columns)
        assert fact.key in {key for _group, options in fact_choices() for key, _label in options}
    if fact.row_url is not None:
        space, _colon, name = fact.row_url.name.partition(":")
        assert name in SPACES[space][1].reverse_dict


@pytest.fixture
def newcomer() -> Iterator[Fact]:
    """A fact that a context above or beside declares tomorrow."""
    fact = facts.register(
        Fact(
            key="newcomer",
            label="Heures de chorale",
            help="Heures chantées, comptées à leur date.",
            group="Culture",
            rows=lambda ctx: Intervention.objects.all(),
            measure=Count(),
            period=InPeriod("done_on"),
            dims={"mode": Dimension("mode", "Pupitre")},
            row_columns=(Column("done_on", "Date", kind="date"),),
        )
    )
    yield fact
    from maillage.core.facts import registry

    del registry._facts[fact.key]


@pytest.mark.django_db
def test_a_new_fact_is_offered_crossed_opened_and_exported_at_once(newcomer: Fact, client: Client) -> None:
    organisation, _enterprises = worked(3)
    client.force_login(with_role(organisation, "director").account)
    query = "?debut=2022-04-01&fin=2023-04-01"
    assert "Heures de chorale" in client.get(reverse("indicators:indicator_new")).text
    pivot = client.get(reverse("indicators:pivot") + query + "&fait=newcomer&lignes=mode").text
    assert "Heures de chorale" in pivot
    assert "Pupitre" in pivot
    page = client.get(reverse("indicators:fact", args=["newcomer"]) + query).text
    assert "Heures chantées" in page
    assert page.count("2022-06-01") == 3
    export = client.get(reverse("indicators:fact_export", args=["newcomer"]) + query)
    assert export.getvalue().startswith(b"PK")
