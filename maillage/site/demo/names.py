"""Names of people and farms that do not exist, made by a seeded generator."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

_LISTS = json.loads((Path(__file__).parent / "data" / "names.json").read_text(encoding="utf-8"))
GIVEN: list[str] = _LISTS["given"]
FAMILY: list[str] = _LISTS["family"]
PLACES: list[str] = _LISTS["places"]
TRADES = {
    "maraicher": ("Jardins", "Ferme", "Maraîchers", "Les Potagers"),
    "fruits": ("Verger", "Petits Fruits", "Bleuetière", "Vergers"),
    "viande": ("Élevages", "Ferme", "Boucherie", "Pâturages"),
    "volaille": ("Volailles", "Ferme avicole", "Basse-cour", "Poulailler"),
    "fromage": ("Fromagerie", "Laiterie", "Bergerie", "Chèvrerie"),
    "boulangerie": ("Boulangerie", "Le Four", "Pains", "Le Fournil"),
    "erable": ("Érablière", "Rucher", "Sucrerie", "Miellerie"),
    "boissons": ("Brûlerie", "Brasserie douce", "Herboristerie", "Atelier des boissons"),
    "plats": ("Cuisine", "Traiteur", "Atelier culinaire", "La Table"),
    "epicerie": ("Meunerie", "Moulin", "Conserverie", "Ferme céréalière"),
    "champignons": ("Champignonnière", "Cueillettes", "Forêt nourricière", "Sous-bois"),
    "poisson": ("Pisciculture", "Poissonnerie", "Fumoir", "Pêcheries"),
    "soins": ("Savonnerie", "Atelier", "Serres", "Les Soins"),
}
STREETS = (
    "rue Principale",
    "rang Saint-Joseph",
    "chemin du Lac",
    "rue de l'Église",
    "montée des Érables",
    "avenue du Parc",
    "rue Notre-Dame",
)


def people(random: Random) -> Iterator[tuple[str, str]]:
    """Given and family names without an end; a pair comes back once every one was given."""
    taken: set[tuple[str, str]] = set()
    while True:
        given, place = random.choice(GIVEN), random.randrange(len(FAMILY))
        if len(taken) == len(GIVEN) * len(FAMILY):
            taken.clear()
        while (given, FAMILY[place]) in taken:
            place = (place + 1) % len(FAMILY)
            if all((given, family) in taken for family in FAMILY):
                given = GIVEN[(GIVEN.index(given) + 1) % len(GIVEN)]
        taken.add((given, FAMILY[place]))
        yield given, FAMILY[place]


def farms(random: Random, trades: list[str]) -> list[tuple[str, str]]:
    """A (trade, name) for each of `trades`; names differ, and say that they are a demonstration's."""
    taken: set[str] = set()
    made = []
    for trade in trades:
        name = ""
        while not name or name in taken:
            name = f"{random.choice(TRADES[trade])} {random.choice(PLACES)} (démo)"
        taken.add(name)
        made.append((trade, name))
    return made


def address(random: Random) -> str:
    return f"{random.randint(1, 2900)}, {random.choice(STREETS)}"


def postal_code(random: Random, prefix: str) -> str:
    letter = random.choice("ABCEGHJKLMNPRSTVWXYZ")
    return f"{prefix} {random.randint(1, 9)}{letter}{random.randint(1, 9)}"
