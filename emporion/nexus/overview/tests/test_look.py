"""In a real browser the overview and the page of an API hold at 360 and 1280 px, in both themes, for eyes and for axe."""

import pytest

from tests.browser.screen import LOOKS, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.requirement("NEX-03", "NEX-04", "UX-01")
@pytest.mark.parametrize(("width", "theme"), LOOKS)
def test_trouble_and_the_page_behind_it_are_readable_everywhere(screen, alice_person, live, fleet, width, theme):
    live(broken_minutes=9)
    shown = screen(width=width, theme=theme, person=alice_person)
    page = shown.open("/nexus/")
    assert "OpenAI fails" in page.inner_text("#t-h")
    assert shown.problems() == []
    if width == PHONE:
        assert page.locator(".bottombar a[aria-current=page]").inner_text().strip() == "Nexus"
    page.focus("#divert")
    with page.expect_response(lambda answer: "seen=" in answer.url):
        pass
    assert page.evaluate("document.activeElement.id") == "divert", "what is looked at again keeps the focus"
    shown.open(f"/nexus/apis/{fleet['openai'].pk}/?period=1h")
    assert shown.problems() == []
