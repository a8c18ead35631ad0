"""Documents of a closed cycle: which there are, how each is made, kept and sent.

`prepare` hears CycleClosed: it lists the documents and defers one job each. A job is safe to run again: the same rows
give the same bytes, and the row of the document is the same. Files are reached only through `views.documents`.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Q
from django.http import FileResponse
from django.utils import translation
from django.utils.translation import gettext as _

from maillage.core import files, jobs, letters
from maillage.core.pdf import DocumentFailed
from maillage.core.quantity import Temperature

from ..models import Cycle, CycleState, Document, DocumentKind, Offer, Slot
from ..notices import readers_of
from ..types import CycleClosed, ShortageShared
from . import harvest, labels, member_slips, order_sheet, pick_list, point_list
from .rows import live_lines, live_orders

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Maker:
    make: Callable[[Document], bytes]
    extension: str
    content_type: str


_PDF = "application/pdf"
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAKERS: dict[str, Maker] = {
    DocumentKind.ORDER_SHEET_PDF: Maker(order_sheet.as_pdf, "pdf", _PDF),
    DocumentKind.ORDER_SHEET_XLSX: Maker(order_sheet.as_xlsx, "xlsx", _XLSX),
    DocumentKind.HARVEST: Maker(harvest.as_pdf, "pdf", _PDF),
    DocumentKind.PICK_LIST: Maker(pick_list.as_pdf, "pdf", _PDF),
    DocumentKind.LABELS: Maker(labels.as_pdf, "pdf", _PDF),
    DocumentKind.MEMBER_SLIPS: Maker(member_slips.as_pdf, "pdf", _PDF),
    DocumentKind.POINT_LIST: Maker(point_list.as_pdf, "pdf", _PDF),
}
MAKE = "market.document"
ORDER_SHEETS = (DocumentKind.ORDER_SHEET_PDF, DocumentKind.ORDER_SHEET_XLSX)


def prepare(event: CycleClosed) -> int:
    """List the documents of a cycle that closed, and defer the making of those that wait; how many were deferred."""
    cycle = Cycle.objects.get(pk=event.cycle_id)
    with transaction.atomic():
        list_documents(cycle)
        waiting = Document.objects.filter(cycle=cycle, state=Document.State.WAITING).order_by("pk")
        keys = list(waiting.values_list("pk", flat=True))
        jobs.defer_many(MAKE, ({"document_id": key} for key in keys))
    return len(keys)


def list_documents(cycle: Cycle) -> int:
    """A waiting row for each document that the orders of the cycle call for; those that are there stay. How many."""
    made = Document.objects.bulk_create(
        [Document(cycle=cycle, **what) for what in _wanted(cycle)], ignore_conflicts=True
    )
    return len(made)


def _wanted(cycle: Cycle) -> Iterator[dict[str, Any]]:
    producers = live_lines(cycle).values_list("producer_id", flat=True).distinct().order_by("producer_id")
    for producer_id in producers:
        for kind in ORDER_SHEETS:
            yield {"kind": kind, "producer_id": producer_id}
    yield {"kind": DocumentKind.HARVEST}
    slots = live_orders(cycle).values_list("slot_id", flat=True).distinct().order_by("slot_id")
    kept = set(
        live_lines(cycle).values_list("order__slot_id", "offer__temperature").distinct().order_by("order__slot_id")
    )
    for slot_id in Slot.objects.filter(pk__in=slots).order_by("starts_at", "name", "pk").values_list("pk", flat=True):
        for temperature in Temperature.values:
            if (slot_id, temperature) in kept:
                yield {"kind": DocumentKind.PICK_LIST, "slot_id": slot_id, "temperature": temperature}
                yield {"kind": DocumentKind.LABELS, "slot_id": slot_id, "temperature": temperature}
        yield {"kind": DocumentKind.MEMBER_SLIPS, "slot_id": slot_id}
        yield {"kind": DocumentKind.POINT_LIST, "slot_id": slot_id}


def make(*, document_id: int, now: datetime) -> Document | None:
    """Compose a document and keep its file; None when it is no more (its cycle reopened).

    A refusal of the composer is written on the row as FAILED and not raised; another failure is written too, then
    raised so that the job is tried again. Made twice, it is the same file.
    """
    document = Document.objects.select_related("cycle__market", "producer", "slot").filter(pk=document_id).first()
    if document is None:
        return None
    maker = MAKERS[document.kind]
    try:
        with translation.override(language_of(document)):
            content = maker.make(document)
        _keep(document, maker, content, now)
    except DocumentFailed as failure:
        _fail(document, str(failure))
    except files.DiskFull as failure:
        _fail(document, str(failure))
        raise
    except Exception as failure:
        _fail(document, f"{type(failure).__name__}: {failure}")
        raise
    return document


def language_of(document: Document) -> str:
    """The language of who reads it: a producer's people for their order sheet, else the market's own.

    Slips are each in their member's language (`member_slips`).
    """
    if document.producer is not None:
        return readers_of(document.producer)[0].language
    return document.cycle.market.language


def _fail(document: Document, problem: str) -> None:
    log.warning("document %s of cycle %s failed: %s", document.pk, document.cycle_id, problem)
    document.state, document.problem = Document.State.FAILED, problem[:2000]
    Document.objects.filter(pk=document.pk).update(state=document.state, problem=document.problem)


def _keep(document: Document, maker: Maker, content: bytes, now: datetime) -> None:
    """The file first, whole; the row says ready after. Raises files.DiskFull."""
    digest = hashlib.sha256(content).hexdigest()
    name = f"documents/{document.public_id}-{digest[:16]}.{maker.extension}"
    before = document.file.name
    document.size, document.sha256 = files.keep(name, content)
    document.file.name = name
    document.state, document.problem, document.made_at = Document.State.READY, "", now
    with transaction.atomic():
        siblings = _lock_siblings(document)
        fields = {name: getattr(document, name) for name in ("file", "sha256", "size", "state", "problem", "made_at")}
        if not Document.objects.filter(pk=document.pk).update(**fields):  # its cycle reopened meanwhile
            default_storage.delete(name)
            return
        _send_when_complete(document, siblings)
    if before and before != name:
        default_storage.delete(before)


def _lock_siblings(document: Document) -> list[Document]:
    """The two forms of a producer's order sheet, locked together: the last one made sends both."""
    if document.kind not in ORDER_SHEETS:
        return []
    sheets = Document.objects.filter(
        cycle_id=document.cycle_id, producer_id=document.producer_id, kind__in=ORDER_SHEETS
    )
    return list(sheets.order_by("pk").select_for_update(no_key=True))


def _send_when_complete(document: Document, siblings: list[Document]) -> None:
    others = [s for s in siblings if s.pk != document.pk]
    if others and all(s.state == Document.State.READY for s in others) and not any(s.sent_at for s in siblings):
        jobs.defer("market.order_sheet", cycle_id=document.cycle_id, producer_id=document.producer_id)


def make_again(*, cycle: Cycle, documents: list[Document]) -> int:
    """Put documents back to waiting and defer their making; how many. For a failed one, or when a person asks."""
    if not cycle.has_reached(CycleState.CLOSED) or not documents:
        return 0
    with transaction.atomic():
        keys = [d.pk for d in documents]
        Document.objects.filter(pk__in=keys).update(state=Document.State.WAITING, problem="")
        jobs.defer_many(MAKE, ({"document_id": key} for key in keys))
    return len(keys)


def stuck(cycle: Cycle) -> list[Document]:
    """Documents that wait and that no job will make: its worker died too often, or it was discarded."""
    waiting = list(Document.objects.filter(cycle=cycle, state=Document.State.WAITING))
    under_way = jobs.under_way(MAKE, "document_id") if waiting else set()
    return [document for document in waiting if document.pk not in under_way]


def rescue(*, now: datetime) -> int:
    """Documents that wait without a job are made, sheets that are ready and were never sent leave; how many of both."""
    under_way = jobs.under_way(MAKE, "document_id")
    waiting = Document.objects.filter(state=Document.State.WAITING).exclude(pk__in=under_way)
    keys = list(waiting.order_by("pk").values_list("pk", flat=True))
    jobs.defer_many(MAKE, ({"document_id": key} for key in keys), once=[f"document:{key}" for key in keys])
    return len(keys) + _send_forgotten(now)


def _send_forgotten(now: datetime) -> int:
    """Both forms of a sheet are made, and neither a letter nor a job says that it leaves."""
    sheets = Document.objects.filter(
        kind=DocumentKind.ORDER_SHEET_PDF,
        state=Document.State.READY,
        sent_at=None,
        made_at__range=(now - timedelta(days=1), now - timedelta(minutes=10)),
        cycle__state__in=(CycleState.CLOSED, CycleState.PACKED),
    )
    written = letters.known([f"order-sheet:{pk}" for pk in sheets.values_list("pk", flat=True)])
    count = 0
    for pk, cycle_id, producer_id in sheets.order_by("pk").values_list("pk", "cycle_id", "producer_id"):
        if f"order-sheet:{pk}" not in written:
            once = f"order-sheet:{cycle_id}:{producer_id}"
            count += jobs.defer("market.order_sheet", once=once, cycle_id=cycle_id, producer_id=producer_id)
    return count


def answer(document: Document) -> FileResponse:
    """The file of a ready document, in the browser when it is a PDF. One that is missing or not whole is made again.

    Raises files.NotWhole then, once the making is deferred.
    """
    maker = MAKERS[document.kind]
    try:
        return files.answer(
            str(document.file.name or ""),
            filename=download_name(document),
            content_type=maker.content_type,
            as_attachment=maker.extension != "pdf",
        )
    except files.NotWhole:
        make_again(cycle=document.cycle, documents=[document])
        raise


def follow_shortage(event: ShortageShared) -> int:
    """Make again the pick lists and slips of the slots whose orders have a product that came short; how many.

    A document whose making waits already is not deferred twice; one that is being made now is made once more.
    """
    offer = Offer.objects.only("cycle_id", "temperature").get(pk=event.offer_id)
    slots = live_lines(offer.cycle, offer=offer).values("order__slot_id")
    touched = Document.objects.filter(cycle_id=offer.cycle_id, slot_id__in=slots).filter(
        Q(kind=DocumentKind.PICK_LIST, temperature=offer.temperature) | Q(kind=DocumentKind.MEMBER_SLIPS)
    )
    keys = list(touched.order_by("pk").values_list("pk", flat=True))
    jobs.defer_many(MAKE, ({"document_id": key} for key in keys), once=[f"document:{key}" for key in keys])
    return len(keys)


def download_name(document: Document) -> str:
    """What the file is called on a person's computer: « bon-de-commande-cycle-14-ferme-des-pins.pdf »."""
    from django.utils.text import slugify

    what = document.producer or document.slot
    words = [str(document.get_kind_display()), _("cycle"), document.cycle.number, what or "", document.temperature]
    return f"{slugify(' '.join(str(w) for w in words if w))}.{MAKERS[document.kind].extension}"
