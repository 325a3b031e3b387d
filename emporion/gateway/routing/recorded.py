"""What the event store knows of an API's last call, for the page that waits for the first."""

from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from django.conf import settings

from emporion.gateway.routing.queries import api_of
from emporion.gateway.routing.types import Outcome
from emporion.plumbing.types import Actor, Permission
from emporion.store import shared_store

CALL = (
    "event_id AS id, occurred_at AS at, outcome, status, model, team, feature, environment, customer, duration_us, cost_picos,"
    " error_code, error_message, origin"
)


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call, as it was recorded; the cost is in 10^-12 USD."""

    id: UUID
    at: datetime
    outcome: Outcome
    status: int
    model: str
    team: str
    feature: str
    environment: str
    customer: str
    duration_us: int
    cost_picos: int
    error_code: str
    error_message: str
    origin: str

    @property
    def milliseconds(self) -> int:
        """How long it took, in whole milliseconds."""
        return self.duration_us // 1000


def last_call(actor: Actor, api_id: UUID, *, now: datetime) -> Call | None:
    """The newest call of an API within the last month."""
    api = api_of(actor, api_id)
    actor.require(Permission.VIEW, api.project_id)
    rows = shared_store(settings.EVENTS_URL).rows(
        f"SELECT {CALL} FROM api_calls WHERE project_id = {{project:UUID}} AND api_id = {{api:UUID}}"  # noqa: S608 - no input in it
        " AND occurred_at >= {since:DateTime64(3)} ORDER BY occurred_at DESC LIMIT 1",
        {"project": str(api.project_id), "api": str(api_id), "since": now - timedelta(days=30)},
        as_=Call,
    )
    return rows[0] if rows else None
