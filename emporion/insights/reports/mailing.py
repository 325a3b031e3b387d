"""Reports that come by mail: who gets them, when the next one is due in their own time zone, and what it says."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from emporion.accounts import queries as accounts
from emporion.insights.reports import queries, rules
from emporion.insights.reports.choices import day_words, days_of
from emporion.insights.reports.errors import AddressInvalid, ScheduleNotFound
from emporion.insights.reports.models import Schedule
from emporion.insights.reports.periods import add_months
from emporion.insights.reports.presenting import Tile, amount, tiles
from emporion.insights.reports.types import Dimension, Page
from emporion.insights.sites.queries import site_of, view_of
from emporion.insights.sites.types import SiteView
from emporion.kernel.errors import NotFound
from emporion.notify.actions import send_mail
from emporion.notify.types import Recipient
from emporion.plumbing.secrets import decrypt, digest, encrypt, new_token
from emporion.plumbing.types import Actor, Permission

SENT_AT = time(8)  # on the reader's clock: before the day's first meeting, after the night's last jobs
IN_MAIL = Page(limit=5)


class Rhythm(StrEnum):
    """How often a report comes; each is about the period that has just ended."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSchedule:
    """What a person says when they have a report sent."""

    email: str
    rhythm: Rhythm
    time_zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleView:
    """A report by mail as the people of the website see it."""

    id: UUID
    email: str
    rhythm: Rhythm
    time_zone: str
    next_at: datetime
    sent_at: datetime | None
    domain: str

    @classmethod
    def of(cls, row: Schedule, domain: str) -> Self:
        """From its row."""
        return cls(
            id=row.pk,
            email=row.email,
            rhythm=Rhythm(row.rhythm),
            time_zone=row.time_zone,
            next_at=row.next_at,
            sent_at=row.sent_at,
            domain=domain,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MailLine:
    """A value in a mail."""

    label: str
    visitors: int
    revenue: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMail:
    """What the mail's templates print."""

    domain: str
    rhythm: str
    period: str
    tiles: tuple[Tile, ...]
    sources: tuple[MailLine, ...]
    pages: tuple[MailLine, ...]
    url: str
    stop_url: str


def schedules_of(actor: Actor, site_id: UUID) -> tuple[ScheduleView, ...]:
    """The reports of a website that are sent by mail."""
    site = site_of(actor, site_id)
    return tuple(ScheduleView.of(row, site.domain) for row in Schedule.objects.filter(site_id=site.id, stopped_at=None))


def schedule_report(*, site_id: UUID, schedule: NewSchedule, actor: Actor, now: datetime) -> ScheduleView:
    """Has a report sent from now on; the same address and rhythm twice is once. AddressInvalid."""
    site = site_of(actor, site_id)
    actor.require(Permission.CONFIGURE, site.project_id)
    person = accounts.person_of(actor)
    zone = schedule.time_zone if schedule.time_zone in available_timezones() else site.time_zone
    token = new_token("")
    values = {
        "site_id": site.id,
        "email": _address(schedule.email),
        "rhythm": schedule.rhythm,
    }
    try:
        with transaction.atomic():
            row = Schedule.objects.create(
                **values,
                person_id=person.id if person else site.organisation_id,
                time_zone=zone,
                locale=person.locale if person else "en",
                token_digest=digest(token),
                token_sealed=encrypt(token),
                next_at=next_time(schedule.rhythm, zone, now),
                created_at=now,
            )
    except IntegrityError:
        row = Schedule.objects.get(**values, stopped_at=None)
    return ScheduleView.of(row, site.domain)


def set_stopped(*, site_id: UUID, schedule_id: UUID, is_stopped: bool, actor: Actor, now: datetime) -> ScheduleView:
    """Stops a report, or undoes that; ScheduleNotFound."""
    site = site_of(actor, site_id)
    actor.require(Permission.CONFIGURE, site.project_id)
    row = Schedule.objects.filter(site_id=site.id, pk=schedule_id).first()
    if row is None:
        raise ScheduleNotFound
    twin = (
        Schedule.objects.filter(site_id=site.id, email=row.email, rhythm=row.rhythm, stopped_at=None).exclude(pk=row.pk).first()
    )
    if twin is not None and not is_stopped:
        return ScheduleView.of(twin, site.domain)  # asked for anew in the meantime
    row.stopped_at = now if is_stopped else None
    row.next_at = next_time(Rhythm(row.rhythm), row.time_zone, now)
    row.save(update_fields=["stopped_at", "next_at"])
    return ScheduleView.of(row, site.domain)


def subscription_of(token: str) -> ScheduleView:
    """The report that the link in a mail belongs to; ScheduleNotFound."""
    row = Schedule.objects.filter(token_digest=digest(token)).select_related("site").first()
    if row is None:
        raise ScheduleNotFound
    return ScheduleView.of(row, row.site.domain)


def unsubscribe(*, token: str, now: datetime) -> None:
    """Stops the report that a mail's link belongs to; twice is once."""
    Schedule.objects.filter(token_digest=digest(token), stopped_at=None).update(stopped_at=now)


def next_time(rhythm: Rhythm, zone_name: str, now: datetime) -> datetime:
    """When the next report is due: at eight of the next day, Monday or first of a month, on the reader's clock."""
    zone = ZoneInfo(zone_name)
    day = now.astimezone(zone).date()
    if datetime.combine(day, SENT_AT, zone) <= now:
        day += timedelta(days=1)
    if rhythm is Rhythm.WEEKLY:
        day += timedelta(days=-day.weekday() % 7)
    elif rhythm is Rhythm.MONTHLY and day.day > 1:
        day = add_months(day.replace(day=1), 1)
    return datetime.combine(day, SENT_AT, zone).astimezone(UTC)


def due(now: datetime) -> tuple[UUID, ...]:
    """The reports whose time has come."""
    rows = Schedule.objects.filter(next_at__lte=now, stopped_at=None, site__removed_at=None)
    return tuple(rows.order_by("next_at").values_list("pk", flat=True)[:200])


def send_report(*, schedule_id: UUID, now: datetime) -> bool:
    """Sends one report that is due, once; whoever asked for it must still see the website, else it ends."""
    row = Schedule.objects.filter(pk=schedule_id, stopped_at=None, next_at__lte=now).select_related("site").first()
    if row is None:
        return False
    actor = accounts.actor_for_person(person_id=row.person_id, name="", organisation_id=row.site.organisation_id)
    try:
        site = site_of(actor, row.site_id)
    except NotFound:
        Schedule.objects.filter(pk=row.pk).update(stopped_at=now)
        return False
    mail = _written(row, view_of(row.site), actor, now)
    following = next_time(Rhythm(row.rhythm), row.time_zone, now)
    with transaction.atomic():
        is_first = Schedule.objects.filter(pk=row.pk, next_at=row.next_at).update(next_at=following, sent_at=now)
        if is_first:
            to = Recipient(email=row.email, locale=row.locale, time_zone=row.time_zone)
            send_mail(to=to, template="insights_report", context=mail, now=now)
    return bool(is_first) and site is not None


def _written(row: Schedule, site: SiteView, actor: Actor, now: datetime) -> ReportMail:
    first, last = _ended(Rhythm(row.rhythm), row.time_zone, now)
    asked = {"period": ["custom"], "from": [first], "to": [last]}
    query = rules.parse(asked, site, now)
    start, end = days_of(query.period)
    lines = {}
    for dimension in (Dimension.SOURCE, Dimension.PAGE):
        found = queries.breakdown(query, dimension, IN_MAIL, actor=actor)
        lines[dimension] = tuple(
            MailLine(label=one.label, visitors=one.figures.visitors, revenue=amount(one.figures.revenue_minor, query.currency))
            for one in found.rows
        )
    words = day_words(start, start) if start == end else f"{day_words(start, end)} – {day_words(end, end)}"
    return ReportMail(
        domain=site.domain,
        rhythm=row.rhythm,
        period=words,
        tiles=tiles(queries.overview(query, actor=actor, now=now), query),
        sources=lines[Dimension.SOURCE],
        pages=lines[Dimension.PAGE],
        url=f"/insights/{site.id}/?period=custom&from={first}&to={last}",
        stop_url=f"{settings.SITE_URL}/insights/unsubscribe/{decrypt(row.token_sealed)}/",
    )


def _ended(rhythm: Rhythm, zone_name: str, now: datetime) -> tuple[str, str]:
    """The first and last day of the day, week or month that ended last."""
    today = now.astimezone(ZoneInfo(zone_name)).date()
    if rhythm is Rhythm.DAILY:
        first = last = today - timedelta(days=1)
    elif rhythm is Rhythm.WEEKLY:
        last = today - timedelta(days=today.weekday() + 1)
        first = last - timedelta(days=6)
    else:
        last = today.replace(day=1) - timedelta(days=1)
        first = last.replace(day=1)
    return first.isoformat(), last.isoformat()


def _address(text: str) -> str:
    email = text.strip()
    try:
        validate_email(email)
    except ValidationError as error:
        raise AddressInvalid(field="email") from error
    return email
