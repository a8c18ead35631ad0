"""What indicators know of a person: numbers that they were asked for by a link."""

from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.directory.models import Person
from maillage.directory.privacy import addresses_of

from .models import AnswerRequest


def _asked(person: Person) -> QuerySet[AnswerRequest]:
    return AnswerRequest.objects.alias(address=Lower("email")).filter(address__in=addresses_of(person))


def requests(person: Person) -> list[dict[str, Any]]:
    """The numbers that a plan asked of them."""
    return [
        {
            _("Demandé le"): timezone.localdate(row.created_at),
            _("Action"): str(row.action),
            _("En date du"): row.as_of,
            _("Nom"): row.name,
        }
        for row in _asked(person).select_related("action").order_by("created_at", "pk")
    ]


def forget(person: Person) -> int:
    """What they answered stays a number of the plan; their name and address go."""
    keys = list(_asked(person).values_list("pk", flat=True))
    AnswerRequest.objects.filter(pk__in=keys).update(name="—", email="")
    return len(keys)
