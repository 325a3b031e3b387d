"""Opens and closes a turn in the database: two short transactions, with the answer made between them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from emporion.agents.knowledge.library import Quote
from emporion.agents.knowledge.types import Standing
from emporion.agents.runtime import metering, rules
from emporion.agents.runtime.errors import (
    AgentNotFound,
    AnswerInProgress,
    ConversationNotFound,
    DemoOver,
    KeyReused,
    NothingToRetry,
)
from emporion.agents.runtime.events import MessageAnswered
from emporion.agents.runtime.liveness import PROCESS, is_orphan
from emporion.agents.runtime.models import Agent, Citation, Conversation, DemoSession, Handover, Message
from emporion.agents.runtime.prompt import Character, Said
from emporion.agents.runtime.types import (
    REACHES_PERSON,
    UNMETERED,
    Channel,
    HandoverState,
    MessageState,
    Mode,
    Persona,
    Speaker,
    Turn,
)
from emporion.kernel.ids import new_id
from emporion.plumbing.actions import publish

REMEMBERED_MESSAGES = 6
UNPAID = frozenset({Mode.AWAY, Mode.PERSON, Mode.REFUSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A turn whose messages are stored and whose answer is to be made."""

    agent_id: UUID
    organisation_id: UUID | None
    conversation_id: UUID
    channel: str
    customer_id: str
    page_url: str
    message_id: UUID
    visitor_message_id: UUID
    question: str
    previous: str
    quoted: frozenset[str]  # the ids of what the answer to it was quoted from
    character: Character
    history: tuple[Said, ...]
    meter: metering.Meter | None
    is_answering: bool
    is_with_person: bool
    person: Standing
    is_throttled: bool
    unanswered_before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """The answer to this very request was made before."""

    conversation_id: UUID
    message_id: UUID
    visitor_message_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a turn."""

    state: MessageState
    mode: Mode
    text: str
    is_answered: bool
    note: str = ""
    quotes: tuple[Quote, ...] = ()
    cited: tuple[int, ...] = ()
    first_words_ms: int | None = None
    total_ms: int | None = None


@transaction.atomic
def open_turn(turn: Turn, *, now: datetime) -> Opened | Replay:
    """Check, admit and store a visitor's message with an empty answer; a repeated key finds what was made before."""
    question = rules.question_of(turn.text) if turn.retry_of is None else ""
    agent = _agent(turn.agent_id)
    conversation, is_new = _conversation(agent, turn, now)
    asked = _known(conversation, turn)
    if asked is not None and turn.retry_of is None and asked.text != question:
        raise KeyReused
    if asked is not None:
        answer = asked.replies.order_by("-id").first()
        if answer is not None and not _is_retriable(answer, now):
            return _replayed(answer, asked, turn, now)
    meter = _meter(agent, turn.channel)
    is_throttled = metering.admit(meter, now=now) if meter else False
    if asked is None:
        _count_demo(agent, turn.channel)
        pair = _asked_newly(conversation, turn, question, now)
    else:
        pair = _asked_again(conversation, asked, now)
    room = _Room(conversation) if is_new else _room(conversation, pair.asked)
    return _opened(agent, turn, room, pair, meter=meter, is_throttled=is_throttled)


@dataclass(frozen=True, slots=True)
class _Pair:
    asked: Message
    answer: Message


@dataclass(frozen=True, slots=True)
class _Room:
    """What stood in a conversation before the turn."""

    conversation: Conversation
    handover: Handover | None = None
    earlier: tuple[Message, ...] = ()


def _agent(agent_id: UUID) -> Agent:
    agent = Agent.objects.select_related("blueprint", "persona").filter(id=agent_id, ended_at=None).first()
    if agent is None:
        raise AgentNotFound
    return agent


def _conversation(agent: Agent, turn: Turn, now: datetime) -> tuple[Conversation, bool]:
    """The conversation of a turn, and whether it begins with it."""
    if turn.conversation_id is None:
        return Conversation.objects.create(id=new_id(), **_first(agent, turn, now)), True
    if turn.may_begin:
        begun, is_new = Conversation.objects.get_or_create(id=turn.conversation_id, defaults=_first(agent, turn, now))
        if is_new:
            return begun, True
    # A visitor continues only a conversation of the same channel and customer; the team's test chats are no visitor's.
    conversation = Conversation.objects.filter(
        id=turn.conversation_id, agent=agent, channel=turn.channel, customer_id=turn.customer_id[:200]
    ).first()
    if conversation is None:
        raise ConversationNotFound
    Conversation.objects.filter(id=conversation.id).update(last_at=now)
    return conversation, False


def _first(agent: Agent, turn: Turn, now: datetime) -> dict[str, object]:
    return {
        "agent": agent,
        "channel": turn.channel,
        "customer_id": turn.customer_id[:200],
        "page_url": turn.page_url[:2000],
        "started_at": now,
        "last_at": now,
    }


def _known(conversation: Conversation, turn: Turn) -> Message | None:
    if turn.retry_of is not None:
        answer = Message.objects.filter(id=turn.retry_of, conversation=conversation, speaker=Speaker.AGENT).first()
        if answer is None or answer.reply_to is None:
            raise NothingToRetry
        return answer.reply_to
    return Message.objects.filter(conversation=conversation, key=turn.key).first() if turn.key else None


def _is_retriable(answer: Message, now: datetime) -> bool:
    return _state(answer, now) in {MessageState.INTERRUPTED, MessageState.FAILED}


def _state(answer: Message, now: datetime) -> MessageState:
    return rules.state_now(answer.state, answer.touched_at, now, is_orphan=is_orphan(answer.process))


def _replayed(answer: Message, asked: Message, turn: Turn, now: datetime) -> Replay:
    if answer.state == MessageState.WRITING:
        raise AnswerInProgress(message_id=answer.id)
    if turn.retry_of is not None:
        raise NothingToRetry
    return Replay(conversation_id=asked.conversation_id, message_id=answer.id, visitor_message_id=asked.id)


def _meter(agent: Agent, channel: Channel) -> metering.Meter | None:
    if agent.subscription_id is None or channel in UNMETERED:
        return None
    return metering.Meter(subscription_id=agent.subscription_id, metric=agent.blueprint.metric)


def _count_demo(agent: Agent, channel: Channel) -> None:
    if channel is not Channel.DEMO:
        return
    demo = DemoSession.objects.select_for_update().filter(agent=agent).first()
    if demo is None or demo.message_count >= agent.blueprint.demo_limit:
        raise DemoOver(limit=agent.blueprint.demo_limit)
    demo.message_count += 1
    demo.save(update_fields=["message_count"])


def _room(conversation: Conversation, asked: Message) -> _Room:
    rows = Message.objects.filter(conversation=conversation, id__lt=asked.id).exclude(text="")
    rows = rows.exclude(speaker=Speaker.NOTICE).order_by("-id")
    handover = Handover.objects.filter(conversation=conversation).exclude(state=HandoverState.CLOSED).first()
    return _Room(conversation, handover, tuple(rows[:REMEMBERED_MESSAGES])[::-1])


def _asked_newly(conversation: Conversation, turn: Turn, question: str, now: datetime) -> _Pair:
    asked = Message(
        conversation=conversation,
        speaker=Speaker.VISITOR,
        text=question,
        key=turn.key or None,
        created_at=now,
        touched_at=now,
    )
    answer = _empty_answer(conversation, asked, now)
    Message.objects.bulk_create([asked, answer])
    return _Pair(asked=asked, answer=answer)


def _asked_again(conversation: Conversation, asked: Message, now: datetime) -> _Pair:
    """A fresh empty answer takes the place of the interrupted one, so that a retry leaves one answer."""
    Message.objects.filter(reply_to=asked, speaker=Speaker.AGENT).delete()
    answer = _empty_answer(conversation, asked, now)
    answer.save(force_insert=True)
    return _Pair(asked=asked, answer=answer)


def _empty_answer(conversation: Conversation, asked: Message, now: datetime) -> Message:
    return Message(
        conversation=conversation,
        speaker=Speaker.AGENT,
        state=MessageState.WRITING,
        process=PROCESS,
        reply_to=asked,
        created_at=now,
        touched_at=now,
    )


def _opened(agent: Agent, turn: Turn, room: _Room, pair: _Pair, *, meter: metering.Meter | None, is_throttled: bool) -> Opened:
    said = turn.history
    if said is None:
        said = tuple((Speaker(message.speaker), message.text) for message in room.earlier)
    previous = next((text for speaker, text in reversed(said) if speaker is Speaker.VISITOR), "")
    answers = [message for message in room.earlier if message.speaker == Speaker.AGENT and message.mode != Mode.COURTESY]
    unanswered = 0
    for message in reversed(answers):
        if message.is_answered:
            break
        unanswered += 1
    handover = room.handover
    return Opened(
        agent_id=agent.id,
        organisation_id=agent.organisation_id,
        conversation_id=room.conversation.id,
        channel=room.conversation.channel,
        customer_id=room.conversation.customer_id,
        page_url=room.conversation.page_url,
        message_id=pair.answer.id,
        visitor_message_id=pair.asked.id,
        question=pair.asked.text,
        previous=previous,
        quoted=_quoted_last(answers) if turn.history is None else frozenset(),
        character=character_of(agent, turn.persona),
        history=tuple(Said(by_agent=speaker is not Speaker.VISITOR, text=text) for speaker, text in said),
        meter=meter,
        is_answering=agent.is_answering or turn.channel in UNMETERED | {Channel.TEST},
        is_with_person=handover is not None and handover.state == HandoverState.LIVE,
        person=_standing(agent, turn.channel, handover),
        is_throttled=is_throttled,
        unanswered_before=unanswered,
    )


def _quoted_last(answers: list[Message]) -> frozenset[str]:
    if not answers or not answers[-1].is_answered:
        return frozenset()
    cited = Citation.objects.filter(message=answers[-1], is_cited=True).exclude(entry_id=None)
    return frozenset(map(str, cited.values_list("entry_id", flat=True)))


def _standing(agent: Agent, channel: Channel, handover: Handover | None) -> Standing:
    if not agent.offers_person or agent.organisation_id is None or channel not in REACHES_PERSON:
        return Standing.NOBODY
    return Standing.OFFERED if handover is None else Standing.WAITING


def character_of(agent: Agent, persona: Persona | None = None) -> Character:
    """Who speaks: the given persona (a preview), else the saved one, else the blueprint's."""
    return Character(
        persona=persona or persona_of(agent),
        instructions=agent.blueprint.instructions,
        only_from_sources=agent.only_from_sources,
        tools=tuple(agent.blueprint.tools),
    )


def persona_of(agent: Agent) -> Persona:
    """The saved persona, else the blueprint's."""
    saved = agent.persona
    if saved is not None:
        return Persona(name=saved.name, tone=saved.tone, language=saved.language, rules=saved.rules)
    blueprint = agent.blueprint
    return Persona(
        name=agent.name or blueprint.persona_name, tone=blueprint.tone, language=blueprint.language, rules=blueprint.rules
    )


def touch(message_id: UUID, *, text: str, now: datetime) -> None:
    """Keep what is written so far, so that a crash loses little and readers see that somebody writes."""
    Message.objects.filter(id=message_id, state=MessageState.WRITING).update(text=text, touched_at=now)


@transaction.atomic
def close_turn(opened: Opened, outcome: Outcome, *, now: datetime) -> bool:
    """Store the answer with its sources, count it and tell; `False` when it was closed before."""
    closed = Message.objects.filter(id=opened.message_id, state=MessageState.WRITING).update(
        text=outcome.text,
        state=outcome.state,
        mode=outcome.mode,
        note=outcome.note,
        is_answered=outcome.is_answered,
        touched_at=now,
        first_words_ms=outcome.first_words_ms,
        total_ms=outcome.total_ms,
    )
    if not closed:
        return False
    given = enumerate(outcome.quotes, 1)  # a model reads many and cites a few, and those are what its answer stands on
    shown = [(number, quote) for number, quote in given if number in outcome.cited or outcome.mode is not Mode.MODEL]
    Citation.objects.bulk_create(_citation(opened.message_id, number, quote, outcome) for number, quote in shown)
    if outcome.state is MessageState.FAILED:
        return True
    if opened.meter is not None and outcome.mode not in UNPAID:
        metering.record(opened.meter, message_id=opened.message_id, now=now)
    publish(_answered(opened, outcome, now), now=now)
    return True


def _citation(message_id: UUID, number: int, quote: Quote, outcome: Outcome) -> Citation:
    return Citation(
        message_id=message_id,
        number=number,
        is_cited=number in outcome.cited,
        is_pair=quote.is_pair,
        entry_id=quote.entry_id,
        source_id=quote.source_id,
        document_id=quote.document_id,
        title=quote.title[:300],
        heading=quote.heading[:500],
        text=quote.text,
        start=quote.start,
        end=quote.end,
        position=quote.position,
    )


def _answered(opened: Opened, outcome: Outcome, now: datetime) -> MessageAnswered:
    return MessageAnswered(
        message_id=opened.message_id,
        conversation_id=opened.conversation_id,
        agent_id=opened.agent_id,
        organisation_id=opened.organisation_id,
        subscription_id=opened.meter.subscription_id if opened.meter else None,
        customer_id=opened.customer_id,
        channel=opened.channel,
        mode=outcome.mode,
        is_answered=outcome.is_answered,
        first_words_ms=outcome.first_words_ms,
        total_ms=outcome.total_ms,
        citation_count=len(outcome.cited),
        page_url=opened.page_url,
        answered_at=now,
    )
