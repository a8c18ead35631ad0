import pytest

from maillage.accompaniment.models import Note
from maillage.core.models import Change
from maillage.directory import privacy
from maillage.directory.tests.factories import PersonFactory

from .factories import NoteFactory

pytestmark = pytest.mark.django_db


def test_private_notes_are_handed_over_then_erased_with_their_history() -> None:
    person = PersonFactory()
    note = NoteFactory(author=person, visibility="private", body="mot privé")
    note.body = "mot corrigé"
    note.save()
    assert "mot corrigé" in str(privacy.export(person))
    privacy.erase(person)
    assert not Note.objects.exists()
    assert not Change.objects.filter(table=Note._meta.db_table).exists()
