"""Which published figures are reproduced from records, which are carried as sourced statements, which wait, and why.

`REPRODUCED` names where each is computed: an indicator of the demonstration's report (`report:key`), a figure of its
network (`network:key`), a count of its plan (`plan:…`), or an attribute of a record (`record:…`). A figure of the plan
that no work could tell is carried by it as a statement with its source, shown apart.
`tests/acceptance/` computes and compares every one of them; `manage.py published_figures` writes the table.
"""

import csv
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

DATA = Path(__file__).parent / "data"
DOCUMENT = Path(__file__).resolve().parent.parent.parent / "docs" / "published-figures.md"


@dataclass(frozen=True)
class Published:
    """One published figure. `status`: reproduced, stated, waits, cannot."""

    source: str
    key: str
    label: str
    value: str
    unit: str
    precision: str
    status: str
    how: str


REPRODUCED = {
    "international/interventions": "report:interventions",
    "international/enterprises_total": "report:entreprises",
    "international/mrc_covered": "report:mrc",
    "international/intensive_support": "report:soutenu",
    "international/short_support": "report:ponctuel",
    "international/lojiq_selected_province": "report:cohorte",
    "international/lojiq_selected_territory": "report:cohorte-territoire",
    "international/parcours_export": "report:parcours",
    "international/signaux360": "report:veille",
    "international/signaux360_months": "record:watch",
    "international/activities": "report:activites",
    "international/activity_participants": "report:participants",
    "international/mercador_attendance": "report:mercador-presences",
    "international/mercador_orpex": "report:mercador-organisateurs",
    "innovation/enterprises_total": "report:inno-entreprises",
    "innovation/sustained_support": "report:inno-soutenu",
    "innovation/prediagnostics": "report:inno-prediagnostics",
    "innovation/gri_edition": "report:gri-edition",
    "innovation/gri_attendance": "report:gri-presences",
    "innovation/gri_conferences": "report:gri-conferences",
    "innovation/gri_panels": "report:gri-panels",
    "innovation/innovaxion_smes": "report:innovaxion-pme",
    "innovation/innovaxion_mrc": "report:innovaxion-mrc",
    "innovation/innovaxion_months": "record:tour",
    "innovation/innovaxion_experts": "report:innovaxion-experts",
    "bioalimentaire/grande_viree_participants": "report:viree-participants",
    "bioalimentaire/grande_viree_tickets": "report:viree-billets",
    "bioalimentaire/grande_viree_events": "report:viree-evenements",
    "bioalimentaire/new_members": "report:marque-membres",
    "petits_ambassadeurs/cpe_total": "report:cpe",
    "petits_ambassadeurs/cpe_new": "report:cpe-nouveaux",
    "petits_ambassadeurs/cpe_previous": "report:cpe-precedents",
    "petits_ambassadeurs/cpe_accredited": "report:cpe-accredites",
    "defi_local/edition": "report:defi-edition",
    "defi_local/participants": "report:defi-participants",
    "network/Participants au gala et au salon": "activity:gala",
    "gouvernance/staff": "report:permanence",
    "gouvernance/board_voting": "report:conseil-votants",
    "gouvernance/board_nonvoting": "report:conseil-non-votants",
    "network/Mandat à la présidence": "governance:presidency",
    "network/ORPEX membres": "network:members",
    "network/Entreprises appuyées": "network:enterprises",
    "network/Hausse annuelle": "network:growth",
    "network/Formations en développement des affaires": "network:trainings",
    "network/Plans d'affaires à l'international": "network:plans",
    "network/Diagnostics export": "network:diagnostics",
    "plan/Régions listées au plan": "plan:regions",
    "plan/Date du plan": "plan:adopted",
    "plan/Tournées déjà tenues de l'Initiative manufacturière": "plan:tours",
}
WAITS = {
    "international/mercador_winners_territory": "awards (nominations, jury, winners)",
    "bioalimentaire/virees_mrc": "circuits and campaigns",
    "bioalimentaire/virees_partners": "circuits and campaigns",
    "bioalimentaire/meal_courses": "ticketed farm events",
    "bioalimentaire/collaborators": "circuits and campaigns",
    "bioalimentaire/project_age": "circuits and campaigns",
    "network/Lauréats du Gala MercadOr Québec": "awards (nominations, jury, winners)",
    "network/Finalistes": "awards (nominations, jury, winners)",
}
CANNOT = {
    "defi_local/growth": "no whole number of participants in 2021 gives it: 115 would be 1651 %, 116 would be 1636 %",
    "defi_local/share_quebec": "the number of participants in Québec is another organisation's, and is not published",
}
SECTIONS_WAIT = {
    "bioalimentaire": "circuits, promotion, advent calendar",
    "petits_ambassadeurs": "childcare accreditation",
    "defi_local": "month-long challenge, institutions",
}
STATED = "the plan's territory, as a statement with its source"
NEARLY, OVER, ABOUT = Decimal("0.9"), Decimal("1.1"), Decimal("0.05")


def agrees(value: Decimal, entry: Published) -> bool:
    """Whether a computed value is what was published, as precisely as it was published.

    « nearly 50 » is less than 50, by a tenth at most; « more than 3,605 » and « at least 2 » start at their number, and
    go a tenth over at most; « about 100 » is within a twentieth. The rest is equal, the uncertain as well.
    """
    number = Decimal(entry.value)
    if entry.precision == "nearly":
        return number * NEARLY <= value < number
    if entry.precision in ("more_than", "at_least"):
        return number <= value <= number * OVER
    if entry.precision == "approx":
        return abs(value - number) <= number * ABOUT
    return value == number


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a file of published figures."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def published() -> list[Published]:
    """Every published figure of the report, the network and the plan, with what becomes of it."""
    found = []
    for row in rows("report_figures"):
        key = f"{row['section']}/{row['indicator_key']}"
        found.append(_entry("A", key, row, SECTIONS_WAIT.get(row["section"], "")))
    found += [_entry("D", f"network/{row['indicator']}", row, "") for row in rows("network_results")]
    found += [_entry("E", f"plan/{row['indicator']}", row, "") for row in rows("plan_figures")]
    for row in rows("plan_actions"):
        unit, value = row["unit"], row["target"]
        found.append(
            Published(
                "E", f"action/{row['action_no']}", row["indicator"], value, unit, "exact", "reproduced", "plan:action"
            )
        )
    for name, label in (("plan_priorities", "Priorités"), ("plan_issues", "Enjeux"), ("plan_actions", "Actions")):
        count = str(len(rows(name)))
        found.append(Published("E", f"count/{name}", label, count, "", "exact", "reproduced", f"plan:{name}"))
    return found


def _entry(source: str, key: str, row: dict[str, str], waits: str) -> Published:
    if key in REPRODUCED:
        status, how = "reproduced", REPRODUCED[key]
    elif key in CANNOT:
        status, how = "cannot", CANNOT[key]
    elif key in WAITS or waits:
        status, how = "waits", WAITS.get(key, waits)
    else:
        status, how = "stated", STATED
    return Published(source, key, row["indicator"], row["value"], row["unit"], row["precision"], status, how)


def document() -> str:
    """The table, as `docs/published-figures.md` holds it."""
    every = published()
    counts = {s: sum(1 for p in every if p.status == s) for s in ("reproduced", "stated", "waits", "cannot")}
    lines = [
        "# Published figures",
        "",
        "Figures that organisations published (`maillage/indicators/data/`), and what becomes of each here.",
        "Those reproduced are computed from the records of the demonstration and compared by `tests/acceptance/`;",
        "the records are synthetic, the totals are the published ones. Written by `manage.py published_figures`.",
        "A figure that no work could tell (an area in forest, a law's year) is carried as a statement: value, unit,",
        "precision, period and source, shown apart from what is counted and added to nothing.",
        "",
        "Precision: *nearly* is less than its number, by a tenth at most; *more than* and *at least* start at it and",
        "go a tenth over at most; *approx* is within a twentieth; *exact* and *uncertain* are equal.",
        "",
        f"{len(every)} figures: {counts['reproduced']} reproduced, {counts['stated']} carried as a sourced statement, "
        f"{counts['waits']} wait for another system, {counts['cannot']} cannot be reproduced.",
        "",
    ]
    for status, title in (
        ("reproduced", "Reproduced"),
        ("stated", "Carried as a sourced statement, not computed"),
        ("waits", "Waiting for another system"),
        ("cannot", "Impossible to reproduce"),
    ):
        lines += [f"## {title}", "", "| Source | Figure | Published | Precision | " + _column(status) + " |"]
        lines += ["|---|---|---|---|---|"]
        lines += [
            f"| {p.source} | {p.label} | {p.value} {p.unit} | {p.precision} | {p.how} |".replace("  |", " |")
            for p in every
            if p.status == status
        ]
        lines.append("")
    return "\n".join(lines)


def _column(status: str) -> str:
    return {"reproduced": "Computed by", "stated": "Carried by", "waits": "Needs", "cannot": "Why"}[status]
