"""What every public write has in common."""

from typing import Any

import pytest
from django.db import IntegrityError
from django.utils import timezone

from maillage.core.actions import Refused, UnknownChoice, action
from maillage.core.failures import failure_of
from maillage.core.models import Letter

pytestmark = pytest.mark.django_db


@action
def write(*, by: Any = None, **values: Any) -> Letter:
    words = {"key": "x:a@x.test", "recipient": "a@x.test", "subject": "Sujet", "content": {"body": ""}}
    return Letter.objects.create(created_at=timezone.now(), **(words | values))


@pytest.mark.parametrize("state", ["nonsense", "", "Waiting"])
def test_a_word_that_a_column_does_not_take_is_refused_in_a_sentence_and_nothing_is_written(state: str) -> None:
    write(key="other")
    with pytest.raises(UnknownChoice, match="n'existe pas"):
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
