"""The API as DataFast's clients and our own use it: keys, limits, figures, goals and payments."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from emporion.config import eventlog
from emporion.insights.api.actions import create_key, revoke_key
from emporion.insights.api.types import KeyKind, NewKey
from emporion.insights.revenue.actions import record_payment
from emporion.insights.revenue.types import NewPayment
from emporion.insights.sites.actions import add_site
from emporion.insights.sites.models import Site
from emporion.insights.sites.types import NewSite
from emporion.kernel.clock import utcnow
from emporion.kernel.money import Money
from emporion.store import Writer

pytestmark = pytest.mark.django_db


@pytest.fixture
def secret(alice, site):
    return create_key(site_id=site.id, key=NewKey(name="Report", can_write=True), actor=alice, now=utcnow())[1]


@pytest.fixture
def ask(secret):
    """Asks with a key, the fixture's where none is given."""

    def ask(path: str, method: str = "get", key: str = secret, **how: object):
        return getattr(Client(), method)(path, headers={"Authorization": f"Bearer {key}"}, **how)

    return ask


@pytest.fixture
def visited(record):
    now = utcnow()
    record((now - timedelta(hours=3), "pageview", "/"), (now - timedelta(minutes=179), "pageview", "/pricing"))
    record((now - timedelta(hours=2), "pageview", "/pricing"), source="Direct", channel="Direct", country="FR", browser="Safari")
    return record((now - timedelta(minutes=2), "pageview", "/docs"), (now - timedelta(minutes=1), "goal", "signup"), country="JP")


@pytest.mark.requirement("INS-16")
def test_the_overview_has_datafasts_envelope_and_only_the_fields_asked_for(ask, visited) -> None:
    whole = ask("/api/v1/analytics/overview").json()
    assert whole["status"] == "success"
    assert whole["data"][0]["visitors"] == 3
    assert whole["data"][0]["sessions"] == 3
    assert whole["data"][0]["currency"] == "€"
    some = ask("/api/v1/analytics/overview?fields=visitors,bounce_rate").json()
    assert set(some["data"][0]) == {"visitors", "bounce_rate"}


@pytest.mark.requirement("INS-16")
def test_a_series_adds_payments_to_revenue_and_pages_its_steps(ask, visited) -> None:
    found = ask("/api/v1/analytics/timeseries?fields=visitors,revenue&interval=day&limit=5").json()
    assert found["fields"] == ["visitors", "revenue", "payments"]
    assert found["timezone"] == "Europe/Berlin"
    assert len(found["data"]) == 5
    assert found["pagination"]["total"] >= 30
    assert found["totals"]["visitors"] == 3


@pytest.mark.requirement("INS-16")
@pytest.mark.parametrize(
    ("kind", "name", "first"),
    [
        ("pages", "path", "/pricing"),
        ("referrers", "referrer", "Google"),
        ("devices", "device", "desktop"),
        ("goals", "goal", "signup"),
        ("hostnames", "hostname", "halyard.example"),
    ],
)
def test_breakdowns_name_their_value_as_datafast_does(ask, visited, kind: str, name: str, first: str) -> None:
    assert ask(f"/api/v1/analytics/{kind}").json()["data"][0][name] == first


@pytest.mark.requirement("INS-16")
def test_filters_take_names_codes_and_operators(ask, visited) -> None:
    def visitors(query: str) -> int:
        return ask(f"/api/v1/analytics/overview?{query}").json()["data"][0]["visitors"]

    assert visitors("filter_country=Germany") == 1
    assert visitors("filter_country=is_not:DE,FR") == 1
    assert visitors("filter_page=contains:pric") == 2
    assert visitors("country=FR&filter_referrer=Direct/None") == 1
    assert visitors("filter_browser=Safari") == 1


@pytest.mark.requirement("INS-16")
@pytest.mark.parametrize(
    "query",
    ["startAt=2026-01-01", "startAt=x&endAt=y", "timezone=Mars/Base", "fields=secrets", "startAt=2026-02-02&endAt=2026-01-01"],
)
def test_a_parameter_that_means_nothing_is_refused_with_the_next_step(ask, query: str) -> None:
    answer = ask(f"/api/v1/analytics/overview?{query}")
    assert answer.status_code == 400
    assert answer.json()["status"] == "error"
    assert answer.json()["error"]["code"] == 400
    assert answer.json()["error"]["next_step"]


@pytest.mark.requirement("INS-16", "SEC-01")
def test_a_key_opens_its_own_website_and_nothing_else(ask, alice, site, project_id) -> None:
    other = add_site(site=NewSite(domain="other.example"), project_id=project_id, actor=alice, now=utcnow())
    assert ask(f"/api/v1/analytics/overview?websiteId={other.public_id}").status_code == 404
    assert ask("/api/v1/analytics/overview", key="sk_live_made_up").status_code == 401
    assert Client().get("/api/v1/analytics/overview").status_code == 401
    whole = create_key(site_id=site.id, key=NewKey(name="All", kind=KeyKind.ACCOUNT), actor=alice, now=utcnow())[1]
    assert whole.startswith("dft_")
    assert ask("/api/v1/analytics/overview", key=whole).status_code == 400
    assert ask(f"/api/v1/analytics/overview?websiteId={other.public_id}", key=whole).status_code == 200
    assert ask(f"/api/v1/analytics/overview?websiteId={uuid4()}", key=whole).status_code == 404


@pytest.mark.requirement("INS-16")
def test_the_plan_limits_requests_a_minute_and_says_so(ask) -> None:
    answers = [ask("/api/v1/analytics/metadata") for _ in range(102)]
    assert answers[0]["RateLimit-Policy"] == '"plan";q=100;w=60'
    assert answers[0]["X-RateLimit-Remaining"] == "99"
    refused = [answer for answer in answers if answer.status_code == 429]
    if not refused:  # the minute turned while we asked
        refused = [answer for answer in (ask("/api/v1/analytics/metadata") for _ in range(101)) if answer.status_code == 429]
    assert int(refused[0]["Retry-After"]) > 0
    assert refused[0].json()["error"]["code"] == 429


@pytest.mark.requirement("INS-16")
def test_the_page_shows_a_new_key_once_and_how_much_is_used(alice_client, site) -> None:
    page = f"/insights/{site.id}/api/"
    made = alice_client.post(page, {"name": "Slack", "kind": "sk_live_", "scope": "read"}).content.decode()
    key = "sk_live_" + made.split("Bearer sk_live_")[1].split("&quot;")[0].split('"')[0]
    assert Client().get("/v1/metrics", headers={"Authorization": f"Bearer {key}"}).status_code == 200
    again = alice_client.get(page).content.decode()
    assert key not in again
    assert "Slack" in again
    assert "1 of 100 requests" in again


@pytest.mark.requirement("INS-16")
def test_a_revoked_key_and_a_key_that_may_only_read_are_refused(ask, alice, alice_client, site) -> None:
    key_id, reads = create_key(site_id=site.id, key=NewKey(name="Reader"), actor=alice, now=utcnow())
    goal = {"datafast_visitor_id": str(uuid4()), "name": "signup"}
    assert ask("/api/v1/goals", "post", key=reads, data=goal, content_type="application/json").status_code == 403
    assert ask("/v1/metrics", key=reads).status_code == 200
    page = alice_client.post(f"/insights/{site.id}/api/{key_id}/revoke/", follow=True).content.decode()
    assert ask("/v1/metrics", key=reads).status_code == 401
    undo = f"/insights/{site.id}/api/{key_id}/restore/"
    assert f'action="{undo}"' in page
    alice_client.post(undo)
    assert ask("/v1/metrics", key=reads).status_code == 200
    revoke_key(site_id=site.id, key_id=key_id, actor=alice, now=utcnow() - timedelta(minutes=61))
    assert alice_client.post(undo).status_code == 409
    assert ask("/v1/metrics", key=reads).status_code == 401


@pytest.mark.requirement("INS-16", "INS-08")
def test_a_goal_of_a_server_counts_for_a_visitor_who_was_seen_before(ask, visited, drain) -> None:
    body = {"datafast_visitor_id": str(visited), "name": "Trial_Started", "metadata": {"plan": "pro"}}
    answer = ask("/api/v1/goals", "post", data=body, content_type="application/json")
    assert answer.status_code == 200, answer.content
    assert answer.json()["data"]["eventId"]
    drain(utcnow())
    with Writer(spool=eventlog.spool(), store=eventlog.store()) as writer:
        writer.flush()
    assert "trial_started" in {row["goal"] for row in ask("/api/v1/analytics/goals").json()["data"]}
    stranger = body | {"datafast_visitor_id": str(uuid4())}
    assert ask("/api/v1/goals", "post", data=stranger, content_type="application/json").status_code == 404


@pytest.mark.requirement("INS-16", "INS-10")
def test_a_payment_is_counted_once_and_can_be_taken_back(ask, visited) -> None:
    body = {"amount": 29.99, "currency": "eur", "transaction_id": "t-1", "datafast_visitor_id": str(visited)}
    for _ in range(2):
        answer = ask("/api/v1/payments", "post", data=body, content_type="application/json")
        assert answer.status_code == 200, answer.content
        assert answer.json()["transaction_id"] == "t-1"
    assert ask("/api/v1/payments", "post", data=body | {"amount": 30}, content_type="application/json").status_code == 409
    assert ask("/api/v1/payments", "post", data=body | {"currency": "XXZ"}, content_type="application/json").status_code == 400
    assert ask("/api/v1/payments?transaction_id=t-1", "delete").json()["deleted"] == 1


@pytest.mark.requirement("INS-16", "INS-10")
@pytest.mark.parametrize("amount", [-5, "-5", "NaN", "Infinity", "1e3", "1e9999999", 1e16, "10000000000.01"])
def test_a_payment_of_an_absurd_amount_is_refused_with_its_reason(ask, amount) -> None:
    body = {"amount": amount, "currency": "USD", "transaction_id": "t-absurd"}
    answer = ask("/api/v1/payments", "post", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert "amount is" in answer.content.decode()


@pytest.mark.requirement("INS-16", "INS-15")
def test_visitors_are_listed_and_one_opens_to_what_they_did(ask, visited) -> None:
    found = ask("/api/v1/visitors?completedGoal=signup").json()
    assert [row["visitorId"] for row in found["data"]] == [str(visited)]
    one = ask(f"/api/v1/visitors/{visited}").json()["data"]
    assert one["identity"]["country"] == "Japan"
    assert [page["path"] for page in one["activity"]["visitedPages"]] == ["/docs"]
    assert one["activity"]["completedGoals"][0]["name"] == "signup"
    assert ask(f"/api/v1/visitors/{uuid4()}").status_code == 404


@pytest.mark.requirement("INS-16", "INS-13")
def test_realtime_counts_and_maps_who_is_here(ask, visited) -> None:
    assert ask("/api/v1/analytics/realtime").json()["data"] == [{"visitors": 1}]
    here = ask("/api/v1/analytics/realtime/map").json()["data"]
    assert here["count"] == 1
    assert here["visitors"][0]["location"]["countryCode"] == "JP"


@pytest.mark.requirement("INS-16")
def test_the_short_addresses_take_words_for_dates(ask, visited) -> None:
    found = ask("/v1/metrics?start_date=7d").json()
    assert found["visitors"] == 3
    assert found["currency"] == "EUR"
    assert ask("/v1/revenue?start_date=yesterday").json()["revenue"] == 0
    assert ask("/v1/metrics?start_date=soon").status_code == 400


@pytest.mark.requirement("INS-16")
def test_the_description_of_the_api_is_published(client) -> None:
    described = client.get("/api/v1/openapi.json").json()
    assert "/api/v1/analytics/overview" in described["paths"]
    assert described["components"]["securitySchemes"]


@pytest.mark.requirement("INS-16", "INS-11")
def test_money_is_credited_as_on_the_dashboard_or_as_the_request_says(ask, alice, site, record, drain) -> None:
    now = utcnow()
    came = {"source": "Google", "channel": "search"}
    who = record((now - timedelta(days=3), "pageview", "/"), **came)
    record((now - timedelta(hours=1), "pageview", "/"), visitor_id=who, source="Newsletter", channel="email")
    sold = NewPayment(transaction_id="t-1", amount=Money.of("50", "EUR"), visitor_id=who, occurred_at=now)
    record_payment(site_id=site.id, payment=sold, actor=alice, now=now)
    drain(now)

    def earner(query: str = "") -> str:
        found = ask(f"/v1/revenue?start_date=7d{query}").json()
        return next(row["source"] for row in found["sources"] if row["revenue"] == 50)

    assert earner() == "Newsletter"
    assert earner("&model=first") == "Google"
    Site.objects.filter(pk=site.id).update(attribution_model="first")
    assert earner() == "Google", "the website's own model"
    rows = ask("/api/v1/analytics/referrers").json()["data"]
    assert {row["referrer"]: row["revenue"] for row in rows} == {"Google": 50.0, "Newsletter": 0.0}
    assert ask("/v1/revenue?model=guess").json()["error"]["field"] == "model"


@pytest.mark.requirement("INS-16")
def test_a_visitor_is_told_with_the_parameters_that_they_came_with(ask, record) -> None:
    now = utcnow()
    tags = {"utm_source": "news", "utm_medium": "email", "utm_campaign": "spring", "utm_term": "a", "utm_content": "b"}
    who = record((now, "pageview", "/"), **tags)
    assert ask(f"/api/v1/visitors/{who}").json()["data"]["identity"]["params"].items() >= tags.items()


@pytest.mark.requirement("INS-16")
def test_the_description_names_every_parameter_that_is_read(client) -> None:
    def named(path: str, address: str, method: str = "get") -> set[str]:
        described = client.get(path).json()["paths"][address][method]["parameters"]
        return {one["name"] for one in described if one["in"] == "query"}

    assert named("/v1/insights/openapi.json", "/v1/metrics") >= {"start_date", "end_date", "timezone", "model", "filter_country"}
    series = named("/api/v1/openapi.json", "/api/v1/analytics/timeseries")
    assert series >= {"websiteId", "startAt", "endAt", "timezone", "interval", "fields", "limit", "offset", "filter_utm_source"}
    assert named("/api/v1/openapi.json", "/api/v1/payments", "delete") >= {"transaction_id", "datafast_visitor_id"}
