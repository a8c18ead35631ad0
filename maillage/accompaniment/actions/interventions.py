"""Recording, correcting, cancelling interventions."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime
from uuid import uuid4

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from maillage.core.actions import Refused, action, check_ours, locked
from maillage.core.text import fold
from maillage.directory.actions import add_person
from maillage.directory.models import Organisation, RoleKind
from maillage.directory.models.frozen import Snapshot, snapshots
from maillage.directory.queries import canonical_ids
from maillage.directory.types import Account
from maillage.funding.models import Agreement, Stream
from maillage.programmes.models import Edition

from .. import access
from ..models import CanvassMeeting, Claim, ClientFile, Intervention, InterventionParty, Mandate, Service, Topic
from ..types import Entry, PartyEntry
from .clients import link_meetings


class FutureWork(Refused):
    """The day of the intervention is not here yet."""


class NobodyServed(Refused):
    """The intervention names no enterprise and no person."""


class ReasonMissing(Refused):
    """A cancellation tells why."""


class AlreadyCancelled(Refused):
    """The intervention is cancelled: bring it back first."""


@action(access.team)
def record_intervention(*, organisation_id: int, entry: Entry, now: datetime, by: Account | None) -> Intervention:
    """Record one intervention. The same nonce (or import key) twice returns the first one and adds nothing.

    MRC, region, sector and size of each enterprise are copied as they were that day; its file is opened if it had none.
    Raises FutureWork, NobodyServed, NotOurs.
    """
    return record_interventions(organisation_id=organisation_id, entries=[entry], now=now, by=by)[0]


@action(access.team)
def record_interventions(
    *, organisation_id: int, entries: Sequence[Entry], now: datetime, by: Account | None
) -> list[Intervention]:
    """Record several at once, all or nothing, in a constant number of statements; see `record_intervention`."""
    prepared = [replace(e, nonce=e.nonce or uuid4()) for e in entries]
    for entry in prepared:
        _check(entry, now)
    _check_references(organisation_id, prepared)
    prepared = _canonical(prepared)
    before = _known(organisation_id, prepared)
    fresh = [e for e in prepared if e.nonce not in before and not (e.import_key and e.import_key in before)]
    made = Intervention.objects.bulk_create(
        [_row(organisation_id, e, now, by) for e in fresh], ignore_conflicts=True, batch_size=2000
    )
    known = _known(organisation_id, prepared)
    # A row lost to a simultaneous twin is not ours to complete: its public_id differs from the one in the base.
    ours = [(known[i.nonce], e) for i, e in zip(made, fresh, strict=True) if known[i.nonce].public_id == i.public_id]
    _add_parties(ours, now)
    _open_files(organisation_id, ours)
    return [known[e.nonce] if e.nonce in known else known[e.import_key] for e in prepared]


@action(access.team)
def import_interventions(
    *, organisation_id: int, entries: Sequence[Entry], now: datetime, by: Account | None
) -> list[Intervention]:
    """`record_interventions` of rows of a file: those whom the rows name, and who are not on the team of their
    enterprise yet, join it, each once; rows that are known already add nobody."""
    known = _known(organisation_id, [replace(e, nonce=e.nonce or uuid4()) for e in entries])
    fresh = [e for e in entries if e.import_key not in known]
    joined: dict[tuple[int, str], int] = {}
    for party in (p for e in fresh for p in e.parties if p.joins and p.enterprise_id):
        key = (party.enterprise_id or 0, fold(party.joins))
        if key not in joined:
            given, _space, family = party.joins.partition(" ")
            joined[key] = add_person(
                organisation_id=key[0],
                kind=RoleKind.STAFF,
                since=timezone.localdate(now),
                by=by,
                given_name=given,
                family_name=family,
            ).pk
    named = [
        replace(
            e,
            parties=tuple(
                replace(p, joins="", person_id=joined[p.enterprise_id or 0, fold(p.joins)]) if p.joins else p
                for p in e.parties
            ),
        )
        for e in fresh
    ]
    return record_interventions(organisation_id=organisation_id, entries=named, now=now, by=by) if named else []


def _known(organisation_id: int, entries: Sequence[Entry]) -> dict[object, Intervention]:
    """Those already recorded, by nonce and by import key. A nonce of another organisation is not ours to tell."""
    keys = [e.import_key for e in entries if e.import_key]
    rows = Intervention.objects.filter(
        Q(nonce__in=[e.nonce for e in entries]) | Q(import_key__in=keys), organisation_id=organisation_id
    )
    found: dict[object, Intervention] = {}
    for row in rows:
        found[row.nonce] = row
        if row.import_key:
            found[row.import_key] = row
    return found


def _check(entry: Entry, now: datetime) -> None:
    if entry.done_on > timezone.localdate(now):
        raise FutureWork(_("Une intervention se note une fois faite : choisissez aujourd'hui ou un jour passé."))
    if not entry.parties or not all(p.enterprise_id or p.person_id for p in entry.parties):
        raise NobodyServed(_("Indiquez au moins une entreprise ou une personne."))


def _check_references(organisation_id: int, entries: Sequence[Entry]) -> None:
    """One statement for each kind of reference that is used."""
    check_ours(
        organisation_id,
        streams=(Stream, {e.stream_id for e in entries}),
        topics=(Topic, {e.topic_id for e in entries}),
        services=(Service, {e.service_id for e in entries}),
        editions=(Edition, {e.edition_id for e in entries}),
        mandates=(Mandate, {e.mandate_id for e in entries}),
        agreements=(Agreement, {a for e in entries for a in e.agreement_ids}),
    )


def _canonical(entries: Sequence[Entry]) -> list[Entry]:
    """Duplicates are replaced by the enterprise they were united with."""
    into = canonical_ids([p.enterprise_id for e in entries for p in e.parties if p.enterprise_id])
    return [
        replace(
            e,
            parties=tuple(
                dict.fromkeys(
                    replace(p, enterprise_id=into.get(p.enterprise_id)) if p.enterprise_id else p for p in e.parties
                )
            ),
        )
        for e in entries
    ]


def _row(organisation_id: int, entry: Entry, now: datetime, by: Account | None) -> Intervention:
    return Intervention(
        organisation_id=organisation_id,
        created_at=now,
        created_by=by,
        nonce=entry.nonce or uuid4(),
        import_key=entry.import_key,
        is_demo=entry.is_demo,
        **_values(entry),
    )


_COPIED = (
    "done_on", "stream_id", "adviser_id", "minutes", "topic_id", "service_id", "mode", "summary", "outcome",
    "next_step", "next_step_on", "edition_id", "mandate_id",
)  # fmt: skip


def _values(entry: Entry) -> dict[str, object]:
    return {name: getattr(entry, name) for name in _COPIED}


def _add_parties(rows: Sequence[tuple[Intervention, Entry]], now: datetime) -> None:
    frozen = _frozen(rows)
    InterventionParty.objects.bulk_create(
        [_party(row, p, frozen[row.done_on]) for row, entry in rows for p in entry.parties], batch_size=2000
    )
    Claim.objects.bulk_create(
        [Claim(intervention=row, agreement_id=a) for row, entry in rows for a in entry.agreement_ids],
        ignore_conflicts=True,
        batch_size=2000,
    )


def _frozen(rows: Sequence[tuple[Intervention, Entry]]) -> dict[date, dict[int, Snapshot]]:
    """Snapshots by day: an MRC's region depends on the day. Two statements."""
    ids = {p.enterprise_id for _row, entry in rows for p in entry.parties if p.enterprise_id}
    return snapshots(Organisation.objects.filter(pk__in=ids), [row.done_on for row, _entry in rows])


def _party(row: Intervention, party: PartyEntry, frozen: dict[int, Snapshot]) -> InterventionParty:
    copied = (
        frozen[party.enterprise_id]
        if party.enterprise_id
        else Snapshot(mrc_id=None, region_id=None, sector_id=None, size="")
    )
    return InterventionParty(
        intervention=row, enterprise_id=party.enterprise_id, person_id=party.person_id, role=party.role, **copied
    )


def _open_files(organisation_id: int, rows: Iterable[tuple[Intervention, Entry]]) -> None:
    files: dict[int, ClientFile] = {}
    for row, entry in sorted(rows, key=lambda pair: pair[0].done_on):
        for party in entry.parties:
            if party.enterprise_id and party.enterprise_id not in files:
                files[party.enterprise_id] = ClientFile(
                    organisation_id=organisation_id,
                    enterprise_id=party.enterprise_id,
                    adviser_id=row.adviser_id,
                    opened_on=row.done_on,
                )
    ClientFile.objects.bulk_create([files[k] for k in sorted(files)], ignore_conflicts=True, batch_size=2000)
    if files and CanvassMeeting.objects.filter(organisation=organisation_id, enterprise=None).exists():
        link_meetings(organisation_id, Organisation.objects.filter(pk__in=files))


@action(access.intervention)
def amend_intervention(*, intervention_id: int, entry: Entry, now: datetime, by: Account | None) -> Intervention:
    """Correct an intervention; the log keeps what it was. A party that stays keeps its frozen values.

    Raises FutureWork, NobodyServed, NotOurs, AlreadyCancelled.
    """
    row = locked(Intervention, intervention_id)
    if row.cancelled_at is not None:
        raise AlreadyCancelled(_("Cette intervention est annulée. Rétablissez-la avant de la corriger."))
    _check(entry, now)
    _check_references(row.organisation_id, [entry])
    entry = _canonical([entry])[0]
    for name, value in _values(entry).items():
        setattr(row, name, value)
    row.save()
    wanted = {(p.enterprise_id, p.person_id, p.role): p for p in entry.parties}
    for party in row.parties.all():
        if wanted.pop((party.enterprise_id, party.person_id, party.role), None) is None:
            party.delete()
    fresh = [(row, replace(entry, parties=tuple(wanted.values())))]
    row.claims.exclude(agreement_id__in=entry.agreement_ids).delete()
    _add_parties(fresh, now)
    _open_files(row.organisation_id, fresh)
    return row


@action(access.intervention)
def cancel_intervention(*, intervention_id: int, reason: str, now: datetime, by: Account | None) -> Intervention:
    """The intervention stays, with the reason, and no figure counts it. Cancelling twice changes nothing.

    Raises ReasonMissing.
    """
    if not reason.strip():
        raise ReasonMissing(_("Dites pourquoi l'intervention est annulée : doublon, erreur d'entreprise…"))
    row = locked(Intervention, intervention_id)
    if row.cancelled_at is None:
        row.cancelled_at, row.cancel_reason, row.cancelled_by = now, reason.strip()[:200], by
        row.save()
    return row


@action(access.intervention)
def restore_intervention(*, intervention_id: int, by: Account | None) -> Intervention:
    """Undo a cancellation: the intervention counts again."""
    row = locked(Intervention, intervention_id)
    row.cancelled_at, row.cancel_reason, row.cancelled_by = None, "", None
    row.save()
    return row


@action(access.intervention)
def complete_next_step(*, intervention_id: int, now: datetime, by: Account | None) -> None:
    """The next step that was promised is done."""
    row = locked(Intervention, intervention_id)
    if row.next_step_done_at is None:
        row.next_step_done_at = now
        row.save()


@action(access.intervention)
def reopen_next_step(*, intervention_id: int, by: Account | None) -> None:
    """The next step is not done after all."""
    row = locked(Intervention, intervention_id)
    row.next_step_done_at = None
    row.save()
