"""The way of an event, step by step: each fills in what it knows or drops the event for a reason of its own.

Steps decide from what they are given and do no I/O. What describes comes first, so that a dropped event is whole and can be let
back in; what decides comes after, in the order in which an owner would want to hear the reason.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from emporion.edge.collect import pages
from emporion.edge.collect.agents import Nature
from emporion.edge.collect.pages import ascii_host, page_of
from emporion.edge.collect.payload import RawEvent, clean, parameters
from emporion.edge.collect.places import NOWHERE
from emporion.edge.collect.sources import DIRECT, Channel, Source, source_of
from emporion.edge.collect.spam import is_spam
from emporion.edge.collect.types import Context, Dropped, Reason, Step, Visit
from emporion.edge.collect.visitors import client_id
from emporion.kernel.amounts import AmountAbsurd, minor_of

KINDS = {"pageview": "pageview", "custom": "goal", "identify": "identify", "payment": "payment", "external_link": "outbound"}
OLDEST = timedelta(hours=24)
NEWEST = timedelta(minutes=2)
MOST_A_MINUTE = 240
_GOAL = re.compile(r"[a-z0-9_:-]{1,64}")
_EVENT_NAME = frozenset({"eventName"})
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:[-_][A-Za-z0-9]{1,8}){0,3}")
_ZONE = re.compile(r"[A-Za-z0-9_+-]{1,32}(?:/[A-Za-z0-9_+-]{1,32}){0,2}")
_TOO_LONG = 99  # no language and no zone has as many characters: what is kept for the next time is cut there


def site_is_known(raw: RawEvent, visit: Visit, context: Context) -> Dropped | None:
    """The website is one of ours."""
    if context.site is None:
        return Dropped(reason=Reason.UNKNOWN_SITE, detail=clean(raw.website_id, 64))
    collection = context.site.collection
    visit.site_id = collection.site_id
    visit.organisation_id = collection.organisation_id
    visit.project_id = collection.project_id
    return None


def page_is_read(raw: RawEvent, visit: Visit, context: Context) -> Dropped | None:
    """The address of the page says where the visitor is and which campaign brought them."""
    page = page_of(raw.href[:8_192]) if raw.href else None
    if page is None:
        visit.host, visit.path = ascii_host(raw.domain or ""), "/"
        return Dropped(reason=Reason.MALFORMED, detail="href is no address of a page")
    visit.host = page.host or ascii_host(raw.domain or "")
    visit.path = page.path
    campaign = page.campaign
    visit.utm_source, visit.utm_medium, visit.utm_campaign = campaign.source, campaign.medium, campaign.name
    visit.utm_term, visit.utm_content = campaign.term, campaign.content
    visit.click_id = campaign.click_id
    if raw.ad_click_ids and not visit.click_id:
        visit.click_id = next((kind for kind in pages.CLICK_IDS if kind in raw.ad_click_ids), "")
    return None


def kind_is_named(raw: RawEvent, visit: Visit, context: Context) -> Dropped | None:
    """What happened, with its parameters: a goal by its name, a person by their id, a link by where it leads."""
    kind = KINDS.get(raw.type)
    if kind is None:
        return Dropped(reason=Reason.MALFORMED, detail=f"type {clean(raw.type, 64)!r}")
    visit.kind = kind
    visit.origin = "demo" if raw.origin == "demo" else "script"
    if kind == "pageview":
        return None
    data = raw.extra_data or {}
    if kind == "goal":
        visit.name = clean(str(data.get("eventName", "")), 200).lower()
        visit.params = parameters(data, most=10, without=_EVENT_NAME)
        return None if _GOAL.fullmatch(visit.name) else Dropped(reason=Reason.MALFORMED, detail="extraData.eventName")
    visit.params = parameters(data, most=20)
    if kind == "payment":
        return _absurd(visit.params.get("amount", ""), visit.params.get("currency", "USD"))
    if kind == "identify":
        visit.user_ref = visit.params.get("user_id", "")
        return None if visit.user_ref else Dropped(reason=Reason.MALFORMED, detail="extraData.user_id")
    if kind == "outbound":
        target = page_of(visit.params.get("url", ""))
        visit.name = target.host[:200] if target else ""
    return None


def _absurd(amount: str, currency: str) -> Dropped | None:
    """Why an amount is that of no payment; one that was not sent, or has a decimal too many, is the product's to judge."""
    try:
        if amount:
            minor_of(amount, currency.strip().upper())
    except AmountAbsurd as error:
        return Dropped(reason=Reason.MALFORMED, detail=f"extraData.amount {amount[:40]!r} {error}")
    except ValueError:
        pass
    return None


def visitor_is_recognised(raw: RawEvent, visit: Visit, context: Context) -> Dropped | None:
    """The browser's own id where it may keep one; otherwise today's, which nobody can work out the day after tomorrow."""
    today = context.identities
    if today is None:
        return None
    visit.network_id = today.network_id
    own = None if raw.cookieless else client_id(raw.visitor_id)
    visit.is_cookieless = own is None
    visit.visitor_id = own or today.visitor_id
    return None


def device_is_described(raw: RawEvent, visit: Visit, context: Context) -> Dropped | None:
    """Browser, system, screen, language and zone."""
    agent = context.agent
    visit.browser, visit.browser_version = agent.browser, agent.browser_version
    visit.system, visit.system_version, visit.device = agent.system, agent.system_version, agent.device
    visit.screen, visit.language, visit.time_zone = _habits(
        raw.screen_width or 0, raw.screen_height or 0, (raw.language or "")[:_TOO_LONG], (raw.timezone or "")[:_TOO_LONG]
    )
    return None


@lru_cache(maxsize=8_192)
def _habits(width: float, height: float, language: str, zone: str) -> tuple[str, str, str]:
    """Screen, language and time zone, each empty where it is none."""
    return (
        f"{int(width)}x{int(height)}" if 0 < width < 100_000 and 0 < height < 100_000 else "",
        language if _LANGUAGE.fullmatch(language) else "",
        zone if _ZONE.fullmatch(zone) else "",
    )


def place_is_found(raw: RawEvent, visit: Visit, context: Context) -> Dropped | None:
    """Country, region and city, where the database knows them."""
    place = context.place
    if place is not NOWHERE:
        visit.country, visit.region, visit.city = place.country, place.region, place.city
    return None


def source_is_named(raw: RawEvent, visit: Visit, context: Context) -> Dropped | None:
    """Where the visitor came from; the website's own pages are no source."""
    host = ""
    if raw.referrer and (behind := page_of(raw.referrer[:8_192])) and not (context.site and context.site.owns(behind.host)):
        host = behind.host
        visit.referrer = f"{host}{behind.path}" if behind.path != "/" else host
    visit.source, visit.channel = _source((raw.href or "")[:8_192], host, visit.click_id)
    return None


@lru_cache(maxsize=8_192)
def _source(href: str, host: str, click_id: str) -> tuple[str, str]:
    """Source and channel by what the address says of its campaign, the host that led there and the kind of a click."""
    page = page_of(href) if href else None
    campaign = page.campaign if page else pages.NO_CAMPAIGN
    if click_id and not campaign.click_id:
        campaign = replace(campaign, click_id=click_id)
    is_direct = not host and campaign is pages.NO_CAMPAIGN
    found = Source(name=DIRECT, channel=Channel.DIRECT) if is_direct else source_of(host, campaign)
    return found.name, found.channel.value


def clock_is_right(raw: RawEvent, visit: Visit, context: Context) -> Dropped | None:
    """The visitor's clock where it is plausible, else ours: events wait in a browser for hours, not for days."""
    if raw.timestamp is None:
        return None
    told = _moment(raw.timestamp)
    if told is not None and context.received_at - OLDEST < told < context.received_at + NEWEST:
        visit.occurred_at = told
    return None


def _moment(stamp: float | str) -> datetime | None:
    try:
        if isinstance(stamp, str):
            moment = datetime.fromisoformat(stamp[:40])
            return moment.astimezone(UTC) if moment.tzinfo else None
        return datetime.fromtimestamp(stamp / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def site_is_collecting(raw: RawEvent, visit: Visit, context: Context) -> Dropped | None:
    """The website is not paused, by its owner or by its plan."""
    if context.site and context.site.collection.is_paused:
        return Dropped(reason=Reason.PAUSED, detail=context.site.collection.pause_reason)
    return None


def page_is_the_sites(raw: RawEvent, visit: Visit, context: Context) -> Dropped | None:
    """The page, and the page that really sent it, lie on the website's own domains."""
    if context.site is None:
        return None
    if not context.site.owns(visit.host):
        return Dropped(reason=Reason.WRONG_DOMAIN, detail=visit.host)
    if context.origin_host and not context.site.owns(context.origin_host):
        return Dropped(reason=Reason.WRONG_DOMAIN, detail=f"sent by {context.origin_host}")
    return None


def visitor_may_be_counted(raw: RawEvent, visit: Visit, context: Context) -> Dropped | None:
    """The visitor has not opted out."""
    return Dropped(reason=Reason.OPTED_OUT) if context.has_opted_out else None


def address_is_counted(raw: RawEvent, visit: Visit, context: Context) -> Dropped | None:
    """The owner has not excluded the address; it is not written down which one it was."""
    if context.site and context.site.excludes_address(context.client):
        return Dropped(reason=Reason.EXCLUDED_ADDRESS)
    return None


def path_is_counted(raw: RawEvent, visit: Visit, context: Context) -> Dropped | None:
    """The owner has not excluded the page."""
    if context.site and context.site.excludes_path(visit.path):
        return Dropped(reason=Reason.EXCLUDED_PATH, detail=visit.path[:200])
    return None


def visitor_is_a_person(raw: RawEvent, visit: Visit, context: Context) -> Dropped | None:
    """No crawler, no AI's reader, no browser without a window, unless the website wants to see them too."""
    if context.site and context.site.collection.keeps_bots:
        return None
    agent = context.agent
    if agent.nature is not Nature.PERSON:
        return Dropped(reason=_BY_NATURE[agent.nature], detail=agent.sign)
    if raw.bot:
        return Dropped(reason=Reason.HEADLESS, detail="navigator.webdriver")
    if raw.viewport and raw.viewport.width == 0 and raw.viewport.height == 0 and raw.screen_width == 0:
        return Dropped(reason=Reason.HEADLESS, detail="a window without size")
    return None


_BY_NATURE = {Nature.BOT: Reason.BOT, Nature.AI_CRAWLER: Reason.AI_CRAWLER, Nature.HEADLESS: Reason.HEADLESS}


def network_is_peoples(raw: RawEvent, visit: Visit, context: Context) -> Dropped | None:
    """The address is in no datacentre, where a list of them is at hand."""
    if context.place.is_datacentre and not (context.site and context.site.collection.keeps_bots):
        return Dropped(reason=Reason.DATACENTRE)
    return None


def referrer_is_honest(raw: RawEvent, visit: Visit, context: Context) -> Dropped | None:
    """The referrer is no host that advertises itself in other people's reports."""
    host = visit.referrer.partition("/")[0]
    if host and is_spam(host):
        return Dropped(reason=Reason.REFERRER_SPAM, detail=host)
    return None


def pace_is_human(raw: RawEvent, visit: Visit, context: Context) -> Dropped | None:
    """One visitor does not do more in a minute than a person can."""
    if context.client.is_global and context.count(visit.visitor_id, context.received_at) > MOST_A_MINUTE:
        return Dropped(reason=Reason.RATE, detail=f"more than {MOST_A_MINUTE} a minute")
    return None


INGEST_STEPS: tuple[Step, ...] = (
    site_is_known,
    kind_is_named,
    visitor_is_recognised,
    device_is_described,
    place_is_found,
    clock_is_right,
    page_is_read,
    source_is_named,
    site_is_collecting,
    page_is_the_sites,
    visitor_may_be_counted,
    address_is_counted,
    path_is_counted,
    visitor_is_a_person,
    network_is_peoples,
    referrer_is_honest,
    pace_is_human,
)

# These look at the request and its website alone: what one says of an event it says of all that came with it.
_OF_THE_REQUEST = frozenset({site_is_collecting, visitor_may_be_counted, address_is_counted, network_is_peoples})
_ASKED = tuple((step, step in _OF_THE_REQUEST) for step in INGEST_STEPS)


def walk(raws: Sequence[RawEvent], visits: Sequence[Visit], context: Context) -> list[Dropped | None]:
    """What becomes of the events of one request for one website, each dropped by the first step that drops it.

    A step is asked about all of them before the next step is: that costs half of asking event by event.
    """
    if len(raws) == 1:
        return [_first_drop(raws[0], visits[0], context)]
    fates: list[Dropped | None] = [None] * len(raws)
    way = list(zip(range(len(raws)), raws, visits, strict=True))
    for step, is_of_the_request in _ASKED:
        if is_of_the_request:
            found = [step(way[0][1], way[0][2], context)] * len(way)
        else:
            found = [step(raw, visit, context) for _, raw, visit in way]
        if any(found):
            for (place, _, _), dropped in zip(way, found, strict=True):
                fates[place] = dropped
            way = [one for one in way if fates[one[0]] is None]
            if not way:
                break
    return fates


def _first_drop(raw: RawEvent, visit: Visit, context: Context) -> Dropped | None:
    for step in INGEST_STEPS:
        if dropped := step(raw, visit, context):
            return dropped
    return None
