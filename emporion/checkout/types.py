"""The words of buying: what is asked for, where an order stands, what a receipt says."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from emporion.billing.types import Cycle, Period
from emporion.kernel.money import Money, total
from emporion.payments.types import Method, PaymentView, RefundView

ORDER = "checkout.order"  # the cause of a payment and of postings
TOP_UP = "checkout.top_up"


class OrderState(StrEnum):
    """Where an order stands; `AWAITING_TRANSFER` is delivered on account, `FAILED` can be paid in another way."""

    PENDING_PAYMENT = "pending_payment"
    REQUIRES_ACTION = "requires_action"
    AWAITING_TRANSFER = "awaiting_transfer"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"


DELIVERED = frozenset({OrderState.PAID, OrderState.AWAITING_TRANSFER})
OPEN = frozenset({OrderState.PENDING_PAYMENT, OrderState.REQUIRES_ACTION})


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What goes into the order: one plan in a cycle, or a bundle."""

    plan_id: UUID | None = None
    cycle: Cycle = Cycle.MONTHLY
    bundle: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PayBy:
    """How it is paid: `token` is what the card field gave, or a saved method's."""

    method: Method = Method.CARD
    token: str = ""
    save_method: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where it goes: a project that exists, or names for what has to be made; empty means automatic."""

    project_id: UUID | None = None
    organisation_name: str = ""
    project_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseRequest:
    """A purchase; the same `key` with the same content is the same order for ever.

    `may_be_another`: bought also where the organisation has it already. A page asks for that; of a program its new key says it.
    """

    key: str
    selection: Selection
    pay_by: PayBy
    place: Place = Place()
    has_accepted_terms: bool = False
    may_be_another: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the buyer's organisation has already of what is sold: the same, or another plan of the same product.

    `url` shows it, and is empty where the buyer does not see its project.
    """

    name: str
    since: datetime
    url: str
    is_fresh: bool
    is_same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseResult:
    """What a purchase made; `resource_id` is the first subscription, whose page is `access_url`."""

    order_id: UUID
    resource_id: UUID
    organisation_id: UUID
    project_id: UUID
    access_url: str
    state: OrderState
    action_url: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyerDetails:
    """How an organisation wants to be named on its receipts; an empty name is its own."""

    name: str = ""
    address: str = ""
    country: str = ""
    tax_number: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written."""
        return not (self.name or self.address or self.country or self.tax_number)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLineView:
    """One plan of an order as it was sold; `period` is what it paid for first, nothing where it was paid for good."""

    product_name: str
    product_slug: str
    plan_name: str
    category: str
    icon: str
    cycle: Cycle
    unit: Money
    times: int
    gross: Money
    discount: Money
    amount: Money
    subscription_id: UUID
    access_url: str
    period: Period | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """An order as its organisation sees it."""

    id: UUID
    number: str
    organisation_id: UUID
    project_id: UUID
    person_id: UUID | None
    state: OrderState
    lines: tuple[OrderLineView, ...]
    bundle_name: str
    gross: Money
    discount: Money
    total: Money
    due_today: Money
    trial_days: int
    renews_at: datetime | None
    method: Method
    reason: str
    created_at: datetime
    settled_at: datetime | None
    receipt_number: str
    payment_id: UUID | None = None
    payment: PaymentView | None = None
    transfer_to: str = ""
    transfer_words: str = ""
    refundable_until: datetime | None = None
    refund_asked_at: datetime | None = None
    given_back: Money | None = None  # what went back of its money

    @property
    def is_given_back(self) -> bool:
        """Whether all of its money went back."""
        return self.given_back == self.due_today

    @property
    def is_delivered(self) -> bool:
        """Whether what was bought works."""
        return self.state in DELIVERED

    @property
    def is_due(self) -> bool:
        """Whether it works and waits for its money: what it is billed by is an invoice until then, a receipt from then on."""
        return self.state is OrderState.AWAITING_TRANSFER

    @property
    def is_open(self) -> bool:
        """Whether something is still to come that nobody here has to wait for by hand."""
        return self.state in OPEN

    @property
    def title(self) -> str:
        """What was bought, in one line."""
        return self.bundle_name or ", ".join(line.product_name for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptView:
    """A numbered receipt, an invoice while its order is due: seller, buyer, lines, total and how it was or will be paid."""

    number: str
    issued_at: datetime
    seller_name: str
    seller_lines: tuple[str, ...]
    buyer_name: str
    buyer_lines: tuple[str, ...]
    person_name: str
    person_email: str
    order: OrderView
    given_back: tuple[RefundView, ...] = ()

    @property
    def kept(self) -> Money:
        """What stays paid after what was given back."""
        return self.order.due_today - total((one.amount for one in self.given_back), self.order.due_today.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteAsk:
    """A request for a plan that is sold by hand."""

    plan_id: UUID
    name: str
    email: str
    message: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLine:
    """One line of a receipt's working."""

    label: str
    amount: Money
    is_taken_off: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentReceiptView:
    """The receipt of one payment that is no order's, an invoice while it is due: what for, how much, how it is or was paid.

    `lines` are its working where the title is not all there is to it, and add up to `amount`.
    `id` names it; `payment` is what paid it, the transfer that is awaited until then, which `transfer_words` asks for.
    """

    id: UUID
    number: str
    issued_at: datetime
    seller_name: str
    seller_lines: tuple[str, ...]
    buyer_name: str
    buyer_lines: tuple[str, ...]
    title: str
    amount: Money
    payment: PaymentView
    lines: tuple[PaperLine, ...] = ()
    given_back: tuple[RefundView, ...] = ()
    transfer_words: str = ""
    due_at: datetime | None = None
    period: Period | None = None

    @property
    def kept(self) -> Money:
        """What stays paid after what was given back."""
        return self.amount - total((one.amount for one in self.given_back), self.amount.currency)

    @property
    def is_due(self) -> bool:
        """Whether its transfer has not come."""
        return bool(self.transfer_words)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperView:
    """A receipt or invoice as a line of a list; an invoice is open until its money has come, `given_back` is what went back."""

    number: str
    title: str
    amount: Money
    at: datetime
    url: str
    is_open: bool = False
    given_back: Money | None = None
