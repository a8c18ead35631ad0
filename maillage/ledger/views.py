"""Pages of the books, and « Mon compte »."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from maillage.core.actions import Refused
from maillage.core.dates import say
from maillage.core.money import ZERO
from maillage.core.numbers import whole
from maillage.core.period import Period
from maillage.core.tables import Listing
from maillage.directory import downloads
from maillage.directory import queries as directory
from maillage.directory.models import Organisation
from maillage.directory.types import SignedIn

from . import actions, exports, queries, tables
from .forms import ClosingForm, PeriodForm
from .models import AccountKind, Book
from .queries import StatementLine

KINDS = {"xlsx": downloads.XLSX, "csv": "text/csv; charset=utf-8"}
PAGE = 50


def _book(request: SignedIn, public_id: UUID) -> tuple[Organisation, Book | None]:
    organisation = queries.organisation_read_by(user=request.user, public_id=public_id)
    return organisation, Book.objects.filter(organisation=organisation).first()


def _page(request: SignedIn) -> int:
    return whole(request.GET.get("page")) or 1


def _paginator(lines: list[StatementLine], count: int) -> Paginator[Any]:
    """Pages of lines that were read a page at a time: only their number matters here."""
    return Paginator(range(count), PAGE) if lines else Paginator([], PAGE)


@require_GET
def book(request: SignedIn, public_id: UUID) -> HttpResponse:
    """The chart of accounts and the trial balance."""
    organisation, kept = _book(request, public_id)
    form = PeriodForm(request.GET)
    rows = queries.trial_balance(kept.pk, form.period) if kept else []
    may_close = directory.holds(user=request.user, organisation_id=organisation.pk, kinds=("treasurer",))
    return render(
        request,
        "ledger/book.html",
        {
            "organisation": organisation,
            "book": kept,
            "form": form,
            "rows": rows,
            "totals": {
                "opening": sum((r.opening for r in rows), ZERO),
                "debit": sum((r.debit for r in rows), ZERO),
                "credit": sum((r.credit for r in rows), ZERO),
                "closing": sum((r.closing for r in rows), ZERO),
            },
            "closing_form": ClosingForm() if may_close else None,
        },
    )


@require_POST
def closing(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Close the books through a day."""
    organisation = directory.organisation_for(user=request.user, public_id=public_id, kinds=("treasurer",))
    form = ClosingForm(request.POST)
    if form.is_valid():
        kept = actions.open_book(organisation_id=organisation.pk, by=request.user)
        try:
            actions.close_period(book_id=kept.pk, through=form.cleaned_data["through"], by=request.user)
        except Refused as refused:
            messages.error(request, str(refused))
        else:
            day = say(form.cleaned_data["through"], "DATE_FORMAT")
            messages.success(request, _("Les livres sont fermés jusqu'au %(day)s.") % {"day": day})
    else:
        messages.error(request, _("Donnez la date de fermeture."))
    return redirect("ledger:book", organisation.public_id)


@require_http_methods(["GET", "POST"])
def kind(request: SignedIn, public_id: UUID, kind: str) -> HttpResponseBase:
    """The accounts of one kind, each with its balance."""
    organisation, _kept = _book(request, public_id)

    def context(listing: Listing) -> dict[str, Any]:
        return {"organisation": organisation, "kind": AccountKind(kind)}

    return downloads.listed(
        request, "ledger/kind.html", tables.accounts, context, organisation=str(organisation.public_id), kind=kind
    )


@require_GET
def account(request: SignedIn, public_id: UUID) -> HttpResponse:
    """The lines of an account with the running balance."""
    shown = queries.account_for(user=request.user, public_id=public_id)
    form = PeriodForm(request.GET)
    number = _page(request)
    lines, count = queries.statement(shown.pk, form.period, search=form.search, limit=PAGE, offset=(number - 1) * PAGE)
    return render(
        request,
        "ledger/account.html",
        {
            "account": shown,
            "organisation": shown.book.organisation,
            "form": form,
            "page": _paginator(lines, count).get_page(number),
            "lines": lines,
            "balance": queries.balance_of(shown.pk),
            "reads_book": directory.holds(
                user=request.user, organisation_id=shown.book.organisation_id, kinds=queries.READERS
            ),
        },
    )


@require_GET
def transaction(request: SignedIn, public_id: UUID) -> HttpResponse:
    """Both sides of a transaction."""
    shown = queries.transaction_for(user=request.user, public_id=public_id)
    return render(
        request,
        "ledger/transaction.html",
        {
            "transaction": shown,
            "organisation": shown.book.organisation,
            "reversed_by": getattr(shown, "reversed_by", None),
            "sides": queries.sides_of(shown),
        },
    )


@require_GET
def journal(request: SignedIn, public_id: UUID) -> HttpResponseBase:
    """Every transaction, by date."""
    organisation, _kept = _book(request, public_id)
    context = {"organisation": organisation, "form": PeriodForm(request.GET)}
    return downloads.listed(
        request, "ledger/journal.html", tables.journal, context, organisation=str(organisation.public_id)
    )


@require_http_methods(["GET", "POST"])
def journal_file(request: SignedIn, public_id: UUID, form: str) -> HttpResponseBase:
    """The journal as a file; a job makes a long one."""
    organisation, kept = _book(request, public_id)
    if kept is None:
        raise Http404
    period = PeriodForm(request.GET).period
    today = timezone.localdate()
    return downloads.answer(
        request,
        exports.journal_file,
        params={
            "organisation": str(organisation.public_id),
            "form": form,
            "start": period.start.isoformat() if period else "",
            "end": period.end.isoformat() if period and period.end else "",
            "made_on": today.isoformat(),
        },
        title=_("Journal de %(name)s") % {"name": organisation.name},
        filename=f"journal-{slugify(organisation.name)}-{today.isoformat()}.{form}",
        content_type=KINDS.get(form, "text/plain; charset=utf-8"),
        rows=queries.count_journal_entries(kept.pk, period),
    )


@require_GET
def taxes(request: SignedIn, public_id: UUID) -> HttpResponse:
    """TPS and TVQ collected in a period; the current year unless told."""
    organisation, kept = _book(request, public_id)
    year = timezone.localdate().year
    form = PeriodForm(request.GET or {"du": f"{year}-01-01", "au": f"{year}-12-31"})
    period = form.period or Period.fiscal_year(year, first_month=1)
    rows = queries.taxes(kept.pk, period) if kept else []
    return render(
        request,
        "ledger/taxes.html",
        {
            "organisation": organisation,
            "form": form,
            "rows": rows,
            "tps": sum((r.tps for r in rows), ZERO),
            "tvq": sum((r.tvq for r in rows), ZERO),
        },
    )


@require_GET
def mine(request: SignedIn) -> HttpResponse:
    """« Mon compte »: the balance of the person, and of those they buy for, in each market, with its latest lines."""
    accounts = list(queries.accounts_of_member(user=request.user))
    asked = request.GET.get("compte", "")
    chosen = next((a for a in accounts if str(a.public_id) == asked), accounts[0] if accounts else None)
    number = _page(request)
    lines, count = queries.statement(chosen.pk, limit=PAGE, offset=(number - 1) * PAGE) if chosen else ([], 0)
    return render(
        request,
        "ledger/mine.html",
        {
            "accounts": accounts,
            "chosen": chosen,
            "lines": lines,
            "page": _paginator(lines, count).get_page(number),
        },
    )
