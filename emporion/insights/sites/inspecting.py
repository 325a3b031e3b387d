"""Reads a fetched page the way a browser would and finds what keeps the script in it from counting."""

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import lxml.etree
import lxml.html
from django.utils.translation import gettext as _

from emporion.insights.sites.faults import finding
from emporion.insights.sites.policies import refusal_of
from emporion.insights.sites.types import Fault, Finding
from emporion.kernel.addresses import joined, parts_of
from emporion.plumbing.parsing import number_of

SCRIPT_PATH = re.compile(r"/script(?:\.cookieless|\.hash)?\.js$")
# What well-known consent banners leave in a page.
BANNERS: Mapping[str, str] = {
    "cookiebot": "Cookiebot",
    "cookielaw.org": "OneTrust",
    "onetrust": "OneTrust",
    "usercentrics": "Usercentrics",
    "cookiefirst": "CookieFirst",
    "iubenda": "iubenda",
    "osano": "Osano",
    "termly.io": "Termly",
    "klaro": "Klaro",
    "cookieyes": "CookieYes",
    "complianz": "Complianz",
    "didomi": "Didomi",
    "axeptio": "Axeptio",
    "tarteaucitron": "tarteaucitron",
    "borlabs": "Borlabs Cookie",
    "cookie-script.com": "Cookie Script",
}
# Words in an address that the common block lists stop, whoever serves it.
BLOCKED = re.compile(
    r"analytics|tracking|tracker|plausible|umami|matomo|piwik|gtag|pixel|telemetry|datafa\.st|/stats?[./]", re.IGNORECASE
)
OWN_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
CACHES = ("x-cache", "cf-cache-status", "x-varnish-cache", "x-litespeed-cache", "x-vercel-cache", "x-wp-super-cache")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the page should hold: the website, and the server that the script comes from.

    `is_asked_here` when the question comes from the machine that the server runs on.
    """

    server: str
    public_id: str
    domain: str
    hostnames: tuple[str, ...] = ()
    is_asked_here: bool = False

    @property
    def reachable(self) -> frozenset[str]:
        """What may be looked at beside public addresses: this machine, by whoever sits at it and builds a website on it."""
        return OWN_MACHINE if self.is_asked_here and self.domain == "localhost" else frozenset()

    def owns(self, host: str) -> bool:
        """Whether a host belongs to the website."""
        names = (self.domain, *self.hostnames)
        local = self.domain == "localhost" and is_local(host)
        return local or any(host == name or host.endswith(f".{name}") or f"www.{host}" == name for name in names)

    @property
    def tag(self) -> str:
        """The script as it should stand there."""
        attributes = f'data-website-id="{self.public_id}" data-domain="{self.domain}"'
        return f'<script defer {attributes} src="{self.server}/js/script.js"></script>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A script element that is meant for us; `is_held` when something keeps the browser from running it."""

    src: str
    website_id: str
    domain: str
    api_url: str
    nonce: str
    is_held: bool
    allows_localhost: bool
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page as it was served."""

    url: str
    host: str
    text: str
    tree: lxml.html.HtmlElement
    policies: tuple[str, ...]
    age: str


def page_of(*, url: str, headers: Mapping[str, str], body: bytes) -> Page:
    """What was fetched, parsed."""
    tree = lxml.html.document_fromstring(body if body.strip() else b"<html></html>")
    metas = [meta.get("content", "") for meta in tree.iter("meta") if _is_policy(meta)]
    caches = [f"{name}: {headers[name]}" for name in CACHES if "hit" in headers.get(name, "").lower()]
    if age := number_of(headers.get("age", "")):
        caches.append(_("the copy is %(seconds)s seconds old") % {"seconds": age})
    return Page(
        url=url,
        host=parts_of(url).hostname or "",
        text=body.decode("utf-8", "replace"),
        tree=tree,
        policies=(headers.get("content-security-policy", ""), *metas),
        age=", ".join(caches),
    )


def findings_of(page: Page, expected: Expected) -> tuple[Finding, ...]:
    """Everything that stands in the way, first what must be mended first."""
    scripts = list(_scripts(page, expected))
    running = [script for script in scripts if not script.is_held]
    if not scripts:
        return () if _is_written_by_code(page, expected) else (_absent(page, expected),)
    if not running:
        return (finding(Fault.CONSENT, detail=_banner(page) or _("The script has a type that browsers do not run.")),)
    found = list(_attribute_findings(running[0], page, expected))
    found += _policy_findings(running[0], page, expected)
    if len(running) > 1:
        found.append(finding(Fault.TWICE, detail=_lines(running), count=str(len(running))))
    if BLOCKED.search(joined(page.url, running[0].src)) and running[0].src.split("/js/")[0] != expected.server:
        found.append(finding(Fault.BLOCKED_PATH, detail=running[0].src))
    return tuple(found)


def script_of(page: Page, expected: Expected) -> Script | None:
    """The first script of ours that runs."""
    return next((script for script in _scripts(page, expected) if not script.is_held), None)


def is_html(kind: str) -> bool:
    """Whether a content type is that of a page."""
    return "html" in kind.lower()


def is_local(host: str) -> bool:
    """Whether a host is this computer or lies in a private network."""
    place = host.rsplit("://", maxsplit=1)[-1].partition("/")[0]
    bare = place.partition("]")[0].lstrip("[") if place.startswith("[") or place.count(":") > 1 else place.partition(":")[0]
    try:
        return not ipaddress.ip_address(bare).is_global
    except ValueError:
        return bare == "localhost" or bare.endswith((".localhost", ".local"))


def _scripts(page: Page, expected: Expected) -> Iterator[Script]:
    for tag in page.tree.iter("script"):
        src = tag.get("src") or tag.get("data-src") or tag.get("data-cookieblock-src") or ""
        is_ours = tag.get("data-website-id") is not None or (SCRIPT_PATH.search(src) and tag.get("data-domain") is not None)
        if is_ours or src.startswith(f"{expected.server}/js/script"):
            yield _script(tag, src)


def _script(tag: lxml.html.HtmlElement, src: str) -> Script:
    kind = (tag.get("type") or "").lower()
    return Script(
        src=src,
        website_id=tag.get("data-website-id") or "",
        domain=tag.get("data-domain") or "",
        api_url=tag.get("data-api-url") or "",
        nonce=tag.get("nonce") or "",
        is_held=not tag.get("src") or kind not in {"", "module", "text/javascript", "application/javascript"},
        allows_localhost=tag.get("data-allow-localhost") not in {None, "false"},
        line=tag.sourceline or 0,
    )


def _absent(page: Page, expected: Expected) -> Finding:
    comments = [str(one.text) for one in page.tree.iter(lxml.etree.Comment)]
    if any(expected.public_id in text for text in comments):
        return finding(Fault.MISSING, detail=_("It stands inside an HTML comment."), value=expected.tag)
    if "googletagmanager.com/gtm.js" in page.text or "googletagmanager.com/ns.html" in page.text:
        container = re.search(r"GTM-[A-Z0-9]{4,}", page.text)
        return finding(Fault.TAG_MANAGER, detail=container[0] if container else "")
    if banner := _banner(page):
        detail = _("%(banner)s is in the page: if the script is in its list, it only appears after a visitor agrees.")
        return finding(Fault.MISSING, detail=detail % {"banner": banner}, value=expected.tag)
    return finding(Fault.MISSING, detail=page.age, value=expected.tag)


def _is_written_by_code(page: Page, expected: Expected) -> bool:
    """Whether other code of the page puts the script there, as frameworks do; then the first visit proves it."""
    inline = (tag.text or "" for tag in page.tree.iter("script") if not tag.get("src"))
    return any(expected.public_id in text for text in inline)


def _attribute_findings(script: Script, page: Page, expected: Expected) -> Iterator[Finding]:
    host = parts_of(joined(page.url, script.src)).hostname or ""
    if not joined(page.url, script.src).startswith(f"{expected.server}/") and not expected.owns(host):
        yield finding(Fault.OTHER_SERVER, detail=script.src, value=f"{expected.server}/js/script.js", host=host)
    if not script.website_id:
        yield finding(Fault.NO_ID, value=f'data-website-id="{expected.public_id}"')
    elif script.website_id != expected.public_id:
        yield finding(Fault.WRONG_ID, value=f'data-website-id="{expected.public_id}"', id=script.website_id)
    if not script.domain:
        yield finding(Fault.NO_DOMAIN, value=f'data-domain="{expected.domain}"')
    elif script.domain != expected.domain:
        yield finding(Fault.WRONG_DOMAIN, value=f'data-domain="{expected.domain}"', domain=script.domain)
    if is_local(page.host) and not script.allows_localhost:
        yield finding(Fault.LOCALHOST, detail=page.host, value="data-allow-localhost")


def _policy_findings(script: Script, page: Page, expected: Expected) -> Iterator[Finding]:
    src = joined(page.url, script.src)
    if refusal := refusal_of(page.policies, ("script-src-elem", "script-src"), src, script.nonce):
        advised = "" if not refusal.wants_nonce else _("It wants the page's nonce on the script.")
        detail = " ".join(filter(None, [f"{refusal.directive} {refusal.allowed}", advised]))
        yield finding(Fault.POLICY_SCRIPT, detail=detail, value=refusal.source, directive=refusal.directive)
    events = script.api_url or joined(src, "/api/events")
    if refusal := refusal_of(page.policies, ("connect-src",), joined(page.url, events)):
        detail = f"{refusal.directive} {refusal.allowed}"
        yield finding(Fault.POLICY_CONNECT, detail=detail, value=refusal.source, directive=refusal.directive)


def _banner(page: Page) -> str:
    sources = " ".join((tag.get("src") or tag.get("id") or "") for tag in page.tree.iter("script")).lower()
    return next((name for mark, name in BANNERS.items() if mark in sources), "")


def _is_policy(meta: lxml.html.HtmlElement) -> bool:
    return bool((meta.get("http-equiv") or "").lower() == "content-security-policy")


def _lines(scripts: list[Script]) -> str:
    return _("Lines %(lines)s") % {"lines": ", ".join(str(script.line) for script in scripts)}
