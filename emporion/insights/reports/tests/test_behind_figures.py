"""Every number of the dashboard opens to what it is made of: visitors, and payments that add up to it; and leaves as a file."""

import csv
import io
import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from emporion.insights.reports.exporting import ExportKind
from emporion.insights.reports.tests.pages_scene import Visit, site_of_alice, visited
from emporion.insights.revenue.actions import record_payment
from emporion.insights.revenue.types import NewPayment
from emporion.insights.sites.types import SiteView
from emporion.kernel.clock import utcnow
from emporion.kernel.money import Money
from emporion.plumbing.types import Actor

pytestmark = pytest.mark.django_db


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def links(page: str) -> list[str]:
    return [found.replace("&amp;", "&") for found in re.findall(r'href="([^"]+)"', page)]


def pay(site: SiteView, alice: Actor, **sold: object) -> None:
    record_payment(site_id=site.id, payment=NewPayment(**sold), actor=alice, now=utcnow())  # type: ignore[arg-type]


def rows(client: Client, url: str) -> list[dict[str, str]]:
    body = b"".join(client.get(url).streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(body))) if ".csv" in url else list(map(json.loads, body.splitlines()))


@pytest.fixture
def earned(alice: Actor, site: SiteView, record, drain) -> SiteView:
    """Two payments by visitors from France and Greece, and an older one by nobody who is known."""
    now = utcnow()
    began = now - timedelta(days=2)
    for name, country, amount in (("a", "FR", "100"), ("b", "GR", "40")):
        who = record((began, "pageview", "/"), (began + timedelta(minutes=3), "pageview", "/buy"), country=country)
        sold = {"visitor_id": who, "occurred_at": now - timedelta(days=1)}
        pay(site, alice, transaction_id=f"order-{name}", amount=Money.of(amount, "EUR"), **sold)
    pay(site, alice, transaction_id="order-old", amount=Money.of("7", "EUR"), occurred_at=now - timedelta(days=90))
    drain(utcnow())
    return site


@pytest.mark.requirement("INS-04", "INS-12")
def test_revenue_opens_to_the_payments_that_add_up_to_it_and_each_to_its_visitor(alice_client: Client, earned: SiteView) -> None:
    home = f"/insights/{earned.id}/"
    board = text(alice_client, f"{home}?period=7d&country=is:FR")
    tile = next(url for url in links(board) if "/money/" in url)
    assert "period=7d" in tile
    assert "country=is%3AFR" in tile
    money = text(alice_client, tile)
    assert "Revenue €100.00</h2>" in money
    assert "new</span>" in money.split('id="h-money"')[1].split("</header>")[0], "nothing was paid in the week before"
    quiet = text(alice_client, f"{tile}&compare=none")
    assert "Revenue €100.00</h2><span" in quiet
    assert "order-a" in money
    assert "order-b" not in money
    assert "order-old" not in money
    both = text(alice_client, f"{home}money/?period=12mo")
    assert "€147.00</h2>" in both
    payment = text(alice_client, next(url for url in links(money) if "/payments/" in url and "model=" in url))
    visitor = text(alice_client, next(url for url in links(payment) if re.search("/visitors/.{36}/$", url)))
    assert "/buy" in visitor
    assert "order-a" in visitor, "and back to what they paid"


@pytest.mark.requirement("INS-05")
def test_each_row_of_a_card_and_of_the_whole_list_opens_to_visitors_and_money(alice_client: Client, earned: SiteView) -> None:
    for path in ("", "by/country/"):
        page = text(alice_client, f"/insights/{earned.id}/{path}")
        row = next(part for part in page.split("<tr>") if "Greece" in part)
        assert "€40.00</h2>" in text(alice_client, next(url for url in links(row) if "/money/" in url))
        people = text(alice_client, next(url for url in links(row) if "/visitors/" in url))
        assert people.count('class="who"') == 1
        assert "Country is <b>Greece</b>" in people


def said(page: str, name: str) -> str:
    """What the row of a value says, without its markup."""
    row = next(part for part in page.split("<tr>") if f'title="{name}"' in part)
    return " ".join(re.sub(r"<[^>]*>", " ", row.split("</tr>")[0]).split())


@pytest.mark.requirement("INS-04", "INS-05")
@pytest.mark.parametrize("path", ["", "by/source/", "cards/sources/"])
def test_each_row_of_a_card_and_of_a_whole_list_stands_against_the_period_before(
    alice: Actor, alice_client: Client, path: str
) -> None:
    site, now = site_of_alice(alice, utcnow()), utcnow()
    day, before = now - timedelta(days=1), now - timedelta(days=9)
    paid = Visit(at=day, source="Google", pages=("/", "/a"), paid_minor=3_000)
    visited(
        site,
        paid,
        Visit(at=day, source="Google"),
        Visit(at=before, source="Google", paid_minor=1_000),
        Visit(at=before, source="Yahoo"),
        Visit(at=day, source="Bing"),
    )
    home = f"/insights/{site.id}/"
    answer = alice_client.get(f"{home}{path}?period=7d&compare=previous", headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert "Google 2 100% $30.00 200% $15.00 50% 50.0% 50 pt" in said(page, "Google")
    assert "Bing 1 new $0 $0" in said(page, "Bing")
    row = next(part for part in page.split("<tr>") if 'title="Google"' in part)
    assert 'title="from $10.00"' in row
    assert row.count('aria-label="Up"') == 3, "the arrows are words, too"
    assert row.count('aria-label="Down"') == 1
    quiet = alice_client.get(f"{home}{path}?period=7d&compare=none", headers={"HX-Request": "true"}).content.decode()
    assert said(quiet, "Google").endswith("Google 2 $30.00 $15.00 50.0%")
    if path != "by/source/":
        unasked = alice_client.get(f"{home}{path}?period=7d", headers={"HX-Request": "true"}).content.decode()
        assert said(unasked, "Google") == said(quiet, "Google"), "the page comes sooner until somebody chooses"


@pytest.mark.requirement("INS-04", "INS-05")
def test_every_card_compares_also_under_a_filter(alice: Actor, alice_client: Client) -> None:
    site, now = site_of_alice(alice, utcnow()), utcnow()
    one = Visit(at=now - timedelta(days=1), source="Google", pages=("/a",), goal="signup")
    other = Visit(at=now - timedelta(days=1), country="GR", device="mobile", pages=("/a",))
    visited(site, one, one, other, replace(one, at=now - timedelta(days=9)), replace(other, at=now - timedelta(days=9)))
    page = text(alice_client, f"/insights/{site.id}/?period=7d&source=is:Google&compare=previous")
    for name in ("Google", "/a", "Germany", "Desktop", "signup"):
        assert f"{name} 2 100%" in said(page, name), name
    whole = text(alice_client, f"/insights/{site.id}/by/page/?period=7d&q=/a")
    assert "/a 3 50%" in said(whole, "/a")


@pytest.mark.requirement("INS-15")
def test_a_long_list_of_visitors_has_a_second_page_and_is_searched(alice: Actor, alice_client: Client) -> None:
    site, now = site_of_alice(alice, utcnow()), utcnow()
    visited(site, *(Visit(at=now - timedelta(minutes=n), user_ref=f"person {n}") for n in range(1, 54)))
    first = text(alice_client, f"/insights/{site.id}/visitors/?period=7d")
    assert first.count('class="who"') == 50
    onward = next(url for url in links(first) if "at=2" in url)
    assert "period=7d" in onward
    second = text(alice_client, onward)
    assert second.count('class="who"') == 3
    assert "51–53 of 53" in second
    assert text(alice_client, f"/insights/{site.id}/visitors/?q=person+17").count('class="who"') == 1


@pytest.mark.requirement("INS-07")
def test_the_raw_export_reaches_back_to_the_beginning_and_a_page_exports_what_it_shows(
    alice: Actor, alice_client: Client
) -> None:
    site, now = site_of_alice(alice, utcnow()), utcnow()
    greek = Visit(at=now - timedelta(days=2), country="GR")
    visited(site, Visit(at=now - timedelta(days=400)), greek, Visit(at=now - timedelta(days=1)))
    share = links(text(alice_client, f"/insights/{site.id}/share/"))
    sizes = {url.rsplit("/", 1)[1]: len(rows(alice_client, url)) for url in share if url.endswith((".ndjson", ".csv"))}
    assert sizes == {f"{kind}.{form}": 0 if kind == "credits" else 3 for kind in ExportKind for form in ("csv", "ndjson")}
    shown = text(alice_client, f"/insights/{site.id}/visitors/?country=is:DE")
    url = next(url for url in links(shown) if "export/sessions.csv" in url)
    assert [row["country"] for row in rows(alice_client, url)] == ["DE"], "of the days and the country that the page shows"


@pytest.mark.requirement("INS-07", "INS-09")
@pytest.mark.parametrize(
    ("currency", "minor", "written"), [("USD", 4_950, "49.50"), ("JPY", 4_950, "4950"), ("KWD", 12_340, "12.340")]
)
def test_what_visits_earned_leaves_in_units_as_the_figures_do(
    alice: Actor, alice_client: Client, currency: str, minor: int, written: str
) -> None:
    site, at = site_of_alice(alice, utcnow(), currency=currency), utcnow() - timedelta(days=1)
    visited(site, Visit(at=at, paid_minor=minor), Visit(at=at - timedelta(hours=1), paid_minor=-minor))
    export = f"/insights/{site.id}/export"
    models = ("last", "last_non_direct", "linear", "time_decay", "position")
    for row, sign in zip(rows(alice_client, f"{export}/credits.csv?period=7d"), ("-", ""), strict=True):
        assert {row[name] for name in models} == {f"{sign}{written}"}
    for row, sign in zip(rows(alice_client, f"{export}/credits.ndjson?period=7d"), (-1, 1), strict=True):
        assert {row[name] for name in models} == {sign * float(written)}
    newest = text(alice_client, f"{export}/figures.csv?period=7d&country=is:DE").splitlines()
    nothing = {"USD": "0.00", "JPY": "0", "KWD": "0.000"}[currency]
    assert {line.split(",")[6] for line in newest[1:]} == {nothing}, "the same way of writing"
    shown = next(url for url in links(text(alice_client, f"/insights/{site.id}/share/")) if url.endswith("credits.csv"))
    assert len(rows(alice_client, shown)) == 2


@pytest.mark.requirement("INS-04", "INS-05")
def test_a_share_and_its_points_are_rounded_alike_wherever_they_stand(alice: Actor, alice_client: Client) -> None:
    site, now = site_of_alice(alice, utcnow()), utcnow()
    bought, looked, before = (Visit(at=now - timedelta(days=day), source="Google") for day in (1, 1, 9))
    visited(site, *[replace(bought, paid_minor=100)] * 93, *[looked] * 1_907, before)  # 93 of 2,000 are 4.65 per cent
    page = text(alice_client, f"/insights/{site.id}/?period=7d&compare=previous")
    assert said(page, "Google").endswith("4.7% 4.7 pt")
    assert re.search(r">\s*4\.7\s*<", page), "the tile, whose unit stands apart"
    assert not re.search(r">\s*4\.6\b", page)
