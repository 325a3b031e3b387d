"""What the marketplace does when it hears from others."""

from emporion.accounts.events import PersonDeleted
from emporion.billing.events import SubscriptionEnded, SubscriptionStarted
from emporion.market import actions
from emporion.plumbing.types import JobContext


def forget_person(event: PersonDeleted, *, job: JobContext) -> None:
    """Reviews stay without the name of who wrote them."""
    actions.forget_person(person_id=event.person_id, name=event.name)


def count_on_start(event: SubscriptionStarted, *, job: JobContext) -> None:
    """Somebody uses an offering from now on."""
    actions.recount_use()


def count_on_end(event: SubscriptionEnded, *, job: JobContext) -> None:
    """Somebody no longer uses one."""
    actions.recount_use()
