"""Territories added by who keeps the platform: a municipality that the reference data does not have yet."""

import re

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from maillage.core.actions import NotAllowed, Refused, action

from .. import access
from ..models import Account, Territory, TerritoryKind, TerritoryParent
from ..text import place_key


class NotKeeper(NotAllowed):
    """Only the platform's administration keeps the territories."""


class WrongCode(Refused):
    """The code is not one of a municipality of that MRC."""


class AlreadyThere(Refused):
    """The municipality is there under that code, or under that name in the MRC."""


@action(access.keepers)
def add_municipality(*, name: str, code: str, mrc_id: int, by: Account) -> Territory:
    """A municipality of an MRC, by its official code of five digits, whose first two are those of its MRC (MAMH).

    Raises NotKeeper, WrongCode, AlreadyThere.
    """
    if not by.is_platform_admin:
        raise NotKeeper(_("Seule l'administration de la plateforme ajoute un territoire."))
    mrc = Territory.objects.get(pk=mrc_id, kind=TerritoryKind.MRC)
    if not re.fullmatch(r"\d{5}", code) or code[:2] != mrc.code[:2]:
        raise WrongCode(
            _("Le code d'une municipalité de %(mrc)s compte cinq chiffres et commence par %(start)s.")
            % {"mrc": mrc.name, "start": mrc.code[:2]}
        )
    same = Territory.objects.filter(
        kind=TerritoryKind.MUNICIPALITY, keys__contains=[place_key(name)], parent_links__parent=mrc
    ).first()
    if same is not None:
        raise AlreadyThere(_("« %(name)s » y est déjà.") % {"name": same.name})
    try:
        with transaction.atomic():
            made = Territory.objects.create(kind=TerritoryKind.MUNICIPALITY, code=code, name=name)
    except IntegrityError as error:
        holder = Territory.objects.get(kind=TerritoryKind.MUNICIPALITY, code=code)
        raise AlreadyThere(_("Le code %(code)s est celui de « %(name)s ».") % {"code": code, "name": holder}) from error
    TerritoryParent.objects.create(child=made, parent=mrc, kind="administrative", during=(None, None))
    return made
