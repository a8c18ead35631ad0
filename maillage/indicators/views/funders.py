"""Several funders, one record: their agreements and years, what was claimed twice and which agreement keeps it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from maillage.accompaniment.actions import claims as keeping
from maillage.accompaniment.models import ClaimRelease, Intervention
from maillage.core.actions import Refused
from maillage.core.numbers import whole
from maillage.directory.types import SignedIn

from .. import access, queries
from . import common

INTERVENTION = "accompaniment:intervention"


@require_GET
def claims(request: SignedIn) -> HttpResponse:
    """The agreements of an organisation; interventions claimed under two that exclude each other; the choices made."""
    organisation = common.or_404(common.organisation_of(request))
    found = queries.double_claims(organisation_id=organisation.pk)
    return render(
        request,
        "indicators/claims.html",
        {
            "organisation": organisation,
            "organisations": access.organisations_of(user=request.user),
            "claims": found,
            "opens": access.opens(user=request.user, organisation_id=organisation.pk, page=INTERVENTION),
            "count": queries.count_double_claims(organisation_id=organisation.pk),
            "releases": queries.releases_of(organisation_id=organisation.pk),
            "edits": access.may(user=request.user, organisation_id=organisation.pk, kinds=access.EDITORS),
            "funders": [
                (agreement, queries.funder_year(agreement, access.today()))
                for agreement in queries.agreements_of(organisation_id=organisation.pk)
            ],
        },
    )


@require_POST
def claim_keep(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Which of two agreements keeps an intervention: `garde` and `libere`, their keys."""
    row = Intervention.objects.filter(public_id=public_id).select_related("organisation").first()
    if row is None or not access.may(user=request.user, organisation_id=row.organisation_id, kinds=access.EDITORS):
        raise Http404
    kept, released = whole(request.POST.get("garde")), whole(request.POST.get("libere"))
    try:
        keeping.keep_claim(
            intervention_id=row.pk,
            kept_id=kept or 0,
            released_id=released or 0,
            now=timezone.now(),
            by=request.user,
        )
        messages.success(request, _("C'est choisi. L'autre entente ne compte plus cette intervention."))
    except Refused as error:
        messages.error(request, str(error))
    return _back(row.organisation)


@require_POST
def claim_undo(request: SignedIn, public_id: UUID) -> HttpResponse:
    found = ClaimRelease.objects.filter(public_id=public_id).select_related("intervention__organisation").first()
    if found is None or not access.may(
        user=request.user, organisation_id=found.intervention.organisation_id, kinds=access.EDITORS
    ):
        raise Http404
    keeping.undo_release(release_id=found.pk, now=timezone.now(), by=request.user)
    messages.success(request, _("Le choix est défait : les deux ententes comptent cette intervention."))
    return _back(found.intervention.organisation)


def _back(organisation: Any) -> HttpResponse:
    return redirect(reverse("indicators:claims") + f"?organisme={organisation.public_id}#doubles")
