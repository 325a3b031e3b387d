"""Verbs around an answer: rate it, correct it, ask for a person, and talk as one."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from emporion.agents.knowledge import actions as knowledge
from emporion.agents.runtime import rules
from emporion.agents.runtime.access import conversation_of, seen
from emporion.agents.runtime.errors import ConversationNotFound
from emporion.agents.runtime.events import HandoverRequested
from emporion.agents.runtime.models import Conversation, Feedback, Handover, Message
from emporion.agents.runtime.notices import tell_person_is_called, tell_person_joined, tell_person_left
from emporion.agents.runtime.types import HandoverState, MessageState, Mode, Speaker
from emporion.kernel.errors import Conflict
from emporion.plumbing.actions import publish
from emporion.plumbing.types import Actor, Permission


class AlreadyTaken(Conflict):
    """A colleague talks in this conversation."""

    title = "A colleague has taken this conversation."
    next_step = "Read along, or ask them to close it."


def rate(*, agent_id: UUID, conversation_id: UUID, message_id: UUID, is_good: bool | None, now: datetime) -> None:
    """Keep a reader's thumb up or down for an answer of their own conversation; `None` takes it back."""
    conversation = conversation_of(agent_id, conversation_id)
    message = Message.objects.filter(id=message_id, conversation=conversation, speaker=Speaker.AGENT).first()
    if message is None:
        raise ConversationNotFound
    if is_good is None:
        Feedback.objects.filter(message=message).delete()
        return
    Feedback.objects.update_or_create(message=message, defaults={"is_good": is_good, "given_at": now})


@transaction.atomic
def request_person(*, agent_id: UUID, conversation_id: UUID, reason: str, now: datetime) -> HandoverState:
    """Ask for a person to take over; asking twice is one wish."""
    conversation = conversation_of(agent_id, conversation_id)
    agent = conversation.agent
    if agent.organisation_id is None or agent.project_id is None:
        raise ConversationNotFound
    handover, is_new = Handover.objects.get_or_create(
        conversation=conversation,
        defaults={"state": HandoverState.WAITING, "reason": reason[:200], "requested_at": now},
    )
    if not is_new and handover.state != HandoverState.CLOSED:
        return HandoverState(handover.state)
    if not is_new:
        Handover.objects.filter(pk=handover.pk).update(
            state=HandoverState.WAITING, reason=reason[:200], requested_at=now, person_id=None, person_name="", closed_at=None
        )
    tell_person_is_called(conversation, now=now)
    question = Message.objects.filter(conversation=conversation, speaker=Speaker.VISITOR).order_by("-id").first()
    publish(
        HandoverRequested(
            conversation_id=conversation.id,
            agent_id=agent.id,
            agent_name=agent.name,
            organisation_id=agent.organisation_id,
            project_id=agent.project_id,
            question=question.text[:300] if question else "",
            requested_at=now,
        ),
        now=now,
    )
    return HandoverState.WAITING


@transaction.atomic
def take_over(*, conversation_id: UUID, actor: Actor, now: datetime) -> None:
    """Become the person who talks and tell the visitor so; the agent falls silent in this conversation."""
    _taken_over(_seen(actor, conversation_id), actor, now)


def _taken_over(conversation: Conversation, actor: Actor, now: datetime) -> None:
    handover, _ = Handover.objects.select_for_update().get_or_create(
        conversation=conversation, defaults={"state": HandoverState.WAITING, "requested_at": now}
    )
    if handover.state == HandoverState.LIVE and handover.person_id != actor.id:
        raise AlreadyTaken(by=handover.person_name)
    if handover.state == HandoverState.LIVE:
        return
    handover.state, handover.person_id, handover.person_name = HandoverState.LIVE, actor.id, actor.name
    handover.taken_at = handover.taken_at or now
    handover.save()
    tell_person_joined(conversation, actor.name, now=now)


@transaction.atomic
def say_as_person(*, conversation_id: UUID, text: str, actor: Actor, now: datetime) -> UUID:
    """Say something to the visitor, in the same chat; whoever speaks first has taken the conversation over with it."""
    conversation = _seen(actor, conversation_id)
    text = rules.question_of(text)
    _taken_over(conversation, actor, now)
    message = Message.objects.create(
        conversation=conversation,
        speaker=Speaker.PERSON,
        author_name=actor.name,
        text=text,
        state=MessageState.DONE,
        mode=Mode.PERSON,
        created_at=now,
        touched_at=now,
    )
    Conversation.objects.filter(id=conversation.id).update(last_at=now)
    return message.id


@transaction.atomic
def close_handover(*, conversation_id: UUID, actor: Actor, now: datetime) -> None:
    """Give the conversation back to the agent, and tell the visitor when somebody talked in it."""
    conversation = _seen(actor, conversation_id)
    handover = Handover.objects.select_for_update().filter(conversation=conversation).first()
    if handover is None or handover.state == HandoverState.CLOSED:
        return
    if handover.state == HandoverState.LIVE:
        tell_person_left(conversation, handover.person_name, now=now)
    handover.state, handover.closed_at = HandoverState.CLOSED, now
    handover.save()


def correct_answer(*, agent_id: UUID, question: str, answer: str, actor: Actor, now: datetime) -> UUID:
    """Teach the agent what it should have said; from now on this pair wins over documents."""
    agent = seen(actor, agent_id, Permission.CONFIGURE)
    return knowledge.add_pair(library_id=agent.id, question=question, answer=answer, actor=actor, now=now)


def _seen(actor: Actor, conversation_id: UUID) -> Conversation:
    conversation = Conversation.objects.select_related("agent").filter(id=conversation_id).first()
    if conversation is None:
        raise ConversationNotFound
    seen(actor, conversation.agent_id, Permission.USE)
    return conversation


def mark_interrupted(*, now: datetime) -> int:
    """Write down which answers a killed process left unfinished, so that they count as such; returns how many."""
    stale = Message.objects.filter(state=MessageState.WRITING, touched_at__lt=now - rules.STALE_AFTER)
    return stale.update(state=MessageState.INTERRUPTED)
