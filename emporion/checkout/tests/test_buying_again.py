"""Who has bought already: an old form leads to what it bought, and another one is charged only to who says so."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from emporion.accounts.models import Person
from emporion.billing.models import Subscription
from emporion.checkout.models import Order
from emporion.checkout.tests.test_pages import PAGE, PAID, key_of, text
from emporion.kernel.clock import utcnow
from emporion.payments.models import Payment
from tests.cast import client_of

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("REL-01", "UX-02")
def test_a_form_that_was_sent_before_says_so_when_it_asks_for_something_else(alice_client: Client, docs_agent) -> None:
    sent = PAID | {"key": key_of(alice_client)}
    alice_client.post(PAGE, sent)
    again = alice_client.post(PAGE, sent | {"plan": "starter"})
    assert "This form was sent before, and that order was made." in text(again)
    assert Order.objects.count() == 1
    key = re.search(r'name="key" value="([^"]+)"', again.content.decode()).group(1)
    assert "is yours" in text(alice_client.post(PAGE, sent | {"plan": "starter", "key": key}, follow=True))


@pytest.mark.requirement("REL-01", "UX-02")
def test_a_form_from_before_leads_to_what_was_bought_in_another_browser_and_a_page_opened_since_buys_another(
    alice_person: Person, alice_client: Client, docs_agent
) -> None:
    phone = client_of(alice_person)
    from_before = PAID | {"key": key_of(phone)}
    bought = alice_client.post(PAGE, PAID | {"key": key_of(alice_client)}).url
    assert phone.post(PAGE, from_before).url == bought
    laptop = client_of(alice_person)
    key_of(laptop)
    another = PAID | {"another": "yes"}
    assert phone.post(PAGE, another | {"key": key_of(phone)}).url != bought
    assert laptop.post(PAGE, another | {"key": key_of(laptop)}).url != bought
    assert Order.objects.count() == Payment.objects.count() == 3


@pytest.mark.requirement("REL-01", "BUY-07", "UX-02")
def test_a_page_opened_after_buying_says_so_and_charges_again_only_when_told(
    alice_client: Client, bob_client: Client, docs_agent
) -> None:
    assert 'name="another"' not in alice_client.get(PAGE).content.decode()
    bought = alice_client.post(PAGE, PAID | {"key": key_of(alice_client)}).url
    page = alice_client.get(f"{PAGE}?plan=pro&cycle=yearly")
    assert "no-store" in page.headers["Cache-Control"], "going back asks the server"
    assert "You bought this a moment ago Docs Agent Pro is yours. Nothing more has to be paid for it." in text(page)
    assert f'href="{bought}"' in page.content.decode()
    refused = alice_client.post(PAGE, PAID | {"key": key_of(alice_client)})
    assert "Your organization has this already, so nothing was bought." in text(refused)
    assert "checked" not in re.search(r'<input type="checkbox" name="another"[^>]*>', refused.content.decode()).group(0)
    monthly = alice_client.post(PAGE, PAID | {"cycle": "monthly", "key": key_of(alice_client)})
    assert "has this already" in text(monthly), "another cycle is the same plan"
    assert Order.objects.count() == Payment.objects.count() == 1
    Subscription.objects.update(created_at=utcnow() - timedelta(days=40))
    assert "You already have this Your organization has had Docs Agent Pro since" in text(bob_client.get(f"{PAGE}?plan=pro"))
    other = alice_client.get(f"{PAGE}?plan=starter")
    assert "You already have another plan of this Docs Agent Pro is yours." in text(other)
    assert 'name="another"' not in other.content.decode()
    confirmed = PAID | {"key": key_of(alice_client), "another": "yes"}
    assert "Docs Agent is yours" in text(alice_client.post(PAGE, confirmed, follow=True))
    assert Order.objects.count() == 2


@pytest.mark.requirement("REL-01", "BUY-05", "BUY-22")
def test_what_is_bought_for_good_or_in_a_bundle_is_not_bought_again_unasked(alice_client: Client, bundle: str, odd_agent) -> None:
    page, once = f"/checkout/bundles/{bundle}/", "/checkout/odd-agent/"
    for path, choice in ((page, {}), (once, {"plan": "forever", "cycle": "once"})):
        for words in ("is yours", "has this already"):
            sent = PAID | choice | {"key": key_of(alice_client, path)}
            assert words in text(alice_client.post(path, sent, follow=True)), path
    assert "has this already" in text(alice_client.post(PAGE, PAID | {"key": key_of(alice_client)})), "a part of the bundle"
    assert Order.objects.count() == 2
