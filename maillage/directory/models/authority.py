"""Who besides its own people may change an organisation's file, and every change of where its money is announced."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.choices import Choice
from maillage.core.models import PublicModel

from .organisation import Organisation


class Stewardship(PublicModel):
    """That an organisation gave another the right to change its file; its own people take it back whenever they want.

    The right is of those who work with organisations at the steward (`types.WORKERS`). It never covers the address
    where money is announced (`ContactChange.Field.EMAIL`).
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="stewardships")
    steward = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["given_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["organisation", "steward"], name="stewardship_once", condition=models.Q(ended_at=None)
            ),
            models.CheckConstraint(
                condition=~models.Q(organisation=models.F("steward")), name="stewardship_of_another"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None) | models.Q(ended_at__gte=models.F("given_at")),
                name="stewardship_ends_after",
            ),
        ]


class ContactChange(PublicModel):
    """A change of an address that money follows. Append-only: who, when, from what to what. `mailed_at`: when the old
    and the new address were told.
    """

    class Field(models.TextChoices):
        EMAIL = "email", _("courriel de la fiche")
        INTERAC = "interac", _("courriel qui reçoit les virements Interac")

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="contact_changes")
    field = Choice(max_length=8, choices=Field)
    before = models.EmailField(blank=True)
    after = models.EmailField(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-at", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~models.Q(before=models.F("after")), name="contact_change_changes"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "-at"], name="contact_change_latest"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.ReadOnly(name="contact_change_immutable", exclude=["mailed_at"]),
            pgtrigger.Protect(name="contact_change_stays", operation=pgtrigger.Delete),
        ]


class ContactCheck(PublicModel):
    """That who pays the organisation made sure of a change by another channel: `how`, in a sentence. Append-only."""

    change = models.ForeignKey(ContactChange, models.PROTECT, related_name="checks")
    payer = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    how = models.CharField(max_length=300)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["change", "payer"], name="contact_checked_once"),
            models.CheckConstraint(condition=~models.Q(how=""), name="contact_checked_how"),
        ]
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            pgtrigger.Protect(name="contact_check_stays", operation=pgtrigger.Update | pgtrigger.Delete),
        ]
