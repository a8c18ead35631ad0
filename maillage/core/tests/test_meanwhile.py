"""Two people edit the same row: what one left alone follows, what both changed is shown."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.http import QueryDict

from maillage.core import fields
from maillage.core.meanwhile import Edits
from maillage.core.models import StoredFile

COLOURS = [("", "—"), ("r", "Rouge"), ("b", "Bleu")]
ROW: dict[str, Any] = {
    "name": "Marché",
    "text": "Une ligne\nune autre",
    "on": date(2026, 12, 1),
    "at": datetime(2026, 12, 1, 15, 0, tzinfo=UTC),
    "amount": Decimal("7.50"),
    "open": True,
    "colour": "r",
    "colours": ["r"],
    "count": 3,
}
THEIRS: dict[str, Any] = {
    "name": "Le Marché",
    "text": "Autre chose",
    "on": date(2026, 12, 24),
    "at": datetime(2026, 12, 2, 16, 30, tzinfo=UTC),
    "amount": Decimal("8.25"),
    "open": False,
    "colour": "b",
    "colours": ["b", "r"],
    "count": 4,
}
TYPED = {
    "name": "Mien",
    "text": "Mien",
    "on": "2026-12-31",
    "at": "2026-12-03T08:00",
    "amount": "9.00",
    "colour": "",
    "colours": [],
    "count": "5",
}


class Sample(Edits, forms.Form):
    name = forms.CharField(label="Nom")
    text = fields.LongText(widget=forms.Textarea, required=False)
    on = fields.DateField()
    at = fields.DateTimeField(widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"))
    amount = fields.DecimalField()
    open = forms.BooleanField(required=False)
    colour = forms.ChoiceField(choices=COLOURS, required=False)
    colours = forms.MultipleChoiceField(choices=COLOURS, required=False, widget=forms.CheckboxSelectMultiple)
    count = fields.IntegerField()


def shown(row: dict[str, Any]) -> QueryDict:
    """What a browser sends of the page as it stands."""
    form = Sample(initial=row, edits=StoredFile(pk=1))
    html = "".join(str(form[name]) for name in form.fields)
    sent = QueryDict(mutable=True)
    for tag in re.findall(r"<input[^>]*>", html):
        has = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if has["type"] not in ("checkbox", "radio") or "checked" in tag:
            sent.appendlist(has["name"], has.get("value", "on"))
    for name, inside in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', html, re.S):
        sent[name] = (re.findall(r'value="([^"]*)" selected', inside) or [""])[0]
    for name, inside in re.findall(r'<textarea name="([^"]+)"[^>]*>(.*?)</textarea>', html, re.S):
        sent[name] = inside.removeprefix("\n").replace("\n", "\r\n")
    return sent


def answer(sent: QueryDict, row: dict[str, Any]) -> Sample:
    return Sample(sent, initial=row, edits=StoredFile(pk=1))


def type_in(sent: QueryDict, name: str) -> None:
    if name == "open":
        sent.pop("open", None)
    elif name == "colours":
        sent.setlist(name, [])
    else:
        sent[name] = TYPED[name]


def test_a_page_sent_back_untouched_changes_nothing() -> None:
    form = answer(shown(ROW), ROW)
    assert form.is_valid(), form.errors
    kept = {**form.cleaned_data, "text": form.cleaned_data["text"].replace("\r\n", "\n")}
    assert kept == ROW


@pytest.mark.parametrize("name", ROW)
def test_what_i_left_alone_takes_what_another_wrote(name: str) -> None:
    form = answer(shown(ROW), {**ROW, name: THEIRS[name]})
    assert form.is_valid(), form.errors
    assert form.cleaned_data[name] == THEIRS[name]


@pytest.mark.parametrize("name", sorted(set(ROW) - {"open"}))
def test_what_both_changed_is_shown_and_mine_stands_when_sent_again(name: str) -> None:
    sent = shown(ROW)
    type_in(sent, name)
    now = {**ROW, name: THEIRS[name]}
    form = answer(sent, now)
    assert not form.is_valid()
    assert list(form.errors) == [name]
    assert "Pendant que vous écriviez" in form.errors[name][0]
    if name in ("name", "amount"):
        assert str(THEIRS[name]) in form.errors[name][0]
    if name == "colour":
        assert "Bleu" in form.errors[name][0]
    again = sent.copy()
    again[f"vu-{name}"] = re.findall(rf'name="vu-{name}" value="(\w+)"', str(form[name]))[0]
    form = answer(again, now)
    assert form.is_valid(), form.errors
    assert form.cleaned_data[name] != THEIRS[name]


@pytest.mark.parametrize("name", ROW)
def test_what_i_alone_changed_is_mine(name: str) -> None:
    sent = shown(ROW)
    type_in(sent, name)
    form = answer(sent, ROW)
    assert form.is_valid(), form.errors
    assert form.cleaned_data[name] != ROW[name]


def test_the_same_change_twice_is_no_conflict() -> None:
    sent = shown(ROW)
    sent["name"] = "Le Marché"
    assert answer(sent, {**ROW, "name": "Le Marché"}).is_valid()


def test_what_was_emptied_meanwhile_is_said() -> None:
    sent = shown(ROW)
    sent["text"] = "Mien"
    form = answer(sent, {**ROW, "text": ""})
    assert "vidé" in form.errors["text"][0]


def test_a_form_that_makes_a_row_compares_nothing() -> None:
    """Its day of today may be another one when it comes back."""
    sent = shown(ROW)
    form = Sample(sent, initial={**ROW, "on": date(2026, 12, 2)})
    assert form.is_valid()
    assert form.cleaned_data["on"] == ROW["on"]
    assert "vu-" not in str(Sample(initial=ROW)["name"])


def test_a_page_without_digests_is_taken_as_it_is() -> None:
    sent = QueryDict(mutable=True)
    sent.update({k: v for k, v in shown(ROW).items() if not k.startswith("vu-")})
    form = answer(sent, {**ROW, "name": "Le Marché"})
    assert form.is_valid(), form.errors
    assert form.cleaned_data["name"] == "Marché"
