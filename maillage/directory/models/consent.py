"""Consents (Québec's Law 25): a purpose, the version of the text that was shown, when given, when withdrawn."""

from typing import ClassVar

from django.conf import settings
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
        ordering: ClassVar[list[str]] = ["purpose", "version"]
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

    class Meta:
        ordering: ClassVar[list[str]] = ["-given_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["person", "text"], name="consent_given_once", condition=models.Q(withdrawn_at=None)
            ),
            models.CheckConstraint(
                condition=models.Q(withdrawn_at=None) | models.Q(withdrawn_at__gte=models.F("given_at")),
                name="consent_withdrawn_after_given",
            ),
        ]


class Erasure(PublicModel):
    """That a person's data was erased: when, at whose request, and how many rows of each kind. No personal data."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    done_at = models.DateTimeField()
    own_request = models.BooleanField(default=True)
    rows = models.JSONField(default=dict, help_text="Rows changed or deleted, by name of the eraser.")
