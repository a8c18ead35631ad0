from typing import Any

from django.core.management.base import BaseCommand, CommandError

from maillage.ledger.models import Book, Entry
from maillage.ledger.proof import faults


class Command(BaseCommand):
    help = "Read all the books again: every entry has its transaction and account, every transaction balances."

    def handle(self, *args: Any, **options: Any) -> None:
        found = faults()
        if found:
            raise CommandError("\n".join(f"{many} {said}" for said, many in found.items()))
        self.stdout.write(f"{Book.objects.count()} books, {Entry.objects.count()} entries: all hold.")
