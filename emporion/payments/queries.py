"""What payments answer; every question begins at the actor, and nobody learns of another organisation's payments."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import F, Q
from django.utils.translation import gettext

from emporion.kernel.errors import NotFound
from emporion.kernel.money import Money
from emporion.ledger import queries as ledger
from emporion.payments.models import Payment, PaymentMethod, PaymentQuerySet, Refund
from emporion.payments.providers import registry
from emporion.payments.providers.sandbox_cards import CARDS
from emporion.payments.reasons import explanation
from emporion.payments.types import (
    CardField,
    Explanation,
    Method,
    PaymentOption,
    PaymentState,
    PaymentView,
    Reason,
    RefundState,
    RefundView,
    SavedMethod,
    TestCard,
)
from emporion.plumbing.parsing import uuid_of
from emporion.plumbing.types import Actor, ActorKind, Permission


def payment(actor: Actor, payment_id: UUID) -> PaymentView:
    """A payment of the actor's organisation."""
    row = _visible(actor).filter(pk=payment_id).first()
    if row is None:
        raise NotFound
    return view(row)


def payments_of(actor: Actor, *, limit: int = 50) -> tuple[PaymentView, ...]:
    """The newest payments of the actor's organisation."""
    actor.require(Permission.VIEW)
    return tuple(view(row) for row in _visible(actor).order_by("-created_at")[:limit])


def payments_for(actor: Actor, *, cause_type: str, cause_id: UUID) -> tuple[PaymentView, ...]:
    """The attempts to pay for an order or another cause, oldest first."""
    rows = _visible(actor).filter(cause_type=cause_type, cause_id=cause_id)
    return tuple(view(row) for row in rows.order_by("created_at", "id"))


def captured(actor: Actor, *, since: datetime, until: datetime) -> tuple[PaymentView, ...]:
    """The payments whose money came in a span of time and was not all given back since, newest first."""
    rows = _visible(actor).filter(captured_at__gte=since, captured_at__lt=until, refunded_minor__lt=F("amount_minor"))
    return tuple(view(row) for row in rows.order_by("-captured_at", "-id"))


def refunded(actor: Actor, payment_ids: Iterable[UUID]) -> dict[UUID, Money]:
    """What went back of some payments, those of which nothing did left out; of an invoice, what went back of what paid it."""
    ids = list(payment_ids)
    is_theirs = Q(pk__in=ids) | Q(instead_of__in=ids, instead_of__state=PaymentState.FAILED)
    rows = _visible(actor).filter(is_theirs, refunded_minor__gt=0)
    return {row.instead_of_id or row.id: Money(row.refunded_minor, row.currency) for row in rows}


def refunds_of(actor: Actor, payment_id: UUID) -> tuple[RefundView, ...]:
    """The refunds of a payment of the actor's organisation, oldest first."""
    rows = Refund.objects.filter(payment__in=_visible(actor).filter(pk=payment_id))
    return tuple(refund_view(row) for row in rows.select_related("payment").order_by("id"))


def unfinished_refunds(actor: Actor, *, limit: int = 200) -> tuple[RefundView, ...]:
    """The refunds that have not been given back, oldest first: on their way, or refused by the provider."""
    rows = Refund.objects.filter(payment__in=_visible(actor)).exclude(state=RefundState.SUCCEEDED)
    return tuple(refund_view(row) for row in rows.select_related("payment").order_by("id")[:limit])


def awaited_transfers(actor: Actor, *, limit: int = 500) -> tuple[PaymentView, ...]:
    """The invoices that nobody has paid yet, oldest first."""
    rows = _visible(actor).filter(method=Method.INVOICE, state=PaymentState.PROCESSING)
    return tuple(view(row) for row in rows.order_by("created_at")[:limit])


def transferable(actor: Actor, *, named: str) -> tuple[PaymentView, ...]:
    """The invoices that a transfer can be for, by reference or id: those that wait, and those that were paid in another way."""
    is_open = Q(state=PaymentState.PROCESSING) | Q(state=PaymentState.FAILED, instead__state=PaymentState.SUCCEEDED)
    rows = _visible(actor).filter(is_open, method=Method.INVOICE).distinct()
    id_named = uuid_of(named)
    is_named = Q(description=named) if id_named is None else Q(description=named) | Q(pk=id_named)
    return tuple(view(row) for row in rows.filter(is_named)) if named else ()


def transfer_account() -> str:
    """Where an invoice is paid to, in the operator's words; empty on an installation for trying out, which expects no money."""
    return str(settings.ENVIRONMENT.bank_account)


def transfer_words(reference: str) -> str:
    """How an invoice is paid by transfer, as a sentence; without an account it asks for none."""
    if account := transfer_account():
        words = {"account": account, "reference": reference}
        return gettext("Transfer it to: %(account)s, with %(reference)s as reference.") % words
    return gettext("No transfer is expected: this installation is for trying out, and its operator records payments by hand.")


def saved_methods(actor: Actor) -> tuple[SavedMethod, ...]:
    """The cards that the actor's organisation kept, the default first."""
    if actor.organisation_id is None:
        return ()
    rows = PaymentMethod.objects.filter(organisation_id=actor.organisation_id)
    return tuple(
        SavedMethod(
            id=row.id,
            provider=row.provider,
            brand=row.brand,
            last4=row.last4,
            exp_month=row.exp_month,
            exp_year=row.exp_year,
            is_default=row.is_default,
        )
        for row in rows.order_by("-is_default", "-created_at")
    )


def card_field(actor: Actor) -> CardField:
    """What `payments/card_field.html` needs: include it with this as `card`."""
    cards = tuple(TestCard(token=card.token, label=card.label, hint=f"•••• {card.last4}") for card in CARDS.values())
    return CardField(saved=saved_methods(actor), test_cards=cards)


def chosen_token(posted: Mapping[str, str]) -> str:
    """The token that a form with the card field posted: a kept card, or the one that the field turned into a token."""
    return posted.get("payment_token", "") or posted.get("new_card_token", "")


def payment_options(actor: Actor, *, due: Money, now: datetime) -> tuple[PaymentOption, ...]:
    """The ways to pay that are on offer, in the order of checkout; the wallet says what is in it and what it lacks.

    An amount of zero asks about a use that is charged later: then the wallet must not be empty.
    """
    return tuple(_with_balance(option, actor, due, now=now) for option in registry.options() if option.configured)


def explain(reason: Reason) -> Explanation:
    """What a reason means to the buyer, and what to do now."""
    return explanation(reason)


def _with_balance(option: PaymentOption, actor: Actor, due: Money, *, now: datetime) -> PaymentOption:
    if option.method is not Method.WALLET:
        return option
    available = Money.zero(due.currency)
    if actor.organisation_id is not None and actor.may(Permission.VIEW):
        available = ledger.wallet_of(actor, due.currency, now=now).available
    is_short = not available or available < due
    hint = gettext("%(amount)s available") % {"amount": available.format()}
    if is_short and due:
        hint = gettext("%(amount)s available, %(missing)s short") % {
            "amount": available.format(),
            "missing": (due - available).format(),
        }
    return replace(option, hint=hint, is_short=is_short)


def _visible(actor: Actor) -> PaymentQuerySet:
    if actor.kind is ActorKind.SYSTEM and actor.organisation_id is None:
        return Payment.objects.all()
    return Payment.objects.filter(organisation_id=actor.organisation)


def view(row: Payment) -> PaymentView:
    """A row as a view."""
    return PaymentView(
        id=row.id,
        organisation_id=row.organisation_id,
        amount=Money(row.amount_minor, row.currency),
        refunded=Money(row.refunded_minor, row.currency),
        method=Method(row.method),
        state=_shown_state(row),
        reason=Reason(row.reason),
        cause_type=row.cause_type,
        cause_id=row.cause_id,
        action_url=row.action_url if row.state == PaymentState.REQUIRES_ACTION else "",
        card_brand=row.card_brand,
        card_last4=row.card_last4,
        is_on_account=registry.provider(row.provider).is_on_account,
        created_at=row.created_at,
        description=row.description,
        page=row.return_url,
        instead_of=row.instead_of_id,
        captured_at=row.captured_at,
    )


def _shown_state(row: Payment) -> PaymentState:
    """A payment that was sent and not answered is being processed, as far as the buyer can tell."""
    silent = row.state == PaymentState.CREATED and row.reason == Reason.PROVIDER_SILENT
    return PaymentState.PROCESSING if silent else PaymentState(row.state)


def refund_view(row: Refund) -> RefundView:
    """A row as a view."""
    return RefundView(
        id=row.id,
        payment_id=row.payment_id,
        amount=Money(row.amount_minor, row.payment.currency),
        state=RefundState(row.state),
        note=row.note,
        reason=row.reason,
        created_at=row.created_at,
        given_back_at=row.updated_at if row.state == RefundState.SUCCEEDED else None,
    )
