"""What becomes of what nobody pays the invoice of: people are reminded, it pauses, it goes on once the money is there."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from babel.dates import format_date
from django.db import transaction
from django.utils.translation import gettext as _

from emporion.accounts.actions import notify_people
from emporion.billing.errors import UnknownSubscription
from emporion.billing.lifecycle import locked, record_change
from emporion.billing.models import Charge, Subscription
from emporion.billing.renewing import charge_rest_of_period
from emporion.billing.types import CHARGE
from emporion.notify.types import Message, Topic
from emporion.payments import queries as payments
from emporion.payments.actions import pay_invoice, refund_rest
from emporion.payments.types import InvoicePayment, Method, PaymentState, PaymentView
from emporion.plumbing.types import Actor
from emporion.ui.wording import money, reader_locale


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """An invoice as its buyer knows it: what was bought, the page that tells where it stands, what pauses without it."""

    payment: PaymentView
    name: str
    url: str
    subscription_ids: tuple[UUID, ...]

    @property
    def is_open(self) -> bool:
        """Whether the money is still to come."""
        return self.payment.method is Method.INVOICE and self.payment.state is PaymentState.PROCESSING


def ask_for_transfer(owed: Owed, *, number: str, now: datetime) -> None:
    """Tell of a new invoice of this number and where it is paid to; an order's own mail does that for the first one."""
    title = _("%(name)s: transfer %(amount)s by %(day)s")
    if not payments.transfer_account():
        title = _("%(name)s: %(amount)s on invoice")
    body = _("It works already. %(how)s Invoice %(number)s can be printed and kept as PDF on its page, and stays under Billing.")
    _tell(owed, title, body, until=owed.payment.transfer_due_at, now=now, number=number)


def remind(owed: Owed, *, pauses_at: datetime, now: datetime) -> None:
    """Tell that an invoice is due, and until when what was bought goes on without it."""
    if owed.is_open:
        body = _(
            "%(how)s Or pay it at once on its page. What has not arrived by %(day)s pauses it until it has. "
            "Have you sent it already? Then all is well."
        )
        _tell(owed, _("%(name)s: %(amount)s is due"), body, until=pauses_at, now=now)


@transaction.atomic
def pause(owed: Owed, *, now: datetime) -> None:
    """Pause what an invoice that was missed has bought; told again, it changes nothing."""
    rows = list(Subscription.objects.select_for_update(of=("self",)).filter(id__in=owed.subscription_ids))
    payment = payments.payment(Actor.system(owed.payment.organisation_id), owed.payment.id)  # as it is now, under the lock
    new = [row for row in rows if payment.state is PaymentState.PROCESSING and str(payment.id) not in row.paused_by]
    for row in new:
        row.paused_by = [*row.paused_by, str(payment.id)]
        row.save(update_fields=["paused_by"])
        record_change(row, "subscription.paused", Actor.system(row.organisation_id), now, detail=payment.description)
    if new:
        body = _("%(how)s Nothing runs until the money has arrived; everything is kept.")
        _tell(owed, _("%(name)s is paused: %(amount)s has not arrived"), body, until=now, now=now)


def pay_now(*, invoice_id: UUID, token: str, actor: Actor, now: datetime) -> PaymentView:
    """Pay the open invoice of a running subscription with a card, once; what paused for it goes on.

    Not to be called inside a transaction. Raises `UnknownSubscription` and what `payments.actions.pay_invoice` raises.
    """
    invoice = payments.payment(actor, invoice_id)
    charge = Charge.objects.filter(pk=invoice.cause_id, organisation_id=actor.organisation).first()
    if charge is None:
        raise UnknownSubscription(invoice_id=str(invoice_id))
    with transaction.atomic():
        subscription = locked(charge.subscription_id, actor)
    card = InvoicePayment(invoice_id=invoice_id, method=Method.CARD, token=token, return_url=f"/subscriptions/{subscription.id}/")
    payment = pay_invoice(payment=card, actor=actor, now=now)
    if payment.state is PaymentState.SUCCEEDED:
        go_on(organisation_id=subscription.organisation_id, payment_id=invoice_id, now=now)
    return payment


@transaction.atomic
def go_on(*, organisation_id: UUID, payment_id: UUID, now: datetime) -> None:
    """The money of an invoice is there: what paused for it works again, and pays the rest of a period begun meanwhile."""
    rows = Subscription.objects.select_for_update(of=("self",)).select_related("product", "plan")
    for row in rows.filter(organisation_id=organisation_id).exclude(paused_by=[]):
        if str(payment_id) not in row.paused_by:
            continue
        row.paused_by = [one for one in row.paused_by if one != str(payment_id)]
        row.save(update_fields=["paused_by"])
        if row.paused_by:
            continue
        charge_rest_of_period(row, now)
        record_change(row, "subscription.goes_on", Actor.system(organisation_id), now)
        message = Message(
            topic=Topic.BILLING,
            title=_("%(name)s works again") % {"name": row.product.name},
            body=_("The money has arrived. Thank you."),
            url=f"/subscriptions/{row.id}/",
            organisation_id=organisation_id,
        )
        notify_people(organisation_id=organisation_id, message=message, now=now)


def give_back_spare(*, organisation_id: UUID, charge_id: UUID, now: datetime) -> None:
    """Of a charge that was paid by transfer and in another way as well, the transfer counts and the rest goes back, once.

    Of a change of plan that was dropped, all goes back.
    """
    is_dropped = Charge.objects.get(pk=charge_id).is_dropped
    paid = payments.payments_for(Actor.system(organisation_id), cause_type=CHARGE, cause_id=charge_id)
    held = sorted(
        (one for one in paid if one.state is PaymentState.SUCCEEDED), key=lambda one: (one.instead_of is not None, one.id)
    )
    for payment in held if is_dropped else held[1:]:
        note = "the change of plan did not come about" if is_dropped else "it was paid by transfer"
        refund_rest(payment_id=payment.id, key=f"{CHARGE}:twice", note=note, actor=Actor.system(), now=now)


def _tell(owed: Owed, title: str, body: str, *, until: datetime, now: datetime, number: str = "") -> None:
    facts = {
        "number": number,
        "name": owed.name,
        "amount": money(owed.payment.amount),
        "day": format_date(until, "d MMMM y", locale=reader_locale()),
        "how": payments.transfer_words(owed.payment.description),
    }
    message = Message(
        topic=Topic.BILLING,
        title=title % facts,
        body=body % facts,
        url=owed.url,
        organisation_id=owed.payment.organisation_id,
    )
    notify_people(organisation_id=owed.payment.organisation_id, message=message, now=now)
