"""Messages with signed links, sent by the worker after the change that they tell of."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from maillage.directory.queries import language_of

from .models import Diagnostic, OutcomeFollowUp, Referral
from .queries import token_of
from .types import DiagnosticInvited, FollowUpAsked, ReferralSent


def _send(to: str, subject: str, lines: list[str], name: str, token: str) -> None:
    link = f"{settings.SITE_URL}{reverse(name, args=[token])}"
    EmailMessage(subject, "\n\n".join([*lines, link]), to=[to]).send()


def send_diagnostic(event: DiagnosticInvited) -> None:
    """The link to the questionnaire; nothing if it was answered meanwhile."""
    row = Diagnostic.objects.select_related("organisation", "version__questionnaire").get(pk=event.diagnostic_id)
    if row.answered_at is not None or not row.email:
        return
    with translation.override(language_of(email=row.email)):
        names = {"who": row.organisation.name, "title": row.version.questionnaire.title}
        _send(
            row.email,
            _("%(who)s vous propose un diagnostic : %(title)s") % names,
            [
                _("%(who)s vous invite à répondre au questionnaire « %(title)s ».") % names,
                _("Vous pouvez répondre en plusieurs fois, sans compte. Le résultat s'affiche à la fin."),
            ],
            "accompaniment:diagnostic_link",
            token_of(row),
        )


def send_referral(event: ReferralSent) -> None:
    """The link where the partner answers."""
    row = Referral.objects.select_related("organisation", "enterprise", "partner").get(pk=event.referral_id)
    to = row.partner_email or row.partner.email
    if not to or row.state != "sent":
        return
    with translation.override(language_of(email=to)):
        names = {"who": row.organisation.name, "enterprise": row.enterprise.name}
        _send(
            to,
            _("%(who)s vous réfère %(enterprise)s") % names,
            [
                _("%(who)s vous réfère l'entreprise %(enterprise)s, avec son consentement.") % names,
                _("Lisez le besoin et répondez par ce lien, sans compte :"),
            ],
            "accompaniment:referral_link",
            token_of(row),
        )


def send_follow_up(event: FollowUpAsked) -> None:
    """The outcome question, to the enterprise's address."""
    row = OutcomeFollowUp.objects.select_related("mandate__organisation", "mandate__enterprise").get(
        pk=event.follow_up_id
    )
    mandate = row.mandate
    if not mandate.enterprise.email or row.answered_at is not None:
        return
    with translation.override(language_of(email=mandate.enterprise.email)):
        names = {"who": mandate.organisation.name, "months": row.months, "enterprise": mandate.enterprise.name}
        _send(
            mandate.enterprise.email,
            _("%(who)s : où en êtes-vous, %(months)s mois après ?") % names,
            [
                _("%(who)s a accompagné %(enterprise)s il y a %(months)s mois.") % names,
                _("Quatre questions, deux minutes, sans compte. Vos réponses restent entre vous et nous :"),
            ],
            "accompaniment:follow_up_link",
            token_of(row),
        )
