"""Who is likely to buy, what that rests on, and who hears of it: through the pages, the API, and what is sent."""

import random
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client

from emporion.config import eventlog
from emporion.insights.api.actions import create_key
from emporion.insights.api.types import NewKey
from emporion.insights.intent import actions, fitting, rules
from emporion.insights.intent.jobs import learn_all
from emporion.insights.intent.types import Example, Seen
from emporion.insights.reports.queries import live_sessions
from emporion.insights.revenue.actions import record_payment
from emporion.insights.revenue.types import NewPayment
from emporion.kernel.clock import utcnow
from emporion.kernel.ids import new_id
from emporion.kernel.money import Money
from emporion.notify.actions import add_destination
from emporion.notify.models import MailMessage
from emporion.notify.types import DestinationKind, NewDestination, Topic
from emporion.plumbing.actions import Tick, run_due_jobs
from emporion.plumbing.types import Actor, JobContext
from emporion.store.credits import Credit
from emporion.store.derived import SITE_CREDITS
from emporion.store.schemas import SiteEvent
from emporion.store.stitching import stitch
from tests.visits import event_of

VISITS = 2_400


@pytest.fixture
def past(alice, site) -> UUID:
    """Two months of a website on which every fifth visitor reaches `trial`, and two in five of those buy; somebody who bought."""
    dice, now = random.Random(7), utcnow()
    events, bought = [], []
    for number in range(VISITS):
        at, has_tried = now - timedelta(days=2, minutes=30 * number), number % 5 == 0
        visitor = UUID(int=dice.getrandbits(128), version=4)  # where a visit is cut follows from it: the same on every run
        steps = [(0, "pageview", "/"), (40, "pageview", "/pricing")]
        steps += [(80, "goal", "trial"), (90, "pageview", "/done")] if has_tried else []
        for after, kind, what in steps:
            events.append(event_of(site, visitor, (at + timedelta(seconds=after), kind, what)))
        if dice.random() < (0.4 if has_tried else 0.02):
            bought.append((visitor, at, at + timedelta(minutes=30)))
    eventlog.store().insert(SiteEvent, events, token=str(uuid4()))
    stitch(eventlog.store(), events)
    eventlog.store().put(SITE_CREDITS, [_credit(site, *one) for one in bought])
    said = NewPayment(transaction_id="t-1", amount=Money.of("99", "EUR"), visitor_id=bought[0][0], occurred_at=bought[0][2])
    record_payment(site_id=site.id, payment=said, actor=alice, now=now)
    return bought[0][0]


def _credit(site, visitor, started_at, paid_at) -> Credit:
    models = dict.fromkeys(("last", "first", "last_non_direct", "linear", "time_decay", "position"), 9_900)
    return Credit(
        site_id=site.id,
        paid_at=paid_at,
        payment_id=new_id(),
        touch=0,
        currency="EUR",
        visitor_id=visitor,
        session_started_at=started_at,
        **models,
    )


@pytest.fixture
def learnt(past, drain) -> UUID:
    """The past, after the daily job; somebody who bought."""
    now = utcnow()
    learn_all(Tick(at=now), job=JobContext(id=new_id(), name="insights.learn_all", attempt=1, now=now))
    drain(now + timedelta(seconds=1))
    return past


@pytest.mark.django_db
@pytest.mark.requirement("INS-14")
def test_visitors_are_rated_by_what_buyers_did_before_and_the_page_says_what_that_rests_on(alice_client, site, learnt) -> None:
    page = alice_client.get(f"/insights/{site.id}/intent/").content.decode()
    assert "reached trial" in page
    assert "Rests on" in page
    estimate = actions.queries.estimate_of(_owner(site), site.id)
    best, worst = estimate.fitted.bands[-1], estimate.fitted.bands[0]
    assert best.share > 0.25
    assert worst.share < 0.1
    assert f"{best.buyers} of {best.visits}" in page
    assert estimate.fitted.error < 0.1, "what is said of later visits is what they did"


@pytest.mark.django_db
@pytest.mark.requirement("INS-14", "INS-13")
def test_who_reached_a_goal_or_is_likely_to_buy_stands_out_among_those_who_are_here(alice_client, site, learnt, record) -> None:
    now = utcnow()
    hot = record(*_visit(now))
    cold = record((now - timedelta(minutes=1), "pageview", "/"))
    rows = alice_client.get(f"/insights/{site.id}/realtime/now/").content.decode().split("<tr ")
    hot_row, cold_row = (next(row for row in rows if str(one) in row) for one in (hot, cold))
    assert "High intent" in hot_row
    assert 'data-high="1"' in hot_row
    assert "High intent" not in cold_row
    assert 'data-high=""' in cold_row
    journey = alice_client.get(f"/insights/{site.id}/visitors/{hot}/").content.decode()
    assert "visits that were rated alike were followed by a purchase within a day" in journey
    assert "reached trial" in journey


@pytest.mark.django_db
@pytest.mark.requirement("INS-14", "INS-16")
def test_programs_get_the_likelihood_with_its_numbers(alice, site, learnt, record) -> None:
    now = utcnow()
    hot = record(*_visit(now))
    back = record((now - timedelta(minutes=1), "pageview", "/"), visitor_id=learnt)
    secret = create_key(site_id=site.id, key=NewKey(name="Map"), actor=alice, now=now)[1]
    data = Client().get("/api/v1/analytics/realtime/map", headers={"Authorization": f"Bearer {secret}"}).json()["data"]
    people = {UUID(one["visitorId"]): one for one in data["visitors"]}
    assert data["hasConversionPredictions"] is True
    assert data["conversionMetrics"]["baselineAverageValue"] == 99
    said = people[hot]["conversionLikelihood"]
    assert said["raw"]["conversionRate"] > data["conversionMetrics"]["baselineConversionRate"]
    assert said["raw"]["expectedValue"] == pytest.approx(said["raw"]["conversionRate"] * 99, abs=0.01)
    assert "goal" in said["dimensionMatches"]
    assert people[back]["isCustomer"] is True
    assert people[back]["conversionLikelihood"]["score"] == 100


@pytest.mark.django_db
@pytest.mark.requirement("INS-14")
def test_a_purchase_of_the_visit_itself_makes_nobody_a_customer_from_before(
    alice, alice_client, site, learnt, record, drain
) -> None:
    now = utcnow()
    assert alice_client.post(f"/insights/{site.id}/intent/", {"customers": "on", "likely_percent": "90"}).status_code == 302
    buyer = record((now - timedelta(minutes=2), "pageview", "/pricing"))
    twin = record((now - timedelta(minutes=2), "pageview", "/pricing"))
    said = NewPayment(transaction_id="t-now", amount=Money.of("99", "EUR"), visitor_id=buyer, occurred_at=now)
    record_payment(site_id=site.id, payment=said, actor=alice, now=now)
    drain(now + timedelta(seconds=1))
    visits = live_sessions(site.id, 30, actor=alice, now=now)
    likely = actions.queries.likelihoods(alice, site.id, visits)
    assert likely[buyer] == likely[twin]
    assert actions.look(site_id=site.id, now=now) == 0


@pytest.mark.django_db
@pytest.mark.requirement("INS-14")
def test_with_too_few_purchases_nothing_is_claimed_and_the_page_says_how_many_are_missing(alice_client, site, record) -> None:
    record(*_visit(utcnow() - timedelta(days=3)))
    empty = alice_client.get(f"/insights/{site.id}/intent/").content.decode()
    assert "Once 20 purchases are matched" in empty
    assert f'href="/insights/{site.id}/payments/connect/">Connect payments' in empty
    actions.learn(site_id=site.id, now=utcnow())
    page = alice_client.get(f"/insights/{site.id}/intent/").content.decode()
    assert "A rating needs 20 purchases and 200 visits within 90 days. So far there are 0 and 1." in page
    assert "Rests on" not in page
    record(*_visit(utcnow()))
    assert "rated alike" not in alice_client.get(f"/insights/{site.id}/realtime/now/").content.decode()


@pytest.mark.django_db
@pytest.mark.requirement("INS-14")
def test_people_hear_of_a_customer_who_is_back_in_the_app_by_mail_and_in_slack_once_a_day(
    alice, alice_client, site, learnt, record, receiver
) -> None:
    slack = NewDestination(
        kind=DestinationKind.SLACK, name="#sales", address=f"{receiver.url}/hook", topics=frozenset({Topic.VISITOR})
    )
    now = utcnow()
    add_destination(destination=slack, actor=alice, now=now)
    form = {"customers": "on", "paid": "50", "likely_percent": "20"}
    assert alice_client.post(f"/insights/{site.id}/intent/", form).status_code == 302
    record((now - timedelta(minutes=1), "pageview", "/pricing"), visitor_id=learnt)
    record((now - timedelta(minutes=1), "pageview", "/pricing"))
    assert actions.look(site_id=site.id, now=now) == 1
    assert actions.look(site_id=site.id, now=now + timedelta(seconds=15)) == 0
    run_due_jobs(now=now + timedelta(seconds=20))
    assert "A customer is on /pricing" in alice_client.get("/notifications/").content.decode()
    assert MailMessage.objects.get(to="alice@halyard.example", subject__startswith="A customer is on /pricing").text
    assert ["A customer is on /pricing" in post.body.decode() for post in receiver.to("/hook")] == [True]
    assert "€99" in alice_client.get(f"/insights/{site.id}/intent/").content.decode()


@pytest.mark.django_db
@pytest.mark.requirement("INS-14")
def test_likely_buyers_and_goals_are_told_of_too_and_a_crowd_does_not_fill_the_inbox(alice_client, site, learnt, record) -> None:
    now = utcnow()
    form = {"likely": "on", "likely_percent": "25", "goals": ["trial"]}
    record((now - timedelta(minutes=2), "pageview", "/"), (now - timedelta(minutes=1), "goal", "trial"))
    assert alice_client.post(f"/insights/{site.id}/intent/", form).status_code == 302
    for _ in range(actions.MOST_AN_HOUR + 2):
        record(*_visit(now))
    assert actions.look(site_id=site.id, now=now) == actions.MOST_AN_HOUR
    assert "not sent: more than 20 within the hour" in alice_client.get(f"/insights/{site.id}/intent/").content.decode()


@pytest.mark.django_db
@pytest.mark.requirement("INS-14")
def test_a_wish_that_makes_no_sense_keeps_what_was_typed_and_a_member_cannot_change_it(alice_client, bob_client, site) -> None:
    page = alice_client.post(f"/insights/{site.id}/intent/", {"likely": "on", "likely_percent": "140", "paid": "0.001"})
    assert page.status_code == 422
    assert 'value="140"' in page.content.decode()
    assert bob_client.post(f"/insights/{site.id}/intent/", {"likely_percent": "20"}).status_code == 403


@pytest.mark.requirement("INS-14")
def test_what_means_nothing_changes_nothing() -> None:
    dice, now = random.Random(3), utcnow()
    noise = [
        Example(
            at=now + timedelta(minutes=number),
            seen=Seen(pages=("/",), channel=dice.choice(("Direct", "Search")), number=dice.randrange(1, 8)),
            has_bought=dice.random() < 0.1,
        )
        for number in range(4_000)
    ]
    fitted = fitting.fit(noise)
    assert not [mark for mark in rules.strongest(fitted, is_raising=True, most=9) if mark.odds > 1.6]
    assert max(band.share for band in fitted.bands) < 0.2


@pytest.mark.requirement("INS-14")
def test_a_visit_is_counted_in_the_band_that_visits_like_it_made() -> None:
    dice, now = random.Random(1), utcnow()
    hot = Seen(pages=("/", "/pricing"), goals=("trial",), seconds=80, channel="Search", device="desktop")
    cold = Seen(pages=("/",), channel="Search", device="desktop")
    past = []
    for number in range(3_000):
        has_tried = number % 5 == 0
        bought = dice.random() < (0.4 if has_tried else 0.02)
        past.append(Example(at=now + timedelta(minutes=number), seen=hot if has_tried else cold, has_bought=bought))
    fitted = fitting.fit(past)
    band = rules.band_of(fitted, rules.score(fitted, rules.marks_of(hot)))
    assert (band.visits, len(fitted.bands)) == (120, 2)
    assert 0.3 < band.share < 0.5


def _visit(now):
    return (
        (now - timedelta(seconds=100), "pageview", "/"),
        (now - timedelta(seconds=60), "pageview", "/pricing"),
        (now - timedelta(seconds=20), "goal", "trial"),
        (now - timedelta(seconds=10), "pageview", "/done"),
    )


def _owner(site):
    return Actor.system(site.organisation_id)
