"""Looks at a page in which a widget should run, and names the exact thing that keeps it from running."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

import lxml.html

from emporion.agents.channels import rules
from emporion.agents.channels.types import Check, CheckState, ImplementationView, IntegrationReport, WidgetView
from emporion.kernel.errors import DomainError
from emporion.plumbing.outbound import Fetched, Request, fetch

SEEN_LATELY = timedelta(minutes=10)
SCRIPT_PATH = "/widget/v1.js"
META_POLICY = re.compile(rb'http-equiv=["\']?content-security-policy["\']?[^>]*content="([^"]*)"', re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the page should hold."""

    site: str
    widget: WidgetView
    places: tuple[ImplementationView, ...]
    now: datetime


def examine(url: str, expected: Expected) -> IntegrationReport:
    """All checks in order; those after a failure wait for it."""
    address = url if "://" in url else f"https://{url}"
    try:
        page = fetch(Request(url=address, max_bytes=5_000_000))
    except DomainError as error:
        failed = Check(name="Page answered", state=CheckState.FAILED, detail=error.message, advice=error.step)
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
    return Check(name=NAMES[0], state=CheckState.PASSED, detail=str(page.status))


def _script(page: Fetched, expected: Expected) -> Check:
    tags = _tags(page)
    ours = [tag for tag in tags if tag.get("src", "").startswith(expected.site + SCRIPT_PATH)]
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
    tag = next(tag for tag in _tags(page) if tag.get("src", "").startswith(expected.site + SCRIPT_PATH))
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
    for directive in ("script-src", "connect-src"):
        if (sources := _sources(page, directive)) is not None and not _lets(sources, expected.site):
            allowed = " ".join(sources) or "none"
            detail = f"Its Content-Security-Policy allows {directive} {allowed} only."
            advice = "Add our address to script-src, connect-src and frame-src:"
            return Check(name=NAMES[4], state=CheckState.FAILED, detail=detail, advice=advice, value=expected.site)
    return Check(name=NAMES[4], state=CheckState.PASSED)


def _frame_policy(page: Fetched, expected: Expected) -> Check:
    sources = _sources(page, "frame-src", "child-src")
    if sources is not None and not _lets(sources, expected.site):
        detail = f"Its Content-Security-Policy allows frames from {' '.join(sources)} only."
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
    if not page.body.strip():
        return []
    return [tag for tag in lxml.html.document_fromstring(page.body).iter("script") if tag.get("src")]


def _sources(page: Fetched, *directives: str) -> list[str] | None:
    """The sources of the first directive that is set, falling back to default-src; None when there is no policy for it."""
    policies = [page.headers.get("content-security-policy", "")]
    policies += [found.decode("utf-8", "replace") for found in META_POLICY.findall(page.body)]
    for policy in policies:
        parsed = {words[0].lower(): words[1:] for part in policy.split(";") if (words := part.split())}
        for name in (*directives, "default-src"):
            if name in parsed:
                return parsed[name]
    return None


def _lets(sources: list[str], site: str) -> bool:
    scheme, _, rest = site.partition("://")
    accepted = {"*", f"{scheme}:", site, rest, rest.partition(":")[0]}
    wildcards = [source.removeprefix(f"{scheme}://").removeprefix("*") for source in sources if "*." in source]
    return bool(accepted & set(sources)) or any(rest.partition(":")[0].endswith(tail) for tail in wildcards)
