import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from maillage.core import entrusted


class Command(BaseCommand):
    help = (
        "Read again all that is entrusted: entries, orders, stock, places, statements, payments and files. "
        "Says what is wrong, one sentence a line, and ends with 1; changes nothing."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--sizes", action="store_true", help="Of files read the sizes, not the contents (faster).")

    def handle(self, *args: Any, **options: Any) -> None:
        found = entrusted.row_faults() | entrusted.file_faults(contents=not options["sizes"])
        if found:
            raise CommandError("\n".join(f"{many} {said}." for said, many in found.items()))
        files = len(entrusted.kept_files())
        self.stdout.write(f"Entries, orders, stock, places, statements, payments and {files} files: all hold.")
