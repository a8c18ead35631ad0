"""Who may write in funding: the rules of its actions (`core.actions`, `directory.access`)."""

from maillage.directory.access import given, works

from .models import Accountability, Agreement, Instalment, Stream
from .types import WRITERS

team = works(WRITERS)
agreement = works(WRITERS, "agreement_id", Agreement)
an_agreement = given(team, agreement)
instalment = works(WRITERS, "instalment_id", Instalment, "agreement__organisation_id")
accountability = works(WRITERS, "accountability_id", Accountability, "agreement__organisation_id")
stream = works(WRITERS, "stream_id", Stream)
