"""`bin/restore`: bring a backup back into an empty database, up to date with this version, and read it all again."""

import argparse
import time
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from maillage.core.actions import Refused
from maillage.core.backup import BackupRefused
from maillage.core.backup.restore import restore_backup


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("source", type=Path, metavar="FROM", help="The folder of a backup.")
        parser.add_argument("--replace", action="store_true", help="The database holds something: lose it.")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        try:
            told = restore_backup(
                options["source"], replace=options["replace"], echo=lambda text: self.stdout.write(f"▸ {text}")
            )
        except (BackupRefused, Refused) as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"Restored to {told.moment} in {time.monotonic() - started:.1f} s.")
        for name in (*told.missing, *told.differing):
            self.stderr.write(f"{name} was missing or not whole when the backup was made already.")
        call_command("check_books", stdout=self.stdout)
