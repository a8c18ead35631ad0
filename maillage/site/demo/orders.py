"""The orders of one cycle of the demonstration, with their adjustments, payments and transfers: to the cent, in bulk.

Amounts come from `market.pricing`: pages show of these rows what they would show of rows entered one by one.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import accumulate
from random import Random
from typing import Any
from uuid import UUID

from django.utils import timezone

from maillage.core.money import ZERO
from maillage.core.quantity import milli
from maillage.core.tax import TaxClass
from maillage.ledger.types import AccountKind, Line, Posting
from maillage.market import pricing
from maillage.market.models import (
    Cycle,
    CycleState,
    LineAdjustment,
    LineState,
    Offer,
    Order,
    OrderLine,
    OrderState,
    PaymentMethod,
    Slot,
    SlotCapacity,
)
from maillage.market.models.order import Party
from maillage.payments.models import ExpectedTransfer, Method, PaymentState
from maillage.payments.references import ALPHABET, LENGTH, check_character

from .bulk import copy, keys
from .season import SUMS, Member, Season, at

TEMPERATURES = ("ambient", "chilled", "frozen")


@dataclass
class SoldLine:
    pk: int
    public_id: UUID
    offer: dict[str, Any]
    quantity: Decimal
    amounts: pricing.LineAmounts
    state: LineState = LineState.ORDERED
    final_quantity: Decimal | None = None
    final_weight: Decimal | None = None


class Orders:
    """The orders of one cycle while they are made: stock and crates are counted as the shop would."""

    def __init__(self, season: Season, cycle: Cycle, slots: list[Slot], offers: list[dict[str, Any]]) -> None:
        self.season, self.cycle, self.slots, self.offers = season, cycle, slots, offers
        appeal = {m.format_id: m.appeal for m in season.made}
        self.weights = list(accumulate(appeal[o["format_id"]] for o in offers))
        self.line_keys = keys(OrderLine)
        self.sold: dict[int, int] = defaultdict(int)
        self.crates: dict[tuple[int, str], Decimal] = defaultdict(Decimal)
        self.taken: dict[int, int] = defaultdict(int)
        self.orders: list[dict[str, Any]] = []
        self.lines: list[dict[str, Any]] = []
        self.adjustments: list[dict[str, Any]] = []
        self.transfers: list[dict[str, Any]] = []
        self.by_producer: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))

    def write(self, count: int) -> None:
        season = self.season
        buyers = _draw(season.random, season.members, count)
        day = timezone.localdate(self.cycle.opens_at)
        buyers += [m for m in season.organisations if m.since <= day and not self._is_to_order(m)]
        self.keys = keys(Order, len(buyers))
        for number, member in enumerate(buyers, start=1):
            self._order(number, member)
        Cycle.objects.filter(pk=self.cycle.pk).update(order_count=len(buyers))
        for offer in self.offers:
            offer["sold"] = Decimal(self.sold[offer["id"]])
        copy(Offer, self.offers, now=season.now)
        self._write_slots()
        copy(Order, self.orders, now=season.now)
        copy(OrderLine, self.lines, now=season.now)
        copy(LineAdjustment, self.adjustments, now=season.now)
        copy(ExpectedTransfer, self.transfers, now=season.now)

    def _is_to_order(self, member: Member) -> bool:
        """The member of the demonstration has not ordered for their organisation yet: the visitor may."""
        first = member.person_id in {m.person_id for m in self.season.members}
        return first and self.cycle.state != CycleState.SETTLED

    def _write_slots(self) -> None:
        for n, (slot, place) in enumerate(zip(self.slots, self.season.places, strict=True)):
            slot.taken = self.taken[n]
            if place.crates is not None:
                SlotCapacity.objects.bulk_create(
                    SlotCapacity(
                        slot=slot,
                        temperature=t,
                        crates=max(place.crates[t], self.crates[n, t]),
                        taken=self.crates[n, t],
                    )
                    for t in TEMPERATURES
                )
        Slot.objects.bulk_update(self.slots, ["taken"])

    def _order(self, number: int, member: Member) -> None:
        season, cycle, random = self.season, self.cycle, self.season.random
        done = cycle.state == CycleState.SETTLED
        until = min(cycle.closes_at, season.now)
        placed_at = cycle.opens_at + (until - cycle.opens_at) * _rush(random)
        lines = self._lines(member, done)
        pk, public_id = next(self.keys), season.uuid()
        delivery = season.places[member.slot_index].fee
        totals = _totals([(line.offer, line.amounts) for line in lines], delivery)
        self._post(f"order:{public_id}:1", placed_at, number, member, lines, totals)
        before = totals
        if done:
            totals = self._adjust(number, member, lines, totals, delivery)
        method = member.method if done or random.random() < 0.8 else PaymentMethod.PICKUP.value
        reference = _reference(random)
        row = {
            "id": pk,
            "public_id": public_id,
            "cycle_id": cycle.pk,
            "person_id": member.person_id,
            "buyer_id": member.buyer_id,
            "number": number,
            "slot_id": self.slots[member.slot_index].pk,
            "state": OrderState.HANDED_OVER if done else OrderState.PLACED,
            "payment_method": method,
            "payment_reference": reference if method == PaymentMethod.INTERAC else "",
            **_as_columns(totals),
            "crates": {t: str(v) for t, v in self._crates_of(lines).items() if v},
            "placed_at": placed_at,
            "updated_at": placed_at,
            "handed_over_at": at(cycle.delivered_on, 16) if done else None,
        }
        self.orders.append(row)
        self._pay(row, member, totals, before, done)
        for line in lines:
            self.lines.append(_line_row(line, pk))
        self.taken[member.slot_index] += 1

    def _lines(self, member: Member, done: bool) -> list[SoldLine]:
        random = self.season.random
        wanted = max(1, round(random.gauss(5, 2.2) * member.appetite))
        chosen: dict[int, dict[str, Any]] = {}
        for offer in random.choices(self.offers, cum_weights=self.weights, k=wanted):
            chosen[offer["id"]] = offer
        lines = []
        place = self.season.places[member.slot_index]
        for offer in chosen.values():
            quantity = random.choices((1, 2, 3, 4), (74, 18, 5, 3))[0]
            left = None if offer["quantity"] is None else int(offer["quantity"]) - self.sold[offer["id"]]
            if left is not None and left < quantity:
                continue
            crates = offer["crates"] * quantity
            held, key = place.crates, (member.slot_index, offer["temperature"])
            if held is not None and self.crates[key] + crates > held[offer["temperature"]]:
                continue
            self.crates[key] += crates
            self.sold[offer["id"]] += quantity
            lines.append(self._line(offer, Decimal(quantity)))
        return lines or [self._line(self._spare(member), Decimal(1))]

    def _spare(self, member: Member) -> dict[str, Any]:
        """Something without a limit, for the member who found nothing left."""
        offer = next(o for o in self.offers if o["quantity"] is None and o["temperature"] == "ambient")
        self.sold[offer["id"]] += 1
        self.crates[member.slot_index, offer["temperature"]] += offer["crates"]
        return offer

    def _line(self, offer: dict[str, Any], quantity: Decimal) -> SoldLine:
        charged = pricing.charged_units(pieces=quantity, by_weight=offer["by_weight"], content=offer["content"])
        amounts = pricing.line_amounts(
            member_price=offer["member_price"],
            producer_price=offer["producer_price"],
            charged=charged,
            deposit=offer["deposit"],
            pieces=quantity,
        )
        return SoldLine(next(self.line_keys), self.season.uuid(), offer, quantity, amounts)

    def _crates_of(self, lines: list[SoldLine]) -> dict[str, Decimal]:
        crates: dict[str, Decimal] = defaultdict(Decimal)
        for line in lines:
            crates[line.offer["temperature"]] += line.offer["crates"] * line.quantity
        return crates

    def _post(
        self, key: str, placed_at: datetime, number: int, member: Member, lines: list[SoldLine], totals: pricing.Totals
    ) -> None:
        parts: dict[int, Decimal] = defaultdict(Decimal)
        for line in lines:
            parts[line.offer["producer_id"]] += line.amounts.producers
            sold = self.by_producer[line.offer["producer_id"]]
            sold["sold"] += line.amounts.goods
            sold["margin"] += line.amounts.margin
            sold["deposits"] += line.amounts.deposits
            if line.offer["tax_class"] == TaxClass.TAXABLE:
                sold["taxable"] += line.amounts.goods
        self.season.postings.append(
            Posting(
                key=key,
                occurred_on=timezone.localdate(placed_at),
                memo=f"Commande {number}, cycle {self.cycle.number}",
                lines=_posting_lines(member.party, parts, totals),
            )
        )

    def _adjust(
        self, number: int, member: Member, lines: list[SoldLine], totals: pricing.Totals, delivery: Decimal
    ) -> pricing.Totals:
        """At the desk and on the scale: final weights, a few missing or damaged lines, each posted by itself."""
        random = self.season.random
        for line in lines:
            line.state = LineState.HANDED_OVER
        current = {line.pk: line.amounts for line in lines}
        for line in lines:
            reason, weight, quantity = "", None, Decimal(0)
            chance = random.random()
            if line.offer["by_weight"] and chance < 0.5:
                estimated = milli(line.quantity * line.offer["content"])
                final = milli(estimated * Decimal(random.randint(90, 112)) / 100)
                if final == estimated:
                    continue
                reason, weight, line.final_weight = "weight", final - estimated, final
                new = _amounts(line.offer, final, line.quantity)
            elif chance < 0.988:
                continue
            else:
                reason = "missing" if chance < 0.996 else "damaged"
                line.state, line.final_quantity, quantity = LineState(reason), Decimal(0), -line.quantity
                new = pricing.LineAmounts(ZERO, ZERO, ZERO, ZERO)
            old = current[line.pk]
            current[line.pk] = new
            after = _totals([(other.offer, current[other.pk]) for other in lines], delivery)
            self._adjustment(number, member, line, old, new, (totals, after), (reason, quantity, weight))
            totals = after
        for line in lines:
            line.amounts = current[line.pk]
        return totals

    def _adjustment(
        self,
        number: int,
        member: Member,
        line: SoldLine,
        old: pricing.LineAmounts,
        new: pricing.LineAmounts,
        totals: tuple[pricing.Totals, pricing.Totals],
        what: tuple[str, Decimal, Decimal | None],
    ) -> None:
        before, after = totals
        public_id = self.season.uuid()
        moment = at(self.cycle.delivered_on, 16)
        goods, producers = new.goods - old.goods, new.producers - old.producers
        delta = after.minus(before)
        self.adjustments.append(
            {
                "public_id": public_id,
                "line_id": line.pk,
                "reason": what[0],
                "quantity": what[1],
                "weight": what[2],
                "goods": goods,
                "producers": producers,
                "margin": goods - producers,
                "tps": delta.tps,
                "tvq": delta.tvq,
                "deposits": delta.deposits,
                "at": moment,
                "by_id": self.season.coordinator.pk,
            }
        )
        sold = self.by_producer[line.offer["producer_id"]]
        sold["adjusted"] += goods
        sold["margin"] += goods - producers
        sold["deposits"] += delta.deposits
        if line.offer["tax_class"] == TaxClass.TAXABLE:
            sold["taxable"] += goods
        posted = _posting_lines(member.party, {line.offer["producer_id"]: producers}, delta)
        if any(entry.amount for entry in posted):
            self.season.postings.append(
                Posting(
                    key=f"adjustment:{public_id}",
                    occurred_on=timezone.localdate(moment),
                    memo=f"Ajustement, commande {number}, cycle {self.cycle.number}",
                    lines=posted,
                )
            )

    def _pay(
        self, row: dict[str, Any], member: Member, totals: pricing.Totals, before: pricing.Totals, done: bool
    ) -> None:
        """Past orders are paid, a few of them short; current ones wait for their transfer or for the pickup."""
        if not done:
            if row["payment_method"] == PaymentMethod.INTERAC:
                self.transfers.append(
                    {
                        "organisation_id": self.season.market.organisation_id,
                        "person_id": member.person_id,
                        "buyer_id": member.buyer_id,
                        "reference": row["payment_reference"],
                        "amount": totals.total,
                        "source": f"order:{row['public_id']}",
                    }
                )
            return
        paid = before.total if row["payment_method"] == PaymentMethod.INTERAC else totals.total
        kind = {
            PaymentMethod.INTERAC.value: AccountKind.BANK,
            PaymentMethod.CARD.value: AccountKind.BANK,
        }.get(row["payment_method"], AccountKind.CASH)
        if paid > 0:
            key = self._record(row, member, paid)
            self.season.postings.append(
                Posting(
                    key=key,
                    occurred_on=self.cycle.delivered_on,
                    memo=f"Paiement de la commande {row['number']}, cycle {self.cycle.number}",
                    lines=[Line(kind, paid), Line(AccountKind.MEMBER, -paid, **member.party)],
                )
            )

    def _record(self, row: dict[str, Any], member: Member, paid: Decimal) -> str:
        day, public_id = self.cycle.delivered_on, self.season.uuid()
        method, key = {
            PaymentMethod.INTERAC.value: (Method.INTERAC, f"interac:order:{row['public_id']}"),
            PaymentMethod.CARD.value: (Method.CARD, f"card:order:{row['public_id']}:1"),
        }.get(row["payment_method"], (Method.CASH, f"desk:{row['public_id']}:demo"))
        self.season.payments.append(
            {
                "public_id": public_id,
                "organisation_id": self.season.market.organisation_id,
                "person_id": member.person_id,
                "buyer_id": member.buyer_id,
                "method": method,
                "amount": paid,
                "reference": row["payment_reference"] or str(row["number"]),
                "key": key,
                "state": PaymentState.SUCCEEDED,
                "received_on": day,
                "cleared_on": day,
            }
        )
        return f"payment:{public_id}"


def _totals(lines: list[tuple[dict[str, Any], pricing.LineAmounts]], delivery: Decimal) -> pricing.Totals:
    return pricing.order_totals(((amounts, offer["tax_class"]) for offer, amounts in lines), delivery=delivery)


def _as_columns(sums: pricing.Totals) -> dict[str, Decimal]:
    return {name: getattr(sums, name) for name in SUMS}


def _posting_lines(holder: Party, producers: dict[int, Decimal], sums: pricing.Totals) -> list[Line]:
    return [
        Line(AccountKind.MEMBER, sums.total, **holder),
        *(Line(AccountKind.PRODUCER, -amount, organisation_id=pk) for pk, amount in producers.items()),
        Line(AccountKind.MARGIN, -sums.margin),
        Line(AccountKind.TPS, -sums.tps),
        Line(AccountKind.TVQ, -sums.tvq),
        Line(AccountKind.DEPOSITS, -sums.deposits),
        Line(AccountKind.DELIVERY, -sums.delivery),
    ]


def _amounts(offer: dict[str, Any], weight: Decimal, pieces: Decimal) -> pricing.LineAmounts:
    return pricing.line_amounts(
        member_price=offer["member_price"],
        producer_price=offer["producer_price"],
        charged=weight,
        deposit=offer["deposit"],
        pieces=pieces,
    )


def _line_row(line: SoldLine, order_id: int) -> dict[str, Any]:
    by_weight = line.offer["by_weight"]
    return {
        "id": line.pk,
        "public_id": line.public_id,
        "order_id": order_id,
        "offer_id": line.offer["id"],
        "producer_id": line.offer["producer_id"],
        "quantity": line.quantity,
        "estimated_weight": milli(line.quantity * line.offer["content"]) if by_weight else None,
        "final_quantity": line.final_quantity,
        "final_weight": line.final_weight,
        "member_price": line.offer["member_price"],
        "producer_price": line.offer["producer_price"],
        "tax_class": line.offer["tax_class"],
        "goods": line.amounts.goods,
        "producers": line.amounts.producers,
        "margin": line.amounts.margin,
        "deposits": line.amounts.deposits,
        "state": line.state,
    }


def _draw(random: Random, members: list[Member], count: int) -> list[Member]:
    """`count` different members; the first, who sign in to the demonstration, always take part."""
    first, rest = members[:3], members[3:]
    return first[:count] + random.sample(rest, min(max(0, count - len(first)), len(rest)))


def _reference(random: Random) -> str:
    body = "".join(random.choice(ALPHABET) for _ in range(LENGTH - 1))
    return body + check_character(body)


def _rush(random: Random) -> float:
    """When in the opening an order comes (0 to 1): many at first, many before the close."""
    return random.betavariate(0.7, 0.6)
