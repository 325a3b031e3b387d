"""Turns the steps of a visitor into visits: steps with less than 30 minutes between them.

Visits are computed from all stored steps of a visitor, whenever one of them arrives, so that order, repetition and the number of
writers make no difference. A visit's version is how many steps the visitor had taken at its end: it only ever grows.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from string import Template
from typing import TYPE_CHECKING
from uuid import UUID

import msgspec

from emporion.store.derived import NEVER, SITE_SESSIONS
from emporion.store.schemas import SiteEvent
from emporion.store.types import NOBODY, PASSIVE_GOALS, Event

if TYPE_CHECKING:
    from emporion.store.query import EventStore

SESSION_GAP_MS = 30 * 60 * 1000
_TOUCHED_AT_ONCE = 10_000
STEPS_AT_ONCE = 400_000
_HALF = 64  # bits of an id
# How the origin of events begins that were brought in from elsewhere. Their visitors are nobody else's, and come by the million:
# their visits are computed once, when all of an origin is there, instead of with each segment.
IMPORTED = "import:"
_NO_ID, _LAST_ID = UUID(int=0), UUID(int=(1 << 2 * _HALF) - 1)

# Known from the first step that a browser took: a server that reports a goal knows no device.
_FIRST = (
    "source",
    "channel",
    "referrer",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    "host",
    "country",
    "region",
    "city",
    "device",
    "browser",
    "system",
    "language",
)

# Steps of these kinds come from servers too, at any time: such a one is no visit.
_COUNTS = "visitor_id != {nobody:UUID} AND (origin = 'script' OR kind NOT IN ('payment', 'identify'))"

# What a visitor did: two of it are no bounce.
_BY_ITSELF = ", ".join(f"'{name}'" for name in sorted(PASSIVE_GOALS))
_IS_DEED = f"kind != 'identify' AND NOT (kind = 'goal' AND word IN ({_BY_ITSELF}))"

# The engine sorts ids by their second half; as numbers they sort by their time.
_SINCE_FIRST = "PARTITION BY site_id, visitor_id ORDER BY occurred_at, rank ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"

# How long ago the visit began that had the same value before this one, in seconds; the first moment stands for no visit.
_AGO = f"toUInt32(if({{before}} = toDateTime64(0, 3, 'UTC'), {NEVER}, dateDiff('second', {{before}}, {{began}})))"

# `$whose` says whose steps, `$touched` which of them are new, `$known` which visits of theirs are in the table.
_STEPS = f"""
SELECT *, sum(is_start) OVER visitor AS number, row_number() OVER visitor AS nth, max(is_touched) OVER visitor AS is_affected,
  max(if(is_start, occurred_at, toDateTime64(0, 3, 'UTC'))) OVER visitor AS visit_at,
  if(kind = 'pageview', path, toString(name)) AS word
FROM (
  SELECT *, is_first OR dateDiff('millisecond', previous_at, occurred_at) >= {SESSION_GAP_MS} AS is_start
  FROM (
    SELECT *, $touched AS is_touched, row_number() OVER steps = 1 AS is_first,
      lagInFrame(occurred_at) OVER steps AS previous_at, lagInFrame(is_touched) OVER steps AS was_previous_touched
    FROM (
      SELECT *, UUIDToNum(event_id) AS rank FROM site_events WHERE $whose AND {_COUNTS}
      ORDER BY site_id, visitor_id, occurred_at, event_id
      LIMIT 1 BY site_id, visitor_id, event_id
    )
    WINDOW steps AS ({_SINCE_FIRST})
  )
)
WINDOW visitor AS ({_SINCE_FIRST})
"""  # noqa: S608 -- own words

# A step that follows a new one may have been the start of a visit until now; whether a new step was one, the table knows.
_WAS_A_START = """was_previous_touched AND (NOT is_touched OR (site_id, occurred_at, visitor_id) IN (
  SELECT site_id, started_at, visitor_id FROM site_sessions WHERE $known
))"""

_SAME_STEPS = f"""
SELECT *, lagInFrame(visit_at) OVER (
  PARTITION BY site_id, visitor_id, kind, word ORDER BY occurred_at, rank ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
) AS word_at
FROM ({_STEPS})
"""  # noqa: S608 -- own words

_TOLD = ("source", "country", "device")
_LAST_WITH = (
    "lagInFrame(began_at) OVER (PARTITION BY site_id, visitor_id, entry.{place} ORDER BY number"
    " ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS {name}_at"
)

_VISITS = f"""
SELECT site_id, visitor_id, number, max(nth) AS version, max(is_affected) AS has_changed, min(occurred_at) AS began_at,
  lagInFrame(began_at) OVER (
    PARTITION BY site_id, visitor_id ORDER BY number ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
  ) AS previous_at,
  dateDiff('millisecond', began_at, max(occurred_at)) AS duration_ms,
  countIf(kind = 'pageview') AS pageviews, countIf({_IS_DEED}) <= 1 AS is_bounce,
  argMin(tuple({", ".join(_FIRST)}), (origin != 'script', occurred_at, rank)) AS entry,
  argMaxIf(user_ref, (occurred_at, rank), user_ref != '') AS user_ref,
  {", ".join(_LAST_WITH.format(place=_FIRST.index(name) + 1, name=name) for name in _TOLD)},
  arraySort(groupArray((occurred_at, rank, toString(kind), word, {_AGO.format(before="word_at", began="visit_at")}))) AS steps,
  groupUniqArrayIf(occurred_at, NOT is_start AND {_WAS_A_START}) AS gone
FROM ({_SAME_STEPS})
GROUP BY site_id, visitor_id, number
"""  # noqa: S608 -- own words

_COLUMNS = ", ".join(column.name for column in SITE_SESSIONS.columns)
_ROWS = f"""
SELECT site_id, visitor_id, number, version, row.1 AS started_at, row.2 AS is_deleted, previous_at, duration_ms,
  pageviews, is_bounce,
  {", ".join(f"entry.{number} AS {name}" for number, name in enumerate(_FIRST, 1))},
  user_ref,
  arrayMap(step -> step.4, arrayFilter(step -> step.3 = 'pageview', steps)) AS pages,
  arrayMap(step -> step.4, arrayFilter(step -> step.3 = 'goal', steps)) AS goals,
  if(empty(pages), '', pages[1]) AS entry_path, if(empty(pages), '', pages[-1]) AS exit_path,
  arrayMap(step -> dateDiff('millisecond', began_at, step.1), steps) AS step_ms,
  arrayMap(step -> step.3, steps) AS step_kinds,
  arrayMap(step -> step.5, arrayFilter(step -> step.3 = 'pageview', steps)) AS page_ago,
  arrayMap(step -> step.5, arrayFilter(step -> step.3 = 'goal', steps)) AS goal_ago,
  {", ".join(f"{_AGO.format(before=f'{name}_at', began='began_at')} AS {name}_ago" for name in _TOLD)}
FROM ({_VISITS})
ARRAY JOIN arrayConcat([(began_at, false)], arrayMap(at -> (at, true), arrayFilter(at -> at != began_at, gone))) AS row
WHERE has_changed
"""  # noqa: S608 -- own words
_SELECT = Template(f"SELECT {_COLUMNS} FROM ({_ROWS}) SETTINGS max_query_size = 4000000")  # noqa: S608 -- own words
_SOME = _SELECT.substitute(
    whose="site_id IN (SELECT id FROM sites) AND visitor_id IN (SELECT id FROM visitors)",
    touched="event_id IN (SELECT id FROM touched)",
    known="site_id IN (SELECT id FROM sites) AND started_at >= {earliest:DateTime64(3)} AND started_at <= {latest:DateTime64(3)}",
)
_SOME += ", max_threads = 1"  # so few rows take twice the processor on two
_ALL = _SELECT.substitute(
    whose="site_id IN {sites:Array(UUID)} AND visitor_id BETWEEN {first:UUID} AND {last:UUID}",
    touched="true",
    known="site_id IN {sites:Array(UUID)} AND visitor_id BETWEEN {first:UUID} AND {last:UUID}",
)
# A slice reads whole only the visitors that it is of; as the visitor is a part of the key, nothing is told apart too early.
_ALL += ", optimize_move_to_prewhere_if_final = 1"

_OF_ORIGIN = _SELECT.substitute(
    whose="site_id = {site:UUID} AND origin = {origin:String} AND visitor_id BETWEEN {first:UUID} AND {last:UUID}",
    touched="true",
    known="false",  # nothing of an origin is computed before all of it, so no visit of it can have vanished
)


class Size(msgspec.Struct):
    """How many steps a website has."""

    site_id: UUID
    steps: int


SIZES = "SELECT site_id, count() AS steps FROM site_events GROUP BY site_id"


def stitch(store: "EventStore", events: Sequence[SiteEvent]) -> None:
    """Brings the visits of those who took these steps up to date; the steps are stored already. Again and again without harm."""
    known = [event for event in events if event.visitor_id != NOBODY]
    for start in range(0, len(known), _TOUCHED_AT_ONCE):
        _stitch(store, known[start : start + _TOUCHED_AT_ONCE])


def follow(store: "EventStore", kind: type[Event], events: Sequence[Event]) -> None:
    """What the writer does after events of a kind are stored."""
    if kind is SiteEvent:
        stitch(store, [event for event in events if isinstance(event, SiteEvent) and not event.origin.startswith(IMPORTED)])


def stitch_origin(store: "EventStore", site_id: UUID, origin: str, *, steps: int) -> None:
    """Computes the visits of an origin whose visitors are nobody else's and whose steps are all stored; again without harm."""
    sql = f"INSERT INTO site_sessions ({_COLUMNS}) {_OF_ORIGIN}"
    for first, last in _stretches(1 + steps // STEPS_AT_ONCE):
        store.run(sql, {"nobody": NOBODY, "site": site_id, "origin": origin, "first": first, "last": last})


def _stitch(store: "EventStore", events: Sequence[SiteEvent]) -> None:
    named = {
        "sites": {event.site_id for event in events},
        "visitors": {event.visitor_id for event in events},
        "touched": {event.event_id for event in events},
    }
    names = ", ".join(f"{name} AS ({_ids(ids)})" for name, ids in named.items())
    store.run(
        f"INSERT INTO site_sessions ({_COLUMNS}) WITH {names} {_SOME}",
        {
            "nobody": NOBODY,
            "earliest": min(event.occurred_at for event in events),
            "latest": max(event.occurred_at for event in events),
        },
    )


def _ids(ids: Collection[UUID]) -> str:
    """A question that answers with these ids. As a parameter they would not fit into an address.

    Each place that asks reads the text anew, so that ids of two kinds are two questions.
    """
    lines = "\\n".join(map(str, ids))
    return f"SELECT * FROM format(CSV, 'id UUID', '{lines}')"  # noqa: S608 -- ids and nothing else, which hold no quote


def stitch_all(store: "EventStore", *, at_once: int = STEPS_AT_ONCE) -> None:
    """Computes every visit again, some of the visitors at a time, so that memory bounds nothing but the slice."""
    sizes = {one.site_id: one.steps for one in store.rows(SIZES, as_=Size)}
    for sql, params in all_again(sizes, at_once):
        store.run(sql, params)


def all_again(sizes: Mapping[UUID, int], at_once: int = STEPS_AT_ONCE) -> Iterator[tuple[str, dict[str, UUID | list[UUID]]]]:
    """The statements that compute every visit of websites with so many steps again, each with its values.

    Each reads a stretch of the table and nothing else: small websites together, a large one by its visitors.
    """
    sql = f"INSERT INTO site_sessions ({_COLUMNS}) {_ALL}"
    together: list[UUID] = []
    steps = 0
    for site_id, size in sorted(sizes.items(), key=lambda one: one[1]):
        if together and steps + size > at_once:
            yield sql, {"nobody": NOBODY, "sites": together, "first": _NO_ID, "last": _LAST_ID}
            together, steps = [], 0
        if size > at_once:
            for first, last in _stretches(size // at_once):
                yield sql, {"nobody": NOBODY, "sites": [site_id], "first": first, "last": last}
            continue
        together.append(site_id)
        steps += size
    if together:
        yield sql, {"nobody": NOBODY, "sites": together, "first": _NO_ID, "last": _LAST_ID}


def _stretches(count: int) -> Iterator[tuple[UUID, UUID]]:
    """All ids, in stretches. They sort by their second half; those that browsers draw begin there with one of four digits."""
    edges = [(number << _HALF) // (4 * count) for number in range(4 * count + 1)]
    return ((UUID(int=first), UUID(int=_LAST_ID.int - (1 << _HALF) + end)) for first, end in pairwise(edges))
