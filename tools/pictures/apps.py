"""The small apps: opened by single sign-on and filled in by hand, as the people of an organization would."""

from dataclasses import dataclass

from playwright.sync_api import ViewportSize

from tools.pictures.buying import buy
from tools.pictures.studio import DESK, Studio, asset, keep

NARROW, TALL = ViewportSize(width=960, height=540), ViewportSize(width=960, height=700)  # these apps are narrow themselves
NOTES = (
    ("Where the spare key hangs", "In the blue box behind the till. Ask **Inés** for the code.\n\nPut it back the same day."),
    (
        "What Halyard Cycles told us",
        "- They order on **Tuesdays**\n- Invoices to accounts@halyard.example\n- No plastic in parcels",
    ),
    (
        "How we do releases",
        """1. Read the changes aloud, together
2. Wait for the tests
3. Release **before noon**, never on Friday

| Day | Who watches |
|---|---|
| Monday | Zoé |
| Wednesday | Tomás |

If something breaks: `release --undo`, then tell the others.""",
    ),
)


@dataclass(frozen=True, slots=True)
class Said:
    """A service on the board, its state, and what is said about it."""

    service: str
    state: str = "ok"
    text: str = ""


BOARD = (
    Said("Web shop"),
    Said("Payments", "degraded", "Cards take up to a minute. We are talking with the provider."),
    Said("Phones"),
    Said("Warehouse scanner", "maintenance", "New batteries until 16:00; book by hand until then."),
)


def team_notes(studio: Studio) -> None:
    """Three notes, one of them pinned, and that one to read."""
    page = studio.buyer
    buy(page, studio.url, "team-notes", "once", "once")
    _open(studio, "Team Notes")
    for title, text in NOTES:
        page.goto(f"{studio.url}/app/notes/new/")
        page.get_by_label("Title").fill(title)
        page.get_by_label("Text").fill(text)
        page.get_by_role("button", name="Save").click()
        page.get_by_role("button", name="Pin").wait_for()
    page.get_by_role("button", name="Pin").click()
    page.get_by_role("button", name="Unpin").wait_for()
    page.set_viewport_size(NARROW)
    keep(page, asset("team-notes", "note"))
    page.goto(f"{studio.url}/app/notes/")
    keep(page, asset("team-notes", "notes"))
    page.set_viewport_size(DESK)


def status_board(studio: Studio) -> None:
    """Four services, two of which have something said about them."""
    page = studio.buyer
    buy(page, studio.url, "status-board", "team", "monthly")
    _open(studio, "Status Board")
    for said in BOARD:
        page.get_by_label("Name").fill(said.service)
        page.get_by_role("button", name="Add").click()
        page.locator(".service b", has_text=said.service).wait_for()
    for said in BOARD:
        if said.text:
            row = page.locator(".services > li", has_text=said.service)
            row.locator("summary").click()
            row.locator(f"input[value={said.state}]").check()
            row.get_by_label("One sentence").fill(said.text)
            row.get_by_role("button", name="Post").click()
            page.locator(".services > li > p", has_text=said.text).wait_for()
    page.goto(f"{studio.url}/app/status/")
    page.set_viewport_size(TALL)
    keep(page, asset("status-board", "board"))
    page.set_viewport_size(DESK)


def _open(studio: Studio, name: str) -> None:
    """Open an app from the list of apps; single sign-on does the rest."""
    page = studio.buyer
    page.goto(f"{studio.url}/apps/")
    page.get_by_role("link", name=name, exact=True).first.click()
    page.get_by_role("link", name=f"Open {name}").click()
    page.wait_for_url("**/app/**")
