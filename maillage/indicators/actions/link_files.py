"""Long files of shared reports: asked for by whoever holds the link, made once by a job, gone with the link."""

import logging
import tempfile
from datetime import datetime, timedelta

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.http import FileResponse
from django.utils import timezone, translation

from maillage.core import files, jobs
from maillage.core.actions import action, locked
from maillage.core.downloads import Work
from maillage.directory.models import Account

from .. import access
from ..models import LinkFile, ReportLink

log = logging.getLogger(__name__)
SILENT = timedelta(minutes=15)  # a job that says nothing for that long died


@action(access.link)
def ask_link_file(*, link_id: int, kind: str, language: str, now: datetime, by: Account | None = None) -> LinkFile:
    """The file, asked for once whatever the number of those who ask; one that failed, or died, is begun again."""
    locked(ReportLink, link_id)
    found, made = LinkFile.objects.get_or_create(
        link_id=link_id, kind=kind, language=language, defaults={"asked_at": now}
    )
    dead = found.made_at is None and found.asked_at < now - SILENT
    if made or found.failed_at is not None or dead:
        found.asked_at, found.failed_at = now, None
        found.save(update_fields=["asked_at", "failed_at"])
        jobs.defer("indicators.link_file", file_id=found.pk)
    return found


def write_link_file(*, file_id: int) -> None:
    """Make the file, in the language that it was asked in; a failure is kept, so that it can be asked again."""
    from ..exports import write

    found = LinkFile.objects.select_related("link__report__organisation").filter(pk=file_id, made_at=None).first()
    if found is None:
        return
    try:
        with translation.override(found.language), tempfile.TemporaryFile() as file:
            write(Work(file), found.link.report, found.kind, rows=found.link.shows_rows)
            file.seek(0)
            name = default_storage.save(f"rapports/{found.public_id}.{found.kind}", File(file))
    except Exception:
        log.exception("file %s of a shared report failed", found.pk)
        LinkFile.objects.filter(pk=file_id).update(failed_at=timezone.now())
        return
    LinkFile.objects.filter(pk=file_id).update(file=name, made_at=timezone.now())


def answer(found: LinkFile, *, filename: str, content_type: str) -> FileResponse:
    """The file. One that is missing or not whole is made anew: files.NotWhole is raised then."""
    try:
        return files.answer(str(found.file.name), filename=filename, content_type=content_type)
    except files.NotWhole:
        with transaction.atomic():
            if LinkFile.objects.filter(pk=found.pk, made_at__isnull=False).update(
                made_at=None, asked_at=timezone.now()
            ):
                jobs.defer("indicators.link_file", file_id=found.pk)
        raise


def forget_link_files(*, now: datetime) -> int:
    """Files whose link opens nothing any more go. How many."""
    over = LinkFile.objects.filter(Q(link__expires_at__lte=now) | Q(link__revoked_at__isnull=False))
    names = [name for name in over.exclude(file="").values_list("file", flat=True) if name]
    over.delete()
    for name in names:
        default_storage.delete(name)
    return len(names)
