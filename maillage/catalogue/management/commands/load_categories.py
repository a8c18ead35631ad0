"""Load the categories and labels of a local market; safe to run again."""

from typing import Any

from django.core.management.base import BaseCommand

from maillage.catalogue import actions


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        categories, labels = actions.load_categories(), actions.load_labels()
        self.stdout.write(f"{len(categories)} catégories, {len(labels)} étiquettes.")
