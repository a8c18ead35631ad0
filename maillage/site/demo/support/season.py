"""What is under way now: a conference to come, trainings (one full, with people who wait), peer training, a call with
its jury, a training just over with its opinions. All of it invented."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from maillage.directory.models import RoleKind
from maillage.programmes.models import (
    Activity,
    Application,
    Attendance,
    Call,
    CallField,
    Criterion,
    Edition,
    Feedback,
    Partner,
    Programme,
    Registration,
    Review,
    Reviewer,
    Score,
    Session,
    Talk,
)

from ..cast import Character
from .base import DEMO, Base, frozen, mrc_named
from .people import cast

TORONTO = ZoneInfo("America/Toronto")
FIRST_YEAR = 2013  # the ninth edition was that of 2022
TALKS = (
    (9, 0, 45, "keynote", "Innover à plusieurs : ce que dix ans nous ont appris", "Grande salle",
     "Maëlle Démo, directrice de recherche, Institut imaginaire"),
    (10, 0, 40, "talk", "Automatiser une petite ligne, sans rebâtir", "Salle Richelieu", "Omar Démo, ingénieur"),
    (10, 0, 40, "talk", "Emballages : moins de matière, même durée de vie", "Salle Yamaska", "Livia Démo, chimiste"),
    (11, 0, 40, "talk", "Financer un prototype", "Salle Richelieu", "Renée Démo, conseillère; Théo Démo, analyste"),
    (11, 0, 40, "talk", "Données d'atelier : par où commencer", "Salle Yamaska", "Kim Démo, consultante"),
    (13, 30, 60, "panel", "Recruter et garder ses talents en région", "Grande salle",
     "Inès Démo, directrice; Paul Démo, président; Awa Démo, cheffe d'équipe"),
    (15, 0, 40, "talk", "Trois entreprises racontent leur virage", "Grande salle", "Élie Démo; Zoé Démo; Marc Démo"),
)  # fmt: skip
OPINIONS = (
    (5, "Les exemples de formulaires, tout de suite utilisables.", ""),
    (5, "Les réponses aux questions de douane.", "Plus de temps pour les cas."),
    (4, "Le cahier remis.", "Commencer à l'heure."),
    (4, "", ""),
    (3, "La première partie.", "Trop rapide à la fin."),
)


def load_season(base: Base) -> None:
    """Activities and a call around today."""
    _conference(base)
    _trainings(base)
    _just_over(base)
    _peers(base)
    _call(base)


def _at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=TORONTO)


def _weekday(day: date) -> date:
    """That day, or the Monday after."""
    return day + timedelta(days=(7 - day.weekday()) if day.weekday() > 4 else 0)


def _activity(base: Base, day: date, hours: tuple[int, int], days: int = 1, **values: object) -> Activity:
    """A published activity of one or several weekly sessions."""
    values = {"state": "published", "mode": "in_person", "stream": base.streams["international"], **values}
    row = Activity.objects.create(
        organisation=base.organisation,
        starts_on=day,
        last_on=day + timedelta(days=7 * (days - 1)),
        is_demo=True,
        **values,
    )
    Session.objects.bulk_create(
        Session(
            activity=row,
            number=n + 1,
            starts_at=_at(day + timedelta(days=7 * n), hours[0]),
            ends_at=_at(day + timedelta(days=7 * n), hours[1]),
        )
        for n in range(days)
    )
    return row


def _people(base: Base, row: Activity, confirmed: int, waiting: int = 0) -> list[Registration]:
    """Registrations of invented people, in the order in which they came."""
    made = []
    for n in range(confirmed + waiting):
        enterprise = base.pool[(n * 7 + row.pk) % len(base.pool)]
        made.append(
            Registration(
                activity=row,
                name=f"Personne {n + 1} {DEMO}",
                enterprise=enterprise,
                enterprise_name=enterprise.name,
                state="confirmed" if n < confirmed else "waiting",
                created_at=base.now - timedelta(days=20, hours=-n),
                is_demo=True,
                **frozen(enterprise, base.today),
            )
        )
    return Registration.objects.bulk_create(made)


def _conference(base: Base) -> None:
    day = _weekday(base.today + timedelta(days=41))
    programme = Programme.objects.get(organisation=base.organisation, title="Grand rendez-vous Innovation")
    edition = Edition.objects.create(
        programme=programme,
        organisation=base.organisation,
        kind="event",
        title=f"Grand rendez-vous Innovation, {day.year}",
        number=day.year - FIRST_YEAR,
        during=(day, day + timedelta(days=1)),
        place="Saint-Hyacinthe",
        agreement=base.agreements["provincial"],
        is_demo=True,
    )
    row = _activity(
        base,
        day,
        (8, 17),
        kind="evenement",
        stream=base.streams["innovation"],
        edition=edition,
        title=f"Grand rendez-vous Innovation {DEMO}",
        description="Une journée pour voir, comparer et rencontrer : conférences courtes, panel, kiosques, et "
        "le temps de parler à celles et ceux qui l'ont fait.\n\nLe repas du midi est servi sur place.",
        place="Centre des congrès, Saint-Hyacinthe",
        mrc=mrc_named("Les Maskoutains"),
        capacity=150,
    )
    Talk.objects.bulk_create(
        Talk(
            activity=row,
            kind=kind,
            title=title,
            room=room,
            speakers=speakers,
            starts_at=_at(day, hour, minute),
            ends_at=_at(day, hour, minute) + timedelta(minutes=length),
            capacity=None if room == "Grande salle" else 40,
        )
        for hour, minute, length, kind, title, room, speakers in TALKS
    )
    Talk.objects.bulk_create(
        Talk(activity=row, kind="booth", title=f"Kiosque {n + 1}", exhibitor=exhibitor, room="Foyer")
        for n, exhibitor in enumerate([*base.innovation[:7], *base.pool[:2]])
    )
    Partner.objects.bulk_create(
        Partner(activity=row, organisation=o, role=role)
        for o, role in (
            (base.agreements["provincial"].funder.organisation, "sponsor"),
            (base.agreements["regional"].funder.organisation, "partner"),
        )
    )
    _people(base, row, 112)


def _trainings(base: Base) -> None:
    full = _activity(
        base,
        _weekday(base.today + timedelta(days=12)),
        (9, 12),
        days=3,
        kind="formation",
        title=f"Conformité douanière, trois matinées {DEMO}",
        description="Classer ses produits, lire un tarif, préparer ses documents. Apportez un cas de votre entreprise.",
        place="Salle Yamaska, Granby",
        mrc=mrc_named("La Haute-Yamaska"),
        capacity=14,
        certificate_sessions=3,
        agreement=base.agreements["federal"],
    )
    _people(base, full, 14, 4)
    online = _activity(
        base,
        _weekday(base.today + timedelta(days=25)),
        (12, 13),
        kind="information",
        mode="online",
        title=f"Aides à l'exportation : l'heure du midi {DEMO}",
        description="Une heure, trois programmes, vos questions.",
        online_url="https://visio.demo.maillage.example/midi",
        capacity=60,
    )
    _people(base, online, 22)


def _just_over(base: Base) -> None:
    """A training of last week, with presences and opinions."""
    row = _activity(
        base,
        _weekday(base.today - timedelta(days=9)),
        (13, 16),
        kind="formation",
        title=f"Négocier avec un distributeur {DEMO}",
        place="Bureau de Longueuil",
        capacity=20,
        certificate_sessions=1,
        feedback_asked_at=base.now - timedelta(days=6),
    )
    people, session = _people(base, row, 17), row.sessions.get()
    came = people[:15]
    Attendance.objects.bulk_create(
        Attendance(registration=r, session=session, noted_at=session.starts_at) for r in came
    )
    Feedback.objects.bulk_create(
        Feedback(registration=r, rating=rating, useful=useful, improve=improve, given_at=session.ends_at)
        for r, (rating, useful, improve) in zip(came, OPINIONS, strict=False)
    )


def _peers(base: Base) -> None:
    """An enterprise teaches its peers: last month, and next month."""
    for offset, host in ((-34, base.innovation[0]), (33, base.innovation[3])):
        row = _activity(
            base,
            _weekday(base.today + timedelta(days=offset)),
            (13, 16),
            kind="pairs",
            stream=base.streams["innovation"],
            title=f"De pair à pair : visite d'atelier chez {host.name.removesuffix(DEMO).strip()} {DEMO}",
            description="L'équipe ouvre son atelier et montre ce qu'elle a changé, ce que cela coûte et rapporte.",
            host=host,
            mrc=host.mrc,
            capacity=12,
        )
        people = _people(base, row, 9)
        if offset < 0:
            session = row.sessions.get()
            Attendance.objects.bulk_create(
                Attendance(registration=r, session=session, noted_at=session.starts_at) for r in people[:8]
            )


def _call(base: Base) -> None:
    """A call just closed, names hidden, reviews under way; another one open."""
    programme = Programme.objects.create(
        organisation=base.organisation,
        title=f"Cohorte Premiers marchés {DEMO}",
        stream=base.streams["international"],
        description="Huit entreprises préparent ensemble leur première vente hors Québec.",
        is_demo=True,
    )
    start = base.today + timedelta(days=45)
    edition = Edition.objects.create(
        programme=programme,
        organisation=base.organisation,
        kind="cohort",
        number=3,
        title=f"Premiers marchés, {start.year}",
        during=(start, start + timedelta(days=180)),
        places=8,
        agreement=base.agreements["federal"],
        is_demo=True,
    )
    closed = _form(base, edition, "Candidatures à la cohorte", -40, -3, hides_names=True)
    _candidates(base, closed)
    _form(base, edition, "Bourses de mise en marché", -5, 24, hides_names=False)


def _form(base: Base, edition: Edition, title: str, opens: int, closes: int, *, hides_names: bool) -> Call:
    call = Call.objects.create(
        edition=edition,
        title=f"{title} {DEMO}",
        text="Dites-nous en quelques lignes où vous en êtes et ce que vous visez. Vingt minutes suffisent.",
        opens_at=_at(base.today + timedelta(days=opens), 0),
        closes_at=_at(base.today + timedelta(days=closes), 0),
        published_at=base.now + timedelta(days=opens),
        hides_names=hides_names,
    )
    for order, (label, kind, choices) in enumerate(
        (
            ("Quel marché visez-vous ?", "choice", ["États-Unis", "Ontario", "Maritimes", "France"]),
            ("Qu'avez-vous déjà vendu hors Québec ?", "long", []),
            ("Combien de personnes travaillent chez vous ?", "number", []),
            ("Qu'attendez-vous de nous ?", "multiple", ["diagnostic", "formation", "contacts", "financement"]),
        ),
        start=1,
    ):
        CallField.objects.create(call=call, order=order, label=label, kind=kind, choices=choices)
    for order, (label, weight) in enumerate((("Marché et produit", 3), ("Équipe", 2), ("Retombées", 1)), start=1):
        Criterion.objects.create(call=call, order=order, label=label, weight=weight, maximum=5)
    return call


def _candidates(base: Base, call: Call) -> None:
    """Eleven applications; a juror of the demonstration and two colleagues read them."""
    juror = cast(Character("jury", "Jocelyne"), base.organisation, RoleKind.JUROR)
    jury = [
        Reviewer.objects.create(call=call, person=p) for p in (juror, base.people["conseil"], base.people["conseil-2"])
    ]
    fields, criteria = list(call.fields.all()), list(call.criteria.all())
    for n, enterprise in enumerate(base.pool[30:41]):
        row = Application.objects.create(
            call=call,
            enterprise=enterprise,
            enterprise_name=enterprise.name,
            contact_name=f"Contact {n + 1} {DEMO}",
            email=f"candidature-{n + 1}@demo.maillage.example",
            submitted_at=call.opens_at + timedelta(days=2 * n, hours=10),
            answers={
                str(fields[0].pk): fields[0].choices[n % 4],
                str(fields[1].pk): "Deux commandes d'essai, par un distributeur." if n % 2 else "Rien encore.",
                str(fields[2].pk): str(4 + 3 * n),
                str(fields[3].pk): fields[3].choices[: 1 + n % 3],
            },
        )
        for k, reviewer in enumerate(jury):
            if k == 0 and n > 4:
                continue  # the juror of the demonstration still has some to read
            review = Review.objects.create(
                reviewer=reviewer, application=row, submitted_at=base.now - timedelta(days=1), comment=""
            )
            Score.objects.bulk_create(
                Score(review=review, criterion=c, points=base.random.randint(1, 5)) for c in criteria
            )
