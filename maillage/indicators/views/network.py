"""The network: its totals, what makes them, who has declared; and the member's form, reached by its own address."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maillage.core import files, limits
from maillage.core.actions import Refused
from maillage.core.facts import CountDistinct, FactContext
from maillage.core.period import Period
from maillage.core.text import sorting
from maillage.directory.types import RoleKind, SignedIn

from .. import access, actions, compute, queries, wording
from ..forms import DeclarationForm
from ..models import Declaration
from ..plan_forms import ContactForm
from ..queries import network as network_queries
from ..types import period_of
from . import common


@require_GET
def network(request: SignedIn) -> HttpResponse:
    """Every figure of the network for a year: observed, declared, growth; its members; how they overlap."""
    networks = queries.networks_of(user=request.user)
    asked = request.GET.get("organisme")
    chosen = next((n for n in networks if str(n.public_id) == asked), None) if asked else next(iter(networks), None)
    if asked and chosen is None:
        raise Http404
    if chosen is None:
        if queries.has_network(user=request.user):
            return redirect("indicators:membership")
        mine = access.organisations_of(user=request.user, kinds=access.EDITORS)
        return render(request, "indicators/network.html", {"network": None, "candidate": next(iter(mine), None)})
    periods = network_queries.periods_of(network_id=chosen.pk)
    period = _period(request, periods)
    figures = queries.consolidate(network_id=chosen.pk, period=period)
    found = queries.member_lines(network_id=chosen.pk, period=period, figures=figures)
    lines = sorted(found, key=lambda line: ATTENTION.index(line.state))
    return render(
        request,
        "indicators/network.html",
        {
            "network": chosen,
            "networks": networks,
            "period": period,
            "period_name": wording.year_name(period),
            "previous_name": wording.year_name(period.previous()),
            "years": [
                common.YearLink(wording.year_name(p), common.with_query(request, debut=p.start, fin=p.end), p == period)
                for p in periods
            ],
            "figures": figures,
            "lines": [
                (line, [(line.values.get(f.version.indicator_id), f.hushed and line.observed) for f in figures])
                for line in lines
            ],
            "hushed": any(f.hushed for f in figures),
            "counts": _counts(lines),
            "overlap": _overlap(chosen.pk, period, figures, lines),
            "edits": access.may(user=request.user, organisation_id=chosen.pk, kinds=access.EDITORS),
            "waiting": sum(1 for line in lines if line.state == "submitted"),
            "grown": any(f.growth is not None for f in figures),
        },
    )


#: Members whose declaration awaits someone come first.
ATTENTION = ("submitted", "returned", "draft", "unasked", "approved", "observed")


def _period(request: SignedIn, periods: list[Period]) -> Period:
    if request.GET.get("debut") or request.GET.get("annee") or not periods:
        return common.period_asked(request.GET, access.today())
    return periods[0]


def _counts(lines: list[queries.MemberLine]) -> dict[str, int]:
    states = [line.state for line in lines]
    return {
        "members": len(lines),
        **{s: states.count(s) for s in ("observed", "approved", "submitted", "returned", "unasked")},
    }


def _overlap(
    network_id: int, period: Period, figures: list[queries.Consolidated], lines: list[queries.MemberLine]
) -> dict[str, Any] | None:
    """The matrix with the members' names, when two or more of them work on the platform."""
    observed = [line.member for line in lines if line.observed]
    figure = next((f for f in figures if _counts_enterprises(f)), None)
    if len(observed) < 2 or figure is None:
        return None
    asked = FactContext(organisation_ids=tuple(o.pk for o in observed), period=period)
    found = queries.overlap(compute.fact_of(figure.version), compute.context_of(figure.version, asked))
    names = {o.pk: o.name for o in observed}
    members = sorted((m for m in found.members if m in names), key=lambda m: sorting(names[m]))
    silent = queries.hushed(found)
    return {
        "figure": figure,
        "overlap": found,
        "columns": range(1, len(members) + 1),
        "rows": [
            (n, names[a], [_shared(found, silent, a, b) for b in members[:n]], len(members) - n)
            for n, a in enumerate(members, start=1)
        ],
        "silent": bool(silent),
        "twice": found.summed - found.unique,
        "few": 0 < found.summed - found.unique < network_queries.SMALL,
    }


def _shared(found: queries.Overlap, silent: set[frozenset[int]], a: int, b: int) -> dict[str, Any]:
    """One cell: how many enterprises both serve, how much of the smaller of the two that is (0 to 4)."""
    count = found.matrix[a][b]
    if a == b:
        return {"own": True, "count": count}
    share = count / max(1, min(found.matrix[a][a], found.matrix[b][b]))
    hush = frozenset((a, b)) in silent
    return {"count": count, "silent": hush, "heat": 1 if hush else min(4, -int(-share * 8 // 1)) if count else 0}


def _counts_enterprises(figure: queries.Consolidated) -> bool:
    measure = compute.fact_of(figure.version).measure
    return isinstance(measure, CountDistinct) and measure.canonical


@require_POST
def network_ask(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Open the year's forms for the members outside the platform."""
    found = queries.network_for(user=request.user, public_id=public_id)
    if not access.may(user=request.user, organisation_id=found.pk, kinds=(RoleKind.DIRECTOR, RoleKind.MANAGER)):
        raise Http404
    period = common.period_asked(request.POST, access.today())
    made = actions.ask_declarations(network_id=found.pk, period=period, by=request.user, now=timezone.now())
    said = _("%(n)s formulaires partent par courriel. Sans courriel connu, transmettez l'adresse du formulaire.")
    messages.success(request, said % {"n": len(made)})
    return redirect(reverse("indicators:network") + common.query_for(period, organisme=found.public_id))


@require_http_methods(["GET", "POST"])
def declaration_review(request: SignedIn, public_id: UUID) -> HttpResponse:
    """A declaration, for the network: its numbers, its proof, its path; approve or return."""
    found = queries.declaration_for(user=request.user, public_id=public_id)
    edits = access.may(user=request.user, organisation_id=found.network_id, kinds=access.EDITORS)
    if request.method == "POST":
        if not edits:
            raise Http404
        try:
            messages.success(request, _decide(request, found))
        except Refused as error:
            messages.error(request, str(error))
        return redirect("indicators:declaration_review", public_id=public_id)
    return render(
        request,
        "indicators/declaration_review.html",
        {
            **_declared(request, found),
            "edits": edits,
            "contact": network_queries.contact_of(declaration=found),
            "expired": found.expires_at <= timezone.now(),
        },
    )


def _decide(request: SignedIn, found: Declaration) -> str:
    """Approve, return or send the form again; what to tell. Refused."""
    asked, now = request.POST.get("do"), timezone.now()
    if asked == "approve":
        actions.approve(declaration_id=found.pk, by=request.user, now=now)
        return _("La déclaration est approuvée : elle compte dans les résultats.")
    if asked == "renew":
        form = ContactForm(request.POST)
        if not form.is_valid():
            raise actions.DeclarationRefused(_("Inscrivez le courriel du membre."))
        email = form.cleaned_data["contact_email"]
        actions.renew_declaration(declaration_id=found.pk, contact_email=email, by=request.user, now=now)
        return _("Un nouveau lien part à %(email)s. L'ancien n'ouvre plus rien.") % {"email": email}
    reason = request.POST.get("reason", "")
    actions.return_declaration(declaration_id=found.pk, reason=reason, by=request.user, now=now)
    return _("La déclaration est retournée au membre, avec votre explication.")


def _declared(request: HttpRequest, found: Declaration) -> dict[str, Any]:
    versions = queries.current_versions(organisation_id=found.network_id)
    known = {v.indicator_id: v.value for v in found.values.all()}
    period = period_of(found.period)
    return {
        "declaration": found,
        "period_name": wording.year_name(period),
        "period": wording.between(period),
        "numbers": [(compute.name_of(v), known.get(v.indicator_id)) for v in versions],
        "steps": list(found.steps.select_related("by__person")),
        "address": request.build_absolute_uri(reverse("indicators:declaration", args=[found.token])),
    }


@require_GET
def declaration_evidence(request: SignedIn, public_id: UUID) -> FileResponse:
    """The proof, for those who direct the network."""
    found = queries.declaration_for(user=request.user, public_id=public_id)
    if not found.evidence:
        raise Http404
    filename = found.evidence_name or "piece"
    return files.answer(str(found.evidence.name), filename=filename, content_type="application/octet-stream")


@require_http_methods(["GET", "POST"])
@login_not_required
@never_cache
@limits.public_form("declaration")
def declaration(request: HttpRequest, token: str) -> HttpResponse:
    """The member's form: its address is its key, until the date that it shows."""
    found = queries.declaration_by_token(token=token)
    expired = found.expires_at <= timezone.now()
    open_ = found.state in ("draft", "returned") and not expired
    versions = queries.current_versions(organisation_id=found.network_id)
    form = DeclarationForm(request.POST or None, request.FILES or None, declaration=found, versions=versions)
    contact = network_queries.contact_of(declaration=found)
    renews = expired and found.state in ("draft", "returned") and bool(contact)
    if request.method == "POST" and renews and request.POST.get("do") == "renew":
        actions.renew_declaration(declaration_id=found.pk, now=timezone.now())
        return render(request, "indicators/link_sent.html", {"to": wording.veiled(contact)})
    if request.method == "POST" and open_ and form.is_valid():
        try:
            _keep(request, found, form)
            return redirect("indicators:declaration", token=token)
        except Refused as error:
            form.add_error(None, str(error))
    return render(
        request,
        "indicators/declaration.html",
        {
            **_declared(request, found),
            "form": form,
            "open": open_,
            "renews": renews,
            "contact": wording.veiled(contact),
        },
    )


def _keep(request: HttpRequest, found: Declaration, form: DeclarationForm) -> None:
    data = form.cleaned_data
    actions.save_declaration(
        declaration_id=found.pk,
        values=form.values(),
        declared_by=data["declared_by"],
        note=data["note"],
        evidence=data["evidence"],
    )
    if request.POST.get("do") != "submit":
        messages.success(request, _("Vos nombres sont gardés. Vous pouvez revenir les compléter."))
        return
    actions.submit_declaration(declaration_id=found.pk, now=timezone.now())
    messages.success(request, _("La déclaration est transmise au réseau. Merci."))
