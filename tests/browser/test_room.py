"""Nothing is glued to its neighbour and nothing is hidden: what a picture shows and a test of words does not."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import FloatRect, Page, expect

from emporion.accounts.actions import record_audit
from emporion.accounts.models import Person
from emporion.insights.reports.tests.pages_scene import Visit, site_of_alice, visited
from emporion.kernel.clock import utcnow
from emporion.kernel.ids import new_id
from emporion.plumbing.types import Actor
from tests.browser.screen import LOOKS, PHONE, WIDE, Screen

pytestmark = [pytest.mark.browser, pytest.mark.requirement("UX-01"), pytest.mark.django_db(transaction=True)]
MIDDLE = """cell => {
  const range = document.createRange();
  range.selectNodeContents(cell);
  const place = range.getBoundingClientRect();
  return place.y + place.height / 2;
}"""


def box(page: Page, selector: str) -> FloatRect:
    found = page.locator(selector).first.bounding_box()
    assert found, selector
    return found


def keep(page: Page, name: str) -> None:
    if folder := os.environ.get("EMPORION_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png")


@pytest.mark.parametrize("look", LOOKS)
def test_the_documentation_stands_apart_from_the_header(screen: Callable[..., Screen], look: tuple[int, str]) -> None:
    tab = screen(width=look[0], theme=look[1])
    page = tab.open("/docs/")
    header = box(page, "header")
    assert box(page, "main h1")["y"] - header["y"] - header["height"] >= 16
    assert tab.problems() == []
    keep(page, f"docs-{look[0]}")


@pytest.mark.parametrize("look", LOOKS)
def test_the_audit_log_shows_the_object_at_every_width(
    screen: Callable[..., Screen], alice: Actor, alice_person: Person, look: tuple[int, str]
) -> None:
    record_audit(actor=alice, verb="wallet.topped_up", object_type="wallet", object_id=new_id(), detail="$2,500.00", now=utcnow())
    tab = screen(width=look[0], theme=look[1], person=alice_person)
    page = tab.open("/settings/audit/")
    seen = page.get_by_text("$2,500.00").bounding_box()
    assert seen
    assert 0 <= seen["x"] < seen["x"] + seen["width"] <= look[0]
    assert tab.problems() == []
    keep(page, f"audit-{look[0]}")


@pytest.mark.parametrize("width", [WIDE, PHONE])
def test_the_button_for_pushes_stands_apart_from_its_text(
    screen: Callable[..., Screen], alice: Actor, alice_person: Person, width: int
) -> None:
    page = screen(width=width, person=alice_person).open("/settings/notifications/")
    page.evaluate("for (const part of document.querySelectorAll('[data-push-is]')) part.hidden = part.dataset.pushIs !== 'off'")
    text, button = box(page, "[data-push-is=off] p"), box(page, "[data-push-turn-on]")
    assert button["y"] - text["y"] - text["height"] >= 8
    keep(page, f"push-{width}")


def test_the_numbers_of_a_row_stand_at_the_height_of_its_bar(
    screen: Callable[..., Screen], alice: Actor, alice_person: Person
) -> None:
    now = utcnow()
    site = site_of_alice(alice, now)
    visited(
        site,
        Visit(at=now - timedelta(days=1), source="Google", paid_minor=4_990),
        Visit(at=now - timedelta(days=1), source="Bing"),
    )
    for width, theme in LOOKS:
        page = screen(width=width, theme=theme, person=alice_person).open(f"/insights/{site.id}/by/source/?compare=previous")
        expect(page.locator(".breakdown tbody tr").first).to_be_visible()
        keep(page, f"rows-{width}")
        for row in page.locator(".breakdown tbody tr").all():
            bar, number = row.locator(".barcell").bounding_box(), row.locator("td").nth(2).evaluate(MIDDLE)
            assert bar
            assert abs(bar["y"] + bar["height"] / 2 - number) <= 4
