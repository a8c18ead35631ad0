"""For which of their organisations a person works now: asked by `pour`, kept for the session."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest

from maillage.core.text import Sorting

from ..models import Organisation
from .roles import organisations_where

ALL = "toutes"
KEY = "pour"


@dataclass
class Acting:
    """`organisation` None: all of them at once (lists only). `choices` by name; a switch shows when there are two."""

    organisation: Organisation | None
    choices: list[Organisation] = field(default_factory=list)
    may_be_all: bool = False
    twins: dict[int, list[int]] = field(default_factory=dict)

    @property
    def options(self) -> list[tuple[str, Organisation | None, bool]]:
        """(value of `pour`, organisation or None for all, whether it is the one now); none when there is no choice."""
        if len(self.choices) < 2:
            return []
        every: list[tuple[str, Organisation | None, bool]] = (
            [(ALL, None, self.organisation is None)] if self.may_be_all else []
        )
        return every + [(o.public_id.hex, o, o == self.organisation) for o in self.choices]

    @property
    def ids(self) -> list[int]:
        """Keys of the organisations shown, and of the duplicates united with them."""
        shown = [self.organisation] if self.organisation else self.choices
        return [pk for o in shown for pk in (o.pk, *self.twins.get(o.pk, ()))]

    @property
    def one(self) -> Organisation:
        """The organisation chosen, else the first."""
        return self.organisation or self.choices[0]


def acting(request: HttpRequest, kinds: tuple[str, ...], *, may_be_all: bool = False) -> Acting:
    """The organisations where the user holds one of `kinds`, and the one chosen: that of `pour` (address or form), else
    the session's, else all of them (`may_be_all`) or the first by name.

    Http404 for who holds none, and when `pour` names another organisation.
    """
    ids = organisations_where(user=request.user, kinds=kinds)
    found = list(Organisation.objects.filter(pk__in=ids).order_by(Sorting("name")))
    choices = [o for o in found if o.merged_into_id is None]
    twins: dict[int, list[int]] = {}
    for organisation in found:
        if organisation.merged_into_id is not None:
            twins.setdefault(organisation.merged_into_id, []).append(organisation.pk)
    if not choices:
        raise Http404
    asked = request.POST.get(KEY) or request.GET.get(KEY) or ""
    kept = request.session.get(KEY, "")
    chosen = _named(choices, asked)
    if asked and asked != ALL and chosen is None:
        raise Http404
    if request.method == "GET" and asked and asked != kept:
        request.session[KEY] = asked
    if not asked:
        chosen = _named(choices, kept)
    if len(choices) == 1:
        chosen = choices[0]
    return Acting(chosen if may_be_all else chosen or choices[0], choices, may_be_all, twins)


def _named(choices: list[Organisation], text: Any) -> Organisation | None:
    try:
        wanted = UUID(str(text))
    except ValueError:
        return None
    return next((o for o in choices if o.public_id == wanted), None)
