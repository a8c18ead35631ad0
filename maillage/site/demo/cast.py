"""Who signs in to the demonstration in one click; none is a real person (`site/demo_accounts.py` has their roles)."""

from dataclasses import dataclass

from allauth.account.models import EmailAddress

from maillage.directory.models import Account, Person, RoleKind

DOMAIN = "demo.maillage.example"


@dataclass(frozen=True)
class Character:
    """`key` is the local part of the e-mail; `market` the slug of the market where the role is held, if any."""

    key: str
    given: str
    market: str = ""
    role: RoleKind | None = None
    is_member: bool = False
    is_admin: bool = False

    @property
    def email(self) -> str:
        return f"{self.key}@{DOMAIN}"


CAST = (
    Character("membre", "Maude", "outaouais", is_member=True),
    Character("productrice", "Paule", "outaouais", RoleKind.PRODUCER),
    Character("coordination", "Colette", "outaouais", RoleKind.COORDINATOR, is_member=True),
    Character("benevole", "Albert", "outaouais", RoleKind.PACKER, is_member=True),
    Character("tresorerie", "Thérèse", "outaouais", RoleKind.TREASURER),
    Character("coordination-2", "Quentin", "quebec", RoleKind.COORDINATOR, is_member=True),
    Character("coordination-3", "Solange", "soulanges", RoleKind.COORDINATOR, is_member=True),
    Character("administration", "Ada", is_admin=True),
)


def account_of(character: Character) -> Account:
    """The account and person of a character, made if missing."""
    account, made = Account.objects.get_or_create(
        email=character.email, defaults={"is_platform_admin": character.is_admin}
    )
    if made:
        account.set_unusable_password()
        account.save(update_fields=["password"])
        EmailAddress.objects.create(user=account, email=account.email, verified=True, primary=True)
        Person.objects.create(
            account=account, given_name=character.given, family_name="Démo", email=character.email, is_demo=True
        )
    return account
