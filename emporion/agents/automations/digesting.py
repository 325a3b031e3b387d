"""Weekly Digest: what people asked the agents of a project in a week, and what those could not answer."""

from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from emporion.agents.automations.types import Finding, FindingKind, Outcome
from emporion.agents.runtime import queries as runtime
from emporion.agents.runtime.types import AgentFigures, AgentView
from emporion.plumbing.types import Actor
from emporion.ui.wording import percent

WEEK = timedelta(days=7)
GAPS = 10


def digest(*, organisation_id: UUID, project_id: UUID, now: datetime) -> Outcome:
    """The week of every agent of the project, the unanswered questions most asked first."""
    actor = Actor.system(organisation_id)
    agents = [one for one in runtime.agents(actor) if one.project_id == project_id]
    figures = [(agent, runtime.figures_of(actor, agent.id, start=now - WEEK, now=now)) for agent in agents]
    talks = sum(one.conversations for _agent, one in figures)
    gaps = [gap for agent in agents for gap in _gaps(actor, agent, now)]
    findings = [finding for _count, finding in sorted(gaps, key=lambda gap: -gap[0])]
    findings += [_line(agent, one) for agent, one in figures]
    return Outcome(summary=_summary(len(agents), talks, len(gaps)), findings=tuple(findings), is_news=True)


def _gaps(actor: Actor, agent: AgentView, now: datetime) -> list[tuple[int, Finding]]:
    found, _total = runtime.gaps_of(actor, agent.id, now=now, limit=GAPS)
    return [
        (
            gap.count,
            Finding(
                kind=FindingKind.UNANSWERED,
                title=gap.question[:300],
                detail=ngettext("asked once", "asked %(count)s times", gap.count) % {"count": gap.count},
                place=agent.name,
                url=f"/agents/{agent.id}/training/pairs/?{urlencode({'question': gap.question[:300]})}",
            ),
        )
        for gap in found
    ]


def _line(agent: AgentView, figures: AgentFigures) -> Finding:
    up = round((figures.helpful or 0) * figures.ratings)
    share = "–" if figures.from_sources is None else percent(figures.from_sources)
    words = _("%(talks)s conversations, %(answers)s answers, %(share)s from the sources, %(up)s thumbs up, %(down)s down")
    counts = {"talks": figures.conversations, "answers": figures.answers, "share": share}
    detail = words % (counts | {"up": up, "down": figures.ratings - up})
    return Finding(kind=FindingKind.FIGURES, title=agent.name, detail=detail, url=f"/agents/{agent.id}/")


def _summary(agents: int, talks: int, gaps: int) -> str:
    if not agents:
        return _("There is no agent in this project yet.")
    if not talks:
        return _("Nobody talked with your agents this week.")
    held = ngettext("%(count)s conversation", "%(count)s conversations", talks) % {"count": talks}
    if not gaps:
        return _("%(talks)s this week; every question was answered.") % {"talks": held}
    open_ones = ngettext("%(count)s question stayed unanswered", "%(count)s questions stayed unanswered", gaps) % {"count": gaps}
    return _("%(talks)s this week; %(gaps)s.") % {"talks": held, "gaps": open_ones}
