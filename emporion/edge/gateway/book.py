"""What the gateway follows: keys, upstreams, routes, budgets, from the last good snapshot, ready to be looked up by a call."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from cryptography.fernet import InvalidToken

from emporion.edge.gateway.pool import Where
from emporion.edge.latest import Latest
from emporion.gateway.pricing.rules import by_organisation
from emporion.gateway.pricing.types import PriceRule
from emporion.gateway.routing.types import BudgetRule, BudgetScope, CachePolicy, GatewaySnapshot, KeyGrant, RouteRule, Upstream
from emporion.kernel.errors import DomainError
from emporion.plumbing.addresses import place_of
from emporion.plumbing.sealing import unseal

log = structlog.get_logger(__name__)

TEMPLATES = frozenset({"openai", "anthropic"})  # names that also mean the first API of that kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """An upstream, ready to be called: where it is, what stands before each path, and the headers that open it."""

    upstream: Upstream
    where: Where
    host: bytes
    base_path: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    own_names: frozenset[bytes]
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Whom a call is counted for."""

    organisation_id: UUID
    project_id: UUID
    key_id: UUID
    api_id: UUID
    team: str
    feature: str


class Book:
    """The last good snapshot; `refresh` takes a newer one. A missing or damaged file changes nothing."""

    def __init__(self, path: Path, *, secret: str) -> None:
        self._secret = secret
        self._latest = Latest(path, GatewaySnapshot)
        self._take(self._latest.value or GatewaySnapshot(number=0))

    def refresh(self) -> bool:
        """Looks whether the file changed; says whether a newer snapshot is in force now."""
        if not self._latest.refresh() or (found := self._latest.value) is None:
            return False
        self._take(found)
        log.info("gateway.snapshot_read", number=found.number, apis=len(found.upstreams), keys=len(found.keys))
        return True

    def _take(self, snapshot: GatewaySnapshot) -> None:
        routes: dict[UUID, list[RouteRule]] = defaultdict(list)
        for route in snapshot.routes:
            routes[route.api_id].append(route)
        budgets: dict[UUID, list[BudgetRule]] = defaultdict(list)
        for budget in snapshot.budgets:
            budgets[budget.organisation_id].append(budget)
        by_name: dict[tuple[UUID, str], Upstream] = {}
        for upstream in snapshot.upstreams:
            by_name.setdefault((upstream.project_id, upstream.slug), upstream)
        self.number = snapshot.number
        self._keys = {grant.digest: grant for grant in snapshot.keys}
        self._by_name = by_name
        self._upstreams = {upstream.api_id: upstream for upstream in snapshot.upstreams}
        self._routes: Mapping[UUID, list[RouteRule]] = routes
        self._caches = {(policy.api_id, policy.feature): policy for policy in snapshot.caches}
        self._budgets: Mapping[UUID, list[BudgetRule]] = budgets
        self._prices = by_organisation(snapshot.prices)
        self._ways: dict[UUID, Way | None] = {}

    def grant(self, key: bytes) -> KeyGrant | None:
        """What a key of ours opens."""
        return self._keys.get(hashlib.sha256(key).hexdigest())

    def upstream(self, project_id: UUID, name: str) -> Upstream | None:
        """The project's API of this name; `openai` and `anthropic` also find the first of that provider, or else protocol."""
        found = self._by_name.get((project_id, name))
        if found is None and name in TEMPLATES:
            of_project = [one for one in self._upstreams.values() if one.project_id == project_id and not one.is_for_agents]
            found = next((one for one in of_project if one.provider == name), None)
            found = found or next((one for one in of_project if one.protocol == name), None)
        return found

    def by_id(self, api_id: UUID) -> Upstream | None:
        """An API by its id."""
        return self._upstreams.get(api_id)

    def way(self, upstream: Upstream) -> Way | None:
        """How to call an API; None when its address or its key cannot be read, which a person must mend."""
        if upstream.api_id not in self._ways:
            self._ways[upstream.api_id] = _way_to(upstream, self._secret)
        return self._ways[upstream.api_id]

    def routes(self, api_id: UUID, *, model: str, feature: str, now: datetime) -> list[RouteRule]:
        """The rules that a call meets, in the order in which they were made."""
        return [
            route
            for route in self._routes.get(api_id, ())
            if route.model in {"", model} and route.feature in {"", feature} and (route.until is None or now < route.until)
        ]

    def cache(self, api_id: UUID, feature: str) -> CachePolicy | None:
        """For how long this API's answers, or this feature's, are kept."""
        if not self._caches:
            return None
        return self._caches.get((api_id, feature)) or self._caches.get((api_id, ""))

    def prices(self, organisation_id: UUID) -> tuple[PriceRule, ...]:
        """An organisation's own prices."""
        return self._prices.get(organisation_id, ())

    def budgets(self, call: Attribution) -> list[BudgetRule]:
        """Every budget that a call falls under."""
        of_organisation = self._budgets.get(call.organisation_id)
        if not of_organisation:
            return []
        return [budget for budget in of_organisation if _limits(budget, call)]


def _limits(budget: BudgetRule, call: Attribution) -> bool:
    if budget.project_id is not None and budget.project_id != call.project_id:
        return False
    scope = budget.scope
    if scope is BudgetScope.ORGANISATION:
        return True
    if scope is BudgetScope.PROJECT:
        return budget.project_id is not None or budget.value in {"", str(call.project_id)}
    limited = {
        BudgetScope.KEY: str(call.key_id),
        BudgetScope.API: str(call.api_id),
        BudgetScope.TEAM: call.team,
        BudgetScope.FEATURE: call.feature,
    }
    return budget.value == limited[scope]


def _way_to(upstream: Upstream, secret: str) -> Way | None:
    try:
        place = place_of(upstream.base_url)
        opened = unseal(upstream.secret, key=secret) if upstream.secret else ""
    except (DomainError, ValueError, InvalidToken) as error:
        log.warning("gateway.upstream_unusable", api=str(upstream.api_id), problem=type(error).__name__)
        return None
    parts = urlsplit(upstream.base_url)
    headers = {name.lower().encode(): value.encode() for name, value in upstream.headers.items()}
    if opened:
        headers[upstream.auth_header.lower().encode()] = f"{upstream.auth_prefix}{opened}".encode()
    if any(b"\r" in value or b"\n" in value for value in headers.values()):
        return None
    return Way(
        upstream=upstream,
        where=Where(place=place, is_internal=upstream.is_internal),
        host=parts.netloc.encode("idna" if not parts.netloc.isascii() else "ascii"),
        base_path=parts.path.rstrip("/").encode(),
        headers=tuple(headers.items()),
        own_names=frozenset(headers),
        secret=opened,
    )
