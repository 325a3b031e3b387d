"""What is told in a conversation about itself: that a person was asked for, has come, and has left again."""

from datetime import datetime

from emporion.agents.runtime.desk import persona_of
from emporion.agents.runtime.models import Conversation, Message
from emporion.agents.runtime.sentences import Sentence, language_of_visitor, say
from emporion.agents.runtime.types import Speaker


def tell_person_is_called(conversation: Conversation, *, now: datetime) -> None:
    """Write into the conversation that a person is called, as the agent says it."""
    _tell(conversation, handover_words(conversation), now)


def tell_person_joined(conversation: Conversation, name: str, *, now: datetime) -> None:
    """Write into the conversation that a person answers from now on."""
    _tell(conversation, say(Sentence.JOINED, _language_in(conversation), name=name), now)


def tell_person_left(conversation: Conversation, name: str, *, now: datetime) -> None:
    """Write into the conversation that the person has left and the agent answers again."""
    _tell(conversation, say(Sentence.LEFT, _language_in(conversation), name=name), now)


def handover_words(conversation: Conversation) -> str:
    """What the agent says while a person is called: its seller's words, else its own in the visitor's language."""
    return conversation.agent.blueprint.handover_message or say(Sentence.HANDOVER, _language_in(conversation))


def _tell(conversation: Conversation, text: str, now: datetime) -> None:
    Message.objects.create(conversation=conversation, speaker=Speaker.NOTICE, text=text, created_at=now, touched_at=now)


def _language_in(conversation: Conversation) -> str:
    asked = Message.objects.filter(conversation=conversation, speaker=Speaker.VISITOR).order_by("-id")
    newest = list(asked.values_list("text", flat=True)[:2])
    return language_of_visitor(*reversed(newest), persona=persona_of(conversation.agent).language)
