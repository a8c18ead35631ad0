"""The support organisation's definitions and its yearly reports: 2022-2023 as published, later ones invented."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.text import slugify

from maillage.accompaniment.actions.claims import keep_claim
from maillage.accompaniment.models import Intervention
from maillage.core.events import path_of
from maillage.core.period import Period
from maillage.directory import downloads
from maillage.directory.actions.downloads import make
from maillage.directory.models import Account, Download
from maillage.indicators import actions, exports
from maillage.indicators.models import Pivot, Report

from .base import Base, mrc_named, published
from .work import new_batch

D = actions.Definition
STREAMS = ("international", "innovation", "bioalimentaire")
TOUR: dict[str, Any] = {"period_rule": "fixed", "fixed_start": date(2020, 12, 1), "fixed_end": date(2023, 1, 1)}


def definitions(base: Base) -> list[actions.Definition]:
    """What the reports show, said once."""
    export, innovation, food = ({"stream": [base.streams[key].pk]} for key in STREAMS)
    local = [mrc_named(row["mrc"]).pk for row in published("export_support_by_mrc")]
    return [
        D("Interventions en exportation", "interventions", "interventions", "International", "Export interventions",
          filters=export, breakdowns=["territory", "topic", "month"]),
        D("Entreprises appuyées en exportation", "enterprises_served", "entreprises", "International",
          "Enterprises supported in exports", filters=export, breakdowns=["territory", "sector", "size"]),
        D("MRC couvertes", "mrc_covered", "mrc", "International", "MRCs covered", filters=export),
        D("Entreprises en accompagnement de forte intensité", "enterprises_intensive", "soutenu", "International",
          "Enterprises with intensive support", filters=export, breakdowns=["territory"]),
        D("Entreprises en aide ponctuelle", "enterprises_short", "ponctuel", "International",
          "Enterprises with short support", filters=export, breakdowns=["territory"]),
        D("Part des entreprises accompagnées avec forte intensité", "enterprises_intensive", "part-soutenu",
          "International", "Share of enterprises with intensive support", "%", "%", filters=export,
          denominator_fact="enterprises_served", denominator_filters=export, factor=Decimal(100), decimals=0,
          operator=">=", target=Decimal(40)),
        D("Entrepreneures choisies au Québec, cohorte LOJIQ", "cohort_enterprises", "cohorte", "International",
          "Entrepreneurs chosen in Québec, LOJIQ cohort", filters={**export, "edition_kind": ["cohort"]}),
        D("Entreprise du territoire choisie, cohorte LOJIQ", "cohort_enterprises", "cohorte-territoire",
          "International", "Enterprise of the territory chosen, LOJIQ cohort",
          filters={**export, "edition_kind": ["cohort"], "territory": local}),
        D("Entreprises au Parcours Préparation à l'exportation", "cohort_enterprises", "parcours", "International",
          "Enterprises in the export preparation path", filters={"edition_kind": ["path"]}),
        D("Entreprises en veille Signaux360", "cohort_enterprises", "veille", "International",
          "Enterprises in the Signaux360 watch", filters={"edition_kind": ["watch"]}),
        D("Activités d'exportation organisées", "activities", "activites", "International", "Export activities held",
          filters={**export, "kind": ["formation", "information"], "role": ["organiser"]}),
        D("Participants aux activités d'exportation", "activity_participants", "participants", "International",
          "Participants in export activities", filters={**export, "kind": ["formation", "information"]},
          breakdowns=["activity"]),
        D("Présences aux prix MercadOr Montérégie", "activity_head_count", "mercador-presences", "International",
          "People at the MercadOr awards", filters={**export, "kind": ["prix"]}),
        D("Organismes organisateurs des prix MercadOr", "activity_partners", "mercador-organisateurs", "International",
          "Organisers of the MercadOr awards", filters={"partner_role": ["organiser"], "kind": ["prix"]}),
        D("Entreprises accompagnées en innovation", "enterprises_served", "inno-entreprises", "Innovation",
          "Enterprises supported in innovation", filters=innovation, breakdowns=["territory"]),
        D("Entreprises en accompagnement soutenu", "enterprises_intensive", "inno-soutenu", "Innovation",
          "Enterprises with sustained support", filters=innovation),
        D("Prédiagnostics et référencements", "prediagnostics_delivered", "inno-prediagnostics", "Innovation",
          "Pre-diagnostics and referrals", filters=innovation),
        D("Participants au Grand rendez-vous Innovation", "activity_head_count", "gri-presences", "Innovation",
          "People at the Grand rendez-vous Innovation", filters={**innovation, "kind": ["evenement"]}),
        D("Édition du Grand rendez-vous Innovation", "edition_number", "gri-edition", "Innovation",
          "Edition of the Grand rendez-vous Innovation", "édition", "edition",
          filters={**innovation, "edition_kind": ["event"]}),
        D("Conférences", "talks", "gri-conferences", "Innovation", "Talks",
          filters={**innovation, "talk_kind": ["talk"]}),
        D("Panels", "talks", "gri-panels", "Innovation", "Panels", filters={**innovation, "talk_kind": ["panel"]}),
        D("PME aux Visites InnovaXion", "visited_enterprises", "innovaxion-pme", "Innovation",
          "Small businesses in the InnovaXion visits", filters=innovation, breakdowns=["territory"], **TOUR),
        D("MRC aux Visites InnovaXion", "visited_mrc", "innovaxion-mrc", "Innovation", "MRCs in the InnovaXion visits",
          filters=innovation, **TOUR),
        D("Équipes d'experts InnovaXion", "edition_partners", "innovaxion-experts", "Innovation",
          "Teams of InnovaXion experts", filters={"partner_role": ["expert"]}, **TOUR),
        D("Participants à La Grande Virée", "activity_head_count", "viree-participants", "Bioalimentaire",
          "People at La Grande Virée", filters={**food, "kind": ["evenement"]}),
        D("Billets vendus, La Grande Virée", "registrations", "viree-billets", "Bioalimentaire",
          "Tickets sold, La Grande Virée", filters={**food, "kind": ["evenement"]}),
        D("Événements, La Grande Virée", "activity_sessions", "viree-evenements", "Bioalimentaire",
          "Events, La Grande Virée", filters={**food, "kind": ["evenement"]}),
        D("Nouveaux membres de la marque régionale", "new_members", "marque-membres", "Bioalimentaire",
          "New members of the regional brand", filters={"held_by": ["organisation"]}),
        D("CPE participants", "cohort_enterprises", "cpe", "Petits ambassadeurs", "Childcare centres taking part",
          filters={**food, "edition_kind": ["cohort"]}),
        D("Nouveaux CPE", "cohort_joined", "cpe-nouveaux", "Petits ambassadeurs", "New childcare centres",
          filters={**food, "edition_kind": ["cohort"]}),
        D("CPE recrutés en 2021-2022", "cohort_joined", "cpe-precedents", "Petits ambassadeurs",
          "Childcare centres recruited in 2021-2022", filters={**food, "edition_kind": ["cohort"]},
          period_rule="fixed", fixed_start=date(2021, 4, 1), fixed_end=date(2022, 4, 1)),
        D("CPE accrédités", "cohort_enterprises", "cpe-accredites", "Petits ambassadeurs",
          "Accredited childcare centres",
          filters={**food, "edition_kind": ["cohort"], "enrolment_state": ["completed"]}),
        D("Édition du Défi 100 % local", "edition_number", "defi-edition", "Défi local", "Edition of the challenge",
          filters={**food, "edition_kind": ["event"]}),
        D("Participants au Défi 100 % local", "activity_head_count", "defi-participants", "Défi local",
          "Participants in the challenge", filters={**food, "kind": ["defi"]}),
        D("Représentations", "activities", "representations", "Bioalimentaire", "Representation",
          filters={**food, "kind": ["representation"]}),
        D("Membres votants du conseil", "voting_seats", "conseil-votants", "Gouvernance", "Voting members of the board",
          filters={"body_kind": ["board"]}, breakdowns=["role"]),
        D("Membres non votants du conseil", "non_voting_seats", "conseil-non-votants", "Gouvernance",
          "Non-voting members of the board", filters={"body_kind": ["board"]}),
        D("Postes de la permanence", "staff_posts", "permanence", "Gouvernance", "Staff posts"),
        D("Taux de présence au conseil", "governance_attendance", "conseil-presence", "Gouvernance",
          "Attendance at the board", "%", "%", filters={"body_kind": ["board"]}),
        D("Heures d'intervention", "intervention_minutes", "heures", "Ressources", "Hours of intervention", "heures",
          "hours", factor=Decimal("0.01666667"), breakdowns=["stream", "adviser"]),
        D("Interventions déclarées au bailleur fédéral", "claimed_interventions", "federal-interventions", "Bailleurs",
          "Interventions claimed with the federal funder", agreement_id=base.agreements["federal"].pk),
        D("Entreprises déclarées au bailleur régional", "claimed_enterprises", "regional-entreprises", "Bailleurs",
          "Enterprises claimed with the regional funder", period_rule="calendar_year",
          agreement_id=base.agreements["regional"].pk),
    ]  # fmt: skip


OUTLINES: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parent.parent / "data" / "outlines.json").read_text(encoding="utf-8")
)
LEAD = "Chaque chiffre de ce rapport est calculé à partir du travail noté au fil de l'année, et s'ouvre sur ses lignes."


def load_reports(base: Base) -> None:
    """Definitions, three reports (one frozen and shared, one that drifts, one draft) and a saved question."""
    for definition in definitions(base):
        actions.define(organisation_id=base.organisation.pk, definition=definition, by=None, now=base.now)
    director = base.people["direction"].account
    assert director is not None
    first = _report(base, "Rapport annuel 2022-2023", 2022, OUTLINES["published"])
    actions.publish(report_id=first.pk, by=director, now=datetime(2023, 6, 15, 14, tzinfo=UTC))
    funder = base.agreements["federal"].funder.organisation
    actions.share(
        report_id=first.pk,
        label=str(funder),
        funder_id=funder.pk,
        by=director,
        now=base.now,
        days=365,
    )
    actions.keep_as_template(report_id=first.pk, name="Rapport annuel par volet", by=director)
    second = _report(base, "Rapport annuel 2024-2025", 2024, OUTLINES["later"])
    actions.publish(report_id=second.pk, by=director, now=datetime(2025, 6, 10, 14, tzinfo=UTC))
    _late(base, date(2025, 3, 20), date(2025, 7, 2))
    _corrected(base, director)
    _report(base, "Rapport annuel 2025-2026", 2025, OUTLINES["later"])
    _settled(base, director)
    _ready_file(base, first, director)
    Pivot.objects.create(
        organisation=base.organisation,
        name="Interventions par MRC et par sujet",
        fact="interventions",
        rows="territory",
        columns="topic",
        filters={"stream": [base.streams["international"].pk]},
        owner=director,
    )


def _report(base: Base, title: str, year: int, outline: list[dict[str, Any]]) -> Report:
    return actions.create_report(
        organisation_id=base.organisation.pk,
        title=title,
        lead=LEAD,
        period=Period.fiscal_year(year),
        sections=outline,
        by=None,
        is_demo=True,
    )


def _late(base: Base, done_on: date, entered: date) -> None:
    """An intervention entered after the publication: the report tells its drift."""
    batch = new_batch(base)
    late = min(entered, base.today)
    batch.add("international", done_on, [base.pool[4]], claims=("federal",), entered=late)
    batch.write()


def _corrected(base: Base, director: Account) -> None:
    """A report of which a second edition took the place, once work that was entered late had been found."""
    first = _report(base, "Rapport annuel 2023-2024", 2023, OUTLINES["later"])
    actions.publish(report_id=first.pk, by=director, now=datetime(2024, 6, 12, 14, tzinfo=UTC))
    _late(base, date(2024, 3, 12), date(2024, 8, 20))
    edition = actions.new_edition(report_id=first.pk, by=director)
    actions.publish(report_id=edition.pk, by=director, now=datetime(2024, 9, 18, 14, tzinfo=UTC))


def _settled(base: Base, director: Account) -> None:
    """Of the interventions claimed from two funders, the last one: the provincial agreement released it."""
    federal, provincial = (base.agreements[key].pk for key in ("federal", "provincial"))
    twice = Intervention.objects.filter(claims__agreement=federal).filter(claims__agreement=provincial)
    row = twice.order_by("-done_on", "-pk").first()
    if row is not None:
        keep_claim(intervention_id=row.pk, kept_id=federal, released_id=provincial, now=base.now, by=director)


def _ready_file(base: Base, report: Report, director: Account) -> None:
    """« Mes fichiers » holds one: the published report with its rows."""
    asked = base.now - timedelta(hours=2)
    download = Download.objects.create(
        account=director,
        maker=path_of(exports.report),
        params={"report": str(report.public_id), "kind": "rows"},
        title=report.title,
        filename=f"{slugify(report.title)}-lignes.xlsx",
        content_type=downloads.XLSX,
        language="fr",
        asked_at=asked,
        touched_at=asked,
        expires_at=base.now + timedelta(days=6),
    )
    make(download_id=download.pk, now=asked)
