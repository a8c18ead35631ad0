"""Transfers: the bank's file, what each deposit seems to be, and the treasurer's word."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from maillage.core.actions import Refused
from maillage.directory.types import SignedIn

from .. import actions, bankfiles, queries
from ..forms import BankFileForm, ColumnsForm
from ..matching import Certainty
from ..models import BankFile, BankLine
from .payments import as_uuid, payer_of

SHOWN = 300
"""Rows of a preview on the page; the counts are of all."""


@require_http_methods(["GET", "POST"])
def interac(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Send a bank's file; handle its deposits."""
    organisation = queries.organisation_kept_by(user=request.user, public_id=public_id)
    form = BankFileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            file = actions.take_file(organisation_id=organisation.pk, name=sent.name, raw=sent.read(), by=request.user)
        except Refused as refused:
            form.add_error("file", str(refused))
        else:
            return redirect("payments:file", file.public_id)
    proposals = queries.proposals(organisation.pk)
    return render(
        request,
        "payments/interac.html",
        {
            "organisation": organisation,
            "form": form,
            "certain": [p for p in proposals if p.certainty == Certainty.CERTAIN],
            "probable": [p for p in proposals if p.certainty == Certainty.PROBABLE],
            "unknown": [p for p in proposals if p.certainty == Certainty.NONE],
            "handled": queries.handled_lines(organisation.pk),
        },
    )


def _tell(request: SignedIn, file: BankFile) -> None:
    if not file.new_lines:
        messages.info(request, _("Ces dépôts étaient déjà là : rien n'a changé."))
    else:
        told = ngettext("%(n)s nouveau dépôt à traiter.", "%(n)s nouveaux dépôts à traiter.", file.new_lines)
        messages.success(request, told % {"n": file.new_lines})


@require_http_methods(["GET", "POST"])
def file(request: SignedIn, public_id: UUID) -> HttpResponse:
    """What a file would bring, row by row; nothing of it is kept before it is confirmed here."""
    held = queries.file_for(user=request.user, public_id=public_id)
    back = redirect("payments:interac", held.organisation.public_id)
    if not held.content:
        messages.info(request, _("Ce fichier est déjà lu."))
        return back
    if request.method == "POST":
        try:
            _tell(request, actions.keep_file(file_id=held.pk, by=request.user))
        except Refused as refused:
            messages.error(request, str(refused))
        return back
    preview = queries.preview_of(held)
    if preview is None:
        return redirect("payments:columns", held.public_id)
    context = {
        "file": held,
        "organisation": held.organisation,
        "preview": preview,
        "shown": preview.fresh[:SHOWN],
        "certain": preview.count(Certainty.CERTAIN),
        "probable": preview.count(Certainty.PROBABLE),
        "unknown": preview.count(Certainty.NONE),
    }
    return render(request, "payments/file.html", context)


@require_POST
def discard(request: SignedIn, public_id: UUID) -> HttpResponse:
    held = queries.file_for(user=request.user, public_id=public_id)
    try:
        actions.discard_file(file_id=held.pk, by=request.user)
    except Refused as refused:
        messages.info(request, str(refused))
    else:
        messages.success(request, _("Le fichier est abandonné : rien n’en est gardé."))
    return redirect("payments:interac", held.organisation.public_id)


@require_http_methods(["GET", "POST"])
def columns(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Say where a file's columns are, once for the bank."""
    file = queries.file_for(user=request.user, public_id=public_id)
    if not file.content:
        return redirect("payments:interac", file.organisation.public_id)
    rows = bankfiles.rows_of(file.content)
    form = ColumnsForm(rows, request.POST or None, initial={"headings": True})
    if request.method == "POST" and form.is_valid():
        try:
            actions.map_file(file_id=file.pk, columns=form.columns(), by=request.user)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("payments:file", file.public_id)
    return render(
        request,
        "payments/columns.html",
        {"file": file, "organisation": file.organisation, "form": form, "rows": rows[:5]},
    )


@require_POST
def confirm_certain(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Confirm the certain matches that the page showed."""
    organisation = queries.organisation_kept_by(user=request.user, public_id=public_id)
    shown = [as_uuid(text) for text in request.POST.getlist("ligne")]
    ids = BankLine.objects.filter(organisation=organisation, public_id__in=shown).values_list("pk", flat=True)
    try:
        count = actions.confirm_certain(
            organisation_id=organisation.pk, line_ids=list(ids), now=timezone.now(), by=request.user
        )
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        told = ngettext("%(n)s virement rapproché.", "%(n)s virements rapprochés.", count)
        messages.success(request, told % {"n": count})
    return redirect("payments:interac", organisation.public_id)


@require_POST
def act(request: SignedIn, public_id: UUID, verb: str) -> HttpResponse:
    """One line: confirmed, given to a person, set aside, brought back, undone."""
    line = queries.line_for(user=request.user, public_id=public_id)
    try:
        _act(request, line, verb)
    except Refused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("C'est fait."))
    return redirect("payments:interac", line.organisation.public_id)


def _act(request: SignedIn, line: BankLine, verb: str) -> None:
    now, by = timezone.now(), request.user
    if verb == "rapprochement":
        expected, payment = queries.match_for(
            line, expected=as_uuid(request.POST.get("attendu", "")), payment=as_uuid(request.POST.get("paiement", ""))
        )
        actions.confirm_line(line_id=line.pk, expected_id=expected, payment_id=payment, now=now, by=by)
    elif verb == "attribution":
        payer = payer_of(line.organisation_id, request.POST)
        buyer = payer.buyer.pk if payer.buyer else None
        actions.assign_line(line_id=line.pk, person_id=payer.person.pk, buyer_id=buyer, now=now, by=by)
    elif verb == "mise-de-cote":
        actions.ignore_line(line_id=line.pk, now=now, by=by)
    elif verb == "retour":
        actions.restore_line(line_id=line.pk, by=by)
    else:
        actions.undo_line(line_id=line.pk, now=now, by=by)


@require_http_methods(["GET"])
def line(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Find whose deposit it is."""
    shown = queries.line_for(user=request.user, public_id=public_id)
    search = request.GET.get("q", "")[:100]
    found = queries.found_payers(shown.organisation_id, search)
    return render(
        request,
        "payments/line.html",
        {"line": shown, "organisation": shown.organisation, "search": search, "found": found},
    )
