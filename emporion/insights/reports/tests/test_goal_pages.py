"""Goals and funnels through their pages: set up, tested, verified, counted, filtered, taken away and brought back."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from emporion.insights.goals.models import Funnel, Goal
from emporion.insights.reports.tests.pages_scene import Visit, site_of_alice, visited
from emporion.insights.sites.types import SiteView
from emporion.kernel.clock import utcnow
from emporion.plumbing.types import Actor

pytestmark = pytest.mark.django_db
HIDDEN = "safe\u202egnp.exe"


@pytest.fixture
def shop(alice: Actor) -> SiteView:
    """Four visitors: two signed up, one of them paid $120; one of the four came forty days ago."""
    now = utcnow()
    site = site_of_alice(alice, now)
    day = now - timedelta(days=1)
    visited(
        site,
        Visit(at=day, pages=("/", "/pricing", "/thanks"), source="Google", goal="signup", paid_minor=12_000),
        Visit(at=day, pages=("/", "/pricing"), source="Hacker News", device="mobile", goal="signup"),
        Visit(at=day, pages=("/",), source="Google", country="GR"),
        Visit(at=now - timedelta(days=40), pages=("/", "/pricing"), source="Google", goal="signup"),
    )
    return site


def text(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, response.status_code
    return response.content.decode()


def steps(*kept: tuple[str, str]) -> dict[str, str]:
    rows = dict(enumerate(kept))
    sent = {f"step-{n}-{part}": rows.get(n, ("page", ""))[at] for n in range(8) for at, part in enumerate(("kind", "pattern"))}
    return {**sent, "step-TOTAL_FORMS": "8", "step-INITIAL_FORMS": "0"}


def saved(client: Client, shop: SiteView) -> str:
    sent = {
        "name": "To the money",
        "window": "day",
        **steps(("page", "/"), ("page", "/pricing*"), ("goal", "signup"), ("purchase", "")),
    }
    response = client.post(f"/insights/{shop.id}/funnels/", sent)
    assert response.status_code == 302, response.content.decode()
    return response["Location"]


@pytest.mark.requirement("INS-08")
def test_a_goal_shows_its_code_waits_for_its_event_and_is_verified(alice_client: Client, alice: Actor) -> None:
    site, now = site_of_alice(alice, utcnow()), utcnow()
    made = alice_client.post(f"/insights/{site.id}/goals/", {"name": "Signup", "label": "Signed up", "value": "12.50"})
    goal = text(alice_client, made["Location"])
    for code in ("data-fast-goal", "data-fast-scroll", "window.datafast"):
        assert code in goal
    assert "Waiting for the first event" in text(alice_client, f"{made['Location']}seen/")
    visited(site, Visit(at=now - timedelta(minutes=2), goal="signup"))
    assert "Verified" in text(alice_client, f"{made['Location']}seen/")
    row = text(alice_client, f"/insights/{site.id}/goals/").split("<b>Signed up</b>")[1].split("</tr>")[0]
    assert "Verified" in row
    assert ">1</a>" in row, "one completion"
    assert "100%" in row.replace("\N{NO-BREAK SPACE}", "")
    assert "$12.50" in row


@pytest.mark.requirement("INS-04", "INS-18")
def test_a_goal_that_happens_by_itself_ends_no_bounce_and_earns_nothing(alice_client: Client, alice: Actor) -> None:
    now = utcnow()
    site, day = site_of_alice(alice, now), now - timedelta(days=1)
    visited(
        site,
        Visit(at=day, goal="widget_seen"),
        Visit(at=day, pages=("/", "/pricing"), goal="widget_seen", paid_minor=7_700),
        Visit(at=day, goal="signup", paid_minor=3_300),
        Visit(at=day, goal="signup"),
    )
    dashboard = text(alice_client, f"/insights/{site.id}/")
    bounce = re.search(r'Bounce rate</span><span class="value">(\d+)', dashboard)
    assert bounce
    assert bounce[1] == "25", "one of four only looked at a page that shows the widget"
    goals = dashboard.split('id="card-goals"')[1].split("</section>")[0]
    seen, signup = (goals.split(f'title="{name}"')[1].split("</tr>")[0] for name in ("widget_seen", "signup"))
    assert "$77" not in seen
    assert "$33" in signup
    row = text(alice_client, f"/insights/{site.id}/goals/").split("<b>widget_seen</b>")[1].split("</tr>")[0]
    assert "Happens by itself" in row
    assert "$" not in row


@pytest.mark.requirement("INS-09")
def test_every_step_of_a_funnel_opens_to_those_who_reached_it_and_who_left_before_it(
    alice_client: Client, shop: SiteView
) -> None:
    page, opened = text(alice_client, saved(alice_client, shop)), []
    for step in page.split('<table class="table cards">')[1].split("</tbody>")[0].split("<tr>")[2:]:
        for label in ("Visitors", "Dropped off"):
            cell = step.split(f'data-label="{label}">')[1].split("</td>")[0]
            if cell == "0":
                continue
            url, count = re.match(r'<a href="([^"]*)">(\d+)</a>', cell).groups()
            listed = text(alice_client, url.replace("&amp;", "&"))
            assert listed.count('class="who"') == int(count)
            assert "To the money: " in listed
            opened.append(int(count))
    assert opened == [3, 2, 1, 2, 1, 1]
    assert text(alice_client, f"/insights/{shop.id}/visitors/?funnel=no&reached=2").count('class="who"') == 3


@pytest.mark.requirement("INS-08")
def test_every_number_of_a_goal_opens_to_what_it_counts(alice_client: Client, shop: SiteView) -> None:
    visited(shop, Visit(at=utcnow() - timedelta(days=2), goal="signup", again=2))
    row = text(alice_client, f"/insights/{shop.id}/goals/").split("<b>signup</b>")[1].split("</tr>")[0]
    assert "by 3 visitors" in row, "five completions are not five visitors"
    completions, visitors, revenue = (url.replace("&amp;", "&") for url in re.findall(r'<a href="([^"]*)">', row)[:3])
    assert text(alice_client, completions).count('class="who"') == text(alice_client, visitors).count('class="who"') == 3
    assert "$120.00" in text(alice_client, revenue)


@pytest.mark.requirement("INS-08")
def test_goals_have_the_period_and_filters_of_the_report_and_open_to_visitors(alice_client: Client, shop: SiteView) -> None:
    page = text(alice_client, f"/insights/{shop.id}/goals/")
    row = page.split("<b>signup</b>")[1].split("</tr>")[0]
    assert ">2</a>" in row
    url = row.split('href="')[1].split('"')[0].replace("&amp;", "&")
    assert "Filters" in page
    people = text(alice_client, url)
    assert people.count('class="who"') == 2
    assert "Goal is <b>signup</b>" in people
    year = text(alice_client, f"/insights/{shop.id}/goals/?period=90d")
    assert ">3</a>" in year.split("<b>signup</b>")[1].split("</tr>")[0]
    mobile = text(alice_client, f"/insights/{shop.id}/goals/?device=is:mobile")
    assert ">1</a>" in mobile.split("<b>signup</b>")[1].split("</tr>")[0]
    added = alice_client.get(f"/insights/{shop.id}/goals/?period=7d&what=source&how=is&value=Google")
    assert added["Location"] == f"/insights/{shop.id}/goals/?period=7d&source=is%3AGoogle"


@pytest.mark.requirement("INS-09")
def test_a_saved_funnel_is_filtered_and_broken_down_in_the_period_that_is_asked_for(alice_client: Client, shop: SiteView) -> None:
    address = saved(alice_client, shop)

    def reached(query: str) -> list[str]:
        table = text(alice_client, address + query).split("</table>")[0]
        return [re.findall(r'data-label="Visitors">(?:<a [^>]*>)?(\d+)', row)[0] for row in table.split("<tr><td>")[1:]]

    assert reached("") == ["3", "2", "2", "1"]
    assert reached("?period=90d") == ["4", "3", "3", "1"]
    assert reached("?source=is:Google") == ["2", "1", "1", "1"]
    assert reached("?country=is:GR") == ["1", "0", "0", "0"]
    parts = text(alice_client, f"{address}?by=device&source=is:Google&period=90d")
    assert 'aria-label="Desktop"' in parts or 'aria-label="desktop"' in parts
    assert "source=is%3AGoogle" in parts.split('aria-label="Break down by"')[1].split("</nav>")[0], "the filter stays"
    assert "$120" in text(alice_client, address)


def plain(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


@pytest.mark.requirement("INS-04", "INS-08", "INS-09")
def test_goals_and_funnels_stand_against_the_period_before_or_a_year_before_or_nothing(
    alice: Actor, alice_client: Client
) -> None:
    now = utcnow()
    site, day = site_of_alice(alice, now), now - timedelta(days=1)
    paid = Visit(at=day, pages=("/", "/pricing"), goal="signup", paid_minor=6_000)
    before = day - timedelta(days=7)
    visited(
        site,
        paid,
        Visit(at=day, pages=("/", "/pricing"), goal="signup", again=2),
        Visit(at=day, pages=("/", "/pricing")),
        Visit(at=day, goal="newly"),
        Visit(at=before, pages=("/", "/pricing"), goal="signup", paid_minor=9_000),
        Visit(at=before),
    )
    goals, funnel = f"/insights/{site.id}/goals/", saved(alice_client, site)

    def row(page: str, name: str) -> str:
        return plain(page.split(f"<b>{name}</b>")[1].split("</tr>", maxsplit=1)[0])

    page = text(alice_client, f"{goals}?period=7d")
    assert "against the period before" in plain(page)
    assert row(page, "signup") == "Arrives, not set up 4 300% by 2 visitors 2 100% 50% 0 pt $60 33% –"
    assert row(page, "newly").startswith("Arrives, not set up 1 new 1 new 25% 25 pt $0")
    quiet = row(text(alice_client, f"{goals}?period=7d&compare=none"), "signup")
    assert quiet == "Arrives, not set up 4 by 2 visitors 2 50% $60 –"
    year = text(alice_client, f"{goals}?period=7d&compare=year")
    assert row(year, "signup") == quiet, "beside nothing at all everything would be new"
    assert "against a year before" in plain(year)
    assert "against the period before" in plain(text(alice_client, f"{goals}?period=7d&compare=+"))

    def steps_of(query: str) -> list[list[str]]:
        cells = r'data-label="(?:Visitors|Of the step before|Revenue)">(.*?)</td>'
        rows = text(alice_client, funnel + query).split("<tr><td>")[1:]
        return [[plain(cell) for cell in re.findall(cells, row)] for row in rows]

    moved = [
        ["4 100%", "100%", "$60 33%"],
        ["3 200%", "75% 25 pt", "$60 33%"],
        ["2 100%", "67% 33 pt", "$60 33%"],
        ["1 0.0%", "50% 50 pt", "$60 33%"],
    ]
    assert steps_of("?period=7d") == moved
    assert steps_of("?period=7d&by=device") == moved * 2, "everybody used a desktop, then and now"
    assert steps_of("?period=7d&compare=none") == [[cell.split(" ")[0] for cell in row] for row in moved]
    assert 'aria-label="Down"' in text(alice_client, f"{funnel}?period=7d")


@pytest.mark.requirement("INS-09")
def test_what_is_removed_comes_back_and_strangers_find_nothing(
    alice_client: Client, bob_client: Client, charlie_client: Client, shop: SiteView
) -> None:
    address = saved(alice_client, shop)
    home = f"/insights/{shop.id}"
    alice_client.post(f"{home}/goals/", {"name": "signup"})
    goal = Goal.objects.get()
    for one in (address, f"{home}/goals/{goal.pk}/"):
        assert charlie_client.get(one).status_code == 404
        assert bob_client.post(f"{one}remove/").status_code == 403
        removed = alice_client.post(f"{one}remove/")
        assert "Undo" in text(alice_client, removed["Location"])
        assert alice_client.get(one).status_code == 404
        alice_client.post(f"{one}restore/")
        assert alice_client.get(one).status_code == 200
    assert alice_client.post(f"{home}/goals/{UUID(int=7)}/restore/").status_code == 404


@pytest.mark.requirement("INS-08", "INS-09")
def test_names_hide_nothing_and_what_was_typed_stays(alice_client: Client, shop: SiteView) -> None:
    goal = alice_client.post(f"/insights/{shop.id}/goals/", {"name": "signup", "label": HIDDEN})
    two = steps(("page", "/"), ("purchase", ""))
    funnel = alice_client.post(f"/insights/{shop.id}/funnels/", {"name": HIDDEN, "window": "day", **two})
    for answer in (goal, funnel):
        assert answer.status_code == 422
        assert "U+202E" in answer.content.decode()
    wrong = alice_client.post(
        f"/insights/{shop.id}/funnels/", {"name": "Way", "window": "week", **steps(("page", "pricing"), ("purchase", ""))}
    )
    assert wrong.status_code == 422
    assert 'value="pricing"' in wrong.content.decode()
    assert not Goal.objects.exists()
    assert not Funnel.objects.exists()


@pytest.mark.requirement("INS-08")
def test_the_restored_goal_whose_name_was_taken_says_so(alice_client: Client, shop: SiteView) -> None:
    address = f"/insights/{shop.id}/goals/"
    first = alice_client.post(address, {"name": "signup"})["Location"]
    alice_client.post(f"{first}remove/")
    alice_client.post(address, {"name": "signup"})
    refused = alice_client.post(f"{first}restore/")
    assert refused.status_code == 409
    assert "already a goal of this name" in refused.content.decode()
