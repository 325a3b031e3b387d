"""The pages after buying: an order that says where it stands, the history, the printable receipt."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from emporion.accounts.access import ActorRequest, signed_in
from emporion.checkout import paper, queries
from emporion.checkout.actions import ask_refund, cancel_order_payment, pay_order
from emporion.checkout.errors import CardMissing, OrderNotPayable, RefundNotOffered
from emporion.checkout.parsing import pay_by_of
from emporion.checkout.types import OrderView
from emporion.checkout.views import onward
from emporion.kernel.clock import utcnow
from emporion.kernel.errors import DomainError
from emporion.payments import queries as payments
from emporion.payments.errors import ProviderUnreachable
from emporion.payments.types import ANSWERED, Method, PaymentView, Reason
from emporion.plumbing.types import Permission


@signed_in
def orders(request: ActorRequest) -> HttpResponse:
    """The history of orders."""
    return render(request, "checkout/orders.html", {"orders": queries.orders_of(request.actor)})


@signed_in
def order(request: ActorRequest, order_id: UUID) -> HttpResponse:
    """Where an order stands and what to do next."""
    return _show(request, queries.order(request.actor, order_id))


def _show(request: ActorRequest, found: OrderView, *, error: str = "", status: int = 200) -> HttpResponse:
    attempt = queries.instead_of_transfer(request.actor, found)
    options = payments.payment_options(request.actor, due=found.due_today, now=utcnow())
    context = {
        "order": found,
        "attempt": attempt,
        "was": _standing(found, attempt),
        "has_answered": ANSWERED in request.GET,
        "explanation": payments.explain(_reason(found, attempt)),
        "options": [one for one in options if not found.is_delivered or one.method is not Method.INVOICE],
        "card": payments.card_field(request.actor),
        "method": str(Method.CARD if found.is_delivered else found.method),
        "refunds": payments.refunds_of(request.actor, found.payment.id) if found.payment else (),
        "is_late": found.transfer_to and found.payment and found.payment.transfer_due_at <= utcnow(),
        "is_paused": queries.is_paused(request.actor, found),
        "may_pay": request.actor.may(Permission.PURCHASE, found.project_id),
        "may_ask_back": queries.may_ask_back(request.actor, found, now=utcnow()),
        "error": error,
        "is_fresh": _is_fresh(found),
    }
    return render(request, "checkout/order.html", context, status=status)


def _is_fresh(found: OrderView) -> bool:
    """Whether what became of an order is news: it was delivered a moment ago, or paid later than that."""
    came = (found.settled_at, found.payment.created_at if found.payment else None)
    return any(at is not None and utcnow() - at < queries.FRESH for at in came)


def _reason(found: OrderView, attempt: PaymentView | None) -> Reason:
    latest = attempt or found.payment
    return latest.reason if latest else Reason(found.reason) if found.reason in set(Reason) else Reason.NONE


def _standing(found: OrderView, attempt: PaymentView | None) -> str:
    """What a page that waits compares with what it showed."""
    return f"{found.state}-{attempt.state}" if attempt else found.state


@signed_in
def state(request: ActorRequest, order_id: UUID) -> HttpResponse:
    """Asked every two seconds while a payment is under way; loads the page anew when there is news."""
    found = queries.order(request.actor, order_id)
    response = HttpResponse(status=204)
    if _standing(found, queries.instead_of_transfer(request.actor, found)) != request.GET.get("was"):
        response = HttpResponse()
        response["HX-Refresh"] = "true"
    return response


@signed_in
@require_POST
def pay(request: ActorRequest, order_id: UUID) -> HttpResponse:
    """Pay the same order in another way."""
    pay_by = pay_by_of(request.POST.dict())
    try:
        if pay_by.method is Method.CARD and not pay_by.token:
            raise CardMissing
        result = pay_order(order_id=order_id, pay_by=pay_by, actor=request.actor, now=utcnow())
    except OrderNotPayable:
        return redirect("checkout:order", order_id=order_id)
    except DomainError as error:
        return _show(request, queries.order(request.actor, order_id), error=f"{error.message} {error.step}", status=422)
    return onward(result)


@signed_in
@require_POST
def cancel(request: ActorRequest, order_id: UUID) -> HttpResponse:
    """Give up the payment that waits for the buyer; the order then says so and can be paid in another way."""
    try:
        cancel_order_payment(order_id=order_id, actor=request.actor, now=utcnow())
    except ProviderUnreachable as error:
        return _show(request, queries.order(request.actor, order_id), error=f"{error.message} {error.step}", status=503)
    return redirect("checkout:order", order_id=order_id)


@signed_in
@require_POST
def money_back(request: ActorRequest, order_id: UUID) -> HttpResponse:
    """Ask for the money back; the page then says where that stands."""
    try:
        ask_refund(order_id=order_id, reason=request.POST.get("reason", "").strip(), actor=request.actor, now=utcnow())
    except RefundNotOffered as error:
        return _show(request, queries.order(request.actor, order_id), error=f"{error.message} {error.step}", status=409)
    return redirect("checkout:order", order_id=order_id)


@signed_in
def receipt(request: ActorRequest, order_id: UUID) -> HttpResponse:
    """The receipt, made to be printed."""
    return render(request, "checkout/receipt.html", {"receipt": queries.receipt(request.actor, order_id)})


@signed_in
def receipt_file(request: ActorRequest, order_id: UUID) -> HttpResponse:
    """The receipt as a file to keep."""
    found = queries.receipt(request.actor, order_id)
    return paper.to_keep(paper.receipt_pdf(found), found.number)
