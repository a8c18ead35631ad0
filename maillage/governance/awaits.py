"""Terms that end soon."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from maillage.core.dates import say
from maillage.core.presence import Need, Source
from maillage.directory.queries import organisations_where, person_of

from .queries import leaving
from .types import READERS as GOVERNS
from .types import WRITERS as KEEPS_BODIES


def _to_renew(user: Any, now: datetime) -> Iterator[Need]:
    """Terms that end within three months: one's own, and those of the bodies that one keeps."""
    keys = organisations_where(user=user, kinds=GOVERNS)
    if not keys:
        return
    ending = leaving(organisation_ids=keys, day=timezone.localdate(now), months=3)
    if not ending:
        return
    keeps = set(organisations_where(user=user, kinds=KEEPS_BODIES))
    person = person_of(user=user)
    for term in ending:
        if person is not None and term.person_id == person.pk:
            text = _("%(body)s, jusqu’au %(day)s.") % {
                "body": term.seat.body.name,
                "day": say(term.during.upper - timedelta(days=1), "DATE_FORMAT"),
            }
            href = reverse("governance:body", args=[term.seat.body.public_id])
            yield Need(_("Votre mandat se termine bientôt"), text, href, _("Voir le siège"), "landmark")
    kept = [term for term in ending if term.seat.body.organisation_id in keeps]
    if kept:
        title = ngettext("%(n)s mandat se termine bientôt", "%(n)s mandats se terminent bientôt", len(kept)) % {
            "n": len(kept)
        }
        text = _("Le premier, au plus tard le %(day)s : prévoyez l’élection ou le renouvellement.") % {
            "day": say(kept[0].during.upper - timedelta(days=1), "DATE_FORMAT")
        }
        yield Need(title, text, reverse("governance:governance"), _("Voir les mandats"), "landmark")


SOURCES = [Source(70, _to_renew)]
