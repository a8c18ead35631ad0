"""Definitions: what an indicator counts, said in a sentence and previewed on real rows before it is kept."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maillage.core import facts
from maillage.core.actions import Refused
from maillage.directory.types import SignedIn

from .. import access, actions, compute, queries, wording
from ..forms import DefinitionForm, definition_of_version
from ..models import Indicator
from . import common


@require_GET
def indicators(request: SignedIn) -> HttpResponse:
    """The definitions of an organisation, in words."""
    organisation = common.or_404(common.organisation_of(request))
    versions = queries.current_versions(organisation_id=organisation.pk)
    return render(
        request,
        "indicators/indicators.html",
        {
            "organisation": organisation,
            "organisations": access.organisations_of(user=request.user),
            "versions": [(v, compute.name_of(v), wording.sentence(v)) for v in versions],
            "edits": access.may(user=request.user, organisation_id=organisation.pk, kinds=access.EDITORS),
        },
    )


@require_http_methods(["GET", "POST"])
def indicator_new(request: SignedIn) -> HttpResponse:
    organisation = common.or_404(common.organisation_of(request, access.EDITORS))
    return _form(request, organisation, None)


@require_POST
def indicators_usual(request: SignedIn) -> HttpResponse:
    """Begin with the usual figures of the work that the organisation notes already."""
    organisation = common.or_404(common.organisation_of(request, access.EDITORS))
    kept = actions.define_usual(
        organisation_id=organisation.pk,
        facts=queries.usual_facts(organisation=organisation),
        by=request.user,
        now=timezone.now(),
    )
    messages.success(
        request,
        ngettext("Un indicateur est prêt.", "%(n)d indicateurs sont prêts.", len(kept)) % {"n": len(kept)}
        if kept
        else _("Tous les chiffres usuels sont déjà là."),
    )
    return redirect(reverse("indicators:figures") + f"?organisme={organisation.public_id}")


@require_http_methods(["GET", "POST"])
def indicator(request: SignedIn, public_id: UUID) -> HttpResponse:
    """One indicator: what it says, its versions; for those who may, a form whose saving makes the next version."""
    version = queries.version_for(user=request.user, public_id=public_id)
    edits = access.may(user=request.user, organisation_id=version.indicator.organisation_id, kinds=access.EDITORS)
    if request.method == "POST" and not edits:
        raise Http404
    return _form(request, version.indicator.organisation, version.indicator, edits=edits)


def _form(request: SignedIn, organisation: Any, known: Indicator | None, *, edits: bool = True) -> HttpResponse:
    versions = queries.versions_of(indicator=known) if known else []
    initial = definition_of_version(versions[0]) if versions else {"fact": request.GET.get("fait", "")}
    form = DefinitionForm(request.POST or None, initial=initial, organisation=organisation, edits=known)
    preview: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            definition = form.definition(known)
            if request.POST.get("do") == "save":
                kept = actions.define(
                    organisation_id=organisation.pk,
                    definition=definition,
                    indicator=known,
                    by=request.user,
                    now=timezone.now(),
                )
                messages.success(request, _("La définition est enregistrée (version %(n)s).") % {"n": kept.number})
                return redirect("indicators:indicator", public_id=kept.indicator.public_id)
            preview = _preview(organisation, definition, known)
        except Refused as error:
            form.add_error(None, str(error))
    return render(
        request,
        "indicators/indicator.html",
        {
            "organisation": organisation,
            "indicator": known,
            "versions": [(v, compute.name_of(v), wording.sentence(v)) for v in versions],
            "form": form,
            "edits": edits,
            "dims": form.dims(),
            **preview,
        },
    )


def _preview(organisation: Any, definition: actions.Definition, known: Indicator | None) -> dict[str, Any]:
    """The sentence, the figure of the current and last year, and the first rows, before anything is kept."""
    version = actions.draft_version(organisation_id=organisation.pk, definition=definition, indicator=known)
    period = common.period_asked({}, access.today())
    scope = access.scope_of(organisation, period=period)
    asked = scope.asks(period)
    try:
        figure = queries.figure(version, asked)
        inside = compute.context_of(version, asked)
        rows = queries.rows_page(compute.fact_of(version), inside) if scope.shows_rows else None
    except facts.BadFilter as error:
        raise actions.DefinitionRefused(_("Un des filtres ne convient pas à ce qui est compté.")) from error
    return {
        "preview": figure,
        "sentence": wording.sentence(version),
        "rows": rows,
        "period_name": wording.year_name(period),
        "previous_name": wording.year_name(period.previous()),
    }


@require_POST
def indicator_archive(request: SignedIn, public_id: UUID) -> HttpResponse:
    version = queries.version_for(user=request.user, public_id=public_id, edit=True)
    actions.archive(indicator_id=version.indicator_id, by=request.user, now=timezone.now())
    messages.success(
        request, _("L'indicateur ne paraît plus dans les listes. Les rapports qui le montrent le gardent.")
    )
    return redirect("indicators:indicators")
