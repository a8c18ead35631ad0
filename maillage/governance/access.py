"""Who may write in governance: the rules of its actions (`core.actions`, `directory.access`)."""

from maillage.directory.access import given, works

from .models import Body, Meeting, Seat, Term
from .types import WRITERS

team = works(WRITERS)
body = works(WRITERS, "body_id", Body)
seat = works(WRITERS, "seat_id", Seat, "body__organisation_id")
a_seat = given(body, seat)
term = works(WRITERS, "term_id", Term, "seat__body__organisation_id")
meeting = works(WRITERS, "meeting_id", Meeting)
a_meeting = given(team, meeting)
