"""How allauth meets our accounts: an account that is made has a person behind it."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.contrib.sites.shortcuts import get_current_site
from django.http import HttpRequest
from django.utils.translation import get_language

from . import actions
from .correspondence import post_account_message
from .models import Account


class AccountAdapter(DefaultAccountAdapter):
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Written with the change that it tells of; a job sends it, so that no page waits for a mail server."""
        whole = {"request": self.request, "email": email, "current_site": get_current_site(self.request), **context}
        post_account_message(self.render_mail(template_prefix, email, whole))

    def save_user(self, request: HttpRequest, user: Account, form: Any, commit: bool = True) -> Account:
        """The account speaks the language of the page where it was made, and has a person with the names given."""
        user.language = (get_language() or "fr")[:2]
        account: Account = super().save_user(request, user, form, commit=commit)
        if commit:
            names = {name: form.cleaned_data.get(name, "") for name in ("given_name", "family_name")}
            actions.person_for_account(account=account, by=account, **names)
        return account

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Once the address is proved, the account finds the person who was noted there before."""
        confirmed: bool = super().confirm_email(request, email_address)
        if confirmed:
            actions.claim_person(account=email_address.user, by=email_address.user)
        return confirmed
