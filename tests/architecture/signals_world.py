"""What alice's project has of signals: heartbeats, deploys, alerts of another system, a check that ran, a provider in trouble."""

from datetime import datetime, timedelta
from uuid import UUID

from emporion.config import eventlog
from emporion.kernel.clock import utcnow
from emporion.kernel.ids import new_id
from emporion.nexus.checks.actions import add_check
from emporion.nexus.checks.types import Assertion, CheckSpec, Expectation
from emporion.nexus.providers.actions import follow
from emporion.nexus.providers.models import ComponentRow, IncidentRow
from emporion.nexus.providers.types import Impact, NewFeed, Stage
from emporion.nexus.signals.actions import add_heartbeat, add_receiver, mark_deploy
from emporion.nexus.signals.alert_shapes import SeenAlert
from emporion.nexus.signals.models import Receiver
from emporion.nexus.signals.receiving import receive_alerts
from emporion.nexus.signals.types import NewDeploy, NewHeartbeat
from emporion.plumbing.secrets import decrypt
from emporion.plumbing.types import Actor
from emporion.store.schemas import ApiCalled, CheckRan


def furnish(*, word: str, project_id: UUID, actor: Actor, now: datetime) -> dict[str, str]:
    """Makes all of it, with the word in every text, and returns the ids under the names of the parameters."""
    heartbeat = add_heartbeat(heartbeat=NewHeartbeat(name=f"The {word} job"), project_id=project_id, actor=actor, now=now)
    deploy = NewDeploy(service=f"{word}-api", version="1", change=f"More {word}", at=utcnow())
    marked = mark_deploy(deploy=deploy, project_id=project_id, actor=actor, now=utcnow())
    receiver = add_receiver(name=f"The {word} alerts", project_id=project_id, actor=actor, now=now)
    _alert(receiver.id, word)
    expected = (Assertion(kind=Expectation.BODY_CONTAINS, value=word),)
    spec = CheckSpec(
        name=f"The {word} check", url=f"https://{word}.example/", headers={"X-Key": f"{word}-secret"}, assertions=expected
    )
    check = add_check(spec=spec, project_id=project_id, actor=actor, now=now)
    feed = follow(
        feed=NewFeed(name=f"The {word} cloud", url=f"https://{word}.example"), project_id=project_id, actor=actor, now=now
    )
    ComponentRow.objects.create(feed_id=feed.id, key="c1", name=f"The {word} part")
    IncidentRow.objects.create(
        feed_id=feed.id,
        organisation_id=actor.organisation,
        project_id=project_id,
        key="i1",
        title=f"The {word} is away",
        stage=Stage.INVESTIGATING,
        impact=Impact.MAJOR,
        started_at=now,
        changed_at=now,
    )
    _events(check.id, word, project_id=project_id, actor=actor)
    return {
        "heartbeat_id": str(heartbeat.id),
        "deploy_id": str(marked.id),
        "receiver_id": str(receiver.id),
        "check_id": str(check.id),
        "feed_id": str(feed.id),
    }


def _alert(receiver_id: UUID, word: str) -> None:
    now = utcnow()
    alert = SeenAlert(
        fingerprint="f1",
        is_firing=True,
        name=f"The {word} burns",
        severity="critical",
        summary=f"All of the {word}",
        url="",
        labels={"word": word},
        annotations={},
        starts_at=now,
        ends_at=None,
    )
    receive_alerts(token=decrypt(Receiver.objects.get(pk=receiver_id).token), alerts=[alert], now=now)


def _events(check_id: UUID, word: str, *, project_id: UUID, actor: Actor) -> None:
    at = utcnow() - timedelta(minutes=1)
    common = {"occurred_at": at, "organisation_id": actor.organisation, "project_id": project_id}
    ran = CheckRan(event_id=new_id(), check_id=check_id, is_ok=False, failed_assertion=f"no {word}", **common)
    call = ApiCalled(
        event_id=new_id(), provider=f"api.{word}.example", origin="trace", outcome="ok", api_id=UUID(int=0), **common
    )
    eventlog.store().insert(CheckRan, [ran], token=f"{ran.event_id}:ran")
    eventlog.store().insert(ApiCalled, [call], token=f"{call.event_id}:traced")
