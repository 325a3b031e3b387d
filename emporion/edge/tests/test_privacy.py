"""Nobody is re-identified the day after tomorrow: with the disk, the database and the configuration in hand."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from emporion.edge.collect.clients import client_at
from emporion.edge.collect.places import Place, place_in
from emporion.edge.collect.policies import SitePolicy
from emporion.edge.collect.salts import Salts
from emporion.edge.tests.world import CHROME, SITE, World, seen
from emporion.store.types import NOBODY

MORNING = datetime(2026, 3, 28, 9, tzinfo=UTC)
CLIENT = client_at("85.3.4.5")
POLICY = SitePolicy(SITE)


def every_key_on(home: Path) -> list[bytes]:
    """All that an attacker could try as a salt: every 32 bytes of every file, and every name."""
    keys = []
    for path in home.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        keys += [data[start : start + 32] for start in range(max(1, len(data) - 31))]
        keys += [path.name.encode()[:32], hashlib.sha256(path.name.encode()).digest()]
    return [key for key in keys if key]


def ids_under(keys: list[bytes]) -> set[UUID]:
    """What the visitor's true address and browser hash to under each key."""
    message = CLIENT.packed + CHROME.encode()
    found = set()
    for key in keys:
        digest = hashlib.blake2b(message, digest_size=16, key=key, salt=POLICY.key, person=b"visitor").digest()
        number = int.from_bytes(digest, "big")
        found.add(UUID(int=(number & ~((0xF << 76) | (0b11 << 62))) | (0x8 << 76) | (0b10 << 62)))
    return found


@pytest.mark.requirement("INS-03", "SEC-02")
def test_after_48_hours_no_key_on_the_disk_leads_to_the_visitor(tmp_path: Path) -> None:
    salts = Salts(tmp_path)
    met = salts.identify(POLICY, CLIENT, CHROME, MORNING).visitor_id
    assert met in ids_under(every_key_on(tmp_path))  # the attack works while the salt lives
    day_after_tomorrow = MORNING.replace(hour=0) + timedelta(hours=48)
    salts.of(day_after_tomorrow - timedelta(seconds=1))
    assert met in ids_under(every_key_on(tmp_path))
    salts.of(day_after_tomorrow)
    assert met not in ids_under(every_key_on(tmp_path))
    assert Salts(tmp_path).identify(POLICY, CLIENT, CHROME, MORNING).visitor_id != met


@pytest.mark.requirement("INS-03")
def test_a_salt_is_random_and_not_made_from_anything(tmp_path: Path) -> None:
    one, other = Salts(tmp_path / "a"), Salts(tmp_path / "b")
    assert one.identify(POLICY, CLIENT, CHROME, MORNING) != other.identify(POLICY, CLIENT, CHROME, MORNING)


@pytest.mark.requirement("INS-03", "REL-03")
def test_edge_processes_that_share_the_folder_know_the_same_visitor(tmp_path: Path) -> None:
    one, other = Salts(tmp_path), Salts(tmp_path)
    assert one.identify(POLICY, CLIENT, CHROME, MORNING) == other.identify(POLICY, CLIENT, CHROME, MORNING)
    next_day = MORNING + timedelta(days=1)
    assert one.identify(POLICY, CLIENT, CHROME, next_day) != one.identify(POLICY, CLIENT, CHROME, MORNING)


@pytest.mark.requirement("INS-03", "REL-02")
def test_a_clock_that_jumps_leaves_no_old_salt_behind(tmp_path: Path) -> None:
    salts = Salts(tmp_path)
    for jump in (timedelta(days=400), timedelta(days=-400), timedelta(0)):
        salts.of(MORNING + jump)
    assert sorted(path.name for path in tmp_path.iterdir()) == [MORNING.date().isoformat()]


@pytest.mark.requirement("INS-03")
async def test_without_cookies_the_server_says_who_the_visitor_is(world: World) -> None:
    first = await world.send(seen(cookieless=True))
    again = await world.send(seen(cookieless=True, visitorId=None, sessionId=None))
    other = await world.send(seen(cookieless=True), peer="85.3.4.6")
    assert first.json["visitorId"] == again.json["visitorId"] != other.json["visitorId"]
    assert UUID(first.json["visitorId"]).version == 8
    ids = {event.visitor_id for event in world.events()}
    assert NOBODY not in ids
    assert len(ids) == 2


@pytest.mark.requirement("INS-03", "SEC-02")
async def test_a_client_cannot_pose_as_a_visitor_without_cookies(world: World) -> None:
    victim = (await world.send(seen(cookieless=True))).json["visitorId"]
    forged = await world.send(seen(visitorId=victim), peer="9.9.9.9")
    assert forged.json["visitorId"] != victim


@pytest.mark.requirement("INS-03")
async def test_a_payment_from_the_same_place_carries_the_same_link(world: World) -> None:
    await world.send(seen())
    await world.send(seen(type="payment", extraData={"email": "a@b.example"}, visitorId=None))
    await world.send(seen(), user_agent=CHROME.replace("140", "139"))
    first, paid, other = world.events()
    assert first.network_id == paid.network_id != other.network_id


@pytest.mark.requirement("INS-03", "SEC-02")
@pytest.mark.parametrize(
    ("trusted", "peer", "headers", "country"),
    [
        ((), "85.3.4.5", {"x_forwarded_for": "8.8.8.8", "x_datafast_real_ip": "8.8.8.8", "cf_connecting_ip": "8.8.8.8"}, "CH"),
        (("10.0.0.0/8",), "10.0.0.1", {"x_forwarded_for": "85.3.4.5"}, "CH"),
        (("10.0.0.0/8",), "10.0.0.1", {"x_forwarded_for": "8.8.8.8, 85.3.4.5"}, "CH"),
        (("10.0.0.0/8",), "10.0.0.1", {"x_forwarded_for": "85.3.4.5:4711, 10.0.0.7"}, "CH"),
        (("10.0.0.0/8",), "10.0.0.1", {"x_forwarded_for": "85.3.4.5", "x_datafast_real_ip": "8.8.8.8"}, "CH"),
        (("10.0.0.0/8",), "10.0.0.1", {"x_forwarded_for": "10.9.9.9", "x_datafast_real_ip": "85.3.4.5"}, "CH"),
        (("10.0.0.0/8",), "85.3.4.5", {"x_forwarded_for": "8.8.8.8"}, "CH"),
        (("10.0.0.1",), "10.0.0.1", {"x_forwarded_for": "unknown"}, ""),
        ((), "", {}, ""),
    ],
)
async def test_headers_are_believed_only_from_proxies_of_ours(
    tmp_path: Path, trusted: tuple[str, ...], peer: str, headers: dict[str, str], country: str
) -> None:
    world = World(home=tmp_path, trusted_proxies=trusted)
    await world.send(seen(), peer=peer, **headers)
    (event,) = world.events()
    assert event.country == country
    world.close()


@pytest.mark.requirement("INS-03")
@pytest.mark.parametrize(
    ("row", "place"),
    [
        ({"country_code": "CH"}, Place(country="CH")),
        (
            {"country": {"iso_code": "CH"}, "subdivisions": [{"names": {"en": "Zurich"}}], "city": {"names": {"en": "Zürich"}}},
            Place(country="CH", region="Zurich", city="Zürich"),
        ),
        ({"country_code": "CH", "state1": "Zurich", "city": "Uster"}, Place(country="CH", region="Zurich", city="Uster")),
        ({"traits": {"is_hosting_provider": True}}, Place(is_datacentre=True)),
        ({"autonomous_system_number": 24940, "country_code": "de"}, Place(country="DE", is_datacentre=True)),
        ({"country_code": 7, "city": [], "subdivisions": {}, "traits": "x"}, Place()),
    ],
)
def test_databases_of_both_shapes_are_read(row: dict, place: Place) -> None:
    assert place_in(row) == place


@pytest.mark.requirement("INS-03", "REL-02")
async def test_a_geo_database_that_is_broken_does_not_stop_collection(tmp_path: Path) -> None:
    (tmp_path / "city.mmdb").write_bytes(b"not a database")
    world = World(home=tmp_path, geo_database=str(tmp_path / "city.mmdb"))
    await world.send(seen())
    assert world.events()[0].country == "CH"
    world.close()
