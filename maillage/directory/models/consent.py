"""Consents (Québec's Law 25): a purpose, the version of the text that was shown, when given, when withdrawn."""

from typing import ClassVar

from django.db import models

from maillage.core.models import PublicModel

from .organisation import Organisation
from .person import Person


class ConsentText(models.Model):
    purpose = models.SlugField(max_length=40)
    version = models.PositiveIntegerField()
    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True, blank=True, related_name="+")
    text_fr = models.TextField()
    text_en = models.TextField(blank=True)
    in_force_from = models.DateField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["purpose", "version", "organisation"], name="consent_text_version", nulls_distinct=False
            ),
        ]


class Consent(PublicModel):
    """Append-only but for the withdrawal."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="consents")
    text = models.ForeignKey(ConsentText, models.PROTECT, related_name="+")
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(max_length=40, blank=True, help_text="Where it was given: page, paper, phone.")
