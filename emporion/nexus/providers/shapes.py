"""Status pages as their makers write them, read with bounds: Statuspage v2, Rootly, Better Stack.

Sources: Atlassian's Status API (`summary.json`, `incidents.json`), which incident.io and others speak, too; Rootly's public
status page API; Better Stack's JSON:API document. What cannot be read of one incident leaves the others alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from emporion.nexus.providers.errors import FeedUnreadable
from emporion.nexus.providers.types import ComponentSeen, FeedKind, Impact, IncidentSeen, PageSeen, Stage, UpdateSeen

MOST_COMPONENTS = 500
MOST_INCIDENTS = 200
MOST_UPDATES = 50
LONGEST_TEXT = 20_000  # real postmortems have up to 5,000
_STAGES = {
    "investigating": Stage.INVESTIGATING,
    "identified": Stage.IDENTIFIED,
    "monitoring": Stage.MONITORING,
    "resolved": Stage.RESOLVED,
    "postmortem": Stage.POSTMORTEM,
    "completed": Stage.RESOLVED,
    "verifying": Stage.MONITORING,
    "in_progress": Stage.IDENTIFIED,
}
_STATES = {  # of Better Stack, in Statuspage's words
    "operational": "operational",
    "resolved": "operational",
    "degraded": "degraded_performance",
    "downtime": "major_outage",
    "maintenance": "under_maintenance",
}
_IMPACTS = {"operational": Impact.NONE, "degraded": Impact.MINOR, "downtime": Impact.MAJOR, "maintenance": Impact.MAINTENANCE}
Told = Mapping[str, object]


def page_of(kind: FeedKind, body: bytes, history: bytes | None = None) -> PageSeen:
    """A status page as it stands; `history` is Statuspage's list that also holds what is over. FeedUnreadable."""
    told = _object(body)
    if kind is FeedKind.BETTER_STACK:
        return _better_stack(told)
    status = told.get("status")
    if not isinstance(status, dict):
        raise FeedUnreadable(reason="it has no `status`")
    current = list(_incidents(told.get("incidents")))
    current += [one for one in _incidents(told.get("scheduled_maintenances")) if one.stage is not Stage.INVESTIGATING]
    found = {one.key: one for one in (*(_incidents(_object(history).get("incidents")) if history else ()), *current)}
    return PageSeen(
        indicator=_impact(status.get("indicator")),
        description=_text(status.get("description"), 300),
        components=tuple(_components(told.get("components"))),
        incidents=tuple(found.values()),
    )


def _object(body: bytes) -> Told:
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FeedUnreadable(reason="it is no JSON") from error
    if not isinstance(told, dict):
        raise FeedUnreadable(reason="it is no JSON object")
    return told


def _components(told: object) -> Iterator[ComponentSeen]:
    for one in _objects(told, MOST_COMPONENTS):
        key, name = _text(one.get("id"), 100), _text(one.get("name"), 200)
        if key and name and not one.get("group"):
            yield ComponentSeen(key=key, name=name, status=_text(one.get("status"), 30) or "operational")


def _incidents(told: object) -> Iterator[IncidentSeen]:
    for one in _objects(told, MOST_INCIDENTS):
        started = _moment(one.get("started_at")) or _moment(one.get("created_at"))
        key, title = _text(one.get("id"), 100), _text(one.get("name") or one.get("title"), 300)
        if not key or not title or started is None:
            continue
        stage = _STAGES.get(_text(one.get("status"), 30).lower(), Stage.INVESTIGATING)
        updates = tuple(_updates(one.get("incident_updates")))
        changed = _moment(one.get("updated_at")) or max((update.at for update in updates), default=started)
        resolved = _moment(one.get("resolved_at")) if stage.is_over else None
        yield IncidentSeen(
            key=key,
            title=title,
            stage=stage,
            impact=_impact(one.get("impact")),
            started_at=started,
            changed_at=changed,
            resolved_at=resolved or (changed if stage.is_over else None),
            url=_link(one.get("shortlink") or one.get("url")),
            updates=updates,
            components=tuple(_text(part.get("id"), 100) for part in _objects(one.get("components"), MOST_COMPONENTS)),
        )


def _updates(told: object) -> Iterator[UpdateSeen]:
    for one in _objects(told, MOST_UPDATES):
        at = _moment(one.get("display_at")) or _moment(one.get("created_at"))
        if at is not None:
            stage = _STAGES.get(_text(one.get("status"), 30).lower(), Stage.INVESTIGATING)
            yield UpdateSeen(stage=stage, text=_text(one.get("body"), LONGEST_TEXT), at=at)


# Better Stack


def _better_stack(told: Told) -> PageSeen:
    data = told.get("data")
    page = _attributes(data) if isinstance(data, dict) else {}
    state = _text(page.get("aggregate_state"), 30).lower()
    if state not in _IMPACTS:
        raise FeedUnreadable(reason="it has no `aggregate_state`")
    included = list(_objects(told.get("included"), 2_000))
    updates = [(one, _attributes(one)) for one in included if one.get("type") == "status_update"]
    return PageSeen(
        indicator=_IMPACTS[state],
        description=_text(page.get("announcement"), 300),
        components=tuple(_resources(included)),
        incidents=tuple(_reports(included, [attributes for _, attributes in updates])),
    )


def _resources(included: Sequence[Told]) -> Iterator[ComponentSeen]:
    for one in included:
        if one.get("type") != "status_page_resource":
            continue
        told = _attributes(one)
        status = _STATES.get(_text(told.get("status"), 30).lower(), "operational")
        yield ComponentSeen(key=_text(one.get("id"), 100), name=_text(told.get("public_name"), 200) or "—", status=status)


def _reports(included: Sequence[Told], updates: Sequence[Told]) -> Iterator[IncidentSeen]:
    for one in included:
        told, key = _attributes(one), _text(one.get("id"), 100)
        started, ended = _moment(told.get("starts_at")), _moment(told.get("ends_at"))
        if one.get("type") != "status_report" or not key or started is None:
            continue
        own = sorted(
            (
                UpdateSeen(stage=Stage.INVESTIGATING, text=_text(update.get("message"), LONGEST_TEXT), at=at)
                for update in updates
                if str(update.get("status_report_id")) == key and (at := _moment(update.get("published_at")))
            ),
            key=lambda update: update.at,
        )[-MOST_UPDATES:]
        is_planned = _text(told.get("report_type"), 20) == "maintenance"
        is_over = ended is not None and (not is_planned or _text(told.get("aggregate_state"), 20).lower() == "operational")
        impact = Impact.MAINTENANCE if is_planned else _IMPACTS.get(_text(told.get("aggregate_state"), 20).lower(), Impact.MINOR)
        yield IncidentSeen(
            key=key,
            title=_text(told.get("title"), 300) or "Incident",
            stage=Stage.RESOLVED if is_over else Stage.INVESTIGATING,
            impact=impact,
            started_at=started,
            changed_at=max((update.at for update in own), default=started),
            resolved_at=ended if is_over else None,
            updates=tuple(own),
            components=tuple(
                _text(part.get("status_page_resource_id"), 100)
                for part in _objects(told.get("affected_resources"), MOST_COMPONENTS)
            ),
        )


def _attributes(one: Told) -> Told:
    attributes = one.get("attributes")
    return attributes if isinstance(attributes, dict) else {}


# Small values


def _objects(told: object, most: int) -> Iterator[Told]:
    yield from (one for one in told[:most] if isinstance(one, dict)) if isinstance(told, list) else ()


def _text(told: object, most: int) -> str:
    return str(told)[:most].replace("\0", "").strip() if isinstance(told, str | int) and told is not True else ""


def _moment(told: object) -> datetime | None:
    if not isinstance(told, str):
        return None
    try:
        at = datetime.fromisoformat(told)
    except ValueError:
        return None
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
    return at if 2000 <= at.year < 2200 else None


def _impact(told: object) -> Impact:
    try:
        return Impact(_text(told, 12).lower() or Impact.NONE)
    except ValueError:
        return Impact.MINOR


def _link(told: object) -> str:
    link = _text(told, 500)
    return link if link.startswith(("https://", "http://")) else ""
