"""Says who a request with a key speaks for, holds it to its plan's limit, and counts it."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from django.http import HttpRequest, HttpResponse
from ninja.security import HttpBearer

from emporion.insights.api import actions, queries
from emporion.insights.api.errors import KeyRefused, ScopeMissing, WebsiteMissing
from emporion.insights.api.types import KeyHolder
from emporion.insights.sites.errors import SiteNotFound
from emporion.insights.sites.plans import api_limit
from emporion.insights.sites.queries import site_of, sites_of
from emporion.insights.sites.types import SiteView
from emporion.kernel.clock import utcnow
from emporion.plumbing.limits import Window, count
from emporion.plumbing.types import Actor

WINDOW_SECONDS = 60
# Who guesses keys is slowed down per address, long before a guess could succeed.
GUESSES = Window(scope="insights-guess", limit=60, seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """How much of this minute is left."""

    limit: int
    remaining: int
    reset_seconds: int


class KeyRequest(HttpRequest):
    """A request that passed the key's check."""

    auth: KeyHolder
    allowance: Allowance


class SiteKeyBearer(HttpBearer):
    """A key in the Authorization header; the request is counted against the plan of its organisation."""

    def authenticate(self, request: HttpRequest, token: str) -> KeyHolder:
        """Who the key speaks for; KeyRefused, TooManyRequests."""
        asked, now = cast("KeyRequest", request), utcnow()
        holder = holder_for(token, address=request.META.get("REMOTE_ADDR", ""), now=now)
        elapsed = int(now.timestamp()) % WINDOW_SECONDS
        limit = api_limit(holder.actor.organisation)
        asked.allowance = Allowance(limit=limit, remaining=0, reset_seconds=WINDOW_SECONDS - elapsed)
        left = count_request(holder, limit=limit, now=now)
        asked.allowance = Allowance(limit=limit, remaining=left, reset_seconds=WINDOW_SECONDS - elapsed)
        return holder


def holder_for(token: str, *, address: str, now: datetime) -> KeyHolder:
    """Who a key speaks for; KeyRefused, and TooManyRequests for an address that guesses."""
    holder = queries.holder_of(token)
    if holder is None:
        count(GUESSES, address, now=now)
        raise KeyRefused
    return holder


def count_request(holder: KeyHolder, *, limit: int, now: datetime) -> int:
    """Counts a request against the plan's minute and says how many are left; TooManyRequests."""
    window = Window(scope="insights-api", limit=limit, seconds=WINDOW_SECONDS)
    left = count(window, str(holder.actor.organisation), now=now)
    actions.count_use(key_id=holder.key_id, used_this_minute=limit - left, now=now)
    return left


def site_for(request: HttpRequest) -> tuple[Actor, SiteView]:
    """The website that a request asks about: the key's own, or the one that `websiteId` names; WebsiteMissing, SiteNotFound."""
    holder = cast("KeyRequest", request).auth
    return holder.actor, website_of(holder, request.GET.get("websiteId", ""), field="websiteId")


def website_of(holder: KeyHolder, named: str, *, field: str) -> SiteView:
    """The website of a key, or, of those that it opens, the one that is named; WebsiteMissing, SiteNotFound."""
    if holder.site_id is not None:
        site = site_of(holder.actor, holder.site_id)
        if named and named not in {site.public_id, str(site.id)}:
            raise SiteNotFound(website_id=named[:60])
        return site
    if not named:
        raise WebsiteMissing(field=field)
    for site in sites_of(holder.actor):
        if named in {site.public_id, str(site.id)}:
            return site
    raise SiteNotFound(website_id=named[:60])


def require_write(request: HttpRequest) -> None:
    """Refuses a key that may only read."""
    if not cast("KeyRequest", request).auth.actor.can_write:
        raise ScopeMissing


def with_allowance(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Tells the client what is left, in the standard's headers and in those that DataFast's clients read."""
    allowance: Allowance | None = getattr(request, "allowance", None)
    if allowance is not None:
        response["RateLimit-Policy"] = f'"plan";q={allowance.limit};w={WINDOW_SECONDS}'
        response["RateLimit"] = f'"plan";r={allowance.remaining};t={allowance.reset_seconds}'
        response["X-RateLimit-Limit"] = str(allowance.limit)
        response["X-RateLimit-Remaining"] = str(allowance.remaining)
        response["X-RateLimit-Reset"] = str(allowance.reset_seconds)
    return response
