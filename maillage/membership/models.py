"""Who belongs to an organisation: classes with their fees, and dated memberships."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from maillage.core.changes import ChangesKept
from maillage.core.choices import Choice
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


class HeldBy(models.TextChoices):
    """Who a class is for."""

    PERSON = "person", _("une personne")
    ORGANISATION = "organisation", _("une organisation")
    ANYONE = "anyone", _("une personne ou une organisation")


class MemberClass(PublicModel):
    """A way to belong, with its price. `fee` is charged once (life) or at each yearly renewal."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    name = models.CharField(_("nom"), max_length=80)
    description = models.CharField(_("en une phrase"), max_length=200, blank=True)
    fee = Money(_("montant"))
    period = Choice(_("durée"), max_length=8, choices=FeePeriod)
    fee_kind = Choice(_("nature"), max_length=8, choices=FeeKind, default=FeeKind.FEES)
    held_by = Choice(_("pour"), max_length=12, choices=HeldBy, default=HeldBy.PERSON)
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


class Membership(PublicModel):
    """A person, or an organisation (a company, an institution), is a member of `organisation` during `during`.

    `during` is half-open; a class for life has no end. A renewal is another row with the same number: the status at any
    past date stays readable. `holder` is the member as one number, computed by the base: the key of the person, or
    minus the key of the organisation.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    member_organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    holder = models.GeneratedField(
        expression=Coalesce(F("person"), -F("member_organisation")),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )
    member_class = models.ForeignKey(MemberClass, models.PROTECT, related_name="memberships")
    number = models.PositiveIntegerField(help_text="Member number: one member of the organisation, for good.")
    during = DateRangeField()
    fee = Money(default=0, help_text="What was charged, in dollars.")
    fee_transaction = models.ForeignKey(Transaction, models.PROTECT, null=True, blank=True, related_name="+")
    reminded_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            ChangesKept("membership_membership_changes", ignore=["holder"]),
            models.CheckConstraint(
                condition=Q(person=None, member_organisation__isnull=False)
                | Q(person__isnull=False, member_organisation=None),
                name="membership_one_holder",
            ),
            models.CheckConstraint(
                condition=Q(member_organisation=None) | ~Q(member_organisation=F("organisation")),
                name="membership_not_of_itself",
            ),
            ExclusionConstraint(
                name="membership_once_at_a_time",
                expressions=[
                    ("organisation", RangeOperators.EQUAL),
                    ("holder", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
            ),
            ExclusionConstraint(
                name="membership_number_of_one_holder",
                expressions=[
                    ("organisation", RangeOperators.EQUAL),
                    ("number", RangeOperators.EQUAL),
                    ("holder", RangeOperators.NOT_EQUAL),
                ],
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["organisation", "number"], name="membership_number"),
            models.Index(fields=["person", "organisation"], name="membership_person"),
            models.Index(
                fields=["member_organisation", "organisation"],
                name="membership_organisation",
                condition=Q(member_organisation__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    @property
    def member(self) -> Person | Organisation:
        """Who belongs."""
        found = self.person or self.member_organisation
        assert found is not None  # a constraint
        return found

    @property
    def name(self) -> str:
        return self.member.name
