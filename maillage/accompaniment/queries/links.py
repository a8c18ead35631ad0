"""Signed links: what one opens, and what became of those that were sent."""

from typing import Any

from django.core import signing
from django.http import Http404

from ..models import Diagnostic, OutcomeFollowUp, Referral, SignedLink

_signer = signing.Signer(salt="accompaniment.link", sep=".")
FIELDS: dict[type[Any], str] = {Diagnostic: "diagnostic", Referral: "referral", OutcomeFollowUp: "follow_up"}


def link_of(row: Diagnostic | Referral | OutcomeFollowUp) -> SignedLink | None:
    """The link that opens the row, ended or not; None when there is none, or when it was taken back."""
    return SignedLink.objects.filter(**{FIELDS[type(row)]: row}, closed_at=None).first()


def last_link_of(row: Diagnostic | Referral | OutcomeFollowUp) -> SignedLink | None:
    """The latest link, open or closed."""
    return SignedLink.objects.filter(**{FIELDS[type(row)]: row}).order_by("-made_at", "-pk").first()


def token_of(row: Diagnostic | Referral | OutcomeFollowUp) -> str:
    """The end of the address that opens this row without an account; "" when no link does."""
    link = link_of(row)
    return token_of_link(link) if link else ""


def token_of_link(link: SignedLink) -> str:
    """The end of the link's address."""
    return _signer.sign(link.public_id.hex)


def link_by_token(token: str, field: str = "") -> SignedLink:
    """The link of that address, with what it opens; of that kind of row, if `field` is given. Http404 for an address
    that was not made here."""
    try:
        key = _signer.unsign(token)
    except signing.BadSignature as error:
        raise Http404 from error
    rows = SignedLink.objects.select_related(
        "diagnostic__organisation",
        "diagnostic__version__questionnaire",
        "referral__organisation",
        "follow_up__mandate__organisation",
    )
    found = rows.filter(public_id=key, **({f"{field}__isnull": False} if field else {})).first()
    if found is None:
        raise Http404
    return found


def organisation_of(link: SignedLink) -> Any:
    """Who sent the link."""
    row = link.row
    return row.mandate.organisation if isinstance(row, OutcomeFollowUp) else row.organisation
