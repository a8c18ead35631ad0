"""The support organisation, who works there, its streams, funders and agreements."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from maillage.core.money import allocate
from maillage.directory.models import Organisation, Person, Role, RoleKind
from maillage.funding.models import Accountability, Agreement, Funder, FunderKind, Instalment, Stream

from ..cast import DOMAIN, Character, account_of
from . import ORGANISATION_SLUG
from .base import DEMO, Base, forget

STREAMS = (
    ("international", "International", "International"),
    ("innovation", "Innovation", "Innovation"),
    ("bioalimentaire", "Bioalimentaire", "Food and agriculture"),
)
AMOUNTS = {"federal": Decimal(1_850_000), "provincial": Decimal(1_240_000), "regional": Decimal(460_000)}
CAST = (
    (Character("direction", "Diane"), RoleKind.DIRECTOR),
    (Character("programmes", "Marguerite"), RoleKind.MANAGER),
    (Character("conseil", "Constant"), RoleKind.ADVISER),
    (Character("conseil-2", "Élise"), RoleKind.ADVISER),
    (Character("conseil-administration", "Benoît"), RoleKind.BOARD),
)


def load_people(now: datetime) -> Base:
    """The organisation with its people, streams and agreements."""
    forget()
    organisation = Organisation.objects.create(
        name=f"Appui aux entreprises Montérégie-Est {DEMO}",
        slug=ORGANISATION_SLUG,
        legal_form="non_profit",
        description="Organisme imaginaire : ses fiches reproduisent des totaux publiés.",
        email=f"bonjour@{DOMAIN}",
        is_demo=True,
    )
    people = {character.key: cast(character, organisation, kind) for character, kind in CAST}
    streams = {
        key: Stream.objects.get_or_create(
            organisation=None, key=key, defaults={"name": name, "name_en": english, "order": order}
        )[0]
        for order, (key, name, english) in enumerate(STREAMS)
    }
    base = Base(now, organisation, people, streams, Random(2023))
    base.agreements = _agreements(base)
    return base


def cast(character: Character, organisation: Organisation, kind: RoleKind, since: date = date(2017, 1, 1)) -> Person:
    """A character of the demonstration with a role."""
    account = account_of(character)
    person = Person.objects.get(account=account)
    Role.objects.create(person=person, organisation=organisation, kind=kind, during=(since, None))
    return person


def _agreements(base: Base) -> dict[str, Agreement]:
    """A federal and a provincial agreement that exclude each other, and one of a regional body on calendar years."""
    made = {}
    for key, name, kind, title, month in (
        ("federal", "Bailleur fédéral", FunderKind.FEDERAL, "Commercialisation et exportation", 4),
        ("provincial", "Bailleur provincial", FunderKind.PROVINCIAL, "Services aux exportateurs", 4),
        ("regional", "Bailleur régional", FunderKind.LOCAL, "Fonds régions et ruralité", 1),
    ):
        body = Organisation.objects.create(
            name=f"{name} {DEMO}", slug=f"demo-bailleur-{key}", legal_form="public", is_demo=True
        )
        funder = Funder.objects.create(organisation=body, kind=kind)
        made[key] = Agreement.objects.create(
            organisation=base.organisation,
            funder=funder,
            title=f"{title} {DEMO}",
            number=f"DEMO-{key[:3].upper()}-01",
            during=(date(2018, 4, 1), date(2028, 4, 1)),
            fiscal_month=month,
            amount=AMOUNTS[key],
            is_demo=True,
        )
    made["federal"].excludes.add(made["provincial"])
    _payments(base, made)
    funder_body = made["federal"].funder.organisation
    cast(Character("bailleur", "Fabienne"), funder_body, RoleKind.FUNDER)
    return made


def _payments(base: Base, agreements: dict[str, Agreement]) -> None:
    """A payment each year of the funder, received but for the last ones; reports given but for the next ones."""
    for agreement in agreements.values():
        month = agreement.fiscal_month
        days = [date(year, month, 1) + timedelta(days=45) for year in range(2018 + (month < 4), 2028)]
        parts = allocate(agreement.amount or Decimal(0), [1] * len(days))
        Instalment.objects.bulk_create(
            Instalment(
                agreement=agreement,
                label=f"Versement {n}",
                amount=part,
                expected_on=day,
                received_on=day + timedelta(days=9) if day < base.today else None,
            )
            for n, (day, part) in enumerate(zip(days, parts, strict=True), start=1)
        )
        ends = [day + timedelta(days=380) for day in days[-5:]]
        Accountability.objects.bulk_create(
            Accountability(
                agreement=agreement,
                kind="final" if n == len(ends) else "activity",
                due_on=day,
                given_on=day - timedelta(days=4) if day < base.today else None,
            )
            for n, day in enumerate(ends, start=1)
        )
    Accountability.objects.create(
        agreement=agreements["federal"],
        kind="financial",
        label="Rapport financier du semestre",
        due_on=base.today + timedelta(days=18),
    )
