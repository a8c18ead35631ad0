"""What accompaniment knows of a person, to hand over (Québec's Law 25) and to erase."""

from typing import Any

from django.db.models import Model, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from maillage.core import changes
from maillage.directory.models import Person
from maillage.directory.privacy import addresses_of

from .models import Diagnostic, InterventionParty, Note, Referral, SignedLink, SuccessionBuyer, WatchSubscription


def interventions(person: Person) -> list[dict[str, Any]]:
    """The interventions that name the person, or that they did."""
    rows = InterventionParty.objects.filter(Q(person=person) | Q(intervention__adviser=person)).select_related(
        "intervention__organisation", "enterprise"
    )
    return [
        {
            _("Date"): row.intervention.done_on,
            _("Par"): row.intervention.organisation.name,
            _("Entreprise"): row.enterprise.name if row.enterprise else "",
            _("Rôle"): row.get_role_display(),
        }
        for row in rows.order_by("intervention__done_on", "pk")
    ]


def notes(person: Person) -> list[dict[str, Any]]:
    """The notes that the person wrote."""
    rows = Note.objects.filter(author=person, removed_at=None).select_related("enterprise").order_by("created_at")
    return [{_("Date"): n.created_at, _("Entreprise"): n.enterprise.name, _("Note"): n.body} for n in rows]


def forget(person: Person) -> int:
    """Empties the person's private notes; the interventions stay, naming the person that the directory made
    anonymous."""
    rows = Note.objects.filter(author=person, visibility="private")
    keys = set(rows.values_list("pk", flat=True)) | changes.ever(Note, author_id=person.pk, visibility="private")
    count = rows.count()
    rows.delete()
    changes.forget(Note, keys)
    return count + sum(_forget_address(model, field, addresses_of(person)) for model, field in ADDRESSED)


ADDRESSED: tuple[tuple[type[Model], str], ...] = (
    (Diagnostic, "email"), (Referral, "partner_email"), (SignedLink, "sent_to"), (SuccessionBuyer, "email"),
    (WatchSubscription, "email"),
)  # fmt: skip
"""Where an address was typed for someone who may have no account."""


def _forget_address(model: type[Model], field: str, addresses: set[str]) -> int:
    rows = model._default_manager.alias(address=Lower(field)).filter(address__in=addresses)
    keys = list(rows.values_list("pk", flat=True))
    model._default_manager.filter(pk__in=keys).update(**{field: ""})
    changes.forget_columns(model, keys, **{field: ""})
    return len(keys)
