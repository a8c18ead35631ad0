"""The enterprise's file in an organisation, what it agreed to share with others, and notes."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.changes import ChangesKept
from maillage.core.choices import Choice
from maillage.core.models import PublicModel
from maillage.directory.models import Organisation, Person


class ClientFile(PublicModel):
    """`organisation` follows `enterprise`; opened by the first piece of work."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    enterprise = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    adviser = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")
    opened_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organisation", "enterprise"], name="client_file_once"),
        ]


class JourneyShare(PublicModel):
    """The enterprise agreed that `shown_to` sees what `organisation` did with it (never the notes)."""

    enterprise = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    shown_to = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    consented_on = models.DateField()
    consented_by = models.CharField(max_length=160, help_text="Who consented, for the enterprise.")
    withdrawn_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["enterprise", "organisation", "shown_to"],
                name="journey_share_once",
                condition=models.Q(withdrawn_on=None),
            ),
        ]


class Visibility(models.TextChoices):
    PRIVATE = "private", _("moi seulement")
    ORGANISATION = "organisation", _("mon organisation")
    SHARED = "shared", _("mon organisation et une autre")


class Note(PublicModel):
    """A confidential note. No figure reads it."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    enterprise = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    author = models.ForeignKey(Person, models.PROTECT, related_name="+")
    body = models.TextField()
    visibility = Choice(max_length=12, choices=Visibility, default=Visibility.ORGANISATION)
    shared_with = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("accompaniment_note_changes"),
            models.CheckConstraint(
                condition=models.Q(visibility="shared", shared_with__isnull=False)
                | (~models.Q(visibility="shared") & models.Q(shared_with=None)),
                name="note_shared_with_someone",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["enterprise", "-created_at"])]
