"""Public reads of the ledger. Balances are sums of entries: positive is a debit."""

from decimal import Decimal
from typing import Any

from django.db.models import Sum

from maillage.core.money import ZERO

from .models import AccountKind, Book, Entry, LedgerAccount


def book_of(organisation_id: int) -> Book:
    """The book of an organisation. Raises Book.DoesNotExist before `actions.open_book`."""
    return Book.objects.get(organisation_id=organisation_id)


def balance(
    book_id: int, kind: AccountKind | str, person_id: int | None = None, organisation_id: int | None = None
) -> Decimal:
    """The balance of an account in dollars; without a party, of all the accounts of that kind. 0 if none."""
    accounts: dict[str, Any] = {"account__book_id": book_id, "account__kind": kind}
    if person_id is not None:
        accounts["account__person_id"] = person_id
    if organisation_id is not None:
        accounts["account__organisation_id"] = organisation_id
    return Entry.objects.filter(**accounts).aggregate(total=Sum("amount"))["total"] or ZERO


def balance_of(account_id: int) -> Decimal:
    """The balance of an account, in dollars. Read it after `lock_account` when the decision depends on it."""
    return Entry.objects.filter(account_id=account_id).aggregate(total=Sum("amount"))["total"] or ZERO


def balances(book_id: int, kind: AccountKind | str, *, of: str = "") -> dict[int, Decimal]:
    """Balances that are not zero, by party: a person for MEMBER, else an organisation, unless `of` says."""
    party = f"account__{of or ('person' if kind == AccountKind.MEMBER else 'organisation')}_id"
    rows = (
        Entry.objects.filter(account__book_id=book_id, account__kind=kind, **{f"{party}__isnull": False})
        .values_list(party)
        .annotate(total=Sum("amount"))
    )
    return {key: total for key, total in rows if total}


def lock_account(
    book_id: int, kind: AccountKind | str, person_id: int | None = None, organisation_id: int | None = None
) -> LedgerAccount:
    """The account, made if missing, its row locked until the transaction ends (call inside one).

    Whoever spends from a balance locks its account, reads `balance_of`, decides, then posts: two sessions wait
    for each other, and none overspends.
    """
    party = {"book_id": book_id, "kind": str(kind), "person_id": person_id, "organisation_id": organisation_id}
    locked = LedgerAccount.objects.select_for_update(of=("self",), no_key=True)
    known = locked.filter(**party).first()
    if known is None:
        LedgerAccount.objects.bulk_create([LedgerAccount(**party)], ignore_conflicts=True)
        known = locked.get(**party)
    return known
