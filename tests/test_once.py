"""Every form of an organisation, filled, sent twice: the second sending writes nothing (`core.once`)."""

import pytest
from django.db import transaction
from django.http import FileResponse
from django.test import Client

from maillage.core.once import TOKEN

from .test_access import (
    _in_savepoint,  # noqa: F401 - each test sees the world as it was built
    close_file,
    everything,
    print_of_everything,
    signed_in,
    world,  # noqa: F401
    writes,
)
from .test_authority import sent  # noqa: F401
from .world import World

pytestmark = pytest.mark.django_db

ITS_OWN = {'"core_sending"', '"directory_account"'}
"""Tables that say that a form was sent, and when one signed in."""


def send(client: Client, action: str, form: dict[str, str]) -> None:
    response = client.post(action, form)
    if isinstance(response, FileResponse):
        close_file(response)


def test_no_form_writes_twice(world: World, sent: list[tuple[str, dict[str, str]]]) -> None:  # noqa: F811
    client, wrote, twice = signed_in(everything(world.ours)), 0, []
    for n, (action, values) in enumerate(sent):
        form = {**values, TOKEN: f"{n:064}"}
        block = transaction.savepoint_create()
        before = writes()
        send(client, action, form)
        once = writes()
        if once != before:  # also what was undone: looked at more closely below
            send(client, action, form)
            suspect = writes() != once
            wrote += not suspect
            transaction.savepoint_rollback(block)
            if suspect and (changed := changed_by_the_second(client, action, form)):
                twice.append((action, changed))
        transaction.savepoint_rollback(block)
    assert not twice, "\n".join(map(str, twice))
    assert wrote > 150


def changed_by_the_second(client: Client, action: str, form: dict[str, str]) -> set[str]:
    send(client, action, form)
    first = print_of_everything()
    send(client, action, form)
    second = print_of_everything()
    return {table for table in second if second[table] != first[table]} - ITS_OWN
