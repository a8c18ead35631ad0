"""How a view of any context answers with a file: at once when it is short, by a job with its progress when it is long.

    return downloads.answer(request, exports.journal, params={"ledger": str(ledger.public_id)}, title=_("Journal"),
                            filename="journal.xlsx", content_type=XLSX, rows=count)

The maker is `make(work, *, user, **params)` (`core.downloads`), a function of a module, its parameters plain values.
A GET never starts a job: a long file asked by GET answers with the page that asks for it by POST (one press).
"""

import tempfile
from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language

from maillage.core.actions import Refused
from maillage.core.downloads import Work
from maillage.core.events import load, path_of
from maillage.core.tables import FILE, Listing
from maillage.core.typed import local_path

from .actions import downloads
from .types import SignedIn

SHORT = 5_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = "application/pdf"
ZIP = "application/zip"
CONTENT_TYPES = {"xlsx": XLSX, "csv": "text/csv"}
IN_MEMORY = 1_000_000


def answer(
    request: SignedIn,
    make: Callable[..., None],
    *,
    params: Mapping[str, Any],
    title: str,
    filename: str,
    content_type: str,
    rows: int,
    short: int | None = None,
) -> HttpResponseBase:
    """The file, or the way to it: `rows` (or pages, pictures…) up to `short` are made in the request."""
    if rows <= (SHORT if short is None else short):
        return at_once(make, params={"user": request.user, **params}, filename=filename, content_type=content_type)
    back = local_path(request, (request.POST.get("back"), request.META.get("HTTP_REFERER")))
    if request.method != "POST":
        return render(request, "directory/download_ask.html", {"title": title, "back": back})
    try:
        download = downloads.ask(
            maker=path_of(make),
            params=params,
            title=title,
            filename=filename,
            content_type=content_type,
            language=get_language() or "fr",
            back=back,
            now=timezone.now(),
            by=request.user,
        )
    except Refused as error:
        messages.error(request, str(error))
        return redirect("directory:downloads")
    return redirect("directory:download", public_id=download.public_id)


def at_once(make: Callable[..., None], *, params: Mapping[str, Any], filename: str, content_type: str) -> FileResponse:
    """The file, made now. Beyond a megabyte it waits on disk, not in memory. Raises what the maker raises."""
    file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - the response closes it
    try:
        make(Work(file), **params)
    except BaseException:
        file.close()
        raise
    size = file.seek(0, 2)
    file.seek(0)
    return FileResponse(
        file,
        as_attachment=True,
        filename=filename,
        content_type=content_type,
        headers={"Content-Length": str(size), "Cache-Control": "private, no-cache"},
    )


type Context = Mapping[str, Any] | Callable[[Listing], Mapping[str, Any]]


def listed(
    request: SignedIn, template: str, listing: Callable[..., Listing], context: Context, **params: Any
) -> HttpResponseBase:
    """The page of a list, as `table` in its template; or its file, when the address asks for one (`core.tables`).

    `context`: what else the template has; a function of the listing, where that depends on its rows.
    `listing(*, user, asked, **params)` is a function of a module, its parameters plain values: a long file is made by a
    job, which calls it again for the same account.
    """
    asked = {name: request.GET[name][:200] for name in request.GET}
    found = listing(user=request.user, asked=asked, **params)
    found.asked = asked
    form = asked.get(FILE, "")
    if not found.file or form not in CONTENT_TYPES:
        more = context(found) if callable(context) else context
        return render(request, template, {**more, "table": found})
    return answer(
        request,
        listing_file,
        params={"listing": path_of(listing), "asked": asked, "form": form, "params": params},
        title=str(found.table.caption),
        filename=f"{found.file}-{timezone.localdate()}.{form}",
        content_type=CONTENT_TYPES[form],
        rows=found.count(),
    )


def listing_file(
    work: Work, *, user: Any, listing: str, asked: Mapping[str, str], form: str, params: Mapping[str, Any]
) -> None:
    """The file of a list, as the page showed it, with what the account may see now; Http404 if it gives it none."""
    found: Listing = load(listing)(user=user, asked=asked, **params)
    if not found.file:
        raise Http404
    found.asked = asked
    found.write(work.file, form, counting=work.counting, made_on=timezone.localdate())
