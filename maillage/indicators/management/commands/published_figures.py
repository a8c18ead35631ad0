"""Write the table of published figures."""

from typing import Any

from django.core.management.base import BaseCommand

from maillage.indicators.published import DOCUMENT, document, published


class Command(BaseCommand):
    help = "Write docs/published-figures.md: which published figures are reproduced, which wait, which cannot be."

    def handle(self, *args: Any, **options: Any) -> None:
        DOCUMENT.parent.mkdir(exist_ok=True)
        DOCUMENT.write_text(document(), encoding="utf-8")
        self.stdout.write(f"{len(published())} figures in {DOCUMENT.name}")
