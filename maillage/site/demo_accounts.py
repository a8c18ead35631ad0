"""The people of the demonstration territory whom a visitor may be, with one click. Demonstration mode only."""

from dataclasses import dataclass, replace

from django.conf import settings
from django.db.models import Min
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from maillage.directory.types import Account

DOMAIN = "@demo.maillage.example"


@dataclass(frozen=True)
class DemoRole:
    """What a demonstration account is for; `page` is where its day begins."""

    label: StrPromise | str
    description: StrPromise | str
    icon: str
    page: str = "home"


@dataclass(frozen=True)
class DemoAccount:
    """A role that a visitor may take. `key` stands in the address of its sign-in."""

    key: str
    email: str
    label: str
    description: str
    icon: str
    page: str
    place: str = ""

    @property
    def role(self) -> str:
        return self.label


ROLES: dict[str, DemoRole] = {
    "membre": DemoRole(
        _("Membre"),
        _("Remplit son panier, choisit son point de cueillette, modifie sa commande."),
        "shopping-basket",
        "market:markets",
    ),
    "productrice": DemoRole(
        _("Productrice"),
        _("Met ses offres à jour, suit ses ventes en direct, reçoit son relevé."),
        "carrot",
        "catalogue:products",
    ),
    "coordination": DemoRole(
        _("Coordination d’un marché"), _("Ouvre et ferme le cycle, voit ce qui manque et la prochaine action."), "store"
    ),
    "benevole": DemoRole(
        _("Bénévole à l’accueil"), _("Retrouve un membre, coche ses articles, reçoit un paiement."), "hand-heart"
    ),
    "tresorerie": DemoRole(
        _("Trésorerie"), _("Associe les virements, règle les productrices, tient le grand livre."), "landmark"
    ),
    "conseil": DemoRole(
        _("Conseil aux entreprises"),
        _("Note ses interventions et suit chaque parcours."),
        "handshake",
        "accompaniment:interventions",
    ),
    "programmes": DemoRole(
        _("Gestion de programmes"),
        _("Mène les cohortes, les activités et les sélections."),
        "route",
        "programmes:programmes",
    ),
    "jury": DemoRole(
        _("Jury"),
        _("Lit des candidatures sans en voir les noms, et les note."),
        "gavel",
        "programmes:programmes",
    ),
    "direction": DemoRole(
        _("Direction"),
        _("Voit le rapport annuel se remplir, chaque chiffre ouvert sur ses lignes."),
        "file-chart-column",
        "indicators:reports",
    ),
    "conseil-administration": DemoRole(
        _("Conseil d’administration"), _("Lit les chiffres et les plans, sans rien modifier."), "users"
    ),
    "reseau": DemoRole(
        _("Direction d’un réseau"),
        _("Réunit les organisations membres sans double compte."),
        "network",
        "indicators:network",
    ),
    "bailleur": DemoRole(
        _("Bailleur de fonds"), _("Lit les rapports publiés qui le concernent."), "landmark", "indicators:reports"
    ),
    "administration": DemoRole(
        _("Administration de la plateforme"), _("Voit toutes les organisations."), "shield-check"
    ),
}


def demo_accounts() -> list[DemoAccount]:
    """The accounts of the demonstration, in the order of `ROLES`; empty outside demonstration mode.

    The local part of an account's address names its role: `productrice@…`, or `productrice-2@…` for a second one.
    An account whose role is not known shows its address. One query.
    """
    if not settings.DEMO:
        return []
    order = list(ROLES)
    rows = (
        Account.objects.filter(email__endswith=DOMAIN, is_active=True)
        .annotate(place=Min("person__roles__organisation__name"))
        .values_list("email", "place")
    )
    accounts = [replace(_account(email), place=place or "") for email, place in rows]
    return sorted(
        accounts, key=lambda a: (order.index(_role_key(a.key)) if _role_key(a.key) in ROLES else len(order), a.key)
    )


def _account(email: str) -> DemoAccount:
    key = email.removesuffix(DOMAIN)
    role = ROLES.get(_role_key(key)) or DemoRole(key.replace("-", " ").replace(".", " ").capitalize(), "", "user-round")
    return DemoAccount(key, email, str(role.label), str(role.description), role.icon, role.page)


def _role_key(key: str) -> str:
    return key if key in ROLES else key.rstrip("0123456789").rstrip("-.")
