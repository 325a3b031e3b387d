"""Writes the files that tests bring in, as web servers and other products write them, from a seed."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

DAY = datetime(2025, 3, 3, 8, 0, tzinfo=UTC)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:138.0) Gecko/20100101 Firefox/138.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.4 Mobile/15E148 Safari/604.1"  # noqa: E501 -- one agent
ROBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
PAGES = ("/", "/pricing", "/docs/", "/blog/h%C3%A9llo", "/about?utm_source=newsletter&utm_campaign=may")
ASSETS = ("/app.css", "/img/logo.png", "/favicon.ico", "/static/app.js")
REFERRERS = ("-", "-", "https://www.google.com/", "https://news.ycombinator.com/item?id=1", "https://halyard.example/pricing")


def combined(
    at: datetime, target: str, *, address: str = "81.2.69.142", agent: str = FIREFOX, referrer: str = "-", status: int = 200
) -> str:
    """One line of the combined format."""
    stamp = at.strftime("%d/%b/%Y:%H:%M:%S +0000")
    return f'{address} - - [{stamp}] "GET {target} HTTP/1.1" {status} 5120 "{referrer}" "{agent}"'


def access_log(lines: int, *, seed: int = 7, start: datetime = DAY) -> Iterator[str]:
    """A log with people, robots, files of pages, errors and nonsense in it, in the order of time."""
    dice, at = random.Random(seed), start
    people = [(f"{dice.randrange(20, 220)}.{dice.randrange(256)}.{dice.randrange(256)}.{dice.randrange(1, 255)}",
               dice.choice((FIREFOX, IPHONE))) for _ in range(max(20, lines // 12))]  # fmt: skip
    for _ in range(lines):
        at += timedelta(seconds=dice.randrange(0, 6))
        address, agent = dice.choice(people)
        kind = dice.random()
        if kind < 0.45:
            yield combined(at, dice.choice(PAGES), address=address, agent=agent, referrer=dice.choice(REFERRERS))
        elif kind < 0.8:
            yield combined(at, dice.choice(ASSETS), address=address, agent=agent)
        elif kind < 0.9:
            yield combined(at, dice.choice(PAGES), address=address, agent=ROBOT)
        elif kind < 0.97:
            yield combined(at, "/wp-login.php", address=address, agent=agent, status=404)
        else:
            yield "\\x16\\x03\\x01 nonsense from 10.1.2.3"


_UMAMI = (
    "website_id,session_id,visit_id,event_id,hostname,browser,os,device,screen,language,country,region,city,url_path,url_query,"
    "utm_source,utm_medium,utm_campaign,utm_content,utm_term,referrer_path,referrer_query,referrer_domain,page_title,gclid,fbclid,"
    "msclkid,ttclid,li_fat_id,twclid,event_type,event_name,tag,distinct_id,created_at,job_id"
)
UMAMI = _UMAMI.split(",")


def umami(*rows: dict[str, str]) -> str:
    """A table of events as Umami exports it; what a row does not say is as for most."""
    usual = {
        "website_id": "5f0a", "session_id": "s-1", "hostname": "halyard.example", "browser": "chrome", "os": "Windows 10",
        "device": "laptop", "screen": "1440x900", "language": "de-DE", "country": "DE", "region": "DE-BE", "city": "Berlin",
        "url_path": "/", "page_title": 'Tarife, "fair"\nund klar', "event_type": "1", "created_at": "2025-02-01 10:00:00",
    }  # fmt: skip
    lines = [",".join(UMAMI)]
    for row in rows:
        cells = ['"{}"'.format((usual | row).get(name, "").replace('"', '""')) for name in UMAMI]
        lines.append(",".join(cells))
    return "\r\n".join(lines) + "\r\n"


PLAUSIBLE = {
    "imported_visitors_20240101_20240301.csv": (
        "date,visitors,pageviews,bounces,visits,visit_duration\n"
        "2024-01-01,10,30,4,12,1200\n2024-01-02,20,50,6,22,2200\n2024-02-10,5,9,1,6,300\nnonsense,1,2,3,4,5\n"
    ),
    "imported_sources_20240101_20240301.csv": (
        "date,source,referrer,utm_source,utm_medium,utm_campaign,utm_content,utm_term,pageviews,visitors,visits,visit_duration,bounces\n"
        "2024-01-01,Google,google.com,,,,,,20,6,7,700,2\n2024-01-01,Google,google.de,,,,,,4,2,2,100,1\n"
        "2024-01-01,Direct / None,,,,,,,6,2,3,400,1\n2024-01-02,Newsletter,,news,email,may,,,50,20,22,2200,6\n"
    ),
    "imported_pages_20240101_20240301.csv": (
        "date,hostname,page,visits,visitors,pageviews,total_scroll_depth,total_scroll_depth_visits,total_time_on_page,"
        "total_time_on_page_visits\n2024-01-01,halyard.example,/,12,10,20,0,0,0,0\n2024-01-01,halyard.example,/pricing,5,4,10,0,0,0,0\n"
    ),
    "imported_locations_20240101_20240301.csv": (
        "date,country,region,city,visitors,visits,visit_duration,bounces,pageviews\n"
        "2024-01-01,DE,DE-BE,2950159,6,7,700,2,20\n2024-01-01,DE,DE-HH,2911298,4,5,500,2,10\n"
    ),
    "imported_browsers_20240101_20240301.csv": (
        "date,browser,browser_version,visitors,visits,visit_duration,bounces,pageviews\n2024-01-01,Firefox,120.0,10,12,1200,4,30\n"
    ),
    "imported_custom_events_20240101_20240301.csv": "date,name,link_url,path,visitors,events\n2024-01-01,Signup,,,3,4\n",
}
