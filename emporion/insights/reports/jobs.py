"""Jobs and listeners of reports: mail what is due, note on the timelines when a plan changes, add up the days that are over."""

from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from emporion.billing.events import PlanChanged
from emporion.insights.reports import mailing, notes, queries
from emporion.insights.reports.adding import Adder
from emporion.insights.sites.queries import measured
from emporion.plumbing.actions import Tick, enqueue
from emporion.plumbing.types import JobContext

_ADDER = Adder()


@dataclass(frozen=True, slots=True, kw_only=True)
class SendReport:
    """Which report is to be sent."""

    schedule_id: UUID


def send_due(payload: Tick, *, job: JobContext) -> None:
    """Hand each report that is due to a job of its own, so that one that fails stops no other."""
    for schedule_id in mailing.due(job.now):
        enqueue("insights.send_report", SendReport(schedule_id=schedule_id), now=job.now)


def send_report(payload: SendReport, *, job: JobContext) -> None:
    """Send one report; one that was sent already is left alone."""
    mailing.send_report(schedule_id=payload.schedule_id, now=job.now)


def note_plan(event: PlanChanged, *, job: JobContext) -> None:
    """A note on every website of the organisation; repeated, nothing happens."""
    note = notes.NewNote(
        text=_("Plan changed to %(plan)s") % {"plan": event.plan_name},
        at=job.now,
        origin=notes.Origin.PLAN,
        key=f"plan:{event.subscription_id}:{event.plan_id}:{job.id}",
    )
    notes.note_on_every_site(organisation_id=event.organisation_id, note=note, now=job.now)


def add_up_days(payload: Tick, *, job: JobContext) -> None:
    """Add up the days of websites with many visits, in the zone of each."""
    store = queries.event_store()
    for busy in _ADDER.busy(store, now=job.now):
        site = measured(busy.site_id)
        if site is not None:
            _ADDER.add_up(store, busy, ZoneInfo(site.time_zone), now=job.now)
