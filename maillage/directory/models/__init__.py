from .account import Account, AccountManager
from .authority import ContactChange, ContactCheck, Stewardship
from .consent import Consent, ConsentText, Erasure
from .download import Download
from .organisation import DistinctPair, LegalForm, Organisation, OrganisationMerge, Sector, Unaccent
from .person import Invitation, Person, Role, RoleKind
from .security import SecurityEvent, SignIn
from .situation import PastSituation
from .territory import Territory, TerritoryKind, TerritoryParent

__all__ = [
    "Account",
    "AccountManager",
    "Consent",
    "ConsentText",
    "ContactChange",
    "ContactCheck",
    "DistinctPair",
    "Download",
    "Erasure",
    "Invitation",
    "LegalForm",
    "Organisation",
    "OrganisationMerge",
    "PastSituation",
    "Person",
    "Role",
    "RoleKind",
    "Sector",
    "SecurityEvent",
    "SignIn",
    "Stewardship",
    "Territory",
    "TerritoryKind",
    "TerritoryParent",
    "Unaccent",
]
