"""The tree of territories on a given day; who keeps the platform adds a municipality."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from maillage.core.actions import Refused

from .. import actions, queries
from ..forms import DayForm, MunicipalityForm
from ..types import SignedIn


@require_http_methods(["GET", "POST"])
def page(request: SignedIn) -> HttpResponse:
    form = MunicipalityForm(request.POST or None) if request.user.is_platform_admin else None
    if request.method == "POST":
        if form is None:
            return HttpResponse(status=404)
        if form.is_valid():
            try:
                made = actions.add_municipality(by=request.user, **form.values())
            except Refused as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, _("« %(name)s » se choisit maintenant.") % {"name": made.name})
                return redirect("directory:territories")
    day = DayForm(request.GET)
    when = (day.is_valid() and day.cleaned_data["le"]) or timezone.localdate()
    branches = queries.tree(day=when)
    context = {
        "branches": branches,
        "mrcs": sum(len(b.inside) for b in branches),
        "municipalities": sum(len(m.inside) for b in branches for m in b.inside),
        "form": form,
        "day_form": DayForm({"le": when}),
        "day": when,
    }
    return render(request, "directory/territories.html", context, status=422 if form and form.errors else 200)
