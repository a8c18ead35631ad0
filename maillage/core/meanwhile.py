"""Someone else wrote here meanwhile: a form that edits a row sends back what its page showed, and loses nobody's work.

    class ActivityForm(Edits, forms.Form): …
    form = ActivityForm(request.POST or None, initial=_initial(row), edits=row)

Beside each control stands a digest of what it showed. When the form comes back, a field that its author left alone
takes what the row holds now; one that both changed refuses, with the other's version in sight; sent again, the author's
stands. Lines of a formset, files and passwords are not compared. A cookie of that page alone says the same for what
sends the fields without their digests.
"""

import hashlib
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

SHOWN = "vu-"
_LONG = 300
_LARGEST = 3_000  # bytes of a cookie


COOKIE = "vu"
_page: ContextVar[dict[str, str] | None] = ContextVar("shown_by_the_page", default=None)
_before: ContextVar[Mapping[str, str] | None] = ContextVar("shown_before", default=None)


class MeanwhileMiddleware:
    """Remembers what the page of an address showed, with whoever saw it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        page, before = _page.set({}), _before.set(_of_cookie(request))
        try:
            response = self.get_response(request)
            shown = _page.get()
        finally:
            _page.reset(page)
            _before.reset(before)
        if shown and request.method == "GET":
            value = signing.dumps([request.path, shown], salt=COOKIE, compress=True)
            if len(value) < _LARGEST:
                response.set_cookie(
                    COOKIE,
                    value,
                    max_age=timedelta(hours=12),
                    path=request.path,
                    httponly=True,
                    samesite="Lax",
                    secure=settings.SESSION_COOKIE_SECURE,
                )
        return response


def _of_cookie(request: HttpRequest) -> Mapping[str, str]:
    if request.method != "POST" or COOKIE not in request.COOKIES:
        return {}
    try:
        path, shown = signing.loads(request.COOKIES[COOKIE], salt=COOKIE)
    except signing.BadSignature:
        return {}
    return shown if path == request.path else {}


class ShownField(forms.BoundField):
    """A control, and the digest of what it shows of the row."""

    def as_widget(self, widget: Any = None, attrs: Any = None, only_initial: bool = False) -> SafeString:
        control = super().as_widget(widget, attrs, only_initial)
        if not getattr(self.form, "compared", lambda name: False)(self.name):
            return control
        shown = digest(self.field, self.initial)
        page = _page.get()
        if page is not None:
            page[self.html_name] = shown
        return format_html('{}<input type="hidden" name="{}{}" value="{}">', control, SHOWN, self.html_name, shown)


class Edits(forms.BaseForm):
    """Mixed into a form that edits a row. `edits`: the row, or None when it makes one (a ModelForm asks its instance).

    The row's present values are the form's `initial`, given when it is sent as when it is shown.
    """

    bound_field_class = ShownField

    def __init__(self, data: Any = None, *args: Any, edits: Model | None = None, **kwargs: Any) -> None:
        super().__init__(data, *args, **kwargs)
        held = getattr(self, "instance", None)
        self.edits = edits if edits is not None else held if held is not None and held.pk else None
        self.met: dict[str, str] = {}

    def compared(self, name: str) -> bool:
        """Whether what this field shows is looked at again when it comes back."""
        field = self.fields[name]
        odd = isinstance(field, forms.FileField) or isinstance(field.widget, (forms.PasswordInput, forms.MultiWidget))
        return self.edits is not None and not odd and not field.widget.is_hidden and not field.disabled

    def _merge(self) -> None:
        """Take what others wrote in the fields that were left alone; note those that both changed."""
        data: Any = self.data
        data, before = data.copy(), _before.get() or {}
        for name in self.fields:
            bound = self[name]
            shown = data.get(f"{SHOWN}{bound.html_name}") or before.get(bound.html_name)
            if shown is None or not self.compared(name):
                continue
            now, typed = digest(bound.field, bound.initial), digest(bound.field, bound.data)
            if now in (shown, typed):
                continue
            if typed == shown:
                put(data, bound)
            else:
                self.met[name] = words(bound.field, bound.initial)
        self.data = data

    def full_clean(self) -> None:
        if self.is_bound and self.edits is not None:
            self._merge()
        super().full_clean()
        for name, theirs in self.met.items():
            self.add_error(name, _said(theirs))


def _said(theirs: str) -> str:
    if not theirs:
        return _("Pendant que vous écriviez, quelqu’un a vidé ce champ. Envoyez de nouveau pour garder votre version.")
    return _(
        "Pendant que vous écriviez, quelqu’un a mis : « %(theirs)s ». Envoyez de nouveau pour garder votre version."
    ) % {"theirs": theirs}


def put(data: Any, bound: forms.BoundField) -> None:
    """What the control would send if it showed the row's present value."""
    field, name = bound.field, bound.html_name
    value = field.prepare_value(bound.initial() if callable(bound.initial) else bound.initial)
    if isinstance(field.widget, forms.CheckboxInput):
        data.pop(name, None)
        if value:
            data[name] = "on"
    elif isinstance(value, (list, tuple, set, QuerySet)):
        data.setlist(name, [str(field.prepare_value(v)) for v in value])
    else:
        data[name] = str(_iso(value))


def digest(field: forms.Field, value: Any) -> str:
    """The same for a value and for what one types to say it."""
    return hashlib.sha256("\0".join(_plain(field, value)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _plain(field: forms.Field, value: Any) -> list[str]:
    value = value() if callable(value) else value
    if isinstance(field.widget, forms.CheckboxInput):
        return ["1" if field.to_python(value) else ""]
    if isinstance(value, (list, tuple, set, QuerySet)):
        return sorted(str(field.prepare_value(v)) for v in value)
    value = field.prepare_value(value)
    if isinstance(value, (list, tuple)):
        return sorted(map(str, value))
    if value in (None, ""):
        return [""]
    if not isinstance(field, forms.ModelChoiceField):
        try:
            value = field.to_python(value)
        except (ValidationError, TypeError, ValueError):
            value = str(value)
    if isinstance(value, Decimal):
        return [format(value.normalize(), "f")]
    return ["\n".join(str(_iso(value)).split())]


def _iso(value: Any) -> Any:
    return "" if value is None else value.isoformat() if hasattr(value, "isoformat") else value


def words(field: forms.Field, value: Any) -> str:
    """What a person reads of a value: of a choice, its label."""
    choices: Mapping[str, Any] = {str(k): label for k, label in _flat(getattr(field, "choices", ()))}
    plain = _plain(field, value)
    if choices:
        return ", ".join(str(choices.get(key, key)) for key in plain if key)
    said = str(field.prepare_value(value() if callable(value) else value) or "")
    return said if len(said) <= _LONG else said[:_LONG] + "…"


def _flat(choices: Any) -> Any:
    for key, label in choices:
        if isinstance(label, (list, tuple)):
            yield from label
        else:
            yield key, label
