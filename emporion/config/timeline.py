"""Puts what on-call does on the timelines of incidents: the two are siblings and do not know each other."""

from django.utils.translation import gettext as _

from emporion.nexus.incidents.timeline import record
from emporion.nexus.incidents.types import About, EntryKind, Happening
from emporion.nexus.oncall.events import PageAcknowledged, PageDelivered, PageOpened, PageSent, PageUnanswered
from emporion.plumbing.types import JobContext

OfPage = PageSent | PageDelivered | PageOpened | PageAcknowledged
URL = "/nexus/on-call/"


def on_page_sent(event: PageSent, *, job: JobContext) -> None:
    """Somebody was told."""
    facts = {"name": event.person_name, "channel": _channel(event.channel)}
    _put(event, "sent", EntryKind.PAGED, _("%(name)s notified by %(channel)s") % facts, "", job)


def on_page_opened(event: PageOpened, *, job: JobContext) -> None:
    """They looked at it."""
    facts = {"name": event.person_name, "seconds": round(event.after_seconds)}
    _put(event, "opened", EntryKind.PAGED, _("%(name)s opened it after %(seconds)s s") % facts, "", job)


def on_page_acknowledged(event: PageAcknowledged, *, job: JobContext) -> None:
    """They have it."""
    detail = _("After %(seconds)s s, by %(channel)s") % {
        "seconds": round(event.after_seconds),
        "channel": _channel(event.channel),
    }
    _put(event, "acknowledged", EntryKind.ACKNOWLEDGED, _("%(name)s acknowledged") % {"name": event.person_name}, detail, job)


def on_page_unanswered(event: PageUnanswered, *, job: JobContext) -> None:
    """Nobody came."""
    happening = Happening(
        key=f"page:{event.page_id}:unanswered:{event.at.isoformat()}",
        kind=EntryKind.PAGED,
        at=event.at,
        text=_("Everybody on call was asked, nobody answered"),
        url=URL,
    )
    about = About(
        organisation_id=event.organisation_id,
        project_id=event.project_id,
        problem_id=event.problem_id,
        incident_id=event.incident_id,
    )
    record(happening=happening, about=about, now=job.now)


def _put(event: OfPage, what: str, kind: EntryKind, text: str, detail: str, job: JobContext) -> None:
    happening = Happening(
        key=f"page:{event.page_id}:{what}:{event.person_id}:{event.channel}:{event.at.isoformat(timespec='seconds')}",
        kind=kind,
        at=event.at,
        text=text,
        detail=detail,
        url=URL,
        person_id=event.person_id,
        person_name=event.person_name,
    )
    about = About(
        organisation_id=event.organisation_id,
        project_id=event.project_id,
        problem_id=event.problem_id,
        incident_id=event.incident_id,
    )
    record(happening=happening, about=about, now=job.now)


def _channel(channel: str) -> str:
    return {"push": _("push"), "email": _("mail"), "in_app": _("the app")}.get(channel, channel)
