"""The one log of changes: what it keeps, of whom, and what it leaves alone."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models, transaction

from maillage.core.actions import Anyone, Refused, action
from maillage.core.changes import ChangesKept, Past, forget, forget_columns, last_changes, past_of, with_after
from maillage.core.models import Change, Letter

pytestmark = pytest.mark.django_db


class Account:
    """An account, as far as the log knows: a key."""

    def __init__(self, pk: int) -> None:
        self.pk = pk


@pytest.fixture
def kept() -> Any:
    """A model whose changes are kept, and its table."""

    class Thing(models.Model):
        name = models.CharField(max_length=40)
        words = ArrayField(models.CharField(max_length=9), default=list)
        counter = models.IntegerField(default=0)
        seen = models.IntegerField(default=0)

        class Meta:
            app_label = "core"
            constraints = (ChangesKept("thing_changes", made=True, ignore=["counter"]),)

    yield from _table(Thing)


@pytest.fixture
def watched() -> Any:
    """A model of which one column matters."""

    class Priced(models.Model):
        price = models.DecimalField(max_digits=8, decimal_places=2)
        sold = models.IntegerField(default=0)

        class Meta:
            app_label = "core"
            constraints = (ChangesKept("priced_changes", only=["price"], removed=False),)

    yield from _table(Priced)


def _table(model: type[models.Model]) -> Any:
    with connection.schema_editor() as editor:
        editor.create_model(model)
    yield model
    del apps.all_models["core"][model.__name__.lower()]
    apps.clear_cache()


def done(past: list[Past[Any]]) -> list[str]:
    return [str(was.done) for was in past]


def test_a_row_is_kept_as_it_was_with_its_types(kept: Any) -> None:
    row = kept.objects.create(name="un", words=["a", "b"])
    row.name, row.words = "deux", []
    row.save()
    row.delete()
    made, changed, removed = past_of(kept, [1, row.pk or 1])
    assert [made.done, changed.done, removed.done] == ["insert", "update", "delete"]
    assert made.row is None
    assert (changed.row.name, changed.row.words) == ("un", ["a", "b"])
    assert (removed.row.name, removed.row.words) == ("deux", [])


def test_what_does_not_count_leaves_no_change_and_is_not_kept(kept: Any, watched: Any) -> None:
    row = kept.objects.create(name="un", counter=7)
    kept.objects.update(counter=8)
    kept.objects.update(name="un")  # the same again
    assert done(past_of(kept, [row.pk])) == ["insert"]
    kept.objects.update(name="deux", counter=9)
    assert "counter" not in (Change.objects.get(done="update").before or {})
    priced = watched.objects.create(price="1.00")
    watched.objects.update(sold=4)
    assert past_of(watched, [priced.pk]) == []
    watched.objects.update(price="2.00")
    watched.objects.all().delete()
    (was,) = past_of(watched, [priced.pk])
    assert (str(was.row.price), was.row.sold) == ("1.00", 4)


def test_what_a_row_became_is_what_it_was_before_the_next_change(kept: Any) -> None:
    row = kept.objects.create(name="un")
    other = kept.objects.create(name="autre")
    for name in ("deux", "trois"):
        kept.objects.filter(pk=row.pk).update(name=name)
    told = with_after(past_of(kept, [row.pk]), {row.pk: kept.objects.get(pk=row.pk)})
    assert [(was.row and was.row.name, after.name) for was, after in told if after] == [
        (None, "un"),
        ("un", "deux"),
        ("deux", "trois"),
    ]
    assert done(past_of(kept, [row.pk], latest=2)) == ["update", "update"]
    assert len(past_of(kept, [row.pk, other.pk])) == 4
    kept.objects.filter(pk=row.pk).update(seen=5)
    assert len(past_of(kept, [other.pk], ever={"seen": 0})) == 5
    assert len(past_of(kept, [other.pk], ever={"seen": 5})) == 1


def test_a_column_that_came_later_is_empty_before_it(kept: Any) -> None:
    row = kept.objects.create(name="un")
    kept.objects.update(name="deux")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_change SET before = before - 'seen' WHERE done = 'update'")
    assert past_of(kept, [row.pk])[-1].row.seen is None


def test_an_action_says_what_it_is_and_for_whom(kept: Any) -> None:
    @action(Anyone("a test"))
    def rename(*, name: str, by: Any) -> None:
        kept.objects.update(name=name)

    @action(Anyone("a test"))
    def rename_twice(*, by: Any) -> None:
        rename(name="dedans", by=None)
        rename(name="encore", by=Account(9))

    row = kept.objects.create(name="un")
    rename(name="deux", by=Account(7))
    rename(name="trois", by=None)
    rename_twice(by=Account(8))
    rename_twice(by=None)
    kept.objects.update(name="à la main")
    told = [(was.action.rpartition(".")[2], was.account_id) for was in past_of(kept, [row.pk])]
    assert told == [
        ("", None),
        ("rename", 7),
        ("rename", None),
        ("rename_twice", 8),
        ("rename_twice", 8),
        ("rename_twice", None),
        ("rename_twice", 9),
        ("", None),
    ]


def test_who_acts_is_known_after_a_refusal_inside(kept: Any) -> None:
    class Not(Refused):
        pass

    @action(Anyone("a test"))
    def refuses(*, by: Any) -> None:
        kept.objects.update(name="jamais")
        raise Not

    @action(Anyone("a test"))
    def goes_on(*, by: Any) -> None:
        with pytest.raises(Not):
            refuses(by=Account(2))
        kept.objects.update(name="deux")

    row = kept.objects.create(name="un")
    goes_on(by=None)
    with pytest.raises(Not), transaction.atomic():
        refuses(by=Account(3))
    kept.objects.update(name="trois")
    told = [(was.action.rpartition(".")[2], was.account_id) for was in past_of(kept, [row.pk])]
    assert told == [("", None), ("goes_on", None), ("", None)]


def test_the_last_change_since_a_moment(kept: Any) -> None:
    one, two = kept.objects.create(name="un"), kept.objects.create(name="deux")
    kept.objects.filter(pk=one.pk).update(name="a")
    first = Change.objects.latest("pk").at
    found = last_changes(kept, [one.pk, two.pk], since=first)
    assert {key: account for key, (_at, account) in found.items()} == {one.pk: None, two.pk: None}
    assert last_changes(kept, [one.pk], since=first.replace(year=first.year + 1)) == {}
    assert last_changes(Letter, [one.pk], since=first) == {}


def test_what_a_person_asks_to_forget_goes(kept: Any) -> None:
    one, two = kept.objects.create(name="un"), kept.objects.create(name="deux")
    kept.objects.update(name="autre")
    forget_columns(kept, [one.pk], name="—")
    assert [was.row.name for was in past_of(kept, [one.pk, two.pk]) if was.row] == ["—", "deux"]
    forget(kept, [two.pk])
    assert past_of(kept, [two.pk]) == []
    assert len(past_of(kept, [one.pk])) == 2


def test_every_trigger_that_is_declared_is_in_the_database() -> None:
    declared = {
        (model._meta.db_table, name)
        for model in apps.get_models()
        for kept in model._meta.constraints
        if isinstance(kept, ChangesKept)
        for name, there in ((kept.name, kept.updated), (f"{kept.name}_rows", kept.made or kept.removed))
        if there
    }
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT t.tgrelid::regclass::text, t.tgname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
                WHERE p.proname = 'core_keep_change'"""
        )
        assert set(cursor.fetchall()) == declared
    assert len(declared) > 70
