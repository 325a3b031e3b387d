"""Websites full of visits, made inside the store: skewed as real ones are, and the same on every run."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from emporion.store import EventStore
from emporion.store.stitching import stitch_all

END = datetime(2026, 4, 1, tzinfo=UTC)
DAYS = 60
SITES = 200
STEPS_A_VISIT = 3
VISITS_A_VISITOR = 1.7
_AT_ONCE = 500_000


def site(number: int) -> UUID:
    """The nth website; the first one has six events in ten."""
    return UUID(int=(0x01900000_0000_7000_8000 << 48) + number)


def fill(store: EventStore, events: int) -> None:
    """So many events, a little more or less, and the visits that they are."""
    visits = events // STEPS_A_VISIT
    for first in range(0, visits, _AT_ONCE):
        store.run(
            _EVENTS,
            {"first": first, "count": min(visits - first, _AT_ONCE), "start": END - timedelta(days=DAYS), **_sizes(visits)},
        )
    stitch_all(store)
    # Visits that arrive as they happen lie in parts that follow each other in time; these came a slice of the visitors at a time.
    store.run("OPTIMIZE TABLE site_sessions FINAL")


def _sizes(visits: int) -> dict[str, int]:
    return {"visitors": int(visits / VISITS_A_VISITOR), "span": DAYS * 86_400_000}


def pay(store: EventStore) -> None:
    """One visit in a hundred bought; the one before it, if any, had a part in it."""
    store.run(_CREDITS, {})


_EVENTS = """
INSERT INTO site_events (event_id, occurred_at, site_id, visitor_id, kind, name, host, path, referrer, source, channel, utm_source,
  utm_medium, utm_campaign, country, region, city, device, browser, browser_version, system, system_version, screen, language,
  time_zone, network_id)
WITH
  ['', 'Google', 'Bing', 'X', 'ChatGPT', 'Reddit', 'Hacker News', 'Facebook', 'LinkedIn', 'YouTube', 'DuckDuckGo', 'Perplexity'] AS sources,
  ['Direct', 'Organic Search', 'Organic Search', 'Organic Social', 'AI', 'Organic Social', 'Organic Social', 'Organic Social',
   'Organic Social', 'Organic Video', 'Organic Search', 'AI'] AS channels,
  ['US', 'DE', 'GB', 'FR', 'IN', 'BR', 'CA', 'JP', 'NL', 'ES', 'IT', 'AU', 'PL', 'SE', 'CH', 'MX', 'KR', 'TR', 'ID', 'AT'] AS countries,
  ['desktop', 'mobile', 'mobile', 'tablet'] AS devices,
  ['Chrome', 'Safari', 'Mobile Safari', 'Edge', 'Firefox', 'Samsung Internet', 'Opera', 'Brave'] AS browsers,
  ['Windows', 'iOS', 'Android', 'Mac OS X', 'Linux', 'Chrome OS'] AS systems,
  ['signup', 'scroll_75', 'download', 'add_to_cart', 'checkout', 'contact'] AS goals
SELECT
  toUUID(concat(substring(ms, 1, 8), '-', substring(ms, 9, 4), '-7', substring(lot, 2, 3), '-8',
    substring(lot, 5, 3), '-', substring(lot, 9, 8), substring(lot, -4))) AS event_id, at AS occurred_at, site_id, visitor_id,
  if(is_goal, 'goal', 'pageview') AS kind,
  if(is_goal, goals[1 + toUInt32(floor(pow(7, (h9 % 1009) / 1009))) - 1], '') AS name,
  concat('site-', toString(site_number), '.example') AS host,
  concat('/', ['blog', 'docs', 'shop', 'features', 'p'][1 + h8 % 5], '/', toString(toUInt32(floor(pow(2000, (h8 % 100003) / 100003))))) AS path,
  if(step = 0 AND source_number > 0, concat('https://', lower(sources[source_number + 1]), '.com/', if(source_number > 3, toString(toUInt32(pow(3000, p2))), '')), '') AS referrer,
  if(step = 0, sources[source_number + 1], '') AS source, if(step = 0, channels[source_number + 1], 'Direct') AS channel,
  if(step = 0 AND has_utm, 'newsletter', '') AS utm_source, if(step = 0 AND has_utm, 'email', '') AS utm_medium,
  if(step = 0 AND has_utm, concat('campaign-', toString(toUInt32(pow(50, p3)))), '') AS utm_campaign,
  countries[toUInt32(floor(pow(21, p4)))] AS country, concat(country, '-', toString(toUInt32(pow(16, p5)))) AS region,
  concat('City ', country, toString(toUInt32(pow(60, p5)))) AS city,
  devices[1 + v6 % 4] AS device, browsers[toUInt32(floor(pow(9, p7)))] AS browser, toString(100 + v7 % 30) AS browser_version,
  systems[1 + v6 % 6] AS system, toString(10 + v7 % 8) AS system_version, ['1920x1080', '390x844', '1440x900', '360x800'][1 + v6 % 4] AS screen,
  ['en-US', 'de-DE', 'en-GB', 'fr-FR', 'ja-JP'][1 + v6 % 5] AS language, ['America/New_York', 'Europe/Berlin', 'Asia/Tokyo'][1 + v6 % 3] AS time_zone,
  toInt64(intHash64(visitor)) AS network_id
FROM (
  SELECT number AS visit,
    intHash64(visit * 8 + 1) AS h1, intHash64(visit * 8 + 2) AS h2, intHash64(visit * 8 + 3) AS h3, h3 % {visitors:UInt64} AS visitor,
    if(visitor % 10 < 6, 0, toUInt32(floor(pow(200, (intHash64(visitor) % 100003) / 100003)))) AS site_number,
    toUUID(concat('01900000-0000-7000-8000-', leftPad(lower(hex(site_number)), 12, '0'))) AS site_id,
    concat(leftPad(hex(intHash64(visitor * 2)), 16, '0'), leftPad(hex(intHash64(visitor * 2 + 1)), 16, '0')) AS random,
    toUUID(concat(substring(random, 1, 8), '-', substring(random, 9, 4), '-4', substring(random, 14, 3), '-', substring('89ab', 1 + visitor % 4, 1), substring(random, 18, 3), '-', substring(random, 21, 12))) AS visitor_id,
    intHash64(visitor * 16 + 4) AS v4, (v4 % 1009) / 1009 AS p4, (intHash64(visitor * 16 + 5) % 1009) / 1009 AS p5,
    intHash64(visitor * 16 + 6) AS v6, intHash64(visitor * 16 + 7) AS v7, (v7 % 1009) / 1009 AS p7,
    toUInt32(floor(pow(12, (h1 % 1009) / 1009))) - if(h1 % 3 = 0, 1, 0) AS drawn, least(11, drawn) AS source_number,
    (intHash64(visit * 8 + 4) % 1009) / 1009 AS p2, h2 % 20 = 0 AS has_utm, (intHash64(visit * 8 + 5) % 1009) / 1009 AS p3,
    h1 % {span:UInt64} AS began_ms,
    arrayJoin(range([1, 1, 1, 2, 2, 3, 3, 4, 5, 8][1 + h2 % 10])) AS step,
    intHash64(visit * 64 + step) AS h8, intHash64(visit * 64 + step + 32) AS h9, h9 % 12 = 0 AS is_goal,
    toDateTime64({start:DateTime64(3)}, 3, 'UTC') + toIntervalMillisecond(began_ms + step * 60000 + h9 % 50000) AS at,
    leftPad(hex(toUInt64(toUnixTimestamp64Milli(at))), 12, '0') AS ms, concat(leftPad(hex(h8), 16, '0'), leftPad(hex(h9), 16, '0')) AS lot
  FROM numbers({first:UInt64}, {count:UInt64})
)
"""  # noqa: E501 -- lines of a table

_CREDITS = """
INSERT INTO site_credits (site_id, paid_at, payment_id, touch, version, visitor_id, session_started_at, kind, method, confidence, currency,
  last, first, last_non_direct, linear, time_decay, position, source, channel, referrer, utm_source, utm_medium, utm_campaign, entry_path,
  exit_path, host, country, region, city, device, browser, system, language, pages, goals, number)
SELECT site_id, started_at + toIntervalMillisecond(duration_ms) AS paid_at, visitor_id AS payment_id, touch, 1 AS version, visitor_id, started_at, 'payment',
  'metadata', 95, 'EUR', if(touch = 0, 0, 4900), if(touch = 0, 4900, 0), if(touch = 0, 0, 4900), 2450, if(touch = 0, 1900, 3000), 2450,
  source, channel, referrer, utm_source, utm_medium, utm_campaign, entry_path, exit_path, host, country, region, city, device, browser,
  system, language, pages, goals, number
FROM site_sessions ARRAY JOIN [0, 1] AS touch
WHERE NOT is_deleted AND cityHash64(visitor_id, started_at) % 100 = 0
"""  # noqa: E501 -- lines of a table
