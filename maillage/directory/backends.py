"""Who a request comes from: the account of its session, with the roles that it holds today and whether it has a second
factor, in one statement."""

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.utils import timezone

from maillage.core import sql

from .models import Account
from .types import Held

_FIELDS = [field.attname for field in Account._meta.concrete_fields]
_ACCOUNT = f"""
SELECT {", ".join(f"account.{field}" for field in _FIELDS)},
       ARRAY(SELECT place.id || ' ' || role.kind FROM directory_role role
             JOIN directory_person person ON person.id = role.person_id
             CROSS JOIN LATERAL (
                 SELECT role.organisation_id AS id
                 UNION ALL
                 SELECT twin.id FROM directory_organisation twin WHERE twin.merged_into_id = role.organisation_id
             ) place
             WHERE person.account_id = account.id AND role.during @> %(today)s::date),
       EXISTS(SELECT FROM mfa_authenticator factor
              WHERE factor.user_id = account.id AND factor.type IN ('totp', 'webauthn'))
FROM directory_account account WHERE account.id = %(account)s
"""  # noqa: S608 - the names of columns


class Backend(AuthenticationBackend):
    """allauth's, for an account that brings its roles (`queries.held_roles`)."""

    def get_user(self, user_id: Any) -> Account | None:
        found = sql.rows(_ACCOUNT, {"account": user_id, "today": timezone.localdate()})
        if not found:
            return None
        *values, roles, factor = found[0]
        account = Account.from_db("default", _FIELDS, values)
        held = (role.split(" ", 1) for role in roles)
        account.__dict__["_has_factor"] = factor
        account.__dict__["_held_roles"] = frozenset(Held(int(organisation), kind) for organisation, kind in held)
        return account if self.user_can_authenticate(account) else None
