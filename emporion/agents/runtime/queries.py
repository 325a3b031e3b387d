"""What can be asked about agents and their conversations; every question begins at the actor."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.core.files.storage import default_storage
from django.db.models import Prefetch, QuerySet

from emporion.agents.knowledge.queries import passage_facts
from emporion.agents.knowledge.starters import suggested
from emporion.agents.runtime import rules
from emporion.agents.runtime.access import agents_of, conversation_of, seen
from emporion.agents.runtime.desk import persona_of
from emporion.agents.runtime.errors import AgentNotFound, ConversationNotFound
from emporion.agents.runtime.figures import activity_of, figures_of, gaps_of, questions_by_customer, quoted_sources, uses_of
from emporion.agents.runtime.liveness import is_orphan
from emporion.agents.runtime.models import Agent, Branding, Citation, Conversation, Handover, Message, PersonaVersion
from emporion.agents.runtime.notices import handover_words
from emporion.agents.runtime.provisioning import HOUSE_COLOUR
from emporion.agents.runtime.sentences import Sentence, is_own_welcome, name_of, say
from emporion.agents.runtime.types import (
    AgentView,
    BrandingView,
    Channel,
    CitationView,
    ConversationView,
    HandoverState,
    InboxItem,
    MessageState,
    MessageView,
    Persona,
    PersonaVersionView,
    Speaker,
)
from emporion.gateway.routing.types import Caller
from emporion.kernel.clock import utcnow
from emporion.plumbing.types import Actor, Permission

__all__ = [
    "activity_of",
    "agent",
    "agent_for_channel",
    "agents",
    "branding",
    "conversation",
    "conversation_for_visitor",
    "conversation_of_message",
    "figures_of",
    "gaps_of",
    "inbox",
    "is_busy",
    "latest_conversation",
    "logo",
    "message",
    "messages_after",
    "persona",
    "persona_versions",
    "questions_by_customer",
    "quoted_sources",
    "said_at_handover",
    "uses_of",
    "waiting_count",
]


def agents(actor: Actor) -> tuple[AgentView, ...]:
    """My Agents: those of the projects that the actor sees, newest first."""
    return tuple(_view(row) for row in agents_of(actor).order_by("-created_at"))


def agent(actor: Actor, agent_id: UUID, permission: Permission = Permission.VIEW) -> AgentView:
    """One agent, by its own id or its subscription's."""
    return _view(seen(actor, agent_id, permission))


def callers() -> tuple[Caller, ...]:
    """Every agent that works for an organisation, whoever owns it: they call their model through the gateway."""
    rows = Agent.objects.filter(ended_at=None, organisation_id__isnull=False, project_id__isnull=False)
    return tuple(
        Caller(agent_id=row.id, organisation_id=row.organisation_id, project_id=row.project_id, name=row.name)
        for row in rows
        if row.organisation_id and row.project_id
    )


def agent_for_channel(agent_id: UUID) -> AgentView:
    """An agent for a channel that has proved its right otherwise (a key, a widget's site)."""
    row = Agent.objects.select_related("blueprint").filter(id=agent_id, ended_at=None).first()
    if row is None:
        raise AgentNotFound
    return _view(row)


def _view(row: Agent) -> AgentView:
    return AgentView(
        id=row.id,
        subscription_id=row.subscription_id,
        organisation_id=row.organisation_id,
        project_id=row.project_id,
        name=row.name,
        slug=row.blueprint.slug,
        icon=row.blueprint.icon,
        category=row.blueprint.category,
        provider_name=row.blueprint.provider_name,
        metric=row.blueprint.metric,
        is_answering=row.is_answering,
        only_from_sources=row.only_from_sources,
        offers_person=row.offers_person,
        is_set_up=row.set_up_at is not None,
        created_at=row.created_at,
    )


def persona(actor: Actor, agent_id: UUID) -> Persona:
    """The persona that speaks now."""
    return persona_of(seen(actor, agent_id))


def persona_versions(actor: Actor, agent_id: UUID) -> tuple[PersonaVersionView, ...]:
    """Every saved persona, newest first."""
    row = seen(actor, agent_id)
    return tuple(
        PersonaVersionView(
            number=version.number,
            persona=Persona(name=version.name, tone=version.tone, language=version.language, rules=version.rules),
            language_name=name_of(version.language),
            author_name=version.author_name,
            created_at=version.created_at,
            is_current=version.id == row.persona_id,
        )
        for version in PersonaVersion.objects.filter(agent=row)
    )


def branding(agent_id: UUID, *, language: str = "") -> BrandingView:
    """How an agent looks to its visitors, which is no secret; without suggestions of its owner it suggests what it has read.

    `language` is the visitor's, where it is known: who has no greeting of their own is greeted in it.
    """
    row = Branding.objects.filter(agent_id=agent_id).first() or _plain_branding(agent_id)
    return BrandingView(
        colour=row.colour,
        ink=rules.ink_on(row.colour),
        contrast=round(rules.contrast(row.colour, "#ffffff"), 1),
        has_logo=bool(row.logo_name),
        logo_version=row.logo_version,
        welcome=_welcome(row, language),
        suggestions=tuple(row.suggestions) or suggested(agent_id),
        own_suggestions=tuple(row.suggestions),
    )


def _welcome(row: Branding, language: str) -> str:
    """The greeting as its owner wrote it; the product's own in the visitor's language, else in the persona's of now."""
    if not is_own_welcome(row.welcome):
        return row.welcome
    agent = Agent.objects.select_related("blueprint", "persona").get(id=row.agent_id)
    return say(Sentence.WELCOME, language or persona_of(agent).language)


def _plain_branding(agent_id: UUID) -> Branding:
    row = Agent.objects.select_related("blueprint").filter(id=agent_id).first()
    if row is None:
        raise AgentNotFound
    return Branding(agent_id=row.id, colour=HOUSE_COLOUR, welcome=row.blueprint.welcome, suggestions=row.blueprint.starters)


def logo(agent_id: UUID) -> tuple[bytes, str] | None:
    """The logo's bytes and media type."""
    row = Branding.objects.filter(agent_id=agent_id).exclude(logo_name="").first()
    if row is None:
        return None
    with default_storage.open(row.logo_name) as file:
        return bytes(file.read()), row.logo_type


# --- conversations --------------------------------------------------------------------------------------------------------


def conversation(actor: Actor, conversation_id: UUID) -> ConversationView:
    """A conversation with one of the actor's agents."""
    row = Conversation.objects.select_related("agent").filter(id=conversation_id).first()
    if row is None:
        raise ConversationNotFound
    seen(actor, row.agent_id)
    return _conversation(row)


def conversation_for_visitor(agent_id: UUID, conversation_id: UUID, *, channel: Channel, customer_id: str) -> ConversationView:
    """The visitor's own conversation: of this agent, this channel and this visitor."""
    row = conversation_of(agent_id, conversation_id)
    if row.channel != channel or row.customer_id != customer_id:
        raise ConversationNotFound
    return _conversation(row)


def conversation_of_message(message_id: UUID) -> ConversationView:
    """The conversation that a message is in, for whoever has just been told its id."""
    row = Conversation.objects.select_related("agent").filter(messages__id=message_id).first()
    if row is None:
        raise ConversationNotFound
    return _conversation(row)


def said_at_handover(agent_id: UUID, conversation_id: UUID) -> str:
    """What the agent says while a person is called."""
    return handover_words(conversation_of(agent_id, conversation_id))


def latest_conversation(agent_id: UUID, *, channel: Channel, customer_id: str) -> UUID | None:
    """The visitor's most recent conversation with an agent."""
    rows = Conversation.objects.filter(agent_id=agent_id, channel=channel, customer_id=customer_id)
    return rows.order_by("-last_at").values_list("id", flat=True).first()


def messages_after(view: ConversationView, message_id: UUID | None) -> tuple[MessageView, ...]:
    """The messages that came after one that the reader has."""
    return tuple(message for message in view.messages if message_id is None or message.id > message_id)


def message(message_id: UUID) -> MessageView:
    """One stored message, for whoever has just been told its id."""
    row = _messages(Message.objects.filter(id=message_id)).first()
    if row is None:
        raise ConversationNotFound
    return _message(row, {})


def _messages(rows: QuerySet[Message]) -> QuerySet[Message]:
    return rows.select_related("feedback").prefetch_related(Prefetch("citations", Citation.objects.order_by("number")))


def _conversation(row: Conversation) -> ConversationView:
    rows = list(_messages(Message.objects.filter(conversation=row).order_by("id")))
    handover = Handover.objects.filter(conversation=row).first()
    facts = passage_facts([c.document_id for one in rows for c in one.citations.all() if c.document_id is not None])
    return ConversationView(
        id=row.id,
        agent_id=row.agent_id,
        agent_name=row.agent.name,
        channel=Channel(row.channel),
        customer_id=row.customer_id,
        started_at=row.started_at,
        last_at=row.last_at,
        handover=HandoverState(handover.state) if handover else None,
        handled_by=handover.person_name if handover else "",
        messages=tuple(_message(one, facts) for one in rows),
    )


def _message(row: Message, facts: dict[UUID, tuple[int, datetime]]) -> MessageView:
    feedback = getattr(row, "feedback", None)
    return MessageView(
        id=row.id,
        speaker=Speaker(row.speaker),
        author_name=row.author_name,
        text=row.text,
        state=rules.state_now(row.state, row.touched_at, utcnow(), is_orphan=is_orphan(row.process)),
        mode=row.mode,
        note=row.note,
        is_answered=row.is_answered,
        feedback="" if feedback is None else "good" if feedback.is_good else "bad",
        citations=tuple(_citations(row.citations.all(), facts)),
        reply_to=row.reply_to_id,
        created_at=row.created_at,
        total_ms=row.total_ms,
    )


def _citations(rows: Iterable[Citation], facts: dict[UUID, tuple[int, datetime]]) -> Iterable[CitationView]:
    for row in rows:
        count, read_at = facts.get(row.document_id, (0, None)) if row.document_id else (0, None)
        yield CitationView(
            number=row.number,
            title=row.title,
            heading=row.heading,
            text=row.text,
            start=row.start,
            end=row.end,
            is_pair=row.is_pair,
            source_id=row.source_id if count else None,
            document_id=row.document_id,
            entry_id=row.entry_id,
            position=row.position + 1,
            passage_count=count,
            read_at=read_at,
            is_cited=row.is_cited,
        )


def inbox(actor: Actor, *, with_closed: bool = False) -> tuple[InboxItem, ...]:
    """Conversations that ask for a person or have one, the longest waiting first."""
    names = {row.id: row.name for row in agents_of(actor)}
    rows = Handover.objects.select_related("conversation").filter(conversation__agent_id__in=names)
    if not with_closed:
        rows = rows.exclude(state=HandoverState.CLOSED)
    found = list(rows.order_by("requested_at")[:200])
    last = _last_texts([row.conversation_id for row in found])
    return tuple(
        InboxItem(
            conversation_id=row.conversation_id,
            agent_id=row.conversation.agent_id,
            agent_name=names[row.conversation.agent_id],
            channel=Channel(row.conversation.channel),
            customer_id=row.conversation.customer_id,
            state=HandoverState(row.state),
            reason=row.reason,
            last_text=last.get(row.conversation_id, ""),
            requested_at=row.requested_at,
            handled_by=row.person_name,
        )
        for row in found
    )


def waiting_count(actor: Actor) -> int:
    """How many visitors of the actor's agents wait for a person."""
    return Handover.objects.filter(conversation__agent__in=agents_of(actor), state=HandoverState.WAITING).count()


def _last_texts(conversation_ids: list[UUID]) -> dict[UUID, str]:
    rows = Message.objects.filter(conversation_id__in=conversation_ids, speaker=Speaker.VISITOR).order_by("id")
    return dict(rows.values_list("conversation_id", "text"))


def is_busy(view: ConversationView) -> bool:
    """Whether somebody is still writing, or a person is expected."""
    return view.handover in {HandoverState.WAITING, HandoverState.LIVE} or any(
        message.state is MessageState.WRITING for message in view.messages
    )
