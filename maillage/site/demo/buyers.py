"""Organisations that are members of a market, and who orders for them. Synthetic, marked as demonstration."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from maillage.directory.models import LegalForm, Organisation, Person, Role, RoleKind
from maillage.membership import actions as membership
from maillage.membership.models import MemberClass

from .cast import CAST, account_of

BUYERS = (
    ("CPE Les Petites Mains (démo)", "cpe-les-petites-mains-demo", LegalForm.NON_PROFIT),
    ("Bistro du Portage (démo)", "bistro-du-portage-demo", LegalForm.BUSINESS_CORPORATION),
    ("École de la Rive (démo)", "ecole-de-la-rive-demo", LegalForm.PUBLIC),
)
"""Name, slug, legal form. The first one's purchases are made by the demonstration's member."""
OTHERS = (("Solange", "Arbour"), ("Réjean", "Cimon"))
"""Who buys for the other ones."""


@dataclass(frozen=True)
class Buyer:
    organisation_id: int
    person_id: int
    since: date


def load_buyers(market_organisation: Organisation, *, now: datetime) -> list[Buyer]:
    """A class for organisations, three that joined, and who orders for them: the member for the first."""
    today = timezone.localdate(now)
    kept = MemberClass.objects.create(
        organisation=market_organisation,
        name="Organisation",
        description="Pour un CPE, une école, un restaurant : une facture au nom de l'organisation.",
        fee=100,
        period="year",
        held_by="organisation",
    )
    member: Person = account_of(next(c for c in CAST if c.key == "membre")).person
    others = [Person.objects.create(given_name=given, family_name=family, is_demo=True) for given, family in OTHERS]
    buyers = []
    for n, ((name, slug, form), person) in enumerate(zip(BUYERS, [member, *others], strict=True)):
        buyer = Organisation.objects.create(
            name=name,
            slug=slug,
            legal_form=form,
            address=f"{10 + n}, rue de l'École",
            postal_code=market_organisation.postal_code,
            municipality=market_organisation.municipality,
            mrc=market_organisation.mrc,
            is_demo=True,
        )
        since = today - timedelta(days=90 * (n + 1))
        membership.join(member_organisation_id=buyer.pk, member_class_id=kept.pk, today=since)
        Role.objects.create(
            person=person, organisation=buyer, kind=RoleKind.BUYER, title="Achats", during=(since, None)
        )
        buyers.append(Buyer(buyer.pk, person.pk, since))
    return buyers
