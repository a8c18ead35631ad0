"""`manage.py migrate`, which knows the databases of earlier versions (`site.earlier`)."""

import sys
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import migrate
from django.db import connections

from maillage.site.earlier import TooOld, bring_forward


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        look = options["plan"] or options["check_unapplied"]
        try:
            made = bring_forward(connections[options["database"]], look=look)
        except TooOld as error:
            raise CommandError(str(error)) from error
        if made and options["verbosity"]:
            self.stdout.write("".join(f"  {app}.{name} (SQL)\n" for app, name in made))
        if made and look:  # Django's own could not read the names of then
            sys.exit(1 if options["check_unapplied"] else 0)
        super().handle(*args, **options)
