"""Pages of press."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from maillage.core.actions import Refused
from maillage.core.tables import FILE
from maillage.directory import downloads, imports
from maillage.directory.queries import acting, organisations_where
from maillage.directory.types import SignedIn

from . import actions, queries, tables
from .forms import MentionForm
from .models import Mention
from .types import READERS, WRITERS


def mentions(request: SignedIn) -> HttpResponseBase:
    """The register, and its entry form on the same page: one mention after another."""
    here, form = acting(request, READERS, may_be_all=True), None
    if organisations_where(user=request.user, kinds=WRITERS):
        ours = acting(request, WRITERS).one
        posted = request.POST if request.method == "POST" and FILE not in request.GET else None
        form = MentionForm(posted, organisation=ours, user=request.user, initial={"on": timezone.localdate()})
        if posted is not None and form.is_valid() and _save(request, form):
            return redirect("press:mentions")
    context = {"acting": here, "form": form}
    response = downloads.listed(request, "press/mentions.html", tables.mentions, context, organisations=here.ids)
    response.status_code = 422 if form is not None and form.errors else response.status_code
    return response


def _save(request: SignedIn, form: MentionForm) -> Mention | None:
    try:
        mention = actions.save_mention(mention=form.save(commit=False), by=request.user)
    except Refused as refused:
        form.add_error(None, str(refused))
        return None
    messages.success(request, _("La mention est notée."))
    return mention


def mention(request: SignedIn, public_id: UUID) -> HttpResponse:
    """One mention, and its correction on the same page for those who keep the register."""
    row = queries.mention_for(user=request.user, public_id=public_id, to_change=request.method == "POST")
    form = MentionForm(request.POST or None, instance=row, organisation=row.organisation, user=request.user)
    if request.method == "POST" and form.is_valid() and _save(request, form):
        return redirect("press:mentions")
    may_change = row.organisation_id in organisations_where(user=request.user, kinds=WRITERS)
    context = {"row": row, "form": form, "may_change": may_change}
    return render(request, "press/mention.html", context, status=422 if form.errors else 200)


@require_POST
def remove(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Taken out of the register, or put back."""
    row = queries.mention_for(user=request.user, public_id=public_id, to_change=True)
    back = row.removed_at is not None
    actions.remove_mention(mention_id=row.pk, now=None if back else timezone.now(), by=request.user)
    messages.success(request, _("La mention est remise.") if back else _("La mention est retirée ; elle peut revenir."))
    return redirect("press:mention", row.public_id) if not back else redirect("press:mentions")


def import_sheet(request: SignedIn) -> HttpResponse:
    """A spreadsheet: shown first, written once confirmed; the same file twice changes nothing."""
    return imports.page(request, "maillage.press.imports:MENTIONS", acting(request, WRITERS).one)
