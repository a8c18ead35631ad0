"""« Mes fichiers »: what was asked for, how far it is, the file itself for the person who asked, giving up."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from maillage.core import files
from maillage.core.typed import local_path

from ..actions import downloads as actions
from ..models import Download
from ..queries.downloads import download_for, downloads_of
from ..types import SignedIn


@require_safe
def listing(request: SignedIn) -> HttpResponse:
    return render(request, "directory/downloads.html", {"downloads": downloads_of(user=request.user)})


@require_safe
@never_cache
def page(request: SignedIn, public_id: UUID) -> HttpResponse:
    """How far it is; the part `state` polls while the job works."""
    found = download_for(user=request.user, public_id=public_id)
    context = {"download": found, "back": local_path(request, [found.back]), "now": timezone.now()}
    template = "directory/download.html#state" if request.htmx else "directory/download.html"
    return render(request, template, context)


@require_safe
def file(request: SignedIn, public_id: UUID) -> HttpResponseBase:
    """The file. 404 before it is ready, and after its week."""
    found = download_for(user=request.user, public_id=public_id)
    if found.state != Download.State.READY or found.expires_at <= timezone.now():
        raise Http404
    try:
        return actions.answer(found)
    except files.NotWhole as lost:
        messages.warning(request, f"{lost} {_('Il se refait.')}")
        return redirect("directory:download", public_id=found.public_id)


@require_POST
def cancel(request: SignedIn, public_id: UUID) -> HttpResponse:
    found = download_for(user=request.user, public_id=public_id)
    actions.cancel(download_id=found.pk, now=timezone.now(), by=request.user)
    messages.success(request, _("La préparation est annulée."))
    return redirect("directory:downloads")
