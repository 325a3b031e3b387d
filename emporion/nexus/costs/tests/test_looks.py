"""The cost pages in a real browser: at 360 and 1280 px, light and dark, nothing sticks out and axe finds nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from emporion.accounts.models import Person
from emporion.gateway.routing.types import ApiView
from emporion.nexus.costs.tests.conftest import Spend
from emporion.nexus.costs.tests.test_costs import CHAT
from tests.browser.screen import LOOKS, Screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.requirement("NEX-11", "UX-01")]


def test_the_cost_pages_are_sound_at_both_widths_and_in_both_themes(
    screen: Callable[..., Screen], alice_person: Person, spend: Spend, openai: ApiView
) -> None:
    today = datetime.now(tz=UTC)
    for back in (0, 3, 40):
        spend(openai, today - timedelta(days=back), CHAT, model="gpt-4o", count=2, team="growth", customer="Österreich AG")
    spend(openai, today, CHAT, model="our-own-llama")
    for width, theme in LOOKS:
        tab = screen(width=width, theme=theme, person=alice_person)
        for path in ("/nexus/costs/?by=customer", "/nexus/costs/calls/", "/nexus/costs/prices/"):
            tab.open(path)
            assert tab.problems() == [], (path, width, theme)
        call = tab.open("/nexus/costs/calls/?sort=time").locator("td.nowrap a").first.get_attribute("href")
        tab.open(str(call))
        assert tab.problems() == [], (call, width, theme)
