"""Link Check: follows every link of a site once and lists those that lead nowhere, with the page and the words they stand on."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from emporion.agents.automations.crawling import SECONDS, Caps, Site
from emporion.agents.automations.types import Finding, FindingKind, LinkCheckInputs, Outcome
from emporion.kernel.errors import DomainError
from emporion.plumbing import outbound
from emporion.plumbing.errors import AddressRefused, AnswerTooLarge

CAPS = Caps(pages=100, seconds=240.0)
MOST_LINKS = 500
MOST_FINDINGS = 200
ENOUGH_BYTES = 32 * 1024
# Statuses with which sites turn programs away while people get in.
REFUSALS = frozenset({401, 403, 405, 407, 429, 451, 999})


@dataclass(slots=True)
class _Checked:
    """What is known so far: each address once, with the first place where it stands."""

    places: dict[str, tuple[str, str]] = field(default_factory=dict)
    answers: dict[str, Finding | None] = field(default_factory=dict)
    pages: int = 0


def check_links(inputs: LinkCheckInputs) -> Outcome:
    """Walk through the site, follow each link once, and report those that fail."""
    site = Site(start=inputs.url, caps=CAPS)
    known = _Checked()
    for page in site.pages():
        if page.problem:
            known.answers[page.address] = _judged(page.status, page.problem)
            continue
        known.pages += 1
        known.answers[page.address] = None
        for link in page.links:
            known.places.setdefault(link.url, (page.address, link.text))
    for url in known.places:
        if url in known.answers:
            continue
        if len(known.answers) >= MOST_LINKS or site.is_out_of_time:
            site.was_cut = True
            break
        site.rest()
        known.answers[url] = _followed(url)
    return _outcome(known, was_cut=site.was_cut)


def _followed(url: str) -> Finding | None:
    try:
        answer = outbound.fetch(outbound.Request(url=url, max_bytes=ENOUGH_BYTES, seconds=SECONDS))
    except AnswerTooLarge:
        return None  # it answers, and with more than we need
    except AddressRefused as error:
        return Finding(kind=FindingKind.REFUSED, detail=error.message)
    except DomainError as error:
        return Finding(kind=FindingKind.BROKEN, detail=error.message)
    return _judged(answer.status, "") if answer.status >= 400 else None


def _judged(status: int, problem: str) -> Finding:
    if status in REFUSALS:
        return Finding(kind=FindingKind.REFUSED, detail=_("The site turns programs away (%(status)s).") % {"status": status})
    detail = _("It answers with error %(status)s.") % {"status": status} if status else problem
    return Finding(kind=FindingKind.BROKEN, detail=detail)


def _outcome(known: _Checked, *, was_cut: bool) -> Outcome:
    findings = [
        Finding(kind=found.kind, url=url, detail=found.detail, title=known.places[url][1] or url, place=known.places[url][0])
        for url, found in known.answers.items()
        if found is not None and url in known.places
    ]
    findings.sort(key=lambda one: (one.kind is FindingKind.REFUSED, one.place, urlsplit(one.url).path))
    broken = sum(1 for one in findings if one.kind is FindingKind.BROKEN)
    if was_cut:
        limit = _("The check ended at its limit: %(pages)s pages and %(links)s links. Start deeper in the site for the rest.")
        note = limit % {"pages": known.pages, "links": len(known.answers)}
        findings = [*findings[: MOST_FINDINGS - 1], Finding(kind=FindingKind.NOTE, detail=note)]
    counts = {"links": len(known.answers), "pages": known.pages, "broken": broken}
    good = ngettext("All links on %(pages)s page work.", "All links on %(pages)s pages work.", known.pages)
    bad = ngettext("%(broken)s of %(links)s links is broken.", "%(broken)s of %(links)s links are broken.", broken)
    return Outcome(summary=(bad if broken else good) % counts, findings=tuple(findings[:MOST_FINDINGS]), is_news=broken > 0)
