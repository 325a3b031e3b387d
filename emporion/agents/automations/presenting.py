"""Puts the page of an automation together, and its schedule into words."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from emporion.agents.automations import queries, rules
from emporion.agents.automations.running import METRIC, OPEN
from emporion.agents.automations.types import AutomationView, Every, Kind, Schedule
from emporion.billing import queries as billing
from emporion.billing.types import MeterView
from emporion.plumbing.types import Actor, Permission

DAYS = (
    lazy("every Monday"),
    lazy("every Tuesday"),
    lazy("every Wednesday"),
    lazy("every Thursday"),
    lazy("every Friday"),
    lazy("every Saturday"),
    lazy("every Sunday"),
)
DOES = {
    Kind.WEBSITE_WATCH: lazy("Reads a website and tells you what changed."),
    Kind.WEEKLY_DIGEST: lazy("Tells you by mail what people asked your agents, and what stayed unanswered."),
    Kind.SOURCE_REFRESH: lazy("Reads the web pages of an agent again and indexes what changed."),
    Kind.LINK_CHECK: lazy("Follows the links of a website and lists those that lead nowhere."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """An automation in words: what it does, about what, how it stands."""

    does: str
    about: str
    schedule: str
    state: str
    tone: str
    icon: str


def words_of(automation: AutomationView) -> Words:
    """How an automation stands, worst first."""
    last = automation.last_run
    if automation.has_ended:
        state, tone, icon = _("Ended"), "idle", "circle-minus"
    elif not automation.is_set_up:
        state, tone, icon = _("Not set up yet"), "warn", "triangle-alert"
    elif last is not None and last.state in OPEN:
        state, tone, icon = _("Running"), "act", "refresh-cw"
    elif not automation.is_on:
        state, tone, icon = _("Paused"), "idle", "circle-pause"
    elif last is not None and last.problem:
        state, tone, icon = _("Last run failed"), "bad", "octagon-x"
    else:
        state, tone, icon = _("On"), "good", "circle-check"
    about = str(automation.inputs.get("url", "")).split("://")[-1].rstrip("/") or str(automation.inputs.get("email", ""))
    schedule = schedule_words(automation.schedule)
    return Words(does=str(DOES[automation.kind]), about=about, schedule=schedule, state=state, tone=tone, icon=icon)


def schedule_words(schedule: Schedule) -> str:
    """A schedule as people say it."""
    if schedule.every is Every.HOURLY:
        return _("every hour")
    day = _("every day") if schedule.every is Every.DAILY else str(DAYS[schedule.weekday])
    zone = schedule.time_zone.replace("_", " ")
    return _("%(day)s at %(time)s (%(zone)s)") % {"day": day, "time": time_format(schedule.at, "H:i"), "zone": zone}


def page_of(actor: Actor, automation: AutomationView, *, now: datetime) -> dict[str, object]:
    """Everything on the page of an automation but its form."""
    runs = queries.runs_of(actor, automation.id)
    usage = billing.usage_of(actor, automation.id, now=now)
    meter = next((one for one in usage.meters if one.metric == METRIC), None)
    return {
        "automation": automation,
        "words": words_of(automation),
        "runs": runs,
        "is_running": any(one.state in OPEN for one in runs),
        "meter": meter,
        "pace": _pace(automation, meter),
        "month_ends": date_format(usage.period.end, "j F"),
        "may_configure": actor.may(Permission.CONFIGURE, automation.project_id) and not automation.has_ended,
        "may_run": actor.may(Permission.USE, automation.project_id) and automation.is_set_up and not automation.has_ended,
    }


def _pace(automation: AutomationView, meter: MeterView | None) -> str:
    """A warning where the schedule needs more runs than the plan includes."""
    wanted = rules.RUNS_A_MONTH[automation.schedule.every]
    if meter is None or not meter.included or wanted <= meter.included:
        return ""
    words = _("This schedule needs about %(wanted)s runs a month; the plan includes %(included)s.")
    return words % {"wanted": wanted, "included": meter.included}
