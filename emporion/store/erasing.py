"""Takes events out of the store again: all of one origin on one website, and the visits that they were.

Visitors of such an origin are nobody else's, so their visits go whole. A visit is replaced by a row that says it is gone, as
one that a late event joined to another is, before its events are erased: whoever stops in between finds the events again.
"""

from uuid import UUID

from emporion.store.derived import SITE_SESSIONS
from emporion.store.query import EventStore, Parameter
from emporion.store.schemas import SiteEvent

_WHOSE = "SELECT DISTINCT visitor_id FROM site_events WHERE site_id = {site:UUID} AND origin = {origin:String}"
_COLUMNS = ", ".join(column.name for column in SITE_SESSIONS.columns)
_GONE = ", ".join(
    {"version": "version + 1 AS version", "is_deleted": "true AS is_deleted"}.get(column.name, column.name)
    for column in SITE_SESSIONS.columns
)
_BURY = f"""
INSERT INTO site_sessions ({_COLUMNS})
SELECT {_GONE} FROM site_sessions WHERE site_id = {{site:UUID}} AND NOT site_sessions.is_deleted AND visitor_id IN ({_WHOSE})
"""  # noqa: S608 -- own words


def erase_origin(store: EventStore, site_id: UUID, origin: str) -> None:
    """Erase every event of an origin and the visits of their visitors."""
    params: dict[str, Parameter] = {"site": site_id, "origin": origin}
    store.run(_BURY, params)
    store.erase(SiteEvent, "site_id = {site:UUID} AND origin = {origin:String}", params)
