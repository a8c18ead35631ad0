"""Who belongs to an organisation: classes with their fees, and dated memberships."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.utils.translation import gettext_lazy as _

from maillage.core.models import Money, PublicModel
from maillage.directory.models import Organisation, Person


class FeePeriod(models.TextChoices):
    LIFE = "life", _("à vie")
    YEAR = "year", _("par année")


class MemberClass(PublicModel):
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    fee = Money()
    period = models.CharField(max_length=8, choices=FeePeriod)
    is_open = models.BooleanField(default=True, help_text="People may join by themselves.")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["organisation", "name"], name="member_class_name"),
            models.CheckConstraint(condition=models.Q(fee__gte=0), name="member_class_fee"),
        ]


class Membership(PublicModel):
    """`person` is a member of `organisation` during `during` (half-open); a class for life has no end."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    member_class = models.ForeignKey(MemberClass, models.PROTECT, related_name="memberships")
    number = models.PositiveIntegerField(help_text="Member number, unique in the organisation.")
    during = DateRangeField()
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
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "number"], name="membership_number"),
        ]
