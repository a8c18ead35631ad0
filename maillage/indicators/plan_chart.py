"""An action's course drawn: what was reached, the target, and where the pace leads."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from maillage.core import charts
from maillage.core.dates import say

from .queries.plan_course import Course


def drawn(course: Course, *, unit: str) -> str:
    """An SVG: a line of what was reached, a dashed line to the forecast, a rule at the target."""
    reached, forecast, target = _("atteint"), _("au même rythme"), _("cible")
    last = course.last or course.points[-1][0]
    rows = [(day, value, reached) for day, value in course.points]
    if course.forecast is not None:
        rows += [(*course.points[-1], forecast), (last, course.forecast, forecast)]
    rows += [(course.first, course.target, target), (last, course.target, target)]
    names = list(dict.fromkeys(name for _day, _value, name in rows))
    look = {reached: (charts.SERIES[0], [1, 0]), forecast: (charts.SERIES[1], [6, 4]), target: (charts.MUTED, [2, 3])}
    scale = {"domain": names, "range": [look[n][0] for n in names]}
    dash = {"domain": names, "range": [look[n][1] for n in names]}
    return charts.svg(
        {
            "width": 560,
            "height": 200,
            "data": {"values": [{"x": day.isoformat(), "y": value, "series": name} for day, value, name in rows]},
            "mark": {"type": "line", "strokeWidth": 2.5},
            "encoding": {
                "x": {"field": "x", "type": "temporal", "title": None, "axis": _months()},
                "y": {"field": "y", "type": "quantitative", "title": unit or None, "axis": {"format": ",~r"}},
                "color": {"field": "series", "type": "nominal", "scale": scale, "legend": {}},
                "strokeDash": {"field": "series", "type": "nominal", "scale": dash, "legend": {}},
            },
        }
    )


def _months() -> dict[str, Any]:
    """The axis of months, in the page's language."""
    names = ",".join(f'"{say(date(2023, n, 1), "N")}"' for n in range(1, 13))
    return {"grid": False, "tickCount": 7, "labelExpr": f"[{names}][month(datum.value)] + ' ' + year(datum.value)"}
