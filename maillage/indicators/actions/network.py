"""Networks: members, and what those outside the platform declare: draft → submitted → (returned →) approved."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from django.core.files.base import File
from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action, locked
from maillage.core.events import publish
from maillage.core.period import Period
from maillage.directory.models import Account

from .. import access
from ..models import (
    Declaration,
    DeclarationState,
    DeclarationStep,
    DeclaredValue,
    Indicator,
    NetworkMember,
)
from ..models.network import new_token
from ..types import DeclarationAsked

MAX_BYTES = 10_000_000
REOPENED = timedelta(days=15)  # what a returned form leaves at least
RENEWED = timedelta(days=30)
EVIDENCE = {".pdf", ".xlsx", ".xls", ".ods", ".csv", ".png", ".jpg", ".jpeg", ".docx", ".odt"}


class DeclarationRefused(Refused):
    """The declaration is not in a state for this, or is incomplete."""


@action(access.network)
def ask_declarations(
    *, network_id: int, period: Period, by: Account | None, now: datetime, days: int = 60
) -> list[Declaration]:
    """One form for each member outside the platform that has none for the period. Idempotent. Returns the new ones."""
    members = NetworkMember.objects.filter(
        network_id=network_id, observed=False, during__overlap=(period.start, period.end)
    )
    has = set(
        Declaration.objects.filter(network_id=network_id, period__overlap=(period.start, period.end)).values_list(
            "member_id", flat=True
        )
    )
    made = Declaration.objects.bulk_create(
        [
            Declaration(
                network_id=network_id,
                member_id=member_id,
                period=(period.start, period.end),
                expires_at=now + timedelta(days=days),
            )
            for member_id in sorted({m.member_id for m in members} - has)
        ]
    )
    for declaration in made:
        publish(DeclarationAsked(declaration.pk, "asked"))
    return made


@action(access.declaration)
def renew_declaration(
    *, declaration_id: int, now: datetime, by: Account | None = None, contact_email: str = ""
) -> Declaration:
    """Another address for the form, sent to the member; the one before it opens nothing any more.

    `contact_email`, when given, becomes the member's for this network. DeclarationRefused once it is transmitted.
    """
    declaration = _locked(declaration_id, DeclarationState.DRAFT, DeclarationState.RETURNED)
    declaration.token, declaration.expires_at = new_token(), max(declaration.expires_at, now + RENEWED)
    declaration.reminded_at = None
    declaration.save(update_fields=["token", "expires_at", "reminded_at"])
    if contact_email:
        links = NetworkMember.objects.filter(network_id=declaration.network_id, member_id=declaration.member_id)
        links.update(contact_email=contact_email)
    publish(DeclarationAsked(declaration.pk, "renewed"))
    return declaration


@action(access.house)
def remind_declarations(*, now: datetime, by: Account | None = None, days: int = 10) -> int:
    """Write once more to the members whose form closes within `days`. How many. Once a form."""
    due = Declaration.objects.filter(
        state__in=[DeclarationState.DRAFT, DeclarationState.RETURNED],
        expires_at__gt=now,
        expires_at__lte=now + timedelta(days=days),
        reminded_at=None,
    )
    rows = list(due.select_for_update(skip_locked=True).order_by("pk"))
    for declaration in rows:
        publish(DeclarationAsked(declaration.pk, "reminder"))
    Declaration.objects.filter(pk__in=[d.pk for d in rows]).update(reminded_at=now)
    return len(rows)


def _locked(declaration_id: int, *states: str) -> Declaration:
    declaration = locked(Declaration, declaration_id)
    if declaration.state not in states:
        raise DeclarationRefused(
            _("Cette déclaration est %(state)s : elle ne peut pas changer maintenant.")
            % {"state": DeclarationState(declaration.state).label}
        )
    return declaration


@action(access.declaring)
def save_declaration(
    *,
    declaration_id: int,
    values: Mapping[int, Decimal],
    declared_by: str,
    by: Account | None = None,
    note: str = "",
    evidence: "File[bytes] | None" = None,
) -> Declaration:
    """Keep the numbers (by key of indicator, zero or more) and the proof; still the member's. DeclarationRefused."""
    declaration = _locked(declaration_id, DeclarationState.DRAFT, DeclarationState.RETURNED)
    mine = Indicator.objects.filter(organisation_id=declaration.network_id, archived_at=None)
    if set(values) - set(mine.values_list("pk", flat=True)):
        raise DeclarationRefused(_("Ce chiffre n'est pas demandé par le réseau."))
    if any(value < 0 for value in values.values()):
        raise DeclarationRefused(_("Un nombre déclaré est de zéro ou plus."))
    _attach(declaration, evidence)
    declaration.declared_by, declaration.note = declared_by.strip()[:120], note.strip()
    declaration.save(update_fields=["declared_by", "note", "evidence", "evidence_name"])
    DeclaredValue.objects.bulk_create(
        [DeclaredValue(declaration=declaration, indicator_id=pk, value=value) for pk, value in values.items()],
        update_conflicts=True,
        unique_fields=["declaration", "indicator"],
        update_fields=["value"],
    )
    declaration.values.exclude(indicator_id__in=values).delete()
    return declaration


def _attach(declaration: Declaration, evidence: "File[bytes] | None") -> None:
    if evidence is None:
        return
    name = str(evidence.name or "")
    if not any(name.lower().endswith(kind) for kind in EVIDENCE):
        raise DeclarationRefused(_("Joignez un PDF, une image, un document ou un tableur."))
    if evidence.size > MAX_BYTES:
        raise DeclarationRefused(_("Le fichier dépasse 10 Mo."))
    declaration.evidence_name = name[-160:]
    declaration.evidence.save(f"{declaration.public_id}{name[name.rfind('.') :].lower()}", evidence, save=False)


@action(access.declaring)
def submit_declaration(*, declaration_id: int, now: datetime, by: Account | None = None) -> Declaration:
    """Sign and send it to the network. Every number asked, a signature and a proof are needed. DeclarationRefused."""
    declaration = _locked(declaration_id, DeclarationState.DRAFT, DeclarationState.RETURNED)
    asked = Indicator.objects.filter(organisation_id=declaration.network_id, archived_at=None)
    if declaration.values.count() < asked.count():
        raise DeclarationRefused(_("Il manque des nombres. Inscrivez 0 là où il n'y a rien à déclarer."))
    if not declaration.declared_by:
        raise DeclarationRefused(_("Signez la déclaration : votre nom et votre fonction."))
    if not declaration.evidence:
        raise DeclarationRefused(_("Joignez la pièce qui appuie ces nombres."))
    publish(DeclarationAsked(declaration.pk, "submitted"))
    return _step(declaration, DeclarationState.SUBMITTED, now, by, by_name=declaration.declared_by)


@action(access.declaration)
def return_declaration(*, declaration_id: int, reason: str, by: Account | None, now: datetime) -> Declaration:
    """Send it back with a reason; the member may change it and submit again. DeclarationRefused."""
    declaration = _locked(declaration_id, DeclarationState.SUBMITTED)
    if not reason.strip():
        raise DeclarationRefused(_("Dites pourquoi la déclaration est retournée."))
    returned = _step(declaration, DeclarationState.RETURNED, now, by, reason=reason.strip())
    if returned.expires_at < now + REOPENED:
        returned.expires_at = now + REOPENED
        returned.save(update_fields=["expires_at"])
    publish(DeclarationAsked(returned.pk, "returned"))
    return returned


@action(access.declaration)
def approve(*, declaration_id: int, by: Account | None, now: datetime) -> Declaration:
    """From now on its numbers count in the network's totals. DeclarationRefused."""
    approved = _step(_locked(declaration_id, DeclarationState.SUBMITTED), DeclarationState.APPROVED, now, by)
    publish(DeclarationAsked(approved.pk, "approved"))
    return approved


def _step(
    declaration: Declaration, state: str, now: datetime, by: Account | None, *, reason: str = "", by_name: str = ""
) -> Declaration:
    declaration.state = state
    declaration.save(update_fields=["state"])
    DeclarationStep.objects.create(declaration=declaration, state=state, reason=reason, at=now, by=by, by_name=by_name)
    return declaration
