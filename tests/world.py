"""Two complete organisations of every kind, "ours" and "theirs"; `addresses` has an address of every page for each.

What only an organisation's own people may read holds its `secret`; what the public may read never does.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256
from types import SimpleNamespace
from uuid import uuid4

from allauth.mfa.models import Authenticator
from django.core.files.base import ContentFile
from django.utils import timezone

from maillage.accompaniment import models as acc
from maillage.accompaniment.actions import make_link
from maillage.accompaniment.tests import factories as acc_make
from maillage.catalogue import models as cat
from maillage.catalogue.tests import factories as cat_make
from maillage.core.period import Period
from maillage.directory.models import (
    Consent,
    ConsentText,
    DistinctPair,
    Download,
    FileImport,
    Invitation,
    Organisation,
    PastSituation,
    Person,
    RoleKind,
    Stewardship,
)
from maillage.directory.tests.factories import OrganisationFactory, PersonFactory, TerritoryFactory, give_role
from maillage.funding.tests.factories import AgreementFactory
from maillage.governance import models as gov
from maillage.governance.tests import factories as gov_make
from maillage.indicators import models as ind
from maillage.indicators.actions import reports
from maillage.indicators.tests.factories import indicator as make_indicator
from maillage.ledger import actions as ledger
from maillage.ledger.models import AccountKind, Book, LedgerAccount, Transaction
from maillage.ledger.types import Line
from maillage.market import models as mar
from maillage.market.actions import orders
from maillage.market.tests import factories as mar_make
from maillage.membership.models import MemberClass, Membership
from maillage.payments import models as pay
from maillage.payments.tests.factories import expected, paid
from maillage.press.tests.factories import MentionFactory
from maillage.programmes import models as pro
from maillage.programmes.tests import factories as pro_make

ROLES = [kind.value for kind in RoleKind]
DAY = date(2026, 3, 2)
PDF = "%PDF-1.4 "


@dataclass
class Side:
    """One organisation with all that it works with; `people` by role ("member" and "producer" too)."""

    secret: str
    organisation: Organisation
    people: dict[str, Person] = field(default_factory=dict)
    has: SimpleNamespace = field(default_factory=SimpleNamespace)


@dataclass
class World:
    ours: Side
    theirs: Side
    admin: Person
    stranger: Person


def build() -> World:
    return World(
        ours=make_side("ours", "SECRETNOTRE"),
        theirs=make_side("theirs", "SECRETLEUR"),
        admin=with_second_factor(PersonFactory(account__is_platform_admin=True)),
        stranger=PersonFactory(),
    )


def with_second_factor(person: Person) -> Person:
    Authenticator.objects.create(user=person.account, type=Authenticator.Type.TOTP, data={"secret": "GEZDGNBVGY3TQOJQ"})
    return person


def worker(organisation: Organisation, *kinds: str) -> Person:
    """Someone who holds these roles, and has a second factor, so that no page is hidden by its lack."""
    person = with_second_factor(PersonFactory())
    for kind in kinds:
        give_role(person, organisation, kind)
    return person


def make_side(slug: str, secret: str) -> Side:
    organisation = OrganisationFactory(name=f"Coop {slug}", slug=slug, mrc=TerritoryFactory())
    side = Side(secret, organisation)
    side.people = {kind: worker(organisation, kind) for kind in ROLES}
    parts = (
        _people, _catalogue, _market, _books, _governance, _accompaniment, _programmes, _indicators, _download,
        _file_import,
    )  # fmt: skip
    for build_part in parts:
        build_part(side)
    return side


def _people(side: Side) -> None:
    has, here = side.has, side.organisation
    has.person = side.people["staff"]
    has.role = has.person.roles.get()
    has.twin = OrganisationFactory(
        name=f"Coop {here.slug} bis", mrc=here.mrc, created_by=side.people["director"].account
    )
    has.stewardship = Stewardship.objects.create(
        organisation=here, steward=OrganisationFactory(name=f"Garde {here.slug}"), given_at=timezone.now()
    )
    has.apart = OrganisationFactory(name=f"Coop {here.slug} ter", mrc=here.mrc)
    DistinctPair.objects.create(low_id=here.pk, high_id=has.apart.pk, by=side.people["director"].account)
    has.invitation = Invitation.objects.create(
        organisation=here, email=f"{side.secret.lower()}@exemple.test", kind="packer",
        invited_by=side.people["director"].account, expires_at=timezone.now() + timedelta(days=7),
    )  # fmt: skip
    has.consent_text = ConsentText.objects.create(
        purpose="newsletter", organisation=here, version=1, text_fr="Recevoir des nouvelles.", in_force_from=DAY
    )
    Consent.objects.create(person=has.person, text=has.consent_text, given_at=timezone.now())


def _catalogue(side: Side) -> None:
    has, here = side.has, side.organisation
    has.farm = OrganisationFactory(name=f"Ferme {here.slug}", slug=f"ferme-{here.slug}", mrc=here.mrc)
    side.people["farmer"] = worker(has.farm, "producer")
    farmer = side.people["farmer"].account
    has.product = cat_make.ProductFactory(producer=has.farm, name=f"Carottes {here.slug}")
    has.format = cat_make.ProductFormatFactory(product=has.product)
    has.unoffered = cat_make.ProductFormatFactory(
        product=cat_make.ProductFactory(producer=has.farm, name=f"Panais {side.secret}")
    )
    has.sheet = cat.SheetImport.objects.create(
        producer=has.farm, file_name=f"{side.secret}.xlsx", uploaded_by=farmer,
        rows=[], counts={"new": 0, "changed": 0, "same": 0, "wrong": 0},
    )  # fmt: skip
    has.criterion = cat.Criterion.objects.create(organisation=here, text="Terre cultivée au Québec")
    has.application = cat.Application.objects.create(
        organisation=here, producer=has.farm, state="in_review", presentation=side.secret,
        created_by=farmer, submitted_at=timezone.now(),
    )  # fmt: skip
    cat.Answer.objects.create(application=has.application, criterion=has.criterion, text=side.secret)
    has.evidence = cat.Evidence.objects.create(
        application=has.application, name=f"{side.secret}.pdf", content_type="application/pdf",
        size=len(PDF + side.secret), file=ContentFile((PDF + side.secret).encode(), name="preuve.pdf"),
    )  # fmt: skip
    review = cat.Review.objects.create(
        application=has.application,
        reviewer=side.people["coordinator"],
        comment=side.secret,
        reviewed_at=timezone.now(),
    )
    cat.Score.objects.create(review=review, criterion=has.criterion, value=3)
    has.supply = cat.SupplyAgreement.objects.create(organisation=here, producer=has.farm, since=DAY)


def _market(side: Side) -> None:
    has, here = side.has, side.organisation
    has.market = mar_make.MarketFactory(
        organisation=here, slug=f"marche-{here.slug}", interac_email=f"{side.secret.lower()}-depots@exemple.test"
    )
    has.point = mar_make.PointFactory(market=has.market)
    has.zone = mar_make.ZoneFactory(market=has.market)
    has.pause = mar.Pause.objects.create(market=has.market, during=(DAY, DAY + timedelta(days=7)), reason=side.secret)
    has.cycle = mar_make.CycleFactory(market=has.market, number=1)
    has.slot = mar_make.SlotFactory(cycle=has.cycle, point=has.point)
    has.offer = mar_make.OfferFactory(cycle=has.cycle, format=has.format)
    side.people["member"] = mar_make.MemberFactory(has.market, family_name=side.secret)
    side.people["other_member"] = mar_make.MemberFactory(has.market)
    has.market_buyer = OrganisationFactory(name=f"Resto {here.slug}", slug=f"resto-{here.slug}")
    mar_make.MembershipFactory(organisation=here, person=None, member_organisation=has.market_buyer, number=900)
    give_role(side.people["member"], has.market_buyer, "buyer")
    has.order = place(side, has.cycle, has.slot, has.offer)
    mar.CartLine.objects.create(
        cart=mar.Cart.objects.get_or_create(cycle=has.cycle, person=side.people["member"])[0],
        offer=has.offer,
        quantity=1,
    )
    has.document = mar.Document.objects.create(
        cycle=has.cycle, kind="order_sheet_pdf", producer=has.farm, state="ready", made_at=timezone.now(),
        sha256=sha256((PDF + side.secret).encode()).hexdigest(), size=len(PDF + side.secret),
        file=ContentFile((PDF + side.secret).encode(), name="bon.pdf"),
    )  # fmt: skip

    has.desk_cycle = mar_make.CycleFactory(market=has.market, number=2)
    has.desk_slot = mar_make.SlotFactory(cycle=has.desk_cycle, point=has.point)
    has.desk_order = place(
        side, has.desk_cycle, has.desk_slot, mar_make.OfferFactory(cycle=has.desk_cycle, format=has.format)
    )
    has.desk_line = has.desk_order.lines.get()
    mar.Cycle.objects.filter(pk=has.desk_cycle.pk).update(state="closed")
    has.reception = mar.Reception.objects.create(
        offer=has.desk_line.offer, expected=2, received=2, at=timezone.now(), by=side.people["coordinator"].account
    )
    has.statement = mar.ProducerStatement.objects.create(
        cycle=has.desk_cycle, producer=has.farm, sold=Decimal("20.00"), adjusted=0, margin=Decimal("4.40"),
        net=Decimal("15.60"), tps=0, tvq=0, deposits=0, settled_at=timezone.now(), paid_reference=side.secret,
    )  # fmt: skip


def place(side: Side, cycle: mar.Cycle, slot: mar.Slot, offer: mar.Offer, by: str = "member") -> mar.Order:
    member = side.people[by]
    placed = orders.place_order(
        person_id=member.pk, cycle_id=cycle.pk, slot_id=slot.pk, payment_method="pickup", key=uuid4(),
        lines={offer.pk: Decimal(2)}, note=side.secret, now=timezone.now(), by=member.account,
    )  # fmt: skip
    return mar.Order.objects.get(pk=placed.order_id)


def _books(side: Side) -> None:
    has, here, member = side.has, side.organisation, side.people["member"]
    has.book = Book.objects.get(organisation=here)
    has.transaction = ledger.post(
        book_id=has.book.pk, key=f"world:{here.slug}", occurred_on=DAY, memo=side.secret,
        lines=[
            Line(AccountKind.MEMBER, Decimal(5), person_id=member.pk),
            Line(AccountKind.MARGIN, Decimal(-5)),
        ],
    )  # fmt: skip
    has.transaction = Transaction.objects.get(pk=has.transaction.pk)
    has.account = LedgerAccount.objects.get(book=has.book, kind="member", person=member)
    has.payment = paid(here, member, reference=side.secret)
    has.expected = expected(here, "25", member)
    has.bank_file = pay.BankFile.objects.create(
        organisation=here, name=f"{side.secret}.csv", content=f"Date,Description,Montant\n2026-03-02,{side.secret},25\n"
    )
    has.bank_line = pay.BankLine.objects.create(
        organisation=here, file=pay.BankFile.objects.create(organisation=here, name="lu.csv", lines=1),
        fingerprint=uuid4().hex, occurred_on=DAY, description=side.secret, amount=Decimal(25),
    )  # fmt: skip
    has.membership = Membership.objects.get(organisation=here, person=member)
    has.member_class = MemberClass.objects.filter(organisation=here).first()


def _governance(side: Side) -> None:
    has, here, secret = side.has, side.organisation, side.secret
    has.body = gov_make.BodyFactory(organisation=here, is_public=True)
    has.seat = gov_make.SeatFactory(body=has.body)
    has.term = gov_make.TermFactory(seat=has.seat, person=PersonFactory(family_name=secret), end_reason=secret)
    has.meeting_of_body = gov_make.MeetingFactory(
        body=has.body, organisation=here, place=secret, agenda=secret, minutes_name=f"{secret}.pdf", state="held",
        minutes=ContentFile((PDF + secret).encode(), name="pv.pdf"),
    )  # fmt: skip
    gov.Presence.objects.create(meeting=has.meeting_of_body, term=has.term, state="present", noted_at=timezone.now())


def _accompaniment(side: Side) -> None:
    has, here, secret = side.has, side.organisation, side.secret
    adviser = side.people["adviser"]
    has.enterprise = OrganisationFactory(name=f"Atelier {here.slug}", slug=f"atelier-{here.slug}", mrc=here.mrc)
    has.partner = OrganisationFactory(name=f"Partenaire {here.slug}", slug=f"partenaire-{here.slug}")
    has.intervention = acc_make.intervene(here, has.enterprise)
    acc.Intervention.objects.filter(pk=has.intervention.pk).update(
        summary=secret, outcome=secret, next_step=secret, next_step_on=DAY, adviser=adviser
    )
    has.mention = MentionFactory(organisation=here, title=secret, about=has.enterprise)
    has.client = acc.ClientFile.objects.get_or_create(
        organisation=here, enterprise=has.enterprise, defaults={"opened_on": DAY, "adviser": adviser}
    )[0]
    has.note = acc_make.NoteFactory(organisation=here, enterprise=has.enterprise, author=adviser, body=secret)
    has.share = acc.JourneyShare.objects.create(
        enterprise=has.enterprise, organisation=here, shown_to=has.partner, consented_on=DAY, consented_by=secret
    )
    has.mandate = acc_make.MandateFactory(organisation=here, enterprise=has.enterprise, goal=secret, title=secret)
    has.deliverable = acc_make.DeliverableFactory(mandate=has.mandate, title=secret)
    has.paper = acc.Document.objects.create(
        deliverable=has.deliverable, name=f"{secret}.pdf", added_at=timezone.now(),
        file=ContentFile((PDF + secret).encode(), name="rapport.pdf"),
    )  # fmt: skip
    has.follow_up = acc.OutcomeFollowUp.objects.create(mandate=has.mandate, months=6, due_on=DAY)
    has.questionnaire = acc_make.QuestionnaireFactory(organisation=here, title=f"Questionnaire {secret}")
    has.version = acc_make.VersionFactory(questionnaire=has.questionnaire)
    has.question = acc_make.QuestionFactory(section=acc_make.SectionFactory(version=has.version), kind="text")
    acc.QuestionnaireVersion.objects.filter(pk=has.version.pk).update(published_at=timezone.now())
    has.diagnostic = acc_make.DiagnosticFactory(version=has.version, enterprise=has.enterprise, adviser=adviser)
    acc.Answer.objects.create(diagnostic=has.diagnostic, question=has.question, value=secret)
    has.referral = acc_make.ReferralFactory(
        organisation=here, enterprise=has.enterprise, partner=has.partner, need=secret
    )
    has.links = {
        kind: make_link(row, now=timezone.now(), by=None)
        for kind, row in (("diagnostic", has.diagnostic), ("referral", has.referral), ("follow_up", has.follow_up))
    }
    has.past = PastSituation.objects.create(organisation=has.enterprise, until=DAY, noted_at=timezone.now())
    has.staff_role = worker(has.enterprise, "staff").roles.get()
    has.study = acc.MarketStudy.objects.create(mandate=has.mandate, created_at=timezone.now())
    acc.TargetMarket.objects.create(study=has.study, name=secret, note=secret)
    has.plan = acc.ExportPlan.objects.create(deliverable=has.deliverable, created_at=timezone.now())
    acc.PlanSection.objects.create(plan=has.plan, title="Sommaire", body=secret)
    has.topic = acc_make.WatchTopicFactory(organisation=here, title=secret, question=secret)
    has.signal = acc_make.WatchSignalFactory(topic=has.topic, title=secret)
    has.subscription = acc_make.WatchSubscriptionFactory(topic=has.topic, enterprise=has.enterprise)
    acc.WatchDelivery.objects.create(signal=has.signal, subscription=has.subscription, at=timezone.now())
    has.case = acc_make.SuccessionCaseFactory(organisation=here, enterprise=has.enterprise, summary=secret)
    has.buyer = acc.SuccessionBuyer.objects.create(case=has.case, name=secret, added_on=DAY)
    has.financing = acc_make.FinancingFactory(organisation=here, enterprise=has.enterprise, project=secret)
    has.meeting = acc_make.MeetingFactory(organisation=here, enterprise=has.enterprise, result=secret)
    has.agreement = AgreementFactory(organisation=here, title=f"Entente {secret}", notes=secret)
    has.claimed = has.intervention
    has.release = acc.ClaimRelease.objects.create(
        intervention=has.intervention, kept=has.agreement, released=AgreementFactory(organisation=here),
        at=timezone.now(), by=adviser.account,
    )  # fmt: skip
    has.instalment = has.agreement.instalments.create(amount=5, expected_on=DAY)
    has.accountability = has.agreement.accounts.create(due_on=DAY, label=secret)


def _programmes(side: Side) -> None:
    has, here, secret = side.has, side.organisation, side.secret
    has.programme = pro_make.ProgrammeFactory(organisation=here, title=f"Programme {secret}")
    has.edition = pro_make.EditionFactory(programme=has.programme, title=f"Cohorte {here.slug}")
    has.enrolment = pro_make.EnrolmentFactory(edition=has.edition, enterprise=has.enterprise)
    has.visit = pro_make.VisitFactory(edition=has.edition, enterprise=has.enterprise, summary=secret)
    has.activity = pro_make.ActivityFactory(organisation=here, title=f"Atelier {here.slug}", outcome=secret)
    has.session = pro_make.SessionFactory(activity=has.activity)
    has.registration = pro_make.RegistrationFactory(activity=has.activity, name=secret)
    pro_make.AttendanceFactory(registration=has.registration, session=has.session)
    pro.Talk.objects.create(activity=has.activity, title="Ouverture")
    has.call = pro_make.CallFactory(edition=has.edition)
    criterion = pro_make.CriterionFactory(call=has.call)
    juror = pro.Reviewer.objects.create(call=has.call, person=side.people["juror"])
    has.candidacy = pro.Application.objects.create(
        call=has.call, enterprise_name=f"Candidate {secret}", contact_name=secret, email="candidate@exemple.test",
        submitted_at=timezone.now(), answers={},
    )  # fmt: skip
    review = pro.Review.objects.create(reviewer=juror, application=has.candidacy, comment=secret)
    pro.Score.objects.create(review=review, criterion=criterion, points=1)


def _download(side: Side) -> None:
    now = timezone.now()
    side.has.download = Download.objects.create(
        account=side.people["director"].account, maker="x:y", title=f"Fichier {side.secret}", filename="x.xlsx",
        content_type="application/pdf", file=ContentFile(side.secret.encode(), name="fichier.xlsx"), state="ready",
        asked_at=now, touched_at=now, finished_at=now, expires_at=now + timedelta(days=7),
    )  # fmt: skip


def _file_import(side: Side) -> None:
    now = timezone.now()
    side.has.file_import = FileImport.objects.create(
        kind="maillage.press.imports:MENTIONS", organisation=side.organisation, file_name=f"{side.secret}.csv",
        headings=["Date", "Média", "Titre"], rows=[[2, ["2026-01-05", "Radio", side.secret]]],
        uploaded_by=side.people["adviser"].account, uploaded_at=now, touched_at=now,
    )  # fmt: skip


def _indicators(side: Side) -> None:
    has, here, secret = side.has, side.organisation, side.secret
    now, director = timezone.now(), side.people["director"].account
    has.indicator_version = make_indicator(here, name=f"Indicateur {secret}", key="interventions")
    has.indicator = has.indicator_version.indicator
    has.pivot = ind.Pivot.objects.create(
        organisation=here, name=secret, fact="interventions", rows="mrc", owner=director
    )
    outline = [{"title": secret, "blocks": [{"kind": "figures", "keys": ["interventions"]}]}]
    has.report = reports.create_report(
        organisation_id=here.pk, title=f"Rapport {secret}", period=Period(date(2022, 4, 1), date(2023, 4, 1)),
        sections=outline, by=director,
    )  # fmt: skip
    reports.publish(report_id=has.report.pk, by=director, now=now)
    has.frozen = ind.FrozenFigure.objects.get(report=has.report)
    has.link = ind.ReportLink.objects.create(report=has.report, label=secret, expires_at=now + timedelta(days=9))
    has.network = OrganisationFactory(name=f"Réseau {here.slug}", slug=f"reseau-{here.slug}")
    side.people["network_director"] = worker(has.network, "director")
    has.network_member = ind.NetworkMember.objects.create(
        network=has.network, member=has.partner, during=(date(2020, 1, 1), None), contact_email="m@exemple.test"
    )
    has.declaration = ind.Declaration.objects.create(
        network=has.network, member=has.partner, period=(date(2022, 4, 1), date(2023, 4, 1)), note=secret,
        token=uuid4().hex, expires_at=now + timedelta(days=9), evidence_name=f"{secret}.pdf",
        evidence=ContentFile((PDF + secret).encode(), name="preuve.pdf"),
    )  # fmt: skip
    has.plan = ind.Plan.objects.create(organisation=here, name=f"Plan {secret}", period=(DAY, date(2030, 1, 1)))
    has.region = ind.PlanRegion.objects.create(plan=has.plan, number=1, name=f"Région {secret}")
    has.action = ind.PlanAction.objects.create(
        plan=has.plan, number=1, label=secret, measure="Entreprises", target=5, begins=DAY, deadline=date(2029, 1, 1)
    )
    has.request = ind.AnswerRequest.objects.create(
        action=has.action, as_of=DAY, name=secret, email="r@exemple.test", token=uuid4().hex,
        expires_at=now + timedelta(days=9),
    )  # fmt: skip
