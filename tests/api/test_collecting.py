"""From a website that somebody adds to an event of it in the spool: the control plane and the data plane together."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from django.conf import settings

from emporion.accounts.types import Workspace
from emporion.config import snapshot
from emporion.config.asgi import application
from emporion.edge.application import Edge
from emporion.edge.snapshot import read
from emporion.edge.tests.world import CHROME
from emporion.insights.sites.actions import add_site
from emporion.insights.sites.types import NewSite
from emporion.plumbing.types import Actor
from emporion.store import Spool

PATH = "/api/events"


async def post(app: Callable, body: dict, path: str = PATH) -> tuple[int, dict[bytes, bytes]]:
    sent: list[dict] = []
    raw = json.dumps(body).encode()

    async def receive() -> dict:
        return {"type": "http.request", "body": raw, "more_body": False}

    async def send(message: dict) -> None:
        sent.append(message)

    headers = [(b"user-agent", CHROME.encode()), (b"content-length", str(len(raw)).encode())]
    scope = {"type": "http", "method": "POST", "path": path, "headers": headers, "client": ("85.3.4.5", 1), "query_string": b""}
    await app(scope, receive, send)
    return sent[0]["status"], dict(sent[0]["headers"])


@pytest.mark.requirement("INS-01", "INS-03")
def test_a_website_that_is_added_is_told_to_the_data_plane(
    alice: Actor, workspace: Workspace, now: datetime, drain: Callable[[], int]
) -> None:
    site = add_site(site=NewSite(domain="shop.example"), project_id=workspace.project.id, actor=alice, now=now)
    drain()
    told = read(settings.ENVIRONMENT.edge.snapshot)
    assert [one.site_id for one in told.sites if one.public_id == site.public_id] == [site.id]


@pytest.mark.requirement("INS-03")
def test_every_start_writes_what_the_database_says(alice: Actor, workspace: Workspace, now: datetime) -> None:
    site = add_site(site=NewSite(domain="shop.example"), project_id=workspace.project.id, actor=alice, now=now)
    before = read(settings.ENVIRONMENT.edge.snapshot)
    snapshot.write()
    after = read(settings.ENVIRONMENT.edge.snapshot)
    assert site.public_id in {one.public_id for one in after.sites}
    assert before is None or after.number > before.number


@pytest.mark.requirement("INS-02", "SEC-02")
async def test_collection_answers_beside_the_pages_without_asking_the_database() -> None:
    # Without the mark `django_db` any query fails the test.
    status, headers = await post(application, {"websiteId": "dfid_nobody", "type": "pageview"})
    assert (status, headers[b"x-emporion-dropped"]) == (202, b"unknown_site")


@pytest.mark.requirement("INS-03", "REL-03")
def test_an_edge_alone_takes_events_of_a_website_that_the_pages_added(
    alice: Actor, workspace: Workspace, now: datetime, drain: Callable[[], int], tmp_path: Path
) -> None:
    site = add_site(site=NewSite(domain="shop.example"), project_id=workspace.project.id, actor=alice, now=now)
    drain()
    view = {"websiteId": site.public_id, "type": "pageview", "href": "https://shop.example/"}
    with Spool(tmp_path / "spool") as spool:
        status, headers = asyncio.run(post(Edge(settings.ENVIRONMENT.edge, spool), view))
        assert (status, headers.get(b"x-emporion-dropped"), spool.stats().appended) == (202, None, 1)
