"""Brings what happened into the event store: opens the spool and the writer of this process, and turns domain events into rows.

Each row's `event_id` is that of the delivery that carried it, so that a delivery made twice is counted once.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache

from django.conf import settings
from django.db import DatabaseError, close_old_connections

from emporion.accounts.events import AuditRecorded
from emporion.agents.channels.events import WidgetSeen
from emporion.agents.runtime.events import MessageAnswered
from emporion.billing.events import UsageCounted
from emporion.insights.api.events import GoalRecorded
from emporion.insights.imports.types import ORIGIN
from emporion.insights.revenue import intake
from emporion.insights.sites.actions import note_first_events
from emporion.insights.sites.dropping import readmitted
from emporion.insights.sites.events import EventsLetIn
from emporion.kernel.clock import utcnow
from emporion.nexus.checks.events import ChecksRan
from emporion.nexus.signals import beating
from emporion.plumbing.types import JobContext
from emporion.store import EventStore, Spool, Writer, schemas, shared_store
from emporion.store.errors import StoreUnavailable
from emporion.store.types import NOBODY, Event


@cache
def spool() -> Spool:
    """The spool of this process."""
    return Spool(settings.SPOOL_DIR)


def store() -> EventStore:
    """The event store, opened at the first question."""
    return shared_store(settings.EVENTS_URL)


@contextmanager
def running() -> Iterator[None]:
    """Move events from the spool to the store for as long as this process serves; what is left waits on the disk."""
    with Writer(spool=spool(), store=store(), on_moved=heed) as writer:
        yield
        writer.flush()
    spool().close()
    spool.cache_clear()  # whoever asks for it from now on, as a test does after a test, gets an open one
    store().close()


def heed(kind: type[Event], events: Sequence[Event]) -> None:
    """What visitors and jobs said reaches those who wait for it as soon as it is stored; an error has it said again."""
    if kind not in {schemas.SiteEvent, schemas.Heartbeat}:
        return
    close_old_connections()
    try:
        if kind is schemas.Heartbeat:
            beating.take([event for event in events if isinstance(event, schemas.Heartbeat)])
            return
        # What was brought in from elsewhere is history: it says nothing of the script, and no payment waits for it.
        live = [event for event in events if isinstance(event, schemas.SiteEvent) and not event.origin.startswith(ORIGIN)]
        note_first_events(site_ids={event.site_id for event in live}, now=utcnow())
        intake.take(live, now=utcnow())
    except DatabaseError as error:
        raise StoreUnavailable(reason=str(error)) from error


def keep_message(event: MessageAnswered, *, job: JobContext) -> None:
    """An answer, for the figures of an agent."""
    spool().append_sync(
        schemas.ChatMessage(
            event_id=job.id,
            occurred_at=event.answered_at,
            organisation_id=event.organisation_id or NOBODY,
            agent_id=event.agent_id,
            conversation_id=event.conversation_id,
            message_id=event.message_id,
            subscription_id=event.subscription_id or NOBODY,
            role="agent",
            channel=event.channel,
            answered=event.is_answered,
            citations=min(event.citation_count, 255),
            model=event.mode,
            duration_ms=event.total_ms or 0,
        )
    )


def keep_usage(event: UsageCounted, *, job: JobContext) -> None:
    """A use of a subscription; billing counts it in the database, the figures read it here."""
    spool().append_sync(
        schemas.UsageRecorded(
            event_id=event.record_id,
            occurred_at=event.used_at,
            organisation_id=event.organisation_id,
            project_id=event.project_id,
            subscription_id=event.subscription_id,
            product_id=event.product_slug,
            metric=event.metric,
            quantity_micros=event.quantity_micros,
        )
    )


def keep_widget(event: WidgetSeen, *, job: JobContext) -> None:
    """A widget that was loaded."""
    spool().append_sync(
        schemas.WidgetSeen(
            event_id=job.id,
            occurred_at=event.seen_at,
            organisation_id=event.organisation_id,
            project_id=event.project_id,
            agent_id=event.agent_id,
            page_host=event.host,
        )
    )


def keep_goal(event: GoalRecorded, *, job: JobContext) -> None:
    """A goal that a website's own server saw."""
    spool().append_sync(
        schemas.SiteEvent(
            event_id=event.event_id,
            occurred_at=event.reached_at,
            organisation_id=event.organisation_id,
            project_id=event.project_id,
            site_id=event.site_id,
            visitor_id=event.visitor_id,
            kind="goal",
            name=event.name,
            params=dict(event.params),
            host=event.host,
            country=event.country,
            device=event.device,
            browser=event.browser,
            system=event.system,
            origin="api",
        )
    )


def keep_checks(event: ChecksRan, *, job: JobContext) -> None:
    """Runs of synthetic checks; each under its own id, so that twice is once."""
    spool().append_sync(
        *(
            schemas.CheckRan(
                event_id=run.run_id,
                occurred_at=run.at,
                organisation_id=run.organisation_id,
                project_id=run.project_id,
                check_id=run.check_id,
                api_id=run.api_id or NOBODY,
                region=run.region,
                is_ok=run.is_ok,
                status=run.status,
                duration_us=min(run.duration_us, 2**32 - 1),
                connect_us=min(run.connect_us, 2**32 - 1),
                certificate_days=-1 if run.certificate_days is None else run.certificate_days,
                failed_assertion=run.failed,
                detail=run.detail,
            )
            for run in event.runs
        )
    )


def keep_audit(event: AuditRecorded, *, job: JobContext) -> None:
    """An entry of the audit log."""
    spool().append_sync(
        schemas.AuditEntry(
            event_id=event.id,
            occurred_at=event.at,
            organisation_id=event.organisation_id or NOBODY,
            actor_kind=event.actor_kind,
            actor_id=event.actor_id or NOBODY,
            actor_name=event.actor_name,
            verb=event.verb,
            object_type=event.object_type,
            object_id=event.object_id,
        )
    )


def let_in(event: EventsLetIn, *, job: JobContext) -> None:
    """Dropped events that are to count after all; under their own ids, so that twice is once."""
    if rows := readmitted(event.site_id, event.event_ids):
        spool().append_sync(*rows)
