"""What a plan allows: events, websites and a trial, counted from the store and enforced in the data plane."""

from datetime import timedelta

import pytest
from django.utils.formats import date_format

from emporion.billing import queries as billing
from emporion.billing.actions import start_subscription
from emporion.billing.types import Cycle, SubscriptionStart
from emporion.insights.sites import jobs, metering, plans
from emporion.insights.sites.actions import add_site
from emporion.insights.sites.errors import SitesFull
from emporion.insights.sites.models import Site
from emporion.insights.sites.types import NewSite
from emporion.kernel.clock import utcnow
from emporion.kernel.ids import new_id
from emporion.kernel.money import Money
from emporion.notify.models import MailMessage, Notification
from emporion.plumbing.actions import Tick
from emporion.plumbing.types import JobContext

pytestmark = pytest.mark.django_db


def pause_of(site) -> str:
    return Site.objects.get(pk=site.id).plan_pause


@pytest.mark.requirement("BIL-13", "INS-01")
def test_the_trial_begins_with_the_first_website_and_ends_after_fourteen_days(alice, site) -> None:
    plan = plans.plan_of(alice.organisation)
    assert plan.trial_ends_at == site.created_at + timedelta(days=14)
    metering.meter(alice.organisation, now=site.created_at + timedelta(days=13, hours=23))
    assert pause_of(site) == ""
    metering.meter(alice.organisation, now=site.created_at + timedelta(days=14))
    assert pause_of(site) == "trial"


@pytest.mark.requirement("BIL-13", "INS-01")
def test_the_trial_is_shown_with_what_is_used_of_it_and_told_of_before_it_is_used_up(
    alice, alice_client, alice_person, site, record, monkeypatch
) -> None:
    now = utcnow()
    page = alice_client.get("/insights/").content.decode()
    assert "of 10,000 events" in page
    assert "1 of 10 websites" in page
    assert f"until {date_format(site.created_at + timedelta(days=14), 'j M Y')}" in page
    monkeypatch.setattr(plans, "TRIAL_EVENTS", 10)

    def told(count: int, *, days: int = 0) -> list[str]:
        record(*((now - timedelta(minutes=9), "pageview", f"/{number}") for number in range(count)))
        for _again in range(2):
            at = now + timedelta(days=days)
            jobs.meter_events(Tick(at=at), job=JobContext(id=new_id(), name="meter", attempt=1, now=at))
        return list(Notification.objects.filter(person_id=alice_person.pk).order_by("id").values_list("title", flat=True))

    assert told(7) == []
    assert told(1) == ["The trial of Insights has used 80% of its 10 events"]
    assert "80% used" in alice_client.get("/insights/").content.decode()
    assert told(1)[1:] == ["The trial of Insights has used 90% of its 10 events"]
    assert told(1)[2:] == ["The trial of Insights has used all of its 10 events"]
    assert told(0, days=15)[3:] == ["The trial of Insights has ended"]
    assert MailMessage.objects.filter(to__contains=alice_person.email, subject__contains="trial of Insights").count() == 4


@pytest.mark.requirement("BIL-13", "BIL-07")
def test_a_full_plan_pauses_counting_says_so_and_resumes_with_room(alice, alice_client, site, record, monkeypatch) -> None:
    now = utcnow()
    monkeypatch.setattr(plans, "TRIAL_EVENTS", 3)
    record(*((now - timedelta(minutes=9 - number), "pageview", f"/{number}") for number in range(3)))
    metering.meter(alice.organisation, now=now)
    assert pause_of(site) == "limit"
    page = alice_client.get(f"/insights/{site.id}/settings/").content.decode()
    assert "counting is paused" in page
    monkeypatch.setattr(plans, "TRIAL_EVENTS", 4)
    metering.meter(alice.organisation, now=now)
    assert pause_of(site) == ""


@pytest.mark.requirement("BIL-13", "BIL-12")
def test_a_bought_plan_counts_each_event_once_however_often_it_is_metered(alice, project_id, site, record, catalogue) -> None:
    now = utcnow()
    catalogue(now=now)
    plan = next(one for one in billing.product(plans.PRODUCT).plans if one.slug == "starter")
    start = SubscriptionStart(
        id=new_id(),
        organisation_id=alice.organisation,
        project_id=project_id,
        person_id=None,
        plan_id=plan.id,
        price=Money.of("99", "USD"),
        cycle=Cycle.MONTHLY,
        payment_method="card",
    )
    bought = start_subscription(start=start, now=now)
    ana = record((now, "pageview", "/"), (now + timedelta(seconds=1), "goal", "signup"))
    for _ in range(3):
        metering.meter(alice.organisation, now=now)
    record((now + timedelta(seconds=2), "pageview", "/pricing"), visitor_id=ana)
    metering.meter(alice.organisation, now=now)
    usage = billing.usage_of(alice, bought.id, now=now)
    assert [(meter.metric, int(meter.used), meter.included) for meter in usage.meters] == [("events", 3, 10_000)]


@pytest.mark.requirement("BIL-13")
def test_a_plan_has_room_for_so_many_websites(alice, project_id, site) -> None:
    for number in range(9):
        add_site(site=NewSite(domain=f"shop{number}.example"), project_id=project_id, actor=alice, now=utcnow())
    with pytest.raises(SitesFull):
        add_site(site=NewSite(domain="one-too-many.example"), project_id=project_id, actor=alice, now=utcnow())
