"""What the checkout does when it hears of payments and of its own purchases; each handler may run twice."""

from dataclasses import dataclass

from emporion.accounts import queries as people
from emporion.accounts.actions import notify_people
from emporion.checkout import queries
from emporion.checkout.actions import settle_order
from emporion.checkout.events import PurchaseCompleted, PurchaseFailed, QuoteRequested
from emporion.checkout.models import QuoteRequest
from emporion.checkout.types import ReceiptView
from emporion.notify.actions import send_mail
from emporion.notify.types import Message, Recipient, Topic
from emporion.payments import queries as payments
from emporion.payments.events import PaymentActionRequired, PaymentFailed, PaymentSucceeded
from emporion.payments.types import Reason
from emporion.plumbing.types import Actor, JobContext
