"""What the templates of a status page print: words, tones and bars, made from what is known."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from emporion.nexus.statuspage.types import ComponentStatus, ComponentView, DayView, Indicator, PublicIncident, PublicPage
from emporion.nexus.statuspage.wording import HEADLINES, INDICATOR_TONES, STAGES, STATUS_ICONS, STATUS_TONES, STATUSES

SHOWN_DAYS = 14
LOOKS = {"good": "up", "action": "work", "warn": "part", "bad": "out"}
ICONS = {"good": "circle-check", "warn": "triangle-alert", "bad": "octagon-alert", "action": "wrench"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A day in the history of a component: where it stands, how it looks, and what it says."""

    x: int
    look: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A component as it is printed."""

    name: str
    description: str
    label: str
    tone: str
    icon: str
    bars: tuple[Bar, ...]
    uptime: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Components under a word; without one they stand alone."""

    name: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One update as it is printed."""

    stage: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An incident or a maintenance as it is printed."""

    code: str
    name: str
    stage: str
    tone: str
    began_at: datetime
    resolved_at: datetime | None
    scheduled_for: datetime | None
    scheduled_until: datetime | None
    components: str
    updates: tuple[Said, ...]
    is_over: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDay:
    """A day of the last two weeks on which something was over."""

    on: date
    incidents: tuple[Told, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusPageContext:
    """The page as it is printed; times are on its own clock."""

    name: str
    slug: str
    description: str
    support_url: str
    time_zone: str
    url: str
    is_published: bool
    headline: str
    tone: str
    icon: str
    groups: tuple[Group, ...]
    open: tuple[Told, ...]
    planned: tuple[Told, ...]
    past: tuple[PastDay, ...]
    updated_at: datetime


def status_page(shown: PublicPage, now: datetime) -> StatusPageContext:
    """Everything that the page prints."""
    zone = ZoneInfo(shown.page.time_zone)
    tone = INDICATOR_TONES[shown.indicator]
    return StatusPageContext(
        name=shown.page.name,
        slug=shown.page.slug,
        description=shown.page.description,
        support_url=shown.page.support_url,
        time_zone=shown.page.time_zone,
        url=f"{settings.SITE_URL}/status/{shown.page.slug}/",
        is_published=shown.page.is_published,
        headline=str(HEADLINES[shown.indicator]),
        tone=tone,
        icon=ICONS[tone],
        groups=_groups(shown.components),
        open=tuple(incident_page(one) for one in shown.open),
        planned=tuple(incident_page(one) for one in shown.planned),
        past=_past(shown, now.astimezone(zone).date(), zone),
        updated_at=shown.page.updated_at,
    )


def incident_page(incident: PublicIncident) -> Told:
    """One incident as it is printed."""
    tone = "good" if incident.is_over else INDICATOR_TONES[incident.impact]
    return Told(
        code=incident.code,
        name=incident.name,
        stage=str(STAGES[incident.stage]),
        tone="idle" if incident.impact is Indicator.NONE and not incident.is_over else tone,
        began_at=incident.began_at,
        resolved_at=incident.resolved_at,
        scheduled_for=incident.scheduled_for,
        scheduled_until=incident.scheduled_until,
        components=", ".join(one.name for one in incident.components),
        updates=tuple(Said(stage=str(STAGES[one.stage]), text=one.text, at=one.at) for one in incident.updates),
        is_over=incident.is_over,
    )


def _groups(components: tuple[ComponentView, ...]) -> tuple[Group, ...]:
    names = dict.fromkeys(one.group for one in components)
    return tuple(Group(name=name, parts=tuple(_part(one) for one in components if one.group == name)) for name in names)


def _part(component: ComponentView) -> Part:
    return Part(
        name=component.name,
        description=component.description,
        label=str(STATUSES[component.status]),
        tone=STATUS_TONES[component.status],
        icon=STATUS_ICONS[component.status],
        bars=tuple(_bar(index, day) for index, day in enumerate(component.days)),
        uptime=_percent(component.uptime),
    )


def _bar(index: int, day: DayView) -> Bar:
    if day.uptime is None:
        return Bar(x=index * 10, look="none", text=_("%(day)s: nothing is known") % {"day": f"{day.on:%Y-%m-%d}"})
    facts = {"day": f"{day.on:%Y-%m-%d}", "uptime": _percent(day.uptime), "minutes": day.bad_minutes}
    text = _("%(day)s: %(uptime)s, %(minutes)s min down") if day.bad_minutes else _("%(day)s: %(uptime)s")
    is_whole_day_good = day.worst in {ComponentStatus.OPERATIONAL, ComponentStatus.UNDER_MAINTENANCE}
    tone = "good" if is_whole_day_good and not day.bad_minutes else STATUS_TONES[day.worst]
    return Bar(x=index * 10, look=LOOKS[tone], text=text % facts)


def _percent(share: float | None) -> str:
    """Rounded down, so that 100 % means all of it."""
    if share is None:
        return ""
    hundredths = int(share * 10_000 + 1e-6)  # what the division of whole minutes lost
    return f"{hundredths / 100:.2f}".rstrip("0").rstrip(".") + "%"


def _past(shown: PublicPage, today: date, zone: ZoneInfo) -> tuple[PastDay, ...]:
    over = [(one.resolved_at.astimezone(zone).date(), incident_page(one)) for one in shown.past if one.resolved_at]
    days = (today - timedelta(days=back) for back in range(SHOWN_DAYS))
    found = (PastDay(on=on, incidents=tuple(told for when, told in over if when == on)) for on in days)
    return tuple(day for day in found if day.incidents)
