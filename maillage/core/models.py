"""Abstract bases of the models of every context, and the tables that all of them use: letters and kept files."""

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from maillage.core.choices import Choice


class PublicModel(models.Model):
    """A row with a bigint key inside and a UUID outside (`public_id`, the only identifier that a URL shows)."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        abstract = True


class Money(models.DecimalField[Any, Any]):
    """Dollars, 2 decimals."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_digits": 12, "decimal_places": 2, **kwargs})


class UnitPrice(models.DecimalField[Any, Any]):
    """Dollars per unit, 4 decimals."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_digits": 12, "decimal_places": 4, **kwargs})


class Quantity(models.DecimalField[Any, Any]):
    """A quantity in the unit that stands beside it, 3 decimals."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_digits": 12, "decimal_places": 3, **kwargs})


class Rate(models.DecimalField[Any, Any]):
    """A fraction of one, 5 decimals: 0.22 is 22 %, 0.09975 is 9,975 %."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"max_digits": 7, "decimal_places": 5, **kwargs})


class Letter(PublicModel):
    """A message to one address (`core.letters`). `key` is the occasion and the address: an occasion writes once.

    `content` is what is to be sent, empty once it left; `said_by` and `about`: whom to tell when it did.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("en attente")
        SENDING = "sending", _("en cours d’envoi")
        SENT = "sent", _("envoyée")
        FAILED = "failed", _("non remise")
        DROPPED = "dropped", _("abandonnée")

    key = models.CharField(max_length=400, unique=True)
    recipient = models.EmailField()
    subject = models.CharField(max_length=300)
    state = Choice(max_length=8, choices=State, default=State.WAITING)
    content = models.JSONField(default=dict)
    said_by = models.CharField(max_length=200, blank=True)
    about = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, blank=True)
    job = models.BigIntegerField(null=True, blank=True, help_text="The job that claimed it, while it is being sent.")
    sent_at = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(state="sent", sent_at__isnull=False)
                | (~models.Q(state="sent") & models.Q(sent_at=None)),
                name="letter_sent_has_its_moment",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["sent", "dropped"]) | ~models.Q(content={}),
                name="letter_to_send_has_words",
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index("created_at", name="letter_open", condition=models.Q(state__in=["waiting", "sending"])),
            models.Index("created_at", name="letter_failed", condition=models.Q(state="failed")),
            models.Index(Lower("recipient"), name="letter_recipient"),
        ]


class StoredFile(models.Model):
    """A file that was kept whole (`core.files`): its name in the storage, its size in bytes, its SHA-256.

    The row is written after the file was read back; a file without a row was never finished.
    """

    name = models.CharField(max_length=300, unique=True)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    stored_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=models.Q(sha256__regex="^[0-9a-f]{64}$"), name="stored_file_digest"),
        ]


class JobTrouble(models.Model):
    """Why a job of that key failed the last time that it ran (procrastinate keeps no reason)."""

    job = models.BigIntegerField(primary_key=True)
    said = models.CharField(max_length=500)
    at = models.DateTimeField()


class Change(models.Model):
    """A change of a row, noted by the trigger that `core.changes.ChangesKept` declares.

    `action` and `account_id` are what `core.actions.action` said of the transaction: empty, it was done by hand.
    """

    class Done(models.TextChoices):
        MADE = "insert"
        UPDATED = "update"
        REMOVED = "delete"

    table = models.CharField(max_length=63)
    row_id = models.BigIntegerField()
    at = models.DateTimeField()
    done = Choice(max_length=6, choices=Done)
    action = models.CharField(max_length=120, blank=True)
    account_id = models.BigIntegerField(null=True, blank=True)
    before = models.JSONField(null=True, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index("table", "row_id", "id", name="change_of_a_row")]


class Sending(models.Model):
    """A form that was sent and did what it asks (`core.once`): the digest of who, where, token and content.

    `led_to`: the page that answered, for the same form sent again.
    """

    key = models.BinaryField(primary_key=True, max_length=32)
    sent_at = models.DateTimeField(db_index=True)
    led_to = models.CharField(max_length=2000, blank=True)
