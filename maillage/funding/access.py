"""Who may write in funding: the rules of its actions (`core.actions`, `directory.access`)."""

from collections.abc import Mapping
from typing import Any

from maillage.directory.access import given, works
from maillage.directory.queries import organisations_where

from .models import Accountability, Agreement, Instalment, Stream
from .types import WRITERS

team = works(WRITERS)


def keeps_agreements(by: Any, given: Mapping[str, Any], /) -> bool:
    """Whoever keeps agreements somewhere says that an organisation gives."""
    return bool(organisations_where(user=by, kinds=WRITERS))


agreement = works(WRITERS, "agreement_id", Agreement)
an_agreement = given(team, agreement)
instalment = works(WRITERS, "instalment_id", Instalment, "agreement__organisation_id")
accountability = works(WRITERS, "accountability_id", Accountability, "agreement__organisation_id")
stream = works(WRITERS, "stream_id", Stream)
