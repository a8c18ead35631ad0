"""The words of an organisation: streams, topics, services. Added, renamed, ordered, retired; never deleted."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from maillage.core.actions import Refused
from maillage.directory.queries import Acting, acting
from maillage.directory.types import SignedIn
from maillage.funding import actions as funding
from maillage.funding.queries import streams_of

from .. import actions, queries
from ..types import SETTERS
from .common import number_of

KINDS = {"volets": "stream", "sujets": "topic", "services": "service"}
HEADS = {
    "volets": (
        gettext_lazy("Volets"),
        gettext_lazy("Les grandes parts de votre travail. Chaque chiffre se lit par volet."),
    ),
    "sujets": (gettext_lazy("Sujets"), gettext_lazy("De quoi il était question : douanes, contrats, gouvernance…")),
    "services": (gettext_lazy("Services"), gettext_lazy("Quelle aide : conseil, diagnostic, référence…")),
}


def settings(request: SignedIn) -> HttpResponse:
    return _page(request, acting(request, SETTERS))


def _page(request: SignedIn, here: Acting, *, errors: dict[str, str] | None = None) -> HttpResponse:
    lists = {slug: queries.words_of(organisation_id=here.one.pk, kind=kind) for slug, kind in KINDS.items()}
    found = errors or {}
    cards = [
        {"slug": slug, "title": HEADS[slug][0], "help": HEADS[slug][1], "words": words, "error": found.get(slug, "")}
        for slug, words in lists.items()
    ]
    known = {r.name.lower() for words in lists.values() for r in (*words.ours, *words.common)}
    suggestions = [s for s in actions.SUGGESTIONS if s.name.lower() not in known]
    return render(
        request,
        "accompaniment/settings.html",
        {
            "acting": here,
            "cards": cards,
            "typed": request.POST if errors else {},
            "streams": [(s.pk, str(s)) for s in streams_of(organisation_id=here.one.pk)],
            "nothing_yet": lists["volets"].is_empty,
            "suggested": [
                (head, [s for s in suggestions if s.kind == KINDS[slug]]) for slug, (head, _text) in HEADS.items()
            ],
            "suggestions": suggestions,
        },
        status=422 if errors else 200,
    )


@require_POST
def start(request: SignedIn) -> HttpResponse:
    """The first set: what stayed ticked is added."""
    here = acting(request, SETTERS)
    added = actions.start_lists(organisation_id=here.one.pk, chosen=set(request.POST.getlist("mot")), by=request.user)
    if added:
        messages.success(request, ngettext("%(n)s mot ajouté.", "%(n)s mots ajoutés.", added) % {"n": added})
    else:
        messages.error(request, _("Cochez au moins un mot."))
    return redirect("accompaniment:settings")


@require_POST
def change(request: SignedIn, kind: str) -> HttpResponse:
    """One verb on one list: add, rename, up, down, retire, restore."""
    if kind not in KINDS:
        raise Http404
    here, verb = acting(request, SETTERS), request.POST.get("verbe", "")
    try:
        _do(request, here.one.pk, KINDS[kind], verb)
    except Refused as refused:
        if verb == "ajouter":
            return _page(request, here, errors={kind: str(refused)})
        messages.error(request, str(refused))
    response = redirect("accompaniment:settings")
    response["Location"] += f"#{kind}"
    return response


def _do(request: SignedIn, organisation_id: int, kind: str, verb: str) -> None:
    typed: dict[str, Any] = {
        "name": request.POST.get("name", "").strip()[:80],
        "name_en": request.POST.get("name_en", "").strip()[:80],
    }
    if kind != "stream":
        typed["stream_id"] = number_of(request.POST.get("stream"))
    if verb == "ajouter":
        if kind == "stream":
            funding.create_stream(organisation_id=organisation_id, by=request.user, **typed)
        else:
            actions.add_entry(kind=kind, organisation_id=organisation_id, by=request.user, **typed)
        return
    key = number_of(request.POST.get("quoi")) or 0
    row = queries.word_of(organisation_id=organisation_id, kind=kind, entry_id=key)
    if row is None:
        raise Http404
    verbs = _stream_verbs(request, row.pk, typed) if kind == "stream" else _entry_verbs(request, kind, row.pk, typed)
    if verb in verbs:
        verbs[verb]()


def _stream_verbs(request: SignedIn, key: int, typed: dict[str, Any]) -> dict[str, Any]:
    by, today = request.user, timezone.localdate()
    return {
        "renommer": lambda: funding.rename_stream(stream_id=key, by=by, **typed),
        "monter": lambda: funding.move_stream(stream_id=key, step=-1, by=by),
        "descendre": lambda: funding.move_stream(stream_id=key, step=1, by=by),
        "retirer": lambda: funding.retire_stream(stream_id=key, today=today, by=by),
        "remettre": lambda: funding.restore_stream(stream_id=key, by=by),
    }


def _entry_verbs(request: SignedIn, kind: str, key: int, typed: dict[str, Any]) -> dict[str, Any]:
    by, today = request.user, timezone.localdate()
    return {
        "renommer": lambda: actions.rename_entry(kind=kind, entry_id=key, by=by, **typed),
        "monter": lambda: actions.move_entry(kind=kind, entry_id=key, step=-1, by=by),
        "descendre": lambda: actions.move_entry(kind=kind, entry_id=key, step=1, by=by),
        "retirer": lambda: actions.retire_entry(kind=kind, entry_id=key, today=today, by=by),
        "remettre": lambda: actions.restore_entry(kind=kind, entry_id=key, by=by),
    }
