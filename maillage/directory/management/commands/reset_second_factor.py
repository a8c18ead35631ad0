"""Take away the second factor of someone who lost it, once the administration has made sure of who asks."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from maillage.core.actions import Refused

from ...actions import reset_factor
from ...models import Account


class Command(BaseCommand):
    help = "Take away the second factor and recovery codes of an account; its sessions end, it is told, it is recorded."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="of the account")
        parser.add_argument("--by", required=True, help="e-mail of the platform administrator who decides")
        parser.add_argument("--why", required=True, help="in a sentence: how the person was recognised")

    def handle(self, *args: Any, email: str, by: str, why: str, **options: Any) -> None:
        account, admin = _account(email), _account(by)
        try:
            reset_factor(account=account, why=why, now=timezone.now(), by=admin)
        except Refused as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{account.email}: no second factor any more; told by e-mail.")


def _account(email: str) -> Account:
    found = Account.objects.filter(email__iexact=email, is_active=True).first()
    if found is None:
        raise CommandError(f"{email}: no active account has this address.")
    return found
