"""Two complete organisations of every kind, "ours" and "theirs", and an address of every page for each.

What only an organisation's own people may read holds its `secret`; what the public may read never does.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from allauth.mfa.models import Authenticator
from django.core.files.base import ContentFile
from django.utils import timezone

from maillage.accompaniment import models as acc
from maillage.accompaniment import queries as accompaniment
from maillage.accompaniment.actions import make_link
from maillage.accompaniment.journey import journey
from maillage.accompaniment.tests import factories as acc_make
from maillage.catalogue import models as cat
from maillage.catalogue.tests import factories as cat_make
from maillage.core.period import Period
from maillage.directory.models import (
    Consent,
    ConsentText,
    DistinctPair,
    Download,
    Invitation,
    Organisation,
    PastSituation,
    Person,
    RoleKind,
)
from maillage.directory.tests.factories import OrganisationFactory, PersonFactory, TerritoryFactory, give_role
from maillage.directory.tokens import token_of as invitation_token
from maillage.funding.tests.factories import AgreementFactory
from maillage.governance import models as gov
from maillage.governance.tests import factories as gov_make
from maillage.indicators import models as ind
from maillage.indicators.actions import reports
from maillage.indicators.tests.factories import indicator as make_indicator
from maillage.indicators.views.report_links import public_url
from maillage.ledger import actions as ledger
from maillage.ledger.models import AccountKind, Book, LedgerAccount, Transaction
from maillage.ledger.types import Line
from maillage.market import models as mar
from maillage.market.actions import orders
from maillage.market.tests import factories as mar_make
from maillage.membership.models import MemberClass, Membership
from maillage.payments import models as pay
from maillage.payments.tests.factories import expected, paid
from maillage.programmes import models as pro
from maillage.programmes.tests import factories as pro_make
from maillage.programmes.tokens import token_of as ticket_token

ROLES = [kind.value for kind in RoleKind]
DAY = date(2026, 3, 2)


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
    Authenticator.objects.create(user=person.account, type=Authenticator.Type.TOTP, data={"secret": "x"})
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
    )  # fmt: skip
    for build_part in parts:
        build_part(side)
    return side


def _people(side: Side) -> None:
    has, here = side.has, side.organisation
    has.person = side.people["staff"]
    has.role = has.person.roles.get()
    has.twin = OrganisationFactory(name=f"Coop {here.slug} bis", mrc=here.mrc, merged_into=None)
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
        application=has.application, name=f"{side.secret}.pdf", content_type="application/pdf", size=8,
        file=ContentFile(b"%PDF-1.4 " + side.secret.encode(), name="preuve.pdf"),
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
        cycle=has.cycle, kind="order_sheet_pdf", producer=has.farm, state="ready", made_at=timezone.now(), size=9,
        file=ContentFile(b"%PDF-1.4 " + side.secret.encode(), name="bon.pdf"),
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
        organisation=here, file=has.bank_file, fingerprint=uuid4().hex, occurred_on=DAY,
        description=side.secret, amount=Decimal(25),
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
        minutes=ContentFile(b"%PDF-1.4 " + secret.encode(), name="pv.pdf"),
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
        file=ContentFile(b"%PDF-1.4 " + secret.encode(), name="rapport.pdf"),
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
        evidence=ContentFile(b"%PDF-1.4 " + secret.encode(), name="preuve.pdf"),
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


# --- an address of every page -------------------------------------------------------------------------------------

Kwargs = Callable[[Side], dict[str, Any]]


def _all(names: str, kwargs: Kwargs) -> dict[str, Kwargs]:
    return dict.fromkeys(names.split(), kwargs)


def _of(thing: str, names: str, **more: Kwargs) -> dict[str, Kwargs]:
    return _all(names, lambda s: {"public_id": getattr(s.has, thing).public_id})


def _here(names: str) -> dict[str, Kwargs]:
    return _all(names, lambda s: {"public_id": s.organisation.public_id})


def _report_token(side: Side) -> str:
    return public_url(side.has.link).rstrip("/").rsplit("/", 1)[1]


EXAMPLES: dict[str, Kwargs] = {
    "demo_sign_in": lambda s: {"key": "coordination"},
    "stylesheet": lambda s: {"version": "x"},
    **_all("mfa_remove_webauthn mfa_edit_webauthn", lambda s: {"pk": 1}),
    "account_confirm_email": lambda s: {"key": "x"},
    "account_reset_password_from_key": lambda s: {"uidb36": "1", "key": "x-y"},
    # directory
    **_all(
        "directory:compare directory:distinct",
        lambda s: {"first": s.organisation.public_id, "second": s.has.twin.public_id},
    ),
    **_here(
        "directory:organisation directory:organisation_edit directory:organisation_history"
        " directory:organisation_separate directory:people directory:invite directory:person_add"
    ),
    **_all(
        "directory:resend directory:withdraw",
        lambda s: {"public_id": s.organisation.public_id, "invitation_id": s.has.invitation.public_id},
    ),
    "directory:role_add": lambda s: {"public_id": s.organisation.public_id, "person_id": s.has.person.public_id},
    "directory:role_end": lambda s: {"public_id": s.organisation.public_id, "role_id": s.has.role.public_id},
    **_of("download", "directory:download directory:download_file directory:download_cancel"),
    "directory:consent": lambda s: {"text_id": s.has.consent_text.pk},
    "directory:invitation": lambda s: {"token": invitation_token(s.has.invitation)},
    # catalogue
    **_of("sheet", "catalogue:import_preview catalogue:import_discard"),
    "catalogue:picture": lambda s: {"name": "x.webp"},
    **_of("product", "catalogue:product"),
    **_all(
        "catalogue:criteria catalogue:criteria_edit catalogue:apply catalogue:applications",
        lambda s: {"slug": s.organisation.slug},
    ),
    **_of("application", "catalogue:application catalogue:review catalogue:decision catalogue:withdraw"),
    **_of("evidence", "catalogue:evidence"),
    **_of("supply", "catalogue:agreement_end"),
    # books, payments, members
    **_of("account", "ledger:account"),
    **_of("transaction", "ledger:transaction"),
    **_here("ledger:book ledger:journal ledger:taxes ledger:closing"),
    "ledger:journal_file": lambda s: {"public_id": s.organisation.public_id, "form": "csv"},
    "ledger:kind": lambda s: {"public_id": s.organisation.public_id, "kind": "member"},
    **_here(
        "payments:payments payments:record payments:reconciliation payments:interac payments:confirm_certain"
        " membership:join membership:members membership:export membership:import membership:enrol membership:new_class"
    ),
    **_of("payment", "payments:payment payments:undo"),
    **_of("bank_file", "payments:columns payments:file payments:file_discard"),
    **_of("bank_line", "payments:line"),
    "payments:act": lambda s: {"public_id": s.has.bank_line.public_id, "verb": "mise-de-cote"},
    "membership:class": lambda s: {
        "public_id": s.organisation.public_id,
        "class_id": s.has.member_class.public_id,
    },
    "membership:member": lambda s: {
        "public_id": s.organisation.public_id,
        "member_id": s.has.membership.public_id,
    },
    "membership:act": lambda s: {
        "public_id": s.organisation.public_id,
        "member_id": s.has.membership.public_id,
        "verb": "depart",
    },
    # governance
    "governance:public": lambda s: {"slug": s.organisation.slug},
    **_of("body", "governance:body governance:body_edit governance:body_state"),
    **_of("seat", "governance:seat governance:seat_edit"),
    **_of("term", "governance:term"),
    **_of(
        "meeting_of_body",
        "governance:meeting governance:meeting_edit governance:meeting_change governance:minutes governance:draft",
    ),
    # market
    **_all(
        "market:manage market:manage_terms market:manage_points market:manage_point_new market:manage_zone_new"
        " market:manage_calendar market:pause_add market:cycle_first market:market market:shop market:cart"
        " market:buying_for market:cart_again market:checkout",
        lambda s: {"slug": s.has.market.slug},
    ),
    "market:manage_point": lambda s: {"slug": s.has.market.slug, "public_id": s.has.point.public_id},
    "market:pause_remove": lambda s: {"slug": s.has.market.slug, "public_id": s.has.pause.public_id},
    "market:manage_zone": lambda s: {"slug": s.has.market.slug, "public_id": s.has.zone.public_id},
    **_all(
        "market:cycle market:cycle_dates market:cycle_open market:cycle_close market:cycle_pack"
        " market:cycle_distribute market:cycle_clone market:cycle_remind market:cycle_overview market:cycle_offers"
        " market:cycle_offers_add market:cycle_orders market:counter market:cycle_documents"
        " market:cycle_documents_again",
        lambda s: {"slug": s.has.market.slug, "number": s.has.cycle.number},
    ),
    **_all(
        "market:cycle_offer market:cycle_offer_follow",
        lambda s: {"slug": s.has.market.slug, "number": s.has.cycle.number, "public_id": s.has.offer.public_id},
    ),
    **_of("document", "market:document"),
    "market:product": lambda s: {"slug": s.has.market.slug, "public_id": s.has.offer.format.product.public_id},
    "market:counter_order": lambda s: {
        "slug": s.has.market.slug,
        "number": s.has.cycle.number,
        "person": s.people["member"].public_id,
    },
    "market:counter_order_for": lambda s: {
        "slug": s.has.market.slug,
        "number": s.has.cycle.number,
        "person": s.people["member"].public_id,
        "organisation": s.has.market_buyer.public_id,
    },
    "market:desks": lambda s: {"slug": s.has.market.slug},
    "market:desk": lambda s: {"slug": s.has.market.slug, "slot": s.has.desk_slot.public_id},
    **_all(
        "market:desk_order market:desk_all market:desk_hand_over market:desk_hand_over_undo market:desk_absent"
        " market:desk_pay market:desk_pay_undo",
        lambda s: {
            "slug": s.has.market.slug,
            "slot": s.has.desk_slot.public_id,
            "order": s.has.desk_order.public_id,
        },
    ),
    **_all(
        "market:desk_tick market:desk_short market:desk_weigh market:desk_undo",
        lambda s: {
            "slug": s.has.market.slug,
            "slot": s.has.desk_slot.public_id,
            "order": s.has.desk_order.public_id,
            "line": s.has.desk_line.public_id,
        },
    ),
    **_of("desk_order", "market:scan"),
    "market:reception_undo": lambda s: {
        "slug": s.has.market.slug,
        "number": s.has.desk_cycle.number,
        "public_id": s.has.reception.public_id,
    },
    **_all(
        "market:reception market:weights market:settlement market:settle market:payout market:payouts",
        lambda s: {"slug": s.has.market.slug, "number": s.has.desk_cycle.number},
    ),
    **_of("statement", "market:statement market:payout_undo market:statement_pdf market:statement_xlsx"),
    "market:producer": lambda s: {"slug": s.has.market.slug, "public_id": s.has.farm.public_id},
    **_all(
        "market:producer_cycle market:producer_confirm market:producer_offers market:producer_offers_add",
        lambda s: {"slug": s.has.market.slug, "public_id": s.has.farm.public_id, "number": s.has.cycle.number},
    ),
    **_of("order", "market:order market:order_amend market:order_cancel market:order_restore"),
    **_of("order", "market:order_calendar market:order_pay market:order_invoice"),
    # accompaniment, funding
    **_of(
        "enterprise",
        "accompaniment:enterprise accompaniment:note_new accompaniment:share_new accompaniment:person_new"
        " accompaniment:situation_new",
    ),
    **_of(
        "agreement",
        "funding:agreement funding:agreement_edit funding:instalment_new funding:accountability_new",
    ),
    **_of("instalment", "funding:instalment"),
    **_of("accountability", "funding:accountability"),
    "accompaniment:note_remove": lambda s: {
        "public_id": s.has.enterprise.public_id,
        "note_id": s.has.note.public_id,
    },
    "accompaniment:share_withdraw": lambda s: {
        "public_id": s.has.enterprise.public_id,
        "share_id": s.has.share.public_id,
    },
    **_of(
        "intervention",
        "accompaniment:intervention accompaniment:intervention_edit accompaniment:intervention_cancel"
        " accompaniment:intervention_restore accompaniment:next_step_done",
    ),
    **_of(
        "mandate",
        "accompaniment:mandate accompaniment:mandate_stage accompaniment:deliverable_new accompaniment:mandate_edit"
        " accompaniment:mandate_cancel accompaniment:markets",
    ),
    **_of(
        "deliverable",
        "accompaniment:deliverable_deliver accompaniment:document_new accompaniment:plan"
        " accompaniment:plan_start accompaniment:plan_document",
    ),
    **_of("paper", "accompaniment:document accompaniment:document_remove"),
    **_of("version", "accompaniment:version accompaniment:version_change accompaniment:preview"),
    **_of(
        "diagnostic",
        "accompaniment:diagnostic accompaniment:diagnostic_document accompaniment:diagnostic_withdraw",
    ),
    **_of(
        "referral",
        "accompaniment:referral accompaniment:referral_answer accompaniment:referral_close"
        " accompaniment:referral_withdraw",
    ),
    **_of("financing", "accompaniment:financing_one accompaniment:financing_cancel"),
    **_of("meeting", "accompaniment:meeting accompaniment:meeting_cancel accompaniment:meeting_link"),
    "accompaniment:settings_change": lambda s: {"kind": "sujets"},
    "accompaniment:diagnostic_link": lambda s: {"token": accompaniment.token_of_link(s.has.links["diagnostic"])},
    "accompaniment:diagnostic_link_pdf": lambda s: {"token": accompaniment.token_of_link(s.has.links["diagnostic"])},
    "accompaniment:referral_link": lambda s: {"token": accompaniment.token_of_link(s.has.links["referral"])},
    "accompaniment:follow_up_link": lambda s: {"token": accompaniment.token_of_link(s.has.links["follow_up"])},
    "accompaniment:link_again": lambda s: {"token": accompaniment.token_of_link(s.has.links["follow_up"])},
    "accompaniment:watch_link": lambda s: {"token": accompaniment.token_of_subscription(s.has.subscription)},
    "accompaniment:link_renew": lambda s: {"kind": "diagnostics", "public_id": s.has.diagnostic.public_id},
    "accompaniment:link_close": lambda s: {"kind": "references", "public_id": s.has.referral.public_id},
    "accompaniment:moment": lambda s: {
        "public_id": s.has.enterprise.public_id,
        "key": journey(user=s.people["adviser"].account, enterprise=s.has.enterprise)[0].key,
    },
    "accompaniment:note_restore": lambda s: {
        "public_id": s.has.enterprise.public_id,
        "note_id": s.has.note.public_id,
    },
    "accompaniment:person_left": lambda s: {
        "public_id": s.has.enterprise.public_id,
        "role_id": s.has.staff_role.public_id,
    },
    "accompaniment:situation_change": lambda s: {
        "public_id": s.has.enterprise.public_id,
        "situation_id": s.has.past.public_id,
    },
    **_of("follow_up", "accompaniment:follow_up"),
    **_of("topic", "accompaniment:watch_topic accompaniment:watch_topic_edit accompaniment:watch_topic_retire"),
    **_of("signal", "accompaniment:watch_signal_change"),
    **_of("subscription", "accompaniment:watch_subscription_change"),
    **_of(
        "case",
        "accompaniment:succession accompaniment:succession_edit accompaniment:succession_stage"
        " accompaniment:buyer_new accompaniment:succession_cancel",
    ),
    **_of("buyer", "accompaniment:buyer_change"),
    # programmes
    **_of("programme", "programmes:edition_new"),
    **_of(
        "edition",
        "programmes:edition programmes:edition_edit programmes:enrolment_new programmes:visit_new programmes:call_new",
    ),
    "programmes:enrolment_state": lambda s: {
        "public_id": s.has.edition.public_id,
        "enrolment_id": s.has.enrolment.public_id,
    },
    **_of("call", "programmes:call programmes:call_edit programmes:call_manage programmes:jury"),
    "programmes:review": lambda s: {"public_id": s.has.call.public_id, "application_id": s.has.candidacy.public_id},
    **_of("candidacy", "programmes:application"),
    **_of(
        "activity",
        "programmes:activity programmes:activity_edit programmes:activity_state programmes:head_count"
        " programmes:registration_new programmes:registrations_sheet programmes:partner programmes:talk"
        " programmes:checkin programmes:register programmes:conference",
    ),
    **_all(
        "programmes:ticket programmes:ticket_change programmes:ticket_calendar programmes:certificate"
        " programmes:feedback",
        lambda s: {"token": ticket_token(s.has.registration)},
    ),
    "programmes:registration_end": lambda s: {
        "public_id": s.has.activity.public_id,
        "registration_id": s.has.registration.public_id,
    },
    "programmes:agenda": lambda s: {"slug": s.organisation.slug},
    # indicators
    **_of("pivot", "indicators:pivot_saved indicators:pivot_delete"),
    **_all("indicators:fact indicators:fact_export", lambda s: {"key": "interventions"}),
    **_of(
        "indicator",
        "indicators:figure indicators:figure_export indicators:indicator indicators:indicator_archive",
    ),
    **_of(
        "report",
        "indicators:report indicators:report_edit indicators:report_publish indicators:report_drift"
        " indicators:report_links indicators:report_pdf indicators:report_xlsx indicators:report_pictures"
        " indicators:report_rows indicators:report_preview indicators:report_edition indicators:report_discard"
        " indicators:report_template",
    ),
    **_of("claimed", "indicators:claim_keep"),
    **_of("release", "indicators:claim_undo"),
    "indicators:report_link_revoke": lambda s: {
        "public_id": s.has.report.public_id,
        "link_id": s.has.link.public_id,
    },
    "indicators:report_figure": lambda s: {"public_id": s.has.report.public_id, "key": "interventions"},
    "indicators:report_public": lambda s: {"token": _report_token(s)},
    "indicators:report_public_figure": lambda s: {"token": _report_token(s), "key": "interventions"},
    "indicators:report_public_document": lambda s: {"token": _report_token(s), "kind": "xlsx"},
    **_of("network", "indicators:network_ask indicators:network_members"),
    **_of(
        "network_member",
        "indicators:network_member_end indicators:network_member_ask indicators:membership_counting",
    ),
    **_of("request", "indicators:plan_request"),
    "indicators:plan_part": lambda s: {
        "public_id": s.has.plan.public_id,
        "kind": "regions",
        "pk": s.has.region.pk,
    },
    **_of("declaration", "indicators:declaration_review indicators:declaration_evidence"),
    "indicators:declaration": lambda s: {"token": s.has.declaration.token},
    "indicators:plan_answer": lambda s: {"token": s.has.request.token},
    **_of("action", "indicators:plan_action indicators:plan_action_edit indicators:plan_action_remove"),
    **_of("action", "indicators:plan_number indicators:plan_ask_again"),
    **_of("plan", "indicators:plan_edit indicators:plan_action_new"),
    **_of("plan", "indicators:plan_one indicators:plan_priorities indicators:plan_government"),
}
