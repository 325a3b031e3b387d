"""Where a call goes: to the API that it names or, where a person or a suggestion has set a route, elsewhere, later or nowhere."""

import asyncio
import random
from dataclasses import dataclass

from emporion.edge.gateway.book import Book
from emporion.edge.gateway.desk import Desk
from emporion.edge.gateway.refusals import Refusal
from emporion.edge.gateway.types import Call, Stop
from emporion.gateway.routing.types import Outcome, RouteMode, RouteRule, Upstream


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The call is not made."""

    refusal: Refusal


class Steering:
    """Follows the routes of the book."""

    def __init__(self, *, book: Book, desk: Desk, chance: random.Random | None = None) -> None:
        self._book = book
        self._desk = desk
        self._chance = chance or random.Random()  # noqa: S311 - picks a share of the calls, guards nothing

    async def plan(self, call: Call, upstream: Upstream) -> list[Stop] | Refused:
        """The APIs to try, in order; waits where a route slows calls down."""
        model = call.asked.model
        rules = self._book.routes(upstream.api_id, model=model, feature=call.feature, now=call.began_at)
        plain = [Stop(upstream=upstream, model=model)]
        if not rules:
            return plain
        diverted: list[Stop] = []
        fallbacks: list[Stop] = []
        for rule in rules:
            if rule.mode is RouteMode.SHED and self._meets(rule):
                return Refused(refusal=_shed(upstream))
            if rule.mode is RouteMode.SLOW and (refusal := await self._slowed(rule)) is not None:
                return Refused(refusal=refusal)
            if rule.mode is RouteMode.DIVERT and not diverted and self._meets(rule):
                diverted = self._stops(rule, upstream, model)[:1]
            if rule.mode is RouteMode.FALLBACK:
                fallbacks += self._stops(rule, upstream, model)
        first = diverted or plain
        used = {(stop.upstream.api_id, stop.model) for stop in first}
        return [*first, *(stop for stop in fallbacks if (stop.upstream.api_id, stop.model) not in used)]

    def _meets(self, rule: RouteRule) -> bool:
        return rule.percent >= 100 or self._chance.random() * 100 < rule.percent

    def _stops(self, rule: RouteRule, upstream: Upstream, model: str) -> list[Stop]:
        """The targets that speak the same protocol and are at work; no API is asked in a language that it does not speak."""
        stops = []
        for target in rule.targets:
            found = self._book.by_id(target.api_id)
            if found is not None and found.project_id == upstream.project_id and found.protocol == upstream.protocol:
                stop = Stop(upstream=found, model=target.model or model, route_id=rule.route_id, routed_from=upstream.api_id)
                if not found.is_paused:
                    stops.append(stop)
        return stops

    async def _slowed(self, rule: RouteRule) -> Refusal | None:
        wait = self._desk.pace(rule.route_id, rule.per_minute)
        if wait > rule.wait_seconds:
            self._desk.give_back_turn(rule.route_id, rule.per_minute)
            return Refusal(
                status=429,
                code="slowed",
                title=f"Calls of this API are slowed to {rule.per_minute} a minute now.",
                next_step="Wait as long as Retry-After says, or withdraw the route on the page Gateway of your project.",
                outcome=Outcome.LIMITED,
                retry_seconds=wait,
            )
        await asyncio.sleep(wait)
        return None


def _shed(upstream: Upstream) -> Refusal:
    return Refusal(
        status=503,
        code="shed",
        title=f"Your project lets some calls of {upstream.slug} go unmade now, to spare the API.",
        next_step="Do without the answer, or withdraw the route on the page Gateway of your project.",
        outcome=Outcome.LIMITED,
    )
