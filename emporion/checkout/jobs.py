"""What the checkout does when it hears of payments and of its own purchases; each handler may run twice."""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from emporion.accounts import queries as people
from emporion.accounts.actions import notify_people
from emporion.accounts.events import OrganisationClosed
from emporion.accounts.types import PersonView
from emporion.billing import actions
from emporion.billing import queries as billing
from emporion.billing.events import SubscriptionRenewed
from emporion.billing.types import CHARGE
from emporion.checkout import paper, parties, queries
from emporion.checkout.actions import settle_order
from emporion.checkout.events import InvoicePaid, PurchaseCompleted, PurchaseFailed, QuoteRequested, RefundAsked
from emporion.checkout.models import QuoteRequest, RefundRequest
from emporion.checkout.settling import issue_payment_receipt, title_of
from emporion.checkout.types import ORDER, ReceiptView
from emporion.kernel.money import Money
from emporion.notify.actions import send_mail
from emporion.notify.types import Channel, Message, Recipient, Topic
from emporion.payments import queries as payments
from emporion.payments.actions import TOP_UP
from emporion.payments.events import (
    InvoiceMissed,
    InvoiceOverdue,
    PaymentActionRequired,
    PaymentFailed,
    PaymentRefunded,
    PaymentSucceeded,
)
from emporion.payments.types import Reason
from emporion.plumbing.actions import once
from emporion.plumbing.types import Actor, JobContext
from emporion.ui.wording import money_full


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptMail:
    """The receipt as a letter: what was bought, what it cost, where to begin; `is_later`: in use before it was paid."""

    receipt: ReceiptView
    order_url: str
    start_url: str
    is_later: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AskMail:
    """A request for a plan that is sold by hand, as the provider reads it."""

    product: str
    plan: str
    name: str
    email: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundMail:
    """A buyer wants the money of an order back, as the operator reads it."""

    number: str
    title: str
    amount: str
    name: str
    email: str
    reason: str


def settle_paid_order(event: PaymentSucceeded, *, job: JobContext) -> None:
    """A payment went through: deliver its order."""
    settle_order(event, now=job.now)


def fail_order(event: PaymentFailed, *, job: JobContext) -> None:
    """A payment did not go through: say so on its order."""
    settle_order(event, now=job.now)


def await_buyer(event: PaymentActionRequired, *, job: JobContext) -> None:
    """A bank wants to hear from the buyer: the order waits for that."""
    settle_order(event, now=job.now)


@transaction.atomic
def send_receipt(event: PurchaseCompleted, *, job: JobContext) -> None:
    """Mail the receipt to who bought and tell the organisation in the app, once."""
    person = people.person(event.person_id) if event.person_id else None
    if person is None or not once(scope="checkout.receipt", key=str(event.order_id), request=b"", now=job.now).is_new:
        return
    receipt = queries.receipt(Actor.system(event.organisation_id), event.order_id)
    if receipt.order.is_due or _is_first_receipt(event, job):
        _mail_receipt(receipt, person, is_later=False, job=job)
    bought = Message(
        topic=Topic.PURCHASE,
        title=_("%(name)s bought, %(amount)s") % {"name": receipt.order.lines[0].product_name, "amount": receipt.order.due_today},
        body=_("Order %(number)s by %(person)s.") % {"number": receipt.order.number, "person": person.name},
        url=f"/orders/{event.order_id}/",
        organisation_id=event.organisation_id,
        channels=frozenset({Channel.IN_APP}),
    )
    notify_people(organisation_id=event.organisation_id, message=bought, now=job.now)


@transaction.atomic
def send_later_receipt(event: InvoicePaid, *, job: JobContext) -> None:
    """Mail the receipt of what was bought on account to who bought it, once: what they have so far is the invoice."""
    person = people.person(event.person_id) if event.person_id else None
    if person is not None and _is_first_receipt(event, job):
        receipt = queries.receipt(Actor.system(event.organisation_id), event.order_id)
        _mail_receipt(receipt, person, is_later=True, job=job)


def _is_first_receipt(event: PurchaseCompleted | InvoicePaid, job: JobContext) -> bool:
    """Whether no receipt was mailed yet: who paid the invoice before it was mailed has the receipt in its place."""
    return once(scope="checkout.receipt", key=f"{event.order_id}:paid", request=b"", now=job.now).is_new


def _mail_receipt(receipt: ReceiptView, person: PersonView, *, is_later: bool, job: JobContext) -> None:
    order = receipt.order
    mail = ReceiptMail(
        receipt=receipt,
        order_url=f"{settings.SITE_URL}/orders/{order.id}/",
        start_url=settings.SITE_URL + order.lines[0].access_url,
        is_later=is_later,
    )
    to = Recipient(email=person.email, name=person.name, locale=person.locale, person_id=person.id)
    send_mail(to=to, template="receipt", context=mail, now=job.now)


@transaction.atomic
def write_receipt(event: PaymentSucceeded, *, job: JobContext) -> None:
    """Write the receipt of bought credit, a renewal or a change of plan, and mail where it is, once; an order has its own."""
    is_known = event.cause_type in {CHARGE, TOP_UP}
    if not is_known or not once(scope="checkout.payment", key=str(event.payment_id), request=b"", now=job.now).is_new:
        return
    payment = payments.payment(Actor.system(event.organisation_id), event.payment_id)
    receipt = issue_payment_receipt(payment, now=job.now)
    facts = {
        "number": receipt.number,
        "title": receipt.title,
        "amount": money_full(payment.amount),
    }
    message = Message(
        topic=Topic.BILLING,
        title=_("Receipt %(number)s: %(title)s, %(amount)s") % facts,
        body=_("Thank you. The receipt can be printed and kept as PDF on its page, and stays under Billing."),
        url=f"/receipts/{receipt.payment_id}/",
        organisation_id=event.organisation_id,
    )
    notify_people(organisation_id=event.organisation_id, message=message, now=job.now)


@transaction.atomic
def tell_refund(event: PaymentRefunded, *, job: JobContext) -> None:
    """Tell the buyer that money went back to what they paid with, once for each refund."""
    if not once(scope="checkout.refund", key=str(event.refund_id), request=b"", now=job.now).is_new:
        return
    payment = payments.payment(Actor.system(event.organisation_id), event.payment_id)
    facts = {"amount": money_full(Money(event.amount_minor, event.currency)), "what": title_of(payment)}
    message = Message(
        topic=Topic.BILLING,
        title=_("Given back: %(amount)s for %(what)s") % facts,
        body=_("It goes to what you paid with. A bank may take some days to show it."),
        url=f"/orders/{event.cause_id}/" if event.cause_type == ORDER else "/billing/",
        organisation_id=event.organisation_id,
    )
    notify_people(organisation_id=event.organisation_id, message=message, now=job.now)


@transaction.atomic
def send_invoice(event: SubscriptionRenewed, *, job: JobContext) -> None:
    """Write the invoice of what a running subscription bought on account, and mail where it is and where to pay, once."""
    system = Actor.system(event.organisation_id)
    for payment in payments.payments_for(system, cause_type=CHARGE, cause_id=event.charge_id)[-1:]:
        charge, url = billing.charge_of(system, event.charge_id), f"/receipts/{payment.id}/"
        ids = (charge.subscription_id,)
        owed = actions.Owed(payment=payment, name=charge.product_name, url=url, subscription_ids=ids)
        if owed.is_open and once(scope="checkout.invoice", key=str(payment.id), request=b"", now=job.now).is_new:
            invoice = issue_payment_receipt(payment, now=job.now)
            actions.ask_for_transfer(owed, number=invoice.number, now=job.now)


def erase_papers(event: OrganisationClosed, *, job: JobContext) -> None:
    """The drawn receipts of a closed organisation hold names; those that are drawn from now on hold none."""
    parties.forget(event.organisation_id)
    paper.erase(event.organisation_id)


def tell_failure(event: PurchaseFailed, *, job: JobContext) -> None:
    """Tell who bought that nothing was charged and how to go on, even when they have left the page; who cancelled knows."""
    if event.person_id is None or event.reason == Reason.CANCELLED:
        return
    order = queries.order(Actor.system(event.organisation_id), event.order_id)
    reason = Reason(event.reason) if event.reason in set(Reason) else Reason.NONE
    person = people.person(event.person_id)
    with translation.override(person.locale if person else "en"):
        words = payments.explain(reason)
        message = Message(
            topic=Topic.PURCHASE,
            title=_("Order %(number)s was not paid") % {"number": order.number},
            body=f"{words.message} {words.next_step}",
            url=f"/orders/{order.id}/",
            organisation_id=event.organisation_id,
        )
    notify_people(organisation_id=event.organisation_id, message=message, person_ids=(event.person_id,), now=job.now)


def remind(event: InvoiceOverdue, *, job: JobContext) -> None:
    """The invoice of an order is due."""
    if event.cause_type == ORDER:
        actions.remind(_owed(event), pauses_at=event.pauses_at, now=job.now)


def pause(event: InvoiceMissed, *, job: JobContext) -> None:
    """The invoice of an order was not paid in time: what was bought with it stands still."""
    if event.cause_type == ORDER:
        actions.pause(_owed(event), now=job.now)


def _owed(event: InvoiceOverdue | InvoiceMissed) -> actions.Owed:
    actor = Actor.system(event.organisation_id)
    order, payment = queries.order(actor, event.cause_id), payments.payment(actor, event.payment_id)
    ids = tuple(line.subscription_id for line in order.lines)
    return actions.Owed(payment=payment, name=order.title, url=f"/orders/{order.id}/", subscription_ids=ids)


def send_request(event: QuoteRequested, *, job: JobContext) -> None:
    """Mail a request for a quote to the provider's people, or to the operator's address where the platform sells itself."""
    if not once(scope="checkout.request", key=str(event.request_id), request=b"", now=job.now).is_new:
        return
    row = QuoteRequest.objects.get(pk=event.request_id)
    product, plan = billing.product_by_id(event.product_id), billing.plan(event.plan_id)
    mail = AskMail(product=product.name, plan=plan.name, name=row.name, email=row.email, message=row.message)
    to = people.recipients(organisation_id=event.provider_id) if event.provider_id else ()
    for recipient in to or (Recipient(email=_address(settings.DEFAULT_FROM_EMAIL)),):
        send_mail(to=recipient, template="quote_request", context=mail, now=job.now)


def send_refund_request(event: RefundAsked, *, job: JobContext) -> None:
    """Mail a buyer's wish for the money back to the operator, with what gives it back."""
    if not once(scope="checkout.refund", key=str(event.order_id), request=b"", now=job.now).is_new:
        return
    asked = RefundRequest.objects.get(order_id=event.order_id)
    order = queries.order(Actor.system(event.organisation_id), event.order_id)
    person = people.person(asked.person_id) if asked.person_id else None
    mail = RefundMail(
        number=order.number,
        title=order.title,
        amount=money_full(order.due_today),
        name=person.name if person else "",
        email=person.email if person else "",
        reason=asked.reason,
    )
    send_mail(to=Recipient(email=_address(settings.DEFAULT_FROM_EMAIL)), template="refund_request", context=mail, now=job.now)


def _address(sender: str) -> str:
    return sender.rpartition("<")[2].rstrip(">")
