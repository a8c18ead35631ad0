"""Messages with signed links: a declaration, a number owed. They leave from the worker, in the person's language."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from maillage.directory.models import Person

from .models import AnswerRequest, Declaration, NetworkMember
from .types import DeclarationAsked, NumberAsked, period_of
from .wording import between


def _language(email: str) -> str:
    """The language that the person of this address reads; the platform's for a stranger."""
    found = Person.objects.filter(email__iexact=email).values_list("language", flat=True).first()
    return found or settings.LANGUAGE_CODE


def _send(to: str, subject: str, lines: list[str], name: str, token: str) -> None:
    link = f"{settings.SITE_URL}{reverse(name, args=[token])}"
    EmailMessage(" ".join(subject.split()), "\n\n".join([*filter(None, lines), link]), to=[to]).send()


def send_declaration(event: DeclarationAsked) -> None:
    """The form's link to the member; nothing once it is transmitted, closed, or without an address."""
    row = Declaration.objects.select_related("network", "member").get(pk=event.declaration_id)
    link = NetworkMember.objects.filter(network=row.network, member=row.member).order_by("-during").first()
    to = (link.contact_email if link else "") or row.member.email
    if not to or row.state not in ("draft", "returned") or row.expires_at <= timezone.now():
        return
    if (event.why == "returned") != (row.state == "returned") and event.why != "reminder":
        return
    with translation.override(_language(to)):
        names = {
            "network": row.network.name,
            "member": row.member.name,
            "period": between(period_of(row.period)),
            "day": date_format(timezone.localtime(row.expires_at), "j F Y"),
        }
        step = row.steps.filter(state="returned").last()
        reason = step.reason if step is not None and row.state == "returned" else ""
        subjects = {
            "asked": _("%(network)s vous demande les nombres de %(member)s"),
            "returned": _("Votre déclaration à %(network)s est à revoir"),
            "reminder": _("Rappel : %(network)s attend votre déclaration"),
        }
        _send(
            to,
            subjects[event.why] % names,
            [
                _("Les nombres de %(member)s, %(period)s, sont demandés par %(network)s.") % names,
                _("Ce qui est à revoir : %(reason)s") % {"reason": reason} if reason else "",
                _("Remplissez le formulaire par ce lien, sans compte, avant le %(day)s :") % names,
            ],
            "indicators:declaration",
            row.token,
        )


def send_number(event: NumberAsked) -> None:
    """The link to one number; nothing once it was stated or the link closed."""
    row = AnswerRequest.objects.select_related("action__plan__organisation", "region").get(pk=event.request_id)
    if row.answered_at is not None or row.expires_at <= timezone.now():
        return
    with translation.override(_language(row.email)):
        names = {
            "who": row.action.plan.organisation.name,
            "measure": row.action.measure,
            "region": f" ({row.region.name})" if row.region else "",
            "day": date_format(row.as_of, "j F Y"),
            "until": date_format(timezone.localtime(row.expires_at), "j F Y"),
            "name": row.name,
        }
        subject = (
            _("Rappel : %(who)s attend un nombre de vous")
            if event.why == "reminder"
            else _("%(who)s vous demande un nombre")
        )
        _send(
            row.email,
            subject % names,
            [
                _("Bonjour %(name)s,") % names,
                _("Où en est-on au %(day)s : %(measure)s%(region)s ?") % names,
                _("Un seul nombre vous est demandé, par ce lien, sans compte, avant le %(until)s :") % names,
            ],
            "indicators:plan_answer",
            row.token,
        )
