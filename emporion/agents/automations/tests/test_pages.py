import re
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client

from emporion.accounts.models import Person
from emporion.agents.automations import actions, running
from emporion.agents.automations.models import Automation, Run
from emporion.billing import queries as billing
from emporion.notify.models import MailMessage, Notification
from emporion.plumbing.actions import enqueue_scheduled
from emporion.plumbing.models import Job
from emporion.plumbing.types import Actor

from .website import Website

pytestmark = pytest.mark.django_db
Get = Callable[..., UUID]
Drain = Callable[..., int]


def fill(client: Client, automation_id: UUID, **values: str) -> object:
    data = {"every": "daily", "weekday": "0", "at": "03:00", "time_zone": "Europe/Berlin", **values}
    return client.post(f"/automations/{automation_id}/", data)


def run_now(client: Client, automation_id: UUID, drain: Drain, at: datetime) -> Run:
    client.post(f"/automations/{automation_id}/act/", {"do": "run"})
    Job.objects.filter(state="waiting", run_at__gt=at).update(run_at=at)  # the page asks the clock of this machine
    drain(at)
    run = Run.objects.filter(automation_id=automation_id).order_by("-id").first()
    assert run is not None
    return run


@pytest.fixture
def agent_id(get: Get) -> UUID:
    """An agent out of the same catalogue."""
    return get("docs-agent")


@pytest.fixture
def watched(get: Get, website: Website, alice_client: Client) -> UUID:
    website.page("/", "Prices", "The small crate costs 30 euros a month.", '<p><a href="/terms">Terms</a></p>')
    website.page("/terms", "Terms", "Cancel at any time.")
    automation_id = get("website-watch")
    fill(alice_client, automation_id, input_url=f"{website.url}/", input_email="ops@halyard.example")
    return automation_id


def tick(at: datetime, drain: Drain) -> None:
    enqueue_scheduled(now=at)
    drain(at)


@pytest.mark.requirement("BUY-10", "BUY-12")
def test_what_was_bought_is_there_at_once_and_says_what_it_still_needs(get: Get, alice_client: Client) -> None:
    automation_id = get("website-watch", deliver=False)
    page = alice_client.get(f"/automations/{automation_id}/").content.decode()
    assert "One step is left" in page
    assert "Website to watch" in page
    assert "Website Watch" in alice_client.get("/automations/").content.decode()


@pytest.mark.requirement("BUY-13")
def test_the_night_after_a_change_the_buyer_reads_the_sentence_before_and_the_sentence_now(
    watched: UUID, website: Website, alice_client: Client, drain: Drain, now: datetime
) -> None:
    first = run_now(alice_client, watched, drain, now)
    assert (first.state, first.summary) == (
        "done",
        "2 pages were read for the first time. Changes are reported from the next reading.",
    )
    assert MailMessage.objects.count() == 0, "no change, no mail"
    website.page("/", "Prices", "The small crate costs 35 euros a month.", '<p><a href="/terms">Terms</a></p>')
    second = run_now(alice_client, watched, drain, now + timedelta(days=1))
    assert second.summary == "1 of 2 pages changed."
    page = alice_client.get(f"/automations/{watched}/runs/{second.id}/").content.decode()
    assert "<del>30</del>" in page
    assert "<ins>35</ins>" in page
    mails = {mail.to: mail for mail in MailMessage.objects.all()}
    assert set(mails) == {"alice@halyard.example", "ops@halyard.example"}
    assert "Now: The small crate costs 35 euros a month." in mails["ops@halyard.example"].text
    assert ">35</ins>" in mails["ops@halyard.example"].html
    assert Notification.objects.filter(title__startswith="Website Watch").count() == 1


@pytest.mark.requirement("BUY-13")
def test_a_page_that_is_gone_and_a_new_one_are_told_and_a_page_that_is_away_is_not_called_gone(
    watched: UUID, website: Website, alice_client: Client, drain: Drain, now: datetime
) -> None:
    website.page("/", "Prices", "Text.", '<p><a href="/terms">T</a> <a href="/old">O</a></p>')
    website.page("/old", "Old", "Something old.")
    run_now(alice_client, watched, drain, now)
    website.page("/", "Prices", "Text.", '<p><a href="/terms">T</a> <a href="/fresh">F</a></p>')
    website.page("/fresh", "Fresh", "Something new.")
    website.pages |= {"/terms": 503, "/old": 404}
    run = run_now(alice_client, watched, drain, now + timedelta(days=1))
    page = alice_client.get(f"/automations/{watched}/runs/{run.id}/").content.decode()
    assert all(word in page for word in ("New page", "Page gone", "Not readable", "error 503"))
    website.page("/terms", "Terms", "Cancel at any time.")
    assert "Nothing changed on 3 pages." in run_now(alice_client, watched, drain, now + timedelta(days=2)).summary


@pytest.mark.requirement("REL-01")
def test_however_often_the_schedule_is_looked_at_a_slot_has_one_run(watched: UUID, drain: Drain, now: datetime) -> None:
    Automation.objects.filter(id=watched).update(next_run_at=now)
    for _ in range(3):
        running.start_due(now=now + timedelta(minutes=1))
    tick(now + timedelta(minutes=2), drain)
    assert Run.objects.filter(automation_id=watched).count() == 1
    nxt = Automation.objects.get(id=watched).next_run_at
    assert nxt is not None
    assert nxt > now
    tick(now + timedelta(days=9), drain)
    assert Run.objects.filter(automation_id=watched).count() == 2, "a week slept through is one run, not nine"


@pytest.mark.requirement("REL-01")
def test_a_run_that_was_killed_midway_is_done_again_without_a_second_mail_or_count(
    watched: UUID, website: Website, alice: Actor, alice_client: Client, drain: Drain, now: datetime
) -> None:
    run_now(alice_client, watched, drain, now)
    website.page("/", "Prices", "The small crate costs 35 euros a month.", '<p><a href="/terms">Terms</a></p>')
    alice_client.post(f"/automations/{watched}/act/", {"do": "run"})
    run = Run.objects.filter(automation_id=watched, state="waiting").get()
    Run.objects.filter(id=run.id).update(state="running", started_at=now)  # as the killed process left it
    for attempt in (2, 3):
        running.perform(run_id=run.id, attempt=attempt, now=now + timedelta(hours=1))
    assert MailMessage.objects.filter(to="ops@halyard.example").count() == 1
    (meter,) = billing.usage_of(alice, watched, now=now).meters
    assert meter.used == 2


@pytest.mark.requirement("BUY-13", "REL-01")
def test_a_site_that_is_down_fails_the_run_says_what_to_do_costs_nothing_and_is_told_once(
    watched: UUID, website: Website, alice: Actor, alice_client: Client, drain: Drain, now: datetime
) -> None:
    website.pages["/"] = 500
    run = run_now(alice_client, watched, drain, now)
    assert run.state == "failed"
    page = alice_client.get(f"/automations/{watched}/").content.decode()
    assert "error 500" in page
    assert "The next run tries again by itself" in page
    run_now(alice_client, watched, drain, now + timedelta(days=1))
    assert MailMessage.objects.filter(to="ops@halyard.example").count() == 1
    assert billing.usage_of(alice, watched, now=now).meters[0].used == 0


@pytest.mark.requirement("SEC-02")
def test_a_site_that_asks_robots_to_stay_away_is_not_read(
    watched: UUID, website: Website, alice_client: Client, drain: Drain, now: datetime
) -> None:
    website.pages["/robots.txt"] = "User-agent: *\nDisallow: /terms\n"
    website.asked.clear()
    run = run_now(alice_client, watched, drain, now)
    assert run.summary.startswith("1 page was read")
    assert "/terms" not in website.asked
    website.pages["/robots.txt"] = "User-agent: *\nDisallow: /\n"
    assert run_now(alice_client, watched, drain, now + timedelta(days=1)).problem == "This website asks robots not to read it."


@pytest.mark.requirement("SEC-02")
def test_an_address_inside_our_own_network_is_refused(get: Get, alice_client: Client, drain: Drain, now: datetime) -> None:
    automation_id = get("website-watch")
    fill(alice_client, automation_id, input_url="http://169.254.169.254/latest/", input_email="a@b.example")
    run = run_now(alice_client, automation_id, drain, now)
    assert run.state == "failed"
    assert "cannot be read from here" in run.problem


@pytest.mark.requirement("BUY-13")
def test_link_check_names_the_page_the_words_and_the_address_of_each_broken_link(
    get: Get, website: Website, alice: Actor, alice_client: Client, drain: Drain, now: datetime
) -> None:
    website.page("/", "Home", '<p><a href="/a">Our story</a> <a href="/dead">Season’s menu</a> <a href="/members">Login</a></p>')
    website.page("/a", "Story", '<p><a href="/dead#x">Again</a> <a href="mailto:x@y.example">Mail</a></p>')
    website.pages["/members"] = 403
    automation_id = get("link-check")
    fill(alice_client, automation_id, input_url=f"{website.url}/", input_email="alice@halyard.example", every="weekly")
    run = run_now(alice_client, automation_id, drain, now)
    assert run.summary == "1 of 4 links is broken."
    page = alice_client.get(f"/automations/{automation_id}/runs/{run.id}/").content.decode()
    assert all(word in page for word in ("Season’s menu", f"{website.url}/dead", "error 404", "Refused"))
    assert website.asked.count("/dead") == 1, "each address is followed once"
    assert MailMessage.objects.filter(to="alice@halyard.example").count() == 1, "the buyer is told once, not twice"
    assert billing.usage_of(alice, automation_id, now=now).cost_so_far.format() == "$0.05"


@pytest.mark.requirement("BUY-10")
def test_the_digest_runs_by_itself_from_the_first_monday_at_the_address_of_the_buyer(
    get: Get, drain: Drain, now: datetime
) -> None:
    automation_id = get("weekly-digest")
    row = Automation.objects.get(id=automation_id)
    assert row.inputs == {"email": "alice@halyard.example"}
    assert row.next_run_at is not None
    tick(row.next_run_at, drain)
    mail = MailMessage.objects.get(to="alice@halyard.example", subject__startswith="Weekly Digest")
    assert "There is no agent in this project yet." in mail.text


@pytest.mark.requirement("BUY-13")
def test_a_paused_automation_does_not_run_until_it_is_resumed(
    watched: UUID, alice_client: Client, drain: Drain, now: datetime
) -> None:
    alice_client.post(f"/automations/{watched}/act/", {"do": "pause"})
    tick(now + timedelta(days=3), drain)
    assert not Run.objects.exists()
    alice_client.post(f"/automations/{watched}/act/", {"do": "resume"})
    assert Automation.objects.get(id=watched).next_run_at is not None


@pytest.mark.requirement("BUY-13")
def test_what_cannot_be_saved_is_named_and_what_was_typed_is_kept(get: Get, alice_client: Client) -> None:
    automation_id = get("website-watch")
    response = fill(alice_client, automation_id, input_url="not a site", input_email="ops@halyard.example")
    assert response.status_code == 422
    page = response.content.decode()
    assert "not a site" in page
    assert "field-error" in page


@pytest.mark.requirement("SEC-01")
def test_strangers_see_nothing_and_members_may_run_but_not_change(
    watched: UUID, charlie_client: Client, bob_client: Client
) -> None:
    for path in ("", "history/"):
        assert charlie_client.get(f"/automations/{watched}/{path}").status_code == 404
    assert charlie_client.post(f"/automations/{watched}/act/", {"do": "run"}).status_code == 404
    assert "Website Watch" not in charlie_client.get("/automations/").content.decode()
    assert fill(bob_client, watched, input_url="https://evil.example/", input_email="b@c.example").status_code == 403
    assert bob_client.post(f"/automations/{watched}/act/", {"do": "pause"}).status_code == 403
    assert bob_client.post(f"/automations/{watched}/act/", {"do": "run"}).status_code == 302
    run = Run.objects.get(automation_id=watched)
    assert charlie_client.get(f"/automations/{watched}/runs/{run.id}/").status_code == 404


@pytest.mark.requirement("BUY-13")
def test_a_plan_that_is_used_up_skips_the_run_and_says_so(
    get: Get, agent_id: UUID, alice_client: Client, drain: Drain, now: datetime
) -> None:
    automation_id = get("source-refresh", "free")
    fill(alice_client, automation_id, input_agent=str(agent_id), input_email="")
    states = []
    for hour in range(9):
        run = run_now(alice_client, automation_id, drain, now + timedelta(hours=hour))
        drain(now + timedelta(hours=hour, minutes=1))
        run.refresh_from_db()
        states.append(run.state)
    assert states == ["done"] * 8 + ["skipped"]
    assert MailMessage.objects.filter(subject="Source Refresh could not run").count() == 1


@pytest.mark.requirement("BUY-13", "BUY-14")
def test_source_refresh_names_what_changed_what_stayed_and_what_is_gone(
    get: Get, website: Website, agent_id: UUID, alice_client: Client, drain: Drain, now: datetime
) -> None:
    for name in ("prices", "terms", "gone"):
        website.page(f"/{name}", name.title(), f"This page is about the {name} of our company and has a sentence in it.")
        alice_client.post(f"/agents/{agent_id}/training/web/", {"address": f"{website.url}/{name}"})
    Job.objects.filter(state="waiting", run_at__gt=now).update(run_at=now)
    drain(now)
    automation_id = get("source-refresh", "starter")
    fill(alice_client, automation_id, input_agent=str(agent_id), input_email="")
    website.page("/prices", "Prices", "This page is about the new prices of our company: 35 euros for a small crate.")
    website.pages["/gone"] = 404
    run = run_now(alice_client, automation_id, drain, now)
    drain(now + timedelta(minutes=1))
    run.refresh_from_db()
    assert (run.state, run.summary) == ("done", "1 changed, 1 unchanged, 1 not readable.")
    page = alice_client.get(f"/automations/{automation_id}/runs/{run.id}/").content.decode()
    assert all(word in page for word in ("1 page was indexed anew", "error 404", "Unchanged"))


@pytest.mark.requirement("SEC-01")
def test_nobody_can_have_the_agent_of_another_organisation_read(
    get: Get, agent_id: UUID, charlie: Actor, charlie_client: Client, alice_client: Client
) -> None:
    automation_id = get("source-refresh", "free")
    stranger = "0192a000-0000-7000-8000-00000000aaaa"
    assert fill(alice_client, automation_id, input_agent=stranger, input_email="").status_code == 422


@pytest.mark.requirement("BUY-21")
def test_when_the_subscription_ends_nothing_runs_and_the_history_stays(
    watched: UUID, alice_client: Client, drain: Drain, now: datetime
) -> None:
    run_now(alice_client, watched, drain, now)
    actions.end(subscription_id=watched, now=now)
    tick(now + timedelta(days=3), drain)
    assert Run.objects.filter(automation_id=watched).count() == 1
    page = alice_client.get(f"/automations/{watched}/").content.decode()
    assert "The subscription has ended" in page


@pytest.mark.requirement("BUY-13")
def test_a_schedule_begins_in_the_zone_of_the_person_else_of_the_browser_until_it_is_saved(
    get: Get, alice_person: Person, alice_client: Client
) -> None:
    alice_person.time_zone = "Asia/Kathmandu"
    alice_person.save()
    digest = get("weekly-digest")
    assert "at 08:00 (Asia/Kathmandu)" in alice_client.get(f"/automations/{digest}/").content.decode()
    alice_person.time_zone = "UTC"
    alice_person.save()
    watch = get("website-watch")

    def field(zone: str) -> str:
        page = alice_client.get(f"/automations/{watch}/").content.decode()
        chosen, *others = re.findall(r'<select name="time_zone".*?</select>', page, re.DOTALL)
        assert not others
        assert f'value="{zone}" selected' in chosen
        return chosen.split(">")[0]

    assert "data-zone" in field("UTC"), "nobody chose it: the browser knows better"
    assert "Nothing runs until it is set up." in alice_client.get(f"/automations/{watch}/").content.decode()
    alice_person.time_zone = "Europe/Athens"
    alice_person.save()
    assert "data-zone" not in field("Europe/Athens")
    fill(alice_client, watch, input_url="https://a.example/", input_email="ops@halyard.example", time_zone="UTC")
    assert "data-zone" not in field("UTC"), "somebody chose it"
