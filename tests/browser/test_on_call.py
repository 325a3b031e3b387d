"""On call and diagnosis in a real browser, at both widths and in both themes."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from emporion.accounts.models import Person
from emporion.gateway.routing.models import Api
from emporion.kernel.clock import utcnow
from emporion.nexus.diagnosis.tests import conftest as diagnosis
from emporion.nexus.oncall import actions, paging
from emporion.nexus.oncall.types import NewOverride, NewSchedule
from emporion.notify.actions import add_destination
from emporion.notify.types import DestinationKind, NewDestination
from emporion.plumbing.types import Actor
from tests.browser.screen import PHONE, WIDE, Screen

pytestmark = [pytest.mark.browser, pytest.mark.requirement("NEX-06", "UX-01"), pytest.mark.django_db(transaction=True)]
apis, calls = diagnosis.apis, diagnosis.calls
LOOKS = [(PHONE, "light"), (WIDE, "dark")]
DOWN = {"outcome": "overloaded", "status": 503, "error_code": "server_error"}


def keep(page: Page, name: str) -> None:
    if folder := os.environ.get("EMPORION_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def furnish(alice: Actor, bob: Person) -> str:
    """A rotation with a stretch that was taken over, a channel, a page that waits; returns the rotation's address."""
    project_id, now = min(alice.project_ids), utcnow()
    spec = NewSchedule(name="Primary", time_zone="Europe/Berlin", people=(alice.id, bob.id))
    made = actions.create_schedule(schedule=spec, project_id=project_id, actor=alice, now=now)
    night = NewOverride(person_id=bob.id, starts_at=now + timedelta(days=1), ends_at=now + timedelta(days=1, hours=12))
    actions.take_over(schedule_id=made.id, override=night, actor=alice, now=now)
    slack = NewDestination(kind=DestinationKind.SLACK, name="#ops", address="https://192.0.66.2/x", project_id=project_id)
    add_destination(destination=slack, actor=alice, now=now)
    page = paging.NewPage(
        organisation_id=alice.organisation,
        project_id=project_id,
        title="OpenAI errors stop meeting summaries",
        sentence="12.6% of the calls fail since 14:02. 297 people feel it.",
        url="/nexus/alerts/",
    )
    paging.open_page(page=page, now=now - timedelta(minutes=3))
    return f"/nexus/on-call/schedules/{made.id}/"


def test_every_page_of_on_call_fits_both_widths_and_themes(
    screen: Callable[..., Screen], alice: Actor, alice_person: Person, bob_person: Person
) -> None:
    seen = screen(width=PHONE, person=alice_person)
    seen.open("/nexus/on-call/")
    keep(seen.page, "on-call-empty")
    assert seen.problems() == [], "the empty page"
    schedule = furnish(alice, bob_person)
    for width, theme in LOOKS:
        seen = screen(width=width, theme=theme, person=alice_person)
        for path in ("", "schedules/new/", "escalation/", "channels/"):
            page = seen.open(f"/nexus/on-call/{path}")
            keep(page, f"on-call-{path.strip('/').replace('/', '-') or 'home'}-{width}-{theme}")
            assert seen.problems() == [], path
        keep(seen.open(schedule), f"on-call-schedule-{width}-{theme}")
        assert seen.problems() == [], schedule
        seen.open("/settings/notifications/")
        keep(seen.page, f"on-call-settings-{width}-{theme}")
        assert seen.problems() == [], "settings"


@pytest.mark.requirement("NEX-08", "NEX-09")
def test_the_diagnosis_fits_both_widths_and_themes(
    screen: Callable[..., Screen], alice_person: Person, apis: dict[str, Api], calls: Callable[..., None]
) -> None:
    calls(apis["openai"], range(80, 9, -1), share=0.01, **DOWN)
    calls(apis["openai"], range(8, 0, -1), share=0.7, **DOWN)
    calls(apis["second"], range(50, 0, -1), a_minute=4)
    for width, theme in LOOKS:
        seen = screen(width=width, theme=theme, person=alice_person)
        page = seen.open(f"/nexus/apis/{apis['openai'].pk}/diagnosis/")
        expect(page.get_by_role("heading", name="Outage at OpenAI")).to_be_visible()
        keep(page, f"diagnosis-{width}-{theme}")
        assert seen.problems() == []
