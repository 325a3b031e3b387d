"""The pictures of the README: the marketplace, and an agent that was bought and taught, with its first cited answer."""

from playwright.sync_api import ViewportSize

from tools.pictures.buying import buy
from tools.pictures.studio import ROOT, Studio, keep
from tools.pictures.talks import ask, teach

SIZE = ViewportSize(width=1280, height=800)
IMAGES = ROOT / "docs/images"


def docs(studio: Studio) -> None:
    """Both, in the order of the buyer's way."""
    page = studio.window(SIZE)
    page.goto(f"{studio.url}/marketplace/")
    keep(page, IMAGES / "marketplace.png")
    buy(page, studio.url)
    agent = page.url
    teach(page, agent)
    page.goto(agent)
    ask(page, "What happens when I reach my call limit?")
    keep(page, IMAGES / "agent.png")
    page.context.close()
