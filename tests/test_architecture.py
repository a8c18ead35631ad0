"""What the import linter cannot see: foreign keys by name, and the shape that every context keeps."""

import importlib
import pkgutil
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django import forms
from django.apps import apps
from django.conf import settings
from django.db import connection, models
from procrastinate.contrib.django import app

import maillage
from maillage.core.choices import Choice

ROOT = Path(settings.BASE_DIR)
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
LAYERS: list[str] = CONTRACTS[0]["layers"]
HEIGHT = {name.strip(): len(LAYERS) - n for n, layer in enumerate(LAYERS) for name in layer.split("|")}
CONTEXTS = [c.removeprefix("maillage.") for c in settings.CONTEXTS]
TEXT = {".py", ".md", ".html", ".css", ".js", ".toml", ".sh", ".typ", ".csv", ".json", ".po"}


def our_models() -> list[type[models.Model]]:
    return [m for m in apps.get_models() if m._meta.app_label in CONTEXTS]


def test_every_context_has_its_layer() -> None:
    assert set(CONTEXTS) == set(HEIGHT)


def crossing_keys() -> list[tuple[type[models.Model], models.Field]]:  # type: ignore[type-arg]
    return [
        (model, field)
        for model in our_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey | models.ManyToManyField)
        and field.related_model._meta.app_label in CONTEXTS
        and field.related_model._meta.app_label != model._meta.app_label
    ]


def test_foreign_keys_across_contexts_point_down_and_leave_no_name_above() -> None:
    wrong = []
    for model, field in crossing_keys():
        here, there = HEIGHT[model._meta.app_label], HEIGHT[field.related_model._meta.app_label]
        if there >= here:
            wrong.append(f"{model.__name__}.{field.name} points up or sideways")
        if field.remote_field.related_name != "+" and model._meta.app_label != "directory":
            wrong.append(f'{model.__name__}.{field.name} needs related_name="+"')
    assert wrong == []
    assert len(crossing_keys()) > 20


def test_no_rule_hides_in_a_django_signal() -> None:
    for path in sorted((ROOT / "maillage").rglob("*.py")):
        assert "django.db.models.signals" not in path.read_text(), path


def sources(*, but: frozenset[str] = frozenset()) -> Iterator[tuple[str, str]]:
    """Our modules without tests and migrations, as (path, text)."""
    for path in sorted((ROOT / "maillage").rglob("*.py")):
        name = str(path.relative_to(ROOT / "maillage"))
        if "/tests/" not in name and "/migrations/" not in name and name not in but:
            yield name, path.read_text()


def found(pattern: str, *, but: frozenset[str] = frozenset()) -> list[str]:
    return [f"{name}: {hit}" for name, text in sources(but=but) for hit in re.findall(pattern, text)]


def test_every_message_leaves_through_the_letters() -> None:
    """A message sent by hand is lost by a kill, or sent twice, and says sent before it was."""
    by_hand = r"(?<!def )\bsend_mail\(|\bsend_mass_mail\(|\.send\(\)|get_connection"
    assert found(by_hand, but=frozenset({"core/letters.py"})) == []


def test_jobs_are_deferred_by_name_in_the_transaction_at_hand() -> None:
    """A task's own `defer` writes through another connection while a worker runs."""
    assert found(r"\.batch_defer\(|\.configure\(.*\)\.defer|\b(?:make|send|ask)_\w+\.defer\(") == []


def test_the_clock_of_periodic_work_is_the_databases() -> None:
    tasks = [(name, text) for name, text in sources() if name.endswith("tasks.py") or name == "core/rescue.py"]
    assert len(tasks) > 8
    assert [name for name, text in tasks if "timezone.now()" in text or "localdate()" in text] == []


def test_every_job_that_is_not_periodic_is_tried_again() -> None:
    periodic = {name for name, _id in app.periodic_registry.periodic_tasks}
    ours = [task for name, task in app.tasks.items() if not name.startswith(("builtin", "procrastinate."))]
    assert len(ours) > 20
    assert [task.name for task in ours if task.name not in periodic and task.retry_strategy is None] == []


def test_files_that_were_kept_are_answered_whole_or_not_at_all() -> None:
    """`files.answer` reads back what was written; others answer with what they just made."""
    makes = frozenset({"core/files.py", "directory/downloads.py", "catalogue/views/products.py"})
    assert found(r"\bFileResponse\(", but=makes) == []


def test_what_is_typed_is_read_within_bounds() -> None:
    """A search, a day and an address to go back to have one reading (`core.typed`), whatever the page."""
    typed = frozenset({"core/typed.py"})
    assert found(r"url_has_allowed_host_and_scheme", but=typed) == []
    assert found(r"""(?:GET|POST)(?:\.get)?[(\[]["']next["']""", but=typed) == []
    assert (
        found(r"for word in (?:fold\()?(?:text|search)\)?\.split", but=typed | {"indicators/exports/pictures.py"}) == []
    )
    assert found(r"fromisoformat\((?:request|text)", but=typed | MADE_BY_US) == []
    searches = [
        name for name, text in sources() if re.search(r"icontains=(?:word|fold|text)|plain__contains=word", text)
    ]
    assert len(searches) > 6
    assert [n for n in searches if "search_" not in (ROOT / "maillage" / n).read_text()] == []


MADE_BY_US = frozenset({"directory/actions/reference.py"})
"""Dates of reference tables that are delivered with the code."""


def test_files_that_grow_are_made_by_makers() -> None:
    """A maker writes to a file (`write_xlsx_to`, `core.downloads`); what is written in memory has few rows."""
    few = frozenset({
        "core/sheets.py",
        "catalogue/sheet_files.py",  # the template
        "market/statements.py",  # one producer's, for one cycle
        "market/documents/order_sheet.py",  # made by a job, and kept
        "directory/imports.py",  # the model of a file to fill
        "directory/views/file_imports.py",  # lines of a file that was read
        "directory/exports.py",  # one person's own data
        "core/downloads.py",  # says how
    })  # fmt: skip
    assert {hit.split(":")[0] for hit in found(r"\bwrite_xlsx\(|StreamingHttpResponse\(")} - few == set()


def test_days_are_those_of_the_place() -> None:
    """`moment.date()` is a day of Greenwich: from 19 h (20 h in summer) it is tomorrow's. `localdate` says ours."""
    told = r"localtime|astimezone|strptime|fromisoformat"
    lines = [line for line in found(r".*\.date\(\).*") if not re.search(told, line)]
    assert [line for line in lines if not line.startswith("core/sheet_reader.py")] == []  # cells have no zone


def test_fields_of_forms_are_bounded() -> None:
    """Numbers, days, rows and files come from `core.fields` and `core.uploads`; every text says how long it may be."""
    bare = r"\bforms\.(?:IntegerField|DecimalField|DateField|DateTimeField|FileField|ImageField)\("
    assert found(bare, but=frozenset({"core/fields.py"})) == []
    assert found(r"formset_factory\(", but=frozenset({"core/fields.py"})) == []
    texts = [
        f"{form.__module__}.{form.__name__}.{name}"
        for form in every_form()
        for name, field in getattr(form, "base_fields", {}).items()
        if type(field) in (forms.CharField, forms.EmailField, forms.URLField, forms.SlugField)
        and field.max_length is None
    ]
    assert texts == []
    assert len(list(every_form())) > 100


def every_form() -> Iterator[type[forms.BaseForm]]:
    """Every form of ours, once all modules are read."""
    for module in pkgutil.walk_packages(maillage.__path__, "maillage."):
        if not re.search(r"\.(tests|migrations|sheet_reader|wsgi)\b", module.name):
            importlib.import_module(module.name)
    waiting: list[type[forms.BaseForm]] = [forms.BaseForm]
    while waiting:
        below = waiting.pop().__subclasses__()
        waiting += below
        yield from (form for form in below if re.match(r"maillage\.(?!.*\btests\b)", form.__module__))


def test_no_float_holds_money_or_quantity() -> None:
    floats = [
        f"{m.__name__}.{f.name}"
        for m in our_models()
        for f in m._meta.concrete_fields
        if isinstance(f, models.FloatField)
    ]
    assert floats == []


def test_public_rows_show_a_uuid_outside() -> None:
    for pattern in (ROOT / "maillage").glob("*/urls.py"):
        assert not re.search(r"<int:(pk|id)>", pattern.read_text()), pattern


def test_repository_speaks_of_the_product_alone() -> None:
    words = re.compile(r"(^|[^\w.])/(home|root|work)/", re.M)
    wrong = []
    for path in sorted(ROOT.rglob("*")):
        inner = path.relative_to(ROOT)
        if inner.parts[0] in {".git", ".venv", "var"} or (inner.parts[0].startswith(".") and inner.parts[0] != ".ci"):
            continue
        if not path.is_file() or path.suffix not in TEXT or path.name == "test_architecture.py":
            continue
        if words.search(path.read_text()):
            wrong.append(str(inner))
    assert wrong == []


@pytest.mark.django_db
def test_a_column_of_choices_is_checked_by_the_database() -> None:
    """A form asks; a job, an import and an interface may forget to."""
    loose = [
        f"{model._meta.label}.{field.name}"
        for model in our_models()
        for field in model._meta.local_fields
        if isinstance(field, models.CharField) and field.choices and not isinstance(field, Choice)
    ]
    assert loose == []
    with connection.cursor() as cursor:
        for model in our_models():
            for field in model._meta.local_fields:
                if isinstance(field, Choice):
                    found = connection.introspection.get_constraints(cursor, model._meta.db_table)
                    checks = [c["columns"] for c in found.values() if c["check"]]
                    assert [field.column] in checks, f"{model._meta.label}.{field.name}"
