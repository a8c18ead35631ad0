"""Letters: one a recipient and occasion, sent by a job that claims it, recorded when it left and only then."""

import smtplib
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from maillage.core import letters
from maillage.core.models import Letter
from maillage.core.tests.threads import together

pytestmark = pytest.mark.django_db
State = Letter.State
told: list[int] = []


class Broken(EmailBackend):
    """A mail server that refuses, as told by `failure`."""

    failure: Exception = smtplib.SMTPServerDisconnected("gone")

    def send_messages(self, messages: Any) -> int:
        raise self.failure


class Cutting(EmailBackend):
    """A mail server that takes a message just before the database closes our connection."""

    def send_messages(self, messages: Any) -> int:
        sent = super().send_messages(messages)
        place = {name: connection.settings_dict[name.upper()] or None for name in ("host", "port", "user", "password")}
        with psycopg.connect(**place, dbname="postgres", autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
        return sent


def tell(*, number: int) -> None:
    told.append(number)


def fail_to_tell(*, number: int) -> None:
    raise RuntimeError("no")


@pytest.fixture(autouse=True)
def _queued(settings: Any) -> None:
    settings.LETTERS_AT_ONCE = False
    told.clear()


def written(key: str = "order:1:1", to: tuple[str, ...] = ("a@exemple.test",), **more: Any) -> list[Letter]:
    letters.post(EmailMessage("Sujet", "Mots", to=list(to)), key=key, **more)
    return list(Letter.objects.order_by("pk"))


def jobs() -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (args ->> 'letter_id')::bigint FROM procrastinate_jobs"
            " WHERE task_name = 'core:letter' AND status = 'todo' ORDER BY 1"
        )
        return [pk for (pk,) in cursor.fetchall()]


def broken(settings: Any, failure: Exception) -> None:
    Broken.failure = failure
    settings.MAILERS = {"default": {"BACKEND": f"{Broken.__module__}.{Broken.__qualname__}"}}


def test_each_address_has_a_row_and_a_job() -> None:
    rows = written(to=("b@exemple.test", "A <a@exemple.test>", "a@exemple.test"))
    assert [r.recipient for r in rows] == ["a@exemple.test", "b@exemple.test"]
    assert jobs() == [r.pk for r in rows]
    assert mail.outbox == []
    assert {r.state for r in rows} == {State.WAITING}


def test_an_occasion_writes_once_to_an_address_whatever_its_case() -> None:
    written()
    assert letters.post(EmailMessage("Sujet", "Mots", to=["A@Exemple.test"]), key="order:1:1") == 0
    assert letters.post(EmailMessage("Sujet", "Mots", to=["a@exemple.test"]), key="order:1:2") == 1
    assert len(jobs()) == 2


def test_a_change_that_fails_writes_no_letter() -> None:
    with transaction.atomic():
        written()
        transaction.set_rollback(True)
    assert not Letter.objects.exists()
    assert jobs() == []


def test_what_leaves_is_what_was_written() -> None:
    message = EmailMultiAlternatives("Une\nligne", "Mots", to=["a@exemple.test"], reply_to=["m@exemple.test"])
    message.attach_alternative("<p>Mots</p>", "text/html")
    message.attach("bon.pdf", b"%PDF\x00\xff", "application/pdf")
    message.attach("invitation.ics", "BEGIN:VCALENDAR é", "text/calendar; method=REQUEST")
    letters.post(message, key="x:1")
    row = Letter.objects.get()
    assert letters.deliver(letter_id=row.pk, job_id=1)
    (sent,) = mail.outbox
    assert (sent.subject, sent.body, sent.to, sent.reply_to) == (
        "Une ligne", "Mots", ["a@exemple.test"], ["m@exemple.test"]
    )  # fmt: skip
    assert sent.alternatives[0][0] == "<p>Mots</p>"
    assert [(a[0], a[1], a[2]) for a in sent.attachments] == [
        ("bon.pdf", b"%PDF\x00\xff", "application/pdf"),
        ("invitation.ics", "BEGIN:VCALENDAR é", "text/calendar; method=REQUEST"),
    ]
    assert str(row.public_id) in sent.extra_headers["Message-ID"]
    sent.message()  # it can be put on the wire


def test_sent_is_said_once_it_left_and_its_words_are_dropped() -> None:
    (row,) = written(then=tell, about={"number": 7})
    assert told == []
    assert letters.deliver(letter_id=row.pk, job_id=1)
    row.refresh_from_db()
    assert (row.state, row.content, row.tries, told) == (State.SENT, {}, 1, [7])
    assert row.sent_at is not None
    assert not letters.deliver(letter_id=row.pk, job_id=1)
    assert len(mail.outbox) == 1


def test_a_failure_to_tell_does_not_send_it_twice() -> None:
    (row,) = written(then=fail_to_tell, about={"number": 7})
    assert letters.deliver(letter_id=row.pk, job_id=1)
    row.refresh_from_db()
    assert row.state == State.SENT


def test_a_claim_holds_against_other_jobs_and_not_against_its_own() -> None:
    (row,) = written()
    Letter.objects.filter(pk=row.pk).update(state=State.SENDING, job=5, claimed_at=timezone.now())  # its sender died
    assert not letters.deliver(letter_id=row.pk, job_id=6)
    assert not letters.deliver(letter_id=row.pk, job_id=None)
    assert mail.outbox == []
    assert letters.deliver(letter_id=row.pk, job_id=5)
    assert len(mail.outbox) == 1


@pytest.mark.django_db(transaction=True)
def test_a_letter_whose_record_the_database_never_had_is_recorded_and_not_sent_again(
    settings: Any, tmp_path: Path
) -> None:
    """The database goes away between the mail server's answer and the record."""
    settings.DATA_DIR = tmp_path
    (row,) = written(then=tell, about={"number": 7})
    settings.MAILERS = {"default": {"BACKEND": f"{Cutting.__module__}.{Cutting.__qualname__}"}}
    with pytest.raises(OperationalError):
        letters.deliver(letter_id=row.pk, job_id=5)
    connection.close()
    row.refresh_from_db()
    assert (row.state, told, len(mail.outbox)) == (State.SENDING, [], 1)
    assert not letters.deliver(letter_id=row.pk, job_id=6)  # another job's
    assert letters.deliver(letter_id=row.pk, job_id=5)
    row.refresh_from_db()
    assert (row.state, told, len(mail.outbox)) == (State.SENT, [7], 1)
    assert list((tmp_path / "letters").iterdir()) == []


def test_marks_of_long_ago_are_forgotten(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "x").touch()
    letters.forget(now=timezone.now())
    assert (tmp_path / "letters" / "x").exists()
    letters.forget(now=timezone.now() + timedelta(days=91))
    assert not (tmp_path / "letters" / "x").exists()


def test_a_mail_server_that_is_out_is_tried_again_then_said(settings: Any) -> None:
    (row,) = written()
    broken(settings, smtplib.SMTPServerDisconnected("gone"))
    with pytest.raises(smtplib.SMTPServerDisconnected):
        letters.deliver(letter_id=row.pk, job_id=1)
    row.refresh_from_db()
    assert (row.state, row.sent_at) == (State.WAITING, None)
    assert "gone" in row.problem
    assert not letters.deliver(letter_id=row.pk, job_id=1, last=True)
    row.refresh_from_db()
    assert (row.state, bool(row.content)) == (State.FAILED, True)


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (smtplib.SMTPRecipientsRefused({"a@exemple.test": (550, b"unknown")}), State.FAILED),
        (smtplib.SMTPRecipientsRefused({"a@exemple.test": (450, b"later")}), State.WAITING),
        (smtplib.SMTPDataError(554, b"spam"), State.FAILED),
        (smtplib.SMTPDataError(452, b"full"), State.WAITING),
    ],
)
def test_what_is_refused_for_good_is_not_tried_for_a_day(settings: Any, failure: Exception, state: str) -> None:
    (row,) = written()
    broken(settings, failure)
    try:
        letters.deliver(letter_id=row.pk, job_id=1)
    except smtplib.SMTPException:
        assert state == State.WAITING
    row.refresh_from_db()
    assert row.state == state


def test_one_that_failed_is_sent_again_or_given_up() -> None:
    one, two = written(to=("a@exemple.test", "b@exemple.test"))
    Letter.objects.update(state=State.FAILED)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    assert letters.send_again(letter_ids=[one.pk]) == 1
    assert jobs() == [one.pk]
    assert letters.give_up(letter_ids=[one.pk, two.pk]) == 1
    two.refresh_from_db()
    assert (two.state, two.content) == (State.DROPPED, {})
    assert letters.send_again(letter_ids=[two.pk]) == 0


def test_a_letter_that_no_job_will_send_gets_one() -> None:
    lost, held, fresh = written(to=("a@exemple.test", "b@exemple.test", "c@exemple.test"))
    old = timezone.now() - timedelta(minutes=11)
    Letter.objects.exclude(pk=fresh.pk).update(created_at=old)
    Letter.objects.filter(pk=lost.pk).update(state=State.SENDING, job=3)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE (args ->> 'letter_id')::bigint = ANY(%s)", [[lost.pk, fresh.pk]]
        )
    assert letters.rescue() == 1
    assert jobs() == [lost.pk, held.pk]
    lost.refresh_from_db()
    assert (lost.state, lost.job) == (State.WAITING, None)


def test_old_rows_go_and_those_that_wait_stay() -> None:
    sent, waiting = written(to=("a@exemple.test", "b@exemple.test"))
    letters.deliver(letter_id=sent.pk, job_id=1)
    Letter.objects.update(created_at=timezone.now() - timedelta(days=91))
    assert letters.forget(now=timezone.now()) == 1
    assert list(Letter.objects.all()) == [waiting]


@pytest.mark.parametrize("change", [{"sent_at": timezone.now()}, {"state": State.SENT}, {"content": {}}])
def test_the_database_holds_that_sent_has_its_moment_and_waiting_its_words(change: dict[str, Any]) -> None:
    written()
    with pytest.raises(IntegrityError), transaction.atomic():
        Letter.objects.update(**change)


@pytest.mark.race
@pytest.mark.usefixtures("no_jobs")
def test_a_letter_of_two_jobs_leaves_once() -> None:
    (row,) = written()
    done = together([lambda n=n: letters.deliver(letter_id=row.pk, job_id=n) for n in range(8)])
    assert sorted(done) == [False] * 7 + [True]
    assert len(mail.outbox) == 1


@pytest.mark.race
@pytest.mark.usefixtures("no_jobs")
def test_an_occasion_posted_by_many_at_once_writes_one_letter() -> None:
    def post() -> int:
        return letters.post(EmailMessage("Sujet", "Mots", to=["a@exemple.test"]), key="order:1:1")

    assert sorted(together([post] * 8)) == [0] * 7 + [1]
    assert Letter.objects.count() == len(jobs()) == 1
