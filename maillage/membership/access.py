"""Who may write in membership: the rules of its actions (`core.actions`, `directory.access`)."""

from maillage.core.actions import House
from maillage.directory.access import either, own, works
from maillage.directory.types import BUYERS

from .models import MemberClass, Membership
from .types import KEEPERS

house = House()
register = works(KEEPERS)
member_class = works(KEEPERS, "member_class", MemberClass)
enrolment = works(KEEPERS, "member_class_id", MemberClass)
joining = either(enrolment, own("person_id"), works(BUYERS, "member_organisation_id"))
membership = works(KEEPERS, "membership_id", Membership)
renewal = either(
    membership,
    own("membership_id", Membership, "person__account_id"),
    works(BUYERS, "membership_id", Membership, "member_organisation_id"),
)
