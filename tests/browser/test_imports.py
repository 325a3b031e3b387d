"""Bringing history in, in a real browser: choose, drop, see it read, agree, see it arrive, undo."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from emporion.insights.imports.tests.conftest import move, spool
from emporion.insights.imports.tests.test_products import zipped
from emporion.insights.imports.tests.writing import PLAUSIBLE, access_log
from emporion.kernel.clock import utcnow
from emporion.plumbing.actions import run_due_jobs
from tests.browser.screen import LOOKS

__all__ = ["move", "spool"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.requirement("INS-19")]


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look[0]}-{look[1]}")
def test_a_log_is_dropped_looked_at_imported_and_undone(screen, alice_person, site, move, tmp_path, look) -> None:
    width, theme = look
    log = tmp_path / "access.log"
    log.write_text("\n".join(access_log(1_200)))
    tab = screen(width=width, theme=theme, person=alice_person)
    page = tab.open(f"/insights/{site.id}/settings/")
    page.get_by_role("link", name="Import history").click()
    expect(page.get_by_role("heading", name="Bring your history in")).to_be_visible()
    assert tab.problems() == []
    page.locator('input[type="file"]').set_input_files(log)
    expect(page.get_by_text("Being read")).to_be_visible()
    run_due_jobs(now=utcnow())
    expect(page.get_by_role("button", name="Import 5")).to_be_visible()
    assert tab.problems() == []
    page.get_by_role("button", name="Import 5").click()
    expect(page.get_by_text("Being imported")).to_be_visible()
    run_due_jobs(now=utcnow())
    move()
    run_due_jobs(now=utcnow() + timedelta(minutes=1))
    expect(page.get_by_role("button", name="Undo this import")).to_be_visible()
    assert tab.problems() == []
    page.get_by_role("button", name="Undo this import").click()
    run_due_jobs(now=utcnow())
    expect(page.get_by_text("The same file can be imported again")).to_be_visible()


def test_what_is_too_large_is_not_even_sent_and_what_is_refused_says_why(screen, alice_person, site, spool, tmp_path) -> None:
    large = tmp_path / "large.log"
    with large.open("wb") as file:
        file.truncate(501 * 1024 * 1024)
    tab = screen(person=alice_person)
    page = tab.open(f"/insights/{site.id}/settings/import/")
    page.locator('input[type="file"]').set_input_files(large)
    expect(page.get_by_text("These files are larger than 500 MB")).to_be_visible()
    assert tab.problems() == []
    other = tab.page.context.new_page()
    other.goto(page.url)
    for one in (page, other):
        small = tmp_path / "small.log"
        small.write_text("\n".join(access_log(30)))
        one.locator('input[type="file"]').set_input_files(small)
        expect(one.get_by_text("Being read" if one is page else "Another import of this website is not finished")).to_be_visible()


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: f"{look[0]}-{look[1]}")
def test_plausibles_totals_have_a_page_of_their_own(screen, alice_person, site, spool, tmp_path, look) -> None:
    width, theme = look
    export = tmp_path / "plausible.zip"
    export.write_bytes(zipped(PLAUSIBLE))
    tab = screen(width=width, theme=theme, person=alice_person)
    page = tab.open(f"/insights/{site.id}/settings/import/?source=plausible")
    page.locator('input[type="file"]').set_input_files(export)
    expect(page.get_by_text("Being read")).to_be_visible()
    run_due_jobs(now=utcnow())
    expect(page.get_by_role("heading", name="The first rows")).to_be_visible()
    assert tab.problems() == []
    page.get_by_role("button", name="Import 1").click()
    expect(page.get_by_text("Being imported")).to_be_visible()
    run_due_jobs(now=utcnow())
    page.get_by_role("link", name="See the history").click()
    expect(page.get_by_text("sums of days, not visits")).to_be_visible()
    assert tab.problems() == []
