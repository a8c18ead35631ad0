"""What awaits a person now, in the order of the day: what contexts say (`<context>/awaits.py`) and the platform's.

Each source asks a constant number of queries, and nothing at all of those who lack the role.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from maillage.core import workload
from maillage.core.presence import Need, Source
from maillage.directory.types import Organisation

from . import administration
from .contexts import collected


def needs(*, user: Any, now: datetime) -> list[Need]:
    """What awaits `user` at `now`; empty when nothing presses."""
    return [need for source in SOURCES for need in source.ask(user, now)]


def _to_mend(user: Any, now: datetime) -> Iterator[Need]:
    """What failed on the platform and waits for who keeps it."""
    if not administration.keeps_the_platform(user):
        return
    found = next(iter(administration.troubles(workload.work())), None)
    if found is not None:
        yield Need(found.title, found.text, reverse("administration"), _("Voir l’état du service"), "siren", found.tone)
    if count := administration.failures():
        title = ngettext("%(n)s travail a échoué", "%(n)s travaux ont échoué", count) % {"n": count}
        text = _("Relancez-les, ou écartez-les : quelqu’un attend peut-être.")
        yield Need(title, text, reverse("administration"), _("Voir pourquoi"), "circle-x", "warn")


def _to_begin(user: Any, now: datetime) -> Iterator[Need]:
    """The first hour of a platform: there is no organisation yet."""
    if administration.keeps_the_platform(user) and not Organisation.objects.exists():
        text = _(
            "La plateforme est vide. Ajoutez l’organisation qui la tient, puis invitez ses personnes depuis sa fiche."
        )
        title, href = _("Créez la première organisation"), reverse("directory:organisation_new")
        yield Need(title, text, href, _("Créer une organisation"), "building-2")


SOURCES: list[Source] = sorted(
    [Source(0, _to_begin), Source(1, _to_mend), *collected("awaits", "SOURCES")], key=lambda source: source.rank
)
