"""The owner's pages on both widths and in both themes, as a person sees them and axe judges them."""

import os
from pathlib import Path

import pytest

from emporion.agents.channels.models import Widget
from tests.browser.screen import LOOKS, Screen
from tests.cast import client_of

pytestmark = [pytest.mark.browser, pytest.mark.requirement("UX-01", "UX-02")]


@pytest.mark.parametrize(("width", "theme"), LOOKS)
@pytest.mark.parametrize("page", ["keys", "widget"])
def test_the_pages_are_accessible_and_fit_the_screen(  # noqa: PLR0917 - fixtures
    chromium, site: str, alice_person, key: str, widget: Widget, client, page: str, width: int, theme: str
) -> None:
    for origin in ("https://docs.halyard.example", "https://staging.halyard.example"):
        client.get(f"/widget/{widget.public_id}/config/", headers={"Origin": origin})
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce")
    context.add_cookies([{"name": "sessionid", "value": client_of(alice_person).cookies["sessionid"].value, "url": site}])
    seen = Screen(page=context.new_page(), base=site)
    seen._listen()
    seen.open(f"/agents/{widget.agent_id}/{page}/")
    if folder := os.environ.get("EMPORION_TEST_SHOTS"):
        seen.page.screenshot(path=str(Path(folder) / f"{page}-{width}-{theme}.png"), full_page=True)
    assert seen.problems() == []
    context.close()
