"""Every template compiles; none holds an inline script, style or handler (the content security policy forbids them)."""

import re
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.template import TemplateSyntaxError
from django.template.loader import get_template

INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*type=[\"']application/json)[^>]*>|<style\b|\sstyle=[\"']|\son[a-z]+=[\"']", re.I
)


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        problems: list[str] = []
        count = 0
        for context in settings.CONTEXTS:
            folder = Path(apps.get_app_config(context.removeprefix("maillage.")).path) / "templates"
            for path in sorted(folder.rglob("*.html")):
                name = path.relative_to(folder).as_posix()
                count += 1
                try:
                    get_template(name)
                except TemplateSyntaxError as error:
                    problems.append(f"{name}: {error}")
                if not name.endswith("_email.html") and "/email/" not in name:
                    problems += [f"{name}: inline {m.group(0).strip()[:60]}" for m in INLINE.finditer(path.read_text())]
        if problems:
            raise CommandError("\n".join(problems))
        self.stdout.write(f"{count} templates compile")
