"""Listeners and jobs of automations: provision what was bought, end what is over, start what is due, do a run."""

from emporion.agents.automations import actions, running
from emporion.agents.automations.types import Order
from emporion.billing.events import SubscriptionEnded, SubscriptionStarted
from emporion.plumbing.actions import Tick
from emporion.plumbing.types import JobContext


def provision_automation(event: SubscriptionStarted, *, job: JobContext) -> None:
    """Provision the automation that a subscription is for; repeated, nothing happens."""
    if event.delivery != "automation":
        return
    order = Order(
        subscription_id=event.subscription_id,
        organisation_id=event.organisation_id,
        project_id=event.project_id,
        product_id=event.product_id,
        person_id=event.person_id,
    )
    actions.provision(order=order, now=job.now)


def end_automation(event: SubscriptionEnded, *, job: JobContext) -> None:
    """Stop the automation of a subscription that has ended."""
    actions.end(subscription_id=event.subscription_id, now=job.now)


def start_due(payload: Tick, *, job: JobContext) -> None:
    """Start the runs whose time has come."""
    running.start_due(now=job.now)


def perform(payload: running.PerformRun, *, job: JobContext) -> None:
    """Do one run."""
    running.perform(run_id=payload.run_id, attempt=job.attempt, now=job.now)
