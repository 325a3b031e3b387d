"""When something of ours fails, calls pass and figures wait; only a hard budget refuses when in doubt."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from emporion.edge.application import Edge
from emporion.edge.gateway.tests import scene as scenes
from emporion.edge.gateway.tests.provider import Provider
from emporion.edge.gateway.tests.scene import ASK, CHAT, SECRET
from emporion.edge.types import EdgeSettings
from emporion.store import Spool
from emporion.store.types import SpoolLimits

pytestmark = [pytest.mark.requirement("NEX-02")]


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    made = scenes.provider()
    yield made
    made.stop()


@pytest.fixture
def settings(tmp_path: Path) -> EdgeSettings:
    (tmp_path / "edge").mkdir()
    return EdgeSettings(spool=tmp_path / "spool", folder=tmp_path / "edge", secret=SECRET)


def tell(settings: EdgeSettings, provider: Provider, number: int = 1) -> None:
    settings.gateway_snapshot.write_bytes(msgspec.msgpack.encode(scenes.snapshot(provider, number)))


async def ask(edge: Edge, slug: str = "openai", key: str = "emp_alice") -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=edge), base_url="http://edge.example") as client:
        return await client.post(f"/gateway/{slug}/{CHAT}", json=ASK, headers={"x-api-key": key})


async def test_without_room_for_events_calls_pass_and_are_counted_as_unmetered(
    settings: EdgeSettings, provider: Provider
) -> None:
    tell(settings, provider)
    with Spool(settings.spool, limits=SpoolLimits(max_bytes=1)) as spool:
        edge = Edge(settings, spool)
        assert (await ask(edge)).status_code == 200
        assert (await ask(edge, key="emp_budget")).status_code == 200
        assert edge.gateway.figures()["unmetered"] == 2
        assert (await ask(edge, key="emp_tight")).status_code == 429, "budgets hold all the same"
        edge.stop()


async def test_before_anything_was_told_nobody_is_let_in_and_later_the_last_good_word_holds(
    settings: EdgeSettings, provider: Provider
) -> None:
    with Spool(settings.spool) as spool:
        edge = Edge(settings, spool)
        early = await ask(edge)
        assert (early.status_code, early.json()["error"]["code"], early.headers["retry-after"]) == (503, "gateway_not_ready", "2")
        tell(settings, provider, number=2)
        edge.gateway.look()
        assert (await ask(edge)).status_code == 200
        for wrong in (b"", b"rubbish", msgspec.msgpack.encode({"number": 9, "format": 99})):
            settings.gateway_snapshot.write_bytes(wrong)
            edge.gateway.look()
            assert (await ask(edge)).status_code == 200
        tell(settings, provider, number=1)
        edge.gateway.look()
        assert edge.gateway.book.number == 2, "an older word is no news"
        edge.stop()


async def test_when_budgets_cannot_be_read_only_calls_under_hard_ones_are_refused(
    settings: EdgeSettings, provider: Provider
) -> None:
    tell(settings, provider)
    with Spool(settings.spool) as spool:
        edge = Edge(settings, spool)
        assert (await ask(edge, key="emp_budget")).status_code == 200
        shutil.rmtree(settings.budgets)
        refused = await ask(edge, key="emp_budget")
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "budget_unchecked")
        assert (await ask(edge)).status_code == 200
        edge.stop()


async def test_an_address_that_is_not_public_is_called_where_the_operator_allows_it(
    settings: EdgeSettings, provider: Provider
) -> None:
    tell(settings, provider)
    allowed = EdgeSettings(
        spool=settings.spool, folder=settings.folder, secret=SECRET, outbound_allow=f"10.0.0.1, 127.0.0.1:{provider.port}"
    )
    with Spool(settings.spool) as spool:
        for told, status in ((settings, 502), (allowed, 200)):
            edge = Edge(told, spool)
            assert (await ask(edge, "internal-address")).status_code == status
            edge.stop()


async def test_answers_wait_for_the_disk_where_that_is_wanted(settings: EdgeSettings, provider: Provider) -> None:
    tell(settings, provider)
    patient = EdgeSettings(spool=settings.spool, folder=settings.folder, secret=SECRET, waits_for_disk=True)
    with Spool(settings.spool) as spool:
        edge = Edge(patient, spool)
        for _ in range(3):
            assert (await ask(edge)).status_code == 200
            assert edge.gateway.journal.behind_seconds == 0
        edge.stop()
