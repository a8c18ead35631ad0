import pytest

from maillage.core.models import Change
from maillage.directory import privacy
from maillage.directory.tests.factories import PersonFactory

from .factories import AttendanceFactory, RegistrationFactory

pytestmark = pytest.mark.django_db


def test_presence_still_counts_once_the_person_is_erased() -> None:
    person = PersonFactory()
    registration = RegistrationFactory(person=person, email=person.email, needs="sans noix")
    AttendanceFactory(registration=registration)
    assert "sans noix" in str(privacy.export(person))
    privacy.erase(person)
    registration.refresh_from_db()
    assert (registration.person, registration.email, registration.needs) == (None, "", "")
    assert registration.attendances.count() == 1
    assert not Change.objects.filter(table=registration._meta.db_table).exists()


def test_what_was_typed_under_an_old_address_without_an_account_is_theirs() -> None:
    person = PersonFactory()
    old = person.email
    registration = RegistrationFactory(email=old.upper(), needs="sans noix")
    account = person.account
    account.email = "nouvelle@exemple.test"
    account.save()
    person.refresh_from_db()
    assert person.email != old
    assert "sans noix" in str(privacy.export(person))
    privacy.erase(person)
    registration.refresh_from_db()
    assert (registration.email, registration.needs) == ("", "")
