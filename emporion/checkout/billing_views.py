"""The billing page: the wallet, cards, what this month cost, receipts."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from emporion.accounts.access import ActorRequest, signed_in
from emporion.billing import queries as billing_queries
from emporion.billing.types import SubscriptionState
from emporion.checkout import paper, parties, queries, wording
from emporion.checkout.errors import CardMissing
from emporion.checkout.forms import DetailsForm
from emporion.checkout.parsing import pay_by_of, uuid_or_none
from emporion.checkout.queries import PaidItem
from emporion.checkout.types import BuyerDetails
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import DomainError, Invalid
from emporion.kernel.money import Money, total
from emporion.ledger import queries as ledger
from emporion.ledger.actions import set_low_balance
from emporion.ledger.types import AccountKind, EntryView
from emporion.payments import queries as payments
from emporion.payments.actions import TOP_UP, cancel_payment, forget_method, make_default, top_up_wallet
from emporion.payments.errors import ProviderUnreachable
from emporion.payments.types import ANSWERED, Method, PaymentRequest, PaymentView
from emporion.plumbing.types import Permission

CURRENCY = "USD"
CREDITS = (Money(2_000, CURRENCY), Money(5_000, CURRENCY), Money(10_000, CURRENCY))
LEAST, MOST = Money(500, CURRENCY), Money(1_000_000, CURRENCY)
WALLET_KINDS = (AccountKind.WALLET, AccountKind.PROMOTIONAL_CREDIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """What went into the wallet or out of it, in words."""

    words: str
    entry: EntryView


@signed_in
def billing(request: ActorRequest) -> HttpResponse:
    """Wallet, cards, spend and receipts."""
    return _show(request)


def _show(request: ActorRequest, *, error: str = "", status: int = 200, details_form: DetailsForm | None = None) -> HttpResponse:
    actor, now = request.actor, utcnow()
    details = parties.details_of(actor.organisation)
    spent, owed = queries.spending(actor, since=month_of(now), until=now), queries.owed(actor)
    top_ups = payments.payments_for(actor, cause_type=TOP_UP, cause_id=actor.organisation)
    payment = _asked_about(request, top_ups)
    context = {
        "wallet": ledger.wallet_of(actor, CURRENCY, now=now),
        "entries": [_movement(entry) for entry in ledger.entries_of(actor, kinds=WALLET_KINDS, limit=12)],
        "methods": payments.saved_methods(actor),
        "card": payments.card_field(actor),
        "spent": spent,
        "spent_total": total((one.amount for one in spent if one.amount.currency == CURRENCY), CURRENCY),
        "owed_totals": _totals(owed),
        "charges": billing_queries.charges_of(actor, limit=12),
        "owed": {invoice.cause_id for invoice in payments.awaited_transfers(actor)},
        "papers": queries.papers_of(actor, limit=24),
        "past_due": any(one.state is SubscriptionState.PAST_DUE for one in billing_queries.subscriptions_of(actor)),
        "may_manage": actor.may(Permission.MANAGE_BILLING),
        "payment": payment,
        "has_answered": ANSWERED in request.GET,
        "unfinished": [one for one in reversed(top_ups) if not one.is_final and one != payment],
        "explanation": payments.explain(payment.reason) if payment else None,
        "details": details,
        "details_form": details_form or DetailsForm(initial=asdict(details), auto_id="details_%s"),
        "credits": CREDITS,
        "key": str(uuid4()),
        "error": error,
        "other": request.POST.get("other", ""),
        "low": request.POST.get("low"),
    }
    return render(request, "checkout/billing.html", context, status=status)


def _asked_about(request: ActorRequest, top_ups: Sequence[PaymentView]) -> PaymentView | None:
    """The payment that the address names, or the newest one where somebody comes back from the bank."""
    if paying := uuid_or_none(request.GET.get("payment", "")):
        return payments.payment(request.actor, paying)
    return top_ups[-1] if top_ups and ANSWERED in request.GET else None


def _totals(items: Sequence[PaidItem]) -> list[Money]:
    """The sum in each currency."""
    currencies = sorted({one.amount.currency for one in items})
    return [total((one.amount for one in items if one.amount.currency == name), name) for name in currencies]


def _movement(entry: EntryView) -> Movement:
    return Movement(words=wording.entry_words(entry.kind), entry=entry)


def month_of(now: datetime) -> datetime:
    """The beginning of the calendar month, in UTC."""
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


@signed_in
@require_POST
def buy_credits(request: ActorRequest) -> HttpResponse:
    """Buy credit for the wallet with a card; sent twice, it is bought once."""
    pay_by = pay_by_of(request.POST.dict() | {"method": "card"})
    try:
        if not pay_by.token:
            raise CardMissing
        payment = top_up_wallet(
            request=PaymentRequest(
                organisation_id=request.actor.organisation,
                amount=_amount(request),
                method=Method.CARD,
                cause_type="",
                cause_id=request.actor.organisation,
                key=f"credits:{request.POST.get('key', '')[:60]}",
                token=pay_by.token,
                return_url=reverse("checkout:billing"),
                description=_("Wallet credit"),
                save_method=True,
            ),
            actor=request.actor,
            now=utcnow(),
        )
    except DomainError as error:
        return _show(request, error=f"{error.message} {error.step}", status=422)
    return redirect(payment.action_url or f"{reverse('checkout:billing')}?payment={payment.id}")


@signed_in
@require_POST
def cancel_credits(request: ActorRequest, payment_id: UUID) -> HttpResponse:
    """Give up buying credit that the bank asks about; the page then says how it stands."""
    request.actor.require(Permission.MANAGE_BILLING)
    try:
        cancel_payment(payment_id=payment_id, actor=request.actor, now=utcnow())
    except ProviderUnreachable as error:
        return _show(request, error=f"{error.message} {error.step}", status=503)
    return redirect(f"{reverse('checkout:billing')}?payment={payment_id}")


@signed_in
@require_POST
def change_low_balance(request: ActorRequest) -> HttpResponse:
    """Say at which balance its people are told that the wallet is nearly empty."""
    try:
        threshold = _dollars(request.POST.get("low", ""))
        if not 0 <= threshold.minor <= MOST.minor:
            raise Invalid(
                _("The wallet cannot be told of this balance."),
                next_step=_("Write 0 to hear nothing, or up to %(most)s.") % {"most": MOST},
            )
        set_low_balance(threshold=threshold, actor=request.actor, now=utcnow())
    except DomainError as error:
        return _show(request, error=f"{error.message} {error.step}", status=422)
    messages.success(request, _("Saved."))
    return redirect("checkout:billing")


def _dollars(text: str) -> Money:
    try:
        return Money.written(text, CURRENCY)
    except ValueError as error:
        raise Invalid(
            _("This is not an amount in dollars."), next_step=_("Write it such as 25 or 25.50; nothing was charged or changed.")
        ) from error


def _amount(request: ActorRequest) -> Money:
    amount = _dollars(request.POST.get("other") or request.POST.get("amount") or "")
    if not LEAST <= amount <= MOST:
        raise Invalid(
            _("The amount is outside of what a wallet takes."),
            next_step=_("Choose between %(least)s and %(most)s.") % {"least": LEAST, "most": MOST},
        )
    return amount


@signed_in
@require_POST
def change_details(request: ActorRequest) -> HttpResponse:
    """Say how the organization is to be named on its receipts from now on."""
    request.actor.require(Permission.MANAGE_BILLING)
    form = DetailsForm(request.POST, auto_id="details_%s")
    if not form.is_valid():
        return _show(request, status=422, details_form=form)
    parties.change_details(details=BuyerDetails(**form.cleaned_data), actor=request.actor, now=utcnow())
    messages.success(request, _("Saved. New receipts and invoices say so."))
    return redirect(f"{reverse('checkout:billing')}#b-details")


@signed_in
@require_POST
def change_method(request: ActorRequest, method_id: UUID) -> HttpResponse:
    """Charge another card first, or remove one."""
    if request.POST.get("do") == "remove":
        forget_method(method_id=method_id, actor=request.actor, now=utcnow())
    else:
        make_default(method_id=method_id, actor=request.actor)
    return redirect("checkout:billing")


@signed_in
def receipt(request: ActorRequest, payment_id: UUID) -> HttpResponse:
    """The receipt of bought credit, a renewal or a change of plan, made to be printed."""
    return render(request, "checkout/payment_receipt.html", {"receipt": queries.payment_receipt(request.actor, payment_id)})


@signed_in
def receipt_file(request: ActorRequest, payment_id: UUID) -> HttpResponse:
    """The same as a file to keep."""
    found = queries.payment_receipt(request.actor, payment_id)
    return paper.to_keep(paper.payment_receipt_pdf(found), found.number)
