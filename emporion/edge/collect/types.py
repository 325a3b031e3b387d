"""The vocabulary of collection: why an event is dropped, what a step is given and what it gives back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias
from uuid import UUID

import msgspec

from emporion.edge.collect.agents import Agent
from emporion.edge.collect.clients import Client
from emporion.edge.collect.payload import RawEvent
from emporion.edge.collect.places import Place
from emporion.edge.collect.policies import SitePolicy
from emporion.store.types import NOBODY


class Reason(StrEnum):
    """Why an event does not count; the value is kept in the store and sent in the header `x-emporion-dropped`."""

    UNKNOWN_SITE = "unknown_site"
    PAUSED = "paused"
    MALFORMED = "malformed"
    WRONG_DOMAIN = "wrong_domain"
    OPTED_OUT = "opted_out"
    EXCLUDED_ADDRESS = "excluded_address"
    EXCLUDED_PATH = "excluded_path"
    BOT = "bot"
    AI_CRAWLER = "ai_crawler"
    HEADLESS = "headless"
    DATACENTRE = "datacentre"
    REFERRER_SPAM = "referrer_spam"
    RATE = "rate"
    DUPLICATE = "duplicate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    """An event that does not count, and what showed it."""

    reason: Reason
    detail: str = ""


class Visit(msgspec.Struct, kw_only=True, tag="site.event", omit_defaults=True):
    """An event in the making: each step fills in what it knows. It is written as the SiteEvent that it has become.

    A test holds that both have the same tag and fields; the spool reads what is written as a SiteEvent before it accepts it.
    """

    event_id: UUID
    occurred_at: datetime
    organisation_id: UUID = NOBODY
    project_id: UUID = NOBODY
    site_id: UUID = NOBODY
    visitor_id: UUID = NOBODY
    kind: str = ""
    name: str = ""
    params: dict[str, str] = {}
    host: str = ""
    path: str = ""
    referrer: str = ""
    source: str = ""
    channel: str = ""
    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""
    utm_term: str = ""
    utm_content: str = ""
    click_id: str = ""
    country: str = ""
    region: str = ""
    city: str = ""
    device: str = ""
    browser: str = ""
    browser_version: str = ""
    system: str = ""
    system_version: str = ""
    screen: str = ""
    language: str = ""
    time_zone: str = ""
    user_ref: str = ""
    origin: str = "script"
    is_cookieless: bool = False
    network_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """What a visitor is called today: by site without cookies, and as a link between a payment and a visit."""

    visitor_id: UUID
    network_id: int


class Context(msgspec.Struct, kw_only=True):
    """Everything that a step may look at beside the event; `identities` are those of the client on this site, today."""

    received_at: datetime
    site: SitePolicy | None
    client: Client
    agent: Agent
    place: Place
    origin_host: str
    has_opted_out: bool
    identities: Identities | None
    count: Callable[[UUID, datetime], int]
    user_agent: str


Step: TypeAlias = Callable[[RawEvent, Visit, Context], Dropped | None]
