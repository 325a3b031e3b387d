"""What comes in over HTTP, what is kept of it, and how wrong input is answered."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from emporion.edge.collect.types import Visit
from emporion.edge.tests.world import CHROME, SITE, VISITOR, World, new_visitor, seen
from emporion.store.schemas import SiteEvent, SiteEventDropped
from emporion.store.types import SpoolLimits

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4


@pytest.mark.requirement("INS-02", "INS-03")
async def test_a_page_view_is_on_the_disk_when_it_is_acknowledged(world: World) -> None:
    reply = await world.send(seen(), origin="https://www.shop.example")
    assert reply.status == 202
    assert reply.json == {"status": "success", "visitorId": VISITOR, "sessionId": f"s{VISITOR}"}
    assert reply.headers["access-control-allow-origin"] == "https://www.shop.example"
    (event,) = world.events()
    assert isinstance(event, SiteEvent)
    assert (event.site_id, event.organisation_id, event.project_id) == (SITE.site_id, SITE.organisation_id, SITE.project_id)
    assert (event.kind, event.host, event.path) == ("pageview", "www.shop.example", "/café")
    assert (event.source, event.channel, event.utm_medium) == ("newsletter", "Email", "email")
    assert (event.browser, event.system, event.device, event.screen) == ("Chrome", "Windows", "desktop", "1920x1080")
    assert (event.country, event.language, event.time_zone) == ("CH", "de-CH", "Europe/Zurich")


@pytest.mark.requirement("INS-03", "SEC-02")
async def test_queries_that_may_be_private_and_addresses_are_kept_nowhere(world: World) -> None:
    await world.send(seen(), peer="85.3.4.5")
    await world.send(seen(visitorId=None), peer="85.3.4.5", user_agent="GPTBot/1.0")
    await world.send(b"{", peer="85.3.4.5")
    world.events()
    kept = b"".join(path.read_bytes() for path in world.home.rglob("*") if path.is_file())
    for private in (b"85.3.4.5", bytes([85, 3, 4, 5]), b"secret", b"private"):
        assert private not in kept


@pytest.mark.requirement("INS-02")
async def test_each_type_of_the_sdk_becomes_its_kind(world: World) -> None:
    goal = {"eventName": "Sign_Up", "plan": "pro", "seats": 3, "trial": True}
    paid = {"email": "é@shop.example", "amount": 49.5, "currency": "EUR"}
    link = {"url": "https://docs.example/a?b", "text": "Docs"}
    for kind, data in (
        ("custom", goal),
        ("identify", {"user_id": "u-7", "name": "Zoë"}),
        ("payment", paid),
        ("external_link", link),
    ):
        assert (await world.send(seen(type=kind, extraData=data))).dropped == ""
    by_kind = {event.kind: event for event in world.events()}
    assert by_kind["goal"].name == "sign_up"
    assert by_kind["goal"].params == {"plan": "pro", "seats": "3", "trial": "true"}
    assert by_kind["identify"].user_ref == "u-7"
    assert by_kind["payment"].params == {"email": "é@shop.example", "amount": "49.5", "currency": "EUR"}
    assert (by_kind["outbound"].name, by_kind["outbound"].params["text"]) == ("docs.example", "Docs")


@pytest.mark.requirement("INS-03")
@pytest.mark.parametrize(
    ("changes", "headers", "reason"),
    [
        ({"websiteId": "dfid_nobody"}, {}, "unknown_site"),
        ({"href": "https://evil.example/"}, {}, "wrong_domain"),
        ({"href": "https://shop.example.evil.example/"}, {}, "wrong_domain"),
        ({"href": "https://notshop.example/"}, {}, "wrong_domain"),
        ({"href": "http://localhost:3000/"}, {}, "wrong_domain"),
        ({}, {"origin": "https://evil.example"}, "wrong_domain"),
        ({"href": "javascript:alert(1)"}, {}, "malformed"),
        ({"href": None}, {}, "malformed"),
        ({"type": "custom", "extraData": {"eventName": "<b>"}}, {}, "malformed"),
        ({"type": "identify"}, {}, "malformed"),
        ({"type": "payment", "extraData": {"amount": -5, "email": "a@b.example"}}, {}, "malformed"),
        ({"type": "payment", "extraData": {"amount": "NaN"}}, {}, "malformed"),
        ({"type": "payment", "extraData": {"amount": "1e9999999"}}, {}, "malformed"),
        ({"type": "payment", "extraData": {"amount": 1e21}}, {}, "malformed"),
        ({"type": "payment", "extraData": {"amount": "10000000001", "session_id": "cs_1"}}, {}, "malformed"),
        ({"type": "'; DROP TABLE"}, {}, "malformed"),
        ({}, {"cookie": "a=b; datafast_ignore=true"}, "opted_out"),
        ({"bot": True}, {}, "headless"),
        ({}, {"user_agent": CHROME.replace("Chrome", "HeadlessChrome")}, "headless"),
        ({}, {"user_agent": "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"}, "bot"),
        (
            {},
            {"user_agent": "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://x)"},
            "ai_crawler",
        ),
        ({}, {"user_agent": ""}, "bot"),
        ({"referrer": "http://site7.semalt.com/crawler"}, {}, "referrer_spam"),
    ],
)
async def test_what_does_not_count_is_dropped_with_its_reason(world: World, changes: dict, headers: dict, reason: str) -> None:
    reply = await world.send(seen(**changes), **headers)
    assert (reply.status, reply.dropped) == (202, reason)
    kept = world.events()
    assert all(isinstance(event, SiteEventDropped) for event in kept)
    assert [event.reason for event in kept] == ([] if reason == "unknown_site" else [reason])


@pytest.mark.requirement("INS-03")
async def test_owners_exclude_addresses_and_pages_and_pause(tmp_path: Path) -> None:
    def site(name: str, **changes: object):
        from dataclasses import replace

        return replace(SITE, public_id=name, **changes)

    sites = (
        site("dfid_a", excluded_addresses=("85.3.0.0/16", "nonsense", "2a02::/16")),
        site("dfid_p", excluded_paths=("/admin/*", "/x.y")),
        site("dfid_z", is_paused=True, pause_reason="the plan's events are used up"),
        site("dfid_b", keeps_bots=True),
        site("dfid_l", allows_localhost=True),
    )
    world = World(home=tmp_path, sites=sites)
    assert (await world.send(seen(websiteId="dfid_a"))).dropped == "excluded_address"
    assert (await world.send(seen(websiteId="dfid_a"), peer="::ffff:85.3.1.1")).dropped == "excluded_address"
    assert (await world.send(seen(websiteId="dfid_a"), peer="85.4.0.1")).dropped == ""
    assert (await world.send(seen(websiteId="dfid_p", href="https://shop.example/admin/a"))).dropped == "excluded_path"
    assert (await world.send(seen(websiteId="dfid_p", href="https://shop.example/xay"))).dropped == ""
    assert (await world.send(seen(websiteId="dfid_z"))).dropped == "paused"
    assert (await world.send(seen(websiteId="dfid_b"), user_agent="curl/8.0")).dropped == ""
    assert (await world.send(seen(websiteId="dfid_l", href="http://localhost:3000/"))).dropped == ""
    world.close()


@pytest.mark.requirement("INS-03")
async def test_a_dropped_event_can_be_let_back_in_whole(world: World) -> None:
    await world.send(seen(), user_agent="curl/8.0")
    (dropped,) = world.events()
    back = msgspec.convert(dropped, SiteEvent, from_attributes=True)  # as the store reads its row
    assert (back.event_id, back.occurred_at, back.path, back.source) == (
        dropped.event_id,
        dropped.occurred_at,
        "/café",
        "newsletter",
    )


@pytest.mark.requirement("INS-03", "REL-01")
async def test_the_same_event_sent_again_is_the_same_row_on_every_edge(world: World, tmp_path: Path) -> None:
    named = seen(eventId="17-abc", timestamp=datetime.now(UTC).timestamp() * 1000 - 5_000)
    other = World(home=tmp_path / "other")
    await world.send(named)
    assert (await world.send(named)).dropped == "duplicate"
    await other.send(named)
    (here,), (there,) = world.events(), other.events()
    assert (here.event_id, here.occurred_at, here.visitor_id) == (there.event_id, there.occurred_at, there.visitor_id)
    other.close()


@pytest.mark.requirement("INS-03")
@pytest.mark.parametrize("stamp", [0, -1, 1e300, 4102444800000, "1999-01-01T00:00:00Z", "tomorrow", "2026-01-01T00:00:00"])
async def test_a_clock_that_is_wrong_is_not_believed(world: World, stamp: object) -> None:
    before = datetime.now(UTC)
    await world.send(seen(timestamp=stamp))
    (event,) = world.events()
    assert before - timedelta(milliseconds=1) <= event.occurred_at <= datetime.now(UTC)


@pytest.mark.requirement("INS-03")
async def test_an_event_that_waited_in_the_browser_keeps_its_time(world: World) -> None:
    told = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
    await world.send([seen(timestamp=told.timestamp() * 1000), seen(timestamp=told.isoformat())])
    assert [event.occurred_at for event in world.events()] == [told, told]


@pytest.mark.requirement("SEC-02")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"42",
        b'"x"',
        PNG,
        b"[" * 5_000,
        b'{"websiteId":7,"type":"pageview"}',
        b'{"a":' * 3_000,
        b"\xff\xfe",
    ],
)
async def test_garbage_is_a_problem_that_says_what_to_do(world: World, body: bytes) -> None:
    reply = await world.send(body)
    assert (reply.status, reply.headers["content-type"]) == (400, "application/problem+json")
    assert reply.json["next_step"]
    assert world.events() == []


@pytest.mark.requirement("SEC-02")
async def test_what_is_too_large_is_refused(world: World) -> None:
    assert (await world.send(b"x" * (2 * 1024 * 1024 + 1))).status == 413
    assert (await world.send(b"{}", content_length="99999999999")).status == 413
    assert (await world.send(b"{}", content_length="-1")).status == 413
    assert (await world.send([seen()] * 1_001)).status == 400


@pytest.mark.requirement("SEC-02", "INS-03")
async def test_every_field_is_cut_and_cleaned(world: World) -> None:
    nasty = "a\x00\x1b[31m\u202e\ud83d" + "é" * 1_000
    data = {f"k{number}\x00": nasty for number in range(50)} | {"eventName": "goal"}
    payload = seen(
        type="custom", extraData=data, href=f"https://shop.example/{nasty}?utm_source={nasty}", referrer=f"https://x.example/{nasty}",
        language=nasty, timezone=nasty, visitorId=nasty, sessionId=nasty, eventId=nasty, domain=nasty,
        adClickIds={"gclid": nasty, "evil": nasty},
    )  # fmt: skip
    reply = await world.send(json.dumps(payload).replace("\\ud83d", "").encode(), user_agent="Mozilla/5.0 " + "Chrome " * 2_000)
    assert reply.status == 202
    (event,) = world.events()
    assert len(event.params) == 10
    assert all(len(key) <= 64 and len(value) <= 255 for key, value in event.params.items())
    texts = [value for value in (getattr(event, name) for name in event.__struct_fields__) if isinstance(value, str)]
    assert not any(sign in text for text in (*texts, *event.params.values()) for sign in "\x00\x1b\u202e")
    assert (event.language, event.time_zone, event.click_id) == ("", "", "gclid")
    assert event.is_cookieless


@pytest.mark.requirement("INS-02")
async def test_one_bad_event_among_many_spoils_none_of_the_others(world: World) -> None:
    reply = await world.send(
        {"events": [seen(), {"websiteId": 7}, seen(href="https://evil.example/"), seen(visitorId=new_visitor())]}
    )
    assert reply.json["accepted"] == 2
    assert reply.json["dropped"] == {"malformed": 1, "wrong_domain": 1}
    assert len(world.events()) == 3


@pytest.mark.requirement("INS-02")
async def test_browsers_may_ask_first(world: World) -> None:
    reply = await world.send(b"", method="OPTIONS", origin="https://shop.example", access_control_request_headers="content-type")
    assert reply.status == 204
    assert "POST" in reply.headers["access-control-allow-methods"]
    assert reply.headers["access-control-allow-origin"] == "https://shop.example"
    assert (await world.send(b"", method="GET")).status == 405


@pytest.mark.requirement("INS-03", "REL-02")
async def test_without_room_nothing_is_acknowledged(tmp_path: Path) -> None:
    world = World(home=tmp_path, limits=SpoolLimits(max_bytes=400))
    reply = await world.send(seen())
    assert (reply.status, reply.headers["retry-after"]) == (503, "1")
    assert world.events() == []
    world.close()


@pytest.mark.requirement("INS-03", "REL-02")
async def test_a_flood_of_dropped_events_does_not_fill_the_disk(world: World) -> None:
    for _ in range(20):
        await world.send([seen()] * 50, user_agent="curl/8.0")
    kept = world.events()
    assert len(kept) <= 120  # 60 in each minute that the test touched
    assert world.edge.collector.counts["bot"] == 1_000


@pytest.mark.requirement("INS-03")
async def test_a_visitor_who_is_faster_than_a_person_is_dropped(world: World) -> None:
    replies = [await world.send([seen()] * 100) for _ in range(6)]
    assert "rate" in replies[-1].json["dropped"]
    assert (await world.send(seen(visitorId=new_visitor()))).dropped == ""


@pytest.mark.requirement("INS-02")
async def test_the_script_is_served_compressed_and_only_once(world: World) -> None:
    first = await world.send(b"", method="GET", path="/js/script.js", accept_encoding="gzip, br")
    assert (first.status, first.headers["content-encoding"]) == (200, "gzip")
    again = await world.send(b"", method="GET", path="/js/script.js", if_none_match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")
    for name in ("script.cookieless.js", "script.hash.js"):
        assert (await world.send(b"", method="GET", path=f"/js/{name}")).status == 200
    for name in ("tracker.js", "../application.py", ""):
        assert (await world.send(b"", method="GET", path=f"/js/{name}")).status == 404


@pytest.mark.requirement("INS-03")
def test_what_the_steps_fill_in_is_what_is_stored() -> None:
    assert set(Visit.__struct_fields__) == set(SiteEvent.__struct_fields__)
    assert Visit.__struct_config__.tag == SiteEvent.__struct_config__.tag
