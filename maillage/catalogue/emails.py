"""Messages of the selection of producers. Handlers of events: run in the worker, at least once, idempotent."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from maillage.core import letters
from maillage.core.events import occasion
from maillage.directory.models import Organisation, Person, RoleKind

from .models import Application, Decision, Outcome
from .types import ApplicationDecided, ApplicationSubmitted


def _people(organisation_id: int, *kinds: str) -> list[Person]:
    held = Person.objects.filter(
        roles__organisation_id=organisation_id, roles__kind__in=kinds, roles__during__contains=timezone.localdate()
    )
    return list(held.exclude(email="").distinct())


def _address(application: Application) -> str:
    return settings.SITE_URL + reverse("catalogue:application", args=[application.public_id])


def tell_of_application(event: ApplicationSubmitted) -> None:
    """Tell the market's coordinators that an application waits for them."""
    application = Application.objects.select_related("producer", "organisation").get(pk=event.application_id)
    for person in _people(application.organisation_id, RoleKind.COORDINATOR):
        with translation.override(person.language):
            message = EmailMessage(
                _("Nouvelle candidature : %s") % application.producer.name,
                _("%(producer)s souhaite vendre dans votre marché.\n\nLisez sa candidature : %(address)s")
                % {"producer": application.producer.name, "address": _address(application)},
                to=[person.email],
            )
        letters.post(message, key=f"application:{application.pk}:{occasion()}")


def tell_of_decision(event: ApplicationDecided) -> None:
    """Tell the producer's people the outcome and its reason, once."""
    decision = Decision.objects.select_related("application__producer", "application__organisation").get(
        application_id=event.application_id
    )
    if decision.notified_at is not None:
        return
    application = decision.application
    for address, language in _recipients(application.producer):
        with translation.override(language):
            accepted = decision.outcome == Outcome.ACCEPTED
            opening = (
                _("Votre candidature au marché de %s est acceptée.")
                if accepted
                else _("Votre candidature au marché de %s n'est pas retenue.")
            ) % application.organisation.name
            body = f"{opening}\n\n{decision.reason}\n\n{_address(application)}"
            letters.post(
                EmailMessage(opening, body, to=[address]),
                key=f"application-decision:{decision.pk}",
                then=decision_told,
                about={"decision_id": decision.pk},
            )


def decision_told(*, decision_id: int) -> None:
    """The letter of a decision left."""
    Decision.objects.filter(pk=decision_id, notified_at=None).update(notified_at=timezone.now())


def _recipients(producer: Organisation) -> list[tuple[str, str]]:
    people = _people(producer.pk, RoleKind.PRODUCER, RoleKind.DIRECTOR)
    return [(p.email, p.language) for p in people] or ([(producer.email, "fr")] if producer.email else [])
