"""Webhooks over HTTP: forged, stale, early, repeated, late, shuffled; and the hosted page of the sandbox's bank."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from django.db import transaction
from django.test import Client

from emporion.kernel.clock import utcnow
from emporion.kernel.ids import new_id
from emporion.kernel.money import Money
from emporion.ledger import queries as books
from emporion.ledger.types import AccountKind, AccountRef
from emporion.payments import actions, signatures
from emporion.payments.errors import WebhookRefused, WebhooksDisabled
from emporion.payments.models import Payment, SandboxEvent, WebhookEvent
from emporion.payments.providers import sandbox_events
from emporion.payments.types import Method, PaymentRequest, PaymentState, Reason, RefundOrder
from emporion.plumbing.actions import run_due_jobs
from emporion.plumbing.models import Job
from emporion.plumbing.registry import subscriptions
from emporion.plumbing.types import Actor

pytestmark = [pytest.mark.requirement("BIL-10"), pytest.mark.django_db]
VECTOR_BODY = b'{"id":"evt_test","object":"event"}'
VECTOR_TIME = datetime.fromtimestamp(1_700_000_000, UTC)
VECTOR = "c25fec335f20601dcb662f0e7c4944646158a9324bb6ed8b7f6ab126449f507a"
CASH = AccountRef(kind=AccountKind.PROVIDER_CASH, currency="USD", part="sandbox")


def check(header, body=VECTOR_BODY, secrets=("whsec_test",), now=VECTOR_TIME):
    signatures.verify(header, body, secrets=secrets, now=now)


def test_the_published_vector_verifies_and_is_what_we_sign():
    check(f"t=1700000000,v1={VECTOR}")
    assert signatures.sign(VECTOR_BODY, secrets=["whsec_test"], now=VECTOR_TIME) == f"t=1700000000,v1={VECTOR}"


def test_any_of_several_signatures_and_secrets_may_match_while_they_rotate():
    check(f"t=1700000000,v1={'0' * 64},v1={VECTOR},v0=old", secrets=("whsec_new", "whsec_test"))
    both = signatures.sign(VECTOR_BODY, secrets=["whsec_new", "whsec_test"], now=VECTOR_TIME)
    check(both, secrets=("whsec_new",))
    check(both, secrets=("whsec_test",))


@pytest.mark.parametrize("seconds", [-300, -1, 0, 1, 300])
def test_five_minutes_either_way_are_tolerated(seconds):
    check(f"t=1700000000,v1={VECTOR}", now=VECTOR_TIME + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-(10**8), -301, 301, 10**8])
def test_what_is_stale_or_from_the_future_is_refused_though_genuine(seconds):
    with pytest.raises(WebhookRefused) as refused:
        check(f"t=1700000000,v1={VECTOR}", now=VECTOR_TIME + timedelta(seconds=seconds))
    assert refused.value.why == "time"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=1700000000",
        f"v1={VECTOR}",
        f"t=1700000000,t=1700000001,v1={VECTOR}",
        f"t=-1700000000,v1={VECTOR}",
        f"t=١٧٠٠٠٠٠٠٠٠,v1={VECTOR}",
        f"t={'9' * 400},v1={VECTOR}",
        f"t=1700000001,v1={VECTOR}",
        f"t=1700000000,v0={VECTOR}",
        f"t=1700000000,v1={VECTOR.upper()}é",
        f"t=1700000000,v1={VECTOR[:-1]}",
    ],
)
def test_a_header_that_is_not_exactly_right_is_refused(header):
    with pytest.raises(WebhookRefused):
        check(header)


def test_one_changed_byte_is_refused():
    with pytest.raises(WebhookRefused):
        check(f"t=1700000000,v1={VECTOR}", body=VECTOR_BODY + b"\n")


@pytest.mark.parametrize("secrets", [(), ("",)])
def test_without_a_secret_nothing_is_trusted_not_even_a_signature_by_the_empty_secret(secrets):
    forged = hmac.new(b"", b"1700000000." + VECTOR_BODY, hashlib.sha256).hexdigest()
    with pytest.raises(WebhooksDisabled):
        check(f"t=1700000000,v1={forged}", secrets=secrets)


@pytest.fixture
def pay(alice, organisation_id):
    """Starts a card payment, as of the real clock: the endpoint reads it too."""

    def start(token, at, key="k"):
        request = PaymentRequest(
            organisation_id=organisation_id,
            amount=Money(99_00, "USD"),
            method=Method.CARD,
            token=token,
            cause_type="order",
            cause_id=new_id(),
            key=key,
            return_url="/orders/7/?from=bank",
        )
        return actions.start_payment(request=request, actor=alice, now=at)

    return start


@pytest.fixture
def moment():
    return utcnow()


def deliver(body, client, at, header=None, provider="sandbox"):
    """POST bytes to the endpoint as the provider would."""
    signed = signatures.sign(body, secrets=sandbox_events.secrets(), now=at) if header is None else header
    return client.post(f"/webhooks/{provider}/", body, content_type="application/json", headers={"Sandbox-Signature": signed})


def state_of(payment):
    return PaymentState(Payment.objects.values_list("state", flat=True).get(pk=payment.id))


def apply_all(at):
    """Run the inbox, but let the sandbox send nothing by itself."""
    Job.objects.filter(name__contains="sandbox").delete()
    run_due_jobs(now=at + timedelta(minutes=1))


def test_the_endpoint_stores_first_acknowledges_and_a_job_applies_once(client, pay, moment):
    payment = pay("tok_slow", moment)
    Job.objects.all().delete()
    Payment.objects.update(state=PaymentState.CREATED)
    body = bytes(SandboxEvent.objects.order_by("id").last().body)
    answers = [deliver(body, client, moment).status_code for _ in range(3)]
    row = WebhookEvent.objects.get()
    assert answers == [200, 200, 200]
    assert (bytes(row.raw), row.deliveries, row.state) == (body, 3, WebhookEvent.State.RECEIVED)
    assert state_of(payment) is PaymentState.CREATED
    apply_all(moment)
    row.refresh_from_db()
    assert (row.state, row.payment_id, state_of(payment)) == (
        WebhookEvent.State.PROCESSED,
        payment.id,
        PaymentState.PROCESSING,
    )


def test_what_is_forged_stale_or_early_is_refused_and_leaves_no_trace(client, pay, moment):
    pay("tok_slow", moment)
    body = bytes(SandboxEvent.objects.first().body)
    other = signatures.sign(body, secrets=["whsec_guess"], now=moment)
    for answer in (
        deliver(body, client, moment, header=""),
        deliver(body, client, moment, header=other),
        deliver(body, client, moment - timedelta(seconds=310)),
        deliver(body, client, moment + timedelta(seconds=310)),
        deliver(body + b" ", client, moment, header=signatures.sign(body, secrets=sandbox_events.secrets(), now=moment)),
    ):
        assert answer.status_code == 403
        assert answer["Content-Type"] == "application/problem+json"
    assert not WebhookEvent.objects.exists()


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"\xff\xfe", b'{"id": 7}', b'{"id":"evt","type":"x","created":1,"data":{}}']
)
def test_signed_nonsense_is_refused(client, moment, body):
    assert deliver(body, client, moment).status_code == 403


def test_the_endpoint_of_a_provider_without_a_secret_does_not_exist(client, moment, settings):
    assert deliver(b"{}", client, moment, provider="paypal").status_code == 404
    settings.SANDBOX_WEBHOOK_SECRETS = ("",)
    assert deliver(b"{}", client, moment, header=f"t=1,v1={VECTOR}").status_code == 404
    assert client.get("/webhooks/sandbox/").status_code == 405
    assert deliver(b"{}", client, moment, provider="nobody").status_code == 422


def test_an_event_about_nothing_of_ours_is_kept_and_ignored(client, pay, moment):
    pay("tok_slow", moment)
    event = json.loads(bytes(SandboxEvent.objects.first().body))
    event["data"]["object"]["metadata"] = {"payment": str(new_id())}
    assert deliver(json.dumps(event).encode(), client, moment).status_code == 200
    apply_all(moment)
    assert WebhookEvent.objects.get().state == WebhookEvent.State.IGNORED


def test_an_event_with_another_amount_changes_nothing_and_is_seen(client, pay, moment):
    payment = pay("tok_slow", moment)
    event = json.loads(bytes(SandboxEvent.objects.first().body))
    event["data"]["object"] |= {"amount": 1, "status": "succeeded"}
    deliver(json.dumps(event).encode(), client, moment)
    apply_all(moment)
    assert state_of(payment) is PaymentState.PROCESSING
    assert Job.objects.get(name="payments.apply_webhook").state == "failed"


LIVES = {
    "3-D Secure, approved, refunded in two parts": ("tok_3ds", "approve", (40_00, 59_00)),
    "3-D Secure, failed": ("tok_3ds", "fail", ()),
    "slow, refunded in part": ("tok_slow", "", (99_00 - 1,)),
    "late failure": ("tok_late_failure", "", ()),
}


def live(pay, client, moment, name):
    """One life of a payment at the provider; our side hears nothing of it but by the webhooks that are returned."""
    token, answer, refunds = LIVES[name]
    payment = pay(token, moment, key=name)
    if answer:
        ref = Payment.objects.get(pk=payment.id).provider_ref
        client.post(f"/sandbox/3ds/{ref}/", {"answer": answer})
    run_due_jobs(now=moment + timedelta(hours=1))
    for index, minor in enumerate(refunds):
        order = RefundOrder(payment_id=payment.id, amount=Money(minor, "USD"), key=f"r{index}")
        actions.refund_payment(refund=order, actor=Actor.system(), now=moment)
    run_due_jobs(now=moment + timedelta(hours=1))
    return payment


def seen(payment):
    """What is left to see of a payment: its state, its refunds, the books and the announcements."""
    row = Payment.objects.get(pk=payment.id)
    told = Job.objects.filter(name__startswith="payments.Payment").exclude(name="payments.PaymentActionRequired")
    return (
        row.state,
        row.reason,
        row.refunded_minor,
        sorted(row.refunds.values_list("provider_ref", "amount_minor", "state")),
        books.balance(CASH).minor,
        sorted(told.values_list("name", flat=True)),
    )


@pytest.mark.parametrize("name", LIVES)
def test_every_order_of_the_events_of_a_life_with_repeats_ends_the_same(name, pay, client, moment, monkeypatch):
    """All permutations of up to five events, the first two also repeated at the end; our side starts as it was before them."""
    listeners = {f"payments.Payment{kind}": ("nowhere:at",) for kind in ("Succeeded", "Failed", "Refunded")}
    start = transaction.savepoint()
    monkeypatch.setattr(subscriptions(), "LISTENERS", listeners)
    monkeypatch.setattr("emporion.payments.providers.sandbox_events.unguessable", Numbered())
    payment = live(pay, client, moment, name)
    expected = seen(payment)
    bodies = [bytes(row.body) for row in SandboxEvent.objects.order_by("id")]
    transaction.savepoint_rollback(start)

    assert 3 <= len(bodies) <= 5
    for order in permutations(bodies):
        inner = transaction.savepoint()
        Payment.objects.bulk_create([blank(payment, moment)])
        for body in (*order, *order[:2]):
            assert deliver(body, client, utcnow()).status_code == 200
            run_due_jobs(now=utcnow())
        outcome = seen(payment)
        assert outcome == expected, [json.loads(body)["type"] for body in order]
        transaction.savepoint_rollback(inner)


class Numbered:
    """References that can be told apart, in place of unguessable ones."""

    def __init__(self):
        self.count = 0

    def __call__(self):
        self.count += 1
        return f"ref{self.count}"


def blank(payment, at):
    """Our row as it is before anything is heard of the provider."""
    return Payment(
        id=payment.id,
        organisation_id=payment.organisation_id,
        key="life",
        digest="",
        method="card",
        provider="sandbox",
        amount_minor=payment.amount.minor,
        currency="USD",
        cause_type=payment.cause_type,
        cause_id=payment.cause_id,
        created_at=at,
        updated_at=at,
        poll_at=at,
    )


@pytest.mark.parametrize("faults", ["duplicated", "delayed", "reordered", "duplicated:delayed:reordered"])
def test_webhooks_that_misbehave_on_purpose_change_nothing(pay, moment, faults):
    payment = pay(f"tok_slow:{faults}", moment)
    run_due_jobs(now=moment + timedelta(minutes=5))
    early = state_of(payment)
    run_due_jobs(now=moment + timedelta(hours=1))
    assert state_of(payment) is PaymentState.SUCCEEDED
    assert books.balance(CASH) == Money(99_00, "USD")
    assert (early is PaymentState.PROCESSING) == ("delayed" in faults)
    repeats = set(WebhookEvent.objects.values_list("deliveries", flat=True))
    assert repeats == ({3} if "duplicated" in faults else {1})


def test_a_lost_webhook_is_made_up_for_by_the_poll(pay, moment):
    payment = pay("tok_slow:lost", moment)
    run_due_jobs(now=moment + timedelta(minutes=2))
    assert not WebhookEvent.objects.exists()
    assert state_of(payment) is PaymentState.PROCESSING
    actions.settle_overdue(now=moment + timedelta(minutes=2))
    assert state_of(payment) is PaymentState.SUCCEEDED


@pytest.mark.requirement("BIL-09")
@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [("approve", PaymentState.SUCCEEDED, Reason.NONE), ("fail", PaymentState.FAILED, Reason.AUTHENTICATION_FAILED)],
)
def test_3_d_secure_asks_on_a_page_and_the_return_itself_changes_nothing(pay, moment, answer, state, reason):
    client = Client(enforce_csrf_checks=True)
    payment = pay("tok_3ds", moment)
    assert payment.state is PaymentState.REQUIRES_ACTION
    page = client.get(payment.action_url)
    assert "$99" in page.content.decode()
    assert client.post(payment.action_url, {"answer": answer}).status_code == 403
    token = page.content.decode().partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    back = client.post(payment.action_url, {"answer": answer, "csrfmiddlewaretoken": token})
    assert (back.status_code, back["Location"]) == (302, "/orders/7/?from=bank&answered=1")
    assert state_of(payment) is PaymentState.REQUIRES_ACTION
    again = client.post(payment.action_url, {"answer": "approve", "csrfmiddlewaretoken": token})
    assert again.status_code == 302
    run_due_jobs(now=moment + timedelta(seconds=1))
    row = Payment.objects.get(pk=payment.id)
    assert (row.state, row.reason) == (state, reason)


@pytest.mark.requirement("BIL-09")
def test_a_3_d_secure_that_nobody_answers_fails_after_half_an_hour_and_cannot_be_approved_later(client, pay, moment):
    payment = pay("tok_3ds", moment)
    client.post(payment.action_url, {"answer": "abandon"})
    actions.settle_overdue(now=moment + timedelta(minutes=29, seconds=59))
    assert state_of(payment) is PaymentState.REQUIRES_ACTION
    Payment.objects.update(poll_at=moment)
    actions.settle_overdue(now=moment + timedelta(minutes=30))
    row = Payment.objects.get(pk=payment.id)
    assert (row.state, row.reason) == (PaymentState.FAILED, Reason.ABANDONED)
    client.post(payment.action_url, {"answer": "approve"})
    run_due_jobs(now=moment + timedelta(hours=1))
    assert state_of(payment) is PaymentState.FAILED
    assert not books.balance(CASH)


def test_an_unknown_3_d_secure_page_does_not_exist(client):
    assert client.get("/sandbox/3ds/pi_guess/").status_code == 404


def test_a_success_that_comes_after_we_gave_up_is_still_money(client, pay, moment):
    """We failed the payment; the provider captured it all the same and says so later."""
    payment = pay("tok_slow", moment)
    Payment.objects.update(state=PaymentState.FAILED, reason=Reason.NEVER_SENT)
    run_due_jobs(now=moment + timedelta(minutes=1))
    assert state_of(payment) is PaymentState.SUCCEEDED
    assert books.balance(CASH) == Money(99_00, "USD")
