"""Listeners and jobs of the runtime: provision what was bought, end what is over, erase demos, notice interruptions."""

from datetime import timedelta

from emporion.agents.runtime import conversing, demos, provisioning
from emporion.billing.events import SubscriptionEnded, SubscriptionStarted
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


def erase_demos(payload: Tick, *, job: JobContext) -> None:
    """Erase demos; one period early, so that none is older than a day when the next turn comes."""
    demos.erase_expired_demos(now=payload.at + DEMO_ERASURE_PERIOD)


def notice_interruptions(payload: Tick, *, job: JobContext) -> None:
    """Mark the answers that a killed process left unfinished."""
    conversing.mark_interrupted(now=payload.at)
