from threading import Thread
from typing import Any

import pytest
from django.db import connection

from maillage.core import actions as core_actions
from maillage.core.period import Period
from maillage.directory.tests.factories import OrganisationFactory
from maillage.indicators import actions
from maillage.indicators.models import FrozenFigure

from .factories import NOW, indicator, work, worked


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guarded", [False, True])
def test_publication_during_a_write_is_of_one_moment(guarded: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work is committed after the first figure was read and before its rows are kept."""
    organisation, _enterprises = worked(3)
    indicator(organisation)
    report = actions.create_report(
        organisation_id=organisation.pk,
        title="Rapport",
        period=Period.fiscal_year(2022),
        sections=[{"title": "Tout", "blocks": [{"kind": "figures", "keys": ["interventions"]}]}],
        by=None,
    )
    if not guarded:
        monkeypatch.setattr(core_actions, "see_one_moment", lambda: None)
    newcomer = OrganisationFactory()
    written: list[int] = []

    def write() -> None:
        try:
            work(organisation, newcomer)
        finally:
            connection.close()

    def between(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found = execute(sql, params, many, context)
        if not written and "COUNT(" in sql.upper() and "intervention" in sql:
            written.append(1)
            thread = Thread(target=write)
            thread.start()
            thread.join()
        return found

    with connection.execute_wrapper(between):
        actions.publish(report_id=report.pk, by=None, now=NOW)
    frozen = FrozenFigure.objects.get()
    assert written
    assert (frozen.value == len(frozen.row_ids)) is guarded
