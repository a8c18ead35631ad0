from django.urls import URLPattern, URLResolver, path

from .views import (
    card,
    checkout,
    counter,
    cycles,
    desk,
    documents,
    manage,
    offers,
    orders,
    producers,
    products,
    reception,
    settlement,
    shop,
    weights,
)

app_name = "market"
urlpatterns: list[URLPattern | URLResolver] = []

_MARKET = "marches/<slug:slug>/"

# --- the shop, the cart, the checkout and the orders of members ---
_ORDER = "commandes/<uuid:public_id>/"
urlpatterns += [
    path("marches/nouveau/", manage.setup, name="setup"),
    path("marches/nouveau/exemple/", manage.margin_example, name="margin_example"),
    path("marches/", shop.markets, name="markets"),
    path(_MARKET, shop.market, name="market"),
    path(_MARKET + "boutique/", shop.shop, name="shop"),
    path(_MARKET + "boutique/produits/<uuid:public_id>/", products.product, name="product"),
    path(_MARKET + "panier/", shop.cart, name="cart"),
    path(_MARKET + "panier/reprise/", shop.again, name="cart_again"),
    path(_MARKET + "au-nom-de/", shop.buying_for, name="buying_for"),
    path(_MARKET + "commander/", checkout.checkout, name="checkout"),
    path("commandes/", orders.orders, name="orders"),
    path(_ORDER, orders.order, name="order"),
    path(_ORDER + "modification/", orders.amend, name="order_amend"),
    path(_ORDER + "annulation/", orders.cancel, name="order_cancel"),
    path(_ORDER + "reprise/", orders.restore, name="order_restore"),
    path(_ORDER + "carte/", card.pay, name="order_pay"),
    path(_ORDER + "facture.pdf", orders.invoice, name="order_invoice"),
    path(_ORDER + "calendrier.ics", orders.calendar, name="order_calendar"),
]

# --- a market and its cycles, for its coordinator; a producer's own pages; documents ---
_MANAGE = _MARKET + "gestion/"
_CYCLE = _MANAGE + "cycles/<int:number>/"
_PRODUCER = _MARKET + "producteurs/<uuid:public_id>/"
urlpatterns += [
    path(_MANAGE, manage.manage, name="manage"),
    path(_MANAGE + "conditions/", manage.terms, name="manage_terms"),
    path(_MANAGE + "points/", manage.points, name="manage_points"),
    path(_MANAGE + "points/nouveau/", manage.point, name="manage_point_new"),
    path(_MANAGE + "points/<uuid:public_id>/", manage.point, name="manage_point"),
    path(_MANAGE + "zones/nouvelle/", manage.zone, name="manage_zone_new"),
    path(_MANAGE + "zones/<uuid:public_id>/", manage.zone, name="manage_zone"),
    path(_MANAGE + "calendrier/", manage.calendar, name="manage_calendar"),
    path(_MANAGE + "calendrier/pauses/", manage.add_pause, name="pause_add"),
    path(_MANAGE + "calendrier/pauses/<uuid:public_id>/retrait/", manage.remove_pause, name="pause_remove"),
    path(_MANAGE + "premier-cycle/", cycles.first, name="cycle_first"),
    path(_CYCLE, cycles.cycle, name="cycle"),
    path(_CYCLE + "dates/", cycles.dates, name="cycle_dates"),
    path(_CYCLE + "ouverture/", cycles.step, {"verb": "open"}, name="cycle_open"),
    path(_CYCLE + "fermeture/", cycles.step, {"verb": "close"}, name="cycle_close"),
    path(_CYCLE + "reouverture/", cycles.reopen, name="cycle_reopen"),
    path(_CYCLE + "preparation/", cycles.step, {"verb": "pack"}, name="cycle_pack"),
    path(_CYCLE + "distribution/", cycles.step, {"verb": "distribute"}, name="cycle_distribute"),
    path(_CYCLE + "suivant/", cycles.clone, name="cycle_clone"),
    path(_CYCLE + "relance/", cycles.remind, name="cycle_remind"),
    path(_CYCLE + "offre/", offers.overview, name="cycle_overview"),
    path(_CYCLE + "offre/produits/", offers.offers, name="cycle_offers"),
    path(_CYCLE + "offre/ajout/", offers.add_offers, name="cycle_offers_add"),
    path(_CYCLE + "offre/<uuid:public_id>/", offers.offer, name="cycle_offer"),
    path(_CYCLE + "offre/<uuid:public_id>/catalogue/", offers.follow, name="cycle_offer_follow"),
    path(_CYCLE + "commandes/", counter.orders, name="cycle_orders"),
    path(_CYCLE + "commandes/nouvelle/", counter.buyers, name="counter"),
    path(_CYCLE + "commandes/membres/<uuid:person>/", counter.entry, name="counter_order"),
    path(
        _CYCLE + "commandes/membres/<uuid:person>/organisations/<uuid:organisation>/",
        counter.entry,
        name="counter_order_for",
    ),
    path(_CYCLE + "documents/", documents.documents, name="cycle_documents"),
    path(_CYCLE + "documents/reprise/", documents.again, name="cycle_documents_again"),
    path("documents/<uuid:public_id>/", documents.document, name="document"),
    path("ventes/", producers.stalls, name="stalls"),
    path(_PRODUCER, producers.producer, name="producer"),
    path(_PRODUCER + "cycles/<int:number>/", producers.producer_cycle, name="producer_cycle"),
    path(_PRODUCER + "cycles/<int:number>/confirmation/", producers.confirm, name="producer_confirm"),
    path(_PRODUCER + "cycles/<int:number>/offre/", producers.producer_offers, name="producer_offers"),
    path(_PRODUCER + "cycles/<int:number>/offre/ajout/", producers.add_products, name="producer_offers_add"),
]

# --- the pickup desk, weights, settling, statements ---
_DESK = _MARKET + "accueil/"
_AT_DESK = _DESK + "<uuid:slot>/commandes/<uuid:order>/"
_ON_LINE = _AT_DESK + "lignes/<uuid:line>/"
_STATEMENT = "releves/<uuid:public_id>/"
urlpatterns += [
    path("accueil/", desk.everywhere, name="pickup"),
    path("c/<uuid:public_id>/", desk.scan, name="scan"),
    path(_DESK, desk.desks, name="desks"),
    path(_DESK + "<uuid:slot>/", desk.desk, name="desk"),
    path(_AT_DESK, desk.order, name="desk_order"),
    path(_ON_LINE + "coche/", desk.line, {"verb": "tick"}, name="desk_tick"),
    path(_ON_LINE + "manque/", desk.line, {"verb": "short"}, name="desk_short"),
    path(_ON_LINE + "poids/", desk.line, {"verb": "weigh"}, name="desk_weigh"),
    path(_ON_LINE + "annulation/", desk.line, {"verb": "undo"}, name="desk_undo"),
    path(_AT_DESK + "coches/", desk.whole, {"verb": "all"}, name="desk_all"),
    path(_AT_DESK + "remise/", desk.whole, {"verb": "hand_over"}, name="desk_hand_over"),
    path(_AT_DESK + "remise/annulation/", desk.whole, {"verb": "hand_over_undo"}, name="desk_hand_over_undo"),
    path(_AT_DESK + "absence/", desk.whole, {"verb": "absent"}, name="desk_absent"),
    path(_AT_DESK + "paiement/", desk.whole, {"verb": "pay"}, name="desk_pay"),
    path(_AT_DESK + "paiement/annulation/", desk.whole, {"verb": "pay_undo"}, name="desk_pay_undo"),
    path(_CYCLE + "reception/", reception.reception, name="reception"),
    path(_CYCLE + "reception/<uuid:public_id>/annulation/", reception.undo, name="reception_undo"),
    path(_CYCLE + "poids/", weights.weights, name="weights"),
    path("reglements/", settlement.settlements, name="settlements"),
    path(_CYCLE + "reglement/", settlement.settlement, name="settlement"),
    path(_CYCLE + "reglement/cloture/", settlement.settle, name="settle"),
    path(_CYCLE + "reglement/paiement/", settlement.pay, name="payout"),
    path(_CYCLE + "reglement/paiements.csv", settlement.payouts, name="payouts"),
    path("releves/", settlement.statements, name="statements"),
    path(_STATEMENT, settlement.statement, name="statement"),
    path(_STATEMENT + "verification/", settlement.payout_check, name="payout_check"),
    path(_STATEMENT + "paiement/annulation/", settlement.pay_undo, name="payout_undo"),
    path(_STATEMENT + "releve.pdf", settlement.statement_pdf, name="statement_pdf"),
    path(_STATEMENT + "releve.xlsx", settlement.statement_xlsx, name="statement_xlsx"),
]
