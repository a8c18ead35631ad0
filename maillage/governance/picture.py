"""The seats of a body as an arc, the way a room is seen from its entrance: who sits where, what is vacant."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from maillage.core.templatetags.maillage import colon

from .models import SeatRole
from .types import Composition, Held

WIDTH, RADIUS, SEAT = 480, 190, 30
#: From the middle of the arc outwards.
_MIDDLE = (SeatRole.PRESIDENCE, SeatRole.VICE, SeatRole.SECRETARY, SeatRole.TREASURER)


@dataclass(frozen=True)
class _Spot:
    held: Held
    x: float
    y: float


def arc(composition: Composition, *, links: bool = True) -> SafeString:
    """The picture; empty for a body without seats. Each seat says who holds it to those who cannot see it, and leads
    to its page (`links`). Colours come from the style sheet."""
    spots = _spots(composition)
    if not spots:
        return SafeString("")
    height = max(s.y for s in spots) + SEAT + 12
    seats = format_html_join("", "{}", ((_seat(s, links),) for s in spots))
    label = _("%(name)s, sièges votants occupés : %(held)s sur %(all)s") % {
        "name": composition.body.name,
        "held": composition.voting_held,
        "all": len(composition.voting),
    }
    return format_html(
        '<svg class="arc" viewBox="0 0 {} {}" role="group" aria-label="{}">'
        '<text class="arc-count" x="{}" y="{}" text-anchor="middle" aria-hidden="true">{}'
        '<tspan class="arc-of"> / {}</tspan></text>{}</svg>',
        WIDTH,
        round(height),
        label,
        WIDTH / 2,
        round(_middle(spots)),
        composition.voting_held if composition.voting else composition.others_held,
        len(composition.voting) or len(composition.others),
        seats,
    )


def _middle(spots: Sequence[_Spot]) -> float:
    return max(s.y for s in spots) - 8


def _spots(composition: Composition) -> list[_Spot]:
    """Voting seats on the outer arc, the others on an inner one; the presidency in the middle."""
    voting, others = composition.voting, composition.others
    outer, inner = (voting, others) if voting else (others, [])
    return [*_row(_centred(outer), RADIUS), *_row(inner, RADIUS - 2 * SEAT - 18)]


def _row(rows: Sequence[Held], radius: float) -> list[_Spot]:
    if not rows:
        return []
    margin = SEAT + 12
    spread = pi if len(rows) > 4 else pi * (len(rows) / 5)
    first = pi / 2 + spread / 2
    step = spread / (len(rows) - 1) if len(rows) > 1 else 0.0
    found = []
    for n, held in enumerate(rows):
        angle = first - n * step if len(rows) > 1 else pi / 2
        squeeze = min(1.0, (WIDTH / 2 - margin) / RADIUS)
        found.append(_Spot(held, WIDTH / 2 + radius * squeeze * cos(angle), margin + RADIUS - radius * sin(angle)))
    return found


def _centred(rows: Sequence[Held]) -> list[Held]:
    """Officers in the middle, the presidency first; the others around, in their order."""
    left: list[Held] = []
    right: list[Held] = []
    order = {role.value: n for n, role in enumerate(_MIDDLE)}
    ranked = sorted(rows, key=lambda h: order.get(h.seat.role, len(order)))
    for n, held in enumerate(ranked):
        (right if n % 2 else left).append(held)
    return [*reversed(right), *left] if len(ranked) % 2 else [*reversed(left), *right]


def _seat(spot: _Spot, links: bool) -> SafeString:
    held = spot.held
    who = held.shown or (str(held.term.organisation or held.term.on_behalf) if held.term else "")
    state = "vacant" if held.term is None else "vote" if held.seat.voting else "observe"
    said = f"{held.seat}{colon()} {who or (_('vacant') if held.term is None else _('nom non publié'))}"
    drawn = format_html(
        '<g class="seat seat-{}"><title>{}</title><circle cx="{}" cy="{}" r="{}"/>'
        '<text x="{}" y="{}" text-anchor="middle">{}</text></g>',
        f"{state}{' seat-officer' if held.seat.role in _MIDDLE else ''}",
        said,
        round(spot.x, 1),
        round(spot.y, 1),
        SEAT,
        round(spot.x, 1),
        round(spot.y + 6, 1),
        _letters(who) if held.term else "?",
    )
    if not links:
        return drawn
    return format_html(
        '<a href="{}" aria-label="{}">{}</a>', reverse("governance:seat", args=[held.seat.public_id]), said, drawn
    )


def _letters(name: str) -> str:
    words = [
        w for w in name.replace("’", " ").replace("'", " ").split() if w[0].isalpha() and (w[0].isupper() or len(w) > 3)
    ]
    return (words[0][0] + (words[1][0] if len(words) > 1 else "")).upper() if words else "·"
