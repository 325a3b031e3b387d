"""Alerts in a real browser: what is broken, since when and who feels it fit a phone, and nothing is wrong with the pages."""

from collections.abc import Callable
from uuid import UUID

import pytest
from playwright.sync_api import expect

from emporion.accounts.models import Person
from emporion.gateway.routing.actions import register_api
from emporion.gateway.routing.orders import NewApi
from emporion.kernel.clock import utcnow
from emporion.nexus.alerts.gathering import Ground, gather
from emporion.nexus.alerts.queries import open_problems
from emporion.nexus.alerts.ruling import rules_of
from emporion.nexus.alerts.types import Kind, Observation, Severity
from emporion.nexus.apis.types import Felt, Impact
from emporion.plumbing.actions import run_due_jobs
from emporion.plumbing.types import Actor
from tests.browser.screen import LOOKS, PHONE, Screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def broken(alice: Actor, project_id: UUID) -> UUID:
    """An API of alice's that fails for many, noticed in three ways."""
    now = utcnow()
    wanted = NewApi(preset="openai", name="OpenAI", secret="sk-test-0123456789abcdef", is_unchecked=True)
    api = register_api(api=wanted, project_id=project_id, actor=alice, now=now)[0]
    run_due_jobs(now=now)
    felt = (
        Felt(name="Meeting summaries", customers=108, failed_calls=120),
        Felt(name="Ask Fieldnote", customers=35, failed_calls=32),
    )
    impact = Impact(since=now, until=now, calls=400, failed_calls=152, customers=143, active_customers=2960, features=felt)
    ground = Ground(organisation_id=alice.organisation, project_id=project_id, impacts={api.id: impact})
    noticed = [
        Observation(
            kind=kind, key=title, severity=Severity.PAGE, title=title, sentence=title, api_id=api.id, started_at=now, labels={}
        )
        for kind, title in ((Kind.OUTAGE, "OpenAI: most calls fail"), (Kind.BURN_RATE, "Budget burns"), (Kind.EXTERNAL, "Queue"))
    ]
    gather(ground, noticed, now=now)
    return open_problems(alice, project_id)[0].id


@pytest.mark.requirement("NEX-05", "UX-01")
@pytest.mark.parametrize("look", LOOKS)
def test_a_problem_and_its_rules_fit_and_say_nothing_wrong(
    screen: Callable[..., Screen], alice: Actor, alice_person: Person, project_id: UUID, broken: UUID, look: tuple[int, str]
) -> None:
    width, theme = look
    rule = rules_of(alice, project_id)[1]
    tab = screen(width=width, theme=theme, person=alice_person)
    for path in ("", "rules/", f"rules/{rule.id}/", "maintenance/"):
        tab.open(f"/nexus/alerts/{path}")
        assert tab.problems() == []
    page = tab.open(f"/nexus/alerts/{broken}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("OpenAI: most calls fail")
    expect(page.get_by_text("143 customers").first).to_be_visible()
    declare = page.get_by_role("button", name="Declare incident")
    expect(declare.locator("visible=true")).to_have_count(1)
    assert tab.problems() == []
    if width == PHONE:
        page.get_by_role("button", name="Acknowledge").click()
        expect(page.get_by_text("Alicé has it")).to_be_visible()
