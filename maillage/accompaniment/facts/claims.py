"""Work claimed from funders: one row for each agreement under which an intervention is claimed."""

from typing import Any

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from maillage.core.facts import Dimension, FactContext

from .served import BY_ENTERPRISE, BY_INTERVENTION, party_fact, served


def claimed(ctx: FactContext) -> Any:
    """Those served, once for each agreement that the intervention is claimed under."""
    return (
        served(ctx)
        .filter(intervention__claims__isnull=False)
        .annotate(
            agreement_id=F("intervention__claims__agreement_id"),
            agreement_title=F("intervention__claims__agreement__title"),
            funder_id=F("intervention__claims__agreement__funder_id"),
            funder_name=F("intervention__claims__agreement__funder__organisation__name"),
        )
    )


_CLAIM_DIMS = {
    "agreement": Dimension("agreement_id", _("Entente"), display="agreement_title"),
    "funder": Dimension("funder_id", _("Bailleur de fonds"), display="funder_name"),
}
CLAIMED_INTERVENTIONS = party_fact(
    "claimed_interventions",
    _("Interventions déclarées à un bailleur"),
    _("interventions"),
    _("Interventions rattachées à une entente; par entente, une intervention peut compter sous plusieurs."),
    BY_INTERVENTION,
    rows=claimed,
    **_CLAIM_DIMS,
)
CLAIMED_ENTERPRISES = party_fact(
    "claimed_enterprises",
    _("Entreprises déclarées à un bailleur"),
    _("entreprises"),
    _("Entreprises distinctes bénéficiaires d'une intervention rattachée à une entente."),
    BY_ENTERPRISE,
    rows=claimed,
    **_CLAIM_DIMS,
)
