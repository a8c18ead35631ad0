"""What each context knows of a person: how to hand it over, and how to erase it (Québec's Law 25).

A context registers its functions in its `AppConfig.ready`:

    register_exporter(_("Commandes"), queries.personal_data)     # Person -> [{"Date": …, "Montant": …}, …]
    register_eraser("market", actions.erase_person)              # Person -> number of rows changed

An exporter returns one dictionary per row: keys are headings that a person reads (French), values plain (text, number,
date, Decimal, bool or None). An eraser runs inside the transaction of the erasure: it keeps accounting rows (they
point to an anonymous person), deletes or empties the rest, and may raise `core.actions.Refused` to say what must be
settled first.
"""

from collections.abc import Callable
from typing import Any

from allauth.account.models import EmailAddress

from maillage.core.changes import past_of

from .models import Person

Exporter = Callable[[Person], list[dict[str, Any]]]
Eraser = Callable[[Person], int]

_exporters: dict[str, tuple[Any, Exporter]] = {}
_erasers: dict[str, Eraser] = {}


def _path(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def register_exporter(name: Any, function: Exporter) -> None:
    """Add a section `name` (text, lazily translated) to a person's export. Idempotent by function."""
    _exporters[_path(function)] = (name, function)


def register_eraser(name: str, function: Eraser) -> None:
    """Call `function` when a person is erased; `name` labels its count in the trace that stays. Idempotent by name."""
    _erasers[name] = function


def export(person: Person) -> dict[str, list[dict[str, Any]]]:
    """Everything that is known of the person, by section; sections without rows are there, empty."""
    return {str(name): function(person) for name, function in _exporters.values()}


def erase(person: Person) -> dict[str, int]:
    """Run every eraser, the directory's last (the others may need the person's name or account). Rows by name."""
    ordered = sorted(_erasers.items(), key=lambda item: item[0] == "directory")
    return {name: function(person) for name, function in ordered}


def addresses_of(person: Person) -> set[str]:
    """Every address that the person has or had, in small letters: what they typed under an old one is theirs too."""
    found = {person.email, *(past.row.email for past in past_of(Person, [person.pk]) if past.row)}
    if person.account is not None:
        found |= {
            person.account.email,
            *EmailAddress.objects.filter(user=person.account).values_list("email", flat=True),
        }
    return {address.lower() for address in found if address}
