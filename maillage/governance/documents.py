"""The minutes to begin from: agenda, roll, quorum and elections as they are in the register."""

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from maillage.core import pdf
from maillage.core.dates import say

from .models import Meeting, PresenceState
from .queries import presences_of


def draft_minutes(row: Meeting) -> bytes:
    """A PDF of what is known of the meeting, with room for two signatures."""
    roll = presences_of(row)
    states = dict(PresenceState.choices)
    votes = row.elections.select_related("seat", "term__person", "term__organisation")
    when = say(row.starts_at, "l j F Y, H:i")
    return pdf.render(
        "governance/minutes.typ",
        {
            "kicker": row.organisation.name,
            "title": _("Procès-verbal : %(what)s") % {"what": str(row)},
            "subtitle": " · ".join(x for x in (when, row.place) if x),
            "footer": row.organisation.name,
            "lang": get_language() or "fr",
            "agenda": [line.strip() for line in row.agenda.splitlines() if line.strip()],
            "roll": [
                [h.shown or str(h.term.organisation or ""), str(h.seat), str(states.get(state, "—"))]
                for h, state in roll.lines
                if h.term
            ],
            "quorum": _("Membres votants présents : %(n)s. Quorum : %(q)s.")
            % {"n": roll.voters, "q": roll.quorum if roll.quorum is not None else "—"},
            "elections": [
                [
                    str(e.seat),
                    str(e.term.person or e.term.organisation) if e.term else _("personne n'est élu"),
                    f"{e.votes} / {e.ballots if e.ballots is not None else '—'}"
                    if e.votes is not None
                    else (_("sans opposition") if e.candidates == 1 else "—"),
                ]
                for e in votes
            ],
            "words": {
                "agenda": _("Ordre du jour"),
                "roll": _("Présences"),
                "name": _("Nom"),
                "seat": _("Siège"),
                "state": _("État"),
                "elections": _("Élections"),
                "votes": _("Voix"),
                "chair": _("Présidence"),
                "secretary": _("Secrétariat"),
            },
        },
    )
