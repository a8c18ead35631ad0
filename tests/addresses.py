"""An address of every page, for each of the two organisations of `world`."""

from collections.abc import Callable
from typing import Any

from maillage.accompaniment import queries as accompaniment
from maillage.accompaniment.journey import journey
from maillage.directory.tokens import token_of as invitation_token
from maillage.indicators.views.report_links import public_url
from maillage.programmes.tokens import token_of as ticket_token

from .world import Side

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
        "directory:steward_new directory:organisation directory:organisation_edit directory:organisation_history"
        " directory:organisation_separate directory:people directory:invite directory:person_add"
    ),
    **_all(
        "directory:resend directory:withdraw",
        lambda s: {"public_id": s.organisation.public_id, "invitation_id": s.has.invitation.public_id},
    ),
    "directory:steward_end": lambda s: {
        "public_id": s.organisation.public_id,
        "stewardship_id": s.has.stewardship.public_id,
    },
    "directory:role_add": lambda s: {"public_id": s.organisation.public_id, "person_id": s.has.person.public_id},
    "directory:role_end": lambda s: {"public_id": s.organisation.public_id, "role_id": s.has.role.public_id},
    **_of("download", "directory:download directory:download_file directory:download_cancel"),
    **_of(
        "file_import",
        "directory:file_import directory:file_import_confirm directory:file_import_discard directory:file_import_wrong",
    ),
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
        "market:cycle market:cycle_dates market:cycle_open market:cycle_close market:cycle_pack market:cycle_reopen"
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
    **_of(
        "statement",
        "market:statement market:payout_check market:payout_undo market:statement_pdf market:statement_xlsx",
    ),
    "market:producer": lambda s: {"slug": s.has.market.slug, "public_id": s.has.farm.public_id},
    **_all(
        "market:producer_cycle market:producer_confirm market:producer_offers market:producer_offers_add",
        lambda s: {"slug": s.has.market.slug, "public_id": s.has.farm.public_id, "number": s.has.cycle.number},
    ),
    **_of("order", "market:order market:order_amend market:order_cancel market:order_restore"),
    **_of("order", "market:order_calendar market:order_pay market:order_invoice"),
    # press
    **_of("mention", "press:mention press:remove"),
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
        " programmes:registration_new programmes:partner programmes:talk"
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
