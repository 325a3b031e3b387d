"""The installation measures itself with what it sells: public pages load the script where the operator has named a website."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from emporion.accounts.actions import set_operator
from emporion.accounts.models import Person
from emporion.accounts.queries import audit_of
from emporion.accounts.types import AuditSearch
from emporion.billing import queries as billing
from emporion.billing.types import Cycle
from emporion.checkout.actions import complete_purchase
from emporion.checkout.models import Order
from emporion.checkout.types import PayBy, Place, PurchaseRequest, Selection
from emporion.insights.sites import itself
from emporion.insights.sites import queries as sites
from emporion.insights.sites.actions import add_site, remove_site
from emporion.insights.sites.types import NewSite, SiteView
from emporion.kernel.clock import utcnow
from emporion.payments.models import Payment
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


@pytest.fixture
def website(alice: Actor, project_id: UUID) -> Iterator[SiteView]:
    """A website of alice; what this process knows of the choice is forgotten before and after."""
    itself.forget()
    yield add_site(site=NewSite(domain="halyard.example"), project_id=project_id, actor=alice, now=utcnow())
    itself.forget()


def test_an_operator_chooses_the_website_that_measures_the_installation_in_its_settings(
    settings: LazySettings, alice_client: Client, alice: Actor, website: SiteView, project_id: UUID, catalogue
) -> None:
    settings.SITE_URL = "https://market.halyard.example"
    page, action = f"/insights/{website.id}/settings/", f"/insights/{website.id}/installation/"
    assert "This installation" not in alice_client.get(page).content.decode()
    assert alice_client.post(action, {"state": "on"}).status_code == 403
    set_operator(email="alice@halyard.example", is_operator=True, now=utcnow())
    assert "Measure this installation with this website" in alice_client.get(page).content.decode()
    alice_client.post(action, {"state": "on"})
    assert "This website measures this installation." in alice_client.get(page).content.decode()
    assert f'data-website-id="{website.public_id}"' in Client().get("/marketplace/").content.decode()
    other = add_site(site=NewSite(domain="elsewhere.example"), project_id=project_id, actor=alice, now=utcnow())
    assert "among the further domains" in alice_client.get(f"/insights/{other.id}/settings/").content.decode()
    alice_client.post(f"/insights/{other.id}/installation/", {"state": "on"})
    assert f'data-website-id="{other.public_id}"' in Client().get("/marketplace/").content.decode(), "one at a time"
    alice_client.post(f"/insights/{other.id}/installation/", {"state": "off"})
    assert "data-website-id" not in Client().get("/marketplace/").content.decode()
    told = [entry.verb for entry in audit_of(alice, AuditSearch()) if "installation" in entry.verb]
    assert told == ["stop measuring installation", "measure installation", "measure installation"]


def test_what_the_environment_names_wins_and_the_settings_say_so(
    settings: LazySettings, alice_client: Client, website: SiteView
) -> None:
    set_operator(email="alice@halyard.example", is_operator=True, now=utcnow())
    alice_client.post(f"/insights/{website.id}/installation/", {"state": "on"})
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, own_site="dfid_0123456789abcdef01234567")
    page = alice_client.get(f"/insights/{website.id}/settings/").content.decode()
    assert "EMPORION_OWN_SITE names another website, dfid_0123456789abcdef01234567." in page
    assert "no more" not in page
    assert alice_client.post(f"/insights/{website.id}/installation/", {"state": "off"}).status_code == 409
    assert 'data-website-id="dfid_0123456789abcdef01234567"' in Client().get("/marketplace/").content.decode()


def test_a_removed_website_measures_nothing_and_a_known_choice_is_not_asked_for_again(
    alice_client: Client, alice: Actor, website: SiteView
) -> None:
    set_operator(email="alice@halyard.example", is_operator=True, now=utcnow())
    alice_client.post(f"/insights/{website.id}/installation/", {"state": "on"})
    with CaptureQueriesContext(connection) as asked:
        assert [sites.installation_site() for _ in range(3)] == [website.public_id] * 3
    assert len(asked) <= 1
    remove_site(site_id=website.id, actor=alice, now=utcnow())
    assert sites.installation_site() == ""


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
    for kind, moment in ((Order, "settled_at"), (Payment, "created_at")):
        kind.objects.update(**{moment: utcnow() - timedelta(hours=1)})
    assert "data-website-id" not in alice_client.get(address).content.decode()
