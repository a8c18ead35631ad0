"""Production: web server and worker, or one; `prepare` refuses what is half configured, then migrates and loads."""

import argparse
import sys
from typing import Any

import environ
from django.core.management.base import BaseCommand

from maillage.site import preparation, servers
from maillage.site.supervise import supervise

env = environ.Env()


class Command(BaseCommand):
    help = __doc__
    # They ask the database; `prepare` says in a sentence that it is gone.
    requires_system_checks = ()

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("part", nargs="?", choices=["all", "web", "worker", "prepare"], default="all")

    def handle(self, *args: Any, **options: Any) -> None:
        part = options["part"]
        if part in {"all", "prepare"}:
            self._prepare()
        if part == "prepare":
            return
        commands = {}
        if part in {"all", "web"}:
            commands["web"] = servers.web(
                host=env.str("HOST", default="127.0.0.1"),
                port=env.int("PORT", default=8000),
                workers=env.int("WEB_WORKERS", default=2),
                threads=env.int("WEB_THREADS", default=4),
            )
        if part in {"all", "worker"}:
            commands["worker"] = servers.worker(concurrency=env.int("WORKER_CONCURRENCY", default=1))
        sys.exit(supervise(commands, env=servers.environment(), envs=servers.parts(*commands), watch=servers.watches()))

    def _prepare(self) -> None:
        if found := list(preparation.faults()):
            sys.exit("\n".join(f"✗ {sentence}" for sentence in found))
        for sentence in preparation.warnings():
            self.stderr.write(f"! {sentence}")
        preparation.prepare(echo=lambda text: self.stdout.write(f"▸ {text}"))
        self.stdout.write("Database and static files are up to date.")
