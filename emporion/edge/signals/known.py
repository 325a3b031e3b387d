"""Whose telemetry it is, and which registered API a call went to: the gateway's snapshot, looked up from this side."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from urllib.parse import urlsplit
from uuid import UUID

from emporion.edge.signals.names import provider_of
from emporion.gateway.pricing.types import PriceRule
from emporion.gateway.routing.types import GatewaySnapshot, KeyGrant, Upstream

KEY_HEADER = b"x-emporion-key"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectView:
    """The registered APIs of one project: by host, by provider, by their short name."""

    by_host: Mapping[str, tuple[Upstream, ...]] = field(default_factory=dict)
    by_provider: Mapping[str, Upstream] = field(default_factory=dict)
    prices: tuple[PriceRule, ...] = ()

    def upstream(self, *, host: str, provider: str, path: str = "", port: int = 0) -> Upstream | None:
        """The API that a call went to: the host decides, then its port, then the longest base path; else the provider's name."""
        found = list(self.by_host.get(host, ())) if host else []
        found = [one for one in found if port and _port_of(one.base_url) == port] or found
        found = [one for one in found if path.startswith(urlsplit(one.base_url).path.rstrip("/"))] or found
        if found:
            return max(found, key=lambda one: len(urlsplit(one.base_url).path))
        return self.by_provider.get(provider) if provider else None


def endpoints_of(url: str) -> frozenset[str]:
    """The `host:port` of an address; without port and scheme it may be either of the usual ones."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return frozenset()
    if not host:
        return frozenset()
    ports = [port] if port else [443] if parts.scheme == "https" else [80] if parts.scheme else [80, 443]
    return frozenset(f"{host}:{one}" for one in ports)


def _port_of(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or (80 if parts.scheme == "http" else 443)


class Known:
    """Keys and projects as the last good snapshot has them; worked out again only when a newer one is there."""

    def __init__(self, ask: Callable[[], GatewaySnapshot | None]) -> None:
        self._ask = ask
        self._number = -1
        self._keys: dict[str, KeyGrant] = {}
        self._snapshot: GatewaySnapshot | None = None
        self._projects: dict[UUID, ProjectView] = {}

    def key(self, headers: Mapping[bytes, bytes], now: datetime) -> KeyGrant | None:
        """What the key of a request opens; nothing for one that is unknown or has run out."""
        self._look()
        told = headers.get(KEY_HEADER, b"") or headers.get(b"authorization", b"")
        scheme, _, rest = told.partition(b" ")
        secret = (rest if scheme.lower() == b"bearer" else told).strip()
        grant = self._keys.get(sha256(secret).hexdigest()) if secret else None
        return grant if grant and not (grant.expires_at and grant.expires_at <= now) else None

    def project(self, project_id: UUID, organisation_id: UUID) -> ProjectView:
        """The registered APIs of a project and its organisation's own prices."""
        self._look()
        found = self._projects.get(project_id)
        if found is None:
            found = self._projects[project_id] = self._view(project_id, organisation_id)
        return found

    def _look(self) -> None:
        snapshot = self._ask()
        if snapshot is None or snapshot.number == self._number:
            return
        self._keys = {grant.digest: grant for grant in snapshot.keys}
        self._snapshot, self._projects = snapshot, {}
        self._number = snapshot.number  # last: another thread that sees it sees the keys, too

    def _view(self, project_id: UUID, organisation_id: UUID) -> ProjectView:
        snapshot = self._snapshot
        own = [one for one in snapshot.upstreams if one.project_id == project_id] if snapshot else []
        by_host: dict[str, tuple[Upstream, ...]] = {}
        by_provider: dict[str, Upstream] = {}
        for one in own:
            host = (urlsplit(one.base_url).hostname or "").lower()
            by_host[host] = (*by_host.get(host, ()), one)
            for name in (one.slug, provider_of(one.provider)):
                if name:
                    by_provider.setdefault(name, one)
        prices = tuple(rule for rule in snapshot.prices if rule.organisation_id == organisation_id) if snapshot else ()
        return ProjectView(by_host=by_host, by_provider=by_provider, prices=prices)
