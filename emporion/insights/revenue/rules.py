"""Decides, without I/O, which visits earn a payment and what a refund takes from each of them.

Weights are whole numbers, so that `Money.allocate` splits by largest remainder and every model's credits add up to the payment.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from emporion.insights.revenue.types import MODELS, Method, Rung, Touch
from emporion.insights.sites.types import AttributionModel
from emporion.kernel.money import Money

# How often the credited source is the true one, by the way the visitor was found: measured by bench/bench_attribution.py
# with another seed than the one that its kept result checks them with (the sources begin at 95 % for an e-mail, measured 87 %
# of 145, and 60 % for address and browser, which stays: whoever shares an address in the world shares it with more people).
CONFIDENCE: Mapping[Method, float] = {
    Method.VISITOR_ID: 0.99,
    Method.CHECKOUT: 0.99,
    Method.EMAIL: 0.88,
    Method.CUSTOMER: 0.95,
    Method.NETWORK: 0.60,
    Method.NONE: 0.0,
}
GUESS_WINDOW = timedelta(hours=1)
CERTAIN = frozenset({Method.VISITOR_ID, Method.CHECKOUT, Method.EMAIL, Method.CUSTOMER})

_HALF_LIFE = timedelta(days=7)
_FINE = 1 << 40  # weights of time decay: fine enough that touches of a year ago still weigh something
_ENDS = 40  # percent for the first and the last touch in the position-based model


def credit(touches: Sequence[Touch], model: AttributionModel, paid_at: datetime) -> tuple[int, ...]:
    """The weight of each touch, in the order of the touches, which is that of time; never all zero, empty for no touch."""
    count = len(touches)
    if count == 0:
        return ()
    match model:
        case AttributionModel.LINEAR:
            return (1,) * count
        case AttributionModel.TIME_DECAY:
            return tuple(_decayed(paid_at - touch.started_at) for touch in touches)
        case AttributionModel.POSITION_BASED:
            return _by_position(count)
        case _:
            return _only(_the_one(touches, model), count)


def credits_of(amount: Money, touches: Sequence[Touch], paid_at: datetime) -> dict[AttributionModel, tuple[Money, ...]]:
    """What each touch gets of an amount, by model; without a touch the whole goes to one place, which is Direct."""
    return {model: amount.allocate(credit(touches, model, paid_at)) if touches else (amount,) for model in MODELS}


def reversed_credits(given: Sequence[Money], amounts: Sequence[Money]) -> tuple[tuple[Money, ...], ...]:
    """What each of several refunds, in their order, takes from the credits of one model.

    After each of them what was taken in all is split in the proportion of the credits, so that the last refund of a whole
    payment takes exactly what was given. Refunds beyond the payment are an error: `capped` comes first.
    """
    weights = [one.minor for one in given]
    taken = [Money.zero(one.currency) for one in given]
    found: list[tuple[Money, ...]] = []
    for position in range(len(amounts)):
        so_far = Money(sum(one.minor for one in amounts[: position + 1]), amounts[position].currency)
        due = so_far.allocate(weights)
        found.append(tuple(before - now for before, now in zip(taken, due, strict=True)))
        taken = list(due)
    return tuple(found)


def touches_in_window(touches: Sequence[Touch], paid_at: datetime, days: int) -> tuple[Touch, ...]:
    """The visits that may earn a payment: begun before it and not longer ago than the window, oldest first."""
    start = paid_at - timedelta(days=days)
    within = (touch for touch in touches if start <= touch.started_at <= paid_at)
    return tuple(sorted(within, key=lambda touch: (touch.started_at, touch.visitor_id.int)))


def climb(rungs: Sequence[Rung]) -> Rung:
    """The surest rung that found somebody; `Method.NONE` when none did."""
    return next((rung for rung in rungs if rung.found), Rung(method=Method.NONE, asked=True))


def visitors_of(chosen: Rung, rungs: Sequence[Rung]) -> tuple[UUID, ...]:
    """Whose visits count: the visitor that was found, and the same person's other devices where a sure rung knows them.

    A guess brings nobody in beside a certain match, nor a certain match somebody who is only guessed.
    """
    others = [visitor for rung in rungs if rung.method in CERTAIN for visitor in rung.visitor_ids]
    together = [*chosen.visitor_ids, *(others if chosen.method in CERTAIN else ())]
    return tuple(dict.fromkeys(together))


def confidence(method: Method, *, touches: int, candidates: int = 1) -> float:
    """How sure it is that the credited source is the true one; a guess among several visitors is as much less sure."""
    if touches == 0:
        return CONFIDENCE[Method.NONE]
    sure = CONFIDENCE[method]
    return sure / candidates if method is Method.NETWORK and candidates > 1 else sure


def _the_one(touches: Sequence[Touch], model: AttributionModel) -> int:
    """Which touch earns all of it."""
    last = len(touches) - 1
    if model is AttributionModel.FIRST_CLICK:
        return 0
    if model is AttributionModel.LAST_NON_DIRECT:
        return next((index for index in range(last, -1, -1) if not touches[index].is_direct), last)
    return last


def _only(index: int, count: int) -> tuple[int, ...]:
    return tuple(int(position == index) for position in range(count))


def _decayed(age: timedelta) -> int:
    """Half the weight for every week before the payment."""
    return max(1, int(_FINE * 0.5 ** (max(age, timedelta(0)) / _HALF_LIFE)))


def _by_position(count: int) -> tuple[int, ...]:
    """40 % for the first and the last, the rest for those between; halves where there is nothing between."""
    if count <= 2:
        return (1,) * count
    between = count - 2
    middle = 100 - 2 * _ENDS
    return (_ENDS * between, *((middle,) * between), _ENDS * between)
