"""What billing does by the clock and when it hears of payments and usage; each handler may run twice."""

from babel.dates import format_date
from django.utils.translation import gettext as _

from emporion.accounts.actions import notify_people
from emporion.accounts.events import OrganisationClosed
from emporion.billing import actions, queries, unpaid
from emporion.billing.events import RenewalFailed, UsageThresholdReached
from emporion.billing.renewing import ChargeDue
from emporion.billing.types import CHARGE, AtLimit
from emporion.kernel.money import Money
from emporion.ledger.events import WalletLow
from emporion.ledger.types import Cause
from emporion.notify.types import Message, Topic
from emporion.payments import queries as payments
from emporion.payments.events import InvoiceMissed, InvoiceOverdue, PaymentFailed, PaymentRefunded, PaymentSucceeded
from emporion.payments.types import Method, PaymentView, Reason
from emporion.plumbing.actions import Tick
from emporion.plumbing.types import Actor, JobContext
from emporion.ui.wording import micros, number, reader_locale


def renew_due(payload: Tick, *, job: JobContext) -> None:
    """Close the months that have passed and ask for what is due."""
    actions.renew_due(now=job.now)


def collect_charge(payload: ChargeDue, *, job: JobContext) -> None:
    """Charge what is due with the saved method."""
    actions.collect_charge(charge_id=payload.charge_id, now=job.now)


def settle_charge(event: PaymentSucceeded, *, job: JobContext) -> None:
    """A payment of a running subscription went through; what was paid twice, or for a change that was dropped, goes back."""
    _record(event, job)
    if event.cause_type == CHARGE:
        unpaid.give_back_spare(organisation_id=event.organisation_id, charge_id=event.cause_id, now=job.now)


def fail_charge(event: PaymentFailed, *, job: JobContext) -> None:
    """A payment of a running subscription did not go through."""
    _record(event, job)


def _record(event: PaymentSucceeded | PaymentFailed, job: JobContext) -> None:
    if event.cause_type == CHARGE:
        payment = payments.payment(Actor.system(event.organisation_id), event.payment_id)
        actions.record_charge_payment(charge_id=event.cause_id, payment=payment, now=job.now)


def remind(event: InvoiceOverdue, *, job: JobContext) -> None:
    """The invoice of a renewal, of usage or of an upgrade is due."""
    if event.cause_type == CHARGE:
        payment = payments.payment(Actor.system(event.organisation_id), event.payment_id)
        unpaid.remind(_owed(payment), pauses_at=event.pauses_at, now=job.now)


def pause(event: InvoiceMissed, *, job: JobContext) -> None:
    """The invoice of a running subscription was not paid in time."""
    if event.cause_type == CHARGE:
        unpaid.pause(_owed(payments.payment(Actor.system(event.organisation_id), event.payment_id)), now=job.now)


def go_on(event: PaymentSucceeded, *, job: JobContext) -> None:
    """The money of an invoice arrived, or was paid in another way: what paused for it works again."""
    invoice_id = event.payment_id if event.method == Method.INVOICE else event.instead_of
    if invoice_id is not None:
        unpaid.go_on(organisation_id=event.organisation_id, payment_id=invoice_id, now=job.now)


def _owed(payment: PaymentView) -> unpaid.Owed:
    charge = queries.charge_of(Actor.system(payment.organisation_id), payment.cause_id)
    url = f"/subscriptions/{charge.subscription_id}/"
    return unpaid.Owed(payment=payment, name=charge.product_name, url=url, subscription_ids=(charge.subscription_id,))


def take_back_shares(event: PaymentRefunded, *, job: JobContext) -> None:
    """Money went back to a buyer: the sellers and the platform give back their parts of it."""
    cause, key = Cause(type=event.cause_type, id=event.cause_id), f"refund:{event.refund_id}:shares"
    actions.take_back_shares(cause, event.organisation_id, key=key, now=job.now)


def end_all(event: OrganisationClosed, *, job: JobContext) -> None:
    """An organisation has lost its last person: nothing runs or renews any more."""
    actions.end_all(organisation_id=event.organisation_id, now=job.now)


def tell_usage(event: UsageThresholdReached, *, job: JobContext) -> None:
    """Tell the organisation that a plan is nearly or wholly used up, and what follows."""
    usage = queries.usage_of(Actor.system(event.organisation_id), event.subscription_id, now=job.now)
    figures = {"product": event.product_name, "percent": event.threshold, "label": event.label}
    amounts = {
        "used": number(event.used),
        "included": number(event.included),
        "day": format_date(usage.period.end, "d MMMM", locale=reader_locale()),
        "then": _then(event),
    }
    title = _("%(product)s has used %(percent)d%% of its %(included)s %(label)s")
    message = Message(
        topic=Topic.USAGE,
        title=(_("%(product)s has used all of its %(included)s %(label)s") if event.threshold >= 100 else title)
        % (figures | amounts),
        body=_("%(used)s are used; the count starts again on %(day)s. %(then)s") % (figures | amounts),
        url=f"/subscriptions/{event.subscription_id}/",
        organisation_id=event.organisation_id,
    )
    notify_people(organisation_id=event.organisation_id, message=message, now=job.now)


def _then(event: UsageThresholdReached) -> str:
    words = {
        AtLimit.OVERAGE: _("Each one above that is charged at your plan's rate; nothing stops."),
        AtLimit.THROTTLE: _("Above that it answers more slowly, until then or until you choose a larger plan."),
        AtLimit.PAUSE: _("Above that it pauses, until then or until you choose a larger plan."),
    }
    return words[AtLimit(event.at_limit)]


def tell_low_wallet(event: WalletLow, *, job: JobContext) -> None:
    """Tell the organisation that its wallet is nearly empty, while what is paid from it still works."""
    message = Message(
        topic=Topic.BILLING,
        title=_("The wallet is down to %(amount)s") % {"amount": micros(event.available_micros, event.currency)},
        body=_("What is paid from it, call by call, stops when it is empty. Buy credits to go on."),
        url="/billing/",
        organisation_id=event.organisation_id,
    )
    notify_people(organisation_id=event.organisation_id, message=message, now=job.now)


def tell_failed_renewal(event: RenewalFailed, *, job: JobContext) -> None:
    """Tell the organisation that a renewal was not paid and where to pay it."""
    reason = Reason(event.reason) if event.reason in set(Reason) else Reason.NONE
    words = payments.explain(reason)
    why = f"{words.message} {words.next_step}" if words.message else _("No card is kept for it.")
    message = Message(
        topic=Topic.BILLING,
        title=_("%(product)s: %(amount)s could not be charged")
        % {"product": event.product_name, "amount": Money(event.amount_minor, event.currency)},
        body=_("%(why)s It goes on working for now; pay it on its page.") % {"why": why},
        url=f"/subscriptions/{event.subscription_id}/",
        organisation_id=event.organisation_id,
    )
    notify_people(organisation_id=event.organisation_id, message=message, now=job.now)
