"""Verbs that bring agents into being: publish a blueprint, provision what was bought, end what is over."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from emporion.agents.knowledge import actions as knowledge
from emporion.agents.knowledge import copying
from emporion.agents.knowledge.library import LibraryKind, UploadedFile
from emporion.agents.runtime.errors import AgentNotFound
from emporion.agents.runtime.events import AgentProvisioned
from emporion.agents.runtime.models import Agent, Blueprint, Branding, PersonaVersion
from emporion.agents.runtime.sentences import Sentence, say
from emporion.agents.runtime.types import BlueprintSpec, KnowledgeIsFor
from emporion.plumbing.actions import publish
from emporion.plumbing.types import Actor

HOUSE_COLOUR = "#1b6199"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What an agent is provisioned for."""

    subscription_id: UUID
    organisation_id: UUID
    project_id: UUID
    product_id: UUID


def register_blueprint(*, spec: BlueprintSpec, now: datetime) -> None:
    """Publish an agent's blueprint with its knowledge; repeated, only what changed is done again."""
    persona = spec.persona
    with transaction.atomic():
        Blueprint.objects.update_or_create(
            id=spec.offering_id,
            defaults={
                "slug": spec.slug,
                "name": spec.name,
                "provider_name": spec.provider_name,
                "category": spec.category,
                "icon": spec.icon,
                "metric": spec.metric,
                "persona_name": persona.name,
                "tone": persona.tone,
                "language": persona.language,
                "rules": persona.rules,
                "instructions": spec.instructions,
                "welcome": spec.welcome,
                "starters": list(spec.starters),
                "tools": list(spec.tools),
                "cover": list(spec.cover),
                "avoid": list(spec.avoid),
                "avoid_message": spec.avoid_message,
                "offers_person": spec.offers_person,
                "handover_message": spec.handover_message,
                "knowledge_is_for": spec.knowledge_is_for,
                "has_demo": spec.has_demo,
                "demo_about": spec.demo_about,
                "demo_limit": spec.demo_limit,
                "updated_at": now,
            },
        )
        knowledge.open_library(
            library_id=spec.offering_id, kind=LibraryKind.BLUEPRINT, organisation_id=None, project_id=None, base_id=None, now=now
        )
    _teach(spec, now)


def _teach(spec: BlueprintSpec, now: datetime) -> None:
    files = tuple(UploadedFile(name=file.name, content=file.content) for file in spec.knowledge)
    knowledge.add_files(library_id=spec.offering_id, files=files, actor=Actor.system(), now=now)
    copying.keep_only_files(spec.offering_id, {file.name for file in files}, now=now)
    taught = copying.Taught(cover=spec.cover, avoid=spec.avoid, avoid_message=spec.avoid_message, pairs=spec.pairs)
    copying.replace_taught(spec.offering_id, taught, now=now)


def provision_agent(*, order: Order, now: datetime) -> UUID | None:
    """Bring a bought agent into being, once; `None` when the product is no agent.

    The agent has its subscription's id, so that one address serves both.
    """
    blueprint = Blueprint.objects.filter(id=order.product_id).first()
    if blueprint is None:
        return None
    with transaction.atomic():
        agent, is_new = Agent.objects.get_or_create(
            id=order.subscription_id,
            defaults={
                "blueprint": blueprint,
                "subscription_id": order.subscription_id,
                "organisation_id": order.organisation_id,
                "project_id": order.project_id,
                "name": blueprint.name,
                "offers_person": blueprint.offers_person,
                "created_at": now,
            },
        )
        if is_new:
            _furnish(agent, blueprint, now)
            publish(_provisioned(agent, order, now), now=now)
    return agent.id


def _furnish(agent: Agent, blueprint: Blueprint, now: datetime) -> None:
    """Give a new agent its library, persona and looks; what was only for the demo stays there."""
    begins_empty = blueprint.knowledge_is_for == KnowledgeIsFor.DEMO
    knowledge.open_library(
        library_id=agent.id,
        kind=LibraryKind.AGENT,
        organisation_id=agent.organisation_id,
        project_id=agent.project_id,
        base_id=None if begins_empty else blueprint.id,
        now=now,
    )
    if not begins_empty:
        copying.copy_taught(from_id=blueprint.id, to_id=agent.id, now=now)
    agent.persona = PersonaVersion.objects.create(
        agent=agent,
        number=1,
        name=blueprint.persona_name,
        tone=blueprint.tone,
        language=blueprint.language,
        rules=blueprint.rules,
        author_name=blueprint.provider_name,
        created_at=now,
    )
    agent.save(update_fields=["persona"])
    Branding.objects.create(
        agent=agent,
        colour=HOUSE_COLOUR,
        welcome=say(Sentence.WELCOME, blueprint.language) if begins_empty else blueprint.welcome,
        suggestions=[] if begins_empty else list(blueprint.starters),
        updated_at=now,
    )


def _provisioned(agent: Agent, order: Order, now: datetime) -> AgentProvisioned:
    return AgentProvisioned(
        agent_id=agent.id,
        subscription_id=order.subscription_id,
        organisation_id=order.organisation_id,
        project_id=order.project_id,
        name=agent.name,
        provisioned_at=now,
    )


def provision_demo_agent(*, blueprint: Blueprint, now: datetime) -> Agent:
    """An agent for one demo: the blueprint's own, belonging to nobody."""
    agent = Agent.objects.create(blueprint=blueprint, name=blueprint.persona_name, offers_person=False, created_at=now)
    knowledge.open_library(
        library_id=agent.id, kind=LibraryKind.DEMO, organisation_id=None, project_id=None, base_id=blueprint.id, now=now
    )
    copying.copy_taught(from_id=blueprint.id, to_id=agent.id, now=now)
    return agent


def end_agent(*, subscription_id: UUID, now: datetime) -> None:
    """Have an agent fall silent when its subscription has ended; what it was taught is kept."""
    Agent.objects.filter(subscription_id=subscription_id, ended_at=None).update(ended_at=now)


def erase_agents(*, organisation_id: UUID) -> None:
    """Erase everything that agents of a closed organisation were taught and told; the agents themselves stay, silent."""
    for agent in Agent.objects.filter(organisation_id=organisation_id):
        knowledge.delete_library(agent.id)
        agent.conversations.all().delete()


def ensure_agent(*, actor: Actor, subscription_id: UUID, now: datetime) -> UUID:
    """The agent of a subscription, provisioned now if its turn has not come yet: nobody waits after paying."""
    from emporion.billing import queries as billing  # noqa: PLC0415 - only right after a purchase

    subscription = billing.subscription(actor, subscription_id)
    order = Order(
        subscription_id=subscription.id,
        organisation_id=subscription.organisation_id,
        project_id=subscription.project_id,
        product_id=subscription.product_id,
    )
    agent_id = provision_agent(order=order, now=now) if subscription.is_usable else None
    if agent_id is None:
        raise AgentNotFound
    return agent_id
