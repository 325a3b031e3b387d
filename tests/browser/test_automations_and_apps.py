"""Automations and apps in a real browser, at both widths and themes: nothing scrolls sideways, axe and the console are silent."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest
from django.conf import LazySettings
from playwright.sync_api import Page, expect

from emporion.accounts.models import Person
from emporion.agents.apps.models import Service, StatusUpdate
from emporion.agents.automations import actions
from emporion.agents.automations.models import Automation, Run
from emporion.agents.automations.types import Every, Finding, FindingKind, Schedule, Settings
from emporion.billing import queries as billing
from emporion.billing.actions import start_subscription
from emporion.billing.types import SubscriptionStart
from emporion.config.catalogue import sync_catalogue
from emporion.kernel.clock import utcnow
from emporion.kernel.ids import new_id
from emporion.kernel.money import Money
from emporion.plumbing.actions import run_due_jobs
from emporion.plumbing.types import Actor
from tests.browser.screen import LOOKS, Screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FINDINGS = (
    Finding(
        kind=FindingKind.CHANGED,
        title="Prices",
        url="https://supplier.example/prices",
        before="The small crate costs 30 euros a month.",
        after="The small crate costs 35 euros a month.",
    ),
    Finding(kind=FindingKind.ADDED, title="Prices", url="https://supplier.example/prices", after="Pay by bank transfer."),
    Finding(
        kind=FindingKind.BROKEN,
        title="Menu",
        url="https://a.example/dead",
        detail="It answers with error 404.",
        place="https://a.example/",
    ),
    Finding(kind=FindingKind.UNREADABLE, url="https://supplier.example/terms", detail="It answers with error 503."),
)


def keep(page: Page, name: str) -> None:
    if folder := os.environ.get("EMPORION_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.fixture(autouse=True)
def _site(settings: LazySettings, live_server: object) -> None:
    settings.SITE_URL = live_server.url  # type: ignore[attr-defined]
    sync_catalogue(now=utcnow())


def get(slug: str, alice: Actor) -> UUID:
    plan = billing.product(slug).plans[0]
    start = SubscriptionStart(
        id=new_id(),
        organisation_id=alice.organisation,
        project_id=min(alice.project_ids),
        person_id=alice.id,
        plan_id=plan.id,
        cycle=plan.cycles[0],
        price=plan.monthly or plan.one_time or Money.of("0", "USD"),
    )
    return start_subscription(start=start, now=utcnow()).id


def automation(alice: Actor) -> UUID:
    automation_id = get("website-watch", alice)
    actions.ensure(subscription_id=automation_id, actor=alice, now=utcnow())
    return automation_id


@pytest.mark.requirement("BUY-13", "UX-01")
def test_a_schedule_and_a_buyer_begin_in_the_time_zone_of_the_browser(
    screen: Callable[..., Screen], alice: Actor, alice_person: Person
) -> None:
    page = screen(person=alice_person, zone="America/Sao_Paulo").open(f"/automations/{automation(alice)}/")
    expect(page.get_by_label("Time zone")).to_have_value("America/Sao_Paulo")
    page = screen(zone="Europe/Paris").open("/checkout/weekly-digest/")
    expect(page.locator("input[name=time_zone]")).to_have_value("Europe/Paris")


@pytest.mark.requirement("BUY-13", "BUY-10")
def test_an_automation_that_is_complete_when_it_is_bought_runs_in_the_time_zone_of_the_buyer_s_browser(
    screen: Callable[..., Screen], alice_person: Person
) -> None:
    page = screen(person=alice_person, zone="America/Sao_Paulo").open("/checkout/weekly-digest/")
    page.get_by_label("I agree").check()
    page.locator("button.pay").click()
    expect(page.get_by_role("heading", name="is yours")).to_be_visible()
    run_due_jobs(now=utcnow())
    bought = Automation.objects.get()
    assert (bought.time_zone, bought.next_run_at.astimezone(ZoneInfo("America/Sao_Paulo")).hour) == ("America/Sao_Paulo", 8)
    page.goto(f"{page.url.split('/orders')[0]}/automations/{bought.id}/")
    expect(page.get_by_text("at 08:00 (America/Sao Paulo)")).to_be_visible()


ROOM = """(select) => {
  const style = getComputedStyle(select), pen = document.createElement("canvas").getContext("2d");
  pen.font = style.font;
  const longest = Math.max(...[...select.options].map((option) => pen.measureText(option.text).width));
  return select.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - longest;
}"""


@pytest.mark.requirement("BUY-13", "UX-01")
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_every_time_zone_is_read_whole_in_its_field(
    screen: Callable[..., Screen], alice_person: Person, alice: Actor, width: int
) -> None:
    tab = screen(width=width, person=alice_person)
    automation_id = automation(alice)
    for is_set_up in (False, True):
        if is_set_up:
            inputs = {"url": "https://supplier.example/", "email": "ops@halyard.example"}
            wanted = Settings(inputs=inputs, schedule=Schedule(every=Every.DAILY, time_zone="America/North_Dakota/New_Salem"))
            actions.set_up(automation_id=automation_id, settings=wanted, actor=alice, now=utcnow())
        page = tab.open(f"/automations/{automation_id}/")
        assert page.get_by_label("Time zone").evaluate(ROOM) >= 0
        keep(page, f"automation-zone-{is_set_up}-{width}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_an_automation_reads_well_before_and_after_its_first_run(
    screen: Callable[..., Screen], alice_person: Person, alice: Actor, width: int, theme: str
) -> None:
    automation_id = automation(alice)
    tab = screen(width=width, theme=theme, person=alice_person)
    page = tab.open(f"/automations/{automation_id}/")
    assert tab.problems() == []
    keep(page, f"automation-new-{width}-{theme}")
    schedule = Schedule(every=Every.DAILY, time_zone="Europe/Berlin")
    wanted = Settings(inputs={"url": "https://supplier.example/", "email": "ops@halyard.example"}, schedule=schedule)
    actions.set_up(automation_id=automation_id, settings=wanted, actor=alice, now=utcnow())
    row = Automation.objects.get(id=automation_id)
    at = utcnow() - timedelta(hours=3)
    run = Run.objects.create(
        automation=row,
        slot="a",
        state="done",
        due_at=at,
        finished_at=at,
        summary="2 of 14 pages changed.",
        findings=msgspec.json.encode(FINDINGS).decode(),
        finding_count=4,
    )
    problem, step = "This website could not be read.", "The next run tries again."
    yesterday = at - timedelta(days=1)
    Run.objects.create(automation=row, slot="b", state="failed", due_at=yesterday, problem=problem, next_step=step)
    home = f"/automations/{automation_id}/"
    for name, path in (("list", "/automations/"), ("set-up", home), ("run", f"{home}runs/{run.id}/")):
        page = tab.open(path)
        assert tab.problems() == [], path
        keep(page, f"automation-{name}-{width}-{theme}")


@pytest.mark.requirement("BUY-10", "UX-01")
@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_an_app_opens_with_one_press_and_reads_well(
    screen: Callable[..., Screen], alice_person: Person, alice: Actor, width: int, theme: str
) -> None:
    subscription_id = get("team-notes", alice)
    tab = screen(width=width, theme=theme, person=alice_person)
    page = tab.open(f"/apps/{subscription_id}/")
    assert tab.problems() == []
    keep(page, f"app-page-{width}-{theme}")
    page.get_by_role("link", name="Open Team Notes").click()
    page.get_by_role("link", name="Write the first note").click()
    page.get_by_label("Title").fill("Café key")
    page.get_by_label("Text").fill("# Where\n\nUnder the **mat**.\n\n| Day | Who |\n|---|---|\n| Monday | Zoé |")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("cell", name="Zoé")).to_be_visible()
    assert tab.problems() == []
    keep(page, f"note-form-{width}-{theme}")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Pin").click()
    expect(page.get_by_role("button", name="Unpin")).to_be_visible()
    assert tab.problems() == []
    keep(page, f"note-{width}-{theme}")
    page = tab.open("/app/notes/")
    assert tab.problems() == []
    keep(page, f"notes-{width}-{theme}")


@pytest.mark.requirement("BUY-10", "UX-01")
@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_a_status_board_reads_well_inside_and_behind_its_link(
    screen: Callable[..., Screen], alice_person: Person, alice: Actor, width: int, theme: str
) -> None:
    get("status-board", alice)
    at = utcnow() - timedelta(minutes=20)
    owner = {"organisation_id": alice.organisation, "created_at": at}
    said = (("Web shop", "down", "The payment provider is away."), ("Phones", "ok", ""), ("Printer", "degraded", ""))
    for name, state, text in said:
        row = Service.objects.create(name=name, state=state, since=at, note=text, **owner)
        StatusUpdate.objects.create(service=row, state=state, text=text, author_name="Bob", **owner)
    tab = screen(width=width, theme=theme, person=alice_person)
    page = tab.open("/app/status/")
    page.get_by_text("Say something").first.click()
    assert tab.problems() == []
    keep(page, f"board-{width}-{theme}")
    page.get_by_role("button", name="Make a secret link").click()
    link = page.locator(".link code").inner_text()
    stranger = screen(width=width, theme=theme)
    page = stranger.open(link.removeprefix(stranger.base))
    assert stranger.problems() == []
    keep(page, f"shared-{width}-{theme}")
