"""The dashboard as its people open it: figures, trends, filters, lists, and nothing for strangers."""

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client

from emporion.insights.reports.tests.pages_scene import ATTACK, Visit, site_of_alice, visited
from emporion.insights.sites.types import SiteView
from emporion.kernel.clock import utcnow
from emporion.plumbing.types import Actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(alice: Actor) -> SiteView:
    """Three visitors in these 30 days, one of whom paid $120; one in the 30 days before, who left at once."""
    now = utcnow()
    site = site_of_alice(alice, now)
    yesterday = now - timedelta(days=1)
    visited(
        site,
        Visit(at=yesterday, pages=("/", "/pricing", "/thanks"), source="Google", goal="Signed up", paid_minor=12_000),
        Visit(at=yesterday, pages=("/pricing", "/"), source="Google", country="GR", device="mobile"),
        Visit(at=now - timedelta(days=3), pages=(f"/{ATTACK}",), source="Hacker News", country=""),
        Visit(at=now - timedelta(days=40), source="Google"),
    )
    return site


def opened(client: Client, address: str, **headers: str) -> str:
    response = client.get(address, headers=headers)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def tile(page: str, name: str) -> str:
    """What a tile says, without its markup."""
    found = next(part for part in re.split(r'class="metric ', page)[1:] if f"{name}</span>" in part)
    return " ".join(re.sub(r"<[^>]*>", " ", found.partition(">")[2].split('class="spark', 1)[0]).split())


def card(page: str, key: str) -> str:
    return page.split(f'id="card-{key}"')[1].split("</section>", maxsplit=1)[0]


def home(site: SiteView) -> str:
    return f"/insights/{site.id}/"


@pytest.mark.requirement("INS-04")
def test_each_figure_stands_with_its_trend_against_the_period_before(alice_client: Client, shop: SiteView) -> None:
    page = opened(alice_client, home(shop))
    assert "Visitors 3 200.0% from 1" in tile(page, "Visitors")
    assert "$120" in tile(page, "Revenue")
    assert "$40.00" in tile(page, "Revenue per visitor")
    assert "33.3 %" in tile(page, "Conversion rate")
    assert "Sessions 3" in tile(page, "Sessions")
    assert "33.3 % 66.7 pt from 100.0%" in tile(page, "Bounce rate")
    assert 'aria-label="Up"' in page


@pytest.mark.requirement("INS-04")
def test_fewer_bounces_are_good_and_fewer_visitors_are_not(alice_client: Client, shop: SiteView) -> None:
    now = utcnow()
    visited(shop, *(Visit(at=now - timedelta(days=41), pages=("/", "/a")) for _ in range(4)))
    page = opened(alice_client, home(shop))
    visitors = page.split("Visitors</span>")[1].split("spark")[0]
    assert 'class="down"' in visitors
    assert 'aria-label="Down"' in visitors
    bounces = page.split("Bounce rate</span>")[1].split("spark")[0]
    assert 'class="down"' in bounces
    assert 'aria-label="Up"' in bounces


@pytest.mark.requirement("INS-04", "UX-02")
def test_on_its_first_day_the_chart_begins_with_the_day_that_has_visitors(alice: Actor, alice_client: Client) -> None:
    now = utcnow()
    site = site_of_alice(alice, now)
    visited(site, Visit(at=now - timedelta(seconds=90)), Visit(at=now - timedelta(seconds=60)))
    line = opened(alice_client, home(site)).split('data-read="flow">')[1].split("</output>")[0]
    assert '<b data-part="1">2</b>' in line


@pytest.mark.requirement("INS-04")
def test_any_days_and_any_comparison_are_in_the_address_and_work_as_a_plain_form(alice_client: Client, shop: SiteView) -> None:
    day = (utcnow() - timedelta(days=3)).date().isoformat()
    page = opened(alice_client, f"{home(shop)}?period=custom&from={day}&to={day}&compare=none")
    assert "Visitors 1" in tile(page, "Visitors")
    assert "from" not in tile(page, "Visitors")
    assert f'value="{day}"' in page
    assert page.count('<th scope="row" data-short') == 24  # one day in hours


@pytest.mark.requirement("INS-04")
def test_the_days_are_those_of_the_websites_zone(alice: Actor, alice_client: Client) -> None:
    site = site_of_alice(alice, utcnow(), zone="Pacific/Auckland")
    late = datetime.fromisoformat("2026-06-09T23:30:00+00:00")  # already the tenth in Auckland
    visited(site, Visit(at=late))
    assert "Visitors 1" in tile(opened(alice_client, f"{home(site)}?from=2026-06-10&to=2026-06-10"), "Visitors")
    assert "Visitors 0" in tile(opened(alice_client, f"{home(site)}?from=2026-06-09&to=2026-06-09"), "Visitors")


@pytest.mark.requirement("INS-04")
def test_an_address_that_makes_no_sense_says_so_and_shows_the_usual_period(alice_client: Client, shop: SiteView) -> None:
    page = opened(alice_client, f"{home(shop)}?period=custom&from=2026-02-31&to=x")
    assert "from is a date such as" in page
    assert "Visitors 3" in tile(page, "Visitors")


@pytest.mark.requirement("INS-04")
def test_the_numbers_of_the_chart_stand_in_a_table_beside_it(alice_client: Client, shop: SiteView) -> None:
    page = opened(alice_client, home(shop))
    rows = re.findall(r'<tr[^>]*data-words="([^"]*)"', page)
    assert len(rows) == 30
    assert any("2 visitors, $120" in row for row in rows)


@pytest.mark.requirement("INS-05")
def test_a_click_on_a_value_filters_and_the_filter_can_be_taken_away(alice_client: Client, shop: SiteView) -> None:
    page = opened(alice_client, home(shop))
    link = re.search(r'href="([^"]*)"[^>]*title="Google"', card(page, "sources"))
    assert link
    filtered = opened(alice_client, link[1].replace("&amp;", "&"))
    assert "Visitors 2" in tile(filtered, "Visitors")
    assert "Remove the filter: Source is Google" in filtered
    assert "Hacker News" not in card(filtered, "sources")
    without = re.search(r'class="chip filter" href="([^"]*)"', filtered)
    assert without
    assert "Visitors 3" in tile(opened(alice_client, without[1]), "Visitors")


@pytest.mark.requirement("INS-05")
@pytest.mark.parametrize(
    ("tab", "said"),
    [
        ("sources=channel", "organic search"),
        ("pages=entry_page", "/pricing"),
        ("pages=exit_page", "/thanks"),
        ("places=country", "Germany"),
        ("places=city", "Munich"),
        ("devices=browser", "Firefox"),
        ("devices=os", "Linux"),
        ("devices=device", "Mobile"),
        ("goals=goal", "Signed up"),
    ],
)
def test_every_tab_of_a_card_is_a_page_of_its_own(alice_client: Client, shop: SiteView, tab: str, said: str) -> None:
    assert said in card(opened(alice_client, f"{home(shop)}?{tab}"), tab.partition("=")[0])


@pytest.mark.requirement("INS-05")
def test_a_row_has_visitors_revenue_revenue_per_visitor_and_conversion(alice_client: Client, shop: SiteView) -> None:
    page = opened(alice_client, f"{home(shop)}?compare=none")
    row = card(page, "sources").split('title="Google"')[1].split("</tr>")[0]
    cells = [re.sub(r"<[^>]*>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)]
    assert cells == ["2", "$120", "$60.00", "50.0%"]


@pytest.mark.requirement("INS-05")
def test_another_model_of_credit_gives_the_money_elsewhere(alice_client: Client, shop: SiteView) -> None:
    assert "Revenue $0" in tile(opened(alice_client, f"{home(shop)}?model=first"), "Revenue")


@pytest.mark.requirement("INS-05")
def test_a_filter_can_be_typed_by_name(alice_client: Client, shop: SiteView) -> None:
    answer = alice_client.get(f"{home(shop)}?period=7d&what=country&how=is&value=Greece")
    assert answer.status_code == 302
    assert answer["Location"] == f"{home(shop)}?period=7d&country=is%3AGR"
    assert "Visitors 1" in tile(opened(alice_client, answer["Location"]), "Visitors")


@pytest.mark.requirement("INS-05")
def test_the_whole_list_is_searched_sorted_and_exported(alice_client: Client, shop: SiteView) -> None:
    page = opened(alice_client, f"{home(shop)}by/page/?q=PRIC")
    assert 'title="/pricing"' in page
    assert 'title="/thanks"' not in page
    by_money = opened(alice_client, f"{home(shop)}by/source/?sort=revenue")
    assert by_money.index("Google") < by_money.index("Hacker News")
    assert 'aria-sort="descending"' in by_money
    assert alice_client.get(f"{home(shop)}by/secret/").status_code == 404
    text = opened(alice_client, f"{home(shop)}export/source.csv")
    assert text.splitlines()[1].startswith("Google,2,")


@pytest.mark.requirement("INS-05", "SEC-03")
def test_what_a_visitor_wrote_into_an_address_is_text_and_no_markup(alice_client: Client, shop: SiteView) -> None:
    page = opened(alice_client, home(shop))
    assert ATTACK not in page
    assert "&lt;script&gt;alert(1)" in page


@pytest.mark.requirement("INS-04")
def test_a_card_alone_asks_and_sends_the_card_alone(alice_client: Client, shop: SiteView) -> None:
    part = opened(
        alice_client, f"{home(shop)}cards/sources/?sources=channel", **{"HX-Request": "true", "HX-Target": "card-sources"}
    )
    assert part.lstrip().startswith("<section")
    assert "<html" not in part
    assert alice_client.get(f"{home(shop)}cards/sources/?sources=channel")["Location"] == f"{home(shop)}?sources=channel"
    swapped = opened(alice_client, home(shop), **{"HX-Request": "true", "HX-Target": "dashboard"})
    assert swapped.lstrip().startswith("<div")
    assert "<nav" in swapped


@pytest.mark.requirement("INS-04")
def test_a_dashboard_asks_the_database_a_fixed_small_number_of_questions(
    alice_client: Client, shop: SiteView, django_assert_max_num_queries: object
) -> None:
    opened(alice_client, home(shop))
    with django_assert_max_num_queries(24):  # type: ignore[operator]
        opened(alice_client, home(shop))


@pytest.mark.requirement("INS-01", "INS-04")
def test_a_website_without_data_says_what_to_do(alice: Actor, alice_client: Client) -> None:
    page = opened(alice_client, home(site_of_alice(alice, utcnow())))
    assert "Waiting for the first visitor of shop.example" in page


@pytest.mark.requirement("INS-04", "SEC-01")
@pytest.mark.parametrize("path", ["", "cards/sources/", "by/page/", "share/", "export/figures.csv", "export/events.ndjson"])
def test_a_stranger_finds_nothing(charlie_client: Client, shop: SiteView, path: str) -> None:
    assert charlie_client.get(f"{home(shop)}{path}").status_code == 404
