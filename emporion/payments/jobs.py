"""What runs in the background: stored webhooks, the poll, and the sandbox's own side of the wire."""

from emporion.accounts.events import OrganisationClosed
from emporion.payments import actions, inbox, overdue
from emporion.payments.inbox import Stored
from emporion.payments.models import SandboxEvent
from emporion.payments.providers import sandbox, sandbox_events
from emporion.payments.providers.protocol import Delivery
from emporion.payments.providers.sandbox_events import Send, Settle
from emporion.payments.signatures import sign
from emporion.plumbing.actions import Tick
from emporion.plumbing.types import JobContext


def apply_webhook(payload: Stored, *, job: JobContext) -> None:
    """Apply a stored webhook."""
    inbox.apply_webhook(inbox_id=payload.inbox_id, now=job.now)


def forget_cards(event: OrganisationClosed, *, job: JobContext) -> None:
    """Forget the kept cards of a closed organisation."""
    actions.forget_methods(organisation_id=event.organisation_id)


def settle_overdue(payload: Tick, *, job: JobContext) -> None:
    """Ask providers about what they still owe us an answer for."""
    actions.settle_overdue(now=job.now)


def notice_overdue(payload: Tick, *, job: JobContext) -> None:
    """Remind of invoices whose time is over, and tell which were missed."""
    overdue.notice_overdue(now=job.now)


def send_sandbox_webhook(payload: Send, *, job: JobContext) -> None:
    """The sandbox signs an event and hands it to the webhook inbox, by the way of every other delivery but the socket."""
    event = SandboxEvent.objects.get(pk=payload.event_id)
    body = bytes(event.body)
    header = sign(body, secrets=sandbox_events.secrets(), now=job.now)
    inbox.receive_webhook(provider="sandbox", delivery=Delivery(headers={sandbox_events.HEADER: header}, body=body), now=job.now)


def settle_sandbox_charge(payload: Settle, *, job: JobContext) -> None:
    """A slow charge of the sandbox reaches its end."""
    sandbox.settle(payload.ref, now=job.now)
