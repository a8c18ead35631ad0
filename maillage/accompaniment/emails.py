"""Messages with signed links, sent by the worker after the change that they tell of."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import translation
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from maillage.core import letters
from maillage.core.dates import say
from maillage.core.events import occasion
from maillage.directory.queries import language_of

from .models import Diagnostic, OutcomeFollowUp, Referral, WatchDelivery, WatchSubscription
from .queries import link_of, token_of_link, token_of_subscription
from .types import DiagnosticInvited, FollowUpAsked, ReferralSent, SignalDelivered, WatchOffered


def _send(to: str, subject: str, lines: list[str], name: str, row: Diagnostic | Referral | OutcomeFollowUp) -> None:
    """Send the link of the row; nothing if it was taken back meanwhile."""
    link = link_of(row)
    if link is None:
        return
    address = f"{settings.SITE_URL}{reverse(name, args=[token_of_link(link)])}"
    until = _("Ce lien est bon jusqu'au %(day)s.") % {"day": say(localdate(link.expires_at), "DATE_FORMAT")}
    message = EmailMessage(subject, "\n\n".join([*lines, address, until]), to=[to])
    letters.post(message, key=f"{name}:{row.pk}:{occasion()}")


def send_diagnostic(event: DiagnosticInvited) -> None:
    """The link to the questionnaire, or to its result once it is answered; nothing if it was withdrawn meanwhile."""
    row = Diagnostic.objects.select_related("organisation", "version__questionnaire").get(pk=event.diagnostic_id)
    link = link_of(row)
    if link is None or (row.answered_at is not None and link.made_at <= row.answered_at):
        return
    if row.cancelled_at is not None or not row.email:
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
            row,
        )


def send_referral(event: ReferralSent) -> None:
    """The link where the partner answers."""
    row = Referral.objects.select_related("organisation", "enterprise", "partner").get(pk=event.referral_id)
    to = row.partner_email or row.partner.email
    if not to or row.cancelled_at is not None or row.state not in ("sent", "accepted"):
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
            row,
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
            row,
        )


def send_watch_offer(event: WatchOffered) -> None:
    """The one message that a subscription's address receives until its holder says yes."""
    row = WatchSubscription.objects.select_related("topic__organisation", "enterprise").get(pk=event.subscription_id)
    if row.confirmed_at is not None or row.stopped_at is not None:
        return
    with translation.override(language_of(email=row.email)):
        names = {"who": row.topic.organisation.name, "topic": row.topic.title, "name": row.enterprise.name}
        lines = [
            _("%(who)s vous propose sa veille « %(topic)s », pour %(name)s.") % names,
            _("Pour recevoir ses signaux, ouvrez ce lien, puis confirmez :"),
            f"{settings.SITE_URL}{reverse('accompaniment:watch_link', args=[token_of_subscription(row)])}",
            _("Sinon, ne faites rien : nous n'écrirons plus."),
        ]
        message = EmailMessage(_("Veille, %(topic)s : confirmez") % names, "\n\n".join(lines), to=[row.email])
        letters.post(message, key=f"watch:{row.pk}")


def send_signal(event: SignalDelivered) -> None:
    """A signal of the watch, with the address where its reader finds them all and may stop."""
    row = WatchDelivery.objects.select_related("signal__topic__organisation", "subscription").get(pk=event.delivery_id)
    signal, subscription = row.signal, row.subscription
    if subscription.stopped_at is not None or signal.removed_at is not None:
        return
    with translation.override(language_of(email=subscription.email)):
        names = {"topic": signal.topic.title, "title": signal.title}
        address = (
            f"{settings.SITE_URL}{reverse('accompaniment:watch_link', args=[token_of_subscription(subscription)])}"
        )
        lines = [
            signal.title,
            signal.summary,
            f"{_('Ce que cela change :')} {signal.meaning}" if signal.meaning else "",
            signal.source,
            _("%(who)s vous envoie cette veille jusqu'au %(day)s. Tout relire, ou ne plus la recevoir :")
            % {"who": signal.topic.organisation.name, "day": say(subscription.during.upper, "DATE_FORMAT")},
            address,
        ]
        body = "\n\n".join(line for line in lines if line)
        message = EmailMessage(_("Veille, %(topic)s : %(title)s") % names, body, to=[subscription.email])
        letters.post(message, key=f"signal:{signal.pk}:{row.pk}")
