"""Figures of one agent, counted from its own messages: what the Overview shows is what happened."""

from collections import Counter
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import TruncDay
from django.utils.translation import gettext as _

from emporion.agents.knowledge.library import SourceState
from emporion.agents.knowledge.queries import recent_changes
from emporion.agents.runtime.access import seen
from emporion.agents.runtime.models import Citation, Conversation, Feedback, Handover, Message, PersonaVersion
from emporion.agents.runtime.types import (
    OWN_TEAM,
    Activity,
    AgentFigures,
    Channel,
    Gap,
    HandoverState,
    MessageState,
    Mode,
    Speaker,
)
from emporion.plumbing.types import Actor

GAP_DAYS = timedelta(days=7)
UNSEEN = (Channel.PREVIEW, Channel.DEMO)


def figures_of(actor: Actor, agent_id: UUID, *, start: datetime, now: datetime) -> AgentFigures:
    """Counts since `start`, beside those of the same length of time before it.

    Conversations and the shares tell how visitors fare and leave out what the team tries; answers and calls are all there were.
    """
    agent = seen(actor, agent_id)
    conversations = Conversation.objects.filter(agent=agent).exclude(channel__in=OWN_TEAM | {Channel.DEMO})
    answers = _answers(agent.id)
    before = start - (now - start)
    now_answers, old_answers = answers.filter(created_at__gte=start), answers.filter(created_at__range=(before, start))
    first, ninety_five = _first_words(now_answers)
    to_visitors, to_visitors_before = _without_team(now_answers), _without_team(old_answers)
    helpful, ratings = _helpful(to_visitors)
    return AgentFigures(
        conversations=conversations.filter(started_at__gte=start).count(),
        conversations_before=conversations.filter(started_at__range=(before, start)).count(),
        answers=now_answers.count(),
        from_sources=_answered_share(to_visitors),
        from_sources_before=_answered_share(to_visitors_before),
        helpful=helpful,
        ratings=ratings,
        first_words_ms=first,
        first_words_95_ms=ninety_five,
        calls_by_day=_by_day(now_answers, start, now),
    )


def _answers(agent_id: UUID) -> QuerySet[Message]:
    rows = Message.objects.filter(conversation__agent_id=agent_id, speaker=Speaker.AGENT)
    rows = rows.filter(state__in=[MessageState.DONE, MessageState.STOPPED])
    return rows.exclude(conversation__channel__in=UNSEEN).exclude(mode__in=[Mode.AWAY, Mode.PERSON])


def _without_team(answers: QuerySet[Message]) -> QuerySet[Message]:
    return answers.exclude(conversation__channel__in=OWN_TEAM)


def _answered_share(answers: QuerySet[Message]) -> float | None:
    counts = answers.exclude(mode=Mode.COURTESY).aggregate(all=Count("id"), good=Count("id", filter=Q(is_answered=True)))
    return counts["good"] / counts["all"] if counts["all"] else None


def _helpful(answers: QuerySet[Message]) -> tuple[float | None, int]:
    counts = Feedback.objects.filter(message__in=answers).aggregate(all=Count("pk"), good=Count("pk", filter=Q(is_good=True)))
    return (counts["good"] / counts["all"] if counts["all"] else None), counts["all"]


def _first_words(answers: QuerySet[Message]) -> tuple[int | None, int | None]:
    newest = answers.exclude(first_words_ms=None).order_by("-id").values_list("first_words_ms", flat=True)[:5000]
    times = sorted(time for time in newest if time is not None)
    if not times:
        return None, None
    return times[len(times) // 2], times[min(len(times) - 1, len(times) * 95 // 100)]


def _by_day(answers: QuerySet[Message], start: datetime, now: datetime) -> tuple[tuple[datetime, int], ...]:
    rows = dict(answers.annotate(day=TruncDay("created_at")).values_list("day").annotate(count=Count("id")))
    first = start.replace(hour=0, minute=0, second=0, microsecond=0)
    days = [first + timedelta(days=number) for number in range((now - first).days + 1)]
    return tuple((day, rows.get(day, 0)) for day in days)


def questions_by_customer(actor: Actor, agent_id: UUID, customer_ids: list[str]) -> dict[str, int]:
    """How many questions each of these customers of the agent's owner has asked, on all channels."""
    agent = seen(actor, agent_id)
    asked = Message.objects.filter(conversation__agent=agent, speaker=Speaker.VISITOR).exclude(conversation__channel__in=UNSEEN)
    rows = asked.filter(conversation__customer_id__in=customer_ids).values_list("conversation__customer_id")
    return dict(rows.annotate(count=Count("id")))


def gaps_of(actor: Actor, agent_id: UUID, *, now: datetime, limit: int = 5) -> tuple[tuple[Gap, ...], int]:
    """The questions of the last week that the agent could not answer, the most frequent first, and how many there are."""
    agent = seen(actor, agent_id)
    rows = _answers(agent.id).filter(is_answered=False, mode=Mode.UNKNOWN, created_at__gte=now - GAP_DAYS)
    asked = list(rows.order_by("-created_at").values_list("reply_to_id", "reply_to__text", "created_at")[:2000])
    counts = Counter(" ".join(text.lower().split()).rstrip("?!. ") for _, text, _ in asked)
    newest: dict[str, Gap] = {}
    for message_id, text, at in asked:
        key = " ".join(text.lower().split()).rstrip("?!. ")
        newest.setdefault(key, Gap(question=text, count=counts[key], last_at=at, message_id=message_id))
    gaps = sorted(newest.values(), key=lambda gap: (-gap.count, -gap.last_at.timestamp()))
    return tuple(gaps[:limit]), len(gaps)


def quoted_sources(actor: Actor, agent_id: UUID, *, start: datetime, limit: int = 5) -> tuple[tuple[str, float], ...]:
    """The sources most quoted since `start`, each with its share of all quotes; pairs count together."""
    agent = seen(actor, agent_id)
    rows = Citation.objects.filter(is_cited=True, message__conversation__agent=agent, message__created_at__gte=start)
    counts = rows.values_list("title", "is_pair").annotate(count=Count("id"))
    sums: Counter[str] = Counter()
    for title, is_pair, count in counts:
        sums["" if is_pair else title] += count
    total = sum(sums.values())
    return tuple((title, count / total) for title, count in sums.most_common(limit))


def uses_of(actor: Actor, agent_id: UUID) -> dict[UUID, int]:
    """How often each passage and pair was quoted."""
    agent = seen(actor, agent_id)
    rows = Citation.objects.filter(is_cited=True, message__conversation__agent=agent).exclude(entry_id=None)
    return dict(rows.values_list("entry_id").annotate(count=Count("id")))


def activity_of(actor: Actor, agent_id: UUID, *, limit: int = 6) -> tuple[Activity, ...]:
    """What happened to the agent lately: documents, hand-overs, personas."""
    agent = seen(actor, agent_id)
    lines = [_source_line(*change) for change in recent_changes(agent.id, limit)]
    handovers = Handover.objects.filter(conversation__agent=agent).annotate(at=Max("requested_at")).order_by("-requested_at")
    lines += [_handover_line(handover) for handover in handovers[:limit]]
    lines += [
        Activity(
            icon="user-cog",
            tone="",
            text=_("Persona, version %(number)s") % {"number": version.number},
            at=version.created_at,
            by=version.author_name,
        )
        for version in PersonaVersion.objects.filter(agent=agent)[:3]
    ]
    return tuple(sorted(lines, key=lambda line: line.at, reverse=True)[:limit])


def _source_line(name: str, state: SourceState, at: datetime, by: str) -> Activity:
    if state is SourceState.FAILED:
        return Activity(icon="triangle-alert", tone="warn", text=_("%(name)s could not be read") % {"name": name}, at=at, by=by)
    if state is SourceState.READY:
        return Activity(icon="file-text", tone="", text=_("%(name)s was read") % {"name": name}, at=at, by=by)
    return Activity(icon="refresh-cw", tone="action", text=_("%(name)s is being read") % {"name": name}, at=at, by=by)


def _handover_line(handover: Handover) -> Activity:
    if handover.state == HandoverState.WAITING:
        return Activity(icon="headset", tone="warn", text=_("A visitor asks for a person"), at=handover.requested_at)
    return Activity(
        icon="headset",
        tone="",
        text=_("%(name)s took over a chat") % {"name": handover.person_name},
        at=handover.taken_at or handover.requested_at,
    )
