"""Long files: asked for, made by a job that says how far it is, given up, taken away after a week."""

import logging
import tempfile
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.http import FileResponse, Http404
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from maillage.core import files, jobs
from maillage.core.actions import Refused, action, locked
from maillage.core.downloads import Stopped, Work
from maillage.core.events import load

from .. import access
from ..models import Account, Download

log = logging.getLogger(__name__)
State = Download.State
UNDER_WAY = (State.WAITING, State.RUNNING)
AT_ONCE = 4
KEPT = timedelta(days=7)
SILENT = timedelta(minutes=15)  # without a sign of the job for that long, it died


class TooMany(Refused):
    """The person has several files under way already."""


@action(access.for_oneself)
def ask(
    *,
    maker: str,
    params: Mapping[str, Any],
    title: str,
    filename: str,
    content_type: str,
    now: datetime,
    by: Account,
    language: str = "fr",
    back: str = "",
) -> Download:
    """A file that a job will make. The same one, asked again while it is under way, is that one. Raises TooMany."""
    locked(Account, by.pk)
    under_way = list(Download.objects.filter(account=by, state__in=UNDER_WAY))
    for known in under_way:
        if (known.maker, known.params, known.language) == (maker, dict(params), language):
            return known
    if len(under_way) >= AT_ONCE:
        raise TooMany(_("Quatre fichiers se préparent déjà. Attendez qu'un soit prêt, ou annulez-en un."))
    download = Download.objects.create(
        account=by, maker=maker, params=dict(params), title=title[:200], filename=filename[-160:],
        content_type=content_type, language=language, back=back[:500], asked_at=now, touched_at=now,
        expires_at=now + KEPT,
    )  # fmt: skip
    jobs.defer("directory.download", download_id=download.pk)
    return download


@action(access.download)
def cancel(*, download_id: int, now: datetime, by: Account | None) -> None:
    """Give up on a file under way; the job ends at its next step. One that is made already stays."""
    Download.objects.filter(pk=download_id, state__in=UNDER_WAY).update(state=State.CANCELLED, finished_at=now)


def make(*, download_id: int, job_id: int | None = None, now: datetime) -> None:
    """Write the file. Every failure is said on the row in a sentence; one that we did not foresee is logged too.

    The same job begins again what it had begun: its worker died.
    """
    mine = Q(state=State.WAITING) | Q(state=State.RUNNING, job=job_id, job__isnull=False)
    begun = Download.objects.filter(mine, pk=download_id).update(
        state=State.RUNNING, job=job_id, touched_at=now, done=0, total=0
    )
    if not begun:
        return
    download = Download.objects.select_related("account").get(pk=download_id)
    with translation.override(download.language):
        try:
            _write(download)
        except Stopped:
            pass
        except files.DiskFull as error:
            _fail(download, str(error))
        except Refused as error:
            _fail(download, str(error))
        except Http404:
            _fail(download, _("Ce que vous aviez demandé n'existe plus, ou ne vous est plus ouvert."))
        except Exception:
            log.exception("download %s failed", download.pk)
            _fail(
                download,
                _("Un défaut imprévu a arrêté la préparation. Il est noté ; demandez le fichier de nouveau."),
            )


def _write(download: Download) -> None:
    def note(done: int, total: int) -> None:
        alive = Download.objects.filter(pk=download.pk, state=State.RUNNING).update(
            done=done, total=total, touched_at=timezone.now()
        )
        if not alive:
            raise Stopped

    with tempfile.TemporaryFile() as file:
        work = Work(file, note)
        load(download.maker)(work, user=download.account, **download.params)
        size = file.seek(0, 2)
        file.seek(0)
        extension = download.filename.rpartition(".")[2]
        name = default_storage.save(f"downloads/{download.public_id}.{extension}", File(file))
    kept = Download.objects.filter(pk=download.pk, state=State.RUNNING).update(
        state=State.READY, file=name, size=size, done=work.done, total=work.total, finished_at=timezone.now()
    )
    if not kept:
        default_storage.delete(name)


def _fail(download: Download, problem: str) -> None:
    Download.objects.filter(pk=download.pk, state=State.RUNNING).update(
        state=State.FAILED, problem=problem, finished_at=timezone.now()
    )


def answer(download: Download) -> FileResponse:
    """The file of one that is ready. One that is missing or not whole is made anew: files.NotWhole is raised then."""
    try:
        return files.answer(
            str(download.file.name or ""), filename=download.filename, content_type=download.content_type
        )
    except files.NotWhole:
        _make_anew(download)
        raise


def _make_anew(download: Download) -> None:
    with transaction.atomic():
        lost = Download.objects.filter(pk=download.pk, state=State.READY).update(
            state=State.WAITING, file="", size=0, job=None, finished_at=None, touched_at=timezone.now()
        )
        if lost:
            jobs.defer("directory.download", download_id=download.pk)


def sweep_downloads(*, now: datetime) -> int:
    """Take away files whose week is over, and say so of those whose job died. How many files went."""
    silent = Download.objects.filter(state__in=UNDER_WAY, touched_at__lt=now - SILENT)
    for download in silent.filter(state=State.RUNNING):
        with translation.override(download.language):
            _fail(download, _("La préparation s'est interrompue. Demandez le fichier de nouveau."))
    due = Download.objects.filter(expires_at__lte=now).exclude(state=State.EXPIRED)
    names = [name for name in due.exclude(file="").values_list("file", flat=True) if name]
    with transaction.atomic():
        due.update(state=State.EXPIRED, file="", size=0)
        transaction.on_commit(lambda: _delete(names))
    Download.objects.filter(expires_at__lte=now - KEPT * 4).delete()
    return len(names)


def _delete(names: list[str]) -> None:
    for name in names:
        default_storage.delete(name)


def forget_downloads(account: Account) -> int:
    """The files of an account that closes go with it."""
    mine = Download.objects.filter(account=account)
    names = [name for name in mine.exclude(file="").values_list("file", flat=True) if name]
    transaction.on_commit(lambda: _delete(names))
    count, _each = mine.delete()
    return count
