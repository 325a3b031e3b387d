"""The pages of subscriptions: all of them, and one with its usage, its plan and what can be done."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.views.decorators.http import require_POST

from emporion.accounts.access import ActorRequest, signed_in
from emporion.billing import actions, queries
from emporion.billing.types import (
    CHARGE,
    ChargeState,
    ChargeView,
    Cycle,
    MeterView,
    PlanChangeQuote,
    PlanChoice,
    PriceShape,
    SubscriptionView,
)
from emporion.billing.wording import PlanChoiceWords, choice_words
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import Conflict, DomainError, Invalid
from emporion.payments import queries as payments
from emporion.payments.errors import ProviderUnreachable
from emporion.payments.types import ANSWERED, Explanation, Method, PaymentState, PaymentView, Reason
from emporion.plumbing.parsing import number_of
from emporion.plumbing.types import Permission
from emporion.ui.wording import money

NEWS = timedelta(hours=1)  # for so long a page tells what became of a charge that its address names


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A subscription with its first meter."""

    one: SubscriptionView
    meter: MeterView | None


@signed_in
def subscriptions(request: ActorRequest) -> HttpResponse:
    """All subscriptions that the person sees."""
    found = queries.subscriptions_of(request.actor)
    meters = queries.primary_meters(request.actor, now=utcnow())
    return render(request, "billing/subscriptions.html", {"rows": [Row(one=one, meter=meters.get(one.id)) for one in found]})


@signed_in
def subscription(request: ActorRequest, subscription_id: UUID) -> HttpResponse:
    """One subscription."""
    return _show(request, subscription_id)


def _show(request: ActorRequest, subscription_id: UUID, *, error: str = "", status: int = 200) -> HttpResponse:
    actor, now = request.actor, utcnow()
    one = queries.subscription(actor, subscription_id)
    may_buy = actor.may(Permission.PURCHASE, one.project_id)
    charges = queries.charges_for(actor, one.id)
    under_way = _under_way(request, charges) if may_buy else []
    context = {
        "one": one,
        "under_way": under_way,
        "told": _told(request, charges),
        "usage": queries.usage_of(actor, one.id, now=now),
        "failed": [charge for charge in charges if charge.state is ChargeState.FAILED and may_buy],
        "invoices": _invoices(request, one, {charge.id for charge in charges}) if may_buy else [],
        "choices": _choices(request, one) if may_buy and not under_way else [],
        "may_buy": may_buy,
        "sees_papers": actor.may(Permission.MANAGE_PROJECTS),
        "card": payments.card_field(actor),
        "error": error,
        "has_answered": ANSWERED in request.GET,
        "notice": _NOTICES.get(request.GET.get("done", ""), ""),
    }
    return render(request, "billing/subscription.html", context, status=status)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """A charge whose payment is not through: it waits for the buyer's answer at the bank, or is being confirmed since."""

    charge: ChargeView
    payment: PaymentView
    is_asked: bool

    @property
    def standing(self) -> str:
        """What a page that waits compares with what it showed."""
        return f"{self.charge.state}-{self.payment.state}"


def _under_way(request: ActorRequest, charges: Iterable[ChargeView]) -> list[UnderWay]:
    due = (charge for charge in charges if charge.state is ChargeState.DUE)
    return [one for charge in due if (one := _standing(request, charge))]


def _standing(request: ActorRequest, charge: ChargeView) -> UnderWay | None:
    attempts = payments.payments_for(request.actor, cause_type=CHARGE, cause_id=charge.id)
    if not attempts:
        return None
    is_asked = bool(attempts[-1].action_url) and ANSWERED not in request.GET
    return UnderWay(charge=charge, payment=attempts[-1], is_asked=is_asked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What became of the charge that somebody has just come back from paying."""

    charge: ChargeView
    explanation: Explanation


def _told(request: ActorRequest, charges: Iterable[ChargeView]) -> Told | None:
    wanted = request.GET.get("charge", "")
    charge = next((one for one in charges if str(one.id) == wanted and one.state is not ChargeState.DUE), None)
    if charge is None or utcnow() - charge.created_at > NEWS:
        return None
    reason = Reason(charge.reason) if charge.reason in set(Reason) else Reason.NONE
    return Told(charge=charge, explanation=payments.explain(reason))


@signed_in
def charge_state(request: ActorRequest, charge_id: UUID) -> HttpResponse:
    """Asked every two seconds while a charge is being paid; loads the page anew when there is news."""
    found = _standing(request, queries.charge_of(request.actor, charge_id))
    response = HttpResponse(status=204)
    if found is None or found.standing != request.GET.get("was"):
        response = HttpResponse()
        response["HX-Refresh"] = "true"
    return response


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenInvoice:
    """An invoice without its transfer, the latest attempt to pay it at once, and the page for that if it is another one."""

    invoice: PaymentView
    how: str
    due_at: datetime | None
    is_late: bool
    is_pausing: bool
    attempt: PaymentView | None
    page: str

    @property
    def is_being_paid(self) -> bool:
        """Whether an attempt is under way."""
        return self.attempt is not None and not self.attempt.is_final


def _invoices(request: ActorRequest, one: SubscriptionView, charges: set[UUID]) -> list[OpenInvoice]:
    """The open invoices of the subscription, and those of orders that pause it."""
    now, found, is_expected = utcnow(), [], bool(payments.transfer_account())
    for invoice in payments.awaited_transfers(request.actor):
        is_own, is_pausing = invoice.cause_id in charges, invoice.id in one.paused_by
        if not is_pausing and not is_own:
            continue
        attempts = payments.payments_for(request.actor, cause_type=invoice.cause_type, cause_id=invoice.cause_id)
        attempt = next((attempt for attempt in reversed(attempts) if attempt.instead_of == invoice.id), None)
        page = "" if is_own else invoice.page
        open_one = OpenInvoice(
            invoice=invoice,
            how=payments.transfer_words(invoice.description),
            due_at=invoice.transfer_due_at if is_expected else None,
            is_late=is_expected and invoice.transfer_due_at <= now,
            is_pausing=is_pausing,
            attempt=attempt,
            page=page,
        )
        found.append(open_one)
    return found


_NOTICES = {
    "changed": lazy("The plan is changed."),
    "paid": lazy("The payment went through."),
}


def _choices(request: ActorRequest, one: SubscriptionView) -> list[PlanChoiceWords]:
    """What the subscription can change to, each with its price now; what cannot be changed to is left out."""
    found: list[PlanChoiceWords] = []
    for plan in queries.plans_of(one.product_id):
        if plan.shape is not PriceShape.SUBSCRIPTION:
            continue
        for cycle in plan.cycles:
            choice = PlanChoice(plan=plan, cycle=cycle)
            try:
                quote = queries.change_quote(request.actor, one.id, choice, now=utcnow())
            except (Conflict, Invalid):
                continue
            found.append(choice_words(quote, money(queries.quote(choice, now=utcnow()).total)))
    return found


@signed_in
@require_POST
def cancel(request: ActorRequest, subscription_id: UUID) -> HttpResponse:
    """Cancel at the end of the period, take that back, or keep the present plan."""
    verb = {
        "resume": actions.resume_subscription,
        "keep": actions.keep_plan,
        "cancel": actions.cancel_subscription,
    }.get(request.POST.get("do", ""), actions.cancel_subscription)
    verb(subscription_id=subscription_id, actor=request.actor, now=utcnow())
    return redirect("billing:subscription", subscription_id=subscription_id)


@signed_in
def change_plan(request: ActorRequest, subscription_id: UUID) -> HttpResponse:
    """Change to another plan: one that costs something now asks first, and charges no more than it named."""
    sent = request.POST if request.method == "POST" else request.GET
    one, now = queries.subscription(request.actor, subscription_id), utcnow()
    request.actor.require(Permission.PURCHASE, one.project_id)
    try:
        plan_id, cycle = UUID(sent.get("plan", "")), Cycle(sent.get("cycle", ""))
        plan = next(plan for plan in queries.plans_of(one.product_id) if plan.id == plan_id)
    except (ValueError, StopIteration):
        return _show(request, subscription_id, error=_("Choose a plan."), status=422)
    try:
        quote = queries.change_quote(request.actor, subscription_id, PlanChoice(plan=plan, cycle=cycle), now=now)
        named = number_of(sent.get("due", ""))
        if request.method != "POST" or (quote.due_today and quote.due_today.minor > named):
            return _ask(request, one, quote, is_dearer=request.method == "POST" and named > 0)
        change = actions.change_plan(subscription_id=subscription_id, plan_id=plan_id, cycle=cycle, actor=request.actor, now=now)
    except DomainError as error:
        return _show(request, subscription_id, error=f"{error.message} {error.step}", status=422)
    return _after_change(request, one, change)


@signed_in
@require_POST
def give_up_change(request: ActorRequest, charge_id: UUID) -> HttpResponse:
    """Keep the present plan instead of the change that the bank asks about; the page then says how it stands."""
    charge = queries.charge_of(request.actor, charge_id)
    try:
        actions.give_up_change(charge_id=charge_id, actor=request.actor, now=utcnow())
    except ProviderUnreachable as error:
        messages.error(request, f"{error.message} {error.step}")
    return redirect(f"/subscriptions/{charge.subscription_id}/?charge={charge_id}")


def _after_change(request: ActorRequest, one: SubscriptionView, change: actions.PlanChange) -> HttpResponse:
    if change.quote.due_today and change.payment is None:
        return _ask(request, one, change.quote)
    if change.payment and change.payment.state is PaymentState.FAILED:
        words = payments.explain(change.payment.reason)
        return _show(request, one.id, error=f"{words.message} {words.next_step}", status=422)
    if change.payment and change.payment.action_url:
        return redirect(change.payment.action_url)
    if change.payment and not change.payment.may_deliver:
        return redirect(f"/subscriptions/{one.id}/?charge={change.payment.cause_id}")
    return redirect(f"/subscriptions/{one.id}/?done=changed")


def _ask(request: ActorRequest, one: SubscriptionView, quote: PlanChangeQuote, *, is_dearer: bool = False) -> HttpResponse:
    """What a change costs now and how that is paid, with the button that does it."""
    method = Method(one.payment_method)
    options = payments.payment_options(request.actor, due=quote.due_today, now=utcnow())
    context = {
        "one": one,
        "quote": quote,
        "price": queries.quote(PlanChoice(plan=quote.plan, cycle=quote.cycle), now=utcnow()).total,
        "method": method,
        "kept": next((kept for kept in payments.saved_methods(request.actor) if kept.is_default), None),
        "option": next((option for option in options if option.method is method), None),
        "is_dearer": is_dearer,
    }
    return render(request, "billing/change.html", context, status=422 if request.method == "POST" else 200)


@signed_in
@require_POST
def pay_charge(request: ActorRequest, charge_id: UUID) -> HttpResponse:
    """Pay what could not be charged, with another card."""
    charge = queries.charge_of(request.actor, charge_id)
    token = payments.chosen_token(request.POST.dict())
    try:
        payment = actions.pay_charge(charge_id=charge_id, token=token, actor=request.actor, now=utcnow())
    except DomainError as error:
        return _show(request, charge.subscription_id, error=f"{error.message} {error.step}", status=422)
    return _after_paying(request, charge.subscription_id, payment)


@signed_in
@require_POST
def pay_invoice(request: ActorRequest, invoice_id: UUID) -> HttpResponse:
    """Pay an invoice of the subscription whose transfer has not come, with a card."""
    charge = queries.charge_of(request.actor, payments.payment(request.actor, invoice_id).cause_id)
    token = payments.chosen_token(request.POST.dict())
    try:
        payment = actions.pay_now(invoice_id=invoice_id, token=token, actor=request.actor, now=utcnow())
    except DomainError as error:
        return _show(request, charge.subscription_id, error=f"{error.message} {error.step}", status=422)
    return _after_paying(request, charge.subscription_id, payment)


def _after_paying(request: ActorRequest, subscription_id: UUID, payment: PaymentView | None) -> HttpResponse:
    if payment and payment.state is PaymentState.FAILED:
        words = payments.explain(payment.reason)
        return _show(request, subscription_id, error=f"{words.message} {words.next_step}", status=422)
    if payment and payment.action_url:
        return redirect(payment.action_url)
    if payment and not payment.may_deliver:
        return redirect(f"/subscriptions/{subscription_id}/?charge={payment.cause_id}")
    return redirect(f"/subscriptions/{subscription_id}/?done=paid")
