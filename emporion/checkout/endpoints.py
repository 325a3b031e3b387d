"""Buying in one request, for programs: the same verb as the page."""

from http import HTTPStatus
from typing import cast

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status

from emporion.accounts.access import ActorRequest, PersonOrToken
from emporion.billing import queries as billing
from emporion.billing.errors import UnknownPlan
from emporion.billing.types import Cycle
from emporion.checkout.actions import complete_purchase
from emporion.checkout.errors import PaymentRefused
from emporion.checkout.schemas import QuickCheckout, QuickCheckoutDone
from emporion.checkout.types import DELIVERED, OrderState, PayBy, Place, PurchaseRequest, PurchaseResult, Selection
from emporion.kernel.clock import utcnow
from emporion.payments import queries as payments
from emporion.payments.errors import CardNumberRefused, MethodNotOffered
from emporion.payments.types import Method, Reason
from emporion.plumbing.problems import fields_called, problem
from emporion.plumbing.types import Actor, Permission

router = Router(tags=["marketplace"], auth=PersonOrToken())
LONGEST_KEY = 200
MEMBERS = {"plan": "plan_uuid", "cycle": "billing_cycle", "card": "payment_token", "token": "payment_token"}
KEY_MISSING = "The Idempotency-Key header is missing or too long."
KEY_NEXT = "Send a key of your own making (a UUID, say) and repeat it when you try again: you are charged once."


@router.post(
    "/marketplace/quick-checkout/",
    response={HTTPStatus.CREATED: QuickCheckoutDone, HTTPStatus.ACCEPTED: QuickCheckoutDone},
    summary="Buy a plan in one request",
)
def quick_checkout(request: HttpRequest, body: QuickCheckout) -> Status[QuickCheckoutDone] | HttpResponse:
    """Buy once for the `Idempotency-Key`: 201 when it works, 202 while the payment is confirmed (see the order's page).

    Sending the request agrees to the terms of the offering. A repeat of the key gets the same answer and is charged once.
    """
    actor = cast("ActorRequest", request).actor
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key or len(key) > LONGEST_KEY:
        return problem(
            HTTPStatus.BAD_REQUEST, kind="invalid", title=KEY_MISSING, next_step=KEY_NEXT, facts={"field": "Idempotency-Key"}
        )
    if not actor.can_write:
        actor.require(Permission.PURCHASE)
    with fields_called(MEMBERS):
        result = _completed(_purchase(body, key, actor), actor)
    if result.state is OrderState.FAILED:
        raise _refused(result)
    done = QuickCheckoutDone(
        order_uuid=result.order_id,
        resource_uuid=result.resource_id,
        organization_uuid=result.organisation_id,
        project_uuid=result.project_id,
        access_url=result.access_url,
    )
    return Status(HTTPStatus.CREATED if result.state in DELIVERED else HTTPStatus.ACCEPTED, done)


def _completed(purchase: PurchaseRequest, actor: Actor) -> PurchaseResult:
    """The verb; what payments refuse, which know no members, is about one of these."""
    try:
        return complete_purchase(purchase=purchase, actor=actor, now=utcnow())
    except CardNumberRefused as error:
        error.facts["field"] = "payment_token"
        raise
    except MethodNotOffered as error:
        error.facts["field"] = "payment_method"
        raise


def _purchase(body: QuickCheckout, key: str, actor: Actor) -> PurchaseRequest:
    plan = billing.product_by_id(body.offering_uuid).plan(str(body.plan_uuid))
    if plan is None:
        raise UnknownPlan(field="plan_uuid", plan_uuid=str(body.plan_uuid))
    cycle = body.billing_cycle or next(iter(plan.cycles), Cycle.MONTHLY)
    return PurchaseRequest(
        key=key,
        selection=Selection(plan_id=plan.id, cycle=cycle),
        pay_by=PayBy(method=body.payment_method, token=_token(body, actor)),
        place=Place(organisation_name=body.organization_name.strip()),
        has_accepted_terms=True,
    )


def _token(body: QuickCheckout, actor: Actor) -> str:
    """The token sent or, for a card without one, the organisation's default card."""
    if body.payment_token or body.payment_method is not Method.CARD:
        return body.payment_token
    kept = payments.saved_methods(actor)
    return kept[0].token if kept else ""


def _refused(result: PurchaseResult) -> PaymentRefused:
    words = payments.explain(Reason(result.reason) if result.reason in set(Reason) else Reason.NONE)
    return PaymentRefused(
        words.message,
        next_step=f"{words.next_step} Pay the order at /orders/{result.order_id}/.".strip(),
        order_uuid=str(result.order_id),
        reason=result.reason,
    )
