"""Interventions, mandates, deliverables: 2022-2023 as published (126, 55, 26 + 29; 22 = 9 + 13), the rest invented."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from maillage.accompaniment.models import (
    Claim,
    ClientFile,
    Deliverable,
    Intervention,
    InterventionParty,
    Mandate,
    Service,
    Topic,
)
from maillage.directory.models import Organisation, Territory

from .base import Base, frozen, make_enterprises, mrc_named, noon, published, spread, workdays

YEAR = (date(2022, 4, 1), date(2023, 4, 1))
TOPICS = {
    "international": (
        ("douanes", "Douanes", "Customs"),
        ("contrats", "Contrats", "Contracts"),
        ("distributeurs", "Distributeurs", "Distributors"),
        ("normes", "Normes", "Standards"),
        ("marches-cibles", "Marchés cibles", "Target markets"),
        ("commercialisation", "Commercialisation", "Marketing"),
    ),
    "innovation": (
        ("projet-innovant", "Projet innovant", "Innovation project"),
        ("financement", "Financement", "Financing"),
        ("reference-centre", "Référence à un centre de recherche", "Referral to a research centre"),
    ),
}
SERVICES = (
    ("conseil", "Conseil", "Advice"),
    ("diagnostic", "Diagnostic", "Diagnostic"),
    ("referencement", "Référencement", "Referral"),
)
SUMMARIES = (
    "Préparation d'une mission commerciale",
    "Révision d'une grille de prix à l'exportation",
    "Choix d'un transporteur",
    "Étiquetage pour un nouveau marché",
    "Rencontre avec un distributeur",
    "Plan d'action des six prochains mois",
    "Conformité douanière d'un envoi",
)


@dataclass
class Batch:
    """Rows gathered before they are written."""

    base: Base
    topics: dict[str, list[Topic]]
    services: dict[str, Service]
    interventions: list[Intervention] = field(default_factory=list)
    parties: list[InterventionParty] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)

    def add(
        self,
        stream: str,
        day: date,
        enterprises: Sequence[Organisation],
        *,
        service: str = "conseil",
        mandate: Mandate | None = None,
        claims: Sequence[str] = (),
        entered: date | None = None,
        organisation: Organisation | None = None,
    ) -> Intervention:
        """One intervention with its beneficiaries; entered two days after unless told."""
        random = self.base.random
        entered_on = entered or min(day + timedelta(days=random.randint(0, 4)), self.base.today)
        row = Intervention(
            organisation=organisation or self.base.organisation,
            adviser=self.base.adviser if organisation is None else None,
            done_on=day,
            minutes=random.choice([20, 30, 45, 60, 60, 90, 120]),
            stream=self.base.streams[stream],
            topic=random.choice(self.topics[stream]),
            service=self.services[service],
            mode=random.choice(["phone", "video", "visit", "office", "email"]),
            summary=random.choice(SUMMARIES),
            mandate=mandate,
            created_at=noon(entered_on),
            created_by=self.base.account,
            is_demo=True,
        )
        self.interventions.append(row)
        self.parties += [
            InterventionParty(intervention=row, enterprise=e, role="beneficiary", **frozen(e, day)) for e in enterprises
        ]
        self.claims += [Claim(intervention=row, agreement=self.base.agreements[key]) for key in claims]
        return row

    def write(self) -> None:
        Intervention.objects.bulk_create(self.interventions)
        InterventionParty.objects.bulk_create(self.parties)
        Claim.objects.bulk_create(self.claims)
        self.interventions, self.parties, self.claims = [], [], []


def new_batch(base: Base) -> Batch:
    """An empty batch, with the topics and services that rows name."""
    topics = {
        stream: [
            Topic.objects.get_or_create(
                organisation=None, key=key, defaults={"name": name, "name_en": en, "stream": base.streams[stream]}
            )[0]
            for key, name, en in entries
        ]
        for stream, entries in TOPICS.items()
    }
    services = {
        key: Service.objects.get_or_create(organisation=None, key=key, defaults={"name": name, "name_en": en})[0]
        for key, name, en in SERVICES
    }
    return Batch(base, topics, services)


def load_work(base: Base) -> None:
    """Enterprises and everything done with them."""
    base.pool = _pool(base, "export_support_by_mrc", "export")
    base.innovation = _innovation_pool(base)
    mrcs = [mrc_named(row["mrc"]) for row in published("export_support_by_mrc")]
    base.others = make_enterprises(base, 190, mrcs, slug="autre")
    batch = new_batch(base)
    _export_year(base, batch)
    _innovation_year(base, batch)
    for year in (2020, 2021, 2023, 2024, 2025, 2026):
        _other_year(base, batch, year)
    batch.write()
    _files(base)


def _pool(base: Base, file: str, slug: str) -> list[Organisation]:
    places: list[Territory] = []
    for row in published(file):
        places += [mrc_named(row["mrc"])] * int(row["enterprises"])
    return make_enterprises(base, len(places), places, slug=slug)


def _innovation_pool(base: Base) -> list[Organisation]:
    """22 enterprises by MRC; where the two lists meet, half of them are already accompanied in exports."""
    free = list(base.pool)
    chosen: list[Organisation] = []
    missing: list[Territory] = []
    for row in published("innovation_support_by_mrc"):
        mrc, wanted = mrc_named(row["mrc"]), int(row["enterprises"])
        shared = [e for e in free if e.mrc_id == mrc.pk][: wanted // 2]
        free = [e for e in free if e not in shared]
        chosen += shared
        missing += [mrc] * (wanted - len(shared))
    return chosen + make_enterprises(base, len(missing), missing, slug="innovation")


def _mandate(base: Base, enterprise: Organisation, stream: str, intensity: str, start: date, days: int) -> Mandate:
    over = start + timedelta(days=days) < base.today
    return Mandate(
        organisation=base.organisation,
        enterprise=enterprise,
        stream=base.streams[stream],
        adviser=base.adviser,
        intensity=intensity,
        stage="closed" if over else "action",
        during=(start, start + timedelta(days=days)),
        is_demo=True,
        **frozen(enterprise, start),
    )


def _deliver(mandate: Mandate, kind: str, day: date) -> Deliverable:
    columns = {name: getattr(mandate, name) for name in ("mrc_id", "region_id", "sector_id", "size")}
    return Deliverable(mandate=mandate, kind=kind, due_on=day, delivered_on=day, **columns)


def _claims_of(base: Base, day: date, n: int) -> tuple[str, ...]:
    """Most work is claimed once; a few rows twice, where the two agreements forbid it, for the warning to show."""
    if n % 61 == 60:
        return ("federal", "provincial")
    return ("federal",) if n % 3 else ("provincial", "regional") if n % 2 else ("provincial",)


def _export_year(base: Base, batch: Batch) -> None:
    """126 interventions, 55 enterprises in 9 MRCs, 26 of them accompanied intensively."""
    random = base.random
    days = workdays(*YEAR)
    order = random.sample(base.pool, len(base.pool))
    intensive, short = order[:26], order[26:]
    mandates = [_mandate(base, e, "international", "intensive", date(2022, 4, 4), 330) for e in intensive]
    mandates += [_mandate(base, e, "international", "short", date(2022, 5, 2), 60) for e in short]
    Mandate.objects.bulk_create(mandates)
    by_enterprise = {m.enterprise_id: m for m in mandates}
    deliverables = [_deliver(m, "diagnostic", date(2022, 6, 15)) for m in mandates[:26]]
    deliverables += [_deliver(m, "plan", date(2023, 2, 10)) for m in mandates[:18]]
    Deliverable.objects.bulk_create(deliverables)
    counts = spread(random, 126 - len(short), len(intensive)) + [1] * len(short)
    n = 0
    for enterprise, count in zip([*intensive, *short], counts, strict=True):
        for _ in range(count):
            served = [enterprise, intensive[n % 26]] if n in (30, 60, 90) else [enterprise]
            day = random.choice(days)
            batch.add(
                "international",
                day,
                list(dict.fromkeys(served)),
                service="diagnostic" if n % 9 == 0 else "conseil",
                mandate=by_enterprise[enterprise.pk],
                claims=_claims_of(base, day, n),
            )
            n += 1


def _innovation_year(base: Base, batch: Batch) -> None:
    """22 enterprises: 9 accompanied intensively, 13 with a pre-diagnostic and a referral."""
    random = base.random
    days = workdays(*YEAR)
    order = random.sample(base.innovation, len(base.innovation))
    mandates = [_mandate(base, e, "innovation", "intensive", date(2022, 4, 11), 300) for e in order[:9]]
    mandates += [_mandate(base, e, "innovation", "short", date(2022, 5, 16), 45) for e in order[9:]]
    Mandate.objects.bulk_create(mandates)
    Deliverable.objects.bulk_create([_deliver(m, "prediagnostic", date(2022, 9, 20)) for m in mandates[9:]])
    for n, mandate in enumerate(mandates):
        for _ in range(3 if n < 9 else 1):
            batch.add(
                "innovation",
                random.choice(days),
                [mandate.enterprise],
                service="conseil" if n < 9 else "referencement",
                mandate=mandate,
                claims=("regional",) if n % 2 else (),
            )


def _other_year(base: Base, batch: Batch, year: int) -> None:
    """A year before or after, invented: fewer or more than in 2022-2023, up to today."""
    random = base.random
    start, end = date(year, 4, 1), min(date(year + 1, 4, 1), base.today + timedelta(days=1))
    if start >= end:
        return
    share = (end - start).days / 365
    wanted = {2020: 84, 2021: 104, 2023: 131, 2024: 142, 2025: 150, 2026: 156}[year]
    served = random.sample(base.pool, 34) + random.sample(base.others, {2020: 6, 2021: 13}.get(year, 25))
    days = workdays(start, end) or [start]
    chosen = served[: max(3, int(len(served) * min(1, share * 1.6)))]
    mandates = [_mandate(base, e, "international", "intensive", start, 300) for e in chosen[: len(chosen) // 3]]
    Mandate.objects.bulk_create(mandates)
    for n in range(max(5, int(wanted * share))):
        enterprise = chosen[n % len(chosen)]
        day = random.choice(days)
        batch.add("international", day, [enterprise], claims=_claims_of(base, day, n))
    for n in range(max(3, int({2020: 14, 2021: 26}.get(year, 36) * share))):
        batch.add("innovation", random.choice(days), [base.innovation[(n * 5 + year) % (18 if year < 2022 else 22)]])


def _files(base: Base) -> None:
    """A client's file for each enterprise served."""
    served = InterventionParty.objects.filter(intervention__organisation=base.organisation, role="beneficiary")
    first: dict[int, Any] = {}
    for enterprise_id, day in served.order_by("intervention__done_on").values_list(
        "enterprise_id", "intervention__done_on"
    ):
        first.setdefault(enterprise_id, day)
    ClientFile.objects.bulk_create(
        [
            ClientFile(organisation=base.organisation, enterprise_id=key, adviser=base.adviser, opened_on=day)
            for key, day in first.items()
        ]
    )
