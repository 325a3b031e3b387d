"""Reads the status pages that are due, side by side, and tells what providers say that is new.

A page that is down is said on its own page and read ever more seldom; it is no alarm, and it ends no incident.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache, partial
from uuid import UUID

import structlog
from django.db import close_old_connections, transaction

from emporion.kernel.errors import DomainError
from emporion.nexus.providers import rules, shapes
from emporion.nexus.providers.errors import FeedUnreadable
from emporion.nexus.providers.events import ProviderIncidentChanged, ProviderIncidentOpened, ProviderIncidentResolved
from emporion.nexus.providers.models import ComponentRow, FeedRow, IncidentRow
from emporion.nexus.providers.rules import Known
from emporion.nexus.providers.types import ComponentSeen, FeedKind, FeedState, IncidentSeen, PageSeen, Stage
from emporion.plumbing.actions import publish
from emporion.plumbing.outbound import Fetched, Request, fetch

log = structlog.get_logger(__name__)
AT_ONCE = 12
MOST_AT_A_TIME = 300
PATIENCE_SECONDS = 5.0
SECONDS = 10.0
LARGEST_PAGE = 4 * 1024 * 1024
_EVENTS = {"opened": ProviderIncidentOpened, "changed": ProviderIncidentChanged, "resolved": ProviderIncidentResolved}


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A reading that this process has taken on; `open_keys` are the incidents that were open before."""

    feed_id: UUID
    kind: FeedKind
    url: str
    etag: str
    open_keys: frozenset[str]
    wants_history: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What came of it: the page, nothing when it has not changed, or why it could not be read."""

    page: PageSeen | None = None
    etag: str = ""
    problem: str = ""
    has_history: bool = False


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="status-pages")


def read_due(*, now: datetime) -> int:
    """Reads every page whose time has come; returns how many. What takes longer is kept when it comes."""
    turns = claim_due(now=now)
    asked = {_threads().submit(read, turn): turn for turn in turns}
    done, late = wait(asked, timeout=PATIENCE_SECONDS)
    for future in done:
        _keep_safely(asked[future], future)
    for future in late:
        future.add_done_callback(partial(_keep_late, asked[future]))
    return len(turns)


def _keep_safely(turn: Turn, future: "Future[Reading]") -> None:
    """Keeps what came of one reading; a page that breaks us takes no other with it."""
    try:
        keep(turn, future.result())
    except Exception:  # whatever it is, it is about this page alone
        log.exception("providers.reading_broke", feed=str(turn.feed_id))


def _keep_late(turn: Turn, future: "Future[Reading]") -> None:
    if future.cancelled():
        return
    close_old_connections()
    try:
        keep(turn, future.result())
    finally:
        close_old_connections()


def claim_due(*, now: datetime) -> list[Turn]:
    """Takes on the readings that are due: each belongs to whoever moves its next time first."""
    return [turn for row in FeedRow.objects.due(now)[:MOST_AT_A_TIME] if (turn := _claim(row, now))]


def _claim(row: FeedRow, now: datetime) -> Turn | None:
    later = rules.next_reading(row.problems, now)
    if not FeedRow.objects.filter(pk=row.pk, next_at=row.next_at).update(next_at=later):
        return None
    return turn_of(row, now)


def turn_of(row: FeedRow, now: datetime) -> Turn:
    """What a reading of a page needs to know."""
    wants_history = row.history_at is None or now - row.history_at >= rules.HISTORY_EVERY
    open_keys = IncidentRow.objects.filter(feed=row, resolved_at=None).values_list("key", flat=True)
    return Turn(
        feed_id=row.pk,
        kind=FeedKind(row.kind),
        url=row.url,
        etag=row.etag if row.state == FeedState.READ and not wants_history else "",
        open_keys=frozenset(open_keys),
        wants_history=wants_history,
        at=now,
    )


def read(turn: Turn) -> Reading:
    """Fetches a page and reads it; whatever goes wrong is a result."""
    headers = {"Accept": "application/json"} | ({"If-None-Match": turn.etag} if turn.etag else {})
    try:
        answer = _ask(turn.url + rules.PATHS[turn.kind], headers)
        if answer.status == 304:
            return Reading(etag=turn.etag)
        page = shapes.page_of(turn.kind, answer.body)
        has_history = turn.wants_history or bool(turn.open_keys - {one.key for one in page.incidents})
        if turn.kind is FeedKind.STATUSPAGE and has_history:
            page = shapes.page_of(turn.kind, answer.body, _ask(turn.url + rules.HISTORY_PATH, headers={}).body)
    except DomainError as error:
        reason = error.facts.get("reason")
        return Reading(problem=f"{error.message}{f' ({reason})' if reason else ''}"[:300])
    return Reading(page=page, etag=answer.headers.get("etag", "")[:200], has_history=has_history)


def _ask(url: str, headers: Mapping[str, str]) -> Fetched:
    answer = fetch(Request(url=url, headers=headers, seconds=SECONDS, max_bytes=LARGEST_PAGE))
    if answer.status not in {200, 304}:
        raise FeedUnreadable("It does not answer as a status page.", reason=f"status {answer.status}")
    return answer


@transaction.atomic
def keep(turn: Turn, reading: Reading) -> None:
    """Keeps what was read and tells what is new about each incident, once."""
    row = FeedRow.objects.select_for_update().filter(pk=turn.feed_id, removed_at=None).first()
    if row is None:
        return
    if reading.problem:
        row.problem, row.problems, row.state = reading.problem, row.problems + 1, FeedState.DOWN
        row.down_since = row.down_since or turn.at
        row.next_at = rules.next_reading(row.problems, turn.at)
        row.save()
        return
    row.problem, row.problems, row.state, row.down_since = "", 0, FeedState.READ, None
    row.etag, row.read_at, row.next_at = reading.etag, turn.at, rules.next_reading(0, turn.at)
    if reading.page is not None:
        row.history_at = turn.at if reading.has_history else row.history_at
        row.indicator, row.description = reading.page.indicator, reading.page.description
        mapped = _keep_components(row, reading.page.components)
        _keep_incidents(row, reading.page, mapped, turn.at)
    row.save()


def _keep_components(row: FeedRow, seen: Sequence[ComponentSeen]) -> dict[str, UUID]:
    """Takes over the parts of a page; which API each stands for stays as somebody said. Returns that."""
    known = {one.key: one for one in ComponentRow.objects.filter(feed=row)}
    fresh = {one.key: (place, one) for place, one in enumerate(seen)}
    if fresh:
        ComponentRow.objects.filter(feed=row).exclude(key__in=fresh).delete()
    for key, (place, one) in fresh.items():
        there = known.get(key)
        if there is None:
            ComponentRow.objects.create(feed=row, key=key, name=one.name, status=one.status, position=place)
        elif (there.name, there.status, there.position) != (one.name, one.status, place):
            there.name, there.status, there.position = one.name, one.status, place
            there.save(update_fields=["name", "status", "position"])
    return {key: one.api_id for key, one in known.items() if one.api_id and (key in fresh or not fresh)}


def _keep_incidents(row: FeedRow, page: PageSeen, mapped: Mapping[str, UUID], at: datetime) -> None:
    _take_over(row, page, mapped)
    # What is not told of any more, anywhere, is over: some pages only list what is open.
    gone = IncidentRow.objects.filter(feed=row, resolved_at=None).exclude(key__in=[one.key for one in page.incidents])
    for incident in gone:
        incident.stage, incident.changed_at, incident.resolved_at = Stage.RESOLVED, at, at
        incident.save(update_fields=["stage", "changed_at", "resolved_at"])
        _tell(row, incident, "resolved", mapped)


def _take_over(row: FeedRow, page: PageSeen, mapped: Mapping[str, UUID]) -> None:
    known = {one.key: one for one in IncidentRow.objects.filter(feed=row, key__in=[one.key for one in page.incidents])}
    for seen in sorted(page.incidents, key=lambda one: one.started_at):
        _keep_incident(row, known.get(seen.key), seen, mapped)


def _keep_incident(row: FeedRow, there: IncidentRow | None, seen: IncidentSeen, mapped: Mapping[str, UUID]) -> None:
    before = None
    if there is not None:
        told = (there.stage, there.impact, there.title, there.changed_at, tuple(sorted(there.components)))
        before = Known(is_over=there.resolved_at is not None, told=told)
    news = rules.news_of(before, seen)
    if not news:
        return
    incident = there or IncidentRow(
        feed=row, organisation_id=row.organisation_id, project_id=row.project_id, key=seen.key, started_at=seen.started_at
    )
    incident.title, incident.stage, incident.impact, incident.url = seen.title, seen.stage, seen.impact, seen.url
    incident.components = list(seen.components)
    incident.updates = [asdict(one) | {"at": one.at.isoformat(), "stage": one.stage.value} for one in seen.updates]
    ended_at = incident.resolved_at if news == "noted" and there is not None else None
    incident.changed_at, incident.resolved_at = seen.changed_at, ended_at or seen.resolved_at
    incident.save()
    if news != "noted":
        _tell(row, incident, news, mapped)


def _tell(row: FeedRow, incident: IncidentRow, news: str, mapped: Mapping[str, UUID]) -> None:
    api_ids = rules.concerned(incident.components, mapped, [UUID(one) for one in row.api_ids])
    publish(
        _EVENTS[news](
            incident_id=incident.pk,
            feed_id=row.pk,
            api_ids=api_ids,
            organisation_id=row.organisation_id,
            project_id=row.project_id,
            title=incident.title,
            impact=incident.impact,
            at=incident.started_at if news == "opened" else incident.resolved_at or incident.changed_at,
            url=incident.url or row.url,
            stage=incident.stage,
        ),
        now=row.read_at or incident.changed_at,
    )
