"""Reports by mail: at eight on the reader's clock, about what has just ended, until somebody stops them."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from emporion.accounts.models import Membership
from emporion.insights.reports import jobs, mailing
from emporion.insights.reports.mailing import NewSchedule, Rhythm, next_time
from emporion.insights.reports.models import Schedule
from emporion.insights.reports.tests.pages_scene import Visit, site_of_alice, visited
from emporion.insights.sites.types import SiteView
from emporion.kernel.ids import new_id
from emporion.notify.models import MailMessage
from emporion.plumbing.actions import Tick
from emporion.plumbing.types import Actor, JobContext

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 10, 26, 7, 0, tzinfo=UTC)  # eight in Berlin, an hour later than a week ago: summer time has ended


@pytest.fixture
def shop(alice: Actor, now: datetime) -> SiteView:
    site = site_of_alice(alice, now, zone="Europe/Berlin", currency="JPY")
    week = MONDAY - timedelta(days=3)
    visited(
        site,
        Visit(at=week, source="Google", pages=("/", "/été"), paid_minor=4_900),
        Visit(at=week, source="Google", pages=("/", "/été")),
        Visit(at=week - timedelta(days=7), pages=("/", "/a")),
    )
    return site


def send_due(run: datetime, drain: object) -> list[MailMessage]:
    jobs.send_due(Tick(at=run), job=JobContext(id=new_id(), name="x", attempt=1, now=run))
    drain(run)  # type: ignore[operator]
    return list(MailMessage.objects.filter(to="boss@halyard.example").order_by("created_at"))


def scheduled(client: Client, site: SiteView, **said: str) -> Schedule:
    wanted = {"email": "boss@halyard.example", "rhythm": "weekly", "time_zone": "Europe/Berlin"} | said
    client.post(f"/insights/{site.id}/share/mail/", wanted)
    return Schedule.objects.get()


@pytest.mark.requirement("INS-07")
def test_a_weekly_report_comes_on_monday_at_eight_about_the_week_before(
    alice: Actor, shop: SiteView, now: datetime, drain: object
) -> None:
    new = NewSchedule(email="boss@halyard.example", rhythm=Rhythm.WEEKLY, time_zone="Europe/Berlin")
    made = mailing.schedule_report(site_id=shop.id, schedule=new, actor=alice, now=now)
    assert made.next_at == MONDAY
    assert send_due(MONDAY - timedelta(minutes=1), drain) == []
    (mail,) = send_due(MONDAY, drain)
    assert mail.subject == "shop.example: 19 Oct – 25 Oct"
    assert "Visitors: 2 (↑ 100.0%, from 1)" in mail.text
    assert "¥4,900" in mail.text
    assert "Google: 2 · ¥4,900" in mail.text
    assert "/été" in mail.html
    assert f"/insights/{shop.id}/?period=custom" in mail.html.replace("&amp;", "&")
    assert len(send_due(MONDAY + timedelta(minutes=5), drain)) == 1  # once
    assert Schedule.objects.get().next_at == MONDAY + timedelta(days=7)


@pytest.mark.requirement("INS-07")
@pytest.mark.parametrize(
    ("rhythm", "zone", "at", "due"),
    [
        (Rhythm.DAILY, "Asia/Tokyo", "2026-10-25T00:30+00:00", "2026-10-25T23:00+00:00"),
        (Rhythm.DAILY, "America/New_York", "2026-10-31T13:00+00:00", "2026-11-01T13:00+00:00"),
        (Rhythm.WEEKLY, "UTC", "2026-10-26T08:00+00:00", "2026-11-02T08:00+00:00"),
        (Rhythm.MONTHLY, "UTC", "2026-12-01T07:59+00:00", "2026-12-01T08:00+00:00"),
        (Rhythm.MONTHLY, "UTC", "2026-12-01T08:00+00:00", "2027-01-01T08:00+00:00"),
    ],
)
def test_the_next_report_is_due_at_eight_on_the_readers_clock(rhythm: Rhythm, zone: str, at: str, due: str) -> None:
    assert next_time(rhythm, zone, datetime.fromisoformat(at)) == datetime.fromisoformat(due)


@pytest.mark.requirement("INS-07")
def test_the_link_in_the_mail_stops_it_and_needs_a_press(
    client: Client, alice_client: Client, shop: SiteView, drain: object
) -> None:
    schedule = scheduled(alice_client, shop)
    Schedule.objects.update(next_at=MONDAY)
    (mail,) = send_due(MONDAY, drain)
    link = re.search(r"Stop it: \S*(/insights/unsubscribe/\S+)", mail.text)
    assert link
    assert "Stop this report?" in client.get(link[1]).content.decode()
    schedule.refresh_from_db()
    assert schedule.stopped_at is None  # opening the link alone does nothing
    assert "boss@halyard.example gets no more mail" in client.post(link[1]).content.decode()
    Schedule.objects.update(next_at=MONDAY)
    assert len(send_due(MONDAY, drain)) == 1


@pytest.mark.requirement("INS-07")
def test_a_report_is_listed_stopped_and_resumed_on_its_page(alice_client: Client, shop: SiteView) -> None:
    schedule = scheduled(alice_client, shop)
    page = f"/insights/{shop.id}/share/"
    assert "boss@halyard.example" in alice_client.get(page).content.decode()
    ended = alice_client.post(f"{page}mail/{schedule.id}/stop/")
    after = alice_client.get(ended["Location"]).content.decode()
    assert "boss@halyard.example" not in after
    assert "Undo" in after
    alice_client.post(f"{page}mail/{schedule.id}/restore/")
    assert "boss@halyard.example" in alice_client.get(page).content.decode()


@pytest.mark.requirement("INS-07")
def test_what_is_no_address_is_refused_and_a_member_cannot_send_figures_out(
    alice_client: Client, bob_client: Client, shop: SiteView
) -> None:
    page = f"/insights/{shop.id}/share/mail/"
    refused = alice_client.post(page, {"email": "boss", "rhythm": "daily"}, follow=True)
    assert "This is not an e-mail address." in refused.content.decode()
    assert bob_client.post(page, {"email": "boss@halyard.example", "rhythm": "daily"}).status_code == 403
    assert not Schedule.objects.exists()


@pytest.mark.requirement("INS-07", "ACC-05")
def test_a_report_ends_when_whoever_asked_for_it_has_left(alice_client: Client, shop: SiteView, drain: object) -> None:
    scheduled(alice_client, shop)
    Schedule.objects.update(next_at=MONDAY)
    Membership.objects.all().delete()
    assert send_due(MONDAY, drain) == []
    assert Schedule.objects.get().stopped_at == MONDAY
