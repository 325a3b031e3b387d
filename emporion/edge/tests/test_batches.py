"""Many events in one request: each fares as it would alone, and what is named twice counts once."""

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest

from emporion.edge.tests.world import SITE, VISITOR, World, new_visitor, seen
from emporion.store.schemas import SiteEvent, SiteEventDropped

CHOOSY = replace(
    SITE,
    site_id=uuid4(),
    public_id="dfid_choosy",
    excluded_paths=("/admin*",),
    excluded_addresses=("85.3.0.0/16",),
)
PAUSED = replace(SITE, site_id=uuid4(), public_id="dfid_paused", is_paused=True)
MIXED = (
    seen(),
    seen(href="https://evil.example/"),
    seen(websiteId=CHOOSY.public_id, href="https://shop.example/admin/x"),
    seen(websiteId="dfid_nobody"),
    seen(type="custom", extraData={"eventName": "<b>"}),
    seen(visitorId="nobody", language="x" * 200, adClickIds={"gclid": "1"}),
    seen(websiteId=PAUSED.public_id, href="https://evil.example/"),
    seen(bot=True),
    seen(referrer="http://site7.semalt.com/crawler"),
    seen(visitorId=VISITOR.upper(), timezone="Europe/Zürich", screenWidth=0),
    seen(visitorId=VISITOR.replace("-4", "-1"), cookieless=True),
    seen(websiteId=CHOOSY.public_id),
)


def _told(world: World) -> list[object]:
    return [(type(event), msgspec.structs.replace(event, event_id=SITE.site_id, occurred_at=None)) for event in world.events()]


@pytest.mark.requirement("INS-02", "INS-03")
@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        ("85.3.4.5", {}),
        ("91.3.4.5", {}),
        ("91.3.4.5", {"cookie": "datafast_ignore=true"}),
        ("85.3.4.5", {"user_agent": "curl/8.0"}),
        ("91.3.4.5", {"origin": "https://evil.example"}),
    ],
)
async def test_each_event_of_a_list_fares_as_it_would_alone(tmp_path: Path, peer: str, headers: dict) -> None:
    together, alone = (World(home=tmp_path / name, sites=(SITE, CHOOSY, PAUSED)) for name in ("together", "alone"))
    alone.edge.collector.salts = together.edge.collector.salts  # the same day has the same salt
    reply = await together.send([*MIXED], peer=peer, **headers)
    replies = [await alone.send(event, peer=peer, **headers) for event in MIXED]
    reasons = sorted(one.dropped for one in replies if one.dropped)
    assert sorted(reason for reason, count in reply.json["dropped"].items() for _ in range(count)) == reasons
    assert reply.json["accepted"] == len(MIXED) - len(reasons)
    assert (reply.json["visitorId"], reply.json["sessionId"]) == (replies[0].json["visitorId"], replies[0].json["sessionId"])
    assert _told(together) == _told(alone)
    for world in (together, alone):
        world.close()


@pytest.mark.requirement("INS-02", "REL-01")
async def test_an_event_named_twice_counts_once_within_a_list_and_across_lists(world: World) -> None:
    first, second = seen(eventId="17-a"), seen(eventId="17-b", visitorId=new_visitor())
    reply = await world.send([first, second, first, seen()])
    assert (reply.json["accepted"], reply.json["dropped"]) == (3, {"duplicate": 1})
    again = await world.send([second, seen(eventId="17-c"), first])
    assert (again.json["accepted"], again.json["dropped"]) == (1, {"duplicate": 2})
    kept = world.events()
    assert len(kept) == len({event.event_id for event in kept}) == 4


@pytest.mark.requirement("INS-02")
async def test_a_name_that_was_dropped_the_first_time_may_come_again(world: World) -> None:
    reply = await world.send([seen(eventId="17-a", href="https://evil.example/"), seen(eventId="17-a")])
    assert (reply.json["accepted"], reply.json["dropped"]) == (1, {"wrong_domain": 1})
    assert [type(event) for event in world.events()] == [SiteEventDropped, SiteEvent]
