"""Listeners and jobs of the runtime: provision what was bought, end what is over, erase demos, notice interruptions."""

from datetime import timedelta

from emporion.accounts.actions import notify_people
from emporion.accounts.events import OrganisationClosed
from emporion.agents.runtime import conversing, demos, provisioning
from emporion.agents.runtime.events import HandoverRequested
from emporion.billing.events import SubscriptionEnded, SubscriptionStarted
from emporion.notify.types import Message, Topic
from emporion.plumbing.actions import Tick
from emporion.plumbing.types import JobContext

DEMO_ERASURE_PERIOD = timedelta(minutes=30)


def provision_agent(event: SubscriptionStarted, *, job: JobContext) -> None:
    """Provision the agent that a subscription is for; repeated, nothing happens."""
    order = provisioning.Order(
        subscription_id=event.subscription_id,
        organisation_id=event.organisation_id,
        project_id=event.project_id,
        product_id=event.product_id,
    )
    provisioning.provision_agent(order=order, now=job.now)


def end_agent(event: SubscriptionEnded, *, job: JobContext) -> None:
    """Silence the agent of a subscription that has ended."""
    provisioning.end_agent(subscription_id=event.subscription_id, now=job.now)


def erase_taught(event: OrganisationClosed, *, job: JobContext) -> None:
    """Erase what the agents of a closed organisation know and what people said to them."""
    provisioning.erase_agents(organisation_id=event.organisation_id)


def tell_the_team(event: HandoverRequested, *, job: JobContext) -> None:
    """Tell those who can answer that a visitor asks for a person."""
    message = Message(
        topic=Topic.AGENT,
        title=f"A visitor asks for a person: {event.agent_name}",
        body=event.question,
        url=f"/inbox/{event.conversation_id}/#end",
        organisation_id=event.organisation_id,
    )
    notify_people(organisation_id=event.organisation_id, project_id=event.project_id, message=message, now=job.now)


def erase_demos(payload: Tick, *, job: JobContext) -> None:
    """Erase demos; one period early, so that none is older than a day when the next turn comes."""
    demos.erase_expired_demos(now=payload.at + DEMO_ERASURE_PERIOD)


def notice_interruptions(payload: Tick, *, job: JobContext) -> None:
    """Mark the answers that a killed process left unfinished."""
    conversing.mark_interrupted(now=payload.at)
