"""Strategic watch: topics, signals, subscriptions; what a subscriber reads by its link."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from maillage.core import fields, limits
from maillage.core.actions import Refused
from maillage.core.meanwhile import Edits
from maillage.directory.queries import organisations_where, person_of
from maillage.directory.types import SignedIn
from maillage.funding.queries import streams_of

from .. import actions, queries
from ..models import WatchTopic, Weight
from ..types import WORKERS
from .common import number_of, reading_or_404, resolve_enterprise, working_organisation, works


class TopicForm(Edits, forms.Form):
    title = forms.CharField(label=gettext_lazy("Sujet de veille"), max_length=160)
    question = forms.CharField(
        label=gettext_lazy("Ce que l'on cherche à savoir"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=2000,
    )
    sources = forms.CharField(
        label=gettext_lazy("Sources suivies"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Une par ligne."),
        required=False,
        max_length=2000,
    )
    stream = forms.ChoiceField(label=gettext_lazy("Volet"), required=False)

    def __init__(self, *args: Any, organisation_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["stream"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", ""), *((str(s.pk), str(s)) for s in streams_of(organisation_id=organisation_id))]

    def values(self) -> dict[str, Any]:
        v = dict(self.cleaned_data)
        stream = number_of(v.pop("stream"))
        return {**v, "stream_id": stream}


class SignalForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Signal"), max_length=200)
    weight = forms.ChoiceField(label=gettext_lazy("Importance"), choices=Weight.choices, initial=Weight.INFO)
    noted_on = fields.DateField(label=gettext_lazy("Date"), widget=forms.DateInput)
    source = forms.URLField(
        label=gettext_lazy("Adresse de la source"), required=False, max_length=400, assume_scheme="https"
    )
    summary = forms.CharField(
        label=gettext_lazy("Résumé"), widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=4000
    )
    meaning = forms.CharField(
        label=gettext_lazy("Ce que cela change"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=4000,
    )


class SubscriptionForm(forms.Form):
    enterprise = forms.CharField(label=gettext_lazy("Entreprise"), max_length=240)
    create = forms.BooleanField(label=gettext_lazy("Créer cette fiche"), required=False)
    email = forms.EmailField(label=gettext_lazy("Courriel qui reçoit les signaux"))
    starts_on = fields.DateField(
        label=gettext_lazy("À partir du"), widget=forms.DateInput, help_text=gettext_lazy("Pour douze mois.")
    )
    unknown = False


def topics(request: SignedIn) -> HttpResponse:
    reading_or_404(request)
    today, retired = timezone.localdate(), "retires" in request.GET
    context = {
        "rows": list(queries.topics_for(user=request.user, today=today, retired=retired)),
        "retired": retired,
        "may_add": bool(organisations_where(user=request.user, kinds=WORKERS)),
    }
    return render(request, "accompaniment/watch.html", context)


def topic_new(request: SignedIn) -> HttpResponse:
    organisation = working_organisation(request)
    form = TopicForm(request.POST or None, organisation_id=organisation.pk)
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.create_topic(
                organisation_id=organisation.pk, now=timezone.now(), by=request.user, **form.values()
            )
            return redirect("accompaniment:watch_topic", row.public_id)
        except Refused as refused:
            form.add_error("title", str(refused))
    return render(request, "accompaniment/watch_form.html", {"form": form}, status=422 if form.errors else 200)


def topic_edit(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.topic_for(user=request.user, public_id=public_id, to_change=True)
    known = {"title": row.title, "question": row.question, "sources": row.sources, "stream": row.stream_id or ""}
    form = TopicForm(request.POST or None, organisation_id=row.organisation_id, initial=known, edits=row)
    if request.method == "POST" and form.is_valid():
        try:
            actions.amend_topic(topic_id=row.pk, values=form.values(), by=request.user)
            messages.success(request, _("Le sujet est corrigé."))
            return redirect("accompaniment:watch_topic", row.public_id)
        except Refused as refused:
            form.add_error("title", str(refused))
    return render(
        request, "accompaniment/watch_form.html", {"form": form, "row": row}, status=422 if form.errors else 200
    )


def topic(request: SignedIn, public_id: UUID) -> HttpResponse:
    """A topic with its signals and its readers; a signal or a reader is added on the same page."""
    row = queries.topic_for(user=request.user, public_id=public_id)
    may_change, today = works(request, row.organisation_id), timezone.localdate()
    verb = request.POST.get("verbe", "") if may_change else ""
    signal = SignalForm(request.POST if verb == "signal" else None, initial={"noted_on": today}, auto_id="signal_%s")
    reader = SubscriptionForm(
        request.POST if verb == "abonner" else None, initial={"starts_on": today}, auto_id="lecture_%s"
    )
    if verb == "signal" and signal.is_valid() and _noted(request, row, signal):
        return redirect("accompaniment:watch_topic", row.public_id)
    if verb == "abonner" and reader.is_valid() and _subscribed(request, row, reader):
        return redirect("accompaniment:watch_topic", row.public_id)
    removed = "retires" in request.GET
    context = {
        "row": row,
        "may_change": may_change,
        "signals": Paginator(queries.signals_of(row, removed=removed), 20).get_page(request.GET.get("page")),
        "removed": removed,
        "readers": list(queries.subscriptions_of(row)[:200]),
        "signal_form": signal,
        "reader_form": reader,
        "today": today,
    }
    failed = bool(signal.errors or reader.errors)
    return render(request, "accompaniment/watch_topic.html", context, status=422 if failed else 200)


def _noted(request: SignedIn, row: WatchTopic, form: SignalForm) -> bool:
    person, now = person_of(user=request.user), timezone.now()
    try:
        made = actions.note_signal(
            topic_id=row.pk, adviser_id=person.pk if person else None, now=now, by=request.user, **form.cleaned_data
        )
        if "envoyer" in request.POST:
            _tell_sent(request, actions.send_signal(signal_id=made.pk, now=now, by=request.user))
        else:
            messages.success(request, _("Le signal est noté. Envoyez-le quand il est prêt."))
    except actions.NoReader as refused:
        messages.warning(request, str(refused))
    except Refused as refused:
        form.add_error(None, str(refused))
        return False
    return True


def _tell_sent(request: SignedIn, count: int) -> None:
    messages.success(request, _("Signal envoyé. Abonnements servis : %(n)s.") % {"n": count})


def _subscribed(request: SignedIn, row: WatchTopic, form: SubscriptionForm) -> bool:
    v = form.cleaned_data
    enterprise = resolve_enterprise(request, form, today=timezone.localdate(), create=v["create"])
    if enterprise is None:
        return False
    person = person_of(user=request.user)
    try:
        made = actions.subscribe_enterprise(
            topic_id=row.pk,
            enterprise_id=enterprise.pk,
            email=v["email"],
            starts_on=v["starts_on"],
            adviser_id=person.pk if person else None,
            now=timezone.now(),
            by=request.user,
        )
    except Refused as refused:
        form.add_error("enterprise", str(refused))
        return False
    said = _("%(name)s est abonnée jusqu'au %(day)s.")
    if made.confirmed_at is None:
        said = _("Un courriel part à %(email)s : les signaux suivront dès que cette adresse aura confirmé.")
    day = made.during.upper.isoformat()
    messages.success(request, said % {"name": enterprise.name, "day": day, "email": made.email})
    return True


@require_POST
def topic_retire(request: SignedIn, public_id: UUID) -> HttpResponse:
    row = queries.topic_for(user=request.user, public_id=public_id, to_change=True)
    again = "reprendre" in request.POST
    actions.retire_topic(topic_id=row.pk, today=None if again else timezone.localdate(), by=request.user)
    messages.success(request, _("La veille reprend.") if again else _("La veille sur ce sujet est arrêtée."))
    return redirect("accompaniment:watch_topic", row.public_id)


@require_POST
def signal_change(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Send, take out or put back a signal: one verb each."""
    row, verb = queries.signal_for(user=request.user, public_id=public_id), request.POST.get("verbe", "")
    now = timezone.now()
    try:
        if verb == "envoyer":
            _tell_sent(request, actions.send_signal(signal_id=row.pk, now=now, by=request.user))
        elif verb == "retirer":
            actions.remove_signal(signal_id=row.pk, now=now, by=request.user)
            messages.success(request, _("Le signal est retiré ; vous le trouverez parmi les retirés."))
        elif verb == "remettre":
            actions.remove_signal(signal_id=row.pk, now=None, by=request.user)
            messages.success(request, _("Le signal est remis."))
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("accompaniment:watch_topic", row.topic.public_id)


@require_POST
def subscription_change(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Renew, stop or take up again a subscription: one verb each."""
    row, verb = queries.subscription_for(user=request.user, public_id=public_id), request.POST.get("verbe", "")
    try:
        if verb == "renouveler":
            actions.renew_subscription(subscription_id=row.pk, now=timezone.now(), by=request.user)
            messages.success(request, _("Renouvelé pour douze mois."))
        elif verb == "arreter":
            actions.stop_subscription(subscription_id=row.pk, now=timezone.now(), by=request.user)
            messages.success(request, _("L'abonnement est arrêté."))
        elif verb == "reprendre":
            actions.stop_subscription(subscription_id=row.pk, now=None, by=request.user)
            messages.success(request, _("L'abonnement reprend."))
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("accompaniment:watch_topic", row.topic.public_id)


@login_not_required
@limits.public_form("watch")
def watch_link(request: HttpRequest, token: str) -> HttpResponse:
    """What the enterprise received, and a way to stop. It reads nothing more a month after the end."""
    row, today = queries.subscription_by_token(token), timezone.localdate()
    if request.method == "POST" and request.POST.get("verbe") == "confirmer":
        actions.confirm_subscription(subscription_id=row.pk, now=timezone.now(), by=None)
        messages.success(request, _("C'est confirmé : les prochains signaux vous seront envoyés."))
        return redirect("accompaniment:watch_link", token)
    if request.method == "POST" and row.stopped_at is None:
        actions.stop_subscription(subscription_id=row.pk, now=timezone.now(), by=None)
        messages.success(request, _("C'est fait : vous ne recevrez plus ces signaux."))
        return redirect("accompaniment:watch_link", token)
    over = row.during.upper <= today or row.stopped_at is not None
    closed = (today - row.during.upper).days > 30 or (
        row.stopped_at is not None and (timezone.now() - row.stopped_at).days > 30
    )
    context = {
        "row": row,
        "over": over,
        "closed": closed,
        "signals": [] if closed else list(queries.signals_received(row)[:200]),
    }
    return render(request, "accompaniment/watch_public.html", context, status=410 if closed else 200)
