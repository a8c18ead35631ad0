"""Make someone an administrator of the platform: the first one, or one more when nobody can sign in any more."""

from argparse import ArgumentParser
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.urls import reverse
from django.utils import timezone

from ...actions import create_administrator
from ...models import Account


class Command(BaseCommand):
    help = (
        "Make someone an administrator of the platform, and print the link that sets their password. Safe to run again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="of the account; made if there is none")
        parser.add_argument("--name", default="", help="given name, then family name, for an account that is made")

    def handle(self, *args: Any, email: str, name: str, **options: Any) -> None:
        try:
            validate_email(email.strip())
        except ValidationError:
            raise CommandError(f"{email} is not an e-mail address.") from None
        account, new = create_administrator(email=email, name=name, now=timezone.now(), by=None)
        self.stdout.write(f"{account.email} {'is now' if new else 'was already'} an administrator of the platform.")
        self.stdout.write(f"To set the password, within {settings.PASSWORD_RESET_TIMEOUT // 86400} days, once:")
        self.stdout.write(link(account))


def link(account: Account) -> str:
    """The page where the account's password is set. Works once, and until a password is set otherwise."""
    key = {"uidb36": user_pk_to_url_str(account), "key": default_token_generator.make_token(account)}
    return str(settings.SITE_URL + reverse("account_reset_password_from_key", kwargs=key))
