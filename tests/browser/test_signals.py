"""The pages of signals in a real browser: a phone in the light, a desk in the dark; what axe says, and that nothing scrolls."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import LazySettings
from playwright.sync_api import Page

from emporion.accounts.models import Person
from emporion.config import eventlog
from emporion.kernel.clock import utcnow
from emporion.kernel.ids import new_id
from emporion.nexus.checks import actions as checks
from emporion.nexus.checks import running
from emporion.nexus.checks.models import CheckHour, CheckRow
from emporion.nexus.checks.tests.target import Target
from emporion.nexus.checks.tests.target import serving as answering
from emporion.nexus.checks.types import Assertion, CheckSpec, Expectation
from emporion.nexus.providers import actions as providers
from emporion.nexus.providers.models import FeedRow
from emporion.nexus.providers.tests.pages import StatusPage, incident
from emporion.nexus.providers.tests.pages import serving as telling
from emporion.nexus.providers.types import NewFeed
from emporion.nexus.signals import actions, beating
from emporion.nexus.signals.models import HeartbeatRow
from emporion.nexus.signals.types import NewDeploy, NewHeartbeat
from emporion.plumbing.types import Actor
from emporion.store.schemas import ApiCalled, Heartbeat, MetricSeen
from tests.browser.screen import LOOKS, Screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.requirement("NEX-18", "UX-01")]
Open = Callable[..., Screen]


@pytest.fixture
def target(settings: LazySettings) -> Iterator[Target]:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, outbound_allow="localhost", region="eu-west")
    with answering() as target:
        yield target


@pytest.fixture
def page(target: Target) -> Iterator[StatusPage]:
    with telling() as page:
        page.statuspage(incident(), indicator="major", text="Partial System Outage")
        yield page


@pytest.fixture
def furnished(alice: Actor, project_id: UUID, target: Target, page: StatusPage) -> UUID:
    """A project in which every page has something to show; returns its failing check."""
    now = utcnow()
    common = {"project_id": project_id, "actor": alice, "now": now}
    expected = (Assertion(kind=Expectation.LATENCY, value="3000"),)
    checks.add_check(spec=CheckSpec(name="Checkout", url=f"{target.url}/health", assertions=expected), **common)
    broken = (Assertion(kind=Expectation.JSON_EQUALS, value="ready", name="data.items[0].name"),)
    failing = checks.add_check(
        spec=CheckSpec(name="Chat completions", url=f"{target.url}/v1/models", retries=0, assertions=broken), **common
    )
    running.run_due(now=now)
    for hour in range(1, 24):
        at = (now - timedelta(hours=hour)).replace(minute=0, second=0, microsecond=0)
        for row in CheckRow.objects.all():
            CheckHour.objects.create(
                check_of=row, hour=at, runs=60, failures=hour % 7 == 0, answers=60, answered_us=(hour % 5 + 3) * 6_000_000
            )
    _heartbeats(alice, project_id)
    actions.mark_deploy(
        deploy=NewDeploy(service="checkout-api", version="2.14.3", change="New prompt", link="https://ci.example/7"), **common
    )
    actions.add_receiver(name="Alertmanager of production", **common)
    feed = providers.follow(feed=NewFeed(name="Acme", url=page.url), **common)
    providers.read_now(feed_id=feed.id, actor=alice, now=now)
    _telemetry(alice, project_id)
    return failing.id


def _heartbeats(alice: Actor, project_id: UUID) -> None:
    now = utcnow()
    for name, word, ago in (("Nightly export", "ok", 30), ("Backup", "fail", 5), ("Mail queue", "ok", 70)):
        new = NewHeartbeat(name=name, period_seconds=3600, grace_seconds=900)
        made = actions.add_heartbeat(heartbeat=new, project_id=project_id, actor=alice, now=now)
        at = now - timedelta(minutes=ago)
        beating.take(
            [
                Heartbeat(
                    event_id=new_id(), occurred_at=at, heartbeat_id=made.id, state=word, detail="exit code 3" * (word == "fail")
                )
            ]
        )


def _telemetry(alice: Actor, project_id: UUID) -> None:
    common = {"occurred_at": utcnow(), "organisation_id": alice.organisation_id, "project_id": project_id}
    calls = [
        ApiCalled(event_id=new_id(), api_id=UUID(int=0), provider="api.apollo.io", origin="trace", outcome="ok", **common)
        for _ in range(3)
    ]
    eventlog.store().insert(ApiCalled, calls, token=str(calls[0].event_id))
    metric = MetricSeen(event_id=new_id(), name="orders", **common)
    eventlog.store().insert(MetricSeen, [metric], token=str(metric.event_id))


def test_every_page_of_signals_is_sound_on_a_phone_and_on_a_desk(screen: Open, alice_person: Person, furnished: UUID) -> None:
    beat, feed = HeartbeatRow.objects.earliest("created_at").pk, FeedRow.objects.get().pk
    pages = {
        "checks": "/nexus/checks/",
        "check": f"/nexus/checks/{furnished}/",
        "heartbeats": "/nexus/heartbeats/",
        "heartbeat": f"/nexus/heartbeats/{beat}/",
        "deploys": "/nexus/deploys/",
        "telemetry": "/nexus/telemetry/",
        "providers": "/nexus/providers/",
        "provider": f"/nexus/providers/{feed}/",
    }
    for width, theme in LOOKS:
        one = screen(width=width, theme=theme, person=alice_person)
        for name, path in pages.items():
            shown = one.open(path)
            _keep(shown, f"{name}-{width}-{theme}")
            assert one.problems() == [], name


@pytest.mark.requirement("NEX-18")
def test_a_check_is_run_before_it_is_saved(screen: Open, alice_person: Person, project_id: UUID, target: Target) -> None:
    for width, theme in LOOKS:
        one = screen(width=width, theme=theme, person=alice_person)
        shown = one.open("/nexus/checks/new/")
        shown.get_by_label("Name", exact=True).fill("Chat completions")
        shown.get_by_label("Address").fill(f"{target.url}/v1/models")
        shown.locator("[name=kind_1]").select_option("json_equals")
        shown.locator("[name=name_1]").fill("data.items[0].id")
        shown.locator("[name=value_1]").fill("8")
        shown.get_by_role("button", name="Run now").click()
        shown.get_by_text("was 7").first.wait_for()
        _keep(shown, f"new-{width}-{theme}")
        assert one.problems() == []
    shown.get_by_role("button", name="Save check").click()
    shown.get_by_role("heading", name="Chat completions").wait_for()
    assert CheckRow.objects.get().assertions[1]["value"] == "8"


def _keep(page: Page, name: str) -> None:
    """Keeps a picture for somebody who wants to look (`SHOTS=folder`)."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
