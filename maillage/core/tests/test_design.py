"""The leaves: what they escape, what they tell screen readers, what they compute."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django import forms
from django.template import RequestContext, Template
from django.utils import translation
from django_cotton.compiler_regex import CottonCompiler
from hypothesis import given
from hypothesis import strategies as st

from maillage.core.stylesheet import FOLDER
from maillage.core.templatetags import design


def render(source, rf=None, **context):
    request = rf.get("/?q=miel&page=2") if rf else None
    return Template(CottonCompiler().process(source)).render(RequestContext(request, context))


class Sheet(forms.Form):
    name = forms.CharField(label="Nom", help_text="Aide")
    day = forms.DateField(label="Jour", required=False)
    price = forms.DecimalField(label="Prix", required=False)
    cold = forms.ChoiceField(label="Froid", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect, required=False)
    ok = forms.BooleanField(label="D'accord", required=False)
    secret = forms.CharField(widget=forms.HiddenInput, required=False)


def test_field_ties_help_and_errors_to_its_control():
    html = render('<c-field :field="form.name" />', form=Sheet({"name": ""}))
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'aria-invalid="true"' in html
    assert 'id="id_name_helptext"' in html
    assert 'id="id_name_error"' in html


def test_field_says_help_given_by_the_page():
    html = render('<c-field :field="form.price" help="Par kilo" />', form=Sheet())
    assert 'aria-describedby="id_price_helptext"' in html
    assert 'inputmode="decimal"' in html


def test_date_field_uses_the_browsers_calendar_in_french():
    with translation.override("fr"):
        html = render('<c-field :field="form.day" />', form=Sheet(initial={"day": date(2026, 11, 22)}))
    assert 'type="date"' in html
    assert 'value="2026-11-22"' in html


def test_field_lays_out_each_kind_of_control():
    html = render('{% for f in form %}<c-field :field="f" />{% endfor %}', form=Sheet())
    assert '<div class="check"><input type="checkbox" name="ok" id="id_ok">' in html
    assert 'role="group" aria-labelledby="id_cold_label"' in html
    assert html.count("field-label") == 4  # the hidden one has none, the check box its own


def test_field_stands_without_a_form():
    html = render('<c-field name="n" label="Nombre" type="number" :value="v" error="Trop" min="0" />', v=Decimal("1.5"))
    assert 'value="1.5"' in html
    assert 'aria-describedby="n_error"' in html
    assert 'min="0"' in html


def test_select_without_a_form_keeps_its_value():
    html = render('<c-field name="c" label="Choix" type="select" :options="o" value="2" />', o=[(1, "Un"), (2, "Deux")])
    assert '<option value="2" selected>Deux</option>' in html


def test_attributes_are_escaped_and_false_is_left_out():
    html = render(
        '<c-button :data-x="evil" :disabled="no" :hidden="yes">A</c-button>', evil='"><b>', no=False, yes=True
    )
    assert 'data-x="&quot;&gt;&lt;b&gt;"' in html
    assert "disabled" not in html
    assert " hidden>" in html


def test_leaf_does_not_take_a_title_from_around_it():
    assert "Page" not in render("<c-card>corps</c-card>", title="Page", label="Page", value="Page")


def test_pagination_keeps_the_filters(rf):
    from django.core.paginator import Paginator

    html = render('<c-pagination :page="p" />', rf, p=Paginator(range(90), 10).page(2))
    assert 'href="?q=miel&amp;page=3"' in html


@given(st.lists(st.decimals(min_value=0, max_value=10**6, places=2), min_size=1, max_size=6))
def test_split_bar_fills_its_width(amounts):
    bars = design.spans([("p", a) for a in amounts])
    total = sum(Decimal(b["width"]) for b in bars)
    assert abs(total - (100 if sum(amounts) else 0)) <= Decimal("0.05")
    assert [b["amount"] for b in bars] == amounts


@pytest.mark.parametrize(
    ("unit", "value", "said"),
    [("piece", 1, "unité"), ("piece", Decimal("1.5"), "unité"), ("piece", 2, "unités"), ("kg", 2, "kg")],
)
def test_units_agree_in_french(unit, value, said):
    with translation.override("fr"):
        assert design.unit_name(unit, value) == said


@pytest.mark.parametrize(("name", "said"), [("Ana Roy", "AR"), ("Li", "L"), ("", "·"), ("la ferme des Érables", "LÉ")])
def test_initials(name, said):
    assert design.initials(name) == said


# --- tokens ---
def test_both_dark_themes_are_the_same():
    text = (FOLDER / "tokens.css").read_text()
    preferred = text.split("dark:begin")[1].split("dark:end")[0].split(":root:not([data-theme]) {")[1]
    asked = text.split('[data-theme="dark"] {')[1].split("}")[0]

    def values(block):
        return [line.strip() for line in block.splitlines() if line.strip().startswith(("--", "color-scheme"))]

    assert values(preferred) == values(asked)
    assert len(values(asked)) > 40


def test_no_raw_colour_outside_the_tokens():
    import re

    root = Path(FOLDER).parents[2]
    for sheet in root.glob("*/static/**/*.css"):
        if sheet.name != "tokens.css":
            found = re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)|\b(?:rgb|hsl|oklch)a?\(", sheet.read_text())
            assert not found, f"{sheet.relative_to(root)}: {found}"


def contrast(a, b):
    def light(value):
        parts = [int(value[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((light(a), light(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


PAIRS = [
    *(
        (ink, ground, 4.5)
        for ink in ("ink", "ink-soft", "ink-faint", "link", "accent")
        for ground in ("ground", "surface", "sunken")
    ),
    ("on-brand", "brand", 4.5),
    ("on-brand-soft", "brand-soft", 4.5),
    ("on-accent", "accent", 4.5),
    ("on-accent-soft", "accent-soft", 4.5),
    ("on-deep", "deep", 7),
    ("on-deep-soft", "deep", 4.5),
    *((tone, f"{tone}-soft", 4.5) for tone in ("good", "warn", "bad", "info", "ambient", "chilled", "frozen")),
    *((tone, "surface", 4.5) for tone in ("good", "warn", "bad", "info")),
    *((line, ground, 3) for line in ("line-strong", "focus", "brand") for ground in ("ground", "surface", "sunken")),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_have_the_contrast_of_wcag(theme):
    import re

    block = (FOLDER / "tokens.css").read_text().split(f'[data-theme="{theme}"] {{')[1].split("}")[0]
    colours = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", block))
    weak = [
        f"{a} on {b}: {contrast(colours[a], colours[b]):.2f} < {least}"
        for a, b, least in PAIRS
        if contrast(colours[a], colours[b]) < least
    ]
    assert not weak, weak
