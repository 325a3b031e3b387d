"""Buying begins without an account, goes through a real identity provider, and ends with the cart that it began with."""

import re

import pytest

from emporion.accounts.models import Person
from emporion.billing.actions import publish_product
from emporion.billing.tests.shelf import product
from emporion.checkout.models import Order
from tests.journeys.test_single_sign_on import Browser, browser, issuer  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db(transaction=True)
PAGE = "/checkout/docs-agent/"


@pytest.mark.requirement("BUY-08")
def test_the_cart_survives_the_way_to_the_identity_provider_and_back(browser: Browser, now) -> None:  # type: ignore[no-untyped-def]  # noqa: F811 - the fixture
    publish_product(spec=product(), now=now)
    page = browser.get(f"{PAGE}?plan=starter&cycle=yearly")
    assert "Keycloak" in page.text
    key = re.search(r'name="key" value="([^"]+)"', page.text)
    provider = re.search(r'name="via" value="([^"]+)"', page.text)
    assert key
    assert provider
    at_provider = browser.press(page, PAGE, via=provider[1], plan="starter", cycle="yearly", organisation_name="Marchetti")
    assert "Authorize Client" in at_provider.text
    back = browser.http.post(at_provider.url, data={"sub": "zoe"}, follow_redirects=True)
    assert back.url.path == PAGE
    assert "zoe@marchetti.example" in back.text
    assert "Complete purchase · $290" in back.text
    assert f'name="key" value="{key[1]}"' in back.text
    done = browser.press(back, PAGE, key=key[1], plan="starter", cycle="yearly", method="invoice", terms="yes")
    assert "Docs Agent is yours" in done.text
    assert Order.objects.get().person_id == Person.objects.get(email="zoe@marchetti.example").id
