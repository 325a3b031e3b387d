"""What telemetry has brought lately, as the event store tells it: how much of each kind, and which APIs nobody has registered."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.conf import settings

from emporion.nexus.signals.types import SeenApi, SeenSignal
from emporion.plumbing.types import Actor, Permission
from emporion.store import shared_store
from emporion.store.query import Parameter
from emporion.store.types import NOBODY

MOST_UNREGISTERED = 20


def unregistered(actor: Actor, project_id: UUID, since: datetime, until: datetime) -> list[SeenApi]:
    """The APIs that were called and are not registered, the most called first. StoreUnavailable."""
    actor.require(Permission.VIEW, project_id)
    sql = (
        "SELECT provider AS name, count() AS calls, countIf(outcome != 'ok') AS failures,"
        " max(occurred_at) AS last_at FROM api_calls WHERE project_id = {project:UUID} AND api_id = {nobody:UUID}"
        " AND occurred_at >= {since:DateTime64(3)} AND occurred_at < {until:DateTime64(3)} AND provider != ''"
        " GROUP BY provider ORDER BY calls DESC, name LIMIT {most:UInt32}"
    )
    params: Mapping[str, Parameter] = {
        "project": project_id,
        "nobody": NOBODY,
        "since": since,
        "until": until,
        "most": MOST_UNREGISTERED,
    }
    return shared_store(settings.EVENTS_URL).rows(sql, params, as_=SeenApi)


def signals_seen(actor: Actor, project_id: UUID, since: datetime, until: datetime) -> list[SeenSignal]:
    """What telemetry has brought in a stretch of time, by kind; nothing for a kind that has not come. StoreUnavailable."""
    actor.require(Permission.VIEW, project_id)
    where = "WHERE project_id = {project:UUID} AND occurred_at >= {since:DateTime64(3)} AND occurred_at < {until:DateTime64(3)}"
    sql = " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, count() AS count, max(occurred_at) AS last_at FROM {table} {where}{also} HAVING count > 0"  # noqa: S608 - fixed words
        for kind, table, also in (
            ("calls", "api_calls", " AND origin = 'trace'"),
            ("metrics", "metrics_seen", ""),
            ("logs", "logs_seen", ""),
        )
    )
    return shared_store(settings.EVENTS_URL).rows(sql, {"project": project_id, "since": since, "until": until}, as_=SeenSignal)
