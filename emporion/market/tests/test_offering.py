"""The page of an offering, its price panel and its reviews."""

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import lxml.html
import pytest
from django.test import Client

from emporion.accounts.models import Person
from emporion.billing import queries as billing
from emporion.billing.actions import start_subscription
from emporion.billing.types import Cycle, SubscriptionStart
from emporion.kernel.ids import new_id
from emporion.kernel.money import Money
from emporion.market.actions import assign_provider
from emporion.market.models import Offering, Provider, Review
from emporion.market.words import safe_html
from emporion.plumbing.types import Actor
from tests.cast import actor_of, client_of, register

pytestmark = pytest.mark.django_db
PAGE = "/marketplace/docs-agent/"
REVIEWS = f"{PAGE}reviews/"
CHOSEN = "//input[@name='plan'][@checked]/@value"
WRITTEN = {"rating": "4", "title": "Déjà answered", "text": "It finds our pages.\nEven the old ones."}


@pytest.fixture
def bought(catalogue: None, organisation_id: UUID, project_id: UUID, now: datetime) -> None:
    """Alice's organisation has Docs Agent Pro."""
    plan = billing.product("docs-agent").plan("pro")
    assert plan is not None
    start = SubscriptionStart(
        id=new_id(),
        organisation_id=organisation_id,
        project_id=project_id,
        person_id=None,
        plan_id=plan.id,
        cycle=Cycle.MONTHLY,
        price=Money.of("99", "USD"),
    )
    start_subscription(start=start, now=now)


def text_of(path: str, client: Client | None = None) -> str:
    response = (client or Client()).get(path)
    assert response.status_code == 200, path
    return response.content.decode()


@pytest.mark.requirement("BUY-05", "UX-01")
def test_a_film_has_a_poster_captions_and_its_words_and_is_sent_in_the_parts_that_players_ask_for(catalogue: None) -> None:
    page = lxml.html.fromstring(text_of(PAGE))
    (film,) = page.xpath("//section[@id='video']//video[@controls]")
    address, captions = film.xpath(".//source/@src")[0], film.xpath(".//track[@kind='captions']/@src")[0]
    assert Client().get(film.get("poster"))["Content-Type"] == "image/webp"
    assert b"".join(Client().get(captions)).startswith(b"WEBVTT")
    assert "repair bicycles" in page.xpath("string(//section[@id='video']//details)")
    whole = Client().get(address)
    content = b"".join(whole)
    assert (whole["Content-Type"], whole["Accept-Ranges"], len(content) < 1_500_000) == ("video/webm", "bytes", True)
    end = len(content) - 1
    for asked, first, last in (("bytes=0-", 0, end), ("bytes=100-199", 100, 199), (f"bytes=200-{10**9}", 200, end)):
        part = Client().get(address, headers={"Range": asked})
        assert (part.status_code, part["Content-Range"]) == (206, f"bytes {first}-{last}/{len(content)}")
        assert part.content == content[first : last + 1]
    beyond = Client().get(address, headers={"Range": f"bytes={len(content)}-"})
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{len(content)}")


@pytest.mark.requirement("BUY-05")
def test_every_offering_has_a_page_with_all_its_parts(catalogue: None) -> None:
    for offering in Offering.objects.all():
        text = text_of(f"/marketplace/{offering.slug}/")
        for part in (
            'id="features"',
            'id="plans"',
            'id="specifications"',
            'id="terms"',
            'id="reviews"',
            'id="questions"',
            'id="provider"',
        ):
            assert part in text, (offering.slug, part)
        assert offering.tagline.replace("’", "’") in text


@pytest.mark.requirement("BUY-05", "BIL-03")
def test_plans_stand_side_by_side_with_the_prices_of_the_source(catalogue: None) -> None:
    text = text_of(PAGE)
    for words in (
        "Starter",
        "Pro",
        "Enterprise",
        "$29",
        "or $290 a year, 2 months free",
        "<b>1,000</b> calls a month",
        "then $0.01 a call",
    ):
        assert words in text
    for words in ("$99", "<b>10,000</b> calls a month", "then $0.008 a call", "Custom", "<b>Unlimited</b> calls"):
        assert words in text
    assert "$82.50 a month, paid yearly" in text_of(f"{PAGE}?cycle=yearly")


@pytest.mark.requirement("BUY-05", "BUY-07")
def test_the_panel_leads_to_the_checkout_with_plan_and_cycle(catalogue: None) -> None:
    text = text_of(PAGE)
    assert "<b>$29</b>" in text
    yearly = text_of(f"{PAGE}?plan=pro&cycle=yearly")
    assert "<b>$990</b>" in yearly
    assert "$82.50 a month. You save $198." in yearly
    assert 'href="/checkout/docs-agent/?plan=pro&amp;cycle=yearly"' in yearly
    chosen = text_of(f"{PAGE}panel/?plan=starter&cycle=monthly")
    assert "<b>$29</b>" in chosen
    assert 'href="/checkout/docs-agent/?plan=starter&amp;cycle=monthly"' in chosen
    assert 'id="buybar" hx-swap-oob="true"' in chosen
    assert 'href="/checkout/docs-agent/?plan=enterprise"' in text_of(f"{PAGE}panel/?plan=enterprise")


@pytest.mark.requirement("BUY-05", "BUY-07")
@pytest.mark.parametrize(
    ("slug", "price", "plan"),
    [("docs-agent", "$29", "starter"), ("cafe-assistant", "Free", "free"), ("insights", "$99", "starter")],
)
def test_the_box_the_bar_and_the_plans_begin_with_the_plan_whose_price_is_announced(
    catalogue: None, slug: str, price: str, plan: str
) -> None:
    page = lxml.html.fromstring(text_of(f"/marketplace/{slug}/"))
    assert [plan.get("value") for plan in page.xpath("//form[@id='panel-form']//input[@name='plan'][@checked]")] == [plan]
    assert page.xpath("//p[@class='total']/b")[0].text == price
    assert page.xpath("//*[@id='buybar']//b")[0].text.startswith(price)
    leads = page.xpath("//article[contains(@class, 'chosen')]")
    assert [lead.xpath(".//h3")[0].text_content().lower() for lead in leads] == [plan]
    bought = {
        link.get("href")
        for link in page.xpath("//*[@id='buybar']/a | //form[@id='panel-form']/a | //article[contains(@class, 'chosen')]/a")
    }
    assert bought == {f"/checkout/{slug}/?plan={plan}&cycle=monthly"}


@pytest.mark.requirement("BUY-05")
@pytest.mark.parametrize("slug", sorted(path.parent.name for path in Path("catalogue").glob("*/offering.toml")))
def test_no_plan_of_our_own_catalogue_seems_to_lack_what_a_smaller_one_has(catalogue: None, slug: str) -> None:
    plans = lxml.html.fromstring(text_of(f"/marketplace/{slug}/")).xpath("//article[contains(@class, 'plan')]")
    assert not plans[-1].xpath(".//li[@class='no']")
    for number, plan in enumerate(plans):
        smaller = {line.text_content() for one in plans[:number] for line in one.xpath(".//li[not(@class='no')]/span")}
        assert not smaller & {line.text_content() for line in plan.xpath(".//li[@class='no']/span")}


@pytest.mark.requirement("BUY-05")
@pytest.mark.parametrize("slug", ["returns-desk", "onboarding-guide"])
def test_who_begins_empty_is_not_told_to_delete_what_the_demo_read(catalogue: None, slug: str) -> None:
    page = text_of(f"/marketplace/{slug}/").lower()
    assert "begins empty" in page
    assert "delete the pages" not in page


@pytest.mark.requirement("BUY-05")
@pytest.mark.parametrize(
    ("slug", "words"),
    [
        ("python-helper", ["<b>$0.01</b>", "/ answer", "$0.01 an answer", "plan=pay-per-answer&amp;cycle=monthly"]),
        ("team-notes", ["<b>$49</b>", "/ once", "plan=once&amp;cycle=once"]),
        ("weekly-digest", ["<b>Free</b>", "Get it for free", "plan=free&amp;cycle=monthly"]),
        ("bike-shop-assistant", ["days free to try", "14-day trial"]),
    ],
)
def test_each_shape_of_price_is_said_in_its_own_unit(catalogue: None, slug: str, words: list[str]) -> None:
    text = text_of(f"/marketplace/{slug}/")
    for word in words:
        assert word in text or slug == "bike-shop-assistant", word
    if slug == "bike-shop-assistant":
        assert words[0] in text
        assert words[1] in text_of("/marketplace/")


@pytest.mark.requirement("BUY-06")
def test_hosted_offerings_can_be_tried_on_their_page_without_an_account(catalogue: None) -> None:
    assert 'hx-get="/demo/docs-agent/"' in text_of(PAGE)
    assert 'id="try"' not in text_of("/marketplace/team-notes/")


@pytest.mark.requirement("BUY-03")
def test_what_is_demo_is_marked_as_demo(catalogue: None) -> None:
    text = text_of("/marketplace/cafe-assistant/")
    assert "Demo review" in text
    assert "Verified purchase" not in text
    assert "all demo" in text
    assert "Demo provider" in text
    assert "Used by" not in text
    assert "is made up to show the marketplace" in text_of("/providers/nodo-works/")
    intro = text_of(PAGE).split('<header class="intro">')[1].split("</header>")[0]
    assert "Demo provider" not in intro


@pytest.mark.requirement("BUY-03")
def test_only_people_whose_organisation_bought_it_can_review(bought: None, alice_client: Client, charlie_client: Client) -> None:
    assert Client().post(REVIEWS, WRITTEN).status_code == 403
    assert charlie_client.post(REVIEWS, WRITTEN).status_code == 403
    assert 'name="rating"' not in text_of(REVIEWS, charlie_client)
    assert Review.objects.filter(is_demo=False).count() == 0
    assert 'name="rating"' in text_of(REVIEWS, alice_client)
    assert alice_client.post(REVIEWS, WRITTEN).status_code == 302
    text = text_of(REVIEWS)
    assert "Déjà answered" in text
    assert "Verified purchase" in text
    assert "Alicé" in text


@pytest.mark.requirement("BUY-03")
def test_a_person_has_one_review_and_can_change_or_remove_it(bought: None, alice_client: Client) -> None:
    alice_client.post(REVIEWS, WRITTEN)
    alice_client.post(REVIEWS, WRITTEN | {"rating": "2", "title": "Second thoughts"})
    assert [review.title for review in Review.objects.filter(is_demo=False)] == ["Second thoughts"]
    found = Client().get("/api/marketplace/offerings/docs-agent/").json()["offering"]
    assert (found["rating"], found["review_count"], found["demo_review_count"]) == ("4.0", 4, 3)
    alice_client.post(f"{REVIEWS}remove/")
    assert Client().get("/api/marketplace/offerings/docs-agent/").json()["offering"]["review_count"] == 3


@pytest.mark.requirement("BUY-03", "UX-02")
def test_a_review_that_is_not_complete_keeps_what_was_typed(bought: None, alice_client: Client) -> None:
    response = alice_client.post(REVIEWS, WRITTEN | {"rating": "", "title": "Kept"})
    assert response.status_code == 422
    assert "Choose one to five stars." in response.content.decode()
    assert 'value="Kept"' in response.content.decode()
    assert alice_client.post(REVIEWS, WRITTEN | {"rating": "6"}).status_code == 422


@pytest.mark.requirement("BUY-03", "SEC-02")
def test_a_review_is_text_and_never_markup(bought: None, alice_client: Client) -> None:
    alice_client.post(REVIEWS, WRITTEN | {"text": "<img src=x onerror=alert(1)>"})
    assert "<img src=x" not in text_of(REVIEWS)


@pytest.mark.requirement("BUY-03", "SEL-09")
def test_only_the_provider_replies(bought: None, alice_client: Client, charlie_client: Client, charlie: Actor) -> None:
    alice_client.post(REVIEWS, WRITTEN)
    review = Review.objects.get(is_demo=False)
    path = f"{REVIEWS}{review.id}/reply/"
    assert alice_client.post(path, {"text": "Thanks to me"}).status_code == 403
    assert charlie.organisation_id
    assign_provider(slug="emporion", organisation_id=charlie.organisation_id, actor=Actor.system())
    assert "Publish reply" in text_of(REVIEWS, charlie_client)
    charlie_client.post(path, {"text": "Thank you, Alicé."})
    assert "Thank you, Alicé." in text_of(REVIEWS)
    assert "Emporion replied" in text_of(REVIEWS)


@pytest.mark.requirement("BUY-02", "BUY-03")
def test_use_is_counted_by_organisations_that_subscribe(bought: None, drain: Callable[[], int]) -> None:
    assert "Used by" not in text_of(PAGE)
    drain()
    assert "Used by 1 organization" in text_of(PAGE)
    first = Client().get("/api/marketplace/offerings/?sort=used").json()["results"][0]
    assert first["slug"] == "docs-agent"


@pytest.mark.requirement("BUY-03")
def test_a_provider_page_shows_what_they_sell_and_how_it_is_rated(catalogue: None) -> None:
    text = text_of("/providers/emporion/")
    assert text.count('<article class="card offer">') == Offering.objects.filter(provider__slug="emporion").count()
    assert "Verified provider" in text
    assert not Provider.objects.filter(is_verified=True).exclude(slug="emporion").exists()


@pytest.mark.requirement("SEC-02")
@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "![x](https://evil.example/x.png)",
        '<a href="#" onclick="x()">y</a>',
    ],
)
def test_markdown_of_strangers_is_made_safe(evil: str) -> None:
    html = safe_html(evil)
    tree = lxml.html.fragment_fromstring(html, create_parent=True)
    assert {element.tag for element in tree.iter()} <= {"div", "p", "a"}
    assert all(link.startswith("https://") for link in tree.xpath("//@href"))
    assert not tree.xpath("//@onclick")


@pytest.mark.requirement("BUY-05")
def test_the_api_gives_the_ids_that_the_checkout_takes(catalogue: None) -> None:
    found = Client().get("/api/marketplace/offerings/docs-agent/").json()
    product = billing.product("docs-agent")
    assert found["offering"]["uuid"] == str(product.id)
    assert {plan["slug"]: plan["uuid"] for plan in found["plans"]} == {plan.slug: str(plan.id) for plan in product.plans}
    pro = next(plan for plan in found["plans"] if plan["slug"] == "pro")
    assert (pro["monthly"], pro["yearly"], pro["components"][0]["overage"]) == ("99.00", "990.00", "0.008")
    missing = Client().get("/api/marketplace/offerings/nothing/")
    assert missing.status_code == 404
    assert missing.json()["next_step"]


@pytest.mark.requirement("SEC-01", "BUY-03")
def test_somebody_who_left_the_organisation_no_longer_reviews(bought: None, now: datetime) -> None:
    stranger: Person = register("dora@elsewhere.example", "Dora")
    assert actor_of(stranger).organisation_id is None
    assert client_of(stranger).post(REVIEWS, WRITTEN).status_code in {403, 404}


@pytest.mark.requirement("BUY-02", "BUY-21")
def test_what_leaves_the_folder_goes_off_sale_and_who_bought_it_keeps_it(
    bought: None, catalogue: Callable[..., None], alice: Actor, now: datetime, settings: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "catalogue"
    shutil.copytree(settings.CATALOGUE_DIR, folder)
    settings.CATALOGUE_DIR = folder
    shutil.rmtree(folder / "docs-agent")
    for bundle in folder.glob("bundles/*.toml"):
        bundle.unlink()
    catalogue(now=now)
    missing = Client().get("/marketplace/docs-agent/")
    assert (missing.status_code, "docs-agent" in Client().get("/marketplace/").content.decode()) == (404, False)
    assert Client().get("/checkout/docs-agent/").status_code == 404
    assert "Cheaper together" not in text_of("/marketplace/bundles/")
    assert [one.is_usable for one in billing.subscriptions_of(alice)] == [True]
    shutil.copytree(settings.BASE_DIR.parent / "catalogue" / "docs-agent", folder / "docs-agent")
    catalogue(now=now)
    assert "Docs Agent" in text_of("/marketplace/docs-agent/")


@pytest.mark.requirement("BUY-02")
def test_an_empty_folder_withdraws_nothing(catalogue: Callable[..., None], now: datetime, settings: Any, tmp_path: Path) -> None:
    settings.CATALOGUE_DIR = tmp_path
    catalogue(now=now)
    assert "Docs Agent" in text_of("/marketplace/docs-agent/")


@pytest.mark.requirement("BUY-04", "BUY-07", "UX-01")
def test_checkout_without_a_plan_begins_with_the_one_that_the_page_of_the_offering_begins_with(catalogue: None) -> None:
    begun = []
    for slug in Offering.objects.values_list("slug", flat=True):
        page, checkout = (lxml.html.fromstring(text_of(path)) for path in (f"/marketplace/{slug}/", f"/checkout/{slug}/"))
        chosen, begins = page.xpath(f"//form[@id='panel-form']{CHOSEN}"), checkout.xpath(f"//form{CHOSEN}")
        assert chosen == begins, slug
        assert len(begins) == 1, slug
        begun += begins
    assert {"starter", "free"} <= set(begun)


@pytest.mark.requirement("BUY-04", "BUY-07")
def test_the_discount_of_a_year_is_the_same_on_the_page_of_the_offering_and_in_the_checkout(
    catalogue: Callable[..., None], now: datetime, settings: Any, tmp_path: Path
) -> None:
    settings.CATALOGUE_DIR = shutil.copytree(settings.CATALOGUE_DIR, tmp_path / "catalogue")
    manifest = settings.CATALOGUE_DIR / "docs-agent" / "offering.toml"
    manifest.write_text(manifest.read_text().replace("yearly = 290", 'yearly = "304.50"'))  # 12.5 % less than twelve times $29
    catalogue(now=now)
    for page in (PAGE, "/checkout/docs-agent/?plan=starter"):
        assert "−13%" in text_of(page)
