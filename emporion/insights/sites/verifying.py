"""Looks at a page of a website and names the exact thing that keeps it from being measured."""

import secrets
import socket
from dataclasses import dataclass
from urllib.parse import urlunsplit

from emporion.insights.sites.faults import STATUS_HINTS, finding
from emporion.insights.sites.inspecting import Expected, Page, findings_of, is_html, is_local, page_of, script_of
from emporion.insights.sites.types import Fault, Finding, Verification
from emporion.kernel.addresses import joined, parts_of
from emporion.kernel.errors import DomainError
from emporion.plumbing.errors import AddressRefused, AddressUnreachable
from emporion.plumbing.outbound import Fetched, Request, fetch

SECONDS = 10.0
LARGEST_PAGE = 5_000_000
LARGEST_SCRIPT = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Failed(Exception):
    finding: Finding


def verify(url: str, expected: Expected) -> Verification:
    """The look at one page: every fault that stands in the way, in the order in which to mend them."""
    address = url.strip() if "://" in url else f"{'http' if is_local(url) else 'https'}://{url.strip()}"
    try:
        page = _page(address, expected)
    except _Failed as failed:
        return Verification(url=address, findings=(failed.finding,))
    if not expected.owns(page.host):
        found = finding(Fault.OTHER_HOST, detail=page.url, value=page.host, host=page.host)
        return Verification(url=page.url, findings=(found,))
    findings = findings_of(page, expected)
    if any(one.fault is Fault.MISSING for one in findings) and _is_in_fresh_copy(page.url, expected):
        old = finding(Fault.OLD_COPY, detail=page.age)
        findings = tuple(old if one.fault is Fault.MISSING else one for one in findings)
    ours = script_of(page, expected)
    if ours and not findings:
        findings = tuple(_script_findings(joined(page.url, ours.src), expected))
    return Verification(url=page.url, findings=findings, found=ours.src if ours else "")


def _page(address: str, expected: Expected) -> Page:
    """The page, if it is one; _Failed with what is wrong otherwise."""
    try:
        answer = fetch(_request(address, LARGEST_PAGE, expected))
    except DomainError as error:
        raise _Failed(finding=_unreached(address, error)) from error
    if answer.status >= 400:
        hint = STATUS_HINTS.get(answer.status)
        raise _Failed(finding=finding(Fault.HTTP_ERROR, detail=hint() if hint else "", status=str(answer.status)))
    kind = answer.headers.get("content-type", "text/html")
    if not is_html(kind):
        raise _Failed(finding=finding(Fault.NOT_HTML, kind=kind.split(";")[0]))
    return page_of(url=answer.url, headers=answer.headers, body=answer.body)


def _request(url: str, largest: int, expected: Expected) -> Request:
    return Request(url=url, seconds=SECONDS, max_bytes=largest, headers={"Accept": "text/html,*/*"}, also=expected.reachable)


def _unreached(address: str, error: DomainError) -> Finding:
    host = parts_of(address).hostname or address
    if isinstance(error, AddressRefused):
        return finding(Fault.REFUSED_ADDRESS, detail=host)
    cause = error.__cause__
    if isinstance(cause, socket.gaierror | UnicodeError | ValueError):
        return finding(Fault.UNKNOWN_NAME, host=host)
    if "SSL" in str(cause) or "certificate" in str(cause).lower():
        return finding(Fault.TLS, detail=str(cause)[:200])
    if "Timeout" in type(cause).__name__:
        return finding(Fault.TIMEOUT, detail=host)
    return finding(Fault.UNREACHABLE, detail=error.message)


def _is_in_fresh_copy(url: str, expected: Expected) -> bool:
    """Whether the page has the script when it is asked for under an address that no cache has seen."""
    parts = parts_of(url)
    query = "&".join(filter(None, [parts.query, f"verify={secrets.token_hex(4)}"]))
    try:
        fresh = _page(urlunsplit(parts._replace(query=query)), expected)
    except _Failed:
        return False
    return script_of(fresh, expected) is not None


def _script_findings(url: str, expected: Expected) -> list[Finding]:
    """Whether a script behind the owner's own proxy is really passed on; our own needs no look."""
    if url.startswith(f"{expected.server}/"):
        return []
    answer: Fetched | None
    try:
        answer = fetch(_request(url, LARGEST_SCRIPT, expected))
    except (AddressRefused, AddressUnreachable):
        answer = None
    status = str(answer.status) if answer else "—"
    if answer is None or answer.status >= 400 or (b"data-website-id" not in answer.body and b"websiteId" not in answer.body):
        return [finding(Fault.SCRIPT_UNREACHABLE, detail=url, status=status)]
    return []
