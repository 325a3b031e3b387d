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
