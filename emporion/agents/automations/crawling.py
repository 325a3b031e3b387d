"""Reads the pages of one website as a polite robot: robots.txt is obeyed, pages, bytes and time have caps, requests a pause."""

import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urldefrag
from urllib.robotparser import RobotFileParser

from lxml import etree
from lxml import html as lxml_html

from emporion.agents.automations.errors import RobotsRefuse, SiteAway
from emporion.kernel.addresses import joined, parts_of
from emporion.kernel.errors import DomainError, Unavailable
from emporion.plumbing import outbound

PAGE_BYTES = 5 * 1024 * 1024
ROBOTS_BYTES = 512 * 1024
SECONDS = 10.0
PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0
HTML = frozenset({"text/html", "application/xhtml+xml"})
GONE = frozenset({404, 410})


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """Where a reading ends, so that it ends."""

    pages: int = 60
    seconds: float = 240.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link on a page: its words and where it leads."""

    url: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page as it came: `status` 0 means that nothing answered, `problem` says why it cannot be used."""

    address: str
    status: int = 0
    content: bytes = b""
    is_html: bool = False
    links: tuple[Link, ...] = ()
    problem: str = ""

    @property
    def is_gone(self) -> bool:
        """Whether the site says that there is no such page."""
        return self.status in GONE


@dataclass(slots=True)
class Site:
    """One website during one reading; `was_cut` tells that a cap ended it."""

    start: str
    caps: Caps = field(default_factory=Caps)
    was_cut: bool = False
    _robots: RobotFileParser = field(default_factory=RobotFileParser)
    _pause: float = PAUSE_SECONDS
    _ends: float = 0.0

    def pages(self, known: Sequence[str] = ()) -> Iterator[Page]:
        """The pages that links lead to from the start on the same host, then the `known` ones that no link leads to.

        Raises `RobotsRefuse` or `SiteAway` when not even the first page can be read.
        """
        self._ends = time.monotonic() + self.caps.seconds
        self._read_robots()
        first = self._page(self.start)
        if first.problem:
            raise SiteAway(f"{self.start}: {first.problem}", url=self.start)
        host = parts_of(first.address).netloc
        seen, read = {plain(self.start), first.address}, {first.address}
        waiting = deque(_same_host(first, host, seen))
        yield first
        while waiting or (waiting := deque(one for one in known if one not in seen)):
            if len(read) >= self.caps.pages or self.is_out_of_time:
                self.was_cut = True
                return
            address = waiting.popleft()
            seen.add(address)
            page = self._allowed(address)
            if page is None or page.address in read:
                continue
            read.add(page.address)
            yield page
            if parts_of(page.address).netloc == host:
                waiting.extend(_same_host(page, host, seen))

    @property
    def is_out_of_time(self) -> bool:
        """Whether the reading has taken as long as it may."""
        return time.monotonic() > self._ends

    def rest(self) -> None:
        """Wait before the next request to the site."""
        time.sleep(self._pause)

    def _read_robots(self) -> None:
        request = outbound.Request(url=joined(self.start, "/robots.txt"), max_bytes=ROBOTS_BYTES, seconds=SECONDS)
        try:
            answer = outbound.fetch(request)
        except Unavailable:
            self._robots.parse([])
        else:
            usable = answer.status < 400
            self._robots.parse(answer.body.decode("utf-8", "replace").splitlines() if usable else [])
        if not self._robots.can_fetch(outbound.AGENT, self.start):
            raise RobotsRefuse(url=self.start)
        delay = self._robots.crawl_delay(outbound.AGENT)
        self._pause = min(float(delay), LONGEST_PAUSE_SECONDS) if delay else PAUSE_SECONDS

    def _allowed(self, address: str) -> Page | None:
        if not self._robots.can_fetch(outbound.AGENT, address):
            return None
        self.rest()
        return self._page(address)

    def _page(self, address: str) -> Page:
        try:
            answer = outbound.fetch(outbound.Request(url=address, max_bytes=PAGE_BYTES, seconds=SECONDS))
        except DomainError as error:
            return Page(address=address, problem=error.message)
        if answer.status >= 400:
            return Page(address=address, status=answer.status, problem=f"It answers with error {answer.status}.")
        is_html = answer.headers.get("content-type", "").partition(";")[0].strip().lower() in HTML
        links = tuple(links_of(answer.body, answer.url)) if is_html else ()
        return Page(address=plain(answer.url), status=answer.status, content=answer.body, is_html=is_html, links=links)


def plain(address: str) -> str:
    """The address without its fragment, which names no other page."""
    return urldefrag(address)[0]


def links_of(content: bytes, address: str) -> Iterator[Link]:
    """The links of a page, each address once, made absolute."""
    try:
        root = lxml_html.document_fromstring(content, parser=lxml_html.HTMLParser(encoding=_encoding(content)))
    except (etree.LxmlError, ValueError):
        return
    base = joined(address, root.findtext(".//base") or root.xpath("string(//base/@href)") or "")
    seen: set[str] = set()
    for node in root.iter("a"):
        href = (node.get("href") or "").strip()
        url = plain(joined(base or address, href))
        is_web = parts_of(url).scheme in {"http", "https"} and bool(parts_of(url).hostname)
        if href and not href.startswith("#") and is_web and url not in seen:
            seen.add(url)
            yield Link(url=url, text=" ".join(node.text_content().split())[:120])


def _encoding(content: bytes) -> str | None:
    """UTF-8 where the bytes are that, whatever is declared; else what the page itself declares."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "utf-8"


def _same_host(page: Page, host: str, seen: set[str]) -> Iterator[str]:
    for link in page.links:
        if parts_of(link.url).netloc == host and link.url not in seen:
            seen.add(link.url)
            yield link.url
