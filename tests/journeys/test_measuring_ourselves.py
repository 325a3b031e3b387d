"""The installation measures itself with what it sells: public pages load the script where the operator has named a website."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.test import Client

from emporion.accounts.models import Person
from emporion.billing import queries as billing
from emporion.billing.types import Cycle
from emporion.checkout.actions import complete_purchase
from emporion.checkout.models import Order
from emporion.checkout.types import PayBy, Place, PurchaseRequest, Selection
from emporion.kernel.clock import utcnow
from emporion.plumbing.types import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("INS-18")]


def test_the_marketplace_loads_the_cookieless_script_of_the_website_that_the_operator_named(
    settings: LazySettings, alice_client: Client, alice_person: Person, catalogue
) -> None:
    assert "data-website-id" not in Client().get("/marketplace/").content.decode()
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, own_site="dfid_0123456789abcdef01234567")
    settings.SITE_URL = "https://market.halyard.example"
    page = Client().get("/marketplace/").content.decode()
    where = 'data-website-id="dfid_0123456789abcdef01234567" data-domain="market.halyard.example"'
    tag = f'src="/js/script.cookieless.js" {where}></script>'
    assert tag in page
    policy = Client().get("/marketplace/").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy, "the script and its events stay on our own address"
    assert f'data-user="{alice_person.id}"' in alice_client.get("/marketplace/").content.decode()
    assert "data-website-id" not in alice_client.get("/dashboard/").content.decode(), "what people do inside is nobody's visit"
    settings.SITE_URL = "http://127.0.0.1:8000"
    assert 'data-domain="localhost" data-allow-localhost' in Client().get("/marketplace/").content.decode()


def test_who_has_just_bought_says_who_they_are_where_the_visit_is_measured_and_old_orders_say_nothing(
    settings: LazySettings, alice_client: Client, alice: Actor, alice_person: Person, catalogue
) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, own_site="dfid_0123456789abcdef01234567")
    catalogue(now=utcnow())
    assert 'data-website-id="dfid_' in Client().get("/checkout/docs-agent/").content.decode(), "the way to the purchase"
    plan = next(one for one in billing.product("docs-agent").plans if one.monthly and not one.trial_days)
    purchase = PurchaseRequest(
        key="own",
        selection=Selection(plan_id=plan.id, cycle=Cycle.MONTHLY),
        pay_by=PayBy(token="tok_visa"),
        place=Place(),
        has_accepted_terms=True,
    )
    bought = complete_purchase(purchase=purchase, actor=alice, now=utcnow())
    address = f"/orders/{bought.order_id}/"
    assert f'data-user="{alice_person.id}"' in alice_client.get(address).content.decode()
    Order.objects.update(settled_at=utcnow() - timedelta(hours=1))
    assert "data-website-id" not in alice_client.get(address).content.decode()
