"""Website Watch: reads the pages of a site and says which passages changed since the reading before."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from emporion.agents.automations import rules
from emporion.agents.automations.crawling import Page, Site
from emporion.agents.automations.types import Finding, FindingKind, Outcome, PageText, WatchInputs
from emporion.agents.knowledge.parsing import parse
from emporion.kernel.errors import DomainError

LONGEST_BLOCK = 2000
MOST_FINDINGS = 200


def watch(inputs: WatchInputs, before: Mapping[str, PageText]) -> Outcome:
    """Read the site and compare it with `before` (by address); the first reading only remembers."""
    site = Site(start=inputs.url)
    read: list[PageText] = []
    gone: list[str] = []
    findings: list[Finding] = []
    for page in site.pages(known=tuple(before)):
        text = _text_of(page) if not page.problem else None
        if text is not None:
            read.append(text)
            findings += _news(before.get(text.address), text) if before else []
        elif page.is_gone and page.address in before:
            gone.append(page.address)
            findings.append(Finding(kind=FindingKind.GONE_PAGE, title=before[page.address].title, url=page.address))
        elif page.address in before:
            findings.append(
                Finding(kind=FindingKind.UNREADABLE, url=page.address, detail=page.problem or _("No text was found."))
            )
    if site.was_cut:
        note = _("The reading ended at its limit; %(count)s pages were read.") % {"count": len(read)}
        findings.append(Finding(kind=FindingKind.NOTE, detail=note))
    news = [one for one in findings if one.kind not in {FindingKind.UNREADABLE, FindingKind.NOTE}]
    summary = _summary(len(read), len({one.url for one in news}), is_first=not before)
    return Outcome(
        summary=summary, findings=tuple(findings[:MOST_FINDINGS]), is_news=bool(news), pages=tuple(read), gone=tuple(gone)
    )


def _text_of(page: Page) -> PageText | None:
    try:
        document = parse(page.content, name="page.html" if page.is_html else page.address.rsplit("/", 1)[-1] or "page")
    except DomainError:
        return None
    blocks = tuple(line for block in document.blocks for line in _lines(block.text))
    return PageText(address=page.address, title=document.title[:300], blocks=blocks)


def _lines(text: str) -> list[str]:
    """A list or table is compared line by line, so that one new price is not a new list."""
    return [line.strip()[:LONGEST_BLOCK] for line in text.splitlines() if line.strip()]


def _news(before: PageText | None, after: PageText) -> tuple[Finding, ...]:
    if before is None:
        return (
            Finding(kind=FindingKind.NEW_PAGE, title=after.title, url=after.address, after="\n".join(after.blocks[:6])[:800]),
        )
    return rules.compare_pages(before, after) if before.blocks != after.blocks else ()


def _summary(pages: int, changed: int, *, is_first: bool) -> str:
    if is_first:
        return ngettext(
            "%(count)s page was read for the first time. Changes are reported from the next reading.",
            "%(count)s pages were read for the first time. Changes are reported from the next reading.",
            pages,
        ) % {"count": pages}
    if not changed:
        return ngettext("Nothing changed on %(count)s page.", "Nothing changed on %(count)s pages.", pages) % {"count": pages}
    text = ngettext("%(changed)s of %(count)s pages changed.", "%(changed)s of %(count)s pages changed.", changed)
    return text % {"changed": changed, "count": pages}
