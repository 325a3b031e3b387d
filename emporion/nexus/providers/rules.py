"""Decides, without I/O, where a status page is read, what changed since the last reading, and whom it concerns."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlunsplit
from uuid import UUID

from emporion.kernel.addresses import parts_of
from emporion.nexus.providers.errors import FeedInvalid
from emporion.nexus.providers.types import FeedKind, FeedTemplate, IncidentSeen

TEMPLATES: tuple[FeedTemplate, ...] = (
    FeedTemplate(key="openai", name="OpenAI", url="https://status.openai.com"),
    FeedTemplate(key="anthropic", name="Anthropic", url="https://status.anthropic.com"),
    FeedTemplate(key="stripe", name="Stripe", url="https://www.stripestatus.com"),
    FeedTemplate(key="github", name="GitHub", url="https://www.githubstatus.com"),
    FeedTemplate(key="cloudflare", name="Cloudflare", url="https://www.cloudflarestatus.com"),
    FeedTemplate(key="twilio", name="Twilio", url="https://status.twilio.com"),
    FeedTemplate(key="groq", name="Groq", url="https://groqstatus.com"),
    FeedTemplate(key="apollo", name="Apollo", url="https://status.apollo.io"),
)
PATHS: Mapping[FeedKind, str] = {
    FeedKind.STATUSPAGE: "/api/v2/summary.json",
    FeedKind.ROOTLY: "/api/v1/status.json",
    FeedKind.BETTER_STACK: "/index.json",
}
HISTORY_PATH = "/api/v2/incidents.json"  # of Statuspage: the summary leaves out what is over
EVERY = timedelta(seconds=60)
HISTORY_EVERY = timedelta(hours=1)  # postmortems, and what was told only afterwards
LONGEST_WAIT = timedelta(minutes=30)
MOST_FEEDS = 50  # of a project


def address_of(text: str) -> str:
    """The root of a status page, whichever of its addresses a person gave; FeedInvalid."""
    parts = parts_of(text.strip() if "://" in text else f"https://{text.strip()}")
    try:
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise FeedInvalid(field="url") from error
    if parts.scheme not in {"http", "https"} or not host or ("." not in host and host != "localhost") or parts.username:
        raise FeedInvalid(field="url")
    path = parts.path
    for known in (*PATHS.values(), HISTORY_PATH):
        path = path.removesuffix(known)
    return urlunsplit((parts.scheme, f"{host}:{port}" if port else host, path.rstrip("/"), "", ""))[:500]


def next_reading(problems: int, now: datetime) -> datetime:
    """When a page is read again: every minute, and ever more seldom while it is down."""
    wait: timedelta = EVERY * (1 << min(problems, 10))
    return now + min(wait, LONGEST_WAIT)


def concerned(incident_components: Sequence[str], mapped: Mapping[str, UUID], all_of_it: Sequence[UUID]) -> tuple[UUID, ...]:
    """The registered APIs that an incident concerns: by its components where somebody said what they stand for, else all."""
    if incident_components and mapped:
        return tuple(dict.fromkeys(mapped[key] for key in incident_components if key in mapped))
    return tuple(all_of_it)


def news_of(before: "Known | None", seen: IncidentSeen) -> str:
    """What is new about an incident: opened, changed, resolved, or nothing.

    `noted` is kept and told nobody: what was over when it was first seen, and a postmortem.
    """
    if before is None:
        return "noted" if seen.stage.is_over else "opened"
    told = (seen.stage.value, seen.impact.value, seen.title, seen.changed_at, tuple(sorted(seen.components)))
    if before.is_over and not seen.stage.is_over:
        return "opened"
    if told == before.told:
        return ""
    if before.is_over:
        return "noted"
    return "resolved" if seen.stage.is_over else "changed"


class Known:
    """What was known of an incident before."""

    __slots__ = ("is_over", "told")

    def __init__(self, *, is_over: bool, told: tuple[str, str, str, datetime, tuple[str, ...]]) -> None:
        self.is_over = is_over
        self.told = told
