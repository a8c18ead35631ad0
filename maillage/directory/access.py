"""Rules of actions (`core.actions`): who may write, by the roles that an account holds today.

mandate = works(WORKERS, "mandate_id", Mandate)        # in the organisation of that mandate
team = works(WORKERS)                                  # in the organisation that `organisation_id` names

@action(access.mandate)
def amend_mandate(*, mandate_id: int, values: …, by: Account | None) -> Mandate: …
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from maillage.core.actions import Anyone, House, Rule
from maillage.core.events import load

from .models import Consent, Download, FileImport, Invitation, Organisation, PastSituation, Person, Role, SignIn
from .queries.authority import may_change_contact, may_edit
from .queries.roles import holds
from .types import MANAGERS


def _reach(row: Any, path: str) -> Any:
    for part in path.split("__"):
        row = getattr(row, part)
    return row


@dataclass(frozen=True)
class Works:
    """Who holds one of `kinds` in the organisation that an argument names: its key, a row by its key (or itself), or
    several of them. Nobody, when there is no such row."""

    kinds: tuple[str, ...]
    argument: str = "organisation_id"
    model: type[Model] | None = None
    path: str = "organisation_id"

    def __call__(self, by: Any, given: Mapping[str, Any], /) -> bool:
        keys = self._organisations(given.get(self.argument))
        return bool(keys) and all(
            key is not None and holds(user=by, organisation_id=key, kinds=self.kinds) for key in keys
        )

    def _organisations(self, value: Any) -> list[int | None]:
        values = list(value) if isinstance(value, list | tuple | set | frozenset) else [value]
        if not values or None in values:
            return []
        if isinstance(values[0], Organisation):
            return [v.pk for v in values]
        if isinstance(values[0], Model):  # as it stands in hand, and as it is kept
            kept = type(values[0])._default_manager.filter(pk__in=[v.pk for v in values if v.pk])
            return [*(_reach(v, self.path) for v in values), *kept.values_list(self.path, flat=True)]
        if self.model is None:
            return values
        found = self.model._default_manager.filter(pk__in=values).values_list(self.path, flat=True)
        return list(found) if len(found) == len(set(values)) else []


@dataclass(frozen=True)
class Own:
    """Whose it is: the person (or account) that an argument names, or a row's, is the one who acts."""

    argument: str = "person_id"
    model: type[Model] | None = None
    path: str = "account_id"

    def __call__(self, by: Any, given: Mapping[str, Any], /) -> bool:
        value = given.get(self.argument)
        if value is None:
            return False
        if isinstance(value, Model):
            return bool(value == by) or _reach(value, self.path) == by.pk
        return (self.model or Person)._default_manager.filter(pk=value, **{self.path: by.pk}).exists()


@dataclass(frozen=True)
class Either:
    """Whom one of the rules lets."""

    rules: tuple[Rule, ...]

    def __call__(self, by: Any, given: Mapping[str, Any], /) -> bool:
        return any(rule(by, given) for rule in self.rules)


@dataclass(frozen=True)
class All:
    """Whom each of the rules lets."""

    rules: tuple[Rule, ...]

    def __call__(self, by: Any, given: Mapping[str, Any], /) -> bool:
        return all(rule(by, given) for rule in self.rules)


@dataclass(frozen=True)
class IfGiven:
    """The rule, when its argument is given: a row that is changed, and not made."""

    rule: Works | Own

    def __call__(self, by: Any, given: Mapping[str, Any], /) -> bool:
        return given.get(self.rule.argument) is None or self.rule(by, given)


def works(
    kinds: tuple[str, ...],
    argument: str = "organisation_id",
    model: type[Model] | None = None,
    path: str = "organisation_id",
) -> Works:
    return Works(tuple(str(kind) for kind in kinds), argument, model, path)


def own(argument: str = "person_id", model: type[Model] | None = None, path: str = "account_id") -> Own:
    return Own(argument, model, path)


def either(*rules: Rule) -> Either:
    return Either(rules)


def given(first: Rule, *rules: Works | Own) -> All:
    """The first rule, and those of the rows that are named."""
    return All((first, *map(IfGiven, rules)))


# --- the directory's own

house = House()
its_body = Anyone("its body asks the one rule of an organisation's file (`queries.right_over`) about what it locked")
keepers = Anyone("its body asks whether the account keeps the platform")
newcomer = Anyone("whoever is signed in names somebody, or makes a file that they keep until its own people act")
for_oneself = Anyone("a file for whoever asks: its maker asks again what they may see")
account = own("account")
person = own("person_id")
consent = own("consent_id", Consent, "person__account_id")
download = own("download_id", Download, "account_id")
session = own("sign_in_id", SignIn)
people = works(MANAGERS)
invitation = works(MANAGERS, "invitation_id", Invitation)
role = either(works(MANAGERS, "role_id", Role), own("role_id", Role, "person__account_id"))
payer = works(("treasurer", "coordinator", "director"), "payer_id")


def described(by: Any, given: Mapping[str, Any], /) -> bool:
    """Who may correct the file, for its dated situation."""
    key = given.get("organisation_id") or PastSituation.objects.values_list("organisation_id", flat=True).get(
        pk=given["situation_id"]
    )
    return may_edit(user=by, organisation=Organisation.objects.get(pk=key))


def imports(by: Any, given: Mapping[str, Any], /) -> bool:
    """Who imports files of that kind, for that organisation."""
    row = FileImport.objects.get(pk=given["import_id"]) if "import_id" in given else None
    kind, organisation = (row.kind, row.organisation_id) if row else (given["kind"], given["organisation_id"])
    return holds(user=by, organisation_id=organisation, kinds=load(kind).writers)


def both(by: Any, given: Mapping[str, Any], /) -> bool:
    """Who could unite the two files."""
    rows = Organisation.objects.filter(pk__in=[given["first_id"], given["second_id"]])
    return all(may_change_contact(user=by, organisation=row) for row in rows)
