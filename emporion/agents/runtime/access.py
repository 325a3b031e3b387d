"""Whose agent and whose conversation it is: every query and verb of the runtime begins here, at the actor."""

from uuid import UUID

from django.db.models import QuerySet

from emporion.agents.runtime.errors import AgentNotFound, ConversationNotFound
from emporion.agents.runtime.models import Agent, Conversation
from emporion.plumbing.types import Actor, ActorKind, Permission


def agents_of(actor: Actor) -> QuerySet[Agent]:
    """The bought agents in the projects that the actor sees."""
    agents = Agent.objects.select_related("blueprint", "persona").filter(organisation_id__isnull=False, ended_at=None)
    if actor.kind is ActorKind.SYSTEM:
        return agents if actor.organisation_id is None else agents.filter(organisation_id=actor.organisation_id)
    if actor.organisation_id is None:
        return agents.none()
    return agents.filter(organisation_id=actor.organisation_id, project_id__in=actor.project_ids)


def seen(actor: Actor, agent_id: UUID, permission: Permission = Permission.VIEW) -> Agent:
    """The agent by its id or its subscription's, if the actor has the permission in its project."""
    agent = agents_of(actor).filter(id=agent_id).first() or agents_of(actor).filter(subscription_id=agent_id).first()
    if agent is None:
        raise AgentNotFound
    if permission is not Permission.VIEW:
        actor.require(permission, agent.project_id)
    return agent


def conversation_of(agent_id: UUID, conversation_id: UUID) -> Conversation:
    """A conversation of exactly this agent."""
    conversation = Conversation.objects.select_related("agent").filter(id=conversation_id, agent_id=agent_id).first()
    if conversation is None:
        raise ConversationNotFound
    return conversation
