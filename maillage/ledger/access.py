"""Who may write in ledger: the rules of its actions (`core.actions`, `directory.access`)."""

from maillage.directory.access import works

from .models import Book

opening = works(("treasurer", "coordinator", "director"))
closing = works(("treasurer",), "book_id", Book)
