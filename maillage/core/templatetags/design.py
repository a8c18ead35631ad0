"""What the leaves of the design system compute: attributes, form controls, geometry of bars. Only leaves load it."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zlib import crc32

from django import forms, template
from django.forms import BoundField
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

from maillage.core import chrome as surroundings
from maillage.core.stylesheet import stylesheet

from .maillage import number

register = template.Library()


@register.simple_tag
def stylesheet_url() -> str:
    """The address of the joined style sheet."""
    return reverse("stylesheet", args=[stylesheet().version])


@register.simple_tag(takes_context=True)
def chrome(context: template.Context, part: str) -> SafeString:
    """A part of what surrounds every page: `{% chrome "foot" %}`."""
    return surroundings.chrome(context, part, hue=hue, initials=initials)


@register.filter
def html(attrs: Any) -> SafeString:
    """Attributes that a leaf did not declare, escaped. True stands alone; None and False are left out."""
    given: Mapping[str, Any] = attrs.attrs_dict() if hasattr(attrs, "attrs_dict") else attrs or {}
    pairs = ((k, v) for k, v in given.items() if v is not None and v is not False)
    return format_html_join("", "{}", ((_attribute(k, v),) for k, v in pairs))


def _attribute(name: str, value: Any) -> SafeString:
    return format_html(" {}", name) if value is True else format_html(' {}="{}"', name, value)


KINDS = {
    "checkbox": "check",
    "radioselect": "choices",
    "checkboxselectmultiple": "choices",
    "select": "select",
    "selectmultiple": "select",
    "nullbooleanselect": "select",
    "textarea": "textarea",
    "clearablefile": "file",
    "file": "file",
    "hidden": "hidden",
}


@register.filter
def control_kind(field: BoundField) -> str:
    """How `c-field` lays a form field out: input, check, choices, select, textarea, file or hidden."""
    return "hidden" if field.is_hidden else KINDS.get(field.widget_type, "input")


@register.simple_tag
def control(field: BoundField, attrs: Any = None, help_text: Any = "") -> SafeString:
    """The form control itself, with what a phone needs (keyboard, calendar) and the leaf's extra attributes."""
    widget = field.field.widget
    extra: dict[str, Any] = dict(attrs.attrs_dict()) if hasattr(attrs, "attrs_dict") else {}
    if type(widget) in (forms.DateInput, forms.TimeInput) and widget.input_type == "text":
        # The browser's own picker wants ISO; Django reads ISO in every language. Widgets are copies of each form's own.
        widget.input_type, widget.format = (
            ("date", "%Y-%m-%d") if isinstance(widget, forms.DateInput) else ("time", "%H:%M")
        )
    if isinstance(field.field, forms.DecimalField) and "inputmode" not in widget.attrs:
        extra.setdefault("inputmode", "decimal")
    elif isinstance(field.field, forms.IntegerField) and "inputmode" not in widget.attrs:
        extra.setdefault("inputmode", "numeric")
    if help_text and not field.help_text and field.auto_id:
        extra.setdefault("aria-describedby", _described(field))
    return field.as_widget(attrs=extra)


def _described(field: BoundField) -> str:
    return f"{field.auto_id}_helptext" + (f" {field.auto_id}_error" if field.errors else "")


@register.filter
def unlocal(value: Any) -> str:
    """A value as a machine reads it: `1.5`, `2026-11-22`, whatever the language."""
    return "" if value is None else value.isoformat() if hasattr(value, "isoformat") else str(value)


@register.simple_tag(takes_context=True)
def page_url(context: template.Context, param: str, number: int) -> str:
    """The same address and filters, at another page."""
    query = context["request"].GET.copy()
    query[param] = str(number)
    return f"?{query.urlencode()}"


@register.filter
def initials(name: Any) -> str:
    """Two letters for an avatar: first of the first word, first of the last."""
    words = [w for w in str(name or "").split() if w[0].isalnum()]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper() if words else "·"


@register.filter
def hue(name: Any) -> int:
    """One of six calm colours, always the same for a name."""
    return crc32(str(name or "").encode()) % 6 + 1


@register.filter
def share(value: Any, whole: Any) -> float:
    """`value` as a percentage of `whole`, kept between 0 and 100."""
    total = Decimal(str(whole or 0))
    return float(max(Decimal(0), min(Decimal(100), Decimal(str(value or 0)) / total * 100))) if total else 0.0


@register.filter
def spans(parts: Iterable[Any]) -> list[dict[str, Any]]:
    """Parts of a price as segments of a bar: `(label, amount)` or `{label, amount}` → x and width in percent.

    Negative and empty parts take no width but stay in the legend.
    """
    rows = [p if isinstance(p, Mapping) else {"label": p[0], "amount": p[1]} for p in parts]
    amounts = [max(Decimal(0), Decimal(str(r["amount"] or 0))) for r in rows]
    whole, x, result = sum(amounts), Decimal(0), []
    for index, (row, amount) in enumerate(zip(rows, amounts, strict=True), start=1):
        width = amount / whole * 100 if whole else Decimal(0)
        result.append(
            {**row, "x": f"{x:.2f}", "width": f"{width:.2f}", "share": width / 100, "tone": (index - 1) % 6 + 1}
        )
        x += width
    return result


@register.filter
def unit_name(unit: Any, value: Any = 1) -> str:
    """The word of a unit code beside a quantity: `3 unités`, `1,5 kg`. An unknown unit is itself."""
    count = int(Decimal(str(value or 0)))
    if unit == "piece":
        return ngettext("unité", "unités", count)
    if unit == "portion":
        return ngettext("portion", "portions", count)
    return gettext(str(unit)) if unit else ""


@register.filter
def step_of(step: Any) -> dict[str, Any]:
    """A state of a rail: a mapping, or `(title, state)`, or `(title, state, at)`."""
    if isinstance(step, Mapping):
        return dict(step)
    return dict(zip(("title", "state", "at", "href"), step, strict=False))


@register.filter
def choice(option: Any) -> dict[str, Any]:
    """An option of a segmented control or a tab: a mapping, or `(value, label)`."""
    return dict(option) if isinstance(option, Mapping) else {"value": option[0], "label": option[1]}


@register.filter
def plain(value: Any) -> str:
    """A number formatted; a text as it is."""
    return number(value, 2) if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool) else str(value)


@register.filter
def words(text: str) -> list[str]:
    """`"a b c"` as a list, for a loop over fixed names."""
    return text.split()


MARK_THREADS = (12, 24, 36)


@register.simple_tag
def mark(size: int = 36, cls: str = "") -> SafeString:
    """The mark: threads that pass over and under each other, the middle one berry."""
    return mark_safe(  # noqa: S308
        f'<svg class="mark {cls}" width="{size}" height="{size}" viewBox="0 0 48 48" aria-hidden="true" '
        f'focusable="false">{mark_paths()}</svg>'
    )


def mark_paths(thread: str = "mark-thread", accent: str = "mark-accent") -> str:
    """The threads as paths: each is cut where it passes under another."""
    return "".join(
        f'<path class="{accent if (axis, i) == ("h", 1) else thread}" d="{_thread(axis, i)}"/>'
        for axis in "hv"
        for i in range(3)
    )


def _thread(axis: str, index: int, *, start: float = 2, end: float = 46, gap: float = 5) -> str:
    at = MARK_THREADS[index]
    cuts = [c for j, c in enumerate(MARK_THREADS) if ((index + j) % 2 == 1) == (axis == "h")]
    points = [start, *(p for c in cuts for p in (c - gap, c + gap)), end]
    pairs = zip(points[::2], points[1::2], strict=True)
    return "".join(f"M{a:g} {at}H{b:g}" if axis == "h" else f"M{at} {a:g}V{b:g}" for a, b in pairs)


@register.simple_tag
def weave(columns: int = 12, rows: int = 8) -> SafeString:
    """The mark grown into a cloth: threads over and under each other, one berry thread passing through."""
    return _weave(columns, rows)


@lru_cache(maxsize=4)
def _weave(columns: int, rows: int, step: int = 60, gap: float = 22.5) -> SafeString:
    width, height = columns * step, rows * step
    paths = []
    for axis, count, others, length in (("h", rows, columns, width), ("v", columns, rows, height)):
        for i in range(count):
            under = [j for j in range(others) if ((i + j) % 2 == 1) == (axis == "h")]
            cuts = [p for j in under for p in (j * step + step / 2 - gap, j * step + step / 2 + gap)]
            points = [0.0, *cuts, float(length)]
            at = i * step + step / 2
            pairs = zip(points[::2], points[1::2], strict=True)
            d = "".join(f"M{a:g} {at:g}H{b:g}" if axis == "h" else f"M{at:g} {a:g}V{b:g}" for a, b in pairs)
            tone = "c" if (axis, i) == ("h", rows // 2) else "b" if (i % 3 == 0) else "a"
            paths.append(f'<path class="weave-{tone}" d="{d}"/>')
    return mark_safe(  # noqa: S308
        f'<svg viewBox="0 0 {width} {height}" preserveAspectRatio="xMidYMid slice" fill="none" stroke-width="36" '
        f'aria-hidden="true" focusable="false"><g transform="rotate(-18 {width / 2:g} {height / 2:g}) '
        f'translate({-width * 0.15:g} {-height * 0.15:g}) scale(1.3)">{"".join(paths)}</g></svg>'
    )
