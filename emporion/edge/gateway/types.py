"""A call on its way: what was asked, and each API that it was tried with."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from emporion.edge.gateway.asking import Asked, Target
from emporion.edge.gateway.book import Attribution, Way
from emporion.edge.gateway.budgets import Held
from emporion.edge.gateway.limits_seen import LimitsSeen
from emporion.edge.gateway.outcomes import Verdict
from emporion.edge.gateway.wire import Connection, Head
from emporion.edge.transport import Exchange
from emporion.gateway.pricing.streams import StreamReader
from emporion.gateway.routing.types import KeyGrant, Outcome, Upstream
from emporion.store.types import NOBODY

UNDECIDED = Verdict(outcome=Outcome.OK)


@dataclass(slots=True, kw_only=True)
class Call:
    """One request to the gateway; `began` is of the monotonic clock, in seconds."""

    exchange: Exchange
    target: Target
    grant: KeyGrant
    began: float
    began_at: datetime
    body: bytes = b""
    asked: Asked = field(default_factory=Asked)
    operation: str = ""
    team: str = ""
    feature: str = ""
    environment: str = ""
    customer: str = ""
    trace_id: str = ""
    gone: "asyncio.Future[None] | None" = None  # is done when the client hangs up, once somebody looks
    is_gone: bool = False
    connection: Connection | None = None  # the one that is waited on, to be closed when the client goes

    def attribution(self, api_id: UUID) -> Attribution:
        """Whom the call is counted for, when it goes to this API."""
        grant = self.grant
        return Attribution(
            organisation_id=grant.organisation_id,
            project_id=grant.project_id,
            key_id=grant.key_id,
            api_id=api_id,
            team=self.team,
            feature=self.feature,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One API that a call may go to, and why it is that one."""

    upstream: Upstream
    model: str
    route_id: UUID = NOBODY
    routed_from: UUID = NOBODY


@dataclass(slots=True, kw_only=True)
class Leg:
    """A call as it is made to one API; becomes one event. Moments are of the monotonic clock, 0 for what did not happen."""

    call: Call
    stop: Stop
    way: Way
    call_id: UUID
    body: bytes
    began: float
    adds_usage: bool = False  # we asked for the usage of the stream, its caller did not
    attempts: int = 0
    connection: Connection | None = None
    head: Head | None = None
    limits: LimitsSeen = field(default_factory=LimitsSeen)
    sent_at: float = 0.0  # when it was first handed to the upstream, before any connection was made
    was_sent: bool = False  # whether the upstream may have got any of the present attempt
    first_at: float = 0.0
    last_at: float = 0.0
    response_bytes: int = 0
    answer: bytes = b""  # all of it, or its beginning where it is streamed and its owner keeps bodies
    reader: StreamReader | None = None
    verdict: Verdict = UNDECIDED
    held: Held | None = None
    cache: str = ""
    kept_status: int = 0  # of an answer that was kept
    is_over: bool = False

    @property
    def status(self) -> int:
        """The HTTP status that the API answered with, 0 where it did not."""
        return self.head.status if self.head is not None else self.kept_status
