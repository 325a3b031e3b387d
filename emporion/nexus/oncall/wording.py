"""How on call speaks: who was told and what came of it, whom a step reaches, which days hand over."""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from emporion.nexus.oncall.types import NoticeView, PageState, Step, StepKind
from emporion.notify.types import Channel

WEEKDAYS = (
    (0, lazy("Monday")),
    (1, lazy("Tuesday")),
    (2, lazy("Wednesday")),
    (3, lazy("Thursday")),
    (4, lazy("Friday")),
    (5, lazy("Saturday")),
    (6, lazy("Sunday")),
)
CHANNELS = {Channel.PUSH: lazy("push"), Channel.EMAIL: lazy("mail"), Channel.IN_APP: lazy("a note in the app")}
STATES = {
    PageState.OPEN: (lazy("Waits for somebody"), "bad"),
    PageState.UNANSWERED: (lazy("Nobody came"), "bad"),
    PageState.ACKNOWLEDGED: (lazy("Taken"), "warn"),
    PageState.RESOLVED: (lazy("Over"), "good"),
}


def notice_line(notice: NoticeView) -> str:
    """What came of telling somebody: “Alex Chen by push, arrived in 3 s, opened after 41 s”."""
    told = _("%(name)s by %(channel)s") % {"name": notice.person.name, "channel": CHANNELS[Channel(notice.channel)]}
    if notice.problem:
        return _("%(told)s: not delivered. %(problem)s") % {"told": told, "problem": notice.problem}
    parts = [told]
    if notice.arrived_at:
        parts.append(_("arrived in %(time)s") % {"time": span(notice.arrived_at - notice.sent_at)})
    if notice.opened_at:
        parts.append(_("opened after %(time)s") % {"time": span(notice.opened_at - notice.sent_at)})
    return ", ".join(parts)


def step_line(step: Step) -> str:
    """Whom a step reaches."""
    if step.kind is StepKind.OWNERS:
        return _("The owners, managers and administrators")
    if step.kind is StepKind.PERSON:
        return step.label or _("A person who is gone")
    return _("Whoever is on call in %(name)s") % {"name": step.label} if step.label else _("Whoever is on call")


def wait_line(step: Step) -> str:
    """How long a step waits before the next."""
    minutes = step.wait_minutes
    return ngettext("then waits %(minutes)s minute", "then waits %(minutes)s minutes", minutes) % {"minutes": minutes}


def span(length: timedelta) -> str:
    """A short stretch of time: 41 s, 3 min, 2 h."""
    seconds = max(0, round(length.total_seconds()))
    if seconds < 100:
        return _("%(seconds)s s") % {"seconds": seconds}
    if seconds < 5400:
        return _("%(minutes)s min") % {"minutes": round(seconds / 60)}
    return _("%(hours)s h") % {"hours": round(seconds / 3600)}
