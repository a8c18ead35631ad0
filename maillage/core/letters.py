"""Letters: one row for each message and each of its recipients, written with the change that it tells of, then sent.

    letters.post(message, key=f"order:{order.pk}:{order.revision}")

`post` writes the rows and defers their jobs in the transaction at hand: a letter exists when its change does, and a
kill between two recipients loses none. A job claims its row, sends, and records: nothing else says "sent". Between the
mail server's answer and the record a mark stands on the sender's disk. A letter whose sender died is taken up by the
same job once it is rescued (`core.jobs`): recorded where the mark is, sent again where none is. It can leave twice only
if the sender died within the answer itself, or its machine before the record; both then carry the same Message-ID.

Once sent, a row keeps to whom, when and what about; its words are dropped. It goes after ninety days.
"""

import base64
import json
import logging
import smtplib
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import procrastinate
from django.conf import settings
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Lower, Now

from . import jobs, sql
from .events import blueprint, load, path_of
from .models import JobTrouble, Letter

log = logging.getLogger(__name__)
State = Letter.State
SEND = "core:letter"
KEPT = timedelta(days=90)
LAST_TRY = 8
AGAIN = procrastinate.RetryStrategy(max_attempts=LAST_TRY, exponential_wait=4)  # a day of a mail server that is out
OPEN = (State.WAITING, State.SENDING)

_POST = """
INSERT INTO core_letter (public_id, key, recipient, subject, state, content, said_by, about, created_at, tries, problem)
SELECT row.public_id, row.key, row.recipient, %(subject)s, 'waiting', %(content)s::jsonb, %(said_by)s, %(about)s::jsonb,
       statement_timestamp(), 0, ''
FROM json_to_recordset(%(rows)s::json) AS row(public_id uuid, key text, recipient text)
ON CONFLICT (key) DO NOTHING
RETURNING id
"""


def post(
    message: EmailMessage,
    *,
    key: str,
    then: Callable[..., None] | None = None,
    about: Mapping[str, Any] | None = None,
) -> int:
    """Write a letter to each address of `message.to`; returns how many are new.

    `key` names the occasion (`order:12:3`): with the same key, an address gets one letter, ever. `then` is a function
    of a module, called as `then(**about)` in the transaction that records that a letter left; `about`: plain values.
    """
    addresses = sorted({parseaddr(address)[1] for address in message.to} - {""})
    if not addresses:
        return 0
    rows = [
        {"public_id": str(uuid.uuid4()), "key": f"{key}:{address.lower()}"[:400], "recipient": address}
        for address in addresses
    ]
    parameters = {
        "rows": json.dumps(rows),
        "subject": " ".join(message.subject.split())[:300],
        "content": json.dumps(_kept(message)),
        "said_by": path_of(then) if then else "",
        "about": json.dumps(dict(about or {})),
    }
    with transaction.atomic():
        made = [row[0] for row in sql.rows(_POST, parameters)]
        if made and not settings.LETTERS_AT_ONCE:
            jobs.defer_many(SEND, ({"letter_id": pk} for pk in made))
    if settings.LETTERS_AT_ONCE:
        for pk in made:
            deliver(letter_id=pk, job_id=None)
    return len(made)


def _kept(message: EmailMessage) -> dict[str, Any]:
    alternatives = [[str(a[0]), str(a[1])] for a in getattr(message, "alternatives", [])]
    attachments = []
    for attachment in message.attachments:
        name, content, kind = attachment
        raw = content if isinstance(content, bytes) else str(content).encode()
        attachments.append([name, base64.b64encode(raw).decode(), kind, isinstance(content, bytes)])
    return {
        "body": str(message.body),
        "from": message.from_email,
        "reply_to": list(message.reply_to),
        "headers": {name: str(value) for name, value in message.extra_headers.items()},
        "alternatives": alternatives,
        "attachments": attachments,
    }


def message_of(letter: Letter) -> EmailMultiAlternatives:
    """The message of a letter that has not left yet, as it will leave."""
    kept = letter.content
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].partition("@")[2] or "localhost"
    message = EmailMultiAlternatives(
        letter.subject,
        kept["body"],
        kept["from"],
        [letter.recipient],
        reply_to=kept["reply_to"],
        headers={"Message-ID": f"<{letter.public_id}@{domain}>", **kept["headers"]},
    )
    for content, kind in kept["alternatives"]:
        message.attach_alternative(content, kind)
    for name, content, kind, binary in kept["attachments"]:
        raw = base64.b64decode(content)
        message.attach(name, raw if binary else raw.decode(), kind)
    return message


# --- sending ----------------------------------------------------------------------------------


@blueprint.task(name="letter", queue="mail", retry=AGAIN, pass_context=True)
def send_letter(context: procrastinate.JobContext, letter_id: int) -> None:
    """Send one letter. Runs until it left, or the mail server said no for good, or the tries are over."""
    deliver(letter_id=letter_id, job_id=context.job.id, last=context.job.attempts >= LAST_TRY)


def deliver(*, letter_id: int, job_id: int | None, last: bool = False) -> bool:
    """Claim a letter, send it, record it; whether it left now. Not inside a transaction of the caller's.

    A letter claimed by the same job is claimed again: its sender died. What the mail server refuses for good, or a
    failure at the last try, fails the letter; another failure puts it back and is raised for the job to try again.
    """
    claim = Letter.objects.filter(pk=letter_id, state=State.WAITING)
    if job_id is not None:
        claim |= Letter.objects.filter(pk=letter_id, state=State.SENDING, job=job_id)
    if not claim.update(state=State.SENDING, claimed_at=Now(), job=job_id, tries=F("tries") + 1):
        return False
    letter = Letter.objects.get(pk=letter_id)
    mark = _mark(letter)
    if mark.exists():
        _record(letter, mark)
        return True
    try:
        message_of(letter).send()
    except Exception as failure:
        over = last or _for_good(failure)
        _put_back(letter, failure, over=over)
        if over:
            log.error("letter %s failed: %s", letter.pk, type(failure).__name__)
            return False
        raise
    with suppress(OSError):
        mark.touch()
    _record(letter, mark)
    return True


def _mark(letter: Letter) -> Path:
    """A file of this machine that says that a letter left, until the database does, which may be out of reach."""
    folder = Path(settings.DATA_DIR) / "letters"
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    return folder / str(letter.public_id)


def _record(letter: Letter, mark: Path) -> None:
    with transaction.atomic():
        Letter.objects.filter(pk=letter.pk).update(state=State.SENT, sent_at=Now(), content={}, problem="")
        if letter.said_by:
            _tell(letter)
    mark.unlink(missing_ok=True)


def _tell(letter: Letter) -> None:
    """It left, whatever happens to whom is told: a failure here must not have it sent twice."""
    try:
        with transaction.atomic():
            load(letter.said_by)(**letter.about)
    except Exception:
        log.exception("letter %s left, and %s failed", letter.pk, letter.said_by)


def _put_back(letter: Letter, failure: Exception, *, over: bool) -> None:
    said = f"{type(failure).__name__}: {failure}"[:500]
    Letter.objects.filter(pk=letter.pk).update(state=State.FAILED if over else State.WAITING, problem=said)


def _for_good(failure: Exception) -> bool:
    """Whether the mail server will say the same tomorrow (RFC 5321: replies of 5xx)."""
    if isinstance(failure, smtplib.SMTPRecipientsRefused):
        return all(500 <= code < 600 for code, _said in failure.recipients.values())
    return isinstance(failure, smtplib.SMTPDataError) and 500 <= failure.smtp_code < 600


# --- seen by those who wait, and by administrators ----------------------------------------------


def send_again(*, letter_ids: list[int]) -> int:
    """Put letters that failed back to waiting, and defer their sending; how many."""
    with transaction.atomic():
        rows = Letter.objects.filter(pk__in=letter_ids, state=State.FAILED).exclude(content={})
        keys = list(rows.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
        Letter.objects.filter(pk__in=keys).update(state=State.WAITING, problem="", job=None)
        jobs.defer_many(SEND, ({"letter_id": pk} for pk in keys))
    return len(keys)


_OF = "FROM unnest(%(occasions)s::text[]) AS occasion(word) WHERE starts_with(letter.key, occasion.word || ':')"


def withdraw(occasions: Sequence[str]) -> int:
    """Letters of these occasions that did not leave yet never will; how many. One that is being sent leaves."""
    statement = f"""
        UPDATE core_letter letter SET state = 'dropped', content = '{{}}'
        WHERE letter.state IN ('waiting', 'failed') AND EXISTS (SELECT 1 {_OF})
    """  # noqa: S608 - a constant
    return sql.run(statement, {"occasions": list(occasions)})


def left(occasions: Sequence[str]) -> set[str]:
    """Those of these occasions on which somebody was written to, or is being written to right now."""
    statement = f"""
        SELECT DISTINCT occasion.word FROM core_letter letter, {_OF.removeprefix("FROM ")}
        AND letter.state IN ('sent', 'sending')
    """  # noqa: S608 - a constant
    return {word for (word,) in sql.rows(statement, {"occasions": list(occasions)})}


def known(occasions: Sequence[str]) -> set[str]:
    """Those of these occasions that have a letter, whatever became of it."""
    statement = f"SELECT DISTINCT occasion.word FROM core_letter letter, {_OF.removeprefix('FROM ')}"  # noqa: S608
    return {word for (word,) in sql.rows(statement, {"occasions": list(occasions)})}


def written_to(addresses: Collection[str]) -> QuerySet[Letter]:
    """Letters to these addresses (in small letters), the first one first."""
    return Letter.objects.alias(lower=Lower("recipient")).filter(lower__in=addresses).order_by("pk")


def forget_addresses(addresses: Collection[str]) -> int:
    """Letters to these addresses go, sent or not; how many. A reason of a failed job that names one goes too."""
    for address in addresses:
        JobTrouble.objects.filter(said__icontains=address).update(said="")
    return written_to(addresses).order_by().delete()[0]


def undelivered(*, limit: int) -> QuerySet[Letter]:
    """Letters that failed, the latest first."""
    return Letter.objects.filter(state=State.FAILED).order_by("-created_at", "-pk")[:limit]


@dataclass
class Standing:
    """How the letters of an occasion stand: how many left, how many wait, those that failed (address and why)."""

    sent: int = 0
    waiting: int = 0
    failed: list[Letter] = field(default_factory=list)

    @property
    def state(self) -> str:
        """The worst: failed, waiting, else sent."""
        return "failed" if self.failed else "waiting" if self.waiting else "sent"


def standings(occasions: Sequence[str]) -> dict[str, Standing]:
    """By occasion, for those that have letters. One statement, and one more for those that failed."""
    statement = f"""
        SELECT occasion.word, letter.state, count(*), array_agg(letter.id)
        FROM core_letter letter, {_OF.removeprefix("FROM ")} GROUP BY 1, 2
    """  # noqa: S608 - a constant
    found: dict[str, Standing] = {}
    failed: dict[int, str] = {}
    for word, state, count, keys in sql.rows(statement, {"occasions": list(occasions)}):
        standing = found.setdefault(word, Standing())
        if state == State.SENT:
            standing.sent += count
        elif state in OPEN:
            standing.waiting += count
        elif state == State.FAILED:
            failed |= dict.fromkeys(keys, word)
    for letter in Letter.objects.filter(pk__in=failed).order_by("pk") if failed else ():
        found[failed[letter.pk]].failed.append(letter)
    return found


def give_up(*, letter_ids: list[int]) -> int:
    """Letters that failed and that nobody will send: their words are dropped. How many."""
    return Letter.objects.filter(pk__in=letter_ids, state=State.FAILED).update(state=State.DROPPED, content={})


_ORPHANS = """
SELECT letter.id FROM core_letter letter
WHERE letter.state IN ('waiting', 'sending') AND letter.created_at < statement_timestamp() - interval '10 minutes'
  AND NOT EXISTS (
      SELECT 1 FROM procrastinate_jobs job
      WHERE job.task_name = 'core:letter' AND job.status IN ('todo', 'doing')
        AND (job.args ->> 'letter_id')::bigint = letter.id
  )
ORDER BY letter.id FOR UPDATE OF letter SKIP LOCKED
"""


def rescue() -> int:
    """Letters that wait and that no job will send any more (it was discarded, or failed too late) get one; how many."""
    with transaction.atomic():
        keys = [row[0] for row in sql.rows(_ORPHANS, {})]
        Letter.objects.filter(pk__in=keys).update(state=State.WAITING, job=None)
        jobs.defer_many(SEND, ({"letter_id": pk} for pk in keys))
    return len(keys)


def forget(*, now: datetime) -> int:
    """Rows of letters that left, or were given up, ninety days ago go; and marks of before on this machine."""
    for mark in (Path(settings.DATA_DIR) / "letters").glob("*"):
        if mark.stat().st_mtime < (now - KEPT).timestamp():
            mark.unlink(missing_ok=True)
    return Letter.objects.filter(created_at__lt=now - KEPT).exclude(state__in=OPEN).delete()[0]
