"""Activities as published (7 and 78 participants; representation; the conference), cohorts, watch, expert visits."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from maillage.directory.models import Organisation
from maillage.membership.models import MemberClass, MemberSequence, Membership
from maillage.programmes.models import (
    Activity,
    Attendance,
    Edition,
    Enrolment,
    Partner,
    Programme,
    Registration,
    Session,
    Talk,
    Visit,
)

from .base import DEMO, Base, frozen, make_enterprises, mrc_named, noon, published

PARTICIPANTS = {"1": 14, "2": 9, "3": 12, "4": 10, "5": 11, "6": 13, "7": 9}  # 78, split by us
ROLES = {
    "organiser": "organiser",
    "co-organiser": "co_organiser",
    "regional partner": "partner",
    "participant": "participant",
}
MODES = {"in_person": "in_person", "online": "online", "online_and_site": "hybrid", "online_and_pickup": "hybrid"}
HEADS = {"8": 100, "9": 104, "11": 48, "14": 2014}  # ≈100, more than 100, nearly 50, as entered by participants


def load_programmes(base: Base) -> None:
    """Everything of `programmes` that the published figures count."""
    activities = _activities(base)
    _participants(base, activities)
    _conference(base, activities["9"])
    _award_partners(base, activities["8"])
    _met(activities)
    _brand(base)
    _editions(base)


def _activities(base: Base) -> dict[str, Activity]:
    made, sessions = {}, []
    for row in published("activities"):
        days = [date.fromisoformat(d) for d in row["session_dates"].split(";") if len(d) == 10]
        start, last = _dates(row, days)
        made[row["id"]] = Activity(
            organisation=base.organisation,
            stream=base.streams[row["volet"]],
            kind=row["kind"],
            role=ROLES[row["role"]],
            title=row["title"],
            mode=MODES.get(row["mode"], "unspecified"),
            place=row["place"],
            starts_on=start,
            last_on=last,
            state="published",
            head_count=HEADS.get(row["id"]),
            is_demo=True,
        )
        sessions += [(row["id"], n, day) for n, day in enumerate(days, start=1)]
    Activity.objects.bulk_create(made.values())
    Session.objects.bulk_create(
        [
            Session(activity=made[key], number=n, starts_at=_at(day, 9), ends_at=_at(day, 12, 30))
            for key, n, day in sessions
        ]
    )
    return made


def _dates(row: dict[str, str], days: list[date]) -> tuple[date | None, date | None]:
    if days:
        return min(days), max(days)
    if len(row["start"]) == 7:  # a month: its first day, and the last day of the last month
        year, month = (int(part) for part in row["end"].split("-"))
        following = date(year + month // 12, month % 12 + 1, 1)
        return date.fromisoformat(f"{row['start']}-01"), following - timedelta(days=1)
    return None, None


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour + 4, minute, tzinfo=UTC)


def _participants(base: Base, activities: dict[str, Activity]) -> None:
    """78 people seen at the seven activities, and the 27 tickets of La Grande Virée."""
    registrations, attendances = [], []
    sessions: dict[int, list[Session]] = {}
    for session in Session.objects.filter(activity__in=activities.values()):
        sessions.setdefault(session.activity_id, []).append(session)
    for key, count in {**PARTICIPANTS, "11": 27}.items():
        activity = activities[key]
        for n in range(count):
            enterprise = None if key == "11" else base.random.choice(base.pool)
            row = Registration(
                activity=activity,
                name=f"Personne {key}-{n + 1} {DEMO}",
                enterprise=enterprise,
                state="confirmed",
                created_at=noon(activity.starts_on or base.today) - timedelta(days=base.random.randint(3, 25)),
                is_demo=True,
                **(frozen(enterprise, activity.starts_on) if enterprise and activity.starts_on else {}),
            )
            registrations.append(row)
            seen = [] if key == "11" else sessions[activity.pk]
            kept = seen if base.random.random() < 0.7 else seen[: max(1, len(seen) - 1)]
            attendances += [Attendance(registration=row, session=s, noted_at=s.starts_at) for s in kept]
    Registration.objects.bulk_create(registrations)
    Attendance.objects.bulk_create(attendances)


def _conference(base: Base, activity: Activity) -> None:
    """The ninth edition: an opening talk, six talks and one panel."""
    kinds = [("keynote", "Conférence d'ouverture")]
    kinds += [("talk", f"Conférence {n}") for n in range(1, 7)] + [("panel", "Panel de discussion")]
    day = activity.starts_on or date(2022, 10, 5)
    edition = _edition(base, "Grand rendez-vous Innovation", "innovation", "event", day, day + timedelta(days=1))
    edition.number, edition.place = 9, activity.place
    edition.save()
    activity.edition = edition
    activity.save()
    Talk.objects.bulk_create(
        [
            Talk(activity=activity, kind=kind, title=title, starts_at=_at(day, 8 + n), ends_at=_at(day, 8 + n, 45))
            for n, (kind, title) in enumerate(kinds)
        ]
    )


def real(name: str) -> Organisation:
    """An organisation named in a published document: its name, nothing more."""
    from django.utils.text import slugify

    return Organisation.objects.get_or_create(name=name, defaults={"slug": slugify(name)[:80]})[0]


def _award_partners(base: Base, activity: Activity) -> None:
    """Three organisers of the awards, ourselves included."""
    others = [real("CIQMO"), real("DEL - Développement économique de l'agglomération de Longueuil")]
    Partner.objects.bulk_create(
        [Partner(activity=activity, organisation=o, role="organiser") for o in (base.organisation, *others)]
    )


JOINED = {2021: 24, 2022: 32, 2023: 11, 2024: 15, 2025: 12}


def _brand(base: Base) -> None:
    """Enterprises that are members of the regional brand; 32 of them joined in 2022, as published."""
    kept = MemberClass.objects.create(
        organisation=base.organisation,
        name="La Montérégie, le Garde-Manger du Québec",
        description="Marque régionale : aliments d'ici, mis de l'avant ensemble.",
        fee=0,
        period="life",
        held_by="organisation",
    )
    days = [date(year, 4, 11) + timedelta(days=n * 7) for year, count in JOINED.items() for n in range(count)]
    rows = zip(base.others, [day for day in days if day <= base.today], strict=False)
    made = Membership.objects.bulk_create(
        Membership(
            organisation=base.organisation, member_class=kept, member_organisation=e, number=n, during=(day, None)
        )
        for n, (e, day) in enumerate(rows, start=1)
    )
    MemberSequence.objects.create(organisation=base.organisation, last=len(made))


MET = {"24": "Tourisme Montérégie", "27": "Aliments du Québec", "31": "Tourisme Montérégie"}


def _met(activities: dict[str, Activity]) -> None:
    """Who received us where the organisation was represented: those that the title of the event names."""
    Partner.objects.bulk_create(
        [Partner(activity=activities[key], organisation=real(name), role="met") for key, name in MET.items()]
    )


def _edition(base: Base, title: str, stream: str, kind: str, start: date, end: date, **more: Any) -> Edition:
    programme = Programme.objects.create(
        organisation=base.organisation, title=title, stream=base.streams[stream], is_demo=True
    )
    return Edition.objects.create(
        programme=programme,
        organisation=base.organisation,
        kind=kind,
        title=f"{title}, {start.year}",
        during=(start, end),
        is_demo=True,
        **more,
    )


def _editions(base: Base) -> None:
    """A cohort (7 chosen in Québec, 1 of the territory), a path (3), a watch (2), a tour of experts (15 in 6 MRCs)."""
    cohort = _edition(
        base, "Cohorte d'entrepreneures LOJIQ", "international", "cohort", date(2022, 6, 1), date(2023, 4, 1)
    )
    away = [mrc_named(name) for name in ("La Matanie", "Rimouski-Neigette", "Memphrémagog", "Joliette", "Papineau")]
    local = next(e for e in base.pool if e.mrc and "Brome" in e.mrc.name)
    chosen = [local, *make_enterprises(base, 6, away, slug="cohorte")]
    path = _edition(
        base, "Parcours Préparation à l'exportation", "international", "path", date(2022, 9, 1), date(2023, 3, 1)
    )
    watch = _edition(base, "Veille Signaux360", "international", "watch", date(2022, 6, 7), date(2023, 6, 7))
    Enrolment.objects.bulk_create(
        _enrol(edition, enterprise)
        for edition, enterprises in ((cohort, chosen), (path, base.pool[10:13]), (watch, base.pool[20:22]))
        for enterprise in enterprises
    )
    _tour(base)
    _childcare(base)
    _edition(base, "Défi 100 % local", "bioalimentaire", "event", date(2022, 9, 1), date(2022, 10, 1), number=8)


def _childcare(base: Base) -> None:
    """The eleven childcare centres of « Petits ambassadeurs », as published: their year, and whether accredited."""
    edition = _edition(
        base, "Petits ambassadeurs", "bioalimentaire", "cohort", date(2021, 4, 1), base.today + timedelta(days=200)
    )
    Enrolment.objects.bulk_create(
        Enrolment(
            edition=edition,
            enterprise=real(row["name"]),
            state="completed" if row["accredited"] == "1" else "confirmed",
            joined_on=date(int(row["joined"][:4]), 9, 15),
        )
        for row in published("childcare_centres")
    )


def _enrol(edition: Edition, enterprise: Organisation) -> Enrolment:
    start = edition.during[0] if isinstance(edition.during, tuple) else edition.during.lower
    return Enrolment(
        edition=edition, enterprise=enterprise, state="completed", joined_on=start, **frozen(enterprise, start)
    )


def _tour(base: Base) -> None:
    tour = _edition(base, "Visites InnovaXion", "innovation", "tour", date(2020, 12, 1), date(2022, 12, 1))
    mrcs = [mrc_named(row["mrc"]) for row in published("innovaxion_mrc")]
    visited = make_enterprises(base, 15, mrcs, slug="visite")
    days = [date(2021, 2, 3) + timedelta(days=43 * n) for n in range(15)]
    Visit.objects.bulk_create(
        [
            Visit(edition=tour, enterprise=e, visited_on=day, is_demo=True, **frozen(e, day))
            for e, day in zip(visited, days, strict=True)
        ]
    )
    experts = [row["name"] for row in published("organisations") if row["role"] == "expert InnovaXion"]
    Partner.objects.bulk_create([Partner(edition=tour, organisation=real(name), role="expert") for name in experts])
