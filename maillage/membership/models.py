"""Who belongs to an organisation: classes with their fees, and dated memberships."""

from typing import ClassVar

import pghistory
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.models import Money, PublicModel
from maillage.directory.models import Organisation, Person
from maillage.ledger.models import Transaction


class FeePeriod(models.TextChoices):
    LIFE = "life", _("à vie")
    YEAR = "year", _("par année")


class FeeKind(models.TextChoices):
    """What the sum is: income of the organisation, or a share that the member keeps and gets back when leaving."""

    FEES = "fees", _("cotisation")
    SHARES = "shares", _("part sociale")


class MemberClass(PublicModel):
    """A way to belong, with its price. `fee` is charged once (life) or at each yearly renewal."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    name = models.CharField(_("nom"), max_length=80)
    description = models.CharField(_("en une phrase"), max_length=200, blank=True)
    fee = Money(_("montant"))
    period = models.CharField(_("durée"), max_length=8, choices=FeePeriod)
    fee_kind = models.CharField(_("nature"), max_length=8, choices=FeeKind, default=FeeKind.FEES)
    is_open = models.BooleanField(_("ouverte à l'adhésion en ligne"), default=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["fee", "name"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organisation", "name"], name="member_class_name"),
            models.CheckConstraint(condition=models.Q(fee__gte=0), name="member_class_fee"),
        ]

    def __str__(self) -> str:
        return self.name


class MemberSequence(models.Model):
    """The last member number given in an organisation. Taken by one UPDATE, which locks the row."""

    organisation = models.OneToOneField(Organisation, models.CASCADE, related_name="+")
    last = models.PositiveIntegerField(default=0)


@pghistory.track(pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Membership(PublicModel):
    """`person` is a member of `organisation` during `during` (half-open); a class for life has no end.

    A renewal is another row with the same number: the status at any past date stays readable.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    member_class = models.ForeignKey(MemberClass, models.PROTECT, related_name="memberships")
    number = models.PositiveIntegerField(help_text="Member number: one person of the organisation, for good.")
    during = DateRangeField()
    fee = Money(default=0, help_text="What was charged, in dollars.")
    fee_transaction = models.ForeignKey(Transaction, models.PROTECT, null=True, blank=True, related_name="+")
    reminded_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ExclusionConstraint(
                name="membership_once_at_a_time",
                expressions=[
                    ("organisation", RangeOperators.EQUAL),
                    ("person", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
            ),
            ExclusionConstraint(
                name="membership_number_of_one_person",
                expressions=[
                    ("organisation", RangeOperators.EQUAL),
                    ("number", RangeOperators.EQUAL),
                    ("person", RangeOperators.NOT_EQUAL),
                ],
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "number"], name="membership_number"),
            models.Index(fields=["person", "organisation"], name="membership_person"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.person}"
