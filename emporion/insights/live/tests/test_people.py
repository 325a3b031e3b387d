"""Who is here, who came and what each did, through the pages; tickets; and the push to those who watch."""

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from emporion.accounts.models import Person
from emporion.edge.collect.types import Visit
from emporion.edge.realtime import MOST_WAITING, Hub, watch
from emporion.edge.transport import AsgiSocket
from emporion.insights.live import tickets
from emporion.insights.revenue.actions import record_payment
from emporion.insights.revenue.types import NewPayment
from emporion.kernel.clock import utcnow
from emporion.kernel.ids import new_id
from emporion.kernel.money import Money

KEY = tickets.key_of("a secret")


@pytest.mark.django_db
@pytest.mark.requirement("INS-13")
def test_the_page_of_now_lists_who_is_here_and_the_list_can_be_asked_for_alone(alice_client, site, record) -> None:
    now = utcnow()
    record((now - timedelta(minutes=2), "pageview", "/pricing"), (now - timedelta(minutes=1), "goal", "signup"), country="FR")
    record((now - timedelta(hours=2), "pageview", "/gone"))
    page = alice_client.get(f"/insights/{site.id}/realtime/").content.decode()
    assert "/pricing" in page
    assert "France" in page
    assert "signup" in page
    assert "/gone" not in page
    assert 'data-visitors="1"' in alice_client.get(f"/insights/{site.id}/realtime/now/").content.decode()


@pytest.mark.django_db
@pytest.mark.requirement("INS-14", "INS-18")
def test_who_only_saw_the_widget_is_not_marked_as_somebody_to_look_after(alice_client, site, record) -> None:
    now = utcnow()
    record((now - timedelta(minutes=2), "pageview", "/"), (now - timedelta(minutes=2), "goal", "widget_seen"))
    address = f"/insights/{site.id}/realtime/now/"
    assert "High intent" not in alice_client.get(address).content.decode()
    record((now - timedelta(minutes=2), "pageview", "/"), (now - timedelta(minutes=1), "goal", "widget_opened"))
    assert alice_client.get(address).content.decode().count("High intent") == 1


@pytest.mark.django_db
@pytest.mark.requirement("INS-13", "INS-15")
def test_two_with_the_same_made_up_name_are_told_apart_where_they_stand_on_one_page(alice_client, site, record) -> None:
    now, first = utcnow(), uuid4().int // 144 * 144
    for number in (first + 1, first + 145, first + 2):
        record((now - timedelta(minutes=2), "pageview", "/"), visitor_id=UUID(int=number))
    for address in (f"/insights/{site.id}/realtime/now/", f"/insights/{site.id}/visitors/"):
        page = alice_client.get(address).content.decode()
        names = re.findall(r'class="who"><a href="[^"]*"><b>([^<]*)</b>', page)
        assert len(set(names)) == 3, names
        assert sum(bool(re.fullmatch(r"\w+ \w+", name)) for name in names) == 1, "who shares no name has no mark"


@pytest.mark.django_db
@pytest.mark.requirement("INS-15", "INS-12")
def test_a_visitor_opens_to_every_step_and_what_they_paid(alice, alice_client, site, record, drain) -> None:
    now = utcnow()
    ana = record(
        (now - timedelta(days=2), "pageview", "/"),
        (now - timedelta(days=2) + timedelta(minutes=4), "pageview", "/pricing"),
        (now - timedelta(hours=1), "pageview", "/checkout"),
    )
    for _ in range(3):
        record(
            (now - timedelta(days=1), "pageview", "/checkout"),
            (now - timedelta(days=1) + timedelta(seconds=9), "pageview", "/thanks"),
        )
    record_payment(
        site_id=site.id,
        payment=NewPayment(transaction_id="t-9", amount=Money.of("49", "EUR"), visitor_id=ana, occurred_at=now),
        actor=alice,
        now=now,
    )
    drain(now)
    page = alice_client.get(f"/insights/{site.id}/visitors/{ana}/").content.decode()
    assert "Visit 2" in page
    assert "/pricing" in page
    assert "€49" in page
    assert "/thanks" in page, "what others did next"
    listed = alice_client.get(f"/insights/{site.id}/visitors/?page=/pricing").content.decode()
    assert str(ana) in alice_client.get(f"/insights/{site.id}/visitors/").content.decode()
    assert listed
    assert alice_client.get(f"/insights/{site.id}/visitors/{uuid4()}/").status_code == 404


@pytest.mark.django_db
@pytest.mark.requirement("INS-15", "INS-12")
def test_steps_stand_on_the_websites_clock_whatever_the_readers_is(
    alice, alice_client, alice_person, site, record, drain
) -> None:
    Person.objects.filter(pk=alice_person.pk).update(time_zone="America/New_York")
    at = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # in Berlin half past two, for the first of two times that night
    ana = record((at, "pageview", "/"), (at + timedelta(minutes=50), "pageview", "/late"))
    sold = NewPayment(transaction_id="t-1", amount=Money.of("9", "EUR"), visitor_id=ana, occurred_at=at + timedelta(hours=1))
    payment = record_payment(site_id=site.id, payment=sold, actor=alice, now=utcnow())
    drain(utcnow())
    for path in (f"visitors/{ana}/", f"payments/{payment.id}/"):
        page = alice_client.get(f"/insights/{site.id}/{path}").content.decode()
        assert "02:30:00" in page
        assert "02:20:00" in page, "summer time ended between them"
        assert "Times are in Europe/Berlin." in page


@pytest.mark.requirement("INS-13", "SEC-01")
def test_a_ticket_opens_one_website_for_a_while() -> None:
    now, site_id = utcnow(), uuid4()
    ticket = tickets.issue(site_id, key=KEY, now=now)
    assert tickets.site_of(ticket, key=KEY, now=now) == site_id
    assert tickets.site_of(ticket, key=KEY, now=now + tickets.LIFETIME) is None
    assert tickets.site_of(ticket, key=tickets.key_of("another"), now=now) is None
    assert tickets.site_of(ticket[:-2] + "AA", key=KEY, now=now) is None
    assert tickets.site_of("é", key=KEY, now=now) is None


class Browser:
    """A WebSocket as ASGI has it."""

    def __init__(self) -> None:
        self.incoming: asyncio.Queue = asyncio.Queue()
        self.sent: asyncio.Queue = asyncio.Queue()

    def serve(self, hub: Hub, ticket: str):
        scope = {"type": "websocket", "path": f"/realtime/{ticket}"}
        socket = AsgiSocket(scope, self.incoming.get, self.sent.put)
        return asyncio.ensure_future(watch(socket, hub=hub, key=KEY))


def visit(site_id, path: str) -> Visit:
    return Visit(event_id=new_id(), occurred_at=utcnow(), site_id=site_id, visitor_id=uuid4(), kind="pageview", path=path)


@pytest.mark.requirement("INS-13")
async def test_who_watches_is_told_at_once_of_their_own_website_alone() -> None:
    hub, site_id, browser = Hub(), uuid4(), Browser()
    served = browser.serve(hub, tickets.issue(site_id, key=KEY, now=utcnow()))
    assert (await browser.sent.get())["type"] == "websocket.accept"
    hub.publish(visit(uuid4(), "/elsewhere"))
    hub.publish(visit(site_id, "/here"))
    assert json.loads((await browser.sent.get())["text"])["path"] == "/here"
    browser.incoming.put_nowait({"type": "websocket.disconnect"})
    await served
    hub.publish(visit(site_id, "/later"))
    assert browser.sent.empty()


@pytest.mark.requirement("INS-13", "SEC-01")
async def test_without_a_good_ticket_nobody_watches() -> None:
    browser = Browser()
    await browser.serve(Hub(), "made-up")
    assert await browser.sent.get() == {"type": "websocket.close", "code": 1008}


@pytest.mark.requirement("INS-13")
async def test_a_watcher_who_does_not_keep_up_loses_the_oldest_and_holds_nobody_up() -> None:
    hub, site_id = Hub(), uuid4()
    queue = hub.enter(site_id)
    for number in range(MOST_WAITING + 5):
        hub.publish(visit(site_id, f"/{number}"))
    assert queue.qsize() == MOST_WAITING
    assert json.loads(queue.get_nowait())["path"] == "/5"
