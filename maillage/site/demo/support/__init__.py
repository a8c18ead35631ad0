"""A support organisation, its network and a territorial plan: synthetic records that reproduce published totals.

Every organisation, enterprise and person made here says « (démonstration) » and is marked `is_demo`. What is published
about real organisations (a partner, an expert) appears as published, without invented work.
"""

from datetime import datetime

from django.db import transaction

from maillage.directory.models import Organisation

from ..bulk import refresh_statistics

ORGANISATION_SLUG = "appui-monteregie-est-demo"
NETWORK_SLUG = "reseau-export-demo"
PLAN_SLUG = "investissement-regional-demo"


def load_support(now: datetime) -> bool:
    """Load all of it once, in one transaction; a second call changes nothing. Needs the directory's reference data.

    Returns whether it was loaded now.
    """
    if Organisation.objects.filter(slug=ORGANISATION_SLUG).exists():
        return False
    from .follow import load_following
    from .governance import load_governance
    from .network import load_network
    from .people import load_people
    from .plan import load_plan
    from .programmes import load_programmes
    from .reports import load_reports
    from .season import load_season
    from .work import load_work

    with transaction.atomic():
        base = load_people(now)
        load_work(base)
        load_programmes(base)
        load_following(base)
        load_network(base)
        load_governance(base)
        load_plan(base)
        load_season(base)
        refresh_statistics()  # the reports read these rows at once
        load_reports(base)
        refresh_statistics()
    return True
