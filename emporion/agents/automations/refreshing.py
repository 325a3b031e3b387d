"""Source Refresh: has an agent's web pages read again, and says afterwards what changed, what stayed and what is gone.

The reading itself is the library's own job, so a refresh has two halves: `begin` remembers what there was and asks for the
reading; `collect` compares once nothing is being read any more.
"""

from datetime import datetime
from uuid import UUID

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from emporion.agents.automations.errors import AgentGone
from emporion.agents.automations.types import Finding, FindingKind, Outcome, RefreshInputs
from emporion.agents.knowledge import actions as knowledge
from emporion.agents.knowledge import queries as library
from emporion.agents.knowledge.library import SourceKind, SourceState, SourceView
from emporion.agents.runtime import queries as runtime
from emporion.kernel.errors import NotFound
from emporion.plumbing.types import Actor


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """The documents of one source before it was read again, by their ids: a changed document gets a new one."""

    source_id: UUID
    documents: tuple[UUID, ...]


def begin(inputs: RefreshInputs, *, organisation_id: UUID, project_id: UUID, now: datetime) -> str:
    """Ask for every web page of the agent to be read again; returns the baseline to hand to `collect`."""
    actor = Actor.system(organisation_id)
    sources = _web_sources(actor, inputs.agent, project_id)
    baseline = [Before(source_id=one.id, documents=tuple(_documents(actor, inputs.agent, one))) for one in sources]
    for source in sources:
        if not source.is_busy:
            knowledge.read_again(library_id=inputs.agent, source_id=source.id, actor=actor, now=now)
    return msgspec.json.encode(baseline).decode()


def collect(inputs: RefreshInputs, *, organisation_id: UUID, project_id: UUID, baseline: str, is_last: bool) -> Outcome | None:
    """What came of the reading; `None` while something is still being read, unless this is the last look."""
    actor = Actor.system(organisation_id)
    before = {one.source_id: one.documents for one in msgspec.json.decode(baseline, type=list[Before])}
    sources = [one for one in _web_sources(actor, inputs.agent, project_id) if one.id in before]
    if any(one.is_busy for one in sources) and not is_last:
        return None
    findings = [_compared(actor, inputs.agent, source, before[source.id]) for source in sources]
    changed = sum(1 for one in findings if one.kind is FindingKind.REFRESHED)
    missing = sum(1 for one in findings if one.kind is FindingKind.UNREADABLE)
    order = {FindingKind.UNREADABLE: 0, FindingKind.REFRESHED: 1}
    findings.sort(key=lambda one: order.get(one.kind, 2))
    summary = _summary(len(findings), changed, missing)
    return Outcome(summary=summary, findings=tuple(findings), is_news=missing > 0)


def _web_sources(actor: Actor, agent_id: UUID, project_id: UUID) -> list[SourceView]:
    try:
        agent = runtime.agent(actor, agent_id)
    except NotFound as error:
        raise AgentGone(agent=str(agent_id)) from error
    if agent.project_id != project_id:
        raise AgentGone(agent=str(agent_id))
    found = library.sources(actor, agent_id)
    return [one for one in found if one.kind in {SourceKind.PAGE, SourceKind.SITEMAP} and not one.is_built_in]


def _documents(actor: Actor, agent_id: UUID, source: SourceView) -> dict[UUID, str]:
    if not source.document_count:
        return {}
    view = library.document(actor, agent_id, source.id, document_id=None, passage_id=None)
    return {view.id: view.name, **view.others}


def _compared(actor: Actor, agent_id: UUID, source: SourceView, before: tuple[UUID, ...]) -> Finding:
    url = source.address
    if source.state is SourceState.FAILED:
        return Finding(
            kind=FindingKind.UNREADABLE, title=source.name, url=url, detail=f"{source.problem} {source.next_step}".strip()
        )
    if source.is_busy:
        return Finding(kind=FindingKind.NOTE, title=source.name, url=url, detail=_("It is still being read."))
    fresh = [name for document, name in _documents(actor, agent_id, source).items() if document not in before]
    if fresh:
        return Finding(kind=FindingKind.REFRESHED, title=source.name, url=url, detail=_detail(fresh, source.note))
    return Finding(kind=FindingKind.UNCHANGED, title=source.name, url=url, detail=source.note)


def _detail(fresh: list[str], note: str) -> str:
    text = ngettext("%(count)s page was indexed anew", "%(count)s pages were indexed anew", len(fresh)) % {"count": len(fresh)}
    return f"{text}: {', '.join(fresh[:10])}. {note}".strip()


def _summary(sources: int, changed: int, missing: int) -> str:
    if not sources:
        return _("This agent has no web pages among its sources.")
    words = _("%(changed)s changed, %(same)s unchanged, %(missing)s not readable.")
    return words % {"changed": changed, "same": sources - changed - missing, "missing": missing}
