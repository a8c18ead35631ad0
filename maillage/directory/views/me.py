"""« Mes informations »: what a person may see, correct, agree to, take away and erase of their own data."""

from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from maillage.core.actions import Refused
from maillage.core.text import Sorting

from .. import actions, exports, queries
from ..actions.privacy import erasure_word
from ..forms import ErasureForm, PersonForm
from ..models import Person
from ..tokens import token_of
from ..types import SignedIn


def _own(request: SignedIn) -> Person:
    """The person behind the account; made on the spot for an account that has none."""
    return queries.person_of(user=request.user) or actions.person_for_account(account=request.user, by=request.user)


def page(request: SignedIn) -> HttpResponse:
    person = _own(request)
    form = PersonForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        actions.edit_person(person_id=person.pk, values=form.cleaned_data, by=request.user)
        with translation.override(form.cleaned_data["language"]):
            messages.success(request, _("Vos informations sont à jour."))
        return redirect("directory:me")
    today = timezone.localdate()
    context = {
        "form": form,
        "person": person,
        "roles": [
            r
            for r in person.roles.select_related("organisation").order_by(Sorting("organisation__name"), "kind")
            if today in r.during
        ],
        "consents": queries.consents_of(person, day=today),
        "invitations": [(i, token_of(i)) for i in queries.unclaimed_roles(user=request.user)],
    }
    return render(request, "directory/me.html", context)


@require_POST
def consent(request: SignedIn, text_id: int) -> HttpResponse:
    """POST `agree=1` gives the consent, anything else withdraws it. Only a text that is shown to the person."""
    person = _own(request)
    now = timezone.now()
    item = next((c for c in queries.consents_of(person, day=timezone.localdate(now)) if c.text.pk == text_id), None)
    if item is None:
        raise Http404
    if request.POST.get("agree") == "1":
        actions.give_consent(person_id=person.pk, text_id=text_id, now=now, by=request.user)
        messages.success(request, _("Merci. Vous pouvez changer d'avis quand vous voulez."))
    else:
        for given in (item.consent, item.earlier):
            if given:
                actions.withdraw_consent(consent_id=given.pk, now=now, by=request.user)
        messages.success(request, _("Votre consentement est retiré."))
    return redirect("directory:me")


@never_cache
@require_safe
def export(request: SignedIn) -> HttpResponse:
    today = timezone.localdate()
    data = queries.personal_data(_own(request))
    response = HttpResponse(exports.archive(data, today=today), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="maillage-mes-donnees-{today.isoformat()}.zip"'
    return response


def erasure(request: SignedIn) -> HttpResponse:
    """What will go and what stays; POST with the word typed erases, signs out, and says so."""
    person = _own(request)
    form = ErasureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.erase_person(
                person_id=person.pk,
                confirmation=form.cleaned_data["confirmation"],
                now=timezone.now(),
                by=request.user,
            )
        except Refused as error:
            form.add_error("confirmation", str(error))
        else:
            logout(request)
            messages.success(request, _("Vos données sont effacées et votre compte est fermé."))
            return redirect("home")
    sections = [(name, len(rows)) for name, rows in queries.personal_data(person).items() if rows]
    context = {"form": form, "word": erasure_word(), "sections": sections, "person": person}
    return render(request, "directory/erasure.html", context)
