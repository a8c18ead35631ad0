"""What membership is counted by: members, those who are new, those who leave, what they were charged.

A member is a person or an organisation, counted once whatever its number of yearly renewals; a duplicate of an
organisation counts as the one that it is united with. Members are told by their number, never by name.
"""

from typing import Any

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from maillage.core.facts import (
    AsOf,
    Column,
    CountDistinct,
    Dimension,
    Entered,
    Fact,
    FactContext,
    InPeriod,
    Sum,
    canonical,
    register,
)

from .models import FeeKind, FeePeriod, HeldBy, Membership

GROUP = _("Membres")
_DIMS = {
    "class": Dimension("member_class_id", _("Catégorie de membre"), display="member_class__name"),
    "held_by": Dimension("_held_by", _("Personne ou organisation"), choices=HeldBy),
    "duration": Dimension("member_class__period", _("Durée de l'adhésion"), choices=FeePeriod),
    "nature": Dimension("member_class__fee_kind", _("Nature de la somme"), choices=FeeKind),
}


def _memberships(ctx: FactContext) -> Any:
    """Each with who holds it as one number: a person's key, or minus the key of an organisation."""
    return Membership.objects.annotate(
        _member=Coalesce(F("person_id"), canonical("member_organisation") * Value(-1)),
        _held_by=Case(
            When(person__isnull=False, then=Value(HeldBy.PERSON.value)),
            default=Value(HeldBy.ORGANISATION.value),
            output_field=CharField(),
        ),
    )


def _others(**conditions: Any) -> Exists:
    """Whether the same member has another membership in the same organisation that meets the conditions."""
    return Exists(
        _memberships(FactContext()).filter(
            organisation=OuterRef("organisation"), _member=OuterRef("_member"), **conditions
        )
    )


def _first(ctx: FactContext) -> Any:
    return _memberships(ctx).exclude(_others(during__startswith__lt=OuterRef("during__startswith")))


def _last(ctx: FactContext) -> Any:
    """Memberships with an end that no other of the member outlasts."""
    outlasting = Q(during__endswith__gt=OuterRef("during__endswith")) | Q(during__endswith=None)
    others = _memberships(ctx).filter(outlasting, organisation=OuterRef("organisation"), _member=OuterRef("_member"))
    return _memberships(ctx).filter(during__endswith__isnull=False).exclude(Exists(others))


def _fact(key: str, label: Any, unit: Any, help: Any, rows: Any, period: Any, measure: Any = None) -> Fact:
    return register(
        Fact(
            key=key,
            label=label,
            unit=unit,
            group=GROUP,
            help=help,
            rows=rows,
            measure=measure or CountDistinct("_member", label="number"),
            period=period,
            organisation="organisation",
            dims=_DIMS,
            row_columns=(
                Column("number", _("Numéro de membre")),
                Column("member_class__name", _("Catégorie de membre")),
                Column("during__startswith", _("Depuis"), kind="date"),
                Column("during__endswith", _("Jusqu'au"), kind="date"),
                Column("fee", _("Somme demandée"), kind="money", adds=True),
            ),
            entered=Entered(),
        )
    )


MEMBERS = _fact(
    "members",
    _("Membres en règle"),
    _("membres"),
    _("Personnes et organisations dont l'adhésion est en vigueur le dernier jour de la période."),
    _memberships,
    AsOf("during"),
)
NEW_MEMBERS = _fact(
    "new_members",
    _("Nouveaux membres"),
    _("membres"),
    _("Personnes et organisations dont la toute première adhésion commence dans la période."),
    _first,
    InPeriod("during__startswith"),
)
MEMBERS_GONE = _fact(
    "members_gone",
    _("Membres qui sont partis"),
    _("membres"),
    _("Personnes et organisations dont la dernière adhésion finit dans la période, sans renouvellement."),
    _last,
    InPeriod("during__endswith"),
)
MEMBERSHIP_FEES = _fact(
    "membership_fees",
    _("Cotisations et parts demandées"),
    _("$"),
    _("Sommes demandées aux membres pour les adhésions qui commencent dans la période."),
    _memberships,
    InPeriod("during__startswith"),
    Sum("fee", decimals=2),
)
