"""Where Stripe tells what happened."""

import json
import logging

import stripe
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from .. import actions

log = logging.getLogger(__name__)


@csrf_exempt
@login_not_required
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """Only what Stripe signed, in the last five minutes. 200 once the event is kept: Stripe sends others again."""
    secret = settings.STRIPE_WEBHOOK_SECRET
    if not secret:
        raise Http404
    body = request.body
    try:
        stripe.WebhookSignature.verify_header(
            body.decode(), request.headers.get("Stripe-Signature", ""), secret, tolerance=300
        )
        event = json.loads(body)
        actions.receive_event(event=event, now=timezone.now())
    except (stripe.SignatureVerificationError, ValueError, KeyError) as error:
        log.warning("webhook refused: %s", error)
        return HttpResponse(status=400)
    return HttpResponse(status=200)
