"""Puts the Overview and My Agents together from the agent's own rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from emporion.agents.knowledge.library import BeingRead
from emporion.agents.knowledge.queries import being_read, is_empty, reading_state
from emporion.agents.runtime import queries, rendering, writer
from emporion.agents.runtime.chat import asked_uuid
from emporion.agents.runtime.frame import Frame, Standing, frame_of, standing_of
from emporion.agents.runtime.rendering import Room
from emporion.agents.runtime.types import Activity, AgentFigures, AgentView, Channel, ConversationView, Gap
from emporion.billing import queries as billing
from emporion.billing.types import MeterView
from emporion.kernel.errors import DomainError, NotFound
from emporion.plumbing.types import Actor
from emporion.ui.types import Chart, Series
from emporion.ui.wording import number, percent

GAPS_SHOWN = 5
GAPS_LISTED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One agent in the list."""

    agent: AgentView
    plan_name: str
    meter: MeterView | None
    standing: Standing
    failed: int
    busy: int


def has_model() -> bool:
    """Whether a language model writes the answers."""
    return writer.configured() is not None


def rows_of(actor: Actor, *, now: datetime) -> list[Row]:
    """My Agents with their plans and whatever needs attention."""
    agents = queries.agents(actor)
    states = reading_state([agent.id for agent in agents])
    subscriptions = {one.id: one for one in billing.subscriptions_of(actor)} if agents else {}
    rows = []
    for agent in agents:
        failed, busy = states.get(agent.id, (0, 0))
        subscription = subscriptions.get(agent.subscription_id) if agent.subscription_id else None
        meter = _meter(actor, agent.subscription_id, now) if subscription else None
        rows.append(
            Row(
                agent=agent,
                plan_name=subscription.plan.name if subscription else "",
                meter=meter,
                standing=standing_of(agent, subscription, meter),
                failed=failed,
                busy=busy,
            )
        )
    return rows


def _meter(actor: Actor, subscription_id: UUID | None, now: datetime) -> MeterView | None:
    if subscription_id is None:
        return None
    try:
        return billing.usage_of(actor, subscription_id, now=now).primary
    except DomainError:
        return None


class Overview(TypedDict):
    """The context of the Overview page."""

    frame: Frame
    agent: AgentView
    room: Room
    conversation: ConversationView | None
    turns: list[str]
    source: str
    is_live: bool
    asks: tuple[str, ...]
    figures: AgentFigures
    stats: dict[str, str]
    chart: Chart
    daily: str
    gaps: tuple[Gap, ...]
    more_gaps: tuple[Gap, ...]
    activity: tuple[Activity, ...]
    welcome: str
    has_read_nothing: bool
    reading: BeingRead


def room_of(agent: AgentView) -> Room:
    """The test chat's addresses."""
    return Room(
        base=reverse("agents_runtime:overview", args=[agent.id]),
        tile=agent.icon,
        can_hand_over=agent.offers_person,
        can_correct=reverse("agents_runtime:correct", args=[agent.id]),
        document=f"/agents/{agent.id}/training/",
    )


def own_conversation(actor: Actor, agent: AgentView, asked: str) -> ConversationView | None:
    """The person's own test chat: the one asked for, the latest, or a new one."""
    customer_id = str(actor.id or "")
    wanted = (
        queries.latest_conversation(agent.id, channel=Channel.TEST, customer_id=customer_id)
        if asked == "latest"
        else asked_uuid(asked)
    )
    if wanted is None:
        return None
    try:
        return queries.conversation_for_visitor(agent.id, wanted, channel=Channel.TEST, customer_id=customer_id)
    except NotFound:
        return None


def page_of(actor: Actor, agent: AgentView, asked: str, *, now: datetime) -> Overview:
    """Everything on the Overview."""
    frame = frame_of(actor, agent, tab="overview", now=now)
    room = room_of(agent)
    conversation = own_conversation(actor, agent, asked)
    start = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    figures = queries.figures_of(actor, agent.id, start=start, now=now)
    gaps, _all = queries.gaps_of(actor, agent.id, now=now, limit=GAPS_LISTED)
    branding = queries.branding(agent.id)
    return Overview(
        frame=frame,
        agent=agent,
        room=room,
        conversation=conversation,
        turns=[str(turn) for turn in rendering.turns(conversation, room)],
        source=rendering.last_source_html(conversation, room),
        is_live=conversation is not None and queries.is_busy(conversation),
        asks=branding.suggestions[:3],
        figures=figures,
        stats=_stats(figures),
        chart=_chart(figures),
        daily=_daily(frame.meter),
        gaps=gaps[:GAPS_SHOWN],
        more_gaps=gaps[GAPS_SHOWN:],
        activity=queries.activity_of(actor, agent.id),
        welcome=branding.welcome,
        has_read_nothing=is_empty(agent.id),
        reading=being_read(actor, agent.id),
    )


def _stats(figures: AgentFigures) -> dict[str, str]:
    return {
        "conversations": str(figures.conversations),
        "from_sources": _percent(figures.from_sources),
        "helpful": _percent(figures.helpful),
        "ratings": _("of %(count)s ratings") % {"count": figures.ratings} if figures.ratings else _("no ratings yet"),
        "first": _seconds(figures.first_words_ms),
        "first_95": _("95%% within %(time)s") % {"time": _seconds(figures.first_words_95_ms)}
        if figures.first_words_95_ms is not None
        else "",
    }


def _percent(share: float | None) -> str:
    return "–" if share is None else percent(share)


def _seconds(milliseconds: int | None) -> str:
    if milliseconds is None:
        return "–"
    return f"{milliseconds} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


def _chart(figures: AgentFigures) -> Chart:
    labels = [date_format(day, "j M") for day, _count in figures.calls_by_day]
    calls = Series(label=_("Calls"), values=[float(count) for _day, count in figures.calls_by_day])
    return Chart(id="calls", title=_("Calls per day"), labels=labels, series=(calls,), kind="bar", x_title=_("Day"))


def _daily(meter: MeterView | None) -> str:
    """How many calls a day the plan lasts for."""
    if meter is None or not meter.included:
        return ""
    return _("%(count)s a day lasts the month") % {"count": number(meter.included // 30)}
