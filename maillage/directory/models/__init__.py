from .account import Account, AccountManager
from .consent import Consent, ConsentText
from .organisation import LegalForm, Organisation, Sector
from .person import Invitation, Person, Role, RoleKind
from .territory import Territory, TerritoryKind, TerritoryParent

__all__ = [
    "Account",
    "AccountManager",
    "Consent",
    "ConsentText",
    "Invitation",
    "LegalForm",
    "Organisation",
    "Person",
    "Role",
    "RoleKind",
    "Sector",
    "Territory",
    "TerritoryKind",
    "TerritoryParent",
]
