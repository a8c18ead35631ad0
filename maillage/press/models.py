"""What the media said of an organisation, its programmes and the enterprises that it helps."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.changes import ChangesKept
from maillage.core.models import PublicModel
from maillage.directory.models import Organisation
from maillage.funding.models import Stream


class Mention(PublicModel):
    """Kept by `organisation`; `about` is an enterprise of the directory that it speaks of. Taken out, it stays in the
    log and no figure counts it."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    on = models.DateField(_("date"))
    medium = models.CharField(_("média"), max_length=120)
    title = models.CharField(_("titre"), max_length=240)
    link = models.URLField(_("lien"), max_length=500, blank=True)
    stream = models.ForeignKey(Stream, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("volet"))
    about = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("entreprise"),
    )
    removed_at = models.DateTimeField(null=True, blank=True)
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("press_mention_changes", made=True),
            models.UniqueConstraint(fields=["organisation", "on", "medium", "title"], name="press_mention_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["about", "on"], name="press_mention_about")]

    def __str__(self) -> str:
        return self.title
