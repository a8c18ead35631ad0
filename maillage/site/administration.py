"""What a platform administrator sees of the service, and does: jobs that failed, letters that were not delivered."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from maillage.core import clock, files, letters, workload
from maillage.core.actions import Refused
from maillage.core.models import Letter
from maillage.core.numbers import whole
from maillage.core.typed import search_text
from maillage.core.watching.health import LATE
from maillage.directory import actions, queries
from maillage.directory.models import Person
from maillage.directory.second_factor import step_up
from maillage.directory.types import SignedIn

SHOWN = 200
FOUND, SHOWN_EVENTS = 20, 50


@dataclass(frozen=True)
class Trouble:
    """Something that an administrator should mend: what, and what to do."""

    title: str
    text: str
    tone: str = "bad"


def keeps_the_platform(user: Any) -> bool:
    return bool(getattr(user, "is_platform_admin", False))


def _only_administrators(request: HttpRequest) -> None:
    if not keeps_the_platform(request.user):
        raise Http404


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """How the service stands, what failed, what to do about it."""
    _only_administrators(request)
    work = workload.work()
    free, (looked_at, wrong, lost) = files.free_space(), files.looked()
    context = {
        "troubles": list(troubles(work)),
        "work": work,
        "free": filesizeformat(free) if free is not None else "",
        **_database(),
        "looked_at": looked_at,
        "wrong": wrong,
        "lost": lost,
        "jobs": workload.failed_jobs(limit=SHOWN),
        "letters": letters.undelivered(limit=SHOWN),
    }
    return render(request, "site/administration.html", context)


def troubles(work: workload.Work) -> Iterator[Trouble]:
    """What does not go as it should, the worst first. A statement for the hour, none for the rest."""
    try:
        clock.now()
    except clock.ClockAstray as astray:
        yield Trouble(_("L’horloge est fausse"), str(astray))
    if files.nearly_full():
        text = _("Il reste %(free)s. Quand il n’y en aura plus, rien ne pourra être joint ni imprimé.")
        yield Trouble(_("Le disque est presque plein"), text % {"free": filesizeformat(files.free_space() or 0)})
    if not work.workers:
        text = _("Les courriels, les documents et la fermeture des cycles attendent. Démarrez « bin/serve worker ».")
        yield Trouble(_("Aucun processus ne fait le travail de fond"), text)
    elif work.oldest is not None and work.oldest > LATE:
        text = _("Le plus ancien travail attend depuis %(n)s minutes. Ajoutez un processus, ou voyez ce qui échoue.")
        minutes = int(work.oldest.total_seconds() // 60)
        yield Trouble(_("Le travail de fond prend du retard"), text % {"n": minutes}, "warn")


def _database() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), pg_database_size(current_database())")
        ((version, size),) = cursor.fetchall()
    return {"postgresql": f"PostgreSQL {version.split()[0]}", "database": filesizeformat(size)}


@require_POST
def jobs(request: HttpRequest) -> HttpResponse:
    """Run the chosen failed jobs again (`verbe`: relancer), or take them away (ecarter)."""
    _only_administrators(request)
    chosen = _chosen(request)
    if request.POST.get("verbe") == "ecarter":
        count = workload.discard(job_ids=chosen)
        said = ngettext("%(n)s travail est écarté.", "%(n)s travaux sont écartés.", count) % {"n": count}
    else:
        count = workload.run_again(job_ids=chosen)
        said = ngettext("%(n)s travail est relancé.", "%(n)s travaux sont relancés.", count) % {"n": count}
    messages.success(request, said if count else _("Choisissez au moins une ligne."))
    return redirect("administration")


@require_POST
def mail(request: HttpRequest) -> HttpResponse:
    """Send the chosen letters again (`verbe`: renvoyer), or give them up (abandonner)."""
    _only_administrators(request)
    chosen = _chosen(request)
    if request.POST.get("verbe") == "abandonner":
        count = letters.give_up(letter_ids=chosen)
        said = ngettext("%(n)s lettre est abandonnée.", "%(n)s lettres sont abandonnées.", count) % {"n": count}
    else:
        count = letters.send_again(letter_ids=chosen)
        said = ngettext("%(n)s lettre repart.", "%(n)s lettres repartent.", count) % {"n": count}
    messages.success(request, said if count else _("Choisissez au moins une ligne."))
    return redirect("administration")


class FactorForm(forms.Form):
    why = forms.CharField(
        label=gettext_lazy("Comment avez-vous reconnu la personne ?"),
        help_text=gettext_lazy(
            "Par un moyen que vous aviez avant : un numéro de téléphone connu, en personne. Elle lira cette phrase."
        ),
        min_length=10,
        max_length=300,
    )


@never_cache
@require_http_methods(["GET", "POST"])
def factor(request: SignedIn) -> HttpResponse:
    """Take away the second factor of someone who lost it: found by name or address (`q`), chosen (`personne`), why."""
    _only_administrators(request)
    text = search_text(request.GET.get("q"))
    found = list(queries.people_with_accounts(user=request.user, text=text)[: FOUND + 1])
    wanted = request.GET.get("personne", "")
    chosen = next((p for p in found if str(p.public_id) == wanted), None)
    form = FactorForm(request.POST or None)
    if request.method == "POST":
        if chosen is None:
            raise Http404
        if form.is_valid():
            if again := step_up(request, factor=True):
                return again
            if _taken_away(request, chosen, form):
                return redirect("administration_factor")
    context = {
        "q": text,
        "people": found[:FOUND],
        "more": len(found) > FOUND,
        "chosen": chosen,
        "own": chosen is not None and chosen.account_id == request.user.pk,
        "form": form,
        "events": list(queries.factors_taken_away(user=request.user)[:SHOWN_EVENTS]),
    }
    return render(request, "site/administration_factor.html", context, status=422 if form.errors else 200)


def _taken_away(request: SignedIn, person: Person, form: FactorForm) -> bool:
    assert person.account is not None  # those who have one are searched
    try:
        actions.reset_factor(account=person.account, why=form.cleaned_data["why"], now=timezone.now(), by=request.user)
    except Refused as refused:
        form.add_error(None, str(refused))
        return False
    said = _("%(name)s n’a plus de second facteur ; ses sessions sont terminées, et un courriel le lui dit.")
    messages.success(request, said % {"name": person.name})
    return True


def _chosen(request: HttpRequest) -> list[int]:
    numbers = (whole(text) for text in request.POST.getlist("ligne")[:SHOWN])
    return [number for number in numbers if number is not None]


def failures() -> int:
    """How many jobs and letters failed and wait for someone. Two statements."""
    return workload.work().failed + Letter.objects.filter(state=Letter.State.FAILED).count()
