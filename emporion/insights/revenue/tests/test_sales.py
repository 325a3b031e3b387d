"""A seller sees the source of each sale in this marketplace."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest

from emporion.billing import queries as billing
from emporion.billing.types import Cycle
from emporion.checkout.actions import complete_purchase
from emporion.checkout.types import PayBy, Place, PurchaseRequest, Selection
from emporion.insights.revenue import actions, queries
from emporion.insights.revenue.tests.scene import Scene
from emporion.insights.revenue.types import Kind, Method, PaymentFilter
from emporion.kernel.clock import utcnow
from emporion.market.models import Provider
from emporion.payments.actions import refund_payment
from emporion.payments.models import Payment
from emporion.payments.types import RefundOrder
from emporion.plumbing.types import Actor
from tests.cast import actor_of, register

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("INS-18")]


def test_a_sale_is_a_payment_of_the_sellers_website_and_a_refund_takes_it_back(
    scene: Scene, catalogue: Callable[..., None], charlie: Actor
) -> None:
    product = billing.product("docs-agent")
    Provider.objects.filter(offerings__slug="docs-agent").update(organisation_id=scene.alice.organisation)
    actions.connect_marketplace(site_id=scene.site.id, actor=scene.alice, now=scene.now)
    visitor = uuid4()
    scene.visit(visitor, timedelta(minutes=20), "Newsletter")
    scene.keep(
        scene.event(visitor, timedelta(minutes=19), kind="identify", user_ref="7", params={"email": "charlie@elsewhere.example"})
    )
    plan = next(plan for plan in product.plans if plan.monthly and not plan.trial_days)
    purchase = PurchaseRequest(
        key="sale",
        selection=Selection(plan_id=plan.id, cycle=Cycle.MONTHLY),
        pay_by=PayBy(token="tok_visa"),
        place=Place(),
        has_accepted_terms=True,
    )
    complete_purchase(purchase=purchase, actor=charlie, now=utcnow())
    scene.drain()
    rows, _ = queries.payments_of(scene.alice, scene.site.id, PaymentFilter())
    [sale] = rows
    assert (sale.amount, sale.method, sale.source) == (plan.monthly, Method.EMAIL, "Newsletter")
    assert sale.description.startswith("Docs Agent")
    paid = Payment.objects.get()
    order = RefundOrder(payment_id=paid.id, amount=plan.monthly, key="back")
    refund_payment(refund=order, actor=Actor.system(), now=utcnow())
    scene.drain()
    [total] = queries.totals_of(scene.alice, scene.site.id, PaymentFilter())
    assert (total.net.minor, [row.kind for row in queries.payments_of(scene.alice, scene.site.id, PaymentFilter())[0]]) == (
        0,
        [Kind.REFUND, Kind.PAYMENT],
    )


def test_a_sale_of_somebody_else_counts_nowhere_here(scene: Scene, catalogue: Callable[..., None]) -> None:
    actions.connect_marketplace(site_id=scene.site.id, actor=scene.alice, now=scene.now)
    buyer = actor_of(register("dora@elsewhere.example", "Dora"))
    plan = next(plan for plan in billing.product("docs-agent").plans if plan.monthly)
    purchase = PurchaseRequest(
        key="sale",
        selection=Selection(plan_id=plan.id, cycle=Cycle.MONTHLY),
        pay_by=PayBy(token="tok_visa"),
        has_accepted_terms=True,
    )
    complete_purchase(purchase=purchase, actor=buyer, now=utcnow())
    scene.drain()
    assert not queries.has_payments(scene.alice, scene.site.id)
