"""What every public write has in common."""

from typing import Any

import pytest
from django.apps import apps
from django.core.management.base import CommandError
from django.db import IntegrityError, connection
from django.utils import timezone

from maillage.core.actions import Anyone, Refused, UnknownChoice, action
from maillage.core.choices import check_columns
from maillage.core.failures import failure_of
from maillage.core.models import Letter

pytestmark = pytest.mark.django_db


@action(Anyone("a test"))
def write(*, by: Any = None, **values: Any) -> Letter:
    words = {"key": "x:a@x.test", "recipient": "a@x.test", "subject": "Sujet", "content": {"body": ""}}
    return Letter.objects.create(created_at=timezone.now(), **(words | values))


@pytest.mark.parametrize("state", ["nonsense", "", "Waiting"])
def test_a_word_that_a_column_does_not_take_is_refused_in_a_sentence_and_nothing_is_written(state: str) -> None:
    write(key="other")
    with pytest.raises(UnknownChoice, match="Ce choix"):
        write(state=state)
    assert Letter.objects.count() == 1


def test_another_rule_of_the_database_is_not_taken_for_a_choice() -> None:
    with pytest.raises(IntegrityError, match="letter_to_send_has_words"):
        write(content={})


def test_a_refusal_that_no_view_caught_is_a_page_with_its_sentence() -> None:
    found = failure_of(Refused("Le mandat est annulé."))
    assert found is not None
    assert found.status == 409
    assert found.text.startswith("Le mandat est annulé. Rien n’a été changé")


def test_a_database_of_before_is_checked_once_its_words_are_known() -> None:
    """What the migration does, on a column that lost its check."""
    with connection.cursor() as cursor, connection.schema_editor() as editor:
        cursor.execute("ALTER TABLE core_letter DROP CONSTRAINT core_letter_state_check")
        Letter.objects.filter(pk=write().pk).update(state="nonsense")
        with pytest.raises(CommandError, match=r"state de core_letter .*: nonsense"):
            check_columns(apps, editor)
        Letter.objects.update(state="waiting")
        check_columns(apps, editor)
        check_columns(apps, editor)
    with pytest.raises(UnknownChoice):
        write(key="again", state="nonsense")
