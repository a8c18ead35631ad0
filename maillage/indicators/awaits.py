"""Work claimed twice, and reports that a funder has to read."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from maillage.core.presence import Need, Source
from maillage.core.templatetags.maillage import day
from maillage.directory.queries import organisations_where

from .access import EDITORS
from .queries import count_double_claims, shared_with


def _to_settle(user: Any, now: datetime) -> Iterator[Need]:
    """Work claimed under two agreements that exclude each other: one of them is to keep it."""
    for key in organisations_where(user=user, kinds=EDITORS)[:2]:
        count = count_double_claims(organisation_id=key)
        if count:
            title = ngettext(
                "%(n)s intervention déclarée à deux bailleurs",
                "%(n)s interventions déclarées à deux bailleurs",
                count,
            ) % {"n": count}
            text = _("Leurs ententes s’excluent : choisissez celle qui garde le travail.")
            yield Need(title, text, reverse("indicators:claims"), _("Choisir"), "copy", "warn")


def _to_read(user: Any, now: datetime) -> Iterator[Need]:
    """The latest reports shared with the funder that one represents."""
    for report in shared_with(user=user)[:3]:
        text = f"{report.organisation.name}. {_('Publié le %(day)s.') % {'day': day(report.published_at)}}"
        href = reverse("indicators:report", args=[report.public_id])
        yield Need(report.title, text, href, _("Lire"), "file-chart-column")


SOURCES = [Source(51, _to_settle), Source(60, _to_read)]
