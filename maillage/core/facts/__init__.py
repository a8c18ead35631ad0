"""Facts: what a context can be counted by. A figure is computed from rows of work, and opens on the same rows.

A context declares its facts in `facts.py` and registers them there; `indicators` imports every `facts` module.

    INTERVENTIONS = register(Fact(
        key="interventions", label=_("Interventions"), unit=_("interventions"),
        rows=lambda ctx: Party.objects.filter(role="beneficiary", intervention__state="done"),
        measure=CountDistinct("intervention_id", label="intervention__title"),
        period=InPeriod("occurred_on"), organisation="organisation", territory="mrc",
        dims={"stream": Dimension("stream_id", _("Volet"), display="stream__name")},
        row_columns=(Column("occurred_on", _("Date")), Column("enterprise__name", _("Entreprise"))),
        row_url=RowUrl("accompaniment:intervention", "intervention__public_id"),
    ))

`value(ctx)` is always the measure of `rows(ctx)`, computed in one SQL statement; `Measure.over(rows)` computes it
a second time in Python, for the tests. Every path follows columns and forward foreign keys of the row, so nothing
fans out. What changes over time (MRC, sector) is read from the columns frozen on the row.
"""

from .dimensions import Cell, Column, Dimension, Entered, Month, RowUrl
from .fact import Fact, values
from .measures import Count, CountDistinct, Largest, Measure, Ratio, Sum, canonical
from .periods import Always, AsOf, InPeriod, Lasting, Overlaps, PeriodRule
from .registry import get, register, registered
from .terms import LAST, RATIO, RECOMPUTE, SUM, BadFilter, FactContext, Label, Number, Rollup

__all__ = [
    "LAST",
    "RATIO",
    "RECOMPUTE",
    "SUM",
    "Always",
    "AsOf",
    "BadFilter",
    "Cell",
    "Column",
    "Count",
    "CountDistinct",
    "Dimension",
    "Entered",
    "Fact",
    "FactContext",
    "InPeriod",
    "Label",
    "Largest",
    "Lasting",
    "Measure",
    "Month",
    "Number",
    "Overlaps",
    "PeriodRule",
    "Ratio",
    "Rollup",
    "RowUrl",
    "Sum",
    "canonical",
    "get",
    "register",
    "registered",
    "values",
]
