"""Territories, sectors and consent texts, from the files of the directory. Run again after each upgrade."""

from typing import Any

from django.core.management.base import BaseCommand

from maillage.directory import actions


class Command(BaseCommand):
    help = "Load territories, sectors and consent texts (idempotent)."

    def handle(self, *args: Any, **options: Any) -> None:
        counts = actions.load_reference(by=None)
        self.stdout.write(", ".join(f"{count} {name}" for name, count in counts.items()))
