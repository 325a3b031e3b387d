"""A push in a real browser: the worker shows it, says that it arrived, and its button offers itself."""

import json
from collections.abc import Callable

import pytest
from django.conf import settings as django_settings
from playwright.sync_api import Page, expect

from emporion.accounts.models import Person
from emporion.kernel.clock import utcnow
from emporion.kernel.ids import new_id
from emporion.notify import receipts
from emporion.notify.models import Delivery
from emporion.plumbing.types import Actor
from tests.browser.screen import PHONE, WHOLE_BROWSERS, Screen, installed

pytestmark = [pytest.mark.browser, pytest.mark.requirement("NEX-06", "UX-01"), pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def browser_path() -> str | None:
    """A browser that can show notifications."""
    return installed(*WHOLE_BROWSERS)


def test_the_worker_shows_a_push_says_that_it_arrived_and_the_button_offers_itself(
    screen: Callable[..., Screen], alice: Actor, alice_person: Person
) -> None:
    seen = screen(width=PHONE, person=alice_person)
    context = seen.page.context
    context.grant_permissions(["notifications"], origin=seen.base)
    tools = context.new_cdp_session(seen.page)
    registered: list[str] = []
    tools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda said: registered.extend(one["registrationId"] for one in said["registrations"]),
    )
    tools.send("ServiceWorker.enable")
    page = seen.open("/nexus/on-call/")
    expect(page.get_by_role("button", name="Turn on notifications on this device")).to_be_visible()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    _wait(page, lambda: bool(registered))
    delivery = Delivery.objects.create(
        id=new_id(), organisation_id=alice.organisation, person_id=alice.id, channel="push", topic="incident",
        title="OpenAI fails", state="sent", created_at=utcnow(), sent_at=utcnow(),
    )  # fmt: skip
    receipt = receipts.issue(delivery.pk, key=receipts.key_of(django_settings.SECRET_KEY))
    told = {
        "title": "OpenAI fails – é",
        "body": "12% of the calls",
        "url": "/nexus/",
        "tag": "page-1",
        "is_urgent": True,
        "receipt_url": f"/notifications/receipts/{receipt}/",
        "answer_url": "/nexus/on-call/answer/x/",
        "answer_label": "I have it",
    }
    said = {"origin": seen.base, "registrationId": registered[0], "data": json.dumps(told)}
    tools.send("ServiceWorker.deliverPushMessage", said)
    shown = page.evaluate(SHOWN)
    assert shown == [{"title": "OpenAI fails – é", "body": "12% of the calls", "tag": "page-1", "actions": ["I have it"]}]

    def has_arrived() -> bool:  # the worker posts on its own
        delivery.refresh_from_db()
        return delivery.arrived_at is not None

    _wait(page, has_arrived)


def _wait(page: Page, holds: Callable[[], bool]) -> None:
    """Lets the browser's events come in until this holds; half a minute is enough for a busy machine."""
    for _ in range(300):
        if holds():
            return
        page.wait_for_timeout(100)
    pytest.fail("it never came to hold")


SHOWN = """async () => {
  const registration = await navigator.serviceWorker.ready;
  for (let tries = 0; tries < 600; tries++) {
    const found = await registration.getNotifications();
    const seen = ({ title, body, tag, actions }) => ({ title, body, tag, actions: (actions ?? []).map((one) => one.title) });
    if (found.length) return found.map(seen);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return [];
}"""
