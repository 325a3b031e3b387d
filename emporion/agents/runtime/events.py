"""What agents tell the rest of the product."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageAnswered:
    """An answer is stored; the composition sends it to the event store as `chat.message`."""

    message_id: UUID
    conversation_id: UUID
    agent_id: UUID
    organisation_id: UUID | None
    subscription_id: UUID | None
    customer_id: str
    channel: str
    mode: str
    is_answered: bool
    first_words_ms: int | None
    total_ms: int | None
    citation_count: int
    page_url: str
    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverRequested:
    """A visitor asks for a person."""

    conversation_id: UUID
    agent_id: UUID
    agent_name: str
    organisation_id: UUID
    project_id: UUID
    question: str
    requested_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentProvisioned:
    """A bought agent is ready to be set up."""

    agent_id: UUID
    subscription_id: UUID
    organisation_id: UUID
    project_id: UUID
    name: str
    provisioned_at: datetime
