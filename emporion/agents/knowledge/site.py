"""Reads web pages and sitemaps through the outbound guard, as a polite robot: robots.txt is obeyed, pages are capped."""

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote
from urllib.robotparser import RobotFileParser

from lxml import etree

from emporion.agents.knowledge.file_names import readable
from emporion.agents.knowledge.library import SITE_PAGE_CAP
from emporion.agents.knowledge.rules import page_key
from emporion.kernel.addresses import joined, parts_of
from emporion.kernel.errors import Denied, DomainError, Invalid, Limit, Unavailable
from emporion.plumbing import outbound

PAGE_BYTES = 5 * 1024 * 1024
SITEMAP_BYTES = 50 * 1024 * 1024
SITEMAPS_CAP = 20
_HEAD_BYTES = 4096
_SITEMAP = re.compile(rb"^\s*(?:<\?xml[^>]*>\s*)?(?:<(?:\?|!--)[^>]*>\s*)*<(?:\w+:)?(?:urlset|sitemapindex)[\s>]")


class RobotsRefuse(Denied):
    """The site asks robots to stay away from this address."""

    title = "This site asks robots not to read this page."
    next_step = "Allow EmporionBot in its robots.txt, or save the page and upload it as a file."


class PageAway(Unavailable):
    """The address answers with an error."""

    title = "This page could not be read."
    next_step = "Open it in a browser to see whether it is public, then read it again."


class NoSitemap(Invalid):
    """No pages are listed."""

    title = "No sitemap with pages was found at this address."
    next_step = "Give the address of the sitemap itself, for example https://example.com/sitemap.xml, or add single pages."


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page as it came, with the file name that its type calls for; or why it did not."""

    address: str
    name: str = ""
    content: bytes = b""
    problem: str = ""
    left_out: int = 0  # how many more the site lists than are read


def page(address: str) -> Page:
    """One page; refused by robots.txt, or away, is an error."""
    _require_allowed(address, _robots(address))
    return _fetched(address)


def is_sitemap(content: bytes) -> bool:
    """Whether what came is a list of pages rather than a page."""
    return bool(_SITEMAP.search(_unpacked(content[:_HEAD_BYTES])[:_HEAD_BYTES]))


def pages(address: str, progress: Callable[[int, int], None], is_left: Callable[[str], bool]) -> Iterator[Page]:
    """The pages of a site's sitemap, up to the cap; each that cannot be read says so and harms no other.

    What `is_left` to others by its address is not asked for.
    """
    robots = _robots(address)
    listed = _each_once(_listed(address, robots))
    addresses = listed[:SITE_PAGE_CAP]
    if not addresses:
        raise NoSitemap
    if len(listed) > SITE_PAGE_CAP:
        yield Page(address=address, left_out=len(listed) - SITE_PAGE_CAP)
    for number, one in enumerate(addresses):
        progress(number, len(addresses))
        if is_left(one):
            continue
        try:
            _require_allowed(one, robots)
            yield _fetched(one)
        except DomainError as error:
            yield Page(address=one, problem=error.message)


def with_scheme(address: str) -> str:
    """The address with the scheme that answers, where none was given: https, else http. The guard refuses both alike."""
    if not address.startswith("//"):
        return address
    secure, plain = f"https:{address}", f"http:{address}"
    try:
        outbound.fetch(outbound.Request(url=secure, max_bytes=PAGE_BYTES))
    except Limit:
        return secure
    except Unavailable:
        outbound.fetch(outbound.Request(url=plain, max_bytes=PAGE_BYTES))
        return plain
    return secure


def _fetched(address: str) -> Page:
    answer = outbound.fetch(outbound.Request(url=address, max_bytes=PAGE_BYTES))
    if answer.status >= 400:
        raise PageAway(f"This page answers with error {answer.status}.", url=address, status=answer.status)
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    name = readable(PurePosixPath(unquote(parts_of(answer.url).path)).name) or parts_of(answer.url).hostname or "index"
    if kind in {"text/html", "application/xhtml+xml"} and not name.endswith((".html", ".htm")):
        name += ".html"
    return Page(address=answer.url, name=name[:200], content=answer.body)


def _robots(address: str) -> RobotFileParser:
    parser = RobotFileParser()
    try:
        answer = outbound.fetch(outbound.Request(url=joined(address, "/robots.txt"), max_bytes=1024 * 1024, seconds=8))
    except Unavailable:
        parser.parse([])
        return parser
    parser.parse(answer.body.decode("utf-8", "replace").splitlines() if answer.status < 400 else [])
    return parser


def _require_allowed(address: str, robots: RobotFileParser) -> None:
    if not robots.can_fetch(outbound.AGENT, address):
        raise RobotsRefuse(url=address)


def _listed(address: str, robots: RobotFileParser) -> list[str]:
    """The addresses of pages on the same host: from the sitemap given, those that robots.txt names, or the usual place."""
    waiting = [address] if parts_of(address).path.endswith((".xml", ".xml.gz", ".txt")) else _usual_sitemaps(address, robots)
    host = parts_of(address).hostname
    found: dict[str, None] = {}
    for read in range(SITEMAPS_CAP):
        if read >= len(waiting) or len(found) >= SITE_PAGE_CAP:
            break
        entries, nested = _entries(waiting[read])
        waiting += [one for one in nested if one not in waiting]
        found |= dict.fromkeys(one for one in entries if parts_of(one).hostname == host)
    return list(found)


def _each_once(addresses: list[str]) -> list[str]:
    found: dict[str, str] = {}
    for address in addresses:
        found.setdefault(page_key(address), address)
    return list(found.values())


def _usual_sitemaps(address: str, robots: RobotFileParser) -> list[str]:
    return robots.site_maps() or [joined(address, "/sitemap.xml")]


def _entries(address: str) -> tuple[list[str], list[str]]:
    """The pages and the further sitemaps that a sitemap lists."""
    answer = outbound.fetch(outbound.Request(url=address, max_bytes=SITEMAP_BYTES))
    if answer.status >= 400:
        return [], []
    body = _unpacked(answer.body)
    if parts_of(address).path.endswith(".txt"):
        return [line.strip() for line in body.decode("utf-8", "replace").splitlines() if line.strip().startswith("http")], []
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True, huge_tree=False)
    root = etree.fromstring(body, parser) if body.strip() else None
    if root is None:
        return [], []
    places = [(node.text or "").strip() for node in root.iter("{*}loc")]
    is_index = etree.QName(root).localname == "sitemapindex"
    return ([], places) if is_index else (places, [])


def _unpacked(body: bytes) -> bytes:
    if body[:2] != b"\x1f\x8b":
        return body
    unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    return unpacker.decompress(body, SITEMAP_BYTES)
