"""Messages to producers: order sheet, reminder to confirm it, stock that runs out. Sent by jobs, never twice."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from maillage.core import files, jobs, letters
from maillage.core.dates import say
from maillage.core.text import Sorting
from maillage.directory import queries as directory
from maillage.directory.models import Organisation, Person, RoleKind

from .models import Cycle, CycleState, Document, DocumentKind, Offer, ProducerConfirmation
from .types import CycleReopened, StockLow

log = logging.getLogger(__name__)
REMIND_AFTER = timedelta(hours=24)
type Attached = tuple[str, bytes, str]


@dataclass(frozen=True)
class Readers:
    """Addresses that a message goes to in one language."""

    language: str
    addresses: list[str] = field(default_factory=list)


def send_order_sheet(*, cycle_id: int, producer_id: int) -> bool:
    """Write to a producer, both forms of the order sheet joined; whether a letter is new. One an address, ever.

    The sheet is noted as sent once a letter left (`sheet_left`). A file that is missing or not whole raises
    `files.NotWhole`: the document is made again, and then sent.
    """
    sheets = Document.objects.filter(
        cycle_id=cycle_id,
        producer_id=producer_id,
        kind__in=[DocumentKind.ORDER_SHEET_PDF, DocumentKind.ORDER_SHEET_XLSX],
        state=Document.State.READY,
    ).order_by("kind")
    ready = list(sheets)
    if len(ready) < 2 or any(sheet.sent_at for sheet in ready):
        return False
    cycle, producer = _of(cycle_id, producer_id)
    return _post(
        "order_sheet",
        cycle,
        producer,
        key=f"order-sheet:{ready[0].pk}",
        attach=lambda language: _sheets_in(ready, language),
        then=sheet_left,
        about={"document_id": ready[0].pk},
    )


def sheet_left(*, document_id: int) -> None:
    """A letter with that order sheet left: the sheet is sent, from the first one on."""
    Document.objects.filter(pk=document_id, sent_at=None).update(sent_at=Now())


def remind_late_confirmations(*, now: datetime) -> int:
    """Defer one reminder for each producer who got a sheet a day ago and has not confirmed; how many. Once each."""
    confirmed = ProducerConfirmation.objects.filter(cycle=OuterRef("cycle"), producer=OuterRef("producer"))
    late = Document.objects.filter(
        ~Exists(confirmed),
        kind=DocumentKind.ORDER_SHEET_PDF,
        sent_at__lte=now - REMIND_AFTER,
        reminded_at=None,
        cycle__state=CycleState.CLOSED,
    )
    count = 0
    for key, cycle_id, producer_id in late.values_list("pk", "cycle_id", "producer_id"):
        with transaction.atomic():
            if Document.objects.filter(pk=key, reminded_at=None).update(reminded_at=now):
                _ask_again(cycle_id, producer_id, now)
                count += 1
    return count


def ask_again(*, cycle_id: int, producer_id: int, now: datetime) -> bool:
    """Ask a producer again to confirm; false when they have, or have no sheet yet."""
    if ProducerConfirmation.objects.filter(cycle_id=cycle_id, producer_id=producer_id).exists():
        return False
    sheet = Document.objects.filter(cycle_id=cycle_id, producer_id=producer_id, kind=DocumentKind.ORDER_SHEET_PDF)
    if not sheet.update(reminded_at=now):
        return False
    _ask_again(cycle_id, producer_id, now)
    return True


def _ask_again(cycle_id: int, producer_id: int, now: datetime) -> None:
    jobs.defer("market.reminder", cycle_id=cycle_id, producer_id=producer_id, wave=now.isoformat())


def send_reminder(*, cycle_id: int, producer_id: int, wave: str = "") -> bool:
    """Ask a producer to confirm their order sheet, once a `wave`; nothing if they did meanwhile."""
    if ProducerConfirmation.objects.filter(cycle_id=cycle_id, producer_id=producer_id).exists():
        return False
    cycle, producer = _of(cycle_id, producer_id)
    return _post("reminder", cycle, producer, key=f"sheet-reminder:{cycle_id}:{producer_id}:{wave}")


def tell_reopened(event: CycleReopened) -> int:
    """Tell the producers whose order sheet had left that it no longer counts; how many. Hears CycleReopened."""
    told = 0
    for key in filter(None, event.producers.split(",")):
        cycle, producer = _of(event.cycle_id, int(key))
        told += _post("reopened", cycle, producer, key=f"reopened:{cycle.pk}:{event.turn}:{producer.pk}")
    return told


def tell_stock_low(event: StockLow) -> bool:
    """Tell a producer which of their offers reached the alert. Hears StockLow."""
    wave = datetime.fromisoformat(event.wave)
    offers = list(
        Offer.objects.filter(cycle_id=event.cycle_id, producer_id=event.producer_id, low_stock_told_at=wave).order_by(
            Sorting("product_name"), "pk"
        )
    )
    if not offers:
        return False
    cycle, producer = _of(event.cycle_id, event.producer_id)
    key = f"stock-low:{cycle.pk}:{producer.pk}:{event.wave}"
    return _post("stock_low", cycle, producer, key=key, more={"offers": offers})


def _of(cycle_id: int, producer_id: int) -> tuple[Cycle, Organisation]:
    cycle = Cycle.objects.select_related("market__organisation").get(pk=cycle_id)
    return cycle, Organisation.objects.get(pk=producer_id)


def readers_of(producer: Organisation) -> list[Readers]:
    """Who reads the letters to a producer, by language: its people, and its own address.

    The first language is the one of whoever has held that role the longest; there is always one, perhaps of nobody.
    """
    people = (
        Person.objects.filter(
            roles__organisation=producer, roles__kind=RoleKind.PRODUCER, roles__during__contains=localdate()
        )
        .exclude(email="")
        .distinct()
        .order_by("pk")
        .values_list("email", "language")
    )
    found = dict(people)
    first = next(iter(found.values()), None)
    if producer.email and producer.email not in found:
        found[producer.email] = first or directory.language_of(email=producer.email)
    groups: dict[str, list[str]] = {}
    for email, language in found.items():
        groups.setdefault(language, []).append(email)
    return [Readers(language, emails) for language, emails in groups.items()] or [Readers(settings.LANGUAGE_CODE)]


_SUBJECTS = {
    "order_sheet": lambda: _("%(market)s : votre bon de commande pour le %(day)s"),
    "reminder": lambda: _("%(market)s : confirmez votre bon de commande pour le %(day)s"),
    "reopened": lambda: _("%(market)s : votre bon de commande pour le %(day)s ne compte plus"),
    "stock_low": lambda: _("%(market)s : bientôt épuisé dans votre offre"),
}


def _post(
    name: str,
    cycle: Cycle,
    producer: Organisation,
    *,
    key: str,
    attach: Callable[[str], Sequence[Attached]] = lambda _language: (),
    then: Callable[..., None] | None = None,
    about: Mapping[str, Any] | None = None,
    more: Mapping[str, Any] | None = None,
) -> bool:
    """A letter to each reader, in their language; whether one is new. `attach` makes what is joined, in a language."""
    new = 0
    groups = [group for group in readers_of(producer) if group.addresses]
    if not groups:
        log.warning("producer %s has no address for %s of cycle %s", producer.pk, name, cycle.pk)
    for readers in groups:
        with translation.override(readers.language):
            message = _message(name, cycle, producer, readers, more or {})
            for attachment in attach(readers.language):
                message.attach(*attachment)
        new += letters.post(message, key=key, then=then, about=about)
    return bool(new)


def _message(
    name: str, cycle: Cycle, producer: Organisation, readers: Readers, more: Mapping[str, Any]
) -> EmailMessage:
    words = {"market": cycle.market.name, "day": say(cycle.delivered_on, "l j F")}
    path = reverse("market:producer_cycle", args=[cycle.market.slug, producer.public_id, cycle.number])
    context = {
        "cycle": cycle,
        "market": cycle.market,
        "producer": producer,
        "address": settings.SITE_URL + path,
        **words,
        **more,
    }
    return EmailMessage(
        subject=_SUBJECTS[name]() % words,
        body=render_to_string(f"market/mail/{name}.txt", context),
        to=readers.addresses,
        reply_to=[cycle.market.organisation.email] if cycle.market.organisation.email else None,
    )


def _sheets_in(sheets: Sequence[Document], language: str) -> list[Attached]:
    """The kept files when they are in that language; else the same sheets made in it."""
    from .documents import MAKERS, download_name, language_of

    made = []
    for document in sheets:
        maker = MAKERS[document.kind]
        kept = language == language_of(document)
        content = files.read(str(document.file.name)) if kept else maker.make(document)
        made.append((download_name(document), content, maker.content_type))
    return made
