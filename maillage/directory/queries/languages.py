"""In which language someone is written to."""

from django.conf import settings

from ..models import Account, Person


def language_of(*, email: str) -> str:
    """That of the account or the person with this address ("fr", "en"); the platform's when nobody is known by it."""
    known = Account.objects.filter(email__iexact=email).values_list("language", flat=True).first()
    if known is None:
        known = Person.objects.filter(email__iexact=email).values_list("language", flat=True).first()
    return known or settings.LANGUAGE_CODE
