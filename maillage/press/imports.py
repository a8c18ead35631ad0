"""The register from a spreadsheet: every line is read by the form that people fill."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from maillage.core.dates import say
from maillage.core.imports import Field, Kind, Line
from maillage.core.text import unaccented
from maillage.directory.models import Organisation
from maillage.directory.types import Account
from maillage.funding.queries import streams_of

from . import actions
from .forms import MentionForm
from .models import Mention
from .types import WRITERS


def check(lines: Sequence[Line], *, organisation: Organisation, user: Any, today: date) -> None:
    """What the entry form says of each line, and whether the register has it."""
    streams = {unaccented(s.name): s.pk for s in streams_of(organisation_id=organisation.pk)}
    held = set(Mention.objects.filter(organisation=organisation).values_list("on", "medium", "title"))
    for line in lines:
        stream = streams.get(unaccented(line.cells["stream"]))
        if line.cells["stream"] and stream is None:
            line.wrong("stream", _("Le volet « %(name)s » n'existe pas.") % {"name": line.cells["stream"]})
        form = MentionForm(
            {**line.cells, "on": line.values.get("on"), "stream": stream}, organisation=organisation, user=user
        )
        line.title, line.more = line.cells["title"], [say(line.values.get("on")), line.cells["medium"]]
        if line.errors:
            continue
        for name, errors in form.errors.items():
            line.wrong(name, f"{form.fields[name].label} : {' '.join(map(str, errors))}")
        if not line.errors:
            kept = form.cleaned_data
            line.entry = (kept["on"], kept["medium"], kept["title"], kept["link"], stream)
            line.known = line.entry[:3] in held


def write(entries: Sequence[Any], *, organisation_id: int, by: Account) -> int:
    return actions.import_mentions(organisation_id=organisation_id, rows=entries, by=by)


MENTIONS = Kind(
    title=_("Importer une revue de presse"),
    counted=lambda n: ngettext("%(n)s mention", "%(n)s mentions", n) % {"n": n},
    fields=(
        Field("on", _("Date"), ("date", "jour", "day"), kind="day", needed=True),
        Field("medium", _("Média"), ("media", "journal", "outlet"), needed=True),
        Field("title", _("Titre"), ("titre", "title", "article"), needed=True),
        Field("link", _("Lien"), ("lien", "link", "url", "adresse")),
        Field("stream", _("Volet"), ("volet", "stream")),
        Field("enterprise", _("Entreprise dont on parle"), ("entreprise", "enterprise")),
    ),
    check=check,
    write=write,
    writers=WRITERS,
    back=lambda organisation: reverse("press:mentions"),
    words=lambda organisation: {str(_("Volet")): streams_of(organisation_id=organisation.pk)},
)
