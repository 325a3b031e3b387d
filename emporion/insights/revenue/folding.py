"""Decides, without I/O, what is true of a payment when several ways report it: a pure function of the set of reports.

Because nothing depends on their order or on how often they come, a payment ends the same whichever arrives first.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from emporion.insights.revenue.types import REVERSALS, Kind, Outcome, Source, Standing
from emporion.kernel.money import Money

_BELIEF = {source: rank for rank, source in enumerate(Source)}
_OUTCOMES = {outcome: rank for rank, outcome in enumerate(Outcome)}
# Which object of Stripe says best when and how much was paid, and which id people know a payment by.
_FACTS = ("ch_", "py_", "in_", "pi_", "cs_")
_NAMES = ("pi_", "ch_", "py_", "in_", "cs_")
REST = "rest"  # the reversal that a sum of refunds knows of and no single refund has named yet
TWIN_WINDOW = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A report as it is kept: the e-mail is a hash, and `is_trusted` says whether its amount may count."""

    source: Source
    kind: Kind
    outcome: Outcome
    object_ids: tuple[str, ...]
    occurred_at: datetime
    digest: str
    is_trusted: bool
    is_total: bool = False
    amount_minor: int | None = None
    currency: str = ""
    visitor_id: UUID | None = None
    network_id: int = 0
    customer_ref: str = ""
    email_key: str = ""
    user_key: str = ""
    buyer_hint: str = ""
    subscription_ref: str = ""
    description: str = ""

    @property
    def amount(self) -> Money | None:
        """The amount, where the report has one."""
        return None if self.amount_minor is None else Money(self.amount_minor, self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """Money that went back; `amount` is what is left of it under the payment's own amount, positive."""

    object_id: str
    kind: Kind
    amount: Money
    occurred_at: datetime
    ways: tuple[Source, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """What all reports of a payment come to."""

    standing: Standing
    kind: Kind
    object_id: str
    amount: Money | None
    occurred_at: datetime
    visitor_id: UUID | None
    checkout_visitor_id: UUID | None
    network_id: int
    customer_ref: str
    email_key: str
    user_key: str
    buyer_hint: str
    subscription_ref: str
    description: str
    ways: tuple[Source, ...]
    reversals: tuple[Reversal, ...]


def fold(facts: Sequence[Fact]) -> Folded:
    """What is true of a payment; at least one report is needed."""
    own = sorted((fact for fact in facts if fact.kind not in REVERSALS), key=_believed)
    every = sorted(facts, key=_believed)
    paid = next((fact for fact in own if fact.is_trusted and fact.amount_minor is not None), None)
    hinted = paid or next((fact for fact in own if fact.amount_minor is not None), None)
    is_removed = any(fact.outcome is Outcome.UNDONE and fact.is_trusted for fact in own)
    counts = paid is not None and not is_removed
    amount = hinted.amount if hinted else None
    said = own or every
    return Folded(
        standing=Standing.VOID if is_removed else Standing.COUNTED if counts else Standing.EXPECTED,
        kind=_kind(own),
        object_id=_name(said),
        amount=amount,
        occurred_at=hinted.occurred_at if hinted else min(fact.occurred_at for fact in every),
        visitor_id=next((fact.visitor_id for fact in own if fact.visitor_id and fact.source is not Source.SCRIPT), None),
        checkout_visitor_id=next((fact.visitor_id for fact in own if fact.visitor_id and fact.source is Source.SCRIPT), None),
        network_id=next((fact.network_id for fact in own if fact.network_id), 0),
        customer_ref=_first(every, "customer_ref"),
        email_key=_first(every, "email_key"),
        user_key=_first(every, "user_key"),
        buyer_hint=_first(every, "buyer_hint"),
        subscription_ref=_first(own, "subscription_ref"),
        description=_first(own, "description"),
        ways=tuple(source for source in Source if any(fact.source is source for fact in own)),
        reversals=_reversals(facts, amount) if counts and amount else (),
    )


def _kind(own: Sequence[Fact]) -> Kind:
    """A renewal or a trial if any trusted report says so; a payment with an amount is no trial."""
    kinds = {fact.kind for fact in own if fact.is_trusted}
    if Kind.RENEWAL in kinds:
        return Kind.RENEWAL
    has_amount = any(fact.is_trusted and fact.amount_minor for fact in own)
    return Kind.FREE_TRIAL if Kind.FREE_TRIAL in kinds and not has_amount else Kind.PAYMENT


def _reversals(facts: Sequence[Fact], amount: Money) -> tuple[Reversal, ...]:
    """Refunds and disputes that stand, oldest first, together never more than the payment."""
    found: list[Reversal] = []
    by_object: dict[str, list[Fact]] = {}
    for fact in facts:
        if fact.kind in REVERSALS and fact.is_trusted and not fact.is_total:
            by_object.setdefault(fact.object_ids[0], []).append(fact)
    for object_id, said in by_object.items():
        last = max(said, key=lambda fact: (_OUTCOMES[fact.outcome], -_BELIEF[fact.source], fact.digest))
        if last.outcome is Outcome.DONE and last.amount is not None and last.amount.currency == amount.currency:
            found.append(_reversal(object_id, last, last.amount, said))
    totals = [
        fact
        for fact in facts
        if fact.kind is Kind.REFUND and fact.is_total and fact.is_trusted and fact.currency == amount.currency
    ]
    named = sum(one.amount.minor for one in found if one.kind is Kind.REFUND)
    largest = max(totals, key=lambda fact: (fact.amount_minor or 0, fact.digest), default=None)
    if largest is not None and (rest := (largest.amount_minor or 0) - named) > 0:
        found.append(_reversal(REST, largest, Money(rest, amount.currency), totals))
    return _capped(sorted(found, key=lambda one: (one.occurred_at, one.object_id)), amount)


def _reversal(object_id: str, fact: Fact, amount: Money, said: Iterable[Fact]) -> Reversal:
    ways = {one.source for one in said}
    at = min(one.occurred_at for one in said if one.outcome is fact.outcome)
    return Reversal(
        object_id=object_id, kind=fact.kind, amount=amount, occurred_at=at, ways=tuple(way for way in Source if way in ways)
    )


def _capped(reversals: Sequence[Reversal], amount: Money) -> tuple[Reversal, ...]:
    """A dispute after a refund of the same money takes only what is left."""
    left, kept = amount.minor, []
    for one in reversals:
        taken = min(left, one.amount.minor)
        left -= taken
        if taken > 0:
            kept.append(
                Reversal(
                    object_id=one.object_id,
                    kind=one.kind,
                    amount=Money(taken, amount.currency),
                    occurred_at=one.occurred_at,
                    ways=one.ways,
                )
            )
    return tuple(kept)


def _believed(fact: Fact) -> tuple[int, int, datetime, str]:
    return (_BELIEF[fact.source], min(_rank(name, _FACTS) for name in fact.object_ids), fact.occurred_at, fact.digest)


def _rank(object_id: str, order: Sequence[str]) -> int:
    return next((rank for rank, prefix in enumerate(order) if object_id.startswith(prefix)), len(order))


def _name(facts: Sequence[Fact]) -> str:
    """The id that people know the payment by."""
    names = {name for fact in facts for name in fact.object_ids}
    return min(names, key=lambda name: (_rank(name, _NAMES), name))


def _first(facts: Iterable[Fact], field: str) -> str:
    return next((str(getattr(fact, field)) for fact in facts if getattr(fact, field)), "")
