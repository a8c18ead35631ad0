"""The demonstration: migrate, load the territory, serve it, print where to go; or visit its pages (--check)."""

import argparse
import socket
import sys
import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from maillage.site import servers
from maillage.site.demo import load
from maillage.site.demo.check import visit_all, wait_for
from maillage.site.demo_accounts import demo_accounts
from maillage.site.supervise import supervise

HOST = "127.0.0.1"


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--reset", action="store_true", help="Start anew (bin/demo deletes the data first).")
        parser.add_argument("--check", action="store_true", help="Visit the main pages as each role, then stop.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("This is the demonstration: run bin/demo.")
        port = free_port() if options["check"] else options["port"]
        if not is_free(port):
            raise CommandError(f"Port {port} of {HOST} is taken. Choose another: bin/demo --port {port + 1}")
        self.step("PostgreSQL is running; bringing its tables up to date")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        started = time.monotonic()
        if load(now=timezone.now(), echo=self.step):
            self.step(f"Demonstration territory loaded in {time.monotonic() - started:.0f} s")
        base = f"http://{HOST}:{port}"
        outcome = supervise(
            {
                "web server": servers.web(host=HOST, port=port, workers=2, threads=4),
                "worker": servers.worker(concurrency=1),
            },
            env={**servers.environment(), "SITE_URL": base},
            envs=servers.parts("web server", "worker"),
            watch=servers.watches(),
            ready=lambda: self.announce(base),
            until=(lambda: visit_all(base, echo=self.step)) if options["check"] else None,
        )
        sys.exit(outcome)

    def step(self, text: str) -> None:
        self.stdout.write(f"▸ {text}")
        self.stdout.flush()

    def announce(self, base: str) -> None:
        wait_for(f"{base}/sante/")
        self.stdout.write(f"\n  Maillage — territoire de démonstration : {base}/\n\n  Entrer en un clic :")
        for account in demo_accounts():
            self.stdout.write(f"    {account.label:<32} {base}/demonstration/{account.key}/   {account.place}")
        self.stdout.write("\n  Ctrl-C arrête tout.\n")
        self.stdout.flush()


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
