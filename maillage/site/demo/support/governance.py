"""Who sits and who works there: seats and posts as published, people who do not exist; a network that elects its
president; committees, meetings and presences of the last two years."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import cycle
from zoneinfo import ZoneInfo

from django.core.files.base import ContentFile

from maillage.directory.models import Consent, ConsentText, Organisation, Person
from maillage.directory.queries import find_territory
from maillage.governance.documents import draft_minutes
from maillage.governance.models import Body, Election, Meeting, Presence, Seat, Term

from ..names import FAMILY
from . import NETWORK_SLUG
from .base import Base, published
from .programmes import real

ROLES = {
    "président": "presidence",
    "vice-président": "vice_presidence",
    "secrétaire": "secretariat",
    "trésorière": "tresorerie",
    "administrateur": "administration",
    "non-votant": "observation",
}
_FIRST = "Aline Bastien Carole Damien Estelle Fabrice Gisèle Hubert Inès Jules Karine Léo Mireille Nathan Odette"
_SECOND = "Pascal Rachel Simon Tania Ugo Véronique William Yasmine Zacharie Agathe Blaise Clarisse Donat Édith Florent"
GIVEN = (*_FIRST.split(), *_SECOND.split())
BOARD_SINCE = date(2021, 6, 16)
ELECTED_2019 = date(2019, 6, 13)
TORONTO = ZoneInfo("America/Toronto")


def load_governance(base: Base) -> None:
    """The board and the staff of the support organisation as published for 2022-2023, and since; the network's
    election of 2019."""
    names = zip(cycle(GIVEN), cycle(FAMILY[::7] + FAMILY[3::7]), strict=False)
    _board(base, names)
    _staff(base, names)
    committees = _committees(base, names)
    _meetings(base, committees)
    _network(names)


def _person(names: Iterator[tuple[str, str]]) -> Person:
    given, family = next(names)
    return Person.objects.create(given_name=given, family_name=f"{family}-Démo", is_demo=True)


def _board(base: Base, names: Iterator[tuple[str, str]]) -> None:
    """Eleven seats held by organisations as published; those who hold them are invented. Officers are renewed every
    two years in June."""
    board = Body.objects.create(
        organisation=base.organisation,
        kind="board",
        name="Conseil d'administration",
        purpose="Le conseil oriente l'organisation, adopte le budget et répond du travail devant les membres.",
        notice_days=7,
        is_public=True,
        is_demo=True,
    )
    rows = [r for r in published("expansion_pme_governance") if r["body"] == "board"]
    text = ConsentText.objects.filter(purpose="gouvernance").first()
    for order, row in enumerate(rows, start=1):
        voting, observer = row["voting"] == "1", row["role"] == "non-votant"
        organisation = real(row["organisation"])
        seat = Seat.objects.create(
            body=board,
            order=order,
            role=ROLES[row["role"]],
            voting=voting,
            college="partenaires publics" if observer else "membres",
            represents=organisation if observer else None,
            term_months=None if observer else 24,
        )
        person = base.people["conseil-administration"] if order == 1 else _person(names)
        left = "août 2022" in row["note"]
        end = date(2022, 9, 1) if left else None
        Term.objects.create(
            seat=seat,
            person=person,
            organisation=organisation,
            during=(BOARD_SINCE, end or (None if observer else _next_june(base, order))),
            due_on=None if observer else _next_june(base, order),
            origin="appointed" if observer else "elected",
            end_reason="départ" if left else "",
            is_demo=True,
        )
        if text is not None and order % 3:
            Consent.objects.create(person=person, text=text, given_at=base.now, source="registre")


def _next_june(base: Base, order: int) -> date:
    """Half of the seats come to an end at the next assembly, the others a year later."""
    year = base.today.year + (1 if base.today >= date(base.today.year, 6, 1) else 0)
    return date(year + (order % 2), 6, 17)


def _staff(base: Base, names: Iterator[tuple[str, str]]) -> None:
    """The nine posts as published; one person left in February 2023 and was replaced in May."""
    staff = Body.objects.create(
        organisation=base.organisation, kind="staff", name="Permanence", is_public=True, is_demo=True
    )
    known = {"direction générale": "direction", "conseil à l'exportation": "conseil", "coordination": "programmes"}
    rows = [r for r in published("expansion_pme_governance") if r["body"] == "staff"]
    for order, row in enumerate(rows, start=1):
        title = row["role"][0].upper() + row["role"][1:]
        seat = Seat.objects.create(body=staff, order=order, role="poste", title=title, voting=False)
        person = base.people[known[row["role"]]] if row["role"] in known else _person(names)
        left = "départ" in row["note"]
        first = (date(2020, 9, 8), date(2023, 2, 18) if left else None)
        Term.objects.create(
            seat=seat, person=person, during=first, origin="hired", end_reason="démission" if left else "", is_demo=True
        )
        if left:
            Term.objects.create(
                seat=seat,
                person=base.people["conseil-2"],
                during=(date(2023, 5, 1), None),
                origin="hired",
                is_demo=True,
            )


def _committees(base: Base, names: Iterator[tuple[str, str]]) -> list[Body]:
    """A finance committee, a regional committee and an advisory committee, each with a vacancy or so."""
    made = []
    region = find_territory("Montérégie", kinds=("region",))
    for kind, name, purpose, size, vacant, territory in (
        ("committee", "Comité des finances", "Suit le budget et prépare l'audit.", 4, 0, None),
        ("regional", "Comité régional de l'innovation", "Réunit les MRC sur le soutien à l'innovation.", 7, 1, region),
        ("advisory", "Comité consultatif à l'exportation", "Conseille sur les marchés et les services.", 5, 1, None),
    ):  # fmt: skip
        body = Body.objects.create(
            organisation=base.organisation,
            kind=kind,
            name=name,
            purpose=purpose,
            territory=territory,
            is_demo=True,
        )
        since = date(base.today.year - 2, 10, 1)
        for n in range(size):
            seat = Seat.objects.create(
                body=body, order=n + 1, role="presidence" if n == 0 else "membre", voting=True, term_months=36
            )
            if n >= size - vacant:
                continue
            organisation = base.pool[n * 5] if kind != "committee" else None
            Term.objects.create(
                seat=seat,
                person=_person(names),
                organisation=organisation,
                during=(since, date(since.year + 3, 10, 1)),
                due_on=date(since.year + 3, 10, 1),
                origin="appointed",
                is_demo=True,
            )
        made.append(body)
    return made


def _meetings(base: Base, committees: list[Body]) -> None:
    """Board meetings every two months for two years, committees in season, and the next ones planned."""
    board = Body.objects.get(organisation=base.organisation, kind="board")
    for body, months in ((board, 2), (committees[0], 4), (committees[1], 6), (committees[2], 6)):
        terms = list(Term.objects.filter(seat__body=body).select_related("seat"))
        for n in range(24 // months):
            day = _weekday(base.today - timedelta(days=round(30.4 * months * n) + 12))
            meeting = _meeting(base, body, day, state="held")
            sitting = [t for t in terms if _runs(t, day)]
            Presence.objects.bulk_create(
                Presence(
                    meeting=meeting,
                    term=t,
                    state=base.random.choices(["present", "excused", "absent"], [84, 11, 5])[0],
                    noted_at=meeting.ends_at,
                )
                for t in sitting
            )
            votes = sum(1 for t in sitting if t.seat.voting)
            meeting.quorum = votes // 2 + 1
            if body == board and 0 < n < 6:
                meeting.minutes.save("proces-verbal.pdf", ContentFile(draft_minutes(meeting)), save=False)
                meeting.minutes_name = f"PV {day:%Y-%m-%d}.pdf"
                meeting.minutes_adopted_on = day + timedelta(days=60) if n > 1 else None
            meeting.save()
    _meeting(base, board, _weekday(base.today + timedelta(days=19)))
    _meeting(base, committees[1], _weekday(base.today + timedelta(days=33)))


def _weekday(day: date) -> date:
    """That day, or the Friday before."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def _runs(term: Term, day: date) -> bool:
    lower, upper = term.during if isinstance(term.during, tuple) else (term.during.lower, term.during.upper)
    return lower <= day and (upper is None or day < upper)


def _meeting(base: Base, body: Body, day: date, state: str = "planned") -> Meeting:
    start = datetime(day.year, day.month, day.day, 17, 30, tzinfo=TORONTO)
    return Meeting.objects.create(
        organisation=base.organisation,
        body=body,
        starts_at=start,
        ends_at=start + timedelta(hours=2),
        place="Salle du conseil",
        agenda="1. Ordre du jour\n2. Procès-verbal de la dernière réunion\n3. Suivis\n4. Budget\n5. Varia",
        state=state,
        notice_sent_at=start - timedelta(days=10) if state == "held" else None,
        is_demo=True,
    )


def _network(names: Iterator[tuple[str, str]]) -> None:
    """The network's assembly of June 2019, at Rivière-du-Loup: a new president; the one before stays on the board."""
    network = Organisation.objects.get(slug=NETWORK_SLUG)
    board = Body.objects.create(
        organisation=network, kind="board", name="Conseil d'administration", is_public=True, is_demo=True
    )
    chair = Seat.objects.create(body=board, order=1, role="presidence", voting=True, term_months=24)
    member = Seat.objects.create(body=board, order=2, role="administration", voting=True, term_months=24)
    before, after = _person(names), _person(names)
    Term.objects.create(seat=chair, person=before, during=(date(2017, 6, 8), ELECTED_2019), is_demo=True)
    start = datetime(2019, 6, 13, 13, 0, tzinfo=TORONTO)
    assembly = Meeting.objects.create(
        organisation=network,
        kind="assembly",
        starts_at=start,
        ends_at=start + timedelta(hours=3),
        place="Rivière-du-Loup",
        state="held",
        notice_sent_at=start - timedelta(days=30),
        quorum=9,
        voters=14,
        is_demo=True,
    )
    elected = Term.objects.create(
        seat=chair,
        person=after,
        during=(ELECTED_2019, None),
        origin="elected",
        meeting=assembly,
        is_demo=True,
    )
    Term.objects.create(
        seat=member, person=before, during=(ELECTED_2019, None), origin="appointed", meeting=assembly, is_demo=True
    )
    Election.objects.create(meeting=assembly, seat=chair, term=elected, candidates=2, votes=9, ballots=14)
