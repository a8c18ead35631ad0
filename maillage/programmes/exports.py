"""Files of the context: who registered to an activity, as a spreadsheet."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.downloads import Work
from maillage.core.sheets import Column, write_xlsx_to

from . import queries

ROWS = 1_000  # read at once, with their presences


def registrations(work: Work, *, user: Any, activity: str) -> None:
    """Who registered, by name, with the sessions they attended. Raises Http404 for those who do not run it."""
    found = queries.activity_for(user=user, public_id=UUID(activity), to_change=True)
    sessions = list(found.sessions.all())
    heads = [_("Nom"), _("Courriel"), _("Téléphone"), _("Entreprise"), _("MRC"), _("État"), _("Besoins particuliers")]
    heads += [timezone.localtime(s.starts_at).strftime("%Y-%m-%d %H:%M") for s in sessions]
    rows = queries.registered(found)
    lines = (
        [
            r.name, r.email, r.phone, r.enterprise_name, str(r.mrc or ""), r.get_state_display(), r.needs,
            *("1" if s.pk in seen else "" for s in sessions),
        ]
        for r in work.counting(rows.iterator(chunk_size=ROWS), total=rows.count())
        for seen in [{a.session_id for a in r.attendances.all()}]
    )  # fmt: skip
    title = _("Inscriptions")
    write_xlsx_to(work.file, [(title, [Column(h) for h in heads], lines)], title=title)
