"""What our status page tells programs, read by our own reader of status pages, over HTTP: the one proves the other."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.conf import LazySettings
from django.test import Client

from emporion.nexus.providers import queries as providers
from emporion.nexus.providers import reading
from emporion.nexus.providers.models import FeedRow
from emporion.nexus.providers.types import Impact
from emporion.nexus.providers.types import Stage as Told
from emporion.nexus.statuspage import actions
from emporion.nexus.statuspage.tests.conftest import OPENAI
from emporion.nexus.statuspage.types import Indicator, NewsItem, Stage
from emporion.plumbing.types import Actor

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("NEX-07", "NEX-04")]
MINUTE = timedelta(minutes=1)


@pytest.mark.usefixtures("public", "summaries", "search")
def test_our_own_reader_finds_on_our_own_page_what_was_posted_there(
    *,
    live_server,
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
    alice: Actor,
    alice_client: Client,
    project_id: UUID,
    now: datetime,
) -> None:
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, outbound_allow="localhost")
    at, incident_id = now, uuid4()

    def post(stage: Stage, text: str, minute: int) -> None:
        nonlocal at
        at = now + minute * MINUTE
        said = NewsItem(
            incident_id=incident_id, name="Zusammenfassungen gestört", stage=stage, impact=Indicator.MAJOR, text=text,
            api_ids=(OPENAI,), began_at=now - 5 * MINUTE,
        )  # fmt: skip
        actions.post_news(project_id=project_id, news=said, actor=alice, now=at)

    def read() -> tuple:
        FeedRow.objects.update(next_at=at)
        assert reading.read_due(now=at) == 1
        (feed,) = providers.feeds_of(alice, project_id)
        assert (feed.state, feed.problem) == ("read", "")
        found = providers.provider_incidents(alice, project_id, now - timedelta(days=1), now + timedelta(days=1))
        return feed, found

    monkeypatch.setattr("emporion.nexus.statuspage.public_views.utcnow", lambda: at)
    url = live_server.url.replace("127.0.0.1", "localhost")
    said = {"name": "Halyard", "url": f"{url}/status/halyard/api/v2/summary.json", "kind": "statuspage"}
    assert alice_client.post("/nexus/providers/new/", said).status_code == 302

    feed, found = read()
    assert (feed.indicator, found) == (Impact.NONE, ())
    assert {one.name: one.status for one in feed.components} == {"Meeting summaries": "operational", "Search": "operational"}

    post(Stage.INVESTIGATING, "About 1 in 8 requests fail – we look.", minute=1)
    feed, (incident,) = read()
    assert (feed.indicator, feed.open_incidents, feed.description) == (Impact.MAJOR, 1, "Partial System Outage")
    assert {one.name: one.status for one in feed.components} == {"Meeting summaries": "partial_outage", "Search": "operational"}
    assert (incident.title, incident.stage, incident.impact) == ("Zusammenfassungen gestört", Told.INVESTIGATING, Impact.MAJOR)
    assert (incident.started_at, incident.resolved_at) == (now - 5 * MINUTE, None)
    (key,) = incident.components
    assert key == next(one.key for one in feed.components if one.name == "Meeting summaries")
    assert incident.url == f"{settings.SITE_URL}/status/halyard/incidents/{incident.url.rstrip('/').rpartition('/')[2]}/"
    assert [update.text for update in incident.updates] == ["About 1 in 8 requests fail – we look."]

    post(Stage.MONITORING, "A fallback is in force.", minute=12)
    post(Stage.RESOLVED, "It works again.", minute=30)
    feed, (incident,) = read()
    assert (feed.indicator, feed.open_incidents) == (Impact.NONE, 0)
    assert {one.status for one in feed.components} == {"operational"}
    assert (incident.stage, incident.resolved_at) == (Told.RESOLVED, now + 30 * MINUTE)
    said = {update.text for update in incident.updates}
    assert said == {"About 1 in 8 requests fail – we look.", "A fallback is in force.", "It works again."}
