"""Which announced transfer a deposit is: with certainty (reference and amount), probably (why), or not at all."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rapidfuzz import fuzz, process

from maillage.core.templatetags.maillage import money
from maillage.core.text import fold

from .models import BankLine, ExpectedTransfer, Payment
from .references import found_in, near_in, shown

NAME_SCORE = 88


class Certainty(models.TextChoices):
    CERTAIN = "certain", gettext_lazy("certain")
    PROBABLE = "probable", gettext_lazy("probable")
    NONE = "none", gettext_lazy("inconnu")


@dataclass(frozen=True)
class Proposal:
    """`expected` or `payment` (a transfer recorded by hand before the bank's file) is what the line would be."""

    line: BankLine
    certainty: Certainty
    reason: str = ""
    expected: ExpectedTransfer | None = None
    payment: Payment | None = None


class Candidates:
    """What is waiting, by reference, amount and name."""

    def __init__(self, expected: Iterable[ExpectedTransfer], recorded: Iterable[Payment]) -> None:
        self.by_reference: dict[str, ExpectedTransfer] = {}
        self.by_amount: dict[Decimal, list[ExpectedTransfer]] = defaultdict(list)
        self.names: dict[int, str] = {}
        self.all: dict[int, ExpectedTransfer] = {}
        for e in expected:
            self.by_reference[e.reference] = e
            self.by_amount[e.amount].append(e)
            self.names[e.pk] = fold(e.payer)
            self.all[e.pk] = e
        self.recorded: dict[Decimal, list[Payment]] = defaultdict(list)
        for p in recorded:
            self.recorded[p.amount].append(p)


def propose(lines: Sequence[BankLine], candidates: Candidates) -> list[Proposal]:
    """One proposal a line, in the lines' order. A transfer is certain for one line only."""
    taken: set[int] = set()
    made = []
    for line in lines:
        proposal = _propose(line, candidates)
        if proposal.certainty == Certainty.CERTAIN and proposal.expected:
            if proposal.expected.pk in taken:
                reason = _("Deux dépôts portent cette référence.")
                proposal = Proposal(line, Certainty.PROBABLE, reason, expected=proposal.expected)
            taken.add(proposal.expected.pk if proposal.expected else 0)
        made.append(proposal)
    return made


def _propose(line: BankLine, candidates: Candidates) -> Proposal:
    text = f"{line.description} {line.number}"
    named = next((candidates.by_reference[r] for r in found_in(text) if r in candidates.by_reference), None)
    if named is not None and named.amount == line.amount:
        return Proposal(line, Certainty.CERTAIN, _("Référence et montant"), expected=named)
    if named is not None:
        if line.amount < named.amount:
            reason = _("La référence est la bonne ; il manque %(gap)s aux %(amount)s attendus.")
        else:
            reason = _("La référence est la bonne ; %(gap)s de plus que les %(amount)s attendus iront à son compte.")
        reason %= {"gap": money(abs(named.amount - line.amount)), "amount": money(named.amount)}
        return Proposal(line, Certainty.PROBABLE, reason, expected=named)
    return _misspelt(line, text, candidates) or _by_hand(line, candidates) or _by_amount_or_name(line, candidates)


def _misspelt(line: BankLine, text: str, candidates: Candidates) -> Proposal | None:
    """A reference with one slip (a character wrong, missing, added, or two swapped), when only one is that near."""
    near = near_in(text, candidates.by_reference)
    if near is None:
        return None
    expected = candidates.by_reference[near]
    words = {"reference": shown(near), "amount": money(expected.amount)}
    if expected.amount == line.amount:
        reason = _("La référence ressemble à %(reference)s, à un caractère près, et le montant est le bon.") % words
    else:
        reason = _("La référence ressemble à %(reference)s ; le montant attendu est de %(amount)s.") % words
    return Proposal(line, Certainty.PROBABLE, reason, expected=expected)


def _by_hand(line: BankLine, candidates: Candidates) -> Proposal | None:
    same = candidates.recorded.get(line.amount, [])
    text = fold(line.description)
    for payment in same:
        if fuzz.token_set_ratio(text, fold(payment.payer)) >= NAME_SCORE:
            reason = _("Un virement de ce montant et de ce nom a été inscrit à la main.")
            return Proposal(line, Certainty.PROBABLE, reason, payment=payment)
    if len(same) == 1 and line.amount not in candidates.by_amount:
        reason = _("Un virement de ce montant a été inscrit à la main.")
        return Proposal(line, Certainty.PROBABLE, reason, payment=same[0])
    return None


def _by_amount_or_name(line: BankLine, candidates: Candidates) -> Proposal:
    text = fold(line.description)
    same = candidates.by_amount.get(line.amount, [])
    alike = [(fuzz.token_set_ratio(text, candidates.names[e.pk]), e.pk, e) for e in same if candidates.names[e.pk]]
    best = max(alike, default=None, key=lambda a: (a[0], -a[1]))
    if best and best[0] >= NAME_SCORE:
        return Proposal(line, Certainty.PROBABLE, _("Même nom et même montant, sans la référence."), expected=best[2])
    if len(same) == 1:
        return Proposal(line, Certainty.PROBABLE, _("Seul virement attendu de ce montant."), expected=same[0])
    found = process.extractOne(text, candidates.names, scorer=fuzz.token_set_ratio, score_cutoff=95)
    if found and found[0]:
        reason = _("Même nom, autre montant.")
        return Proposal(line, Certainty.PROBABLE, reason, expected=candidates.all[found[2]])
    return Proposal(line, Certainty.NONE)
