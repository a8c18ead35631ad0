"""Messages with signed links: a declaration, a number owed. They leave from the worker, in the person's language."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from maillage.core import letters
from maillage.core.dates import say
from maillage.core.events import occasion
from maillage.directory.models import Organisation
from maillage.directory.queries import language_of, people_of

from .access import EDITORS
from .models import AnswerRequest, Declaration, NetworkMember
from .queries import said
from .queries.network import contact_of
from .types import CountingSaid, DeclarationAsked, NumberAsked, period_of
from .wording import between

TO_MEMBER = {
    "asked": gettext_lazy("%(network)s vous demande les nombres de %(member)s"),
    "returned": gettext_lazy("Votre déclaration à %(network)s est à revoir"),
    "reminder": gettext_lazy("Rappel : %(network)s attend votre déclaration"),
    "renewed": gettext_lazy("Un nouveau lien pour votre déclaration à %(network)s"),
}
COUNTING = {
    "asked": gettext_lazy("%(network)s demande à compter le travail de %(member)s"),
    "counted": gettext_lazy("%(member)s laisse compter son travail"),
    "declined": gettext_lazy("%(member)s continuera de déclarer ses nombres"),
    "stopped": gettext_lazy("%(member)s ne laisse plus compter son travail"),
}


def _send(key: str, to: str, subject: str, lines: list[str], address: str = "") -> None:
    link = f"{settings.SITE_URL}{address}" if address else ""
    message = EmailMessage(subject, "\n\n".join(filter(None, [*lines, link])), to=[to])
    letters.post(message, key=f"{key}:{occasion()}")


def _directors(organisation: Organisation) -> list[str]:
    """The addresses of those who direct an organisation, each once."""
    people = people_of(organisation, day=timezone.localdate(), kinds=EDITORS)
    return sorted({p.email or (p.account.email if p.account else "") for p in people} - {""})


def send_declaration(event: DeclarationAsked) -> None:
    """To the member: its form, what is to be revised, that it is approved. To the network: that one has come."""
    row = Declaration.objects.select_related("network", "member").get(pk=event.declaration_id)
    if event.why == "submitted":
        _tell_network(row)
        return
    to = contact_of(declaration=row)
    if not to:
        return
    with translation.override(language_of(email=to)):
        if event.why == "approved":
            _tell_approved(to, row)
        elif _awaits_form(event, row):
            _send_form(to, row, str(TO_MEMBER[event.why]))


def _awaits_form(event: DeclarationAsked, row: Declaration) -> bool:
    """Whether the message still says what is: not once it is transmitted, closed, or asked again meanwhile."""
    if row.state not in ("draft", "returned") or row.expires_at <= timezone.now():
        return False
    return event.why in ("reminder", "renewed") or (event.why == "returned") == (row.state == "returned")


def _named(row: Declaration) -> dict[str, str]:
    return {
        "network": row.network.name,
        "member": row.member.name,
        "period": between(period_of(row.period)),
        "day": say(row.expires_at, "j F Y"),
    }


def _send_form(to: str, row: Declaration, subject: str) -> None:
    names = _named(row)
    step = row.steps.filter(state="returned").last()
    reason = step.reason if step is not None and row.state == "returned" else ""
    _send(
        f"declaration:{row.pk}",
        to,
        subject % names,
        [
            _("Les nombres de %(member)s, %(period)s, sont demandés par %(network)s.") % names,
            _("Ce qui est à revoir : %(reason)s") % {"reason": reason} if reason else "",
            _("Remplissez le formulaire par ce lien, sans compte, avant le %(day)s :") % names,
        ],
        reverse("indicators:declaration", args=[row.token]),
    )


def _tell_approved(to: str, row: Declaration) -> None:
    if row.state != "approved":
        return
    names = _named(row)
    line = _("Les nombres de %(member)s, %(period)s, comptent maintenant dans les résultats de %(network)s. Merci.")
    address = reverse("indicators:declaration", args=[row.token])
    _send(f"declaration:{row.pk}", to, _("%(network)s a approuvé votre déclaration") % names, [line % names], address)


def _tell_network(row: Declaration) -> None:
    """Those who direct the network: one more to check."""
    if row.state != "submitted":
        return
    for to in _directors(row.network):
        with translation.override(language_of(email=to)):
            names = {**_named(row), "who": row.declared_by}
            line = _("%(who)s a signé les nombres de %(member)s, %(period)s. Vérifiez-les et approuvez :")
            address = reverse("indicators:declaration_review", args=[row.public_id])
            subject = _("%(member)s a transmis sa déclaration") % names
            _send(f"declaration:{row.pk}", to, subject, [line % names], address)


def send_counting(event: CountingSaid) -> None:
    """To the member's direction: the network's request. To the network's: the answer, or its end."""
    link = NetworkMember.objects.select_related("network", "member").filter(pk=event.link_id).first()
    if link is None:
        return
    asked = event.why == "asked"
    for to in _directors(link.member if asked else link.network):
        with translation.override(language_of(email=to)):
            names = {"network": link.network.name, "member": link.member.name}
            line = _("Vos lignes et vos notes restent chez vous : seuls des totaux en sortent. Répondez ici :")
            page = "membership" if asked else "network"
            subject = str(COUNTING[event.why]) % names
            _send(f"counting:{link.pk}", to, subject, [line] if asked else [], reverse(f"indicators:{page}"))


def send_number(event: NumberAsked) -> None:
    """The link to one number, nothing once it was stated or closed; or, to who asked, that the number came."""
    rows = AnswerRequest.objects.select_related("action__plan__organisation", "region", "created_by")
    row = rows.filter(pk=event.request_id).first()
    if row is None:
        return
    if event.why == "answered":
        _tell_asker(row)
    elif row.answered_at is None and row.expires_at > timezone.now():
        _ask_number(row, reminder=event.why == "reminder")


def _ask_number(row: AnswerRequest, *, reminder: bool) -> None:
    with translation.override(language_of(email=row.email)):
        names = {
            "who": row.action.plan.organisation.name,
            "measure": row.action.measure,
            "region": f" ({row.region.name})" if row.region else "",
            "day": say(row.as_of, "j F Y"),
            "until": say(row.expires_at, "j F Y"),
            "name": row.name,
        }
        subject = _("Rappel : %(who)s attend un nombre de vous") if reminder else _("%(who)s vous demande un nombre")
        _send(
            f"number:{row.pk}",
            row.email,
            subject % names,
            [
                _("Bonjour %(name)s,") % names,
                _("Où en est-on au %(day)s : %(measure)s%(region)s ?") % names,
                _("Un seul nombre vous est demandé, par ce lien, sans compte, avant le %(until)s :") % names,
            ],
            reverse("indicators:plan_answer", args=[row.token]),
        )


def _tell_asker(row: AnswerRequest) -> None:
    answer, asker = row.answers.order_by("pk").last(), row.created_by
    if answer is None or asker is None or not asker.email:
        return
    with translation.override(language_of(email=asker.email)):
        names = {
            "name": row.name,
            "measure": row.action.measure,
            "region": f" ({row.region.name})" if row.region else "",
            "value": said(answer.value, 0 if answer.value == answer.value.to_integral_value() else 2),
            "unit": row.action.unit,
        }
        line = _("%(measure)s%(region)s : %(value)s %(unit)s") % names
        address = reverse("indicators:plan_action", args=[row.action.public_id])
        subject = _("%(name)s a transmis son nombre") % names
        _send(f"number:{row.pk}", asker.email, subject, [line.strip(), answer.note], address)
