"""Every number of a funnel, of its parts too, opens to the visitors or the payments that it counts."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.test import Client

from emporion.insights.reports.tests.test_goal_pages import steps, text
from emporion.insights.revenue.actions import record_payment
from emporion.insights.revenue.types import NewPayment
from emporion.insights.sites.types import SiteView
from emporion.kernel.clock import utcnow
from emporion.kernel.money import Money
from emporion.plumbing.types import Actor

pytestmark = pytest.mark.django_db


def opened(client: Client, url: str, column: str) -> list[int]:
    """Every page behind a number, each with as many visitors, or as much money, as the number says; the numbers."""
    found, seen = [], set()
    for table in text(client, url).split('<table class="table cards">')[1:]:
        for row in table.split("</tbody>")[0].split("<tr>")[2:]:
            cell = row.split(f'data-label="{column}">')[1].split("</td>")[0]
            if cell == "0" or (column == "Revenue" and "href" not in cell):
                continue
            address, number = re.fullmatch(r'<a href="([^"]*)">€?([\d.]+)</a>', cell).groups()
            behind = text(client, address.replace("&amp;", "&"))
            people = behind.count('class="who"')
            paid = [float(one) for one in re.findall(r'data-label="In this figure"><b>€([\d.]+)</b>', behind)]
            assert (sum(paid) if column == "Revenue" else people) == float(number), address
            seen.add(address)
            found.append(int(float(number)))
    assert len(seen) == len(found), "each opens to a page of its own"
    return found


@pytest.fixture
def paying(alice: Actor, site: SiteView, record, drain) -> SiteView:
    """Two desktops from Google and a phone that came by itself saw the price, another phone did not; three of them paid."""
    began = utcnow() - timedelta(days=1)
    for device, source, seen, paid in (
        ("desktop", "Google", ("/", "/pricing"), "120"),
        ("desktop", "Google", ("/", "/pricing"), ""),
        ("mobile", "", ("/", "/pricing"), "30"),
        ("mobile", "", ("/",), "7"),
    ):
        done = [(began + timedelta(minutes=at), "pageview", path) for at, path in enumerate(seen)]
        who = record(*done, device=device, source=source, channel="" if source else "Direct")
        if paid:
            at = began + timedelta(minutes=9)
            new = NewPayment(transaction_id=f"order-{paid}", amount=Money.of(paid, "EUR"), visitor_id=who, occurred_at=at)
            record_payment(site_id=site.id, payment=new, actor=alice, now=utcnow())
    drain(utcnow())
    return site


def funnel_of(client: Client, site: SiteView, name: str) -> str:
    sent = {"name": name, "window": "day", **steps(("page", "/"), ("page", "/pricing"), ("purchase", ""))}
    return client.post(f"/insights/{site.id}/funnels/", sent)["Location"]


@pytest.mark.requirement("INS-09")
def test_the_revenue_of_a_funnel_and_each_number_of_its_parts_open_to_what_they_count(
    alice_client: Client, paying: SiteView
) -> None:
    address = funnel_of(alice_client, paying, "To the money")
    assert opened(alice_client, address, "Revenue") == [157, 150, 150]
    for by in ("device", "source"):
        asked = f"{address}?by={by}"
        assert sorted(opened(alice_client, asked, "Visitors")) == [1, 1, 1, 2, 2, 2, 2, 3, 4]
        assert opened(alice_client, asked, "Dropped off") == [1, 1, 1, 1]
        assert sorted(opened(alice_client, asked, "Revenue")) == [30, 30, 37, 120, 120, 120, 150, 150, 157]
    direct = next(
        url for url in re.findall(r'href="([^"]*/money/[^"]*)"', text(alice_client, f"{address}?by=source")) if "%3A&" in url
    )
    page = text(alice_client, direct.replace("&amp;", "&"))
    assert "To the money: reached step 1 · Direct" in page
    assert "reached step" not in text(alice_client, re.findall(r'class="chip" href="([^"]*)"', page)[0].replace("&amp;", "&"))


def exported(client: Client, url: str) -> list[dict[str, str]]:
    link = next(one for one in re.findall(r'href="([^"]*funnel.csv[^"]*)"', text(client, url))).replace("&amp;", "&")
    answer = client.get(link)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="halyard.example-funnel.csv"'
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


@pytest.mark.requirement("INS-07", "INS-09")
def test_a_funnel_leaves_as_it_is_shown_and_all_of_them_together(
    alice_client: Client, charlie_client: Client, paying: SiteView
) -> None:
    address = funnel_of(alice_client, paying, "=To the money")
    rows = exported(alice_client, address)
    assert [tuple(row.values()) for row in rows] == [
        ("'=To the money", "", "1", "page", "/", "4", "1.0000", "1.0000", "0", "157.00", "EUR"),
        ("'=To the money", "", "2", "page", "/pricing", "3", "0.7500", "0.7500", "1", "150.00", "EUR"),
        ("'=To the money", "", "3", "purchase", "", "2", "0.6667", "0.5000", "1", "150.00", "EUR"),
    ]
    parts = exported(alice_client, f"{address}?by=device&source=is:Google")
    assert [(row["part"], row["visitors"]) for row in parts] == [
        *(("", "2"), ("", "2"), ("", "1")),
        *(("desktop", "2"), ("desktop", "2"), ("desktop", "1")),
    ]
    funnel_of(alice_client, paying, "Another")
    together = exported(alice_client, f"/insights/{paying.id}/funnels/")
    assert sorted({row["funnel"] for row in together}) == ["'=To the money", "Another"]
    assert len(together) == 6
    assert charlie_client.get(f"/insights/{paying.id}/export/funnel.csv").status_code == 404
