"""Sessions in the database, read by one prepared statement."""

from typing import Any

from django.contrib.sessions.backends import db
from django.utils import timezone

from maillage.core import sql

_DATA = "SELECT session_data FROM django_session WHERE session_key = %(key)s AND expire_date > %(now)s"


class SessionStore(db.SessionStore):
    """Django's sessions; those that nobody knows or that expired are empty and get a new key."""

    def load(self) -> dict[str, Any]:
        found = sql.rows(_DATA, {"key": self.session_key, "now": timezone.now()})
        if not found:
            self._session_key = None
            return {}
        data: dict[str, Any] = self.decode(found[0][0])
        return data
