"""What the directory itself knows of a person: exported, erased."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core import changes

from .actions.privacy import erase_directory
from .models import Account, Consent, Invitation, Person, Role
from .privacy import addresses_of


def identity(person: Person) -> list[dict[str, Any]]:
    account = person.account
    return [
        {
            _("Prénom"): person.given_name,
            _("Nom"): person.family_name,
            _("Courriel"): person.email,
            _("Téléphone"): person.phone,
            _("Adresse"): person.address,
            _("Code postal"): person.postal_code,
            _("Municipalité"): person.municipality.name if person.municipality else "",
            _("Langue"): person.language,
            _("Fiche créée le"): timezone.localtime(person.created_at),
            _("Compte"): account.email if account else "",
            _("Dernière connexion"): timezone.localtime(account.last_login) if account and account.last_login else None,
        }
    ]


def roles(person: Person) -> list[dict[str, Any]]:
    held = Role.objects.filter(person=person).select_related("organisation").order_by("during", "pk")
    return [
        {
            _("Organisation"): role.organisation.name,
            _("Rôle"): role.get_kind_display(),
            _("Titre"): role.title,
            _("Depuis"): role.during.lower,
            _("Jusqu'au"): role.during.upper,
        }
        for role in held
    ]


def consents(person: Person) -> list[dict[str, Any]]:
    given = (
        Consent.objects.filter(person=person).select_related("text", "text__organisation").order_by("given_at", "pk")
    )
    return [
        {
            _("Objet"): consent.text.purpose,
            _("Organisation"): consent.text.organisation.name if consent.text.organisation else "",
            _("Version"): consent.text.version,
            _("Texte"): consent.text.text_fr,
            _("Donné le"): timezone.localtime(consent.given_at),
            _("Retiré le"): timezone.localtime(consent.withdrawn_at) if consent.withdrawn_at else None,
        }
        for consent in given
    ]


def invitations(person: Person) -> list[dict[str, Any]]:
    rows = (
        Invitation.objects.filter(email__in=addresses_of(person))
        .select_related("organisation")
        .order_by("created_at", "pk")
    )
    return [
        {
            _("Organisation"): row.organisation.name,
            _("Rôle"): row.get_kind_display(),
            _("Envoyée le"): timezone.localtime(row.created_at),
            _("Acceptée le"): timezone.localtime(row.accepted_at) if row.accepted_at else None,
        }
        for row in rows.order_by("created_at", "pk")
    ]


def history(person: Person) -> list[dict[str, Any]]:
    """What the file held before each of its changes."""
    return [
        {
            _("Modifiée le"): timezone.localtime(was.at),
            _("Prénom"): was.row.given_name,
            _("Nom"): was.row.family_name,
            _("Courriel"): was.row.email,
            _("Téléphone"): was.row.phone,
            _("Adresse"): was.row.address,
            _("Code postal"): was.row.postal_code,
        }
        for was in changes.past_of(Person, [person.pk])
        if was.row is not None
    ]


def links_to_people() -> Iterator[tuple[type[models.Model], str, type[models.Model]]]:
    """Every field of every table of ours that leads to a person or an account, as (model, field, which of the two).

    Found by walking the models: a context to come cannot be forgotten.
    """
    for model in apps.get_models():
        if model.__module__.startswith("maillage."):
            for field in model._meta.concrete_fields:
                if field.related_model in (Person, Account):
                    yield model, field.name, field.related_model


def links(person: Person) -> list[dict[str, Any]]:
    """How many rows of each table lead to the person, or to their account: what they did, and what concerns them."""
    keys: dict[Any, int | None] = {Person: person.pk, Account: person.account_id}
    found = []
    for model, field, target in links_to_people():
        if keys[target] is not None:
            count = model._base_manager.filter(**{field: keys[target]}).count()
            if count:
                found.append({_("Table"): model._meta.label, _("Lien"): field, _("Lignes"): count})
    return found


def erase(person: Person) -> int:
    now = timezone.now()
    return erase_directory(person, now=now, today=timezone.localdate(now))
