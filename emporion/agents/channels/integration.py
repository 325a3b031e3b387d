"""Looks at a page in which a widget should run, and names the exact thing that keeps it from running."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import lxml.html

from emporion.agents.channels import rules
from emporion.agents.channels.types import Check, CheckState, ImplementationView, IntegrationReport, WidgetView
from emporion.kernel.addresses import joined, parts_of
from emporion.kernel.errors import DomainError
from emporion.plumbing.outbound import Fetched, Request, fetch

OWN_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
SEEN_LATELY = timedelta(minutes=10)
SCRIPT_PATH = "/widget/v1.js"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the page should hold; `is_asked_here` when the question comes from the machine that the server runs on."""

    site: str
    widget: WidgetView
    places: tuple[ImplementationView, ...]
    now: datetime
    is_asked_here: bool = False


ELSEWHERE = "A page on your own computer is tested in your browser: open it there, and it is listed under Implementations."


def examine(url: str, expected: Expected) -> IntegrationReport:
    """All checks in order; those after a failure wait for it."""
    is_own = parts_of(url if "://" in url else f"//{url}").hostname in OWN_MACHINE
    address = url if "://" in url else f"{'http' if is_own else 'https'}://{url}"
    try:
        page = fetch(Request(url=address, max_bytes=5_000_000, also=OWN_MACHINE if expected.is_asked_here else frozenset()))
    except DomainError as error:
        advice = ELSEWHERE if is_own and not expected.is_asked_here else error.step
        failed = Check(name="Page answered", state=CheckState.FAILED, detail=error.message, advice=advice)
        return IntegrationReport(url=address, checks=_with_waiting([failed]))
    checks: list[Check] = []
    for look in (_answered, _script, _agent, _domain, _policy, _frame_policy, _seen, _conversation):
        check = look(page, expected)
        checks.append(check)
        if check.state is not CheckState.PASSED:
            break
    return IntegrationReport(url=page.url, checks=_with_waiting(checks))


NAMES = (
    "Page answered",
    "Embed code found",
    "It is this agent's code",
    "Domain allowed",
    "Script allowed by the page",
    "Chat allowed by the page",
    "Widget seen here",
    "First conversation",
)


def _with_waiting(checks: list[Check]) -> tuple[Check, ...]:
    left = NAMES[len(checks) :]
    return (*checks, *(Check(name=name, state=CheckState.WAITING, detail="Waits for the step before") for name in left))


def _answered(page: Fetched, expected: Expected) -> Check:
    if page.status >= 400:
        advice = "Test a page that visitors can see without signing in."
        return Check(name=NAMES[0], state=CheckState.FAILED, detail=f"It answers with {page.status}.", advice=advice)
    if "html" not in page.headers.get("content-type", "text/html"):
        detail = f"It answers with {page.headers['content-type']}, which is not a page."
        return Check(name=NAMES[0], state=CheckState.FAILED, detail=detail, advice="Test the address of a page.")
    return Check(name=NAMES[0], state=CheckState.PASSED, detail=str(page.status))


def _script(page: Fetched, expected: Expected) -> Check:
    tags, ours = _tags(page), _ours(page, expected)
    if len(ours) > 1:
        return Check(name=NAMES[1], state=CheckState.FAILED, detail=f"It stands {len(ours)} times.", advice="Keep one of them.")
    if ours:
        return Check(name=NAMES[1], state=CheckState.PASSED, detail=f"line {ours[0].sourceline}")
    elsewhere = next((tag.get("src", "") for tag in tags if SCRIPT_PATH in tag.get("src", "")), "")
    if elsewhere:
        detail, advice = f"It loads from {elsewhere}.", "Use the address of this server."
    elif b"googletagmanager.com" in page.body:
        detail = "It is not in the page, but a tag manager is."
        advice = "If the tag is in your tag manager, publish the container; the test then sees the widget when it loads."
    else:
        detail, advice = (
            "The script is not in the page.",
            "Paste the embed code before </body>, publish, and clear the site's cache.",
        )
    tag = f'<script defer src="{expected.site}{SCRIPT_PATH}" data-agent="{expected.widget.public_id}"></script>'
    return Check(name=NAMES[1], state=CheckState.FAILED, detail=detail, advice=advice, value=tag)


def _agent(page: Fetched, expected: Expected) -> Check:
    tag = _ours(page, expected)[0]
    given = tag.get("data-agent") or tag.get("data-widget") or ""
    if given in {expected.widget.public_id, str(expected.widget.agent_id)}:
        return Check(name=NAMES[2], state=CheckState.PASSED, detail=given)
    detail = f"data-agent is {given!r}." if given else "data-agent is missing."
    return Check(
        name=NAMES[2], state=CheckState.FAILED, detail=detail, advice="Put this value there:", value=expected.widget.public_id
    )


def _domain(page: Fetched, expected: Expected) -> Check:
    host = rules.host_of(page.url)
    if rules.is_allowed(host, expected.widget.live.allowed_domains):
        return Check(name=NAMES[3], state=CheckState.PASSED, detail=host)
    detail = f"{host} is not among the allowed domains."
    return Check(
        name=NAMES[3], state=CheckState.FAILED, detail=detail, advice="Add it to the allowed domains and publish:", value=host
    )


def _policy(page: Fetched, expected: Expected) -> Check:
    nonce = _ours(page, expected)[0].get("nonce") or ""
    for directives in (("script-src-elem", "script-src"), ("connect-src",)):
        sources = _refusing(page, directives, expected.site, nonce)
        if sources is None:
            continue
        detail = f"Its Content-Security-Policy allows {directives[-1]} {' '.join(sources) or 'nothing'} only."
        if "'strict-dynamic'" in sources:
            advice = "Put the page's nonce on the script, and our address into connect-src and frame-src:"
        else:
            advice = "Add our address to script-src, connect-src and frame-src:"
        return Check(name=NAMES[4], state=CheckState.FAILED, detail=detail, advice=advice, value=expected.site)
    return Check(name=NAMES[4], state=CheckState.PASSED)


def _frame_policy(page: Fetched, expected: Expected) -> Check:
    sources = _refusing(page, ("frame-src", "child-src"), expected.site, "")
    if sources is not None:
        detail = f"Its Content-Security-Policy allows frames from {' '.join(sources) or 'nowhere'} only."
        return Check(
            name=NAMES[5], state=CheckState.FAILED, detail=detail, advice="Add our address to frame-src:", value=expected.site
        )
    return Check(name=NAMES[5], state=CheckState.PASSED)


def _seen(page: Fetched, expected: Expected) -> Check:
    place = _place(page, expected)
    if place and expected.now - place.last_seen_at < SEEN_LATELY:
        return Check(name=NAMES[6], state=CheckState.PASSED, detail=f"version {place.version}")
    advice = (
        "Open the page in a browser now. If nothing happens there, an ad blocker or a consent banner may hold the script back."
    )
    return Check(name=NAMES[6], state=CheckState.WAITING, detail="Waiting for a browser to load it.", advice=advice)


def _conversation(page: Fetched, expected: Expected) -> Check:
    place = _place(page, expected)
    if place and place.conversations:
        return Check(name=NAMES[7], state=CheckState.PASSED, detail=str(place.conversations))
    return Check(name=NAMES[7], state=CheckState.WAITING, detail="Ask something in the widget on your page.")


def _place(page: Fetched, expected: Expected) -> ImplementationView | None:
    host = rules.host_of(page.url)
    return next((place for place in expected.places if place.host == host), None)


def _tags(page: Fetched) -> list[lxml.html.HtmlElement]:
    return [tag for tag in _document(page).iter("script") if tag.get("src")]


def _ours(page: Fetched, expected: Expected) -> list[lxml.html.HtmlElement]:
    wanted = parts_of(expected.site + SCRIPT_PATH)[1:3]
    return [tag for tag in _tags(page) if parts_of(joined(page.url, tag.get("src", "")))[1:3] == wanted]


def _document(page: Fetched) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring(page.body if page.body.strip() else b"<html></html>")


def _policies(page: Fetched) -> Iterator[dict[str, list[str]]]:
    """Every policy of the page, from its headers and its meta elements; the browser enforces all of them."""
    given = page.headers.get("content-security-policy", "").split(",")
    for meta in _document(page).iter("meta"):
        if meta.get("http-equiv", "").lower() == "content-security-policy":
            given += meta.get("content", "").split(",")
    for policy in given:
        yield {words[0].lower(): words[1:] for part in policy.split(";") if (words := part.split())}


def _refusing(page: Fetched, directives: tuple[str, ...], site: str, nonce: str) -> list[str] | None:
    """The sources of the first policy that keeps our address out; None when all let it in."""
    for policy in _policies(page):
        sources = next((policy[name] for name in (*directives, "default-src") if name in policy), None)
        if sources is not None and not _lets(sources, site, nonce):
            return sources
    return None


def _lets(sources: list[str], site: str, nonce: str) -> bool:
    if nonce and f"'nonce-{nonce}'" in sources:
        return True
    if "'strict-dynamic'" in sources:  # the browser then ignores addresses
        return False
    scheme, _, rest = site.partition("://")
    host = rules.without_port(rest)
    accepted = {"*", f"{scheme}:", site, f"{site}/", rest, f"{scheme}://{host}:*", f"{host}:*"} | (
        {host} if host == rest else set()
    )
    wildcards = [source.removeprefix(f"{scheme}://").removeprefix("*") for source in sources if "*." in source]
    return bool(accepted & set(sources)) or any(host.endswith(tail) for tail in wildcards)
