from .account import Account, AccountManager
from .authority import ContactChange, ContactCheck, Stewardship
from .consent import Consent, ConsentText, Erasure
from .download import Download
from .file_import import ColumnsKept, FileImport
from .organisation import DistinctPair, LegalForm, Organisation, OrganisationMerge, Sector, Unaccent
from .person import Invitation, Person, Role, RoleKind
from .security import SecurityEvent, SignIn
from .situation import PastSituation
from .territory import Territory, TerritoryKind, TerritoryParent

__all__ = [
    "Account",
    "AccountManager",
    "ColumnsKept",
    "Consent",
    "ConsentText",
    "ContactChange",
    "ContactCheck",
    "DistinctPair",
    "Download",
    "Erasure",
    "FileImport",
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
