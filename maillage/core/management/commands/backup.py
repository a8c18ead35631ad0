"""`bin/backup`: keep the database and the files of one moment; or make the key that opens backups."""

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone

from maillage.core.backup import BackupRefused, archive, parts, tools
from maillage.core.backup.make import make_backup, server_version
from maillage.core.watching import metrics


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("to", nargs="?", type=Path, help="A folder that is not there yet.")
        parser.add_argument("--new-key", type=Path, metavar="FILE", help="Write a new private key there, and stop.")

        parser.add_argument("--base", type=Path, metavar="ARCHIVE", help="A base backup in an archive, and pruning.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["base"]:
                self._base(options["base"].resolve())
                return
            if options["new_key"]:
                self.stdout.write(f"BACKUP_RECIPIENT={parts.new_key(options['new_key'].resolve())}")
                return
            if options["to"] is None:
                raise CommandError("Name the folder to make: bin/backup /backup/2026-12-01.")
            self._make(options["to"].resolve())
        except BackupRefused as refused:
            raise CommandError(str(refused)) from refused

    def _base(self, to: Path) -> None:
        made = archive.base_backup(
            to,
            env=tools.environment(connection.settings_dict),
            version=server_version(),
            keep=int(os.environ.get("KEEP_BASES", "2")),
            now=timezone.now(),
            echo=lambda text: self.stdout.write(f"▸ {text}"),
        )
        self.stdout.write(f"Kept in {made}.")

    def _make(self, to: Path) -> None:
        started = time.monotonic()
        made = make_backup(to, echo=lambda text: self.stdout.write(f"▸ {text}"))
        metrics.backup_done(now=timezone.now())
        size = sum(part.size for part in made.parts)
        self.stdout.write(
            f"Kept in {to}: {sum(made.rows.values())} rows and {made.files} files of {made.moment}, "
            f"{size / 2**20:.1f} MB, {'encrypted' if made.recipient else 'not encrypted'}, "
            f"in {time.monotonic() - started:.1f} s."
        )
        for name in made.missing:
            self.stderr.write(f"A row names {name}, which is not there: the backup is made without it.")
        for name in made.differing:
            self.stderr.write(f"{name} is not what its row says: it is kept as it is.")
        if made.missing or made.differing:
            sys.exit(2)
