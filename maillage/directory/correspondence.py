"""Letters of the platform that went to a person's addresses: handed over, forgotten with them; those of allauth too."""

from typing import Any
from uuid import uuid4

from django.core.mail import EmailMessage
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core import letters

from .models import Person
from .privacy import addresses_of


def of_person(person: Person) -> list[dict[str, Any]]:
    """What was written to the person in the last three months."""
    return [
        {
            _("Écrit le"): timezone.localtime(letter.created_at),
            _("À"): letter.recipient,
            _("Objet"): letter.subject,
            _("État"): letter.get_state_display(),
        }
        for letter in letters.written_to(addresses_of(person))
    ]


def forget(person: Person) -> int:
    """Letters to the person go, sent or not; how many."""
    return letters.forget_addresses(addresses_of(person))


def post_account_message(message: EmailMessage) -> None:
    """A message of allauth (confirm, reset, a change of security): each is an occasion of its own."""
    letters.post(message, key=f"account:{uuid4().hex}")
