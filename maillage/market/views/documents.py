"""The documents of a cycle: how far they are, each file for those who may read it, making one again."""

from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from maillage.core import files, letters
from maillage.directory.types import SignedIn

from .. import documents as making
from ..access import HANDLERS
from ..models import Cycle, CycleState, Document, DocumentKind
from ..queries import cycles as queries
from ..types import CycleClosed


@require_GET
def documents(request: SignedIn, slug: str, number: int) -> HttpResponse:
    """Every document by kind, with the progress of their making; the part `progress` polls while some wait."""
    cycle = queries.managed_cycle(user=request.user, slug=slug, number=number, kinds=HANDLERS)
    rows = queries.documents_of(cycle)
    failed = [d for d in rows if d.state == Document.State.FAILED]
    context: dict[str, Any] = {
        "cycle": cycle,
        "market": cycle.market,
        "groups": [
            (DocumentKind(kind).label, list(group)) for kind, group in groupby(rows, key=lambda document: document.kind)
        ],
        "failed": failed,
        "stuck": _mark(cycle, rows),
        "total": len(rows),
        "done": sum(d.state != Document.State.WAITING for d in rows),
        "closed": cycle.has_reached(CycleState.CLOSED),
    }
    context["waiting"] = context["total"] - context["done"]
    template = "market/documents.html#progress" if request.htmx else "market/documents.html"
    return render(request, template, context)


def _mark(cycle: Cycle, rows: list[Any]) -> bool:
    """On each document: `stuck` (no job makes it), `unsent` (letters that did not all leave). Whether any is stuck."""
    stuck = {d.pk for d in making.stuck(cycle)} if any(d.state == Document.State.WAITING for d in rows) else set()
    unsent = _unsent(rows)
    for document in rows:
        document.stuck, document.unsent = document.pk in stuck, unsent.get(document.pk)
    return bool(stuck)


def _unsent(rows: list[Document]) -> dict[int, letters.Standing]:
    """How the letters with an order sheet stand, by document: those that did not all leave."""
    sheets = {f"order-sheet:{d.pk}": d.pk for d in rows if d.kind == DocumentKind.ORDER_SHEET_PDF}
    found = letters.standings(list(sheets)) if sheets else {}
    return {sheets[word]: standing for word, standing in found.items() if standing.waiting or standing.failed}


@require_GET
def document(request: SignedIn, public_id: UUID) -> HttpResponseBase:
    """The file itself. Shown in the browser when it is a PDF. One that is lost is made again, and the page says so."""
    found = queries.document_for(user=request.user, public_id=public_id)
    try:
        return making.answer(found)
    except files.NotWhole:
        title = _("Ce document se refait")
        text = _("Son fichier manquait, ou n’était plus entier. Ouvrez-le de nouveau dans une minute.")
        return render(request, "core/notice.html", {"title": title, "text": text}, status=503)


@require_POST
def again(request: SignedIn, slug: str, number: int) -> HttpResponse:
    """Make one document again (`document`), all those that failed, or list and make all when none is there."""
    cycle = queries.managed_cycle(user=request.user, slug=slug, number=number, kinds=HANDLERS)
    rows = queries.documents_of(cycle)
    if unsent := request.POST.get("envoi", ""):
        return _send_again(request, rows, unsent)
    asked = request.POST.get("document", "")
    if asked:
        chosen = [d for d in rows if str(d.public_id) == asked]
    else:
        chosen = [d for d in rows if d.state == Document.State.FAILED] + making.stuck(cycle)
    count = making.make_again(cycle=cycle, documents=chosen)
    if not rows and cycle.has_reached(CycleState.CLOSED):
        count = making.prepare(CycleClosed(cycle.pk))
    said = ngettext("%(n)s document se prépare.", "%(n)s documents se préparent.", count) % {"n": count}
    messages.success(request, said if count else _("Rien à refaire."))
    return redirect("market:cycle_documents", slug, number)


def _send_again(request: SignedIn, rows: list[Document], public_id: str) -> HttpResponse:
    """The letters with that order sheet that did not arrive leave again."""
    standings = _unsent([d for d in rows if str(d.public_id) == public_id])
    count = letters.send_again(letter_ids=[letter.pk for s in standings.values() for letter in s.failed])
    said = ngettext("%(n)s lettre repart.", "%(n)s lettres repartent.", count) % {"n": count}
    messages.success(request, said if count else _("Rien à envoyer de nouveau."))
    return redirect(request.path.removesuffix("reprise/"))
