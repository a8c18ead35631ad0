"""Documents of a cycle, made by background jobs from frozen rows: the same rows give the same bytes."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.choices import Choice
from maillage.core.models import PublicModel
from maillage.core.quantity import Temperature
from maillage.directory.models import Organisation

from .cycle import Cycle
from .slot import Slot


class DocumentKind(models.TextChoices):
    ORDER_SHEET_PDF = "order_sheet_pdf", _("Bon de commande (PDF)")
    ORDER_SHEET_XLSX = "order_sheet_xlsx", _("Bon de commande (tableur)")
    HARVEST = "harvest", _("Totaux de récolte")
    PICK_LIST = "pick_list", _("Liste de préparation")
    LABELS = "labels", _("Étiquettes de caisses")
    MEMBER_SLIPS = "member_slips", _("Bons des membres")
    POINT_LIST = "point_list", _("Liste du point de cueillette")


class Document(PublicModel):
    """A file of a cycle: of a producer, of a slot, or of a slot at one temperature. Made again, it is the same row."""

    class State(models.TextChoices):
        WAITING = "waiting", _("en attente")
        READY = "ready", _("prêt")
        FAILED = "failed", _("échoué")

    cycle = models.ForeignKey(Cycle, models.CASCADE, related_name="documents")
    kind = Choice(max_length=20, choices=DocumentKind)
    producer = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    slot = models.ForeignKey(Slot, models.PROTECT, null=True, blank=True, related_name="+")
    temperature = Choice(max_length=8, choices=Temperature, blank=True)
    state = Choice(max_length=8, choices=State, default=State.WAITING)
    file = models.FileField(upload_to="documents/", blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True, help_text="Asked again to confirm an order sheet, once.")
    problem = models.TextField(blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["cycle", "kind", "producer", "slot", "temperature"], name="document_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=~models.Q(state="ready")
                | (~models.Q(file="") & models.Q(size__gt=0, made_at__isnull=False) & ~models.Q(sha256="")),
                name="document_ready_has_file",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="failed") | ~models.Q(problem=""), name="document_failed_says_why"
            ),
        ]
