"""The gateway's pages in a real browser: both widths and themes, and an API registered by typing its key."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import expect

from emporion.accounts.models import Person
from emporion.config import eventlog
from emporion.gateway.routing import actions
from emporion.gateway.routing.models import Api
from emporion.gateway.routing.orders import NewApi, NewBudget, NewCache
from emporion.gateway.routing.tests.conftest import KEY, Provider, provider
from emporion.gateway.routing.types import PICOS_PER_UNIT, BudgetScope, Calls, NewKey, RouteTarget
from emporion.kernel.clock import utcnow
from emporion.kernel.ids import new_id
from emporion.plumbing.types import Actor
from emporion.store.schemas import ApiCalled
from tests.browser.screen import LOOKS, Screen

__all__ = ["provider"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def furnish(alice: Actor, project_id: UUID) -> UUID:
    now = utcnow()
    names = ("openai", "groq")
    first, second = (
        actions.register_api(api=NewApi(preset=name, secret=KEY, is_unchecked=True), project_id=project_id, actor=alice, now=now)[
            0
        ]
        for name in names
    )
    key = NewKey(name="Shop backend in Zürich", team="growth", environment="production", requests_per_minute=600)
    actions.create_key(key=key, project_id=project_id, actor=alice, now=now)
    calls, hour = Calls(api_id=first.id), now + timedelta(hours=1)
    actions.divert(calls=calls, to=RouteTarget(api_id=second.id), percent=25, until=hour, actor=alice, now=now)
    actions.withdraw_route(route_id=actions.shed(calls=calls, percent=5, actor=alice, now=now).id, actor=alice, now=now)
    budget = NewBudget(scope=BudgetScope.TEAM, value="growth", limit_picos=250 * PICOS_PER_UNIT)
    actions.save_budget(budget=budget, project_id=project_id, actor=alice, now=now)
    actions.save_cache(cache=NewCache(api_id=second.id, seconds=60), actor=alice, now=now)
    return first.id


@pytest.mark.requirement("NEX-01", "NEX-02")
@pytest.mark.parametrize("look", LOOKS)
def test_every_page_of_the_gateway_fits_and_says_nothing_wrong(
    screen: Callable[..., Screen], alice: Actor, alice_person: Person, project_id: UUID, look: tuple[int, str]
) -> None:
    api_id = furnish(alice, project_id)
    tab = screen(width=look[0], theme=look[1], person=alice_person)
    of_gateway = [f"/nexus/gateway/{name}" for name in ("", "keys/", "routes/", "budgets/", "cache/")]
    of_api = [
        "/nexus/apis/new/",
        "/nexus/apis/new/?preset=http",
        f"/nexus/apis/{api_id}/start/",
        f"/nexus/apis/{api_id}/settings/",
    ]
    for path in (*of_gateway, *of_api):
        tab.open(path)
        assert tab.problems() == [], path


@pytest.mark.requirement("NEX-01")
def test_an_api_is_registered_and_the_page_notices_its_first_call(
    screen: Callable[..., Screen], alice: Actor, alice_person: Person, provider: Provider
) -> None:
    page = screen(width=360, person=alice_person).open("/nexus/gateway/")
    page.get_by_role("link", name="Register an API").click()
    page.get_by_role("link", name="OpenAI", exact=False).first.click()
    page.get_by_label("The provider's key").fill(KEY)
    page.get_by_label("Address").fill(provider.url)
    page.get_by_role("button", name="Test and register").click()
    expect(page.get_by_text("Waiting for the first call")).to_be_visible()
    expect(page.locator(".secret code")).to_contain_text("emp_gw_")
    api = Api.objects.get()
    call = ApiCalled(
        event_id=new_id(),
        occurred_at=utcnow(),
        organisation_id=api.organisation_id,
        project_id=api.project_id,
        api_id=api.pk,
        model="gpt-4o-mini",
        outcome="ok",
        duration_us=1_234_000,
    )
    eventlog.store().insert(ApiCalled, [call], token=str(call.event_id))
    expect(page.get_by_text("Answered")).to_be_visible()
    expect(page.get_by_text("1,234 ms")).to_be_visible()
    expect(page.locator(".secret code")).to_contain_text("emp_gw_")
