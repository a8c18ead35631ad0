"""What an adviser keeps beside interventions: diagnostics, referrals, financings, canvassing, outcomes, watch,
succession, target markets, a partner organisation. All invented, most of it of this year and the last."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from maillage.accompaniment import actions
from maillage.accompaniment.models import (
    CanvassMeeting,
    FinancingIntervention,
    Intervention,
    InterventionParty,
    JourneyShare,
    Mandate,
    OutcomeFollowUp,
    Question,
    QuestionnaireVersion,
    Section,
    Stage,
    StageChange,
    WatchDelivery,
    WatchSignal,
    WatchSubscription,
)
from maillage.core.period import after
from maillage.directory.actions import add_person, change_situation
from maillage.directory.models import Organisation, RoleKind
from maillage.press.models import Mention

from ..cast import DOMAIN, Character
from .base import DEMO, Base, frozen, mrc_named, noon, published, region_on
from .people import cast

SECTIONS = (
    ("Marchés", "Choisir un marché et parler à dix clients avant d'y investir.",
     "Connaissez-vous vos marchés cibles ?", "Avez-vous des clients hors Québec ?"),
    ("Produit", "Adapter l'étiquette et l'emballage au premier marché.",
     "Votre produit répond-il aux normes de ces marchés ?", "Votre emballage supporte-t-il le transport ?"),
    ("Équipe", "Nommer une personne responsable de l'exportation.",
     "Quelqu'un s'occupe-t-il d'exportation ?", "Votre équipe parle-t-elle la langue du marché ?"),
    ("Finances", "Chiffrer deux ans d'efforts et leur financement.",
     "Avez-vous un budget d'exportation ?", "Savez-vous votre marge une fois livré ?"),
    ("Capacité", "Vérifier ce qui peut être produit de plus en six mois.",
     "Pouvez-vous produire 20 % de plus ?", "Vos délais sont-ils tenus ?"),
)  # fmt: skip


def load_following(base: Base) -> None:
    """Everything of this module."""
    version = _questionnaire(base)
    _diagnostics(base, version)
    partner = _partner(base)
    _referrals(base, partner)
    _financings(base)
    _meetings(base)
    _press(base)
    _outcomes(base)
    _stages(base)
    _markets(base)
    _watch(base)
    _successions(base)
    _file(base)


def _questionnaire(base: Base) -> QuestionnaireVersion:
    questionnaire = actions.create_questionnaire(
        organisation_id=base.organisation.pk,
        title=f"Prêt à exporter {DEMO}",
        introduction="Dix questions pour voir où vous en êtes. Quinze minutes.",
        stream_id=base.streams["international"].pk,
        by=base.account,
    )
    version = questionnaire.versions.get()
    for order, (title, advice, *questions) in enumerate(SECTIONS):
        section = Section.objects.create(version=version, title=title, advice=advice, order=order)
        first = Question.objects.create(section=section, label=questions[0], order=0, weight=2)
        Question.objects.create(
            section=section, label=questions[1], order=1, show_if=first, show_values=[2, 3, 4, 5], required=False
        )
    actions.publish_version(version_id=version.pk, now=noon(base.today - timedelta(days=900)), by=base.account)
    return version


def _diagnostics(base: Base, version: QuestionnaireVersion) -> None:
    """Eight enterprises, four of them twice a year apart; two wait for an answer."""
    questions = list(Question.objects.filter(section__version=version).order_by("section__order", "order"))
    for n, enterprise in enumerate(base.others[:10]):
        ages = (40 + 9 * n,) if n >= 4 else (430 + 9 * n, 50 + 9 * n)
        for turn, age in enumerate(ages):
            day = base.today - timedelta(days=age)
            row = actions.start_diagnostic(
                organisation_id=base.organisation.pk,
                enterprise_id=enterprise.pk,
                version_id=version.pk,
                adviser_id=base.adviser.pk,
                now=noon(day),
                by=base.account,
                is_demo=True,
            )
            if n < 8:
                given = {q.pk: min(5, (n * 3 + k * 2) % 5 + turn) for k, q in enumerate(questions)}
                actions.answer_diagnostic(diagnostic_id=row.pk, answers=given, finish=True, now=noon(day))


def _partner(base: Base) -> Organisation:
    """A second organisation, with its adviser, that sees some journeys with the enterprises' consent."""
    partner = Organisation.objects.create(
        name=f"Développement économique des Rives {DEMO}",
        slug="demo-developpement-rives",
        legal_form="non_profit",
        email=f"rives@{DOMAIN}",
        is_demo=True,
    )
    adviser = cast(Character("conseil-3", "Pascal"), partner, RoleKind.ADVISER)
    stream = base.streams["innovation"]
    shared = base.others[:4]
    made = [
        Intervention(
            organisation=partner,
            adviser=adviser,
            done_on=base.today - timedelta(days=20 * n + 5),
            minutes=60,
            stream=stream,
            mode="visit",
            summary=text,
            created_at=noon(base.today - timedelta(days=20 * n + 5)),
            created_by=adviser.account,
            is_demo=True,
        )
        for n, text in enumerate(("Visite de l'atelier", "Choix d'un équipement", "Demande d'aide préparée"))
    ]
    Intervention.objects.bulk_create(made)
    InterventionParty.objects.bulk_create(
        [
            InterventionParty(intervention=row, enterprise=e, **frozen(e, row.done_on))
            for row in made
            for e in shared[:3]
        ]
    )
    day = base.today - timedelta(days=120)
    for enterprise in shared:
        actions.open_file(
            organisation_id=partner.pk, enterprise_id=enterprise.pk, adviser_id=adviser.pk, today=day, by=None
        )
    pairs = [(partner, base.organisation, shared[:3]), (base.organisation, partner, shared[:2])]
    JourneyShare.objects.bulk_create(
        [
            JourneyShare(
                enterprise=e, organisation=maker, shown_to=reader, consented_on=day, consented_by="La direction (démo)"
            )
            for maker, reader, enterprises in pairs
            for e in enterprises
        ]
    )
    return partner


NEEDS = (
    "Traduire le site et les fiches de produits",
    "Valider la composition d'un emballage compostable",
    "Financer un nouvel équipement",
    "Trouver un transporteur réfrigéré",
    "Protéger une marque aux États-Unis",
    "Former deux personnes à la vente en ligne",
)


def _referrals(base: Base, partner: Organisation) -> None:
    for n, need in enumerate(NEEDS):
        on = base.today - timedelta(days=16 + 25 * n)
        row = actions.refer(
            organisation_id=base.organisation.pk,
            enterprise_id=base.others[n].pk,
            partner_id=partner.pk,
            need=f"{need} {DEMO}",
            consented_by="La direction (démo)",
            stream_id=base.streams["innovation"].pk,
            adviser_id=base.adviser.pk,
            now=noon(on),
            by=base.account,
            is_demo=True,
        )
        if n == 0:
            continue
        after = noon(on + timedelta(days=6))
        actions.answer_referral(referral_id=row.pk, accepted=n != 4, answer="Nous les appelons.", now=after)
        if n in (2, 3):
            actions.close_referral(referral_id=row.pk, outcome="L'entreprise a été aidée.", now=after)


def _financings(base: Base) -> None:
    kinds = ("loan", "guarantee", "grant", "equity", "loan")
    rows = []
    for n in range(14):
        enterprise, day = base.others[n * 2], base.today - timedelta(days=12 + 33 * n)
        rows.append(
            FinancingIntervention(
                organisation=base.organisation,
                enterprise=enterprise,
                kind=kinds[n % 5],
                amount=Decimal(25_000 + 17_500 * (n % 7)),
                authorised_on=day,
                authorised_by_network=n % 4 != 0,
                is_innovative=n % 3 == 0,
                is_manufacturing=n % 2 == 0,
                is_social_economy=n % 6 == 5,
                stream=base.streams["innovation" if n % 3 == 0 else "international"],
                adviser=base.adviser,
                project=("Équipement de production", "Mise en marché", "Fonds de roulement")[n % 3],
                is_demo=True,
                **frozen(enterprise, day),
            )
        )
    FinancingIntervention.objects.bulk_create(rows)


def _press(base: Base) -> None:
    """What invented media said, of the organisation and of enterprises that it helps."""
    said = ("Portrait", "Elle conquiert un nouveau marché", "Une relève assurée", "Entrevue")
    rows = []
    for n in range(18):
        about = base.others[3 * n] if n % 3 else None
        title = f"{said[n % 4]} : {about.name if about else base.organisation.name}"
        medium = ("Le Quotidien fictif", "Radio fictive", "L'Hebdo fictif")[n % 3]
        day = base.today - timedelta(days=6 + 23 * n)
        rows.append(
            Mention(
                organisation=base.organisation,
                on=day,
                medium=f"{medium} {DEMO}",
                title=title[:240],
                link=f"https://medias.exemple.test/{n + 1}/",
                about=about,
                is_demo=True,
            )
        )
    Mention.objects.bulk_create(rows)


def _meetings(base: Base) -> None:
    """Enterprises met that were no clients; one in six is followed since."""
    mrcs = [mrc_named(row["mrc"]) for row in published("export_support_by_mrc")]
    rows = []
    for n in range(24):
        day, client = base.today - timedelta(days=4 + 11 * n), n % 8 == 7
        enterprise = base.others[40 + n] if client or n % 6 == 0 else None
        mrc = enterprise.mrc if enterprise else mrcs[n % len(mrcs)]
        rows.append(
            CanvassMeeting(
                organisation=base.organisation,
                enterprise=enterprise,
                company_name=enterprise.name if enterprise else f"Ateliers de la Rive {n + 1} {DEMO}",
                met_on=day,
                adviser=base.adviser,
                was_client=client,
                result=("Rappeler au printemps.", "Intéressée par un diagnostic.", "Pas de besoin maintenant.")[n % 3],
                is_demo=True,
                mrc=mrc,
                region_id=region_on(mrc.pk if mrc else None, day),
            )
        )
    CanvassMeeting.objects.bulk_create(rows)


def _outcomes(base: Base) -> None:
    """Of the mandates that ended, the questions of 6, 12 and 24 months: most answered, some waiting, some to come."""
    ended = Mandate.objects.filter(organisation=base.organisation, stage=Stage.CLOSED).order_by("-during", "pk")[:60]
    rows = []
    for n, mandate in enumerate(ended):
        last = mandate.during.upper - timedelta(days=1)
        for months in actions.FOLLOW_UP_MONTHS:
            due = after(last, months=months)
            asked = due <= base.today
            answered = asked and (n + months) % 5 != 0 and due < base.today - timedelta(days=10)
            rows.append(
                OutcomeFollowUp(
                    mandate=mandate,
                    months=months,
                    due_on=due,
                    asked_at=noon(due) if asked else None,
                    **_said(n + months, due) if answered else {},
                )
            )
    OutcomeFollowUp.objects.bulk_create(rows)


def _said(n: int, due: date) -> dict[str, Any]:
    return {
        "answered_at": noon(due + timedelta(days=1 + n % 9)),
        "sales": ("up", "up", "same", "up", "down")[n % 5],
        "jobs_change": (2, 1, 0, 4, -1)[n % 5],
        "helped": (4, 3, 3, 4, 2)[n % 5],
        "comment": "Deux nouveaux clients en Ontario." if n % 7 == 0 else "",
    }


def _stages(base: Base) -> None:
    """The mandates that last stand at different stages, with how they came there."""
    lasting = list(Mandate.objects.filter(organisation=base.organisation, stage=Stage.ACTION).order_by("pk")[:40])
    stages = (Stage.WELCOME, Stage.DIAGNOSTIC, Stage.PLAN, Stage.ACTION, Stage.FOLLOW_UP)
    changes = []
    for n, mandate in enumerate(lasting):
        reached = stages[: 1 + n % 5]
        mandate.stage, mandate.during = reached[-1], (mandate.during.lower, None)
        for k, stage in enumerate(reached):
            changes.append(
                StageChange(
                    mandate=mandate,
                    from_stage=reached[k - 1] if k else "",
                    to_stage=stage,
                    changed_on=min(mandate.during[0] + timedelta(days=21 * k), base.today),
                    noted_at=base.now,
                    by=base.account,
                )
            )
    Mandate.objects.bulk_update(lasting, ["stage", "during"])
    StageChange.objects.bulk_create(changes)


MARKETS = (("Ontario", (5, 4, 2, 4, 5, 2, 5, 4)), ("Maine et Vermont", (3, 4, 4, 4, 4, 3, 4, 4)),
           ("France", (4, 2, 2, 3, 1, 5, 2, 3)), ("Japon", (4, 1, 3, 5, 0, 1, 1, 3)))  # fmt: skip


def _markets(base: Base) -> None:
    """A mandate with its markets compared, a plan being written, and what is due."""
    mandate = Mandate.objects.filter(organisation=base.organisation, stage=Stage.PLAN).order_by("pk").first()
    if mandate is None:
        return
    study = actions.start_study(mandate_id=mandate.pk, now=base.now, by=base.account)
    criteria = list(study.criteria.all())
    made = [(actions.add_market(study_id=study.pk, name=name, by=base.account), points) for name, points in MARKETS]
    actions.save_grid(
        study_id=study.pk,
        grid=actions.Grid(
            weights={},
            points={(c.pk, m.pk): p for m, points in made for c, p in zip(criteria, points, strict=True)},
            chosen={m.pk: n < 2 for n, (m, _points) in enumerate(made)},
            notes={made[0][0].pk: "Deux distributeurs déjà rencontrés", made[1][0].pk: "Livrable en un jour"},
        ),
        by=base.account,
    )
    due = base.today + timedelta(days=18)
    row = actions.add_deliverable(mandate_id=mandate.pk, kind="export_plan", title="", due_on=due, by=base.account)
    plan = actions.start_plan(deliverable_id=row.pk, now=base.now, by=base.account)
    first, second, third = list(plan.sections.all())[:3]
    actions.save_plan(
        plan_id=plan.pk,
        bodies={
            first.pk: "Vendre d'abord en Ontario, puis dans le Maine et le Vermont, par deux distributeurs.",
            second.pk: "La production peut croître de 25 % sans nouvel équipement.",
            third.pk: "L'Ontario et le nord-est des États-Unis ont les meilleures notes de la grille.",
        },
        steps=[
            actions.Step("Signer avec un distributeur ontarien", "Direction", due, Decimal(4500)),
            actions.Step("Adapter l'étiquette", "Production", due + timedelta(days=40), Decimal(2200)),
        ],
        now=base.now,
        by=base.account,
    )
    actions.add_deliverable(
        mandate_id=mandate.pk,
        kind="market_study",
        title="",
        due_on=base.today - timedelta(days=3),
        by=base.account,
    )


TOPICS = (
    ("Étiquetage et normes aux États-Unis", "Quelles règles changent pour les aliments transformés ?",
     (("Nouvelle règle sur l'allégation « sain »", "important", "Vérifier les étiquettes avant la fin de l'année."),
      ("Date d'application reportée", "info", "Six mois de plus pour écouler les emballages."))),
    ("Énergie et équipement efficaces", "Quelles aides sont offertes aux petites usines ?",
     (("Appel de projets en efficacité énergétique", "urgent", "Dépôt dans quatre semaines."),)),
)  # fmt: skip


def _watch(base: Base) -> None:
    for n, (title, question, signals) in enumerate(TOPICS):
        topic = actions.create_topic(
            organisation_id=base.organisation.pk,
            title=f"{title} {DEMO}",
            question=question,
            sources="Journal officiel\nInfolettre du secteur",
            stream_id=base.streams["international" if n == 0 else "innovation"].pk,
            now=base.now,
            by=base.account,
            is_demo=True,
        )
        for k, enterprise in enumerate(base.others[10 + 6 * n : 16 + 6 * n]):
            actions.subscribe_enterprise(
                topic_id=topic.pk,
                enterprise_id=enterprise.pk,
                email=f"veille-{n}-{k}@{DOMAIN}",
                starts_on=base.today - timedelta(days=345 - 55 * k),
                adviser_id=base.adviser.pk,
                now=base.now,
                by=base.account,
                is_demo=True,
            )
        for k, (text, weight, meaning) in enumerate(signals):
            signal = actions.note_signal(
                topic_id=topic.pk,
                noted_on=base.today - timedelta(days=9 + 40 * k),
                title=text,
                source="",
                summary="Signal inventé pour la démonstration.",
                meaning=meaning,
                weight=weight,
                adviser_id=base.adviser.pk,
                now=base.now,
                by=base.account,
                is_demo=True,
            )
            if k or n:  # the last of the first topic is still to be sent
                _received(signal)


def _received(signal: WatchSignal) -> None:
    """The signal went to those who receive the topic, two days after it was noted; nothing is written to anyone."""
    day = signal.noted_on + timedelta(days=2)
    signal.sent_at = noon(day)
    signal.save()
    readers = WatchSubscription.objects.filter(topic=signal.topic_id, during__contains=day)
    WatchDelivery.objects.bulk_create([WatchDelivery(signal=signal, subscription=s, at=noon(day)) for s in readers])


CASES: tuple[tuple[str, str, int, tuple[tuple[str, str], ...]], ...] = (
    ("search", "external", 22, (("Repreneuse A", "met"), ("Repreneur B", "interested"))),
    ("talks", "coop", 14, (("Les employés", "offer"),)),
    ("prepared", "family", 8, ()),
    ("transferred", "coop", 31, (("Coopérative des employés", "chosen"),)),
    ("aware", "unknown", 5, ()),
)


def _successions(base: Base) -> None:
    for n, (stage, kind, jobs, buyers) in enumerate(CASES):
        opened = base.today - timedelta(days=420 - 60 * n)
        case = actions.open_case(
            organisation_id=base.organisation.pk,
            enterprise_id=base.others[24 + n].pk,
            opened_on=opened,
            now=base.now,
            by=base.account,
            is_demo=True,
            seller="Personne fondatrice (démo)",
            kind=kind,
            jobs=jobs,
            wanted_by=base.today + timedelta(days=60 + 120 * n),
            adviser_id=base.adviser.pk,
        )
        for name, state in buyers:
            values = {"name": f"{name} {DEMO}", "state": state}
            actions.save_buyer(case_id=case.pk, values=values, today=opened, by=base.account)
        if stage != "aware":
            actions.move_case(
                case_id=case.pk,
                to_stage=stage,
                on=opened + timedelta(days=90),
                reason="",
                now=base.now,
                by=base.account,
            )


def _file(base: Base) -> None:
    """One enterprise whose file shows everything: a move, people, a note, promised steps."""
    enterprise = base.others[0]
    mrcs = [mrc_named(row["mrc"]) for row in published("export_support_by_mrc")]
    there = next(m for m in mrcs if m.pk != enterprise.mrc_id)
    change_situation(
        organisation_id=enterprise.pk,
        since=base.today - timedelta(days=200),
        mrc_id=there.pk
        if enterprise.mrc_id != there.pk
        else mrc_named(published("export_support_by_mrc")[2]["mrc"]).pk,
        sector_id=enterprise.sector_id,
        employees=27,
        now=base.now,
        by=None,
    )
    for given, title in (("Solène", "Directrice générale"), ("Hugo", "Responsable des ventes")):
        add_person(
            organisation_id=enterprise.pk,
            kind=RoleKind.STAFF,
            since=base.today - timedelta(days=700),
            title=title,
            by=None,
            given_name=given,
            family_name="Démo",
            is_demo=True,
        )
    actions.add_note(
        organisation_id=base.organisation.pk,
        enterprise_id=enterprise.pk,
        author=base.adviser,
        body="Préfère être appelée le matin (démonstration).",
        visibility="organisation",
        shared_with_id=None,
        now=base.now,
        by=base.account,
    )
    recent = Intervention.objects.filter(organisation=base.organisation, adviser=base.adviser).order_by(
        "-done_on", "-pk"
    )
    for n, row in enumerate(recent[:6]):
        row.next_step = ("Envoyer la liste des distributeurs", "Rappeler au sujet du budget", "Relire l'étiquette")[
            n % 3
        ]
        row.next_step_on = base.today + timedelta(days=5 * n - 8) if n < 5 else None
        row.save()
