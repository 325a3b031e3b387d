"""A payment is counted once whichever way it arrives, finds the visit that brought it, and opens to why."""

import itertools
import json
import random
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from emporion.config import eventlog
from emporion.insights.revenue import actions, queries
from emporion.insights.revenue.errors import AmountInvalid, TransactionReused
from emporion.insights.revenue.models import InboxEvent, Payment, Report
from emporion.insights.revenue.tests.scene import SECRET, Scene
from emporion.insights.revenue.types import MODELS, Kind, Method, NewPayment, PaymentFilter, Standing
from emporion.insights.sites.models import Site
from emporion.kernel.money import Money
from emporion.payments.signatures import sign

pytestmark = pytest.mark.django_db
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
ALL = PaymentFilter()


def only(scene: Scene) -> queries.PaymentView:
    rows, _ = queries.payments_of(scene.alice, scene.site.id, ALL)
    [row] = [row for row in rows if row.reverses_id is None]
    return row


def net(scene: Scene) -> dict[str, int]:
    return {one.currency: one.net.minor for one in queries.totals_of(scene.alice, scene.site.id, ALL)}


def credited(scene: Scene, column: str = "last") -> dict[str, int]:
    """What the reports read, by source."""
    rows = eventlog.store().rows(
        f"SELECT source, sum({column}) AS total FROM site_credits WHERE site_id = {{site:UUID}} AND NOT is_deleted"
        " GROUP BY source ORDER BY source",
        {"site": scene.site.id},
        as_=dict[str, str | int],
    )
    return {row["source"]: row["total"] for row in rows}


@pytest.mark.requirement("INS-10", "INS-11", "INS-12")
def test_a_stripe_payment_is_counted_once_and_opens_to_the_visit_that_brought_it(scene: Scene, alice_client: Client) -> None:
    visitor = uuid4()
    scene.visit(visitor, 12 * DAY, "X", device="mobile")
    scene.visit(visitor, 2 * HOUR, "Google")
    scene.connect()
    for event in scene.paid(metadata={"datafast_visitor_id": str(visitor)}, customer_details={"email": "Maya@Northwind.example"}):
        assert scene.send(event) == 200
        assert scene.send(event) == 200
    scene.keep(scene.event(visitor, MINUTE, kind="payment", params={"stripe_session_id": "cs_1", "amount": "99"}))
    scene.drain()
    paid = only(scene)
    assert (paid.amount, paid.method, paid.source) == (Money(9_900, "USD"), Method.VISITOR_ID, "Google")
    assert net(scene) == {"USD": 9_900}
    assert credited(scene) == {"Google": 9_900, "X": 0}
    assert credited(scene, "first") == {"Google": 0, "X": 9_900}

    page = alice_client.get(f"/insights/{scene.site.id}/payments/").content.decode()
    assert "$99.00" in page
    assert "Visitor id in checkout" in page
    assert "m…@northwind.example" in page
    assert "maya@northwind.example" not in page.lower()
    page = alice_client.get(f"/insights/{scene.site.id}/payments/{paid.id}/").content.decode()
    for words in (
        "First visit, from X",
        "/pricing",
        "Credited",
        "Stripe webhook",
        "Counted once",
        "pi_1",
        "cs_1",
        "ch_1",
        "2 visits",
    ):
        assert words in page
    assert "maya@northwind.example" not in str(list(Payment.objects.values())) + str(list(Report.objects.values()))


@pytest.mark.requirement("INS-10")
def test_every_order_of_arrival_ends_the_same(scene: Scene) -> None:
    visitor = uuid4()
    scene.visit(visitor, HOUR, "Google")
    scene.connect()
    life = [
        *scene.paid(metadata={"datafast_visitor_id": str(visitor)}),
        scene.stripe(
            "refund.created", id="re_1", object="refund", charge="ch_1", amount=4_000, currency="usd", status="succeeded"
        ),
        scene.stripe(
            "charge.refunded",
            id="ch_1",
            object="charge",
            status="succeeded",
            payment_intent="pi_1",
            amount=9_900,
            amount_captured=9_900,
            amount_refunded=4_000,
            currency="usd",
        ),
    ]
    found = set()
    for order in random.Random(7).sample(list(itertools.permutations(life)), 12):
        mark = transaction.savepoint()
        for event in order:
            assert scene.send(event) == 200
        scene.drain()
        rows = Payment.objects.of(scene.site.id).counted().order_by("object_id")
        found.add(tuple((row.object_id, row.amount_minor, row.method, row.credited_source) for row in rows))
        transaction.savepoint_rollback(mark)
    assert found == {(("pi_1", 9_900, "visitor_id", "Google"), ("re_1", -4_000, "visitor_id", "Google"))}


@pytest.mark.requirement("INS-10")
@pytest.mark.parametrize(
    ("what", "status"), [("another secret", 403), ("stale", 403), ("from the future", 403), ("no event", 422), ("nowhere", 404)]
)
def test_a_webhook_that_is_not_genuine_is_refused_and_leaves_nothing(scene: Scene, what: str, status: int) -> None:
    connection = scene.connect()
    body = b"[]" if what == "no event" else json.dumps(scene.paid()[0]).encode()
    real = datetime.now(scene.now.tzinfo)
    at = {"stale": real - timedelta(minutes=6), "from the future": real + timedelta(minutes=6)}.get(what, real)
    header = sign(body, secrets=["whsec_wrong" if what == "another secret" else SECRET], now=at)
    address = f"/webhooks/insights/stripe/{uuid4() if what == 'nowhere' else connection}"
    response = Client().post(address, body, content_type="application/json", headers={"Stripe-Signature": header})
    assert response.status_code == status
    assert not InboxEvent.objects.exists()


@pytest.mark.requirement("INS-11")
def test_refunds_and_disputes_take_back_what_was_given_in_every_model(scene: Scene) -> None:
    visitor = uuid4()
    for ago, source in ((20 * DAY, "X"), (9 * DAY, "Newsletter"), (HOUR, "Google")):
        scene.visit(visitor, ago, source)
    scene.connect()
    for event in scene.paid(amount=10_001, currency="jpy", metadata={"datafast_visitor_id": str(visitor)}):
        scene.send(event)
    scene.drain()
    assert sum(credited(scene, "linear").values()) == 10_001
    for number, amount in ((1, 3_333), (2, 6_668)):
        refund = {"id": f"re_{number}", "object": "refund", "charge": "ch_1", "amount": amount, "currency": "jpy"}
        scene.send(scene.stripe("refund.created", **refund, status="succeeded"))
        scene.drain()
    for model in MODELS:
        assert set(credited(scene, model.value).values()) == {0}
    dispute = {
        "id": "dp_1",
        "object": "dispute",
        "charge": "ch_1",
        "amount": 10_001,
        "currency": "jpy",
        "status": "needs_response",
    }
    scene.send(scene.stripe("charge.dispute.created", **dispute))
    scene.send(
        scene.stripe("refund.failed", id="re_2", object="refund", charge="ch_1", amount=6_668, currency="jpy", status="failed")
    )
    scene.drain()
    assert net(scene) == {"JPY": 0}
    scene.send(scene.stripe("charge.dispute.closed", **dispute | {"status": "won"}))
    scene.drain()
    assert net(scene) == {"JPY": 6_668}
    assert sum(credited(scene, "time_decay").values()) == 6_668


@pytest.mark.requirement("INS-11")
def test_a_renewal_belongs_to_the_source_of_the_first_payment(scene: Scene) -> None:
    visitor = uuid4()
    scene.visit(visitor, 25 * DAY, "Newsletter")
    scene.visit(visitor, HOUR, "Google")
    scene.connect()
    base = {"object": "invoice", "status": "paid", "currency": "kwd", "subscription": "sub_1", "customer": "cus_1"}
    first = {"id": "in_1", "amount_paid": 5_120, "billing_reason": "subscription_create", "payment_intent": "pi_1"}
    renewal = {"id": "in_2", "amount_paid": 5_120, "billing_reason": "subscription_cycle", "payment_intent": "pi_2"}
    first["metadata"] = {"datafast_visitor_id": str(visitor)}
    scene.send(scene.stripe("invoice.paid", 24 * DAY, **base | first))
    scene.send(scene.stripe("invoice.paid", **base | renewal))
    scene.drain()
    assert credited(scene) == {"Newsletter": 10_240}
    rows, _ = queries.payments_of(scene.alice, scene.site.id, ALL)
    assert [(row.kind, row.method) for row in rows] == [(Kind.RENEWAL, Method.ORIGINAL), (Kind.PAYMENT, Method.VISITOR_ID)]


@pytest.mark.requirement("INS-11")
def test_an_address_that_is_told_only_later_finds_the_visitor_all_the_same(scene: Scene) -> None:
    phone = uuid4()
    scene.visit(phone, 3 * HOUR, "X")
    new = NewPayment(transaction_id="order-1", amount=Money.of("49.90", "USD"), email="maya@northwind.example")
    actions.record_payment(site_id=scene.site.id, payment=new, actor=scene.alice, now=scene.now)
    scene.drain()
    assert (only(scene).method, only(scene).source) == (Method.NONE, "Direct")
    assert credited(scene) == {"Direct": 4_990}
    scene.keep(scene.event(phone, MINUTE, kind="identify", user_ref="u-7", params={"email": "MAYA@northwind.example "}))
    scene.drain()
    assert (only(scene).method, only(scene).source) == (Method.EMAIL, "X")
    assert credited(scene) == {"X": 4_990}


@pytest.mark.requirement("INS-11")
def test_visits_of_the_same_person_on_another_device_count(scene: Scene) -> None:
    phone, desk = uuid4(), uuid4()
    scene.visit(phone, 9 * DAY, "Newsletter")
    scene.keep(scene.event(phone, 9 * DAY - MINUTE, kind="identify", user_ref="maya@northwind.example"))
    scene.visit(desk, HOUR)
    new = NewPayment(transaction_id="o", amount=Money(100, "USD"), visitor_id=desk, email="maya@northwind.example")
    actions.record_payment(site_id=scene.site.id, payment=new, actor=scene.alice, now=scene.now)
    scene.drain()
    assert credited(scene, "last_non_direct") == {"Direct": 0, "Newsletter": 100}


@pytest.mark.requirement("INS-11")
def test_a_guess_is_marked_as_one_and_only_made_within_the_hour(scene: Scene, alice_client: Client) -> None:
    scene.visit(uuid4(), 50 * MINUTE, "Google", network_id=77)
    scene.visit(uuid4(), 90 * MINUTE, "X", network_id=78)
    for name, network in (("near", 77), ("far", 78)):
        new = NewPayment(transaction_id=name, amount=Money(100, "USD"), network_id=network)
        actions.record_payment(site_id=scene.site.id, payment=new, actor=scene.alice, now=scene.now)
    scene.drain()
    assert credited(scene) == {"Direct": 100, "Google": 100}
    page = alice_client.get(f"/insights/{scene.site.id}/payments/?method=network").content.decode()
    assert "Guess, " in page
    assert "near" in page
    assert ">far<" not in page


@pytest.mark.requirement("INS-11")
def test_another_window_gives_payments_to_other_visits(scene: Scene) -> None:
    from emporion.insights.sites.events import SiteChanged
    from emporion.plumbing.actions import Tick, enqueue, publish

    visitor = uuid4()
    scene.visit(visitor, 40 * DAY, "X")
    new = NewPayment(transaction_id="o", amount=Money(100, "USD"), visitor_id=visitor)
    actions.record_payment(site_id=scene.site.id, payment=new, actor=scene.alice, now=scene.now)
    scene.drain()
    assert credited(scene) == {"Direct": 100}
    Site.objects.filter(pk=scene.site.id).update(attribution_days=60)
    publish(SiteChanged(site_id=scene.site.id), now=scene.now)
    scene.drain()
    enqueue("insights.look_again", Tick(at=scene.now), now=scene.now)
    scene.drain(later=MINUTE)
    assert credited(scene) == {"X": 100}


@pytest.mark.requirement("INS-11")
def test_a_visit_that_arrives_late_is_found_at_the_next_look(scene: Scene) -> None:
    from emporion.plumbing.actions import Tick, enqueue

    visitor = uuid4()
    new = NewPayment(transaction_id="o", amount=Money(100, "USD"), visitor_id=visitor)
    actions.record_payment(site_id=scene.site.id, payment=new, actor=scene.alice, now=scene.now)
    scene.drain()
    scene.visit(visitor, HOUR, "Newsletter")
    enqueue("insights.look_again", Tick(at=scene.now), now=scene.now)
    scene.drain(later=MINUTE)
    assert credited(scene) == {"Newsletter": 100}


@pytest.mark.requirement("INS-10")
def test_the_same_transaction_by_the_api_is_the_same_payment_and_another_amount_is_refused(scene: Scene) -> None:
    new = NewPayment(transaction_id="order-9", amount=Money.of("12.345", "KWD"))
    for minutes in (0, 5):
        at = scene.now + timedelta(minutes=minutes)
        actions.record_payment(site_id=scene.site.id, payment=new, actor=scene.alice, now=at)
    assert Report.objects.count() == 1
    with pytest.raises(TransactionReused):
        other = NewPayment(transaction_id="order-9", amount=Money.of("12.346", "KWD"))
        actions.record_payment(site_id=scene.site.id, payment=other, actor=scene.alice, now=scene.now)
    with pytest.raises(AmountInvalid):
        nothing = NewPayment(transaction_id="order-10", amount=Money(0, "KWD"))
        actions.record_payment(site_id=scene.site.id, payment=nothing, actor=scene.alice, now=scene.now)
    back = NewPayment(transaction_id="order-9", amount=Money.of("12.345", "KWD"), is_refunded=True)
    actions.record_payment(site_id=scene.site.id, payment=back, actor=scene.alice, now=scene.now)
    assert net(scene) == {"KWD": 0}
    actions.remove_payment(site_id=scene.site.id, transaction_id="order-9", actor=scene.alice, now=scene.now)
    scene.drain()
    assert net(scene) == {}
    assert credited(scene) == {}


@pytest.mark.requirement("INS-10")
def test_a_browser_alone_counts_until_the_provider_speaks_for_itself(scene: Scene) -> None:
    visitor = uuid4()
    scene.visit(visitor, HOUR, "X")
    params = {"paddle_transaction_id": "txn_1", "amount": "20", "currency": "EUR"}
    scene.keep(scene.event(visitor, MINUTE, kind="payment", params=params))
    scene.drain()
    assert net(scene) == {"EUR": 2_000}
    scene.connect()
    forged = {"stripe_session_id": "cs_forged", "amount": "1000000", "currency": "EUR"}
    scene.keep(scene.event(visitor, MINUTE, kind="payment", params=forged))
    scene.drain()
    assert net(scene) == {"EUR": 2_000}
    waiting, _ = queries.payments_of(scene.alice, scene.site.id, PaymentFilter(standing=Standing.EXPECTED))
    assert [row.object_id for row in waiting] == ["cs_forged"]


@pytest.mark.requirement("INS-10")
@pytest.mark.parametrize("amount", ["-5", "NaN", "1e3", "1e9999999", "10000000000.01"])
def test_an_absurd_amount_of_one_browser_is_nobodys_payment_and_holds_no_other_up(scene: Scene, amount: str) -> None:
    for params in ({"amount": amount}, {"amount": amount, "paddle_transaction_id": "txn_1"}, {"amount": "20"}):
        scene.keep(scene.event(uuid4(), MINUTE, kind="payment", params=params))
    scene.drain()
    assert net(scene) == {"USD": 2_000}


@pytest.mark.requirement("INS-10")
def test_an_invoice_whose_charge_stripe_does_not_name_is_still_one_payment(scene: Scene) -> None:
    scene.connect()
    money = {"currency": "usd", "customer": "cus_1"}
    invoice = {"id": "in_1", "object": "invoice", "status": "paid", "amount_paid": 500, "billing_reason": "subscription_create"}
    charge = {"id": "ch_1", "object": "charge", "status": "succeeded", "payment_intent": "pi_1", "amount": 500}
    scene.send(scene.stripe("invoice.paid", **invoice, **money))
    scene.send(scene.stripe("charge.succeeded", **charge, **money))
    scene.drain()
    assert net(scene) == {"USD": 500}
    assert len(queries.payment_of(scene.alice, scene.site.id, only(scene).id).object_ids) == 3


@pytest.mark.requirement("INS-10")
def test_two_payments_that_turn_out_to_be_one_become_one(scene: Scene) -> None:
    scene.connect()
    session, intent = scene.paid()[2], scene.paid()[1]
    alone = {**session, "data": {"object": {**session["data"]["object"], "payment_intent": None}}}
    scene.send(alone)
    scene.send(intent)
    scene.drain()
    assert net(scene) == {"USD": 19_800}
    scene.send(session | {"id": "evt_later"})
    scene.drain()
    assert net(scene) == {"USD": 9_900}
    assert sum(credited(scene).values()) == 9_900


@pytest.mark.requirement("INS-10")
def test_other_currencies_are_kept_and_shown_apart(scene: Scene, alice_client: Client) -> None:
    for name, amount in (("a", Money.of("10", "USD")), ("b", Money.of("10", "EUR")), ("c", Money(10, "JPY"))):
        actions.record_payment(
            site_id=scene.site.id, payment=NewPayment(transaction_id=name, amount=amount), actor=scene.alice, now=scene.now
        )
    scene.drain()
    assert [one.currency for one in queries.totals_of(scene.alice, scene.site.id, ALL)] == ["USD", "EUR", "JPY"]
    page = alice_client.get(f"/insights/{scene.site.id}/payments/").content.decode()
    assert "In EUR, kept apart" in page
    board = alice_client.get(f"/insights/{scene.site.id}/").content.decode()
    assert "Not in them: <b>€10.00</b>, <b>¥10</b>" in " ".join(board.split())
    last_year = alice_client.get(f"/insights/{scene.site.id}/?from=2020-01-01&to=2020-01-31").content.decode()
    assert "Not in them" not in last_year
    assert "¥10" in page


@pytest.mark.requirement("INS-10")
def test_the_history_of_a_payment_is_never_changed(scene: Scene) -> None:
    actions.record_payment(
        site_id=scene.site.id, payment=NewPayment(transaction_id="a", amount=Money(1, "USD")), actor=scene.alice, now=scene.now
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.update(amount_minor=2)


def test_the_list_asks_the_same_number_of_questions_however_long_it_is(
    scene: Scene, alice_client: Client, django_assert_max_num_queries: object
) -> None:
    for number in range(30):
        new = NewPayment(transaction_id=str(number), amount=Money(100 + number, "USD"))
        actions.record_payment(site_id=scene.site.id, payment=new, actor=scene.alice, now=scene.now)
    scene.drain()
    with django_assert_max_num_queries(40):
        alice_client.get(f"/insights/{scene.site.id}/payments/")
