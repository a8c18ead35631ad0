"""Who may write in programmes: the rules of its actions (`core.actions`, `directory.access`)."""

from collections.abc import Mapping
from typing import Any

from maillage.core.actions import Anyone, House
from maillage.directory.access import either, given, own, works

from .models import (
    Activity,
    Application,
    Call,
    Edition,
    Enrolment,
    Programme,
    Registration,
    Session,
    Visit,
)
from .types import WORKERS

house = House()
team = works(WORKERS)
programme = works(WORKERS, "programme_id", Programme)
edition = works(WORKERS, "edition_id", Edition)
enrolment = works(WORKERS, "enrolment_id", Enrolment, "edition__organisation_id")
visit = works(WORKERS, "visit_id", Visit, "edition__organisation_id")
activity = works(WORKERS, "activity_id", Activity)
an_activity = given(team, activity)
partner = either(edition, activity)
call = works(WORKERS, "call_id", Call, "edition__organisation_id")
application = works(WORKERS, "application_id", Application, "call__edition__organisation_id")
judged = own("person")
registration = works(WORKERS, "registration_id", Registration, "activity__organisation_id")
session = works(WORKERS, "session_id", Session, "activity__organisation_id")
applying = Anyone("who applies to a call that is open")
seat_in_hand = Anyone("who holds the token of the offered seat")


def registering(by: Any, given: Mapping[str, Any], /) -> bool:
    """Whoever registers by themselves; in the team's name, whatever the dates, the team alone."""
    return not given.get("staff") or activity(by, given)
