"""Buying in one request, as a program does."""

from collections.abc import Callable

import pytest
from django.test import Client

from emporion.billing import queries as billing
from emporion.checkout.models import Order
from emporion.kernel.clock import utcnow
from emporion.payments.models import Payment
from emporion.plumbing.types import Actor

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("BUY-09")]
URL = "/api/marketplace/quick-checkout/"


def body_of(product, plan: str = "pro", **changes: object) -> dict[str, object]:
    values = {
        "offering_uuid": str(product.id),
        "plan_uuid": str(product.plan(plan).id),
        "payment_method": "card",
        "payment_token": "tok_visa",
    }
    return values | changes


def buy(client: Client, headers: dict[str, str], body: dict[str, object], key: str | None = "one"):
    sent = headers | ({} if key is None else {"Idempotency-Key": key})
    return client.post(URL, body, content_type="application/json", headers=sent)


def test_a_program_buys_and_gets_exactly_what_the_source_says(client, robo_writes_headers, docs_agent, alice: Actor) -> None:
    response = buy(client, robo_writes_headers, body_of(docs_agent))
    assert response.status_code == 201
    done = response.json()
    assert set(done) == {"order_uuid", "resource_uuid", "organization_uuid", "project_uuid", "access_url"}
    assert done["organization_uuid"] == str(alice.organisation)
    assert done["access_url"] == f"/agents/{done['resource_uuid']}/welcome/"
    assert str(billing.subscriptions_of(alice)[0].id) == done["resource_uuid"]


def test_a_repeat_of_the_key_gets_the_same_answer_and_is_charged_once(client, robo_writes_headers, docs_agent) -> None:
    answers = [buy(client, robo_writes_headers, body_of(docs_agent)) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert answers[0].json() == answers[1].json() == answers[2].json()
    assert Order.objects.count() == Payment.objects.count() == 1


def test_the_same_key_for_another_plan_is_a_conflict(client, robo_writes_headers, docs_agent) -> None:
    buy(client, robo_writes_headers, body_of(docs_agent))
    response = buy(client, robo_writes_headers, body_of(docs_agent, "starter"))
    assert response.status_code == 409
    assert "new key" in response.json()["next_step"]


def test_without_a_key_nothing_is_bought_and_the_next_step_is_said(client, robo_writes_headers, docs_agent) -> None:
    response = buy(client, robo_writes_headers, body_of(docs_agent), key=None)
    assert response.status_code == 400
    assert "charged once" in response.json()["next_step"]
    assert not Order.objects.exists()


@pytest.mark.requirement("SEC-01")
def test_strangers_get_401_and_a_reading_token_403(client, robo_headers, docs_agent) -> None:
    assert buy(client, {}, body_of(docs_agent)).status_code == 401
    assert buy(client, {"Authorization": "Bearer emp_wrong"}, body_of(docs_agent)).status_code == 401
    reading = buy(client, robo_headers, body_of(docs_agent))
    assert reading.status_code == 403
    assert "may only read" in reading.json()["title"]
    assert "API tokens" in reading.json()["next_step"]
    assert not Order.objects.exists()


def test_a_session_buys_too(alice_client: Client, docs_agent) -> None:
    assert buy(alice_client, {}, body_of(docs_agent)).status_code == 201


@pytest.mark.requirement("BUY-10")
def test_a_declined_card_is_a_problem_that_names_the_order_and_the_next_step(client, robo_writes_headers, docs_agent) -> None:
    response = buy(client, robo_writes_headers, body_of(docs_agent, payment_token="tok_declined"))
    problem = response.json()
    assert response.status_code == 409
    assert problem["title"] == "Your bank declined the card. Nothing was charged."
    assert problem["order_uuid"] == str(Order.objects.get().id)
    assert f"/orders/{problem['order_uuid']}/" in problem["next_step"]


@pytest.mark.requirement("BUY-10")
def test_a_bank_that_asks_is_accepted_and_waits(client, robo_writes_headers, docs_agent) -> None:
    assert buy(client, robo_writes_headers, body_of(docs_agent, payment_token="tok_3ds")).status_code == 202


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"plan_uuid": "018f0000-0000-7000-8000-0000000000ff"}, 404, "plan_uuid"),
        ({"offering_uuid": "018f0000-0000-7000-8000-0000000000ff"}, 404, None),
        ({"offering_uuid": 5}, 422, "offering_uuid"),
        ({"payment_method": "gold"}, 422, "payment_method"),
        ({"payment_token": ""}, 422, "payment_token"),
        ({"payment_token": "4242424242424242"}, 422, "payment_token"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_next_step(
    client, robo_writes_headers, docs_agent, changes, status: int, field: str | None
) -> None:
    response = buy(client, robo_writes_headers, body_of(docs_agent, **changes))
    assert (response.status_code, response.json().get("field")) == (status, field)
    assert response.json()["next_step"]
    assert not Payment.objects.exists()


@pytest.mark.requirement("UX-02")
@pytest.mark.parametrize(
    ("slip", "title"),
    [
        ("billing_cicle", "No member 'billing_cicle'; did you mean 'billing_cycle'?"),
        ("plan", "No member 'plan'; did you mean 'plan_uuid'?"),
        ("quantity", "No member 'quantity'."),
    ],
)
def test_a_misspelt_member_is_refused_before_anything_is_bought(
    client, robo_writes_headers, docs_agent, slip: str, title: str
) -> None:
    refused = buy(client, robo_writes_headers, body_of(docs_agent) | {slip: "yearly"})
    problem = refused.json()
    assert (refused.status_code, refused["Content-Type"]) == (422, "application/problem+json")
    assert (problem["title"], problem["field"], problem["fields"]) == (title, slip, f"{slip}: {title}")
    assert problem["next_step"].startswith("Correct the field that is named")
    assert not Order.objects.exists()
    assert not Payment.objects.exists()
    assert buy(client, robo_writes_headers, body_of(docs_agent)).status_code == 201  # the key is still free


def test_a_member_that_is_missing_because_it_is_misspelt_is_told_after_the_slip(client, robo_writes_headers, docs_agent) -> None:
    body = body_of(docs_agent)
    body["plan_uid"] = body.pop("plan_uuid")
    problem = buy(client, robo_writes_headers, body).json()
    assert problem["title"] == "No member 'plan_uid'; did you mean 'plan_uuid'?"
    assert "plan_uuid: Field required" in problem["fields"]


def test_a_saved_card_pays_when_no_token_is_sent(
    client: Client, alice_client: Client, robo_writes_headers, docs_agent, drain: Callable[..., int]
) -> None:
    alice_client.post("/billing/credits/", {"amount": "20", "new_card_token": "tok_visa", "key": "k"})
    drain(utcnow())
    response = buy(client, robo_writes_headers, body_of(docs_agent, payment_token=""))
    assert response.status_code == 201


def test_a_plan_by_request_is_not_sold_by_programs(client, robo_writes_headers, docs_agent) -> None:
    refused = buy(client, robo_writes_headers, body_of(docs_agent, "enterprise"))
    assert (refused.status_code, refused.json()["field"]) == (422, "plan_uuid")
