"""Organisations that are members of a market, and who orders for them. Synthetic, marked as demonstration."""

from datetime import datetime, timedelta

from django.utils import timezone

from maillage.directory.models import LegalForm, Organisation, Role, RoleKind
from maillage.membership import actions as membership
from maillage.membership.models import MemberClass

from .cast import CAST, account_of

BUYERS = (
    ("CPE Les Petites Mains (démo)", "cpe-les-petites-mains-demo", LegalForm.NON_PROFIT),
    ("Bistro du Portage (démo)", "bistro-du-portage-demo", LegalForm.BUSINESS_CORPORATION),
    ("École de la Rive (démo)", "ecole-de-la-rive-demo", LegalForm.PUBLIC),
)
"""Name, slug, legal form. The first one's purchases are made by the demonstration's member."""


def load_buyers(market_organisation: Organisation, *, now: datetime) -> None:
    """A class for organisations, three that joined, and the member who also orders for the first of them."""
    today = timezone.localdate(now)
    kept = MemberClass.objects.create(
        organisation=market_organisation,
        name="Organisation",
        description="Pour un CPE, une école, un restaurant : une facture au nom de l'organisation.",
        fee=100,
        period="year",
        held_by="organisation",
    )
    for n, (name, slug, form) in enumerate(BUYERS):
        buyer = Organisation.objects.create(
            name=name,
            slug=slug,
            legal_form=form,
            municipality=market_organisation.municipality,
            mrc=market_organisation.mrc,
            is_demo=True,
        )
        since = today - timedelta(days=90 * (n + 1))
        membership.join(member_organisation_id=buyer.pk, member_class_id=kept.pk, today=since)
        if n == 0:
            member = account_of(next(c for c in CAST if c.key == "membre")).person
            Role.objects.create(
                person=member, organisation=buyer, kind=RoleKind.BUYER, title="Achats", during=(since, None)
            )
