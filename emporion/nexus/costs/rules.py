"""Why costs changed, and which days were out of the ordinary: exact arithmetic on sums, without I/O and without a float."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction

from emporion.nexus.costs.types import Driver, Effect, Explanation, Segment

ZERO = Fraction(0)
MOST_THROUGH = 3
# A day is out of the ordinary when it is this many robust deviations from the median of the days before it, and by a fifth.
DEVIATIONS = 4
MAD_TO_DEVIATION = Fraction(14826, 10000)
LEAST_SHARE = Fraction(1, 5)
LEAST_PICOS = 10**12  # a dollar; less is not worth a person's minute
LOOK_BACK_DAYS = 28
LEAST_DAYS = 7


def explain(segments: Sequence[Segment]) -> Explanation:
    """Splits the change between two stretches of time into its drivers; what is rounded is rounded so that nothing is left over.

    Volume is the change that the same calls as before would have made had there been more of them. Mix is that some segments
    grew more than others; one that is new came by mix. Length is tokens a call, price is the same tokens at another price, and
    kind is what is left of the cost of a token: more output, fewer cached ones, the dearer rate of long prompts.
    """
    before, after = sum(one.cost_before for one in segments), sum(one.cost_picos for one in segments)
    calls, calls_before = sum(one.calls for one in segments), sum(one.calls_before for one in segments)
    growth = Fraction(calls, calls_before) if calls_before else ZERO
    exact: dict[Driver, dict[str, Fraction]] = {driver: {} for driver in Driver}
    for one in segments:
        for driver, effect in _effects(one, growth, has_before=bool(calls_before)).items():
            exact[driver][one.key] = exact[driver].get(one.key, ZERO) + effect
    # What cost something without a call before (a correction of an older price) changed with no driver but the price.
    total = sum((effect for effects in exact.values() for effect in effects.values()), ZERO)
    if rest := after - before - total:
        exact[Driver.PRICE][""] = exact[Driver.PRICE].get("", ZERO) + rest
    return Explanation(before_picos=before, after_picos=after, effects=_rounded(exact))


def _effects(one: Segment, growth: Fraction, *, has_before: bool) -> dict[Driver, Fraction]:
    if not has_before:
        return {Driver.VOLUME: Fraction(one.cost_picos)}
    if not one.calls_before:
        return {Driver.MIX: Fraction(one.cost_picos - one.cost_before)}
    a_call_before = Fraction(one.cost_before, one.calls_before)
    if not one.calls:
        return {
            Driver.VOLUME: one.cost_before * (growth - 1),
            Driver.MIX: -one.cost_before * growth,
            Driver.PRICE: Fraction(one.cost_picos),
        }
    as_before = one.calls * a_call_before
    length = kind = ZERO
    if one.tokens and one.tokens_before:
        # The same price a token, but more of them in each call.
        length = Fraction(one.cost_before, one.tokens_before) * one.tokens - as_before
    price = Fraction(one.cost_picos - one.at_old_prices) if one.at_old_prices is not None else ZERO
    left = one.cost_picos - as_before - length - price
    if one.tokens or one.tokens_before:
        kind = left
    else:
        price += left  # without tokens a call has nothing but its price
    return {
        Driver.VOLUME: one.cost_before * (growth - 1),
        Driver.MIX: as_before - one.cost_before * growth,
        Driver.LENGTH: length,
        Driver.KIND: kind,
        Driver.PRICE: price,
    }


def _rounded(exact: Mapping[Driver, Mapping[str, Fraction]]) -> tuple[Effect, ...]:
    """Whole picos for each driver, so that they add up to the change: each is the difference of two rounded running sums."""
    running, said = ZERO, 0
    effects = []
    for driver, by_segment in exact.items():
        running += sum(by_segment.values(), ZERO)
        picos = _nearest(running) - said
        said += picos
        greatest = sorted(by_segment.items(), key=lambda pair: (-abs(pair[1]), pair[0]))
        through = tuple((key, _nearest(effect)) for key, effect in greatest[:MOST_THROUGH] if key and _nearest(effect))
        effects.append(Effect(driver=driver, picos=picos, through=through))
    return tuple(effects)


def _nearest(value: Fraction) -> int:
    """The nearest whole number, halves away from zero."""
    size = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return size if value >= 0 else -size


def unusual_days(costs: Mapping[date, int], days: Sequence[date]) -> list[tuple[date, int]]:
    """Days that cost far more or less than the four weeks before them let expect, with what was usual for that weekday.

    Robust: medians, and the median of what the days were off theirs, so that one wild day does not hide the next.
    """
    found = []
    for day in days:
        before = [earlier for back in range(1, LOOK_BACK_DAYS + 1) if (earlier := day - timedelta(days=back)) in costs]
        if len(before) < LEAST_DAYS:
            continue
        usual = _usual(costs, before, day)
        spread = MAD_TO_DEVIATION * median([abs(costs[earlier] - _usual(costs, before, earlier)) for earlier in before])
        away = abs(costs.get(day, 0) - usual)
        if away > max(DEVIATIONS * spread, LEAST_SHARE * usual, Fraction(LEAST_PICOS)):
            found.append((day, _nearest(usual)))
    return found


def _usual(costs: Mapping[date, int], before: Sequence[date], day: date) -> Fraction:
    """What a weekday costs, where it was seen often enough; any day else."""
    same = [costs[earlier] for earlier in before if earlier.weekday() == day.weekday()]
    return median(same if len(same) > 2 else [costs[earlier] for earlier in before])


def median(values: Sequence[int | Fraction]) -> Fraction:
    """The middle value, or the middle of the two."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return Fraction(ordered[middle])
    return Fraction(ordered[middle - 1] + ordered[middle], 2)


def share(part: int, whole: int) -> Fraction:
    """A part of a whole; nothing of nothing."""
    return Fraction(part, whole) if whole else ZERO
