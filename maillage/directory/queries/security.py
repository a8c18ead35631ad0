"""One's sessions."""

from dataclasses import dataclass

from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.translation import gettext as _

from ..models import Account, SignIn

_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "Mac"),
    ("CrOS", "Chromebook"), ("Linux", "Linux"),
)  # fmt: skip


@dataclass(frozen=True)
class OpenSession:
    """A session that has not ended; `here`: the one that asks."""

    sign_in: SignIn
    here: bool

    @property
    def device(self) -> str:
        return device_name(self.sign_in.user_agent)


def device_name(user_agent: str) -> str:
    """« Firefox, Linux »; « Appareil inconnu » when nothing tells."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return ", ".join(x for x in (browser, system) if x) or _("Appareil inconnu")


def sessions_of(*, user: Account, here: str) -> list[OpenSession]:
    """The sessions of the account that have not ended, the one of key `here` first. Two statements."""
    rows = list(SignIn.objects.filter(account=user))
    keys = [row.session_key for row in rows]
    live = set(
        Session.objects.filter(session_key__in=keys, expire_date__gt=timezone.now()).values_list(
            "session_key", flat=True
        )
    )
    found = [OpenSession(row, row.session_key == here) for row in rows if row.session_key in live]
    return sorted(found, key=lambda s: not s.here)
