"""How allauth meets our accounts: an account that is made has a person behind it."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.sites.shortcuts import get_current_site
from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from maillage.core import limits
from maillage.core.dates import say

from . import actions, signing
from .correspondence import post_account_message
from .models import Account
from .queries import address_is_confirmed
from .second_factor import asks_for_factor, exempt, has_factor, proved_lately


class AccountAdapter(DefaultAccountAdapter):
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Written with the change that it tells of; a job sends it, so that no page waits for a mail server.

        An address that nobody confirmed gets one a day, whoever types it how often.
        """
        if not address_is_confirmed(email=email) and not limits.may_write_to(email, "account", confirmed=False):
            return
        whole = {"request": self.request, "email": email, "current_site": get_current_site(self.request), **context}
        post_account_message(self.render_mail(template_prefix, email, whole))

    def login(self, request: HttpRequest, user: Account) -> None:
        super().login(request, user)
        signing.begin(request, user)
        due = user.second_factor_due
        if due is not None and due > timezone.now() and asks_for_factor(user) and not has_factor(user):
            messages.info(
                request, _("Ajoutez un second facteur avant le %(day)s.") % {"day": say(timezone.localdate(due))}
            )

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """For allauth's own pages too: once signed in, one is not asked again for some minutes."""
        return not proved_lately(self.request)

    def get_reauthentication_methods(self, user: Account | AnonymousUser) -> list[dict[str, Any]]:
        """The key first, then codes; with a second factor, a password alone proves nothing."""
        ways: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        kept = [w for w in ways if w["id"].startswith("mfa_")] or ways
        return sorted(kept, key=lambda w: not w["id"].endswith("webauthn"))

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Account,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """Changes of security are mailed in the account's language; the demonstration's are nobody's."""
        if not exempt(self.request):
            with translation.override(user.language):
                super().send_notification_mail(template_prefix, user, context, email)

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
