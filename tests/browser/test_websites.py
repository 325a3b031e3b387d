"""The websites' pages in a real browser, at both widths and themes: nothing scrolls sideways, axe and the console are silent."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import LazySettings
from playwright.sync_api import Page, expect

from emporion.accounts.models import Person
from emporion.insights.sites.actions import add_site, note_first_events, pause_site
from emporion.insights.sites.models import Site
from emporion.insights.sites.types import NewSite
from emporion.kernel.clock import utcnow
from emporion.plumbing.types import Actor
from emporion.store import shared_store
from emporion.store.schemas import SiteEventDropped
from emporion.store.types import NOBODY
from tests.browser.screen import PHONE, WIDE, Screen

pytestmark = [pytest.mark.browser, pytest.mark.requirement("INS-01", "UX-02"), pytest.mark.django_db(transaction=True)]
LOOKS = [(WIDE, "light"), (PHONE, "dark"), (WIDE, "dark"), (PHONE, "light")]


def keep(page: Page, name: str) -> None:
    if folder := os.environ.get("EMPORION_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def drop(settings: LazySettings, site: Site) -> None:
    """Two events that do not count, in the store."""
    kinds = (("bot", "Googlebot/2.1 (+http://www.google.com/bot.html)"), ("wrong_domain", "Mozilla/5.0 Chrome/142"))
    from emporion.kernel.ids import new_id

    events = [
        SiteEventDropped(
            event_id=new_id(), occurred_at=utcnow(), organisation_id=site.organisation_id, project_id=site.project_id,
            site_id=site.id, visitor_id=NOBODY, kind="pageview", host=site.domain, path="/preise/größe", reason=reason,
            detail=f"sign {number}", user_agent=agent, country="DE",
        )
        for number, (reason, agent) in enumerate(kinds)
    ]  # fmt: skip
    shared_store(settings.EVENTS_URL).insert(SiteEventDropped, events, token=str(new_id()))


def test_every_page_fits_both_widths_and_themes(
    screen: Callable[..., Screen], alice: Actor, alice_person: Person, settings: LazySettings, live_server
) -> None:
    settings.SITE_URL = live_server.url
    project_id = min(alice.project_ids)
    for width, theme in LOOKS[:2]:
        seen = screen(width=width, theme=theme, person=alice_person)
        seen.open("/insights/")
        assert seen.problems() == [], "the empty list"
        keep(seen.page, f"insights-empty-{width}-{theme}")
    seen = screen(person=alice_person)
    page = seen.open("/insights/new/")
    page.get_by_label("Domain").fill("not a domain")
    page.get_by_role("button", name="Add website").click()
    expect(page.get_by_text("is not a domain")).to_be_visible()
    assert [line for line in seen.problems() if "422" not in line] == []
    page.get_by_label("Domain").fill("halyard.example")
    page.get_by_role("button", name="Add website").click()
    expect(page.get_by_text("Waiting for the first visit")).to_be_visible()
    site = Site.objects.get()
    drop(settings, site)
    add_site(site=NewSite(domain="localhost"), project_id=project_id, actor=alice, now=utcnow())
    for number, (width, theme) in enumerate(LOOKS):
        seen = screen(width=width, theme=theme, person=alice_person)
        for name in ("", "new/", f"{site.id}/setup/", f"{site.id}/settings/", f"{site.id}/dropped/?reason=bot"):
            page = seen.page
            page.goto(f"{live_server.url}/insights/{name}")
            expect(page.get_by_role("heading", level=1)).to_be_attached()
            assert seen.problems() == [], (name, width, theme)
            keep(page, f"insights-{name.strip('/').split('/')[-1][:8] or 'list'}-{width}-{theme}-{number}")
    page = seen.page
    page.goto(f"{live_server.url}/insights/{site.id}/setup/")
    page.get_by_role("tab", name="React").click()
    expect(page.get_by_text("script.dataset.websiteId").first).to_be_visible()
    page.get_by_label("Page to verify").fill("http://10.0.0.1/")
    page.get_by_role("button", name="Look at the page").click()
    expect(page.get_by_text("The page is not on the public internet")).to_be_visible()
    assert seen.problems() == []
    keep(page, "insights-verify-360")
    note_first_events(site_ids={site.id}, now=utcnow())
    expect(page.get_by_text("The first visit is there")).to_be_visible(timeout=30_000)
    pause_site(site_id=site.id, is_paused=True, actor=alice, now=utcnow())
    page.goto(f"{live_server.url}/insights/")
    expect(page.get_by_text("Paused")).to_be_visible()


def test_a_new_website_and_a_new_account_begin_in_the_time_zone_of_the_browser(
    screen: Callable[..., Screen], alice: Actor, alice_person: Person
) -> None:
    page = screen(person=alice_person, zone="America/Sao_Paulo").open("/insights/new/")
    expect(page.get_by_label("Time zone")).to_have_value("America/Sao_Paulo")
    Person.objects.filter(pk=alice_person.pk).update(time_zone="Europe/Athens")
    page.reload()
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Athens")
    page = screen(zone="Europe/Paris").open("/accounts/signup/")
    expect(page.locator("input[name=time_zone]")).to_have_value("Europe/Paris")
