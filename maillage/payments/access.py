"""Who may write in payments: the rules of its actions (`core.actions`, `directory.access`)."""

from maillage.core.actions import House
from maillage.directory.access import works

from .models import BankFile, BankLine, Payment
from .queries import KEEPERS

house = House()
books = works(KEEPERS)
file = works(KEEPERS, "file_id", BankFile)
line = works(KEEPERS, "line_id", BankLine)
payment = works(KEEPERS, "payment_id", Payment)
