"""Who may write in press: the rules of its actions (`core.actions`, `directory.access`)."""

from maillage.directory.access import works

from .models import Mention
from .types import WRITERS

team = works(WRITERS)
mention = works(WRITERS, "mention_id", Mention)
a_mention = works(WRITERS, "mention", Mention)
