"""What runs in the background for providers' status pages."""

import structlog

from emporion.gateway.routing.events import StatusPageNamed
from emporion.nexus.providers import actions, reading
from emporion.nexus.providers.errors import FeedInvalid, FeedsFull
from emporion.plumbing.actions import Tick
from emporion.plumbing.types import Actor, JobContext

log = structlog.get_logger(__name__)


def read_status_pages(payload: Tick, *, job: JobContext) -> None:
    """Reads the pages whose time has come."""
    reading.read_due(now=job.now)


def follow_named(event: StatusPageNamed, *, job: JobContext) -> None:
    """Follows the page that somebody entered for an API, and no longer means the API by the one that stood there before."""
    named = actions.NamedPage(
        api_id=event.api_id, project_id=event.project_id, name=event.name, url=event.url, before=event.before
    )
    try:
        actions.follow_for_api(named=named, actor=Actor.system(event.organisation_id), now=job.now)
    except (FeedInvalid, FeedsFull) as error:
        log.warning("providers.not_followed", api=str(event.api_id), problem=str(error))
