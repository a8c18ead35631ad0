"""Files of the context: the interventions as a spreadsheet."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.downloads import Work
from maillage.core.sheets import Column, write_xlsx_to
from maillage.directory.queries import person_of

from . import queries

ROWS = 1_000  # read at once, with their parties


def listed(*, user: Any, organisations: list[int], text: str, stream: int | None, mine: bool, cancelled: bool) -> Any:
    """The interventions that a page or a file lists, among those of `organisations` that the user reads."""
    person = person_of(user=user)
    return queries.interventions_for(
        user=user,
        text=text,
        stream_id=stream,
        adviser_id=person.pk if mine and person else None,
        cancelled=cancelled,
        organisation_ids=organisations,
    )


def interventions(work: Work, *, user: Any, **asked: Any) -> None:
    """One row for each party of those `listed`; notes are not in it."""
    rows = listed(user=user, **asked)
    columns = [
        Column(_("Date"), "date", 12),
        Column(_("Entreprise"), "text", 32),
        Column(_("Personne"), "text", 24),
        Column(_("Rôle"), "text", 14),
        Column(_("MRC"), "text", 20),
        Column(_("Volet"), "text", 18),
        Column(_("Sujet"), "text", 22),
        Column(_("Service"), "text", 18),
        Column(_("Minutes"), "number", 10),
        Column(_("Par"), "text", 22),
        Column(_("En une phrase"), "text", 40),
        Column(_("Résultat"), "text", 40),
    ]
    cells = (
        [
            row.done_on,
            p.enterprise.name if p.enterprise else "",
            p.person.name if p.person else "",
            p.get_role_display(),
            str(p.mrc or ""),
            str(row.stream),
            str(row.topic or ""),
            str(row.service or ""),
            row.minutes,
            str(row.adviser or ""),
            row.summary,
            row.outcome,
        ]
        for row in work.counting(rows.iterator(ROWS), total=rows.order_by().count())
        for p in row.parties.all()
    )
    title = _("Interventions")
    write_xlsx_to(work.file, [(title, columns, cells)], title=title, made_on=timezone.localdate())
