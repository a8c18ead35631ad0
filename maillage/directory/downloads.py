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
from django.http import FileResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language

from maillage.core.actions import Refused
from maillage.core.downloads import Work
from maillage.core.events import path_of
from maillage.core.typed import local_path

from .actions import downloads
from .types import SignedIn

SHORT = 5_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF = "application/pdf"
ZIP = "application/zip"
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
