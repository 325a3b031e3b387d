"""What a buyer sees of an offering before trying it: every one of our own catalogue has pictures, and they are light."""

from io import BytesIO
from pathlib import Path

import lxml.html
import pytest
from django.test import Client
from PIL import Image

pytestmark = pytest.mark.django_db
CATALOGUE = Path("catalogue")
SLUGS = sorted(path.parent.name for path in CATALOGUE.glob("*/offering.toml"))
LARGEST_BYTES = 85_000
ALL_BYTES = 1_500_000


def page_of(slug: str) -> lxml.html.HtmlElement:
    response = Client().get(f"/marketplace/{slug}/")
    assert response.status_code == 200
    return lxml.html.fromstring(response.content.decode())


@pytest.mark.requirement("BUY-05")
@pytest.mark.parametrize("slug", SLUGS)
def test_every_offering_of_our_own_catalogue_shows_pictures_that_are_there_and_say_what_they_show(
    catalogue: None, slug: str
) -> None:
    figures = page_of(slug).xpath("//section[@id='screenshots']//figure")
    assert figures, f"{slug} has no picture: tools/screenshots takes it"
    for figure in figures:
        (shown,) = figure.xpath("./a[@data-picture]/img")
        assert len(shown.get("alt").split()) >= 5
        assert figure.xpath("string(figcaption)").strip()
        response = Client().get(shown.get("src"))
        content = b"".join(response)
        picture = Image.open(BytesIO(content))
        picture.load()
        assert (response.status_code, response["Content-Type"]) == (200, f"image/{(picture.format or '').lower()}")
        assert (shown.get("width"), shown.get("height")) == tuple(map(str, picture.size))
        assert len(content) <= LARGEST_BYTES


@pytest.mark.requirement("BUY-05")
def test_the_pictures_of_the_catalogue_are_light_together_and_none_lies_about_unused(catalogue: None) -> None:
    files = {path for path in CATALOGUE.glob("*/assets/*") if path.suffix in {".png", ".webp"}}
    assert sum(path.stat().st_size for path in files) <= ALL_BYTES
    for path in files:
        assert f"assets/{path.name}" in (path.parents[1] / "offering.toml").read_text()


@pytest.mark.requirement("BUY-05", "UX-01")
@pytest.mark.parametrize(("slug", "first"), [("returns-desk", "try"), ("website-watch", "screenshots")])
def test_the_demo_comes_before_the_pictures_and_they_come_first_where_there_is_none(
    catalogue: None, slug: str, first: str
) -> None:
    page = page_of(slug)
    assert page.xpath("//section[contains(@class, 'part')]/@id")[0] == first
    assert page.xpath("//nav[@class='tabs']/a[@aria-current]/@href") == [f"#{first}"]
    lazy = [one.get("loading") == "lazy" for one in page.xpath("//figure//img")]
    assert lazy[0] == (first == "try")
    assert all(lazy[1:])
